"""The naive oracle: for each query, look at each row; sums in Python's own integers, nothing shared with the library.

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

#: every float64 is a whole number of units of 2^-1074, the smallest of them
_FLOAT_BITS = 1074


@dataclass(frozen=True)
class Wanted:
    """One output: what it computes, of which column, over which window."""

    aggregate: str
    column: str | None = None
    width: int | None = None
    closed: str = "left"
    offset: int = 0
    skip_null: bool = True
    where: Callable[[Row], bool | None] = field(default=lambda row: True)


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
    histories: dict[tuple[Any, ...], list[Row]] = {}
    for event in events:
        key = tuple(event[name] for name in keys)
        if None not in key and wanted.where(event) is True:
            histories.setdefault(key, []).append(event)
    return [
        _answer(wanted, _inside(wanted, histories.get(tuple(row[name] for name in keys.values()), []), row[query_time],
                                time, available), time, tiebreak)
        for row in rows
    ]  # fmt: skip


def _inside(wanted: Wanted, history: Sequence[Row], t: int, time: str, available: str | None) -> list[Row]:
    """The rows of one key that are in the window of a query at t, and known to it."""
    right, left = wanted.closed in ("right", "both"), wanted.closed in ("left", "both")
    end = t - wanted.offset
    if right:
        held = [event for event in history if event[time] <= end]
    else:
        held = [event for event in history if event[time] < end]
    if wanted.width is not None:
        begin = end - wanted.width
        held = [event for event in held if (event[time] >= begin if left else event[time] > begin)]
    if available is not None:
        held = [event for event in held if (event[available] <= t if right else event[available] < t)]
    return held


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
    whole, unit = _whole(values)
    total = sum(whole)
    if aggregate == "sum":
        if isinstance(values[0], Decimal):
            exact = Fraction(total, unit)
            return exact if abs(exact) < Fraction(10) ** (38 + int(values[0].as_tuple().exponent)) else OVERFLOW
        if isinstance(values[0], int):
            return total if -(2**63) <= total < 2**63 else OVERFLOW
        return _quotient(total, unit)
    if aggregate == "mean":
        return _quotient(total, n * unit)
    variance = _quotient(n * sum(x * x for x in whole) - total * total, n * (n - 1) * unit * unit)
    return variance if aggregate == "var" else math.sqrt(variance)


def _whole(values: Sequence[Any]) -> tuple[list[int], int]:
    """Numbers as whole numbers of a unit, and how many units make one."""
    if isinstance(values[0], float):
        ratios = [value.as_integer_ratio() for value in values]
        # denominators are powers of two; a shift is 20 times as fast as a Fraction
        return [above << (_FLOAT_BITS + 1 - below.bit_length()) for above, below in ratios], 1 << _FLOAT_BITS
    if isinstance(values[0], Decimal):
        unit = int(10 ** max(0, *(-int(value.as_tuple().exponent) for value in values)))
        return [int(Fraction(value) * unit) for value in values], unit
    return [int(value) for value in values], 1


def _quotient(above: int, below: int) -> float:
    """The float64 nearest to a fraction, ties to even (Python's division of integers); an infinity out of range."""
    try:
        return above / below
    except OverflowError:
        return math.inf if above > 0 else -math.inf
