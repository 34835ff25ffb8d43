"""Views and services as a notebook shows them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from ropeway.features.code import condition
from ropeway.features.feature import aggregate_text

if TYPE_CHECKING:
    from ropeway.features.output import Output
    from ropeway.features.view import FeatureView

_HEADINGS = ("column", "computes", "window", "where")


def html_table(title: str, views: Sequence[FeatureView]) -> str:
    """A table with a row for each column that the views give; all text is escaped."""
    lines = [
        "<table>",
        f"<caption>{escape(title)}: {'; '.join(escape(_origin(view)) for view in views)}</caption>",
        "<thead>" + _row(_HEADINGS, "th") + "</thead>",
        "<tbody>",
        *(_row(_cells(output), "td") for view in views for output in view.outputs()),
        "</tbody>",
        "</table>",
    ]
    return "\n".join(lines)


def _origin(view: FeatureView) -> str:
    keys = ", ".join(key if key == column else f"{key} = {column}" for key, column in view.join_keys.items())
    return f"{view.name} by {keys} from {view.source.name}"


def _cells(output: Output) -> tuple[str, ...]:
    return (
        output.name,
        aggregate_text(output.aggregate, output.input),
        output.window.describe(),
        "" if output.filter is None else condition(output.filter),
    )


def _row(cells: Sequence[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"
