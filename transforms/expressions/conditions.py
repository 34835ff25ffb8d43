"""Conditions: comparisons, null tests, membership, and the three-valued and, or, not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.expressions.kinds import (
    INSTANTS,
    NUMBERS,
    UTC,
    WIDE_DIGITS,
    Values,
    converted,
    decimal_digits,
    kind_of,
    without_nan,
)
from ropeway.transforms.expressions.operations import Code, Method, Operation, receiver
from ropeway.transforms.expressions.rows import conversion


def common_type(left: pa.DataType, right: pa.DataType) -> pa.DataType | None:
    """The type in which values of two types compare; None where they don't.

    Numbers compare as int64, or exactly as decimals, or as soon as one is a float as float64. Instants compare as
    instants UTC.
    """
    a, b = kind_of(left), kind_of(right)
    if a == "null" or b == "null":
        return right if a == "null" else left
    if a == b and a in ("bool", "string", "binary", "date"):
        return left
    if {a, b} <= NUMBERS:
        if "float" in (a, b):
            return pa.float64()
        if "decimal" not in (a, b):
            return pa.int64()
        (before, after), (more, further) = decimal_digits(left), decimal_digits(right)
        before, after = max(before, more), max(after, further)
        return pa.decimal256(before + after, after) if before + after <= WIDE_DIGITS else None
    if {a, b} <= INSTANTS:
        return UTC
    if a == b == "duration":
        return pa.duration("us")
    if a == b == "time":
        return pa.time64("ns")
    return None


@dataclass(frozen=True)
class Comparison(Operation):
    """Whether two values compare so; null where one is missing. Strings and bytes compare by their bytes."""

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        if common_type(*kinds) is None or any(kind_of(kind) in ("list", "map", "other") for kind in kinds):
            raise self.refuse(kinds, "two of a kind: numbers, strings, bytes, booleans, instants, times or durations")
        return pa.bool_()

    def reads(self, kinds: Sequence[pa.DataType]) -> list[pa.DataType]:
        return [common_type(*kinds)] * 2

    def source(self, names: Sequence[str], kinds: Sequence[pa.DataType], code: Code) -> str:
        return f"{names[0]} {self.symbol} {names[1]}"

    def compute(self, values: Sequence[Values]) -> Values:
        kind = common_type(values[0].type, values[1].type)
        left, right = (without_nan(converted(value, kind)) for value in values)
        if pa.types.is_null(kind):
            return converted(left, pa.bool_()) if isinstance(right, pa.Scalar) else converted(right, pa.bool_())
        return pc.call_function(self.name, [left, right])


@dataclass(frozen=True)
class IsIn(Method):
    """Whether a value is one of some constants; null where it is missing."""

    arity: ClassVar[int | None] = None
    constants: ClassVar[bool] = True
    needs_all: ClassVar[bool] = False

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        for kind in kinds[1:]:
            if common_type(kinds[0], kind) is None:
                raise self.refuse((kinds[0], kind), "constants of the kind of the column")
        return pa.bool_()

    def compute(self, values: Sequence[Values]) -> Values:
        value = without_nan(values[0])
        sets: dict[pa.DataType, list[pa.Scalar]] = {}
        for one in values[1:]:
            kind = common_type(value.type, one.type)
            sets.setdefault(kind, []).append(_one_zero(converted(one, kind)))
        found: Values = pa.scalar(False)
        for kind, wanted in sets.items():
            among = pa.array([one.as_py() for one in wanted], kind)
            found = pc.or_(found, pc.is_in(_one_zero(converted(value, kind)), value_set=among))
        return pc.if_else(pc.is_valid(value), found, pa.scalar(None, pa.bool_()))

    def source(self, names: Sequence[str], kinds: Sequence[pa.DataType], code: Code) -> str:
        value = names[0]
        sets: dict[str, set[Any]] = {}
        for name, kind in zip(names[1:], kinds[1:], strict=True):
            common = common_type(kinds[0], kind)
            read, convert = conversion(kinds[0], common), conversion(kind, common)
            wanted = code.constant(name)
            text = value if read is None else f"{code.bind(read)}({value})"
            sets.setdefault(text, set()).add(wanted if convert is None else convert(wanted))
        found = [f"{text} in {code.bind(frozenset(wanted))}" for text, wanted in sets.items()]
        return f"None if {code.missing(value, kinds[0])} else {' or '.join(found) or 'False'}"

    def text(self, operands: Sequence[str]) -> str:
        return f"{receiver(operands[0])}.{self.symbol}([{', '.join(operands[1:])}])"


@dataclass(frozen=True)
class IsNull(Method):
    """Whether a value is missing, NaN included; never null itself."""

    needs_all: ClassVar[bool] = False

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        return pa.bool_()

    def compute(self, values: Sequence[Values]) -> Values:
        missing = pc.is_null(values[0], nan_is_null=True)
        return missing if self.name == "is_null" else pc.invert(missing)

    def source(self, names: Sequence[str], kinds: Sequence[pa.DataType], code: Code) -> str:
        missing = code.missing(names[0], kinds[0])
        return missing if self.name == "is_null" else f"not ({missing})"


@dataclass(frozen=True)
class Connective(Operation):
    """And, or: null where the missing side decides."""

    needs_all: ClassVar[bool] = False

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        if not {kind_of(kind) for kind in kinds} <= {"bool", "null"}:
            raise self.refuse(
                kinds, 'conditions; each comparison beside it needs parentheses: (col("a") > 0) & (col("b") > 0)'
            )
        return pa.bool_()

    def compute(self, values: Sequence[Values]) -> Values:
        return pc.call_function(f"{self.name}_kleene", [converted(value, pa.bool_()) for value in values])

    def source(self, names: Sequence[str], kinds: Sequence[pa.DataType], code: Code) -> str:
        decides = self.name == "or"
        either = " or ".join(f"{name} is {decides}" for name in names)
        unknown = " or ".join(f"{name} is None" for name in names)
        return f"{decides} if {either} else None if {unknown} else {not decides}"


@dataclass(frozen=True)
class Not(Operation):
    """The contrary of a condition; null of null."""

    arity: ClassVar[int | None] = 1

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        if kind_of(kinds[0]) not in ("bool", "null"):
            raise self.refuse(kinds, "a condition, such as a comparison; a number is negated by -")
        return pa.bool_()

    def compute(self, values: Sequence[Values]) -> Values:
        return pc.invert(converted(values[0], pa.bool_()))

    def source(self, names: Sequence[str], kinds: Sequence[pa.DataType], code: Code) -> str:
        return f"not {names[0]}"


def _one_zero(values: Values) -> Values:
    """-0.0 as 0.0, which hash tables tell apart."""
    return pc.add(values, 0.0) if pa.types.is_floating(values.type) else values
