"""Of which classes a target is, if it is of classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.statistics.base import State, Statistic
from ropeway.transforms.statistics.columns import as_column, ordered


@dataclass(frozen=True)
class Classes(Statistic):
    """Of one column: its distinct values, rising, without missing ones; None if a float among them is not whole."""

    form = "column"

    def of(self, columns: Sequence[Any]) -> State:
        values = as_column(columns[0]).drop_null()
        measured = False
        if pa.types.is_floating(values.type):
            floats = values.to_numpy(zero_copy_only=False)
            measured = bool((np.rint(floats) != floats).any())
        return {"values": values[:0] if measured else pc.unique(values), "measured": np.array([measured])}

    def merge(self, states: Sequence[State]) -> State:
        measured = any(bool(one["measured"][0]) for one in states)
        values = pc.unique(pa.concat_arrays([one["values"] for one in states]))
        values = values[:0] if measured else values.take(pa.array(ordered(values)))
        return {"values": values, "measured": np.array([measured])}

    def finish(self, state: State) -> pa.Array | None:
        state = self.merge([state])
        return None if state["measured"][0] else state["values"]
