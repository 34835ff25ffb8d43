"""Skewness, kurtosis, slope, correlation and weighted mean: one formula each, over exact sums.

Sums are exact integers of a unit, and so is what the formulas make of them above and below their fraction bars: each
of these is rounded once. A decimal is rounded to float64 first. An infinite value makes the answer NaN, unless it says
otherwise. State per key and window: the sums, of some 40 to 300 bits each.
"""

from dataclasses import dataclass

import pyarrow as pa

from ropeway.transforms.aggregates.base import Aggregate, is_number


@dataclass(frozen=True)
class Skew(Aggregate):
    """The skewness m3 / m2^1.5 of central moments, as scipy's default; null for values that are all the same.

    With n values, S1, S2, S3 the sums of their powers: sqrt(n) * N3 / N2^1.5 would have its n's cancelled to
    N3 / (N2 * sqrt(N2)), where N2 = n S2 - S1^2 and N3 = n^2 S3 - 3 n S1 S2 + 2 S1^3.
    """

    name = "skew"
    family = "power"
    brief = False

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        if not is_number(taken):
            raise self.refuse(taken, "numbers or booleans")
        return pa.float64()


@dataclass(frozen=True)
class Kurtosis(Skew):
    """The excess kurtosis m4 / m2^2 - 3 of central moments, as scipy's default; null for values all the same.

    N4 / N2^2 - 3, where N4 = n^3 S4 - 4 n^2 S1 S3 + 6 n S1^2 S2 - 3 S1^4 and N2 = n S2 - S1^2.
    """

    name = "kurtosis"


@dataclass(frozen=True)
class Trend(Skew):
    """The slope of the least-squares line through the values over their timestamps, per day.

    (n Stx - St Sx) / (n Stt - St^2) * 86400e6, t in microseconds; null where all values have one timestamp.
    """

    name = "trend"


@dataclass(frozen=True)
class Correlation(Skew):
    """Pearson's correlation of two columns, of the rows in which both have a value; null where one does not vary.

    (n Sxy - Sx Sy) / (sqrt(n Sxx - Sx^2) * sqrt(n Syy - Sy^2)), at most 1 and at least -1.
    """

    name = "correlation"
    inputs = (2, 2)


@dataclass(frozen=True)
class WeightedMean(Skew):
    """Sxw / Sw of a column and its weights, of the rows in which both have a value; null where Sw is 0.

    Infinite values and weights go as float64 has it: inf * 0, inf - inf and inf / inf are NaN.
    """

    name = "weighted_mean"
    inputs = (2, 2)
