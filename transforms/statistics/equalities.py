"""Which columns hold the same values in every row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from ropeway.transforms.statistics.base import State, Statistic
from ropeway.transforms.statistics.columns import as_column


@dataclass(frozen=True)
class Equalities(Statistic):
    """Of some columns: for each the number of the first one that equals it, a list.

    Missing values are equal to each other; columns of different types never are.
    """

    form = "column"

    def of(self, columns: Sequence[Any]) -> State:
        arrays = [as_column(column) for column in columns]
        first: list[int] = []
        for at, array in enumerate(arrays):
            same = (other for other in dict.fromkeys(first) if _same(arrays[other], array))
            first.append(next(same, at))
        return {"first": np.array(first, np.int64)}

    def merge(self, states: Sequence[State]) -> State:
        # columns are equal in all parts iff they are in each: classes of what stands in one column of this
        every = np.array([one["first"] for one in states])
        seen: dict[bytes, int] = {}
        return {"first": np.array([seen.setdefault(column.tobytes(), at) for at, column in enumerate(every.T)])}

    def finish(self, state: State) -> list[int]:
        return [int(one) for one in state["first"]]


def _same(one: pa.Array, other: pa.Array) -> bool:
    return bool(one.type == other.type and one.equals(other))
