"""Correlations of columns, from exact sums of the products of their digits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ropeway.transforms.instructions.digits import BITS, DIGITS, PAIRS, ROWS, cut, places, square
from ropeway.transforms.statistics.base import State, Statistic

Ints = npt.NDArray[np.int64]

_PAIRS = [(a, b) for a in range(DIGITS) for b in range(a, DIGITS)]
#: a sum is held as two int64, the lower one of so many bits
_HALF = 31
_LOW = (1 << _HALF) - 1
_SUMS = ("products", "singles", "squares")
#: products of 32 columns over 128 rows are small enough that BLAS stays in this thread: threads of its own, beside
#: ours, took 20 times as long
_TILE, _SLICE = 32, 128


@dataclass(frozen=True)
class Crossed:
    """Exact sums over the rows in which two columns both have a finite value, of whole numbers: a column's own unit."""

    #: rows[i, j]
    rows: Ints
    #: of column i over the rows that have j: sums[i][j] and squares[i][j]; products[i][j]
    sums: Sequence[Sequence[int]]
    squares: Sequence[Sequence[int]]
    products: Sequence[Sequence[int]]

    def correlation(self, i: int, j: int) -> float:
        """Pearson's correlation over the rows in which both are; NaN where one of them has no spread there."""
        rows = int(self.rows[i, j])
        one, other = self.sums[i][j], self.sums[j][i]
        above = rows * self.products[i][j] - one * other
        below = (rows * self.squares[i][j] - one * one) * (rows * self.squares[j][i] - other * other)
        if below <= 0:
            return math.nan
        return math.copysign(math.sqrt(above * above / below), above)

    def correlations(self) -> npt.NDArray[np.float64]:
        """Those of all pairs; 1 of a column with itself."""
        size = len(self.rows)
        made = np.empty((size, size))
        for i in range(size):
            for j in range(i, size):
                made[i, j] = made[j, i] = self.correlation(i, j)
        return made


