"""What an operation of expressions is, and the table of them all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from ropeway.transforms.errors import SchemaError
from ropeway.transforms.expressions.kinds import Values


@dataclass(frozen=True)
class Operation:
    """One operation, typed on Arrow types and computed on Arrow values; knows nothing of trees or tables.

    Float values may hold NaN in place of null on their way in and out: what tells NaN from a number takes it out.
    """

    #: how many operands it takes; None for one and any number of constants
    arity: ClassVar[int | None] = 2

    #: in the stored form of expressions, never to be changed
    name: str
    #: as it is written between or before operands, or as a method
    symbol: str

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        """The type of the answer; raises `SchemaError` where the types make no sense."""
        raise NotImplementedError("a subclass says its output type")

    def compute(self, values: Sequence[Values]) -> Values:
        """The answer, null where an operand is missing unless the subclass says otherwise."""
        raise NotImplementedError("a subclass computes")

    def text(self, operands: Sequence[str]) -> str:
        """Python code of the operation on operands given as code."""
        if len(operands) == 1:
            return f"{self.symbol}{operands[0]}"
        return f"({operands[0]} {self.symbol} {operands[1]})"

    def refuse(self, kinds: Sequence[pa.DataType], wanted: str) -> SchemaError:
        """The error for operands of types that make no sense here."""
        return SchemaError(f"{self.symbol} of {' and '.join(map(str, kinds))}: expected {wanted}.")
