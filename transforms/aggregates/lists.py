"""Several values of a window: its oldest or newest, its least or greatest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa

from ropeway.transforms.aggregates.base import Aggregate, Row, checked_number, is_ordered, ordered, widened
from ropeway.transforms.aggregates.picks import age, entry

Kept = tuple[Any, ...]


@dataclass(frozen=True)
class _Listed(Aggregate):
    """Up to `n` values, in a list; null where there is none. State per key and window: up to n of them, in order."""

    n: int

    family = "nth"
    scalar = False
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = ({"n": 1}, {"n": 3})
    #: whether the last of those in order are kept, and the last comes first
    descending: ClassVar[bool] = False

    def __post_init__(self) -> None:
        checked_number(self.n, f"{self.name}(): n")

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        if not is_ordered(taken):
            raise self.refuse(taken, "values with an order, by which they are chosen or ties are decided")
        return pa.list_(widened(taken))

    def start(self) -> Kept:
        return ()

    def of(self, row: Row) -> Kept:
        return (row.value,)

    def rank(self, kept: Any) -> tuple[Any, ...]:
        """What sorts the things that are kept."""
        return ordered(kept)

    def merge(self, one: Kept, other: Kept) -> Kept:
        if not one or not other:
            return one or other
        every = tuple(sorted(one + other, key=self.rank))
        return every[-self.n :] if self.descending else every[: self.n]

    def finish(self, state: Kept, t: int = 0) -> list[Any] | None:
        return list(state[::-1] if self.descending else state) or None


@dataclass(frozen=True)
class LastN(_Listed):
    """The newest `n` values, the newest first. Ties on the timestamp go as for `Last`.

    Missing values are skipped, unless `skip_null` is False: then they are null in the list. State per key and window:
    time, tiebreak and value of up to n rows.
    """

    name = "last_n"
    ordered = True
    descending = True
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = ({"n": 1}, {"n": 3}, {"n": 3, "skip_null": False})

    skip_null: bool = True

    def takes(self, row: Row) -> bool:
        return not self.skip_null or super().takes(row)

    def of(self, row: Row) -> Kept:
        return (entry(row),)

    def rank(self, kept: Any) -> tuple[Any, ...]:
        return age(kept)

    def finish(self, state: Kept, t: int = 0) -> list[Any] | None:
        return super().finish(tuple(value for _, _, value in state))


@dataclass(frozen=True)
class FirstN(LastN):
    """The oldest `n` values, the oldest first; else as `LastN`."""

    name = "first_n"
    descending = False


@dataclass(frozen=True)
class TopN(_Listed):
    """The greatest `n` values, the greatest first; as often as they are there.

    State per key and window: up to n values.
    """

    name = "top_n"
    descending = True


@dataclass(frozen=True)
class BottomN(_Listed):
    """The least `n` values, the least first; as often as they are there. State per key and window: up to n values."""

    name = "bottom_n"
