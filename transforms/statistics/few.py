"""Another statistic, as long as there are few categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc

from ropeway.transforms.statistics.base import State, Statistic
from ropeway.transforms.statistics.columns import as_column

_OVER = "__over__"


@dataclass(frozen=True)
class Few(Statistic):
    """What `of` says of columns, of which some are categories; None where one of these has more than `limit`.

    categories: their places among the columns, and the names by which the state of the statistic lists them.
    """

    form = "column"

    statistic: Statistic
    categories: tuple[tuple[int, str], ...]
    limit: int

    def of(self, columns: Sequence[Any]) -> State:
        for at, _ in self.categories:
            if pc.count_distinct(as_column(columns[at])).as_py() > self.limit:
                return {_OVER: np.array([1])}
        return self.statistic.of(columns)

    def merge(self, states: Sequence[State]) -> State:
        if any(_OVER in one for one in states):
            return {_OVER: np.array([1])}
        state = self.statistic.merge(states)
        for _, name in self.categories:
            if pc.count_distinct(state[name], mode="only_valid").as_py() > self.limit:
                return {_OVER: np.array([1])}
        return state

    def finish(self, state: State) -> Any:
        return None if _OVER in state else self.statistic.finish(state)
