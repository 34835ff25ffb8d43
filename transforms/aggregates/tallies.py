"""What follows from how often each value is there: 0.0 and -0.0 are one value, missing values are none.

State per key and window: a number for each distinct value.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa

from ropeway.transforms.aggregates.base import Aggregate, Row, checked_number, is_ordered, ordered, widened

#: how often each value is there
Counts = dict[Any, int]


def counted(one: Counts, other: Counts) -> Counts:
    """How often values are there in both together; those that are left 0 times are dropped.

    >>> counted({"a": 1, "b": 2}, {"b": -2, "c": 1})
    {'a': 1, 'c': 1}
    """
    few, many = (one, other) if len(one) < len(other) else (other, one)
    if not few:
        return many
    both = dict(many)
    for value, count in few.items():
        both[value] = both.get(value, 0) + count
        if both[value] == 0:
            del both[value]
    return both


def uncounted(counts: Counts) -> Counts:
    """What undoes counts, if counted with them."""
    return {value: -count for value, count in counts.items()}


@dataclass(frozen=True)
class CountDistinct(Aggregate):
    """How many different values there are; 0 where there is none. State as above."""

    name = "count_distinct"
    family = "tally"
    counts = True
    brief = False
    reverts = True

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        if not is_ordered(taken):
            raise self.refuse(taken, "values with an order")
        return pa.int64()

    def start(self) -> Counts:
        return {}

    def of(self, row: Row) -> Counts:
        # -0.0 + 0.0 is 0.0
        return {row.value + 0.0 if isinstance(row.value, float) else row.value: 1}

    def merge(self, one: Counts, other: Counts) -> Counts:
        return counted(one, other)

    def negative(self, state: Counts) -> Counts:
        return uncounted(state)

    def finish(self, state: Counts, t: int = 0) -> Any:
        return len(state)


@dataclass(frozen=True)
class Mode(CountDistinct):
    """The most frequent value; of several the least; null where there is none. State as above."""

    name = "mode"
    counts = False

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        super().output_type(taken)
        return widened(taken)

    def finish(self, state: Counts, t: int = 0) -> Any:
        return min(state, key=lambda value: (-state[value], ordered(value)), default=None)


@dataclass(frozen=True)
class ModeShare(CountDistinct):
    """How often the most frequent value is there, divided by the number of values; null where there is none.

    State as above.
    """

    name = "mode_share"
    counts = False

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        super().output_type(taken)
        return pa.float64()

    def finish(self, state: Counts, t: int = 0) -> float | None:
        return max(state.values()) / sum(state.values()) if state else None


@dataclass(frozen=True)
class Entropy(ModeShare):
    """The entropy of the values in nats, -sum(p ln p), where p is the share of a value; null where there is none.

    Computed as ln n - sum(c ln c) / n over the counts c of the values: each c ln c is rounded once, their sum is exact.
    At least 0.0, which it is of one value. State as above.
    """

    name = "entropy"

    def finish(self, state: Counts, t: int = 0) -> float | None:
        if len(state) < 2:
            return 0.0 if state else None
        n = sum(state.values())
        # fsum: the exact sum, rounded once
        return max(0.0, math.log(n) - math.fsum(count * math.log(count) for count in state.values()) / n)


@dataclass(frozen=True)
class Histogram(CountDistinct):
    """A map of the `n` most frequent values (None: of all) to how often each is there, the most frequent first.

    Values that are there equally often follow each other in their order. Null where there is no value. State as above,
    of all values whatever n is.
    """

    n: int | None = None

    name = "histogram"
    counts = False
    scalar = False
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = ({}, {"n": 2})

    def __post_init__(self) -> None:
        if self.n is not None:
            checked_number(self.n, f"{self.name}(): n")

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        super().output_type(taken)
        return pa.map_(widened(taken), pa.int64())

    def finish(self, state: Counts, t: int = 0) -> list[tuple[Any, int]] | None:
        ranked = sorted(state.items(), key=lambda item: (-item[1], ordered(item[0])))
        return ranked[: self.n] or None
