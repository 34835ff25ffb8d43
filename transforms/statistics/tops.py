"""The most frequent values of a column of any number of them, in a state of limited size.

Up to a limit of distinct values all are counted. Beyond it those with the least hashes are, which says how many there
are but not which are frequent; and rows are counted in buckets by hash. The frequent values are in the fullest
buckets, so a second pass that counts these alone finds them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.statistics import sketch
from ropeway.transforms.statistics.base import State, Statistic
from ropeway.transforms.statistics.columns import as_column, ordered

#: distinct values up to which all are counted
LIMIT = 1 << 16
#: into so many rows are counted by hash: 128 KiB of state
BUCKETS = 1 << 14
#: the fullest buckets, of which a second pass counts the values
FULLEST = 64


@dataclass(frozen=True)
class Frequent:
    """Values and their counts, the most frequent first, of equals the least one.

    distinct: how many there are, exact where `is_whole`, else estimated; then `values` are an even sample of them.
    buckets: how many rows there are by hash.
    """

    values: pa.Array
    counts: npt.NDArray[np.int64]
    distinct: int
    is_whole: bool
    size: int
    buckets: npt.NDArray[np.int64]

    @property
    def fullest(self) -> tuple[int, ...]:
        """The buckets that a second pass should look into; none where no value can be frequent."""
        if self.is_whole or self.buckets.max() * BUCKETS < 4 * self.size:
            return ()
        return tuple(sorted(np.argsort(-self.buckets, kind="stable")[:FULLEST].tolist()))

    def at_most(self, but: Sequence[int]) -> int:
        """In how many rows a value can be that is in none of these buckets."""
        others = self.buckets.copy()
        others[list(but)] = 0
        return int(others.max(initial=0))


@dataclass(frozen=True)
class Tops(Statistic):
    """Of one column of text, bytes, booleans, dates or integers: `Frequent`. Only of some buckets, if they are named.

    Missing values take no part.
    """

    form = "column"

    limit: int = LIMIT
    buckets: tuple[int, ...] = ()

    def of(self, columns: Sequence[Any]) -> State:
        (given,) = columns
        found = pc.value_counts(as_column(given).drop_null())
        values, counts = found.field("values"), found.field("counts").to_numpy().astype(np.int64)
        hashes = sketch.of_array(values)
        totals = np.zeros(BUCKETS, np.int64)
        np.add.at(totals, (hashes % np.uint64(BUCKETS)).astype(np.int64), counts)
        if self.buckets:
            some = np.isin(hashes % np.uint64(BUCKETS), np.array(self.buckets, np.uint64))
            hashes, counts, values = hashes[some], counts[some], values.filter(pa.array(some))
        return self._kept(hashes, counts, values, totals, over=False)

    def _kept(
        self, hashes: sketch.Hashes, counts: npt.NDArray[np.int64], values: pa.Array,
        totals: npt.NDArray[np.int64], *, over: bool,
    ) -> State:  # fmt: skip
        """The values of the least hashes, which rise; `hashes` may repeat."""
        found, first, place = np.unique(hashes, return_index=True, return_inverse=True)
        added = np.zeros(len(found), np.int64)
        np.add.at(added, place, counts)
        over = over or len(found) > self.limit
        kept = slice(0, self.limit)
        return {
            "hashes": found[kept],
            "counts": added[kept],
            "values": values.take(pa.array(first[kept])),
            "totals": totals,
            "over": np.array([int(over)]),
        }

    def merge(self, states: Sequence[State]) -> State:
        if len(states) == 1:
            return states[0]
        return self._kept(
            np.concatenate([one["hashes"] for one in states]), np.concatenate([one["counts"] for one in states]),
            pa.concat_arrays([one["values"] for one in states]), np.sum([one["totals"] for one in states], axis=0),
            over=any(one["over"][0] for one in states),
        )  # fmt: skip

    def finish(self, state: State) -> Frequent:
        order = ordered(state["values"])
        order = order[np.argsort(-state["counts"][order], kind="stable")]
        over = bool(state["over"][0])
        distinct = sketch.estimated(state["hashes"], self.limit) if over else len(order)
        return Frequent(
            state["values"].take(pa.array(order)), state["counts"][order], distinct, not over,
            int(state["totals"].sum()), state["totals"],
        )  # fmt: skip
