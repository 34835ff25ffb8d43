"""Exact sums of a target in cells, such as categories, or categories and folds: a few integers for each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ropeway.transforms.instructions.accumulate import (
    GROUP_PARTS,
    GROUPS,
    accumulate_by,
    accumulate_in_cells,
    add_rows,
    groups,
)
from ropeway.transforms.statistics.base import State

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: places of a table in which cells are looked up; where there would be more, they are sorted
_TABLE = 1 << 20
#: keys for each of which there is a place from the start
_FEW = 1 << 13


@dataclass(frozen=True)
class Cells:
    """What is known of floats in each cell.

    sizes: how many finite values there are. ends: float64[2, cells], the least and the greatest of them; inf, -inf of
    none. keys: rising, the cell times GROUPS, plus a group of exponents. bins: int64[keys, GROUP_PARTS].
    """

    sizes: Ints
    ends: Floats
    keys: Ints
    bins: Ints

    @classmethod
    def of(cls, state: State) -> Cells:
        """Those of a state."""
        return cls(state["sizes"], state["ends"], state["keys"], state["bins"])

    def state(self) -> State:
        """As part of a state."""
        return {"sizes": self.sizes, "ends": self.ends, "keys": self.keys, "bins": self.bins}

    @classmethod
    def merged(cls, parts: Sequence[Cells], places: Sequence[Ints], size: int) -> Cells:
        """Those of all parts; places: which of `size` cells those of each part are."""
        sizes, ends = np.zeros(size, np.int64), _no_ends(size)
        for one, place in zip(parts, places, strict=True):
            np.add.at(sizes, place, one.sizes)
            np.minimum.at(ends[0], place, one.ends[0])
            np.maximum.at(ends[1], place, one.ends[1])
        keys = [
            place[one.keys // GROUPS] * GROUPS + one.keys % GROUPS for one, place in zip(parts, places, strict=True)
        ]
        return cls(sizes, ends, *added(keys, [one.bins for one in parts]))

    def rows(self, first: int, last: int) -> tuple[Ints, Ints]:
        """The groups and bins of the cells from `first` to before `last`."""
        some = slice(*np.searchsorted(self.keys, [first * GROUPS, last * GROUPS]))
        return self.keys[some] % GROUPS, self.bins[some]

    def bounds(self) -> Ints:
        """Where the keys of each cell begin, and their number."""
        return np.searchsorted(self.keys, np.arange(len(self.sizes) + 1) * GROUPS).astype(np.int64)


def cells_of(codes: Ints, values: Floats, size: int) -> Cells:
    """What is known of floats by the cell of each row; missing and infinite ones take no part."""
    if size * GROUPS <= _FEW:
        sizes, ends, bins = np.zeros(size, np.int64), _no_ends(size), np.zeros((size * GROUPS, GROUP_PARTS), np.int64)
        accumulate_in_cells(codes, values, sizes, ends, bins)
        keys = np.flatnonzero(bins.any(axis=1))
        return Cells(sizes, ends, keys, bins[keys])
    return _many_cells(codes, values, size)


def _many_cells(codes: Ints, values: Floats, size: int) -> Cells:
    sizes, ends, found = np.zeros(size, np.int64), _no_ends(size), np.empty(len(values), np.int64)
    least, most = groups(values, codes, found, sizes, ends)
    width = max(most - least + 1, 0)
    cells = np.where(found >= 0, codes * width + (found - least), -1)
    if size * width > max(_TABLE, 4 * len(codes)):
        there, rows = np.unique(cells, return_inverse=True)
        absent = int(len(there) > 0 and there[0] < 0)
        there, rows = there[absent:], rows.astype(np.int64) - absent
    else:
        there = np.flatnonzero(np.bincount(cells + 1, minlength=size * width + 1)[1:])
        place = np.full(size * width + 1, -1)  # the last one is that of rows without a cell
        place[there] = np.arange(len(there))
        rows = place[cells]
    bins = np.zeros((len(there), GROUP_PARTS), np.int64)
    accumulate_by(rows, values, bins)
    width = max(width, 1)
    kept = bins.any(axis=1)  # zeros add nothing
    return Cells(sizes, ends, (there // width * GROUPS + there % width + least)[kept], bins[kept])


def added(keys: Sequence[Ints], bins: Sequence[Ints]) -> tuple[Ints, Ints]:
    """The keys of all parts, rising, and the sums of the bins of each."""
    every, rows = np.unique(np.concatenate(keys), return_inverse=True)
    made = np.zeros((len(every), bins[0].shape[1]), np.int64)
    add_rows(rows.astype(np.int64), np.concatenate(bins), made)
    return every, made


def _no_ends(size: int) -> Floats:
    ends = np.empty((2, size))
    ends[0], ends[1] = math.inf, -math.inf
    return ends
