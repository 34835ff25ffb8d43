"""The oldest and the newest value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa

from ropeway.transforms.aggregates.base import Aggregate, Row, is_ordered, missing, ordered, widened

#: a row's time, what orders it among those of that time, and its value
Entry = tuple[int, tuple[Any, ...], Any]


def entry(row: Row) -> Entry:
    """What is kept of a row to tell which is newer; NaN becomes None."""
    return row.at, row.ties, None if missing(row.value) else row.value


def age(kept: Entry) -> tuple[Any, ...]:
    """What sorts entries: the older first, then by the tiebreak, then by the value."""
    at, ties, value = kept
    return at, ties, ordered(value)


@dataclass(frozen=True)
class Last(Aggregate):
    """The newest value. Ties on the timestamp go by the source's tiebreak, then by the value.

    Missing values are skipped, unless `skip_null` is False: then they stand first among ties, and a newest row
    without a value gives null. State per key and window: that row's time, tiebreak and value, None of no rows.
    """

    name = "last"
    family = "pick"
    ordered = True
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = ({}, {"skip_null": False})

    skip_null: bool = True

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        if not is_ordered(taken):
            raise self.refuse(taken, "values with an order, since ties are decided by value")
        return widened(taken)

    def start(self) -> Entry | None:
        return None

    def takes(self, row: Row) -> bool:
        return not self.skip_null or super().takes(row)

    def of(self, row: Row) -> Entry | None:
        return entry(row)

    def merge(self, one: Entry | None, other: Entry | None) -> Entry | None:
        if one is None or other is None:
            return other if one is None else one
        return self.chosen(one, other)

    def chosen(self, one: Entry, other: Entry) -> Entry:
        """The one of two rows that is kept."""
        return max(one, other, key=age)

    def finish(self, state: Entry | None, t: int = 0) -> Any:
        return None if state is None else state[2]


@dataclass(frozen=True)
class First(Last):
    """The oldest value; else as `Last`."""

    name = "first"

    def chosen(self, one: Entry, other: Entry) -> Entry:
        return min(one, other, key=age)
