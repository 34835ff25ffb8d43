"""How often each value of a column is there, and each pair of values of two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.statistics.base import State, Statistic
from ropeway.transforms.statistics.columns import as_column, coded, ordered


@dataclass(frozen=True)
class Counted:
    """Distinct values, rising (text by its code points), and how often each was there; `missing` rows had none."""

    values: pa.Array
    counts: npt.NDArray[np.int64]
    missing: int

    @property
    def size(self) -> int:
        """How many values there were."""
        return int(self.counts.sum())


@dataclass(frozen=True)
class Counts(Statistic):
    """Of one column: `Counted`. Of a list its elements are counted, each once per row if `once`."""

    form = "column"
    takes_encoded = "all"

    once: bool = False

    def of(self, columns: Sequence[Any]) -> State:
        (given,) = columns
        if isinstance(given, pa.DictionaryArray):
            counts = np.bincount(given.indices.drop_null().to_numpy(), minlength=len(given.dictionary))
            there = np.flatnonzero(counts)
            values = given.dictionary.take(pa.array(there))
            return {"values": values, "counts": counts[there], "missing": np.array([given.null_count])}
        array = as_column(given)
        missing = array.null_count
        if pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
            array = _elements(array, once=self.once)
        found = pc.value_counts(array.drop_null())
        return {
            "values": found.field("values"),
            "counts": found.field("counts").to_numpy().astype(np.int64),
            "missing": np.array([missing]),
        }

    def merge(self, states: Sequence[State]) -> State:
        found = pc.dictionary_encode(pa.concat_arrays([one["values"] for one in states]))
        counts = np.zeros(len(found.dictionary), np.int64)
        np.add.at(counts, found.indices.to_numpy(), np.concatenate([one["counts"] for one in states]))
        order = ordered(found.dictionary)
        missing = np.array([sum(int(one["missing"][0]) for one in states)])
        return {"values": found.dictionary.take(pa.array(order)), "counts": counts[order], "missing": missing}

    def finish(self, state: State) -> Counted:
        state = self.merge([state])
        return Counted(state["values"], state["counts"], int(state["missing"][0]))


@dataclass(frozen=True)
class Pairs:
    """How often each pair of values was there: counts[one, other], for the distinct values of each column, rising.

    Null, if it is there, is the last of its column's values.
    """

    one: pa.Array
    other: pa.Array
    counts: npt.NDArray[np.int64]


@dataclass(frozen=True)
class PairCounts(Statistic):
    """Of two columns: `Pairs`. Null counts as a value."""

    form = "column"
    takes_encoded = "all"

    def of(self, columns: Sequence[Any]) -> State:
        (codes, one), (others, other) = map(coded, columns)
        width = max(len(other), 1)
        pairs, counts = np.unique(codes * width + others, return_counts=True)
        return {
            "one": one.take(pa.array(pairs // width)),
            "other": other.take(pa.array(pairs % width)),
            "counts": counts.astype(np.int64),
        }

    def merge(self, states: Sequence[State]) -> State:
        one = pa.concat_arrays([state["one"] for state in states])
        other = pa.concat_arrays([state["other"] for state in states])
        counts = np.concatenate([state["counts"] for state in states])
        (first, a), (second, b) = _in_order(one), _in_order(other)
        width = max(len(second), 1)
        pairs, rows = np.unique(a * width + b, return_inverse=True)
        added = np.zeros(len(pairs), np.int64)
        np.add.at(added, rows, counts)
        return {
            "one": first.take(pa.array(pairs // width)), "other": second.take(pa.array(pairs % width)), "counts": added
        }  # fmt: skip

    def finish(self, state: State) -> Pairs:
        (first, a), (second, b) = _in_order(state["one"]), _in_order(state["other"])
        counts = np.zeros((len(first), len(second)), np.int64)
        counts[a, b] = state["counts"]
        return Pairs(first, second, counts)


def _elements(lists: pa.Array, *, once: bool) -> pa.Array:
    if not once:
        return lists.flatten()
    parents = pc.list_parent_indices(lists).to_numpy()
    found = pc.dictionary_encode(lists.flatten())
    keys = np.unique(parents.astype(np.int64) * max(len(found.dictionary), 1) + found.indices.fill_null(0).to_numpy())
    return found.dictionary.take(pa.array(keys % max(len(found.dictionary), 1)))


def _in_order(values: pa.Array) -> tuple[pa.Array, npt.NDArray[np.int64]]:
    """The distinct values, rising, null last, and the number of each row's."""
    found = pc.dictionary_encode(values, null_encoding="encode")
    order = ordered(found.dictionary)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return found.dictionary.take(pa.array(order)), place[found.indices.to_numpy()]
