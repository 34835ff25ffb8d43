"""Sums of the products of all pairs of columns: exact integers, by products of whole numbers in floats.

A value less a centre of its column is rounded to 41 bits below the largest of its column, and cut into two whole
numbers of 20 bits. Products of such numbers, summed over 8,192 rows, are whole numbers up to 2^53, so sums of floats
are exact in whatever order they are added (the splitting of Ozaki et al. 2012); blocks are then added as integers.
What the rounding takes away from a covariance is less than 2^-40 of the two columns' standard deviations together:
a column's largest value is less than its deviation times the root of the number of rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from ropeway.transforms.errors import DataError
from ropeway.transforms.instructions.products import accumulate_products
from ropeway.transforms.statistics.base import State, Statistic
from ropeway.transforms.statistics.moments import Known

Floats = npt.NDArray[np.float64]

#: of a value, and of its lower part
_BITS, _LOW = 41, 21
#: values whose squares can be summed
_LARGEST = 1e150
#: of what is added in one word
_WORD = 26


@dataclass(frozen=True)
class Crossed:
    """What is known of columns together, of the rows that have a value in each of them.

    mean: of each column. scatter: the sums of the products of their differences from it, float64[columns, columns].
    products: the same sums of differences from the centres that were asked for.
    """

    size: int
    mean: Floats
    scatter: Floats
    products: Floats

    def correlation(self) -> Floats:
        """Pearson's correlation of all pairs; NaN of a column without spread."""
        spread = np.sqrt(np.diag(self.scatter))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.scatter / spread[:, None] / spread)


@dataclass(frozen=True)
class CrossMoments(Statistic):
    """Of some columns of floats: `Crossed`. Rows with a missing or infinite value take no part.

    centres: a value of each column that lies about in its middle. exponents: no value of a column is further from it
    than 2 to the power of its exponent.
    """

    centres: tuple[float, ...]
    exponents: tuple[int, ...]

    @classmethod
    def about(cls, known: Sequence[Known], *, centred: bool = True) -> CrossMoments:
        """The statistic for columns of which this is known; about 0 if they are not to be centred."""
        centres, exponents = [], []
        for one in known:
            centre = one.mean if centred and one.size else 0.0
            far = max(abs(one.minimum - centre), abs(one.maximum - centre)) if one.size else 0.0
            if not far < _LARGEST:
                raise DataError(
                    f"values from {one.minimum!r} to {one.maximum!r}: their products do not fit into floats. Scale "
                    f"them before, or clip them, such as by T.Clip."
                )
            centres.append(centre)
            exponents.append(max(math.frexp(far)[1], -900))
        return cls(tuple(centres), tuple(exponents))

    def of(self, columns: Sequence[Any]) -> State:
        width = len(columns)
        words = np.zeros((2, 2 * width + 1, 2 * width + 1), np.int64)
        scales = np.array([2.0 ** (_BITS - exponent) for exponent in self.exponents])
        given = np.array([np.asarray(column, np.float64) for column in columns])
        accumulate_products(given, np.array(self.centres), scales, 2.0**_LOW, words)
        return {"low": words[0], "high": words[1]}

    def merge(self, states: Sequence[State]) -> State:
        low = sum(one["low"] for one in states)
        high = sum(one["high"] for one in states)
        carried = low >> _WORD
        return {"low": low & ((1 << _WORD) - 1), "high": high + carried}

    def finish(self, state: State) -> Crossed:
        width = len(self.centres)
        sums = (state["high"].astype(object) << _WORD) + state["low"].astype(object)
        sums = sums + np.triu(sums, 1).T
        size = int(sums[0, 0])
        totals = (sums[0, 1 : 1 + width] << _LOW) + sums[0, 1 + width :]
        high, low = slice(1, 1 + width), slice(1 + width, None)
        products = (sums[high, high] << 2 * _LOW) + ((sums[high, low] + sums[low, high]) << _LOW) + sums[low, low]
        scatter = size * products - np.multiply.outer(totals, totals)
        units = [Fraction(2) ** (exponent - _BITS) for exponent in self.exponents]
        mean = [
            float(Fraction(centre) + Fraction(int(total), size) * unit) if size else math.nan
            for centre, total, unit in zip(self.centres, totals, units, strict=True)
        ]
        powers = np.add.outer(np.array(self.exponents), np.array(self.exponents)) - 2 * _BITS
        return Crossed(size, np.array(mean), _scaled(scatter, max(size, 1), powers), _scaled(products, 1, powers))


def _scaled(above: npt.NDArray[np.object_], below: int, powers: npt.NDArray[np.int64]) -> Floats:
    """Quotients of integers, each rounded once, times powers of two."""
    made = np.array([[int(one) / below for one in row] for row in above], np.float64).reshape(above.shape)
    with np.errstate(over="ignore"):
        return np.asarray(np.ldexp(made, powers))
