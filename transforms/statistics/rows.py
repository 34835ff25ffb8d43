"""Rows themselves: all of them up to a number, beyond it a sample that depends on their values alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ropeway.transforms.instructions.groups import mixed
from ropeway.transforms.kernels.wide import compiled
from ropeway.transforms.statistics.base import State, Statistic

#: rows that are kept, of any number of columns
LIMIT = 200_000


@dataclass(frozen=True)
class Sampled:
    """Rows of floats, float64[rows, columns], in an order that depends on their values alone.

    size: how many rows there were; fewer are kept where `size` is larger than the limit, those with the least hashes
    of their values.
    """

    rows: npt.NDArray[np.float64]
    size: int


@dataclass(frozen=True)
class Rows(Statistic):
    """Of columns of floats: `Sampled`. Missing values (NaN) stay in their rows."""

    limit: int = LIMIT

    def of(self, columns: Sequence[Any]) -> State:
        rows = np.column_stack([np.asarray(column, np.float64) + 0.0 for column in columns])
        return self._kept(rows, len(rows))

    def merge(self, states: Sequence[State]) -> State:
        return self._kept(np.concatenate([one["rows"] for one in states]), sum(int(one["size"][0]) for one in states))

    def finish(self, state: State) -> Sampled:
        return Sampled(self._kept(state["rows"], 0)["rows"], int(state["size"][0]))

    def _kept(self, rows: npt.NDArray[np.float64], size: int) -> State:
        rows = np.where(np.isnan(rows), np.nan, rows)  # one NaN
        hashes = np.zeros(len(rows), np.uint64)
        _hash(np.ascontiguousarray(rows).view(np.int64), hashes)
        if len(rows) > self.limit:
            few = np.flatnonzero(hashes <= np.partition(hashes, self.limit - 1)[self.limit - 1])
            rows, hashes = rows[few], hashes[few]
        order = np.argsort(hashes, kind="stable")
        tied = np.flatnonzero(hashes[order][1:] == hashes[order][:-1])
        # rows of one hash are mostly equal ones, whose order does not show
        if not np.array_equal(rows[order[tied]], rows[order[tied + 1]], equal_nan=True):
            order = np.lexsort([*rows.T[::-1], hashes])
        kept = order[: self.limit]
        return {"rows": rows[kept], "size": np.array([size])}


@compiled
def _hash(rows, hashes):  # type: ignore[no-untyped-def]
    for i in range(len(rows)):
        word = np.uint64(0)
        for j in range(rows.shape[1]):
            word = mixed(word ^ mixed(np.uint64(rows[i, j]) + np.uint64(j)))
        hashes[i] = word
