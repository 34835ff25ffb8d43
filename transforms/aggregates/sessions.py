"""When the session of the newest row began."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa

from ropeway.transforms import durations
from ropeway.transforms.aggregates.base import Aggregate, Row
from ropeway.transforms.errors import DeclarationError

#: the first and the last time of each session, in their order
Sessions = tuple[tuple[int, int], ...]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class SessionStart(Aggregate):
    """The time of the first row of the session that the newest row belongs to; null where there is no row.

    A row begins a new session if it comes more than `gap` after the row before it. Rows that are left out by a
    condition or a window are not there: a session may begin with the window. State per key and window: two times for
    each session, since a row that comes later may join two; in batch, where rows come in order, two times.
    """

    gap: str

    name = "session_start"
    family = "session"
    inputs = (0, 0)
    brief = False
    takes_late = False
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"gap": "2us"}, {"gap": "30m"})

    def __post_init__(self) -> None:
        if durations.micros(self.gap, "gap") <= 0:
            raise DeclarationError(f"{self.name}(): gap={self.gap!r} is not longer than nothing.")
        object.__setattr__(self, "gap", durations.text(self.gap))

    @property
    def micros(self) -> int:
        """The gap in microseconds."""
        return durations.micros(self.gap, "gap")

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        return pa.timestamp("us", "UTC")

    def start(self) -> Sessions:
        return ()

    def of(self, row: Row) -> Sessions:
        return ((row.at, row.at),)

    def merge(self, one: Sessions, other: Sessions) -> Sessions:
        merged: list[tuple[int, int]] = []
        for first, last in sorted((*one, *other)):
            if merged and first - merged[-1][1] <= self.micros:
                merged[-1] = merged[-1][0], max(last, merged[-1][1])
            else:
                merged.append((first, last))
        return tuple(merged)

    def finish(self, state: Sessions, t: int = 0) -> dt.datetime | None:
        return _EPOCH + dt.timedelta(microseconds=state[-1][0]) if state else None