@dataclass(frozen=True)
class CrossSums(Statistic):
    """Of some columns of floats: `Crossed`. Missing and infinite values take no part.

    Of each column the digits from its highest one down are kept: 55 bits at least, so that a value is off by less than
    2^-54 of the column's largest, and whole numbers below 2^54 are exact.
    """

    def of(self, columns: Sequence[Any]) -> State:
        columns = [np.ascontiguousarray(one, np.float64) for one in columns]
        count, size = len(columns), len(columns[0])
        tops, widths = (np.array(one, np.int64) for one in zip(*map(places, columns), strict=True))
        firsts = np.concatenate([[0], np.cumsum(widths)])
        # a mask for each column with holes, behind one of ones
        holes = [at for at, one in enumerate(columns) if not np.isfinite(one).all()]
        masks = np.zeros(count, np.int64)
        masks[holes] = np.arange(1, len(holes) + 1)
        wide, many = int(firsts[-1]), 1 + len(holes)
        pairs = [(i, a, b) for i, width in enumerate(widths) for a in range(width) for b in range(a, width)]
        both: Ints = np.zeros((wide + many, wide + many), np.int64)
        squared: Ints = np.zeros((len(pairs), many), np.int64)
        for first in range(0, size, ROWS):
            rows = min(ROWS, size - first)
            block = np.zeros((-(-rows // _SLICE) * _SLICE, wide + many))
            digits, present = block[:, :wide], block[:, wide:]
            present[:rows, 0] = 1.0
            for at, one in enumerate(columns):
                mask = int(masks[at]) or -1
                cut(one[first : first + rows], tops[at], widths[at], digits, firsts[at], present, mask)
            _add(block, block, both)
            if holes and pairs:
                squares = np.zeros((len(block), len(pairs)))
                square(digits[:rows], firsts, squares)
                _add(squares, present, squared)
        # digits of all columns, of which most have fewer
        place = np.concatenate([DIGITS * i + np.arange(width) for i, width in enumerate(widths)]).astype(np.int64)
        products: Ints = np.zeros((DIGITS * count, DIGITS * count), np.int64)
        products[np.ix_(place, place)] = both[:wide, :wide]
        singles: Ints = np.zeros((DIGITS * count, many), np.int64)
        singles[place] = both[:wide, wide:]
        both_of: Ints = np.zeros((count, PAIRS, many), np.int64)
        for row, (i, a, b) in enumerate(pairs):
            at = _PAIRS.index((a, b))
            both_of[i, at] = squared[row]
            both_of[i, at, 0] = products[DIGITS * i + a, DIGITS * i + b]
        made = {
            "products": products,
            "singles": singles.reshape(count, DIGITS, many)[:, :, masks],
            "squares": both_of[:, :, masks],
        }
        return {
            "tops": tops,
            "rows": both[wide:, wide:][masks][:, masks],
            **{f"{name}_low": sums.ravel() & _LOW for name, sums in made.items()},
            **{f"{name}_high": sums.ravel() >> _HALF for name, sums in made.items()},
        }

    def merge(self, states: Sequence[State]) -> State:
        if len(states) == 1:
            return states[0]
        tops = np.max([one["tops"] for one in states], axis=0)
        count = len(tops)
        merged: dict[str, Any] = {"tops": tops, "rows": np.sum([one["rows"] for one in states], axis=0)}
        for name in _SUMS:
            halves = []
            for half in ("low", "high"):
                shape = _shape(name, count)
                parts = [_moved(name, one[f"{name}_{half}"].reshape(shape), tops - one["tops"]) for one in states]
                halves.append(np.sum(parts, axis=0).ravel())
            low, high = halves
            merged |= {f"{name}_low": low & _LOW, f"{name}_high": high + (low >> _HALF)}
        return merged

    def finish(self, state: State) -> Crossed:
        count = len(state["tops"])
        exact = {}
        for name in _SUMS:
            whole = (state[f"{name}_high"].astype(object) << _HALF) + state[f"{name}_low"].astype(object)
            exact[name] = whole.reshape(_shape(name, count))
        units = np.array([1 << (BITS * (DIGITS - 1 - a)) for a in range(DIGITS)], object)
        pairs = np.array([units[a] * units[b] * (1 if a == b else 2) for a, b in _PAIRS], object)
        singles = np.moveaxis(exact["singles"], 1, 2) @ units
        squares = np.moveaxis(exact["squares"], 1, 2) @ pairs
        products = np.moveaxis(exact["products"], 1, 2) @ units @ units
        return Crossed(state["rows"], singles.tolist(), squares.tolist(), products.tolist())


def _add(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64], into: Ints) -> None:
    """Add one.T @ other, whose sums are exact; rows come in whole slices."""
    left, right = (some.reshape(-1, _SLICE, some.shape[1]) for some in (one, other))
    found = np.empty((left.shape[2], right.shape[2]))
    for i in range(0, left.shape[2], _TILE):
        rows = left[:, :, i : i + _TILE].transpose(0, 2, 1)
        for j in range(i if one is other else 0, right.shape[2], _TILE):
            columns = right[:, :, j : j + _TILE]
            # a matrix with itself is another routine of BLAS, which takes threads at once
            columns = np.ascontiguousarray(columns) if one is other and i == j else columns
            tile = np.matmul(rows, columns).sum(axis=0)
            found[i : i + _TILE, j : j + _TILE] = tile
            if one is other:
                found[j : j + _TILE, i : i + _TILE] = tile.T
    into += found.astype(np.int64)


def _shape(name: str, count: int) -> tuple[int, ...]:
    return {
        "products": (count, DIGITS, count, DIGITS),
        "singles": (count, DIGITS, count),
        "squares": (count, PAIRS, count),
    }[name]


def _moved(name: str, sums: Ints, by: Ints) -> Ints:
    """Sums of digits as those below a higher place: each column's go down by as many, the lowest are left out."""
    if not by.any():
        return sums
    made = np.zeros_like(sums)
    count = len(by)
    for i in range(count):
        s = int(by[i])
        if s >= DIGITS:
            continue
        if name == "singles":
            made[i, s:] = sums[i, : DIGITS - s]
        elif name == "squares":
            for at, (a, b) in enumerate(_PAIRS):
                if b + s < DIGITS:
                    made[i, _PAIRS.index((a + s, b + s))] = sums[i, at]
        else:
            for j in range(count):
                t = int(by[j])
                if t < DIGITS:
                    made[i, s:, j, t:] = sums[i, : DIGITS - s, j, : DIGITS - t]
    return made
