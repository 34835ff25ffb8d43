"""Skewness, kurtosis, slope, correlation and weighted mean: one formula each, over exact sums.

Sums are exact integers of a unit, and so is what the formulas make of them above and below their fraction bars: each
of these is rounded once. A decimal is rounded to float64 first. An infinite value makes the answer NaN, unless it says
otherwise. State per key and window: how many rows and infinities there are, and the sums; values are in units of
2^-1074, so the sum of their k-th powers has some k * 1100 bits for values near 1, at most k * 2100, and a bit more for
each time that the rows double.
"""

import math
from dataclasses import dataclass
from operator import add

import pyarrow as pa

from ropeway.transforms.aggregates.base import Aggregate, Row, is_number
from ropeway.transforms.aggregates.exact import BITS, even, infinite, joined, split, units

#: of microseconds
_DAY = 86400e6

Sums = tuple[int, ...]


@dataclass(frozen=True)
class _Powers(Aggregate):
    """What sums of powers and products tell."""

    family = "power"
    brief = False
    reverts = True

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        if not is_number(taken):
            raise self.refuse(taken, "numbers or booleans")
        return pa.float64()

    def start(self) -> Sums:
        return tuple(0 for _ in self.of(Row(0, 0)))

    def of(self, row: Row) -> Sums:
        raise NotImplementedError("a subclass says of what there are sums")

    def merge(self, one: Sums, other: Sums) -> Sums:
        return tuple(map(add, one, other))

    def negative(self, state: Sums) -> Sums:
        return tuple(-number for number in state)


