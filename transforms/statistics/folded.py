"""A target in each category and each fold of the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.statistics.base import State, Statistic
from ropeway.transforms.statistics.counts import as_column
from ropeway.transforms.statistics.moments import GroupedMoments, Known, ordered


@dataclass(frozen=True)
class Folded:
    """What is known of a target by category and fold: `known[category][fold]`; a missing category is the last one."""

    categories: pa.Array
    known: tuple[tuple[Known, ...], ...]


@dataclass(frozen=True)
class FoldedMoments(Statistic):
    """Of a column of categories, one of floats, and one of folds from 0 to `folds` - 1: `Folded`."""

    form = "column"

    folds: int = 5

    def of(self, columns: Sequence[Any]) -> State:
        categories, values, folds = columns
        found = pc.dictionary_encode(as_column(categories), null_encoding="encode")
        cells = pc.add(pc.multiply(found.indices.cast(pa.int64()), self.folds), as_column(folds).cast(pa.int64()))
        # every cell of a category is told apart by its number; names follow when parts are put together
        return {"names": found.dictionary, **GroupedMoments().of([cells, values])}

    def merge(self, states: Sequence[State]) -> State:
        found = pc.dictionary_encode(pa.concat_arrays([one["names"] for one in states]), null_encoding="encode")
        order = ordered(found.dictionary)
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        codes = place[found.indices.to_numpy(zero_copy_only=False)]
        first, moved = 0, []
        for one in states:
            cells = one["categories"].to_numpy().astype(np.int64)
            cells = codes[first + cells // self.folds] * self.folds + cells % self.folds
            moved.append({**one, "categories": pa.array(cells)})
            first += len(one["names"])
        return {"names": found.dictionary.take(pa.array(order)), **GroupedMoments().merge(moved)}

    def finish(self, state: State) -> Folded:
        state = self.merge([state])
        groups = GroupedMoments().finish({name: one for name, one in state.items() if name != "names"})
        of = dict(zip(groups.categories.to_pylist(), groups.known, strict=True))
        nothing = Known(0, 0, 0, float("nan"), float("nan"), 0, 0)
        known = tuple(
            tuple(of.get(at * self.folds + fold, nothing) for fold in range(self.folds))
            for at in range(len(state["names"]))
        )
        return Folded(state["names"], known)
