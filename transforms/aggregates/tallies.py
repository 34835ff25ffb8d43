"""What follows from how often each value is there: 0.0 and -0.0 are one value, missing values are none.

State per key and window: a number for each distinct value.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa

from ropeway.transforms.aggregates.base import Aggregate, checked_number, is_ordered, widened


@dataclass(frozen=True)
class CountDistinct(Aggregate):
    """How many different values there are; 0 where there is none."""

    name = "count_distinct"
    family = "tally"
    counts = True
    brief = False

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        if not is_ordered(taken):
            raise self.refuse(taken, "values with an order")
        return pa.int64()


@dataclass(frozen=True)
class Mode(CountDistinct):
    """The most frequent value; of several the least; null where there is none."""

    name = "mode"
    counts = False

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        super().output_type(taken)
        return widened(taken)


@dataclass(frozen=True)
class ModeShare(CountDistinct):
    """How often the most frequent value is there, divided by the number of values; null where there is none."""

    name = "mode_share"
    counts = False

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        super().output_type(taken)
        return pa.float64()


@dataclass(frozen=True)
class Entropy(ModeShare):
    """The entropy of the values in nats, -sum(p ln p), where p is the share of a value; null where there is none.

    Computed as ln n - sum(c ln c) / n over the counts c of the values: each c ln c is rounded once, their sum is exact.
    """

    name = "entropy"


@dataclass(frozen=True)
class Histogram(CountDistinct):
    """A map of the `n` most frequent values (None: of all) to how often each is there, the most frequent first.

    Values that are there equally often follow each other in their order. Null where there is no value.
    """

    n: int | None = None

    name = "histogram"
    counts = False
    scalar = False
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"n": 2})

    def __post_init__(self) -> None:
        if self.n is not None:
            checked_number(self.n, f"{self.name}(): n")

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        super().output_type(taken)
        return pa.map_(widened(taken), pa.int64())
