"""Statistics as a table of HTML that needs nothing else: no scripts, histograms as SVG, all text escaped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from ropeway.batch.stats_text import cut, distinct, in_words, number, share

if TYPE_CHECKING:
    from ropeway.batch.stats import ColumnStats, Stats

_WIDE, _HIGH = 160, 32
_HEADINGS = ("column", "type", "missing", "distinct", "mean", "std", "min", "1%", "25%", "50%", "75%", "99%", "max", "")
#: correlations are shown of so many columns at most
_SHOWN = 20
_CELL = "text-align:right;white-space:nowrap;padding:2px 6px"
_LEFT = "text-align:left;padding:2px 6px"


def as_html(stats: Stats) -> str:
    """A table with a row for each column, and one of correlations."""
    heads = [*_HEADINGS, *(() if stats.y is None else (f"with {cut(stats.y, 30)}",))]
    caption = f"{stats.rows:,} rows, {len(stats.columns):,} columns"
    lines = [
        "<div>",
        "<table>",
        f"<caption>{caption}</caption>",
        "<thead><tr>" + "".join(f'<th style="{_CELL}">{escape(head)}</th>' for head in heads) + "</tr></thead>",
        "<tbody>",
        *(_row(one, stats.y) for one in stats.columns.values()),
        "</tbody>",
        "</table>",
        *_matrix(stats),
        "</div>",
    ]
    return "\n".join(lines)


def _row(column: ColumnStats, y: str | None) -> str:
    cells = [
        _cell(cut(column.name, 60), _LEFT),
        _cell(column.type, _LEFT),
        _cell(share(column.missing, column.rows)),
        _cell(distinct(column)),
    ]
    if column.kind == "number":
        values = (column.mean, column.std, column.minimum, *(column.quantiles or [None] * 5), column.maximum)
        cells += [_cell(number(one)) for one in values]
        cells.append(f'<td style="{_LEFT}">{_histogram(column)}</td>')
    elif column.counts:
        cells.append(f'<td colspan="9" style="{_LEFT}">{escape(cut(in_words(column), 200))}</td>')
        cells.append(f'<td style="{_LEFT}">{_histogram(column)}</td>')
    else:
        cells.append(f'<td colspan="10" style="{_LEFT}">{escape(cut(in_words(column), 200))}</td>')
    if y is not None:
        known = "" if column.correlation is None else f"{column.correlation:.3f}"
        cells.append(f'<td style="{_CELL}" title="{escape(column.measure or "")}">{known}</td>')
    return f"<tr>{''.join(cells)}</tr>"


def _cell(text: str, style: str = _CELL) -> str:
    return f'<td style="{style}">{escape(text)}</td>'


def _histogram(column: ColumnStats) -> str:
    counts: Sequence[int] = column.counts or ()
    if not counts or not max(counts):
        return ""
    wide = _WIDE / len(counts)
    bars = []
    for at, count in enumerate(counts):
        high = _HIGH * count / max(counts)
        title = ""
        if column.kind == "number" and column.edges is not None:
            title = f"<title>{number(column.edges[at])} to {number(column.edges[at + 1])}: {count:,}</title>"
        bars.append(
            f'<rect x="{at * wide:.2f}" y="{_HIGH - high:.2f}" width="{wide:.2f}" height="{high:.2f}">{title}</rect>'
        )
    return f'<svg width="{_WIDE}" height="{_HIGH}" fill="#4c78a8" role="img">{"".join(bars)}</svg>'


def _matrix(stats: Stats) -> list[str]:
    names, values = stats.matrix
    if not 2 <= len(names) <= _SHOWN:
        return []
    head = "".join(f'<th style="{_CELL}">{escape(cut(name, 20))}</th>' for name in names)
    rows = []
    for name, row in zip(names, values, strict=True):
        cells = "".join(
            f'<td style="{_CELL};background:{_shade(one)}">{"" if math.isnan(one) else f"{one:.2f}"}</td>'
            for one in row
        )
        rows.append(f'<tr><th style="{_LEFT}">{escape(cut(name, 20))}</th>{cells}</tr>')
    return [
        "<table>", "<caption>correlations</caption>", f"<thead><tr><th></th>{head}</tr></thead>",
        "<tbody>", *rows, "</tbody>", "</table>",
    ]  # fmt: skip


def _shade(value: float) -> str:
    """Blue of what goes together, orange of what goes apart."""
    if math.isnan(value):
        return "none"
    return f"rgba({'76,120,168' if value >= 0 else '245,133,24'},{abs(value) * 0.6:.2f})"
