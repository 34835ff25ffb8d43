"""How many rows, or how many values."""

from dataclasses import dataclass

import pyarrow as pa

from ropeway.transforms.aggregates.base import Aggregate, Row


@dataclass(frozen=True)
class Count(Aggregate):
    """The number of rows; of a column, the number of values present. 0 where there are none.

    State per key and window: a number.
    """

    name = "count"
    family = "count"
    counts = True
    inputs = (0, 1)
    reverts = True

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        return pa.int64()

    def start(self) -> int:
        return 0

    def of(self, row: Row) -> int:
        return 1

    def merge(self, one: int, other: int) -> int:
        return one + other

    def negative(self, state: int) -> int:
        return -state

    def finish(self, state: int, t: int = 0) -> int:
        return state
