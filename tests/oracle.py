"""The naive oracle: for each query, look at each row; sums by fractions, nothing shared with the library.

Rows are dicts; times are int microseconds. A `Wanted` says in plain data what a feature declares.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

Row = Mapping[str, Any]

OVERFLOW = "the sum does not fit into its type"


@dataclass(frozen=True)
class Wanted:
    """One output: what it computes, of which column, over which window."""

    aggregate: str
    column: str | None = None
    width: int | None = None
    closed: str = "left"
    offset: int = 0
    skip_null: bool = True
    where: Callable[[Row], bool] = field(default=lambda row: True)


def answers(
    wanted: Wanted,
    rows: Sequence[Row],
    events: Sequence[Row],
    *,
    keys: Mapping[str, str],
    time: str = "t",
    query_time: str = "t",
    available: str | None = None,
    tiebreak: Sequence[str] = (),
) -> list[Any]:
    """The answer for each row; `keys` maps the columns of events to those of rows."""
    return [
        _answer(wanted, [event for event in events if _belongs(wanted, event, row, keys, time, query_time, available)],
                time, tiebreak)
        for row in rows
    ]  # fmt: skip


def _belongs(
    wanted: Wanted, event: Row, row: Row, keys: Mapping[str, str], time: str, query_time: str, available: str | None
) -> bool:
    if any(event[a] is None or row[b] is None or event[a] != row[b] for a, b in keys.items()):
        return False
    t, at = row[query_time], event[time]
    right_closed = wanted.closed in ("right", "both")
    end = t - wanted.offset
    if not (at <= end if right_closed else at < end):
        return False
    if wanted.width is not None:
        begin = end - wanted.width
        if not (at >= begin if wanted.closed in ("left", "both") else at > begin):
            return False
    if available is not None and not (event[available] <= t if right_closed else event[available] < t):
        return False
    return wanted.where(event) is True


def missing(value: Any) -> bool:
    """Null and NaN are missing."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def order(value: Any) -> Any:
    """A sort key: null first, -0.0 before 0.0, strings by UTF-8 bytes."""
    if missing(value):
        return (0,)
    if isinstance(value, float):
        return (1, value, math.copysign(1.0, value))
    return (1, value.encode() if isinstance(value, str) else value)


def _answer(wanted: Wanted, events: Sequence[Row], time: str, tiebreak: Sequence[str]) -> Any:
    if wanted.column is None:
        return len(events)
    name = wanted.column
    values = [event[name] for event in events if not missing(event[name])]
    if wanted.aggregate == "count":
        return len(values)
    if wanted.aggregate in ("first", "last"):
        held = [event for event in events if not (wanted.skip_null and missing(event[name]))]
        held.sort(key=lambda event: (event[time], [order(event[c]) for c in tiebreak], order(event[name])))
        if not held:
            return None
        value = held[0 if wanted.aggregate == "first" else -1][name]
        return None if missing(value) else value
    if not values:
        return None
    if wanted.aggregate in ("min", "all"):
        return min(values, key=order)
    if wanted.aggregate in ("max", "any"):
        return max(values, key=order)
    return _moment(wanted.aggregate, values)


def _moment(aggregate: str, values: Sequence[Any]) -> Any:
    n = len(values)
    if aggregate in ("var", "std") and n < 2:
        return None
    infinite = {value for value in values if isinstance(value, float) and math.isinf(value)}
    if infinite:
        if aggregate in ("var", "std") or len(infinite) > 1:
            return math.nan
        return infinite.pop()
    exact = [Fraction(value) for value in values]
    total = sum(exact, Fraction(0))
    if aggregate == "sum":
        if isinstance(values[0], Decimal):
            return total if abs(total) < Fraction(10) ** (38 + int(values[0].as_tuple().exponent)) else OVERFLOW
        if isinstance(values[0], int):
            whole = int(total)
            return whole if -(2**63) <= whole < 2**63 else OVERFLOW
        return rounded(total)
    if aggregate == "mean":
        return rounded(total / n)
    variance = rounded((n * sum((x * x for x in exact), Fraction(0)) - total * total) / (n * (n - 1)))
    return variance if aggregate == "var" else math.sqrt(variance)


def rounded(value: Fraction) -> float:
    """The float64 nearest to a fraction, ties to even; an infinity out of range."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
