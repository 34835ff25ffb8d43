"""What an operation of expressions is: its types, its values over columns, and its value for one row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Protocol

import pyarrow as pa

from ropeway.transforms.errors import SchemaError
from ropeway.transforms.expressions import literals
from ropeway.transforms.expressions.kinds import Values


class Code(Protocol):
    """What an operation asks of the function that is being written for one row."""

    def bind(self, thing: object) -> str:
        """The name of a constant or a function in that function."""

    def constant(self, name: str) -> Any:
        """The constant of that name."""

    def missing(self, name: str, kind: pa.DataType) -> str:
        """Code that is true where the value of that name is missing."""


@dataclass(frozen=True)
class Operation:
    """One operation, typed on Arrow types and computed on Arrow values; knows nothing of trees or tables.

    Float values may hold NaN in place of null on their way in and out: what tells NaN from a number takes it out.

    For one row a missing float is NaN and any other missing value None. Instants and durations are int microseconds,
    dates int days since 1970, decimals `Decimal`, all else what Python has for it.

    What is no operand, such as a number of digits, is a field of the subclass, with a default; it is stored by name.
    """

    #: how many operands it takes; None for `fewest` and any number more
    arity: ClassVar[int | None] = 2
    fewest: ClassVar[int] = 1
    #: the operands after the first are constants
    constants: ClassVar[bool] = False
    #: a missing operand makes the answer missing, whatever the others are
    needs_all: ClassVar[bool] = True
    #: one row's answer may be more than its type holds, and is looked at
    bounded: ClassVar[bool] = False
    #: it stands between its operands
    infix: ClassVar[bool] = True
    #: None among its operands is null, and no mistake
    takes_none: ClassVar[bool] = False
    #: so many options are written without their names
    positional: ClassVar[int] = 0
    #: what has to be there before the operation is known by its name, elsewhere
    carried: ClassVar[tuple[Any, ...]] = ()

    #: in the stored form of expressions, never to be changed
    name: str
    #: as it is written between or before operands, or as a method
    symbol: str

    def check(self) -> None:
        """Raise `DeclarationError` for options that make no sense."""

    def options(self) -> dict[str, Any]:
        """What it is beside its name and its operands."""
        return {one.name: getattr(self, one.name) for one in fields(self)[2:]}

    def takes(self, count: int) -> bool:
        """Whether it can have so many operands."""
        return count == self.arity if self.arity is not None else count >= self.fewest

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        """The type of the answer; raises `SchemaError` where the types make no sense."""
        raise NotImplementedError("a subclass says its output type")

    def reads(self, kinds: Sequence[pa.DataType]) -> list[pa.DataType]:
        """The types in which operands of these types are read; as they are, unless the subclass says otherwise."""
        return list(kinds)

    def compute(self, values: Sequence[Values]) -> Values:
        """The answer, null where an operand is missing unless the subclass says otherwise."""
        raise NotImplementedError("a subclass computes")

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        """The function of one row's operands, read in these types; they are all there, if it needs all."""
        raise NotImplementedError("a subclass computes a row")

    def source(self, names: Sequence[str], kinds: Sequence[pa.DataType], code: Code) -> str:
        """Python code of the same: a call of `scalar`, unless the subclass has less to say."""
        return f"{code.bind(self.scalar(kinds))}({', '.join(names)})"

    def text(self, operands: Sequence[str]) -> str:
        """Python code of the operation on operands given as code."""
        if len(operands) == 1:
            return f"{self.symbol}{operands[0]}"
        return f"({operands[0]} {self.symbol} {operands[1]})"

    def refuse(self, kinds: Sequence[pa.DataType], wanted: str) -> SchemaError:
        """The error for operands of types that make no sense here."""
        return SchemaError(f"{self.symbol} of {' and '.join(map(str, kinds))}: expected {wanted}.")


@dataclass(frozen=True)
class Method(Operation):
    """An operation that is written as a method of its first operand."""

    arity: ClassVar[int | None] = 1
    infix: ClassVar[bool] = False

    def text(self, operands: Sequence[str]) -> str:
        return f"{receiver(operands[0])}.{self.symbol}({', '.join([*operands[1:], *self.written()])})"

    def written(self) -> list[str]:
        """The options as code: the first ones by their places, of the others those that are not as usual."""
        given = fields(self)[2:]
        values = [literals.text(getattr(self, one.name)) for one in given]
        named = [
            f"{one.name}={value}"
            for one, value in list(zip(given, values, strict=True))[self.positional :]
            if getattr(self, one.name) != one.default
        ]
        return [*values[: self.positional], *named]


@dataclass(frozen=True)
class Function(Operation):
    """An operation that is written as a function of its operands."""

    arity: ClassVar[int | None] = None
    infix: ClassVar[bool] = False

    def text(self, operands: Sequence[str]) -> str:
        return f"{self.symbol}({', '.join(operands)})"


def receiver(text: str) -> str:
    """The code of an operand before a method, which binds closer than a sign."""
    return f"({text})" if text[0] in "-~" else text
