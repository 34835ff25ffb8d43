"""Sums, means and variances, of numbers and of vectors: exact, rounded once."""

import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

from tests.oracle.wanted import OVERFLOW, Held, missing, order

#: every float64 is a whole number of units of 2^-1074, the smallest of them
_FLOAT_BITS = 1074


def _moment(aggregate: str, values: Sequence[Any]) -> Any:
    n = len(values)
    if n == 0 or (aggregate in ("var", "std") and n < 2):
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
        return quotient(total, unit)
    if aggregate == "mean":
        return quotient(total, n * unit)
    variance = quotient(n * sum(x * x for x in whole) - total * total, n * (n - 1) * unit * unit)
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


def quotient(above: int, below: int) -> float:
    """The float64 nearest to a fraction, ties to even (Python's division of integers); an infinity out of range."""
    try:
        return above / below
    except OverflowError:
        return math.inf if (above > 0) == (below > 0) else -math.inf


def _of_numbers(aggregate: str, held: Held) -> Any:
    return _moment(aggregate, held.values())


def _by_place(of_place: Callable[[list[Any]], Any], held: Held) -> Any:
    places = zip(*held.values(), strict=True)
    made = [of_place([value for value in place if not missing(value)]) for place in places]
    return OVERFLOW if OVERFLOW in made else made or None


def _greatest(values: list[Any]) -> Any:
    return max(values, key=order, default=None)


ANSWERS: dict[str, Callable[[Held], Any]] = {
    **{name: partial(_of_numbers, name) for name in ("sum", "mean", "var", "std")},
    "vector_sum": partial(_by_place, partial(_moment, "sum")),
    "vector_mean": partial(_by_place, partial(_moment, "mean")),
    "vector_max": partial(_by_place, _greatest),
}