@dataclass(frozen=True)
class Skew(_Powers):
    """The skewness m3 / m2^1.5 of central moments, as scipy's default; null for values that are all the same.

    With n values, S1, S2, S3 the sums of their powers: sqrt(n) * N3 / N2^1.5 would have its n's cancelled to
    N3 / (N2 * sqrt(N2)), where N2 = n S2 - S1^2 and N3 = n^2 S3 - 3 n S1 S2 + 2 S1^3. State: n, infinities, S1, S2, S3.
    """

    name = "skew"

    def of(self, row: Row) -> Sums:
        if infinite(row.value):
            return 1, 1, 0, 0, 0
        x = units(row.value)
        return 1, 0, x, x**2, x**3

    def finish(self, state: Sums, t: int = 0) -> float | None:
        n, infinities, s1, s2, s3 = state
        if infinities:
            return math.nan
        n2 = n * s2 - s1**2
        n3 = n**2 * s3 - 3 * n * s1 * s2 + 2 * s1**3
        if n2 == 0 or n3 == 0:
            return 0.0 if n2 else None
        m2, e2 = even(*split(n2, -2 * BITS))
        m3, e3 = split(n3, -3 * BITS)
        return joined(m3 / (m2 * math.sqrt(m2)), e3 - 3 * e2 // 2)


@dataclass(frozen=True)
class Kurtosis(_Powers):
    """The excess kurtosis m4 / m2^2 - 3 of central moments, as scipy's default; null for values all the same.

    N4 / N2^2 - 3, where N4 = n^3 S4 - 4 n^2 S1 S3 + 6 n S1^2 S2 - 3 S1^4 and N2 = n S2 - S1^2. State: n, infinities,
    S1, S2, S3, S4.
    """

    name = "kurtosis"

    def of(self, row: Row) -> Sums:
        if infinite(row.value):
            return 1, 1, 0, 0, 0, 0
        x = units(row.value)
        return 1, 0, x, x**2, x**3, x**4

    def finish(self, state: Sums, t: int = 0) -> float | None:
        n, infinities, s1, s2, s3, s4 = state
        if infinities:
            return math.nan
        n2 = n * s2 - s1**2
        if n2 == 0:
            return None
        m2, e2 = split(n2, -2 * BITS)
        m4, e4 = split(n**3 * s4 - 4 * n**2 * s1 * s3 + 6 * n * s1**2 * s2 - 3 * s1**4, -4 * BITS)
        return joined(m4 / (m2 * m2), e4 - 2 * e2) - 3.0


@dataclass(frozen=True)
class Trend(_Powers):
    """The slope of the least-squares line through the values over their timestamps, per day.

    (n Stx - St Sx) / (n Stt - St^2) * 86400e6, t in microseconds; null where all values have one timestamp. State: n,
    infinities, St, Stt, Sx, Stx.
    """

    name = "trend"

    def of(self, row: Row) -> Sums:
        if infinite(row.value):
            return 1, 1, row.at, row.at**2, 0, 0
        x = units(row.value)
        return 1, 0, row.at, row.at**2, x, row.at * x

    def finish(self, state: Sums, t: int = 0) -> float | None:
        n, infinities, st, stt, sx, stx = state
        above, below = n * stx - st * sx, n * stt - st**2
        if below == 0:
            return None
        if infinities:
            return math.nan
        if above == 0:
            return 0.0
        mn, en = split(above, -BITS)
        md, ed = split(below, 0)
        return joined(mn / md * _DAY, en - ed)


@dataclass(frozen=True)
class Correlation(_Powers):
    """Pearson's correlation of two columns, of the rows in which both have a value; null where one does not vary.

    (n Sxy - Sx Sy) / (sqrt(n Sxx - Sx^2) * sqrt(n Syy - Sy^2)), at most 1 and at least -1. State: n, rows with an
    infinity, Sx, Sy, Sxx, Syy, Sxy.
    """

    name = "correlation"
    inputs = (2, 2)

    def of(self, row: Row) -> Sums:
        if infinite(row.value) or infinite(row.other):
            return 1, 1, 0, 0, 0, 0, 0
        x, y = units(row.value), units(row.other)
        return 1, 0, x, y, x**2, y**2, x * y

    def finish(self, state: Sums, t: int = 0) -> float | None:
        n, infinities, sx, sy, sxx, syy, sxy = state
        if infinities:
            return math.nan
        nxx, nyy, nxy = n * sxx - sx**2, n * syy - sy**2, n * sxy - sx * sy
        if nxx == 0 or nyy == 0:
            return None
        if nxy == 0:
            return 0.0
        mxx, exx = even(*split(nxx, -2 * BITS))
        myy, eyy = even(*split(nyy, -2 * BITS))
        mxy, exy = split(nxy, -2 * BITS)
        return min(1.0, max(-1.0, joined(mxy / (math.sqrt(mxx) * math.sqrt(myy)), exy - (exx + eyy) // 2)))


@dataclass(frozen=True)
class WeightedMean(_Powers):
    """Sxw / Sw of a column and its weights, of the rows in which both have a value; null where Sw is 0.

    Infinite values and weights go as float64 has it: inf * 0, inf - inf and inf / inf are NaN. State: Sxw and Sw, each
    with how many of what is summed is inf, -inf and NaN.
    """

    name = "weighted_mean"
    inputs = (2, 2)

    def of(self, row: Row) -> Sums:
        if infinite(row.value) or infinite(row.other):
            return (*_special(float(row.value) * float(row.other)), *_special(row.other))
        w = units(row.other)
        return units(row.value) * w, 0, 0, 0, w, 0, 0, 0

    def finish(self, state: Sums, t: int = 0) -> float | None:
        above, below = state[:4], state[4:]
        if any(above[1:]) or any(below[1:]):
            weight = _sign(*below)
            return _sign(*above) / weight if weight else None
        if below[0] == 0 or above[0] == 0:
            return 0.0 if below[0] else None
        mn, en = split(above[0], -2 * BITS)
        md, ed = split(below[0], -BITS)
        return joined(mn / md, en - ed)


def _special(value: float) -> tuple[int, int, int, int]:
    """A number as part of a sum next to infinities: its units, or 1 for inf, -inf or NaN.

    >>> _special(-math.inf)
    (0, 0, 1, 0)
    """
    if math.isnan(value):
        return 0, 0, 0, 1
    if math.isinf(value):
        return 0, int(value > 0), int(value < 0), 0
    return units(value), 0, 0, 0


def _sign(total: int, positive: int, negative: int, undefined: int) -> float:
    """A sum as far as it matters to a fraction with an infinity: itself if infinite or NaN, else -1.0, 0.0 or 1.0."""
    if undefined or (positive and negative):
        return math.nan
    if positive or negative:
        return math.inf if positive else -math.inf
    return float((total > 0) - (total < 0))
