"""Views and services as a notebook shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from ropeway.features.code import condition

if TYPE_CHECKING:
    from ropeway.features.output import Output
    from ropeway.features.view import FeatureView
    from ropeway.transforms.expressions import Expression

_HEADINGS = ("column", "computes", "window", "where")


def html_table(title: str, views: Sequence[FeatureView], derived: Mapping[str, Expression] | None = None) -> str:
    """A table with a row for each column that the views give, and each derived one; all text is escaped."""
    lines = [
        "<table>",
        f"<caption>{escape(title)}: {'; '.join(escape(_origin(view)) for view in views)}</caption>",
        "<thead>" + _row(_HEADINGS, "th") + "</thead>",
        "<tbody>",
        *(_row(_cells(output), "td") for view in views for output in view.outputs()),
        *(_row((name, condition(made), "", ""), "td") for name, made in (derived or {}).items()),
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
        output.feature.computed(),
        output.window.describe(),
        "" if output.filter is None else condition(output.filter),
    )


def _row(cells: Sequence[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"
