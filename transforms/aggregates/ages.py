"""How long ago something was."""

from dataclasses import dataclass

import pyarrow as pa

from ropeway.transforms.aggregates.base import Aggregate


@dataclass(frozen=True)
class TimeSinceLast(Aggregate):
    """Seconds from the newest row to the time that is asked for; with a column, from the newest row with a value.

    Whole microseconds / 1e6; below 0 in a window ahead of that time; null where there is no row.
    """

    name = "time_since_last"
    family = "age"
    inputs = (0, 1)

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        return pa.float64()


@dataclass(frozen=True)
class TimeSinceFirst(TimeSinceLast):
    """Seconds from the oldest row; else as `TimeSinceLast`."""

    name = "time_since_first"
