"""Functions of numbers: of floats by one compiled code for columns and rows, of integers exact or an error."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.errors import DataError, DeclarationError
from ropeway.transforms.expressions.arithmetic import integral
from ropeway.transforms.expressions.arrays import floats, from_ints, ints, on_arrays
from ropeway.transforms.expressions.kinds import (
    DURATION,
    LARGEST,
    NUMBERS,
    SMALLEST,
    Values,
    converted,
    kind_of,
)
from ropeway.transforms.expressions.operations import Code, Function, Method, Operation, receiver
from ropeway.transforms.kernels.scalars import BINARY, UNARY, binary, binary_column, unary, unary_column

_WHOLE = ("bool", "int")
#: powers of ten up to here are floats without rounding
_MOST_DIGITS = 22


def _number(operation: Operation, kinds: Sequence[pa.DataType]) -> pa.DataType:
    if not {kind_of(kind) for kind in kinds} <= {*NUMBERS, "null"}:
        raise operation.refuse(kinds, "numbers, decimals or booleans (as 0 and 1)")
    return pa.float64()


def _unary(name: str, values: Values) -> Values:
    """The compiled function of this name of each value."""
    code = UNARY.index(name)

    def on_array(array: pa.Array) -> pa.Array:
        out = np.empty(len(array))
        unary_column(code, floats(array), out)
        return pa.array(out)

    return on_arrays(on_array, converted(values, pa.float64()))


def _binary(name: str, left: Values, right: Values) -> Values:
    code = BINARY.index(name)

    def on_array(x: pa.Array, y: pa.Array) -> pa.Array:
        out = np.empty(len(x))
        binary_column(code, floats(x), floats(y), out)
        return pa.array(out)

    return on_arrays(on_array, converted(left, pa.float64()), converted(right, pa.float64()))


@dataclass(frozen=True)
class Curve(Method):
    """A function of one float, such as the logarithm; null outside of its domain."""

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        return _number(self, kinds)

    def reads(self, kinds: Sequence[pa.DataType]) -> list[pa.DataType]:
        return [pa.float64()]

    def compute(self, values: Sequence[Values]) -> Values:
        return _unary(self.name, values[0])

    def source(self, names: Sequence[str], kinds: Sequence[pa.DataType], code: Code) -> str:
        return f"{code.bind(unary)}({UNARY.index(self.name)}, {names[0]})"


@dataclass(frozen=True)
class Plane(Function):
    """A function of two floats, such as the angle of a point; null outside of its domain."""

    arity: ClassVar[int | None] = 2

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        return _number(self, kinds)

    def reads(self, kinds: Sequence[pa.DataType]) -> list[pa.DataType]:
        return [pa.float64()] * 2

    def compute(self, values: Sequence[Values]) -> Values:
        return _binary(self.name, *values)

    def source(self, names: Sequence[str], kinds: Sequence[pa.DataType], code: Code) -> str:
        return f"{code.bind(binary)}({BINARY.index(self.name)}, {', '.join(names)})"


@dataclass(frozen=True)
class Power(Plane):
    """A power, in float64 also of integers."""

    infix: ClassVar[bool] = True

    def text(self, operands: Sequence[str]) -> str:
        return f"({receiver(operands[0])} {self.symbol} {operands[1]})"


@dataclass(frozen=True)
class Whole(Method):
    """A function that leaves integers integers: without its sign, its sign, or a whole number near it."""

    bounded: ClassVar[bool] = True

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        (kind,) = integral(kinds)
        name = kind_of(kind)
        if self.name == "abs" and name in ("decimal", "duration"):
            return DURATION if name == "duration" else kind
        if name not in (*_WHOLE, "float"):
            also = ", a decimal or a duration" if self.name == "abs" else ""
            hint = "; a decimal goes on in float64, with * 1.0" if name == "decimal" else ""
            raise self.refuse(kinds, f"a number or a boolean (as 0 or 1){also}{hint}")
        return pa.float64() if name == "float" else pa.int64()

    def reads(self, kinds: Sequence[pa.DataType]) -> list[pa.DataType]:
        return [self.output_type(kinds)]

    def compute(self, values: Sequence[Values]) -> Values:
        kind = self.output_type([values[0].type])
        value = converted(values[0], kind)
        if pa.types.is_floating(kind):
            return _unary(self.name, value)
        if self.name == "sign":
            return pc.cast(pc.sign(value), pa.int64())
        if self.name != "abs":
            return value
        if pa.types.is_decimal(kind):
            return pc.abs(value)
        try:
            return pc.cast(pc.abs_checked(pc.cast(value, pa.int64())), kind)
        except pa.ArrowInvalid as error:
            raise DataError(f"the answer does not fit into {kind}: {self.symbol} of {SMALLEST}.") from error

    def source(self, names: Sequence[str], kinds: Sequence[pa.DataType], code: Code) -> str:
        if pa.types.is_floating(kinds[0]):
            return f"{code.bind(unary)}({UNARY.index(self.name)}, {names[0]})"
        if self.name == "sign":
            return f"({names[0]} > 0) - ({names[0]} < 0)"
        # not abs(), which rounds decimals to the digits of the moment
        return f"{names[0]}.copy_abs()" if pa.types.is_decimal(kinds[0]) else (
            f"abs({names[0]})" if self.name == "abs" else names[0]
        )  # fmt: skip


@dataclass(frozen=True)
class Round(Method):
    """A number to some digits after the point, or with digits below 0 to tens and hundreds; a half goes to even."""

    bounded: ClassVar[bool] = True
    positional: ClassVar[int] = 1

    digits: int = 0

    def check(self) -> None:
        if type(self.digits) is not int or abs(self.digits) > _MOST_DIGITS:
            raise DeclarationError(
                f"round(digits={self.digits!r}): expected a whole number from -{_MOST_DIGITS} to {_MOST_DIGITS}."
            )

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        (kind,) = integral(kinds)
        if kind_of(kind) not in (*_WHOLE, "float"):
            raise self.refuse(kinds, "a number or a boolean (as 0 or 1); a decimal goes on in float64, with * 1.0")
        return pa.float64() if pa.types.is_floating(kind) else pa.int64()

    def reads(self, kinds: Sequence[pa.DataType]) -> list[pa.DataType]:
        return [self.output_type(kinds)]

    def compute(self, values: Sequence[Values]) -> Values:
        kind = self.output_type([values[0].type])
        value = converted(values[0], kind)
        if pa.types.is_floating(kind):
            return _binary("round_to", value, pa.scalar(float(self.digits)))
        if self.digits >= 0:
            return value
        unit = 10**-self.digits

        def on_array(array: pa.Array) -> pa.Array:
            numbers, valid = ints(array)
            if unit > LARGEST:
                return from_ints(np.zeros_like(numbers), valid, kind)
            lower = numbers // unit
            rest = numbers - lower * unit
            lower += (rest > unit - rest) | ((rest == unit - rest) & (lower % 2 == 1))
            wrong = valid & ((lower > LARGEST // unit) | (lower < -(LARGEST // unit)))
            if wrong.any():
                raise self._unfit(int(numbers[wrong][0]))
            return from_ints(lower * unit, valid, kind)

        return on_arrays(on_array, value)

    def _unfit(self, value: int) -> DataError:
        return DataError(f"the answer does not fit into int64, such as {value} rounded to {self.digits} digits.")

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        if pa.types.is_floating(kinds[0]):
            code, digits = BINARY.index("round_to"), float(self.digits)
            return lambda x: binary(code, x, digits)

        def rounded(x: int) -> int:
            found = round(x, min(self.digits, 0))
            if not SMALLEST <= found <= LARGEST:
                raise self._unfit(x)
            return found

        return rounded


@dataclass(frozen=True)
class Modulo(Operation):
    """The rest of a division or the whole of it, with signs as in Python; null where the divisor is 0."""

    bounded: ClassVar[bool] = True

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        names = {kind_of(kind) for kind in integral(kinds)}
        if names <= {*_WHOLE, "float"}:
            return pa.float64() if "float" in names else pa.int64()
        if names == {"duration"}:
            return DURATION if self.name == "modulo" else pa.int64()
        raise self.refuse(
            kinds, "numbers or booleans (as 0 and 1), or two durations; a decimal goes on in float64, with * 1.0"
        )

    def reads(self, kinds: Sequence[pa.DataType]) -> list[pa.DataType]:
        kind = self.output_type(kinds)
        return [DURATION if any(map(pa.types.is_duration, kinds)) else kind] * 2

    def compute(self, values: Sequence[Values]) -> Values:
        kinds = [value.type for value in values]
        kind, read = self.output_type(kinds), self.reads(kinds)
        left, right = (converted(v, k) for v, k in zip(values, read, strict=True))
        return _binary(self.name, left, right) if pa.types.is_floating(kind) else on_arrays(self._whole, left, right)

    def _whole(self, left: pa.Array, right: pa.Array) -> pa.Array:
        (x, there), (y, too) = ints(left), ints(right)
        kind = self.output_type([left.type, right.type])
        valid = there & too & (y != 0)
        if self.name == "modulo":
            return from_ints(np.mod(x, np.where(valid & (y != -1), y, 1)), valid, kind)
        wrong = valid & (x == SMALLEST) & (y == -1)
        if wrong.any():
            raise DataError(
                f"the answer does not fit into int64 in {int(wrong.sum()):,} of {len(x):,} rows: {SMALLEST} // -1."
            )
        return from_ints(np.floor_divide(x, np.where(valid, y, 1)), valid, kind)

    def source(self, names: Sequence[str], kinds: Sequence[pa.DataType], code: Code) -> str:
        if pa.types.is_floating(kinds[0]):
            return f"{code.bind(binary)}({BINARY.index(self.name)}, {', '.join(names)})"
        return f"{names[0]} {self.symbol} {names[1]} if {names[1]} else None"
