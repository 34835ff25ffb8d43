"""Skewness, kurtosis, trend, correlation and weighted mean: exact fractions, rounded once."""

import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from operator import mul
from typing import Any

from tests.oracle.moments import quotient
from tests.oracle.nearness import Near, near
from tests.oracle.wanted import Held, missing

_DAY = 86_400_000_000


def _pairs(held: Held) -> tuple[list[Any], list[Any]]:
    """The values of both columns, of the rows in which both are present; decimals as floats."""
    names = [name for name in (held.wanted.column, held.wanted.other) if name is not None]
    rows = [row for row in held.rows if not any(missing(row[name]) for name in names)]
    left, right = ([_number(row[name]) for row in rows] for name in (names[0], names[-1]))
    return left, right


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def _infinite(*columns: Sequence[Any]) -> bool:
    return any(isinstance(value, float) and math.isinf(value) for values in columns for value in values)


def _whole(values: Sequence[Any]) -> tuple[list[int], int]:
    """Numbers as whole numbers of a unit, and how many units make one."""
    ratios = [value.as_integer_ratio() for value in values]
    unit = max((below for _, below in ratios), default=1)  # all are powers of two
    return [above * (unit // below) for above, below in ratios], unit


def _apart(whole: Sequence[int]) -> list[int]:
    """The distances from the mean, times the number of values."""
    n, total = len(whole), sum(whole)
    return [n * x - total for x in whole]


def _root(above: int, below: int) -> float:
    """The square root of a fraction: 64 bits and more of it, then rounded."""
    shift = max(0, 130 + below.bit_length() - above.bit_length())
    shift += shift % 2
    return quotient(math.isqrt((above << shift) // below), 1 << shift // 2)


def _signed_root(sign: int, square: int, below: int) -> Near:
    return near(-_root(square, below) if sign < 0 else _root(square, below))


def _skew(held: Held) -> Near | None:
    values, _ = _pairs(held)
    if _infinite(values):
        return Near(math.nan)
    n, apart = len(values), _apart(_whole(values)[0])
    second, third = sum(d**2 for d in apart), sum(d**3 for d in apart)
    return _signed_root(third, n * third**2, second**3) if second else None


def _kurtosis(held: Held) -> Near | None:
    values, _ = _pairs(held)
    if _infinite(values):
        return Near(math.nan)
    n, squares = len(values), [d**2 for d in _apart(_whole(values)[0])]
    second, fourth = sum(squares), sum(d**2 for d in squares)
    return near(quotient(n * fourth - 3 * second**2, second**2), 3.0) if second else None


def _trend(held: Held) -> Near | None:
    rows = [row for row in held.rows if not missing(row[str(held.wanted.column)])]
    values, _ = _pairs(held)
    times = [row[held.time] for row in rows]
    if len(set(times)) < 2:
        return None
    if _infinite(values):
        return Near(math.nan)
    whole, unit = _whole(values)
    apart = _apart(times)
    return near(quotient(len(times) * sum(map(mul, apart, whole)) * _DAY, sum(map(mul, apart, apart)) * unit))


def _correlation(held: Held) -> Near | None:
    left, right = _pairs(held)
    if _infinite(left, right):
        return Near(math.nan)
    x, y = _apart(_whole(left)[0]), _apart(_whole(right)[0])
    both, spread = sum(map(mul, x, y)), sum(map(mul, x, x)) * sum(map(mul, y, y))
    return _signed_root(both, both**2, spread) if spread else None


def _weighted_mean(held: Held) -> Near | None:
    values, weights = _pairs(held)
    if not values:
        return None
    if not _infinite(values, weights):
        (x, unit), (w, _) = _whole(values), _whole(weights)  # the unit of the weights is above and below
        return near(quotient(sum(map(mul, x, w)), sum(w) * unit)) if sum(w) else None
    if _infinite(weights):
        return Near(math.nan)  # inf / inf, or inf * 0, or inf - inf
    total = sum(x * w for x, w in zip(values, weights, strict=True) if _infinite([x]))
    below = sum(_whole(weights)[0])
    return Near(-total if below < 0 else total) if below else None


ANSWERS: dict[str, Callable[[Held], Any]] = {
    "skew": _skew,
    "kurtosis": _kurtosis,
    "trend": _trend,
    "correlation": _correlation,
    "weighted_mean": _weighted_mean,
}
