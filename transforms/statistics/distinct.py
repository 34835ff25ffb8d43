"""The distinct values of a column with their counts: exact up to a size, beyond it rounded to fewer bits.

A value is rounded by leaving out the lowest bits of its float, as many for all as are needed to stay within the
limit. Which those are depends on the values alone, so parts merge to the same state in any order; a quantile is then
off by less than 2^(bits - 52) of itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ropeway.transforms.instructions.rising import merged
from ropeway.transforms.kernels.rising import rising
from ropeway.transforms.kernels.wide import compiled
from ropeway.transforms.statistics.base import State, Statistic

Floats = npt.NDArray[np.float64]

#: distinct values up to which all is exact: 16 MiB of state
LIMIT = 1 << 20


@dataclass(frozen=True)
class Values:
    """Distinct values, rising, without missing ones, and how often each was there.

    bits: how many of the lowest bits of each were left out; 0: all is exact.
    """

    values: Floats
    counts: npt.NDArray[np.int64]
    missing: int
    bits: int

    @property
    def size(self) -> int:
        """How many values there were."""
        return int(self.counts.sum())

    @property
    def error(self) -> float:
        """How far a value may be from what it stands for, relative to itself; 0 where all is exact."""
        return 0.0 if self.bits == 0 else 2.0 ** (self.bits - 52)

    def at(self, ranks: npt.NDArray[np.int64]) -> Floats:
        """The values of these ranks, from 0, among all values in rising order."""
        return self.values[np.searchsorted(self._up_to, ranks, side="right")]

    @cached_property
    def _up_to(self) -> npt.NDArray[np.int64]:
        """How many values there are up to each."""
        return np.cumsum(self.counts)

    def quantiles(self, shares: Sequence[float] | Floats) -> Floats:
        """Quantiles by straight lines between ranks, as `numpy.quantile` computes them, in every bit.

        NaN of no values. Definition 7 of Hyndman and Fan (1996).
        """
        shares = np.asarray(shares, np.float64)
        if not len(self.values):
            return np.full(len(shares), math.nan)
        at = shares * (self.size - 1)
        low = np.floor(at).astype(np.int64)
        high = np.minimum(low + 1, self.size - 1)
        part = at - low
        one, other = self.at(low), self.at(high)
        with np.errstate(invalid="ignore"):
            apart = other - one
            made = np.where(part >= 0.5, other - apart * (1 - part), one + apart * part)
        return np.where(one == other, one, made)

    @property
    def median(self) -> float:
        """The value in the middle, or the mean of the two that are; NaN of no values."""
        if not len(self.values):
            return math.nan
        one, other = self.at(np.array([(self.size - 1) // 2, self.size // 2])).tolist()
        return float(one if one == other else (one + other) / 2)


@dataclass(frozen=True)
class Distinct(Statistic):
    """Of one column of floats: `Values`. NaN is missing, -0.0 is 0.0."""

    limit: int = LIMIT

    def of(self, columns: Sequence[Any]) -> State:
        (given,) = columns
        rows = rising(np.ascontiguousarray(given))
        values, counts = np.empty(len(rows)), np.empty(len(rows), np.int64)
        size = _counted(rows, values, counts)
        return limited(values[:size], counts[:size], len(given) - len(rows), 0, self.limit)

    def merge(self, states: Sequence[State]) -> State:
        if len(states) == 1:
            return states[0]
        bits = max(int(one["rest"][1]) for one in states)
        missing = sum(int(one["rest"][0]) for one in states)
        values, counts = _merged([_coarse(one, bits) for one in states])
        return limited(values, counts, missing, bits, self.limit)

    def finish(self, state: State) -> Values:
        missing, bits = (int(one) for one in state["rest"])
        return Values(state["values"], state["counts"], missing, bits)


def limited(values: Floats, counts: npt.NDArray[np.int64], missing: int, bits: int, limit: int) -> State:
    """The state of distinct values, rising, with as many bits as the limit lets them have."""
    if len(values) > limit:
        bits = _bits(values, bits, limit)
        values, counts = joined(rounded(values, bits), counts)
    return {"values": values, "counts": counts, "rest": np.array([missing, bits])}


def _bits(values: Floats, bits: int, limit: int) -> int:
    """The fewest bits to leave out of rising values, more than `bits`, so that no more than the limit are left."""
    words = (values + 0.0).view(np.uint64)
    apart = words[1:] ^ words[:-1]  # neighbours become one where all bits in which they differ are left out
    longest = np.searchsorted(np.uint64(1) << np.arange(64, dtype=np.uint64), apart, side="right")
    left = 1 + np.cumsum(np.bincount(longest, minlength=65)[::-1])[::-1]  # [j]: without j - 1 bits
    made = max(bits + 1, int(np.argmax(left[1:] <= limit)))
    # what stands on both sides of zero may meet there, which their signs hide
    while made > bits + 1 and len(joined(rounded(values, made - 1), np.ones(len(values), np.int64))[0]) <= limit:
        made -= 1
    return made


def rounded(values: Floats, bits: int) -> Floats:
    """The values with so many of their lowest bits as 0; infinite ones stay."""
    made = (values.view(np.int64) & ~np.int64((1 << bits) - 1)).view(np.float64)
    return made + 0.0


def _coarse(state: State, bits: int) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Values and counts of a state without so many bits."""
    if int(state["rest"][1]) == bits:
        return state["values"], state["counts"]
    return joined(rounded(state["values"], bits), state["counts"])


def _merged(parts: list[tuple[Floats, npt.NDArray[np.int64]]]) -> tuple[Floats, npt.NDArray[np.int64]]:
    """The values of several parts, each of which rises, two parts by two."""
    while len(parts) > 1:
        made = []
        for one, other in zip(parts[::2], parts[1::2], strict=False):
            values = np.empty(len(one[0]) + len(other[0]))
            counts = np.empty(len(values), np.int64)
            size = merged(*one, *other, values, counts)
            made.append((values[:size], counts[:size]))
        parts = made + parts[len(made) * 2 :]
    return parts[0]


def together(values: Floats, counts: npt.NDArray[np.int64]) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Equal values, in any order, as one."""
    order = np.argsort(values, kind="stable")
    return joined(values[order], counts[order])


def joined(values: Floats, counts: npt.NDArray[np.int64]) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Equal neighbours among rising values as one."""
    if not len(values):
        return values, counts
    first = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
    return values[first], np.add.reduceat(counts, first).astype(np.int64)


@compiled
def _counted(rows, values, counts):  # type: ignore[no-untyped-def]
    """How many distinct values there are among rising rows; the values, and how often each is there."""
    size = 0
    first = 0
    for i in range(len(rows)):
        if i + 1 == len(rows) or rows[i + 1] != rows[i]:
            values[size] = rows[i]
            counts[size] = i + 1 - first
            first = i + 1
            size += 1
    return size
