"""Which terms texts have, and how often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.analysis import Analysis
from ropeway.transforms.statistics.base import State, Statistic
from ropeway.transforms.statistics.columns import as_column, ordered


@dataclass(frozen=True)
class Found:
    """Terms, rising by code points, in how many texts each is, and how often in all; `size` texts are not missing."""

    terms: pa.Array
    rows: npt.NDArray[np.int64]
    totals: npt.NDArray[np.int64]
    size: int


@dataclass(frozen=True)
class Terms(Statistic):
    """Of one column of text: `Found`."""

    form = "column"

    analysis: Analysis = field(default_factory=Analysis)

    def of(self, columns: Sequence[Any]) -> State:
        texts = as_column(columns[0])
        counted = pc.value_counts(texts.drop_null())
        times = counted.field("counts").to_numpy().astype(np.int64)
        terms, rows, totals = self.analysis.discover(counted.field("values"), times)
        size = np.array([len(texts) - texts.null_count])
        return {"terms": terms, "rows": rows, "totals": totals, "size": size}

    def merge(self, states: Sequence[State]) -> State:
        found = pc.dictionary_encode(pa.concat_arrays([one["terms"] for one in states]))
        at = found.indices.to_numpy()
        order = ordered(found.dictionary)
        made = {"terms": found.dictionary.take(pa.array(order))}
        for name in ("rows", "totals"):
            added = np.zeros(len(order), np.int64)
            np.add.at(added, at, np.concatenate([one[name] for one in states]))
            made[name] = added[order]
        return {**made, "size": np.array([sum(int(one["size"][0]) for one in states)])}

    def finish(self, state: State) -> Found:
        state = self.merge([state])
        return Found(state["terms"], state["rows"], state["totals"], int(state["size"][0]))
