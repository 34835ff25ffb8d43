"""Counts, sums, means and variances: exact integers while rows are added, rounded once in the end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms.instructions.accumulate import (
    FIELDS,
    GROUP_PLACES,
    PARTS,
    PLACES,
    accumulate,
    lowest,
)
from ropeway.transforms.statistics.base import State, Statistic
from ropeway.transforms.statistics.cells import Cells, added, cells_of
from ropeway.transforms.statistics.columns import as_numbers, coded, named

_BIAS = 1075


@dataclass(frozen=True)
class Known:
    """What is known of floats: `size` values that are there and finite, and exact totals in units of 2^-2150."""

    size: int
    missing: int
    infinite: int
    minimum: float
    maximum: float
    total: int
    squares: int

    @staticmethod
    def joined(parts: Sequence[Known]) -> Known:
        """What is known of all values of some parts."""
        least = [one.minimum for one in parts if one.size]
        greatest = [one.maximum for one in parts if one.size]
        return Known(
            sum(one.size for one in parts), sum(one.missing for one in parts), sum(one.infinite for one in parts),
            min(least, default=math.nan), max(greatest, default=math.nan),
            sum(one.total for one in parts), sum(one.squares for one in parts),
        )  # fmt: skip

    @property
    def sum(self) -> float:
        """The sum, rounded once; infinite where it does not fit."""
        return divided(self.total, 1 << (2 * _BIAS))

    @property
    def mean(self) -> float:
        """The mean, rounded once; NaN of no values."""
        return divided(self.total, self.size << (2 * _BIAS)) if self.size else math.nan

    def variance(self, ddof: int = 0) -> float:
        """The variance, rounded once, with ddof subtracted from the number of values; NaN of no more than those."""
        if self.size <= ddof:
            return math.nan
        if not self.squares:
            return 0.0
        # the zeros at the end of both are most of their digits
        zeros = min((_zeros(self.squares) + 2 * _BIAS) // 2, 2 * _BIAS)
        zeros = min(zeros, _zeros(self.total)) if self.total else zeros
        total, apart = self.total >> zeros, 2 * zeros - 2 * _BIAS
        squares = self.squares >> apart if apart >= 0 else self.squares << -apart
        return divided(self.size * squares - total * total, self.size * (self.size - ddof) << (4 * _BIAS - 2 * zeros))

    def deviation(self, ddof: int = 0) -> float:
        """The standard deviation: the square root of the variance."""
        return math.sqrt(self.variance(ddof))


@dataclass(frozen=True)
class Moments(Statistic):
    """Of one column of floats: `Known`. NaN is missing; infinite values are counted and take no other part."""

    def of(self, columns: Sequence[Any]) -> State:
        (values,) = columns
        bins = np.zeros((FIELDS, PARTS), np.int64)
        ends = np.array([0.0, 0.0, 0.0, math.inf, -math.inf, 0.0])
        accumulate(np.ascontiguousarray(values), bins, ends)
        fields = np.flatnonzero(bins.any(axis=1))
        return {"fields": fields, "bins": bins[fields], "ends": ends}

    def merge(self, states: Sequence[State]) -> State:
        fields, bins = added([one["fields"] for one in states], [one["bins"] for one in states])
        ends = np.array([one["ends"] for one in states])
        merged = ends.sum(axis=0)
        merged[3], merged[4] = ends[:, 3].min(), ends[:, 4].max()
        return {"fields": fields, "bins": bins, "ends": merged}

    def finish(self, state: State) -> Known:
        ends = state["ends"]
        total, squares = _exact(state["fields"].tolist(), state["bins"], PLACES)
        rows, missing, infinite = (int(one) for one in ends[:3])
        # -0.0 and 0.0 are one value, and whichever came first must not show
        least, greatest = (float(one) + 0.0 for one in ends[3:5])
        size = rows - missing - infinite
        return Known(
            size, missing, infinite, least if size else math.nan, greatest if size else math.nan, total, squares
        )


@dataclass(frozen=True)
class Groups:
    """What is known of a target in each category: `Known` by category, of which those of a missing category are last.

    categories: an Arrow array, rising; null, if it is there, at its end.
    """

    categories: pa.Array
    known: tuple[Known, ...]


@dataclass(frozen=True)
class GroupedMoments(Statistic):
    """Of a column of categories and one of floats: `Groups`. Rows whose float is missing or infinite take no part."""

    form = "column"
    takes_encoded = "first"

    def of(self, columns: Sequence[Any]) -> State:
        categories, values = columns
        codes, names = coded(categories)
        return {"categories": names, **cells_of(codes, as_numbers(values), len(names)).state()}

    def merge(self, states: Sequence[State]) -> State:
        names, places = named([one["categories"] for one in states])
        return {"categories": names, **Cells.merged([Cells.of(one) for one in states], places, len(names)).state()}

    def finish(self, state: State) -> Groups:
        state = self.merge([state])
        cells = Cells.of(state)
        made = []
        for at, size in enumerate(cells.sizes.tolist()):
            total, squares = totals(*cells.rows(at, at + 1))
            least, greatest = (float(one) + 0.0 for one in cells.ends[:, at])
            made.append(Known(size, 0, 0, least, greatest, total, squares))
        return Groups(state["categories"], tuple(made))


def totals(groups: npt.NDArray[np.int64], bins: npt.NDArray[np.int64]) -> tuple[int, int]:
    """The exact sum of a cell, in units of 2^-2150, and the exact sum of squares, in the same units."""
    return _exact([lowest(group) for group in groups.tolist()], bins, GROUP_PLACES)


def _exact(
    fields: Sequence[int], bins: npt.NDArray[np.int64], places: tuple[Sequence[int], Sequence[int]]
) -> tuple[int, int]:
    """The sums of parts that stand at these places above exponent fields."""
    if not len(fields):
        return 0, 0
    total = squares = 0
    first = min(fields)  # the integers are short as long as they are counted from here
    sums, rest = places
    for field, parts in zip(fields, bins.tolist(), strict=True):
        by = field - first
        total += sum(part << place for place, part in zip(sums, parts, strict=False)) << by
        squares += sum(part << place for place, part in zip(rest, parts[len(sums) :], strict=True)) << 2 * by
    return total << (first + _BIAS), squares << 2 * first if first >= 0 else squares >> -2 * first


def _zeros(value: int) -> int:
    """How many zeros its binary digits end with; it is not 0."""
    return (value & -value).bit_length() - 1


def divided(above: int, below: int) -> float:
    """The float nearest to a quotient of integers; infinite where it does not fit."""
    try:
        return above / below
    except OverflowError:
        return math.inf if above > 0 else -math.inf
