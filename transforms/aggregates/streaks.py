"""The longest streak of a condition."""

from dataclasses import dataclass

import pyarrow as pa

from ropeway.transforms.aggregates.base import Aggregate


@dataclass(frozen=True)
class LongestStreak(Aggregate):
    """The most rows in a row, in the order of time, for which a condition is true; null where there is no row.

    Rows for which it is null are skipped: they end no streak. Ties on the timestamp go by the source's tiebreak, then
    false before true. State per key and window: four numbers for a segment of rows.
    """

    name = "longest_streak"
    family = "streak"
    ordered = True
    brief = False

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        if not pa.types.is_boolean(taken):
            raise self.refuse(taken, "booleans; write a comparison such as col('x') > 0")
        return pa.int64()
