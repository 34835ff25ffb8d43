"""How long ago something was."""

from dataclasses import dataclass

import pyarrow as pa

from ropeway.transforms.aggregates.base import Aggregate, Row


@dataclass(frozen=True)
class TimeSinceLast(Aggregate):
    """Seconds from the newest row to the time that is asked for; with a column, from the newest row with a value.

    Whole microseconds / 1e6; below 0 in a window ahead of that time; null where there is no row. State per key and
    window: a time in microseconds, None of no rows.
    """

    name = "time_since_last"
    family = "age"
    inputs = (0, 1)

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        return pa.float64()

    def start(self) -> int | None:
        return None

    def of(self, row: Row) -> int | None:
        return row.at

    def merge(self, one: int | None, other: int | None) -> int | None:
        if one is None or other is None:
            return other if one is None else one
        return self.chosen(one, other)

    def chosen(self, one: int, other: int) -> int:
        """The one of two times that is kept."""
        return max(one, other)

    def finish(self, state: int | None, t: int = 0) -> float | None:
        return None if state is None else (t - state) / 1e6


@dataclass(frozen=True)
class TimeSinceFirst(TimeSinceLast):
    """Seconds from the oldest row; else as `TimeSinceLast`."""

    name = "time_since_first"

    def chosen(self, one: int, other: int) -> int:
        return min(one, other)
