"""Lists of numbers of one length, such as embeddings: number by number."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ropeway.transforms.aggregates.base import Aggregate, Row, State, is_number, widened
from ropeway.transforms.aggregates.extremes import Max
from ropeway.transforms.aggregates.moments import Mean, Sum
from ropeway.transforms.errors import DataError

#: how many vectors there are, and the state of each place
Places = tuple[int, tuple[State, ...]]


@dataclass(frozen=True)
class VectorSum(Aggregate):
    """The exact sum of the first numbers, of the second ones and so on; null where there is no vector.

    All vectors of a window have one length; a missing number in a vector is skipped. State per key and window: how
    many vectors there are, and for each place the state of a sum.
    """

    name = "vector_sum"
    family = "vector"
    scalar = False
    brief = False
    reverts = True

    @property
    def single(self) -> Aggregate:
        """What is computed of each place."""
        return Sum()

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        if not is_list(taken) or not is_number(taken.value_type):
            raise self.refuse(taken, "lists of numbers")
        return pa.list_(self.single.output_type(widened(taken.value_type)))

    def start(self) -> Places:
        return 0, ()

    def of(self, row: Row) -> Places:
        single = self.single
        return 1, tuple(single.update(single.start(), Row(value)) for value in row.value)

    def merge(self, one: Places, other: Places) -> Places:
        if not one[0] or not other[0]:
            return one if one[0] else other
        if len(one[1]) != len(other[1]):
            raise DataError(
                f"{self.name}() of vectors of lengths {len(one[1])} and {len(other[1])}: expected one length."
            )
        if one[0] + other[0] == 0:
            return self.start()
        single = self.single
        return one[0] + other[0], tuple(single.merge(mine, its) for mine, its in zip(one[1], other[1], strict=True))

    def negative(self, state: Places) -> Places:
        if not self.reverts:
            return super().negative(state)  # type: ignore[no-any-return]
        single = self.single
        return -state[0], tuple(single.negative(place) for place in state[1])

    def finish(self, state: Places, t: int = 0) -> list[Any] | None:
        single = self.single
        return [single.finish(place) for place in state[1]] if state[0] else None


@dataclass(frozen=True)
class VectorMean(VectorSum):
    """The exact mean by place, rounded once; else as `VectorSum`."""

    name = "vector_mean"

    @property
    def single(self) -> Aggregate:
        return Mean()


@dataclass(frozen=True)
class VectorMax(VectorSum):
    """The greatest number by place; else as `VectorSum`. State per key and window: that number for each place."""

    name = "vector_max"
    reverts = False

    @property
    def single(self) -> Aggregate:
        return Max()


def is_list(kind: pa.DataType) -> bool:
    """Whether values are lists, of any length or of one."""
    return bool(
        pa.types.is_list(kind)
        or pa.types.is_large_list(kind)
        or pa.types.is_fixed_size_list(kind)
        or pa.types.is_list_view(kind)
    )
