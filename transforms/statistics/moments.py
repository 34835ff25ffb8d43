"""Counts, sums, means and variances: exact integers while rows are added, rounded once in the end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.instructions.accumulate import FIELDS, PARTS, accumulate, accumulate_by
from ropeway.transforms.statistics.base import State, Statistic

_BIAS = 1075
_LARGEST = float(np.finfo(np.float64).max)


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
        fields, bins = _added([one["fields"] for one in states], [one["bins"] for one in states])
        ends = np.array([one["ends"] for one in states])
        merged = ends.sum(axis=0)
        merged[3], merged[4] = ends[:, 3].min(), ends[:, 4].max()
        return {"fields": fields, "bins": bins, "ends": merged}

    def finish(self, state: State) -> Known:
        ends = state["ends"]
        total, squares = totals(state["fields"], state["bins"])
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

    def of(self, columns: Sequence[Any]) -> State:
        categories, values = columns
        values = np.ascontiguousarray(values, np.float64) if isinstance(values, np.ndarray) else _floats(values)
        categories = categories if isinstance(categories, pa.Array) else pa.array(categories, from_pandas=True)
        good = np.isfinite(values)
        if not good.all():
            values, categories = values[good], categories.filter(pa.array(good))
        found = pc.dictionary_encode(categories, null_encoding="encode")
        codes = found.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        bits = np.maximum((values.view(np.int64) >> 52) & 0x7FF, 1)
        keys, rows = _cells(codes, bits, len(found.dictionary))
        bins = np.zeros((len(keys), PARTS), np.int64)
        accumulate_by(rows, values, bins)
        ends = np.empty((2, len(found.dictionary)))
        ends[0], ends[1] = math.inf, -math.inf
        np.minimum.at(ends[0], codes, values)
        np.maximum.at(ends[1], codes, values)
        return {
            "categories": found.dictionary,
            "sizes": np.bincount(codes, minlength=len(found.dictionary)).astype(np.int64),
            "ends": ends,
            "keys": keys,
            "bins": bins,
        }

    def merge(self, states: Sequence[State]) -> State:
        every = pa.concat_arrays([one["categories"] for one in states])
        found = pc.dictionary_encode(every, null_encoding="encode")
        order = ordered(found.dictionary)
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        codes = place[found.indices.to_numpy(zero_copy_only=False)]
        sizes = np.zeros(len(order), np.int64)
        np.add.at(sizes, codes, np.concatenate([one["sizes"] for one in states]))
        ends = np.empty((2, len(order)))
        ends[0], ends[1] = math.inf, -math.inf
        np.minimum.at(ends[0], codes, np.concatenate([one["ends"][0] for one in states]))
        np.maximum.at(ends[1], codes, np.concatenate([one["ends"][1] for one in states]))
        first = np.cumsum([0, *(len(one["categories"]) for one in states)])
        keys = [
            codes[one["keys"] // FIELDS + at] * FIELDS + one["keys"] % FIELDS
            for one, at in zip(states, first[:-1], strict=True)
        ]
        merged, bins = _added(keys, [one["bins"] for one in states])
        return {
            "categories": found.dictionary.take(pa.array(order)),
            "sizes": sizes,
            "ends": ends,
            "keys": merged,
            "bins": bins,
        }

    def finish(self, state: State) -> Groups:
        state = self.merge([state])
        codes, fields = state["keys"] // FIELDS, state["keys"] % FIELDS
        bounds = np.searchsorted(codes, np.arange(len(state["categories"]) + 1))
        made = []
        for at, size in enumerate(state["sizes"].tolist()):
            some = slice(bounds[at], bounds[at + 1])
            total, squares = totals(fields[some], state["bins"][some])
            least, greatest = (float(one) + 0.0 for one in state["ends"][:, at])
            made.append(Known(size, 0, 0, least, greatest, total, squares))
        return Groups(state["categories"], tuple(made))


def ordered(values: pa.Array, null: Literal["at_end"] = "at_end") -> npt.NDArray[np.int64]:
    """The order in which values rise, text by its code points; null last."""
    order: npt.NDArray[np.int64] = pc.array_sort_indices(values, null_placement=null).to_numpy().astype(np.int64)
    return order


def _cells(
    codes: npt.NDArray[np.int64], fields: npt.NDArray[np.int64], size: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The pairs of a code and a field that are there, rising, as code * FIELDS + field, and which one each row is."""
    least = int(fields.min(initial=FIELDS))
    width = max(int(fields.max(initial=0)) - least + 1, 1)
    if size * width > max(1 << 20, 4 * len(codes)):
        keys, rows = np.unique(codes * FIELDS + fields, return_inverse=True)
        return keys, rows.astype(np.int64)
    cells = codes * width + (fields - least)
    there = np.flatnonzero(np.bincount(cells, minlength=size * width))
    place = np.empty(size * width, np.int64)
    place[there] = np.arange(len(there))
    return there // width * FIELDS + there % width + least, place[cells]


def totals(fields: npt.NDArray[np.int64], bins: npt.NDArray[np.int64]) -> tuple[int, int]:
    """The exact sum, in units of 2^-2150, and the exact sum of squares, in the same units."""
    if not len(fields):
        return 0, 0
    total = squares = 0
    first = int(fields.min())  # the integers are short as long as they are counted from here
    for field, parts in zip((fields - first).tolist(), bins.tolist(), strict=True):
        total += (parts[0] + (parts[1] << 32)) << field
        square = parts[2] + (parts[3] << 32) + ((parts[4] + (parts[5] << 32)) << 27)
        square += (parts[6] + (parts[7] << 32)) << 54
        squares += square << (2 * field)
    return total << (first + _BIAS), squares << (2 * first)


def _zeros(value: int) -> int:
    """How many zeros its binary digits end with; it is not 0."""
    return (value & -value).bit_length() - 1


def divided(above: int, below: int) -> float:
    """The float nearest to a quotient of integers; infinite where it does not fit."""
    try:
        return above / below
    except OverflowError:
        return math.inf if above > 0 else -math.inf


def _added(
    keys: Sequence[npt.NDArray[np.int64]], bins: Sequence[npt.NDArray[np.int64]]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    every, rows = np.unique(np.concatenate(keys), return_inverse=True)
    made = np.zeros((len(every), PARTS), np.int64)
    np.add.at(made, rows, np.concatenate(bins))
    return every, made


def _floats(array: pa.Array) -> npt.NDArray[np.float64]:
    from ropeway.transforms.program.functions import as_floats

    return np.ascontiguousarray(as_floats(array))
