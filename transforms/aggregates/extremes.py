"""The least and the greatest value, and any and all, which are those of booleans."""

from dataclasses import dataclass

import pyarrow as pa

from ropeway.transforms.aggregates.base import Aggregate, is_ordered, widened


@dataclass(frozen=True)
class Min(Aggregate):
    """The least value; strings in UTF-8 byte order, -0.0 before 0.0; null where there is none."""

    name = "min"
    family = "extreme"

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        if not is_ordered(taken):
            raise self.refuse(taken, "values with an order")
        return widened(taken)


@dataclass(frozen=True)
class Max(Min):
    """The greatest value; strings in UTF-8 byte order, 0.0 after -0.0; null where there is none."""

    name = "max"


@dataclass(frozen=True)
class All(Aggregate):
    """Whether every value present is true; null where there is none."""

    name = "all"
    family = "extreme"

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        if not pa.types.is_boolean(taken):
            raise self.refuse(taken, "booleans; write a comparison such as col('x') > 0")
        return pa.bool_()


@dataclass(frozen=True)
class Any(All):
    """Whether some value is true; null where there is none."""

    name = "any"
