"""Arithmetic: exact in int64 and decimals or an error, IEEE in float64, and times in microseconds."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.errors import DataError
from ropeway.transforms.expressions.kinds import (
    DIGITS,
    DURATION,
    INSTANTS,
    INT_DIGITS,
    LARGEST,
    NUMBERS,
    SMALLEST,
    UTC,
    WIDE_DIGITS,
    Values,
    converted,
    decimal_digits,
    kind_of,
    size,
)
from ropeway.transforms.expressions.operations import Code, Operation
from ropeway.transforms.expressions.rows import EXACT, product

_WIDE_INT = pa.decimal256(INT_DIGITS, 0)
_NUMBERS = "numbers, decimals or booleans (as 0 and 1)"


def integral(kinds: Sequence[pa.DataType]) -> list[pa.DataType]:
    """Operand types as arithmetic reads them: a column without any value is of integers, decimals have 38 digits."""
    return [
        pa.int64()
        if pa.types.is_null(kind)
        else pa.decimal128(DIGITS, kind.scale)
        if pa.types.is_decimal256(kind) and 0 <= kind.scale <= DIGITS
        else kind
        for kind in kinds
    ]


@dataclass(frozen=True)
class Arithmetic(Operation):
    """Plus, minus, times: integers and booleans give int64, with a float float64, with a decimal decimal128.

    Differences of instants are durations of microseconds; an instant moved by a duration is a timestamp.
    """

    bounded: ClassVar[bool] = True

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        left, right = integral(kinds)
        a, b = kind_of(left), kind_of(right)
        if {a, b} <= NUMBERS:
            if "float" in (a, b):
                return pa.float64()
            return self._decimal(left, right) if "decimal" in (a, b) else pa.int64()
        moved = left if a in INSTANTS else right
        zone = moved.tz if pa.types.is_timestamp(moved) else None
        if self.name == "subtract" and a in INSTANTS and b in INSTANTS:
            return DURATION
        if (self.name == "add" and {a, b} in ({"timestamp", "duration"}, {"date", "duration"})) or (
            self.name == "subtract" and a in INSTANTS and b == "duration"
        ):
            return pa.timestamp("us", zone)
        if (self.name in ("add", "subtract") and a == b == "duration") or (
            self.name == "multiply" and {a, b} == {"duration", "int"}
        ):
            return DURATION
        raise self.refuse(kinds, {
            "add": f"{_NUMBERS}, two durations, or an instant and a duration",
            "subtract": f"{_NUMBERS}, two durations, two instants, or an instant less a duration",
            "multiply": f"{_NUMBERS}, or a duration and an integer",
        }[self.name])  # fmt: skip

    def _decimal(self, left: pa.DataType, right: pa.DataType) -> pa.DataType:
        """As many digits as the exact answer can have, 38 at most: what does not fit raises when it is met."""
        (before, after), (more, further) = decimal_digits(left), decimal_digits(right)
        if self.name == "multiply":
            scale, digits = after + further, before + after + more + further + 1
        else:
            scale = max(after, further)
            digits = max(before, more) + scale + 1
        if scale > DIGITS or max(after, further) > DIGITS or min(after, further) < 0:
            raise self.refuse((left, right), f"at most {DIGITS} digits after the point; * 1.0 goes on in float64")
        return pa.decimal128(min(digits, DIGITS), scale)

    def reads(self, kinds: Sequence[pa.DataType]) -> list[pa.DataType]:
        result = self.output_type(kinds)
        if pa.types.is_floating(result):
            return [result, result]
        return [UTC if pa.types.is_date(kind) else kind for kind in integral(kinds)]

    def source(self, names: Sequence[str], kinds: Sequence[pa.DataType], code: Code) -> str:
        if any(pa.types.is_decimal(kind) for kind in kinds):
            exact = {"add": EXACT.add, "subtract": EXACT.subtract, "multiply": product}[self.name]
            return f"{code.bind(exact)}({', '.join(names)})"
        return f"{names[0]} {self.symbol} {names[1]}"

    def compute(self, values: Sequence[Values]) -> Values:
        result = self.output_type([value.type for value in values])
        left, right = (converted(v, k) for v, k in zip(values, integral([v.type for v in values]), strict=True))
        if pa.types.is_floating(result):
            return pc.call_function(self.name, [converted(left, result), converted(right, result)])
        if pa.types.is_decimal(result):
            return self._exactly(left, right, result)
        return pc.cast(self._checked(_integers(left), _integers(right), result), result)

    def _checked(self, left: Values, right: Values, result: pa.DataType) -> Values:
        try:
            return pc.call_function(f"{self.name}_checked", [left, right])
        except pa.ArrowInvalid as error:
            exact = pc.call_function(self.name, [pc.cast(left, _WIDE_INT), pc.cast(right, _WIDE_INT)])
            outside = pc.or_(
                pc.greater(exact, pc.cast(pa.scalar(LARGEST), _WIDE_INT)),
                pc.less(exact, pc.cast(pa.scalar(SMALLEST), _WIDE_INT)),
            )
            raise self._overflow(outside, left, right, result) from error

    def _exactly(self, left: Values, right: Values, result: pa.DataType) -> Values:
        """Through decimal256, which holds every sum and product of two decimal128."""
        if self.name == "multiply":
            wide = [_spread(converted(v, _wide(*decimal_digits(v.type)))) for v in (left, right)]
        else:
            before = max(decimal_digits(left.type)[0], decimal_digits(right.type)[0])
            same = _wide(min(before, WIDE_DIGITS - 1 - result.scale), result.scale)
            wide = [converted(left, same), converted(right, same)]
        exact = pc.call_function(self.name, wide)
        try:
            return pc.cast(exact, result)
        except pa.ArrowInvalid as error:
            bound = pa.scalar(
                Decimal(f"1E{result.precision - result.scale}"), _wide(WIDE_DIGITS - result.scale, result.scale)
            )
            outside = pc.or_(pc.greater_equal(exact, bound), pc.less_equal(exact, pc.negate(bound)))
            raise self._overflow(outside, left, right, result) from error

    def _overflow(self, outside: Values, left: Values, right: Values, result: pa.DataType) -> DataError:
        """The error for answers that do not fit, with their count and the first."""
        if isinstance(outside, pa.Scalar):
            count, at = 1, 0
        else:
            count, at = pc.sum(outside).as_py(), pc.index(outside, True).as_py()
        a, b = (v.as_py() if isinstance(v, pa.Scalar) else v[at].as_py() for v in (left, right))
        hint = " Go on in float64, with * 1.0 on one side, if rounding is fine."
        return DataError(
            f"the answer does not fit into {result} in {count:,} of {size(outside):,} rows, such as "
            f"{a} {self.symbol} {b}.{hint if kind_of(result) in NUMBERS else ''}"
        )


@dataclass(frozen=True)
class Divide(Operation):
    """The quotient in float64; null where the divisor is 0. Of two durations it is a plain number."""

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        a, b = (kind_of(kind) for kind in integral(kinds))
        if {a, b} <= NUMBERS or a == b == "duration":
            return pa.float64()
        raise self.refuse(kinds, f"{_NUMBERS}, or two durations")

    def reads(self, kinds: Sequence[pa.DataType]) -> list[pa.DataType]:
        return [pa.float64()] * 2

    def source(self, names: Sequence[str], kinds: Sequence[pa.DataType], code: Code) -> str:
        return f"{names[0]} / {names[1]} if {names[1]} else nan"

    def compute(self, values: Sequence[Values]) -> Values:
        left, right = (
            converted(_integers(v) if pa.types.is_duration(v.type) else v, pa.float64()) for v in values
        )  # fmt: skip
        return pc.divide(left, pc.if_else(pc.equal(right, 0.0), pa.scalar(None, pa.float64()), right))


@dataclass(frozen=True)
class Negate(Operation):
    """The value with the other sign; a boolean counts as 0 or 1."""

    arity: ClassVar[int | None] = 1
    bounded: ClassVar[bool] = True

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        (kind,) = integral(kinds)
        name = kind_of(kind)
        if name == "bool":
            return pa.int64()
        if name == "duration":
            return DURATION
        if name not in NUMBERS:
            raise self.refuse(kinds, f"{_NUMBERS}, or a duration")
        return kind

    def reads(self, kinds: Sequence[pa.DataType]) -> list[pa.DataType]:
        return [self.output_type(kinds)]

    def source(self, names: Sequence[str], kinds: Sequence[pa.DataType], code: Code) -> str:
        return f"{code.bind(EXACT.minus)}({names[0]})" if pa.types.is_decimal(kinds[0]) else f"-{names[0]}"

    def compute(self, values: Sequence[Values]) -> Values:
        (value,) = values
        result = self.output_type([value.type])
        if pa.types.is_floating(result) or pa.types.is_decimal(result):
            return pc.negate(converted(value, result))
        integers = _integers(converted(value, integral([value.type])[0]))
        try:
            return pc.cast(pc.negate_checked(integers), result)
        except pa.ArrowInvalid as error:
            count = pc.sum(pc.equal(integers, SMALLEST)).as_py()
            raise DataError(
                f"the answer does not fit into int64 in {count:,} of {size(value):,} rows: -({SMALLEST})."
            ) from error


def _wide(before: int, after: int) -> pa.DataType:
    return pa.decimal256(before + after, after)


def _spread(values: Values) -> Values:
    """The same decimals, said to have 37 digits at most.

    Arrow gives a product as many digits as both sides have and one more, which for two decimal(38) is one more than
    there are, though no such product has over 76.
    """
    kind = pa.decimal256(min(values.type.precision, DIGITS - 1), values.type.scale)
    if values.type == kind:
        return values
    if isinstance(values, pa.Scalar):
        return _spread(pa.array([values.as_py()], values.type))[0]
    if isinstance(values, pa.ChunkedArray):
        return pa.chunked_array([chunk.view(kind) for chunk in values.chunks], kind)
    return values.view(kind)


def _integers(values: Values) -> Values:
    """Integers, booleans, instants and durations as int64, times in microseconds."""
    kind = kind_of(values.type)
    if kind in INSTANTS:
        values = converted(values, UTC)
    elif kind == "duration":
        values = converted(values, DURATION)
    return pc.cast(values, pa.int64())
