"""What is asked, and which values are missing and which is the lesser."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]

OVERFLOW = "the sum does not fit into its type"


@dataclass(frozen=True)
class Wanted:
    """One output: what it computes, of which column, over which window.

    other: the second column of a correlation or a weighted mean.
    n, q, precision, gap: the aggregate's parameters; the gap in microseconds.
    rows: only the last so many rows of the window.
    calendar, tz: the window begins with the local "day", "week", "month", "quarter" or "year", in place of a width.
    by: the column whose categories the answer maps to answers.
    explode: the column holds lists, and each element is a row.
    ahead, complete_until: a label, of the window [t, t + width); None where that ends later than `complete_until`.
    """

    aggregate: str
    column: str | None = None
    width: int | None = None
    closed: str = "left"
    offset: int = 0
    skip_null: bool = True
    where: Callable[[Row], bool | None] = field(default=lambda row: True)
    other: str | None = None
    n: int | None = None
    q: float | None = None
    precision: int = 12
    gap: int | None = None
    rows: int | None = None
    calendar: str | None = None
    tz: str = "UTC"
    by: str | None = None
    explode: bool = False
    ahead: bool = False
    complete_until: int | None = None


@dataclass(frozen=True)
class Held:
    """The rows of one window of a query at `t`: what an aggregate sees of them."""

    wanted: Wanted
    t: int
    rows: list[Row]
    time: str
    tiebreak: tuple[str, ...]

    def values(self) -> list[Any]:
        """The values that are present."""
        name = self.wanted.column
        assert name is not None
        return [row[name] for row in self.rows if not missing(row[name])]

    def in_order(self) -> list[Row]:
        """The rows by time, by tiebreak, by value."""
        return sorted(self.rows, key=self._place)

    def _place(self, row: Row) -> Any:
        # two rows that differ in nothing but what stands last are two answers where a window ends between them
        names = (*self.tiebreak, self.wanted.column, self.wanted.other, self.wanted.by)
        return row[self.time], [order(row[name]) for name in names if name is not None]


def missing(value: Any) -> bool:
    """Null and NaN are missing."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def order(value: Any) -> Any:
    """A sort key: null first, -0.0 before 0.0, strings by UTF-8 bytes."""
    if missing(value):
        return (0,)
    if isinstance(value, float):
        return (1, value, math.copysign(1.0, value))
    if isinstance(value, list):
        return (1, [order(one) for one in value])
    return (1, value.encode() if isinstance(value, str) else value)
