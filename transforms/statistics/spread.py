"""How floats are spread: distinct values with counts, ends, signs, and how many distinct ones there are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ropeway.transforms.statistics import sketch
from ropeway.transforms.statistics.base import State, Statistic
from ropeway.transforms.statistics.distinct import Floats, Values, joined, limited, rounded, together

#: distinct values up to which all is exact: 1 MiB of state
LIMIT = 1 << 16
_LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True)
class Shape:
    """What is known of floats: `values` are the finite ones, exact where `values.bits` is 0; the rest is exact.

    distinct: infinite ones too; where `values.bits` is not 0, an estimate.
    """

    values: Values
    minimum: float
    maximum: float
    negative: int
    zeros: int
    infinite: int
    distinct: int

    def histogram(self, bins: int) -> tuple[Floats, npt.NDArray[np.int64]]:
        """Edges, rising, of bins of one width, and how many values lie in each; the last edge is in the last bin.

        As `numpy.histogram`; fewer bins where floats lie too close for so many edges, none of no values.
        """
        low, high = self.minimum, self.maximum
        if math.isnan(low):
            return np.empty(0), np.empty(0, np.int64)
        if low == high:
            low, high = low - 0.5, high + 0.5
        if low == high:  # so large that a half is nothing
            low, high = (max(-_LARGEST, math.nextafter(low, -math.inf)), min(_LARGEST, math.nextafter(high, math.inf)))
        if math.isinf(high - low):
            at = np.arange(bins + 1) / bins
            edges = low * (1 - at) + high * at
            edges[0], edges[-1] = low, high
        else:
            edges = np.linspace(low, high, bins + 1)
        edges = np.unique(edges[np.isfinite(edges)])
        place = np.searchsorted(edges, self.values.values, side="right") - 1
        counts = np.zeros(len(edges) - 1, np.int64)
        # rounded values may lie below the least one
        np.add.at(counts, np.clip(place, 0, len(counts) - 1), self.values.counts)
        return edges, counts

    def skewness(self, mean: float, deviation: float) -> float:
        """The third moment about the mean, over the deviation cubed; NaN without spread."""
        if not deviation > 0.0 or math.isinf(deviation):
            return math.nan
        apart = (self.values.values - mean) / deviation
        return math.fsum((apart * apart * apart * self.values.counts).tolist()) / self.values.size


@dataclass(frozen=True)
class Spread(Statistic):
    """Of one column of floats: `Shape`. NaN is missing, -0.0 is 0.0."""

    limit: int = LIMIT

    def of(self, columns: Sequence[Any]) -> State:
        (given,) = columns
        values = np.sort(given)  # NaN last
        missing = int(np.isnan(values).sum())
        some = values[: len(values) - missing] + 0.0  # -0.0 is 0.0
        infinite = np.searchsorted(some, [-math.inf, math.inf], side="right")
        low, high = int(infinite[0]), int(np.searchsorted(some, math.inf))
        signs = [int(np.searchsorted(some, 0.0)), int(np.searchsorted(some, 0.0, side="right"))]
        ends = [some[low], some[high - 1]] if high > low else [math.inf, -math.inf]
        distinct, counts = joined(some, np.ones(len(some), np.int64))
        state = limited(distinct, counts, missing, 0, self.limit)
        return {
            **state,
            "ends": np.array(ends),
            "tally": np.array([signs[0], signs[1] - signs[0], low + len(some) - high]),
            "hashes": self._hashes(distinct) if state["rest"][1] else np.empty(0, np.uint64),
        }

    def _hashes(self, values: Floats) -> npt.NDArray[np.uint64]:
        return sketch.least(sketch.of_floats(values), self.limit)

    def merge(self, states: Sequence[State]) -> State:
        if len(states) == 1:
            return states[0]
        bits = max(int(one["rest"][1]) for one in states)
        missing = sum(int(one["rest"][0]) for one in states)
        exact = [one["values"] for one in states if not one["rest"][1]]
        some = [rounded(one["values"], bits) if int(one["rest"][1]) < bits else one["values"] for one in states]
        values, counts = together(np.concatenate(some), np.concatenate([one["counts"] for one in states]))
        state = limited(values, counts, missing, bits, self.limit)
        ends = np.array([one["ends"] for one in states])
        hashes = np.empty(0, np.uint64)
        if state["rest"][1]:  # what was exact so far is hashed before its values are lost
            hashes = sketch.least(
                np.concatenate([*(one["hashes"] for one in states), *(self._hashes(one) for one in exact)]), self.limit
            )
        return {
            **state,
            "ends": np.array([ends[:, 0].min(), ends[:, 1].max()]),
            "tally": np.array([one["tally"] for one in states]).sum(axis=0),
            "hashes": hashes,
        }

    def finish(self, state: State) -> Shape:
        missing, bits = (int(one) for one in state["rest"])
        finite = np.isfinite(state["values"])
        values = Values(state["values"][finite], state["counts"][finite], missing, bits)
        low, high = state["ends"].tolist()
        negative, zeros, infinite = state["tally"].tolist()
        distinct = sketch.estimated(state["hashes"], self.limit) if bits else len(state["values"])
        empty = low > high
        return Shape(
            values, math.nan if empty else low, math.nan if empty else high, negative, zeros, infinite, distinct
        )
