"""Rows and nulls, first and last values, lengths: what takes a few integers of state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.statistics.base import State, Statistic
from ropeway.transforms.statistics.sketch import as_whole

_MOST = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Extent:
    """The least and greatest of some integers, their sum and number; `least` is above `greatest` where there is none.

    rows, nulls: how many rows there were, and in how many of them was nothing.
    """

    rows: int
    nulls: int
    least: int
    greatest: int
    total: int


@dataclass(frozen=True)
class _Extents(Statistic):
    form = "column"

    def merge(self, states: Sequence[State]) -> State:
        found = np.array([one["found"] for one in states])
        merged = found.sum(axis=0)
        merged[2], merged[3] = found[:, 2].min(), found[:, 3].max()
        return {"found": merged}

    def finish(self, state: State) -> Extent:
        return Extent(*state["found"].tolist())


@dataclass(frozen=True)
class Presence(_Extents):
    """Of one column of any type: `Extent`, of which only rows and nulls are meant. NaN is no null."""

    def of(self, columns: Sequence[Any]) -> State:
        (column,) = columns
        return {"found": np.array([len(column), column.null_count, _MOST, -_MOST, 0])}


@dataclass(frozen=True)
class Times(_Extents):
    """Of one column of times or integers: `Extent`, in the unit of its type; the total is not kept."""

    def of(self, columns: Sequence[Any]) -> State:
        (column,) = columns
        ends = pc.min_max(as_whole(column)).as_py()
        some = (_MOST, -_MOST) if ends["min"] is None else (ends["min"], ends["max"])
        return {"found": np.array([len(column), column.null_count, *some, 0])}


@dataclass(frozen=True)
class Lengths(_Extents):
    """Of one column of text (in characters), bytes or lists: `Extent` of their lengths."""

    def of(self, columns: Sequence[Any]) -> State:
        (column,) = columns
        if pa.types.is_string(column.type):
            sizes = pc.utf8_length(column)
        elif pa.types.is_binary(column.type):
            sizes = pc.binary_length(column)
        else:
            sizes = pc.list_value_length(column)
        ends, total = pc.min_max(sizes).as_py(), pc.sum(sizes).as_py()
        some = (_MOST, -_MOST, 0) if total is None else (ends["min"], ends["max"], total)
        return {"found": np.array([len(column), column.null_count, *some])}
