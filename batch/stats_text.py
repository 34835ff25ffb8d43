"""Statistics as a table of plain text, at most 120 characters wide."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ropeway.batch.stats import ColumnStats, Stats

WIDTH = 120
_NAME, _TYPE, _MISSING, _DISTINCT, _NUMBER, _BINS = 18, 9, 7, 10, 8, 20
_NUMBERS = ("mean", "std", "min", "50%", "max")
_REST = len(_NUMBERS) * (_NUMBER + 1) + _BINS


def as_text(stats: Stats) -> str:
    """A line for each column: numbers with a histogram, others with their most frequent values."""
    head = [
        f"{'column':{_NAME}}", f"{'type':{_TYPE}}", f"{'missing':>{_MISSING}}", f"{'distinct':>{_DISTINCT}}",
        *(f"{name:>{_NUMBER}}" for name in _NUMBERS), f"{'histogram':{_BINS}}",
    ]  # fmt: skip
    if stats.y is not None:
        head.append("y")
    title = f"{stats.rows:,} rows, {len(stats.columns):,} columns" + ("" if stats.y is None else f", y: {stats.y}")
    lines = [cut(title, WIDTH), " ".join(head).rstrip()]
    lines += [_line(one, stats.y) for one in stats.columns.values()]
    return "\n".join(lines)


def _line(column: ColumnStats, y: str | None) -> str:
    from ropeway.batch.stats import sparkline

    cells = [
        f"{cut(column.name, _NAME):{_NAME}}",
        f"{cut(column.type.split('[')[0], _TYPE):{_TYPE}}",
        f"{share(column.missing, column.rows):>{_MISSING}}",
        f"{distinct(column):>{_DISTINCT}}",
    ]
    if column.kind == "number":
        median = None if column.quantiles is None else column.quantiles[2]
        values = (column.mean, column.std, column.minimum, median, column.maximum)
        cells += [f"{number(one):>{_NUMBER}}" for one in values]
        cells.append(f"{sparkline(column):{_BINS}}")
    elif column.kind == "time":
        cells += [f"{cut(in_words(column), _REST - _BINS - 1):{_REST - _BINS - 1}}", f"{sparkline(column):{_BINS}}"]
    else:
        cells.append(f"{cut(in_words(column), _REST):{_REST}}")
    if y is not None and column.correlation is not None:
        cells.append(f"{column.correlation:.2f}")
    return " ".join(cells).rstrip()


def in_words(column: ColumnStats) -> str:
    """What there is to say of a column that is no number."""
    if column.kind == "time":
        return "" if column.first is None or column.last is None else f"{column.first[:19]} to {column.last[:19]}"
    parts = []
    if column.top and column.top[0][1] == 1 < column.present:
        parts.append(f"all different, such as {', '.join(_flat(value) for value, _ in column.top[:3])}")
    elif column.top:
        parts += [f"{_flat(value)} {share(count, column.present)}" for value, count in column.top]
    elif column.top_at_most is not None:
        parts.append(f"no value in more than {column.top_at_most:,} rows")
    if column.lengths is not None and not column.top:
        low, mean, high = column.lengths
        parts.append(f"lengths {low:,} to {high:,}, mean {number(mean)}")
    return ", ".join(parts)


def distinct(column: ColumnStats) -> str:
    """How many distinct values, with a ~ where that is an estimate."""
    if column.distinct is None:
        return ""
    return f"{'~' if column.is_about else ''}{column.distinct:,}"


def share(part: int, whole: int) -> str:
    """A share in percent; what is neither none nor all is shown as neither."""
    if not part or not whole:
        return "0%"
    percent = 100 * part / whole
    if percent < 0.1:
        return "<0.1%"
    if percent > 99.9 and part < whole:
        return ">99.9%"
    return f"{percent:.3g}%"


def number(value: float | None) -> str:
    """A number in 8 characters at most."""
    if value is None or math.isnan(value):
        return ""
    for digits in (5, 4, 3, 2, 1):
        made = f"{value:.{digits}g}"
        if len(made) <= _NUMBER:
            return made
    return f"{value:.0e}"


def cut(text: str, width: int) -> str:
    """Text on one line, with an ellipsis where it is too long."""
    text = _flat(text)
    return text if len(text) <= width else text[: width - 1] + "…"


def _flat(value: Any) -> str:
    """A value on one line, without what moves the cursor."""
    return "".join(one if one.isprintable() else "·" for one in str(value))
