"""How often each combination of the values of some columns is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.statistics.base import State, Statistic
from ropeway.transforms.statistics.columns import coded, ordered

Ints = npt.NDArray[np.int64]

#: numbers of combinations up to which they are counted in a table of all that are possible
_TABLE = 1 << 20


@dataclass(frozen=True)
class Combined:
    """The combinations that are there, rising column by column, and how often each was.

    values: of each column its distinct values, rising, null last. codes: int64[columns, combinations], which of them.
    """

    values: tuple[pa.Array, ...]
    codes: Ints
    counts: Ints


@dataclass(frozen=True)
class Combinations(Statistic):
    """Of any number of columns: `Combined`. Null counts as a value. As large as there are different combinations."""

    form = "column"
    takes_encoded = "all"

    def of(self, columns: Sequence[Any]) -> State:
        codes, names = zip(*map(coded, columns), strict=True)
        distinct, counts = _counted(codes, [len(one) for one in names], None)
        return {"codes": distinct, "counts": counts, **{str(at): one for at, one in enumerate(names)}}

    def merge(self, states: Sequence[State]) -> State:
        values, codes = [], []
        for at in range(len(states[0]["codes"])):
            found = pc.dictionary_encode(pa.concat_arrays([one[str(at)] for one in states]), null_encoding="encode")
            order = ordered(found.dictionary)
            place = np.empty(len(order), np.int64)
            place[order] = np.arange(len(order))
            into = place[found.indices.to_numpy()]
            firsts = np.cumsum([0, *(len(one[str(at)]) for one in states)])
            codes.append(
                np.concatenate([into[first + one["codes"][at]] for one, first in zip(states, firsts, strict=False)])
            )
            values.append(found.dictionary.take(pa.array(order)))
        counts = np.concatenate([one["counts"] for one in states])
        distinct, counts = _counted(codes, [len(one) for one in values], counts)
        return {"codes": distinct, "counts": counts, **{str(at): one for at, one in enumerate(values)}}

    def finish(self, state: State) -> Combined:
        state = self.merge([state])
        values = tuple(state[str(at)] for at in range(len(state["codes"])))
        return Combined(values, state["codes"], state["counts"])


def _counted(codes: Sequence[Ints], widths: Sequence[int], counts: Ints | None) -> tuple[Ints, Ints]:
    """The distinct combinations, rising, as int64[columns, combinations], and the sum of the counts of each."""
    size = len(codes[0])
    keys, width = np.zeros(size, np.int64), 1
    for column, wide in zip(codes, widths, strict=True):
        if width * wide >= 2**62:  # only those that are there get a number, or the numbers would not fit
            some, keys = np.unique(keys, return_inverse=True)
            width = len(some)
        keys = keys * max(wide, 1) + column
        width *= max(wide, 1)
    if width <= _TABLE:
        weights = np.bincount(keys, minlength=width) if counts is None else _summed(keys, counts, width)
        distinct = np.flatnonzero(weights)
        first = np.empty(width, np.int64)
        first[keys[::-1]] = np.arange(size)[::-1]
        first = first[distinct]
        return np.array([column[first] for column in codes], np.int64).reshape(len(codes), -1), weights[distinct]
    distinct, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    weights = (
        np.bincount(inverse, minlength=len(distinct)) if counts is None else _summed(inverse, counts, len(distinct))
    )
    return np.array([column[first] for column in codes], np.int64), weights.astype(np.int64)


def _summed(keys: Ints, counts: Ints, size: int) -> Ints:
    made = np.zeros(size, np.int64)
    np.add.at(made, keys, counts)
    return made
