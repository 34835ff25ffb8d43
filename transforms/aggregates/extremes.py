"""The least and the greatest value, and any and all, which are those of booleans."""

import typing
from dataclasses import dataclass

import pyarrow as pa

from ropeway.transforms.aggregates.base import Aggregate, Row, is_ordered, ordered, widened


@dataclass(frozen=True)
class _Extreme(Aggregate):
    """One of the values; null where there is none. State per key and window: that value, None of no rows."""

    family = "extreme"
    #: which end of the values in order it is
    greatest: typing.ClassVar[bool] = False

    def start(self) -> None:
        return None

    def of(self, row: Row) -> typing.Any:
        return row.value

    def merge(self, one: typing.Any, other: typing.Any) -> typing.Any:
        if one is None or other is None:
            return other if one is None else one
        return max(one, other, key=ordered) if self.greatest else min(one, other, key=ordered)

    def finish(self, state: typing.Any, t: int = 0) -> typing.Any:
        return state


@dataclass(frozen=True)
class Min(_Extreme):
    """The least value; strings in UTF-8 byte order, -0.0 before 0.0; null where there is none.

    State per key and window: that value, None of no rows.
    """

    name = "min"

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        if not is_ordered(taken):
            raise self.refuse(taken, "values with an order")
        return widened(taken)


@dataclass(frozen=True)
class Max(Min):
    """The greatest value; strings in UTF-8 byte order, 0.0 after -0.0; null where there is none. State as `Min`."""

    name = "max"
    greatest = True


@dataclass(frozen=True)
class All(_Extreme):
    """Whether every value present is true; null where there is none. State per key and window: that, or None."""

    name = "all"

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        if not pa.types.is_boolean(taken):
            raise self.refuse(taken, "booleans; write a comparison such as col('x') > 0")
        return pa.bool_()


@dataclass(frozen=True)
class Any(All):
    """Whether some value is true; null where there is none. State as `All`."""

    name = "any"
    greatest = True
