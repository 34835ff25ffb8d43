"""Lists of numbers of one length, such as embeddings: number by number."""

from dataclasses import dataclass

import pyarrow as pa

from ropeway.transforms.aggregates.base import Aggregate, is_number, widened
from ropeway.transforms.aggregates.extremes import Max
from ropeway.transforms.aggregates.moments import Mean, Sum


@dataclass(frozen=True)
class VectorSum(Aggregate):
    """The exact sum of the first numbers, of the second ones and so on; null where there is no vector.

    All vectors of a source have one length; a missing number in a vector is skipped.
    """

    name = "vector_sum"
    family = "vector"
    scalar = False
    brief = False

    @property
    def single(self) -> Aggregate:
        """What is computed of each place."""
        return Sum()

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        if not is_list(taken) or not is_number(taken.value_type):
            raise self.refuse(taken, "lists of numbers")
        return pa.list_(self.single.output_type(widened(taken.value_type)))


@dataclass(frozen=True)
class VectorMean(VectorSum):
    """The exact mean by place, rounded once; else as `VectorSum`."""

    name = "vector_mean"

    @property
    def single(self) -> Aggregate:
        return Mean()


@dataclass(frozen=True)
class VectorMax(VectorSum):
    """The greatest number by place; else as `VectorSum`."""

    name = "vector_max"

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
