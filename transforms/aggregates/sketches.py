"""About how many different values there are."""

from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa

from ropeway.transforms.aggregates.base import Aggregate, is_ordered
from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.windows import is_positive


@dataclass(frozen=True)
class ApproxCountDistinct(Aggregate):
    """About how many different values there are, by HyperLogLog with 2^precision registers; 0 where there is none.

    The standard error is 1.04 / sqrt(2^precision): 1.6 % for the default of 12. The estimate is that of Ertl
    (arXiv:1702.01284, algorithm 6), to the nearest integer. State per key and window: 2^precision registers; while a
    window slides 4 bytes for each value that a register can have.
    """

    precision: int = 12

    name = "approx_count_distinct"
    family = "sketch"
    counts = True
    brief = False
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"precision": 4})

    def __post_init__(self) -> None:
        if not is_positive(self.precision) or not 4 <= self.precision <= 16:
            raise DeclarationError(
                f"{self.name}(): precision={self.precision!r}: expected the logarithm of the number of registers, a "
                f"whole number from 4 to 16."
            )

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        if not is_ordered(taken):
            raise self.refuse(taken, "values with an order")
        return pa.int64()
