"""About how many different values there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa

from ropeway.transforms.aggregates.base import Aggregate, Row, is_ordered
from ropeway.transforms.aggregates.hashes import estimate, place, value_hash
from ropeway.transforms.errors import DeclarationError


@dataclass(frozen=True)
class ApproxCountDistinct(Aggregate):
    """About how many different values there are, by HyperLogLog with 2^precision registers; 0 where there is none.

    The standard error is 1.04 / sqrt(2^precision): 1.6 % for the default of 12. The estimate is that of Ertl
    (arXiv:1702.01284, algorithm 6), to the nearest integer. Times and durations are hashed as microseconds. State per
    key and window: 2^precision registers of a byte; in batch, while a window slides, 4 bytes for each value that a
    register can have.
    """

    precision: int = 12

    name = "approx_count_distinct"
    family = "sketch"
    counts = True
    brief = False
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = ({}, {"precision": 4})

    def __post_init__(self) -> None:
        given: object = self.precision
        if not isinstance(given, int) or isinstance(given, bool) or not 4 <= given <= 16:
            raise DeclarationError(
                f"{self.name}(): precision={given!r}: expected the logarithm of the number of registers, a "
                f"whole number from 4 to 16."
            )

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        if not is_ordered(taken):
            raise self.refuse(taken, "values with an order")
        return pa.int64()

    def start(self) -> bytes:
        return bytes(1 << self.precision)

    def of(self, row: Row) -> bytes:
        return self._raised(self.start(), row)

    def _raised(self, registers: bytes, row: Row) -> bytes:
        register, rank = place(value_hash(row.value), self.precision)
        if registers[register] >= rank:
            return registers
        return registers[:register] + bytes([rank]) + registers[register + 1 :]

    def merge(self, one: bytes, other: bytes) -> bytes:
        return bytes(map(max, one, other))

    def update(self, state: bytes, row: Row) -> bytes:
        # most rows change no register, and a merge looks at all of them
        return self._raised(state, row) if self.takes(row) else state

    def finish(self, state: bytes, t: int = 0) -> int:
        return estimate(state, self.precision)
