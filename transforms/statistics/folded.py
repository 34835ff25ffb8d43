"""A target in each category and each fold of the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms.instructions.accumulate import GROUPS, measured
from ropeway.transforms.statistics.base import State, Statistic
from ropeway.transforms.statistics.cells import Cells, cells_of
from ropeway.transforms.statistics.columns import as_numbers, coded, named
from ropeway.transforms.statistics.moments import Known, totals

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Measured(Protocol):
    """What is known of some numbers: how many, their sum, mean and variance, each rounded once."""

    @property
    def size(self) -> int: ...
    @property
    def sum(self) -> float: ...
    @property
    def mean(self) -> float: ...
    def variance(self, ddof: int = 0) -> float: ...


@dataclass(frozen=True)
class FoldedMoments(Statistic):
    """Of a column of categories, one of floats, and one of folds from 0 to `folds` - 1: `Folded`.

    Rows whose float is missing or infinite take no part.
    """

    form = "column"
    takes_encoded = "first"

    folds: int = 5

    def of(self, columns: Sequence[Any]) -> State:
        categories, values, folds = columns
        codes, names = coded(categories)
        cells = codes * self.folds + as_numbers(folds).astype(np.int64)
        return {"names": names, **cells_of(cells, as_numbers(values), len(names) * self.folds).state()}

    def merge(self, states: Sequence[State]) -> State:
        names, places = named([one["names"] for one in states])
        cells = [(place[:, None] * self.folds + np.arange(self.folds)).ravel() for place in places]
        merged = Cells.merged([Cells.of(one) for one in states], cells, len(names) * self.folds)
        return {"names": names, **merged.state()}

    def finish(self, state: State) -> Folded:
        state = self.merge([state])
        return Folded(state["names"], self.folds, Cells.of(state))


@dataclass(frozen=True)
class Folded:
    """What is known of a target by category and fold; a missing category is the last one, if it was there."""

    categories: pa.Array
    folds: int
    cells: Cells

    @property
    def valid(self) -> Folded:
        """The same without a missing category."""
        size = len(self.categories) - self.categories.null_count
        last, cells = size * self.folds, self.cells
        keys = slice(int(np.searchsorted(cells.keys, last * GROUPS)))
        some = Cells(cells.sizes[:last], cells.ends[:, :last], cells.keys[keys], cells.bins[keys])
        return Folded(self.categories[:size], self.folds, some)

    def left_out(self) -> list[tuple[Categories, Known]]:
        """What is known of each category and of all: first by all rows, then by those outside of each fold."""
        return [(Categories(self, out), self._whole(out)) for out in (-1, *range(self.folds))]

    def _whole(self, out: int) -> Known:
        """What is known of all rows outside of a fold; the ends are those of all rows."""
        cells, outside = self.cells, np.arange(self.folds) != out
        taken = outside[cells.keys // GROUPS % self.folds]
        held, bins = cells.keys[taken] % GROUPS, cells.bins[taken]
        groups = np.flatnonzero(np.bincount(held, minlength=GROUPS))
        sums = np.array([bins[held == group].sum(axis=0) for group in groups]).reshape(len(groups), bins.shape[1])
        least, greatest = float(cells.ends[0].min(initial=np.inf)), float(cells.ends[1].max(initial=-np.inf))
        size = int(cells.sizes.reshape(-1, self.folds)[:, outside].sum())
        return Known(size, 0, 0, least + 0.0, greatest + 0.0, *totals(groups, sums))

    @cached_property
    def bounds(self) -> Ints:
        """Where the keys of each cell begin."""
        return self.cells.bounds()


class Categories(Sequence[Measured]):
    """What is known of each category by the rows outside of fold `out`, or by all of them if it is -1."""

    def __init__(self, of: Folded, out: int) -> None:
        self._of = of
        self._out = out
        self._variances: dict[int, Floats] = {}
        sizes = of.cells.sizes.reshape(-1, of.folds)
        #: of each category; a mean of no values is NaN
        self.sizes: Ints = sizes[:, np.arange(of.folds) != out].sum(axis=1)
        self.sums, self.means = np.empty(len(sizes)), np.empty(len(sizes))
        self._measure(0, self.sums, self.means, np.empty(0))

    def variances(self, ddof: int = 0) -> Floats:
        """Of each category; NaN of no more than ddof values."""
        if ddof not in self._variances:
            made = self._variances[ddof] = np.empty(len(self.sizes))
            self._measure(ddof, np.empty(0), np.empty(0), made)
        return self._variances[ddof]

    def _measure(self, ddof: int, sums: Floats, means: Floats, variances: Floats) -> None:
        folded = self._of
        measured(
            folded.bounds, folded.cells.keys % GROUPS, folded.cells.bins, folded.folds, self._out, self.sizes, ddof,
            sums.view(np.int64), means.view(np.int64), variances.view(np.int64),
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.sizes)

    def __getitem__(self, at: Any) -> Any:
        return _OfOne(self, range(len(self))[at])


class _OfOne:
    """One of the categories."""

    __slots__ = ("_at", "_of")

    def __init__(self, of: Categories, at: int) -> None:
        self._of = of
        self._at = at

    @property
    def size(self) -> int:
        return int(self._of.sizes[self._at])

    @property
    def sum(self) -> float:
        return float(self._of.sums[self._at])

    @property
    def mean(self) -> float:
        return float(self._of.means[self._at])

    def variance(self, ddof: int = 0) -> float:
        return float(self._of.variances(ddof)[self._at])
