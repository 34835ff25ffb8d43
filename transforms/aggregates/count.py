"""How many rows, or how many values."""

from dataclasses import dataclass

import pyarrow as pa

from ropeway.transforms.aggregates.base import Aggregate


@dataclass(frozen=True)
class Count(Aggregate):
    """The number of rows; of a column, the number of values present. 0 where there are none."""

    name = "count"
    family = "count"
    counts = True
    inputs = (0, 1)

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        return pa.int64()
