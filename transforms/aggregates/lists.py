"""Several values of a window: its oldest or newest, its least or greatest."""

from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa

from ropeway.transforms.aggregates.base import Aggregate, checked_number, is_ordered, widened


@dataclass(frozen=True)
class _Listed(Aggregate):
    """Up to `n` values, in a list; null where there is none."""

    n: int

    family = "nth"
    scalar = False
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"n": 1}, {"n": 3})

    def __post_init__(self) -> None:
        checked_number(self.n, f"{self.name}(): n")

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        if not is_ordered(taken):
            raise self.refuse(taken, "values with an order, by which they are chosen or ties are decided")
        return pa.list_(widened(taken))


@dataclass(frozen=True)
class LastN(_Listed):
    """The newest `n` values, the newest first. Ties on the timestamp go as for `Last`.

    Missing values are skipped, unless `skip_null` is False: then they are null in the list.
    """

    name = "last_n"
    ordered = True

    skip_null: bool = True


@dataclass(frozen=True)
class FirstN(LastN):
    """The oldest `n` values, the oldest first; else as `LastN`."""

    name = "first_n"


@dataclass(frozen=True)
class TopN(_Listed):
    """The greatest `n` values, the greatest first; as often as they are there."""

    name = "top_n"


@dataclass(frozen=True)
class BottomN(_Listed):
    """The least `n` values, the least first; as often as they are there."""

    name = "bottom_n"
