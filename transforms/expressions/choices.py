"""Choices between values: by conditions, the first that is there, the greatest, the least, within bounds."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.expressions.conditions import common_type
from ropeway.transforms.expressions.kinds import (
    DIGITS,
    DURATION,
    INSTANTS,
    NUMBERS,
    Values,
    converted,
    decimal_digits,
    kind_of,
    without_nan,
)
from ropeway.transforms.expressions.operations import Code, Function, Method, Operation, receiver
from ropeway.transforms.expressions.rows import is_missing

_ORDERED = "two of a kind: numbers, strings, bytes, booleans, instants, times or durations"


def joined_type(operation: Operation, kinds: Sequence[pa.DataType]) -> pa.DataType:
    """The type that holds values of all these types, of which some may be null."""
    present = [kind for kind in kinds if not pa.types.is_null(kind)]
    if not present:
        return pa.null()
    names = {kind_of(kind) for kind in present}
    if all(kind == present[0] for kind in present):
        return present[0]
    if names <= NUMBERS and "decimal" in names and "float" not in names:
        before, after = (max(digits) for digits in zip(*map(decimal_digits, present), strict=True))
        if before + after <= DIGITS:
            return pa.decimal128(before + after, after)
        raise operation.refuse(kinds, f"decimals of {DIGITS} digits together at most; * 1.0 goes on in float64")
    if names <= NUMBERS:
        return pa.float64() if "float" in names else pa.int64()
    if names <= INSTANTS:
        zoned = any(kind_of(kind) == "timestamp" and kind.tz is not None for kind in present)
        return pa.timestamp("us", "UTC" if zoned else None)
    if names == {"duration"}:
        return DURATION
    if names == {"time"}:
        return pa.time64("ns")
    raise operation.refuse(kinds, "values of one kind, of which some may be lit(None)")


def _taken(condition: Values) -> Values:
    return pc.fill_null(converted(condition, pa.bool_()), False)


def _nothing(values: Sequence[Values]) -> Values:
    """One of values that are all missing: a column, if there is one."""
    return next((value for value in values if not isinstance(value, pa.Scalar)), values[0])


@dataclass(frozen=True)
class When(Function):
    """The value beside the first condition that is true, else the last one: a condition that is missing is not true."""

    fewest: ClassVar[int] = 3
    needs_all: ClassVar[bool] = False
    takes_none: ClassVar[bool] = True

    def takes(self, count: int) -> bool:
        return count >= self.fewest and count % 2 == 1

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        for kind in kinds[:-1:2]:
            if kind_of(kind) not in ("bool", "null"):
                raise self.refuse([kind], "a condition, such as a comparison")
        return joined_type(self, [*kinds[1::2], kinds[-1]])

    def reads(self, kinds: Sequence[pa.DataType]) -> list[pa.DataType]:
        kind = self.output_type(kinds)
        return [pa.bool_() if at % 2 == 0 and at < len(kinds) - 1 else kind for at in range(len(kinds))]

    def compute(self, values: Sequence[Values]) -> Values:
        kind = self.output_type([value.type for value in values])
        chosen = converted(values[-1], kind)
        for at in range(len(values) - 3, -1, -2):
            chosen = pc.if_else(_taken(values[at]), converted(values[at + 1], kind), chosen)
        return chosen

    def source(self, names: Sequence[str], kinds: Sequence[pa.DataType], code: Code) -> str:
        pairs = zip(names[1::2], names[:-1:2], strict=True)
        return f"{''.join(f'{value} if {condition} else ' for value, condition in pairs)}{names[-1]}"

    def text(self, operands: Sequence[str]) -> str:
        pairs = zip(operands[:-1:2], operands[1::2], strict=True)
        taken = ".".join(f"when({condition}).then({value})" for condition, value in pairs)
        return f"{taken}.otherwise({operands[-1]})"


@dataclass(frozen=True)
class Coalesce(Function):
    """The first value that is there."""

    needs_all: ClassVar[bool] = False

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        return joined_type(self, kinds)

    def reads(self, kinds: Sequence[pa.DataType]) -> list[pa.DataType]:
        return [self.output_type(kinds)] * len(kinds)

    def compute(self, values: Sequence[Values]) -> Values:
        kind = self.output_type([value.type for value in values])
        there = [without_nan(converted(value, kind)) for value in values]
        return reduce(lambda one, other: pc.if_else(pc.is_valid(one), one, other), there)

    def source(self, names: Sequence[str], kinds: Sequence[pa.DataType], code: Code) -> str:
        others = [f"{name} if not ({code.missing(name, kinds[0])}) else " for name in names[:-1]]
        return f"{''.join(others)}{names[-1]}"


@dataclass(frozen=True)
class Extreme(Function):
    """The greatest or the least of the values that are there; of equal ones the first."""

    needs_all: ClassVar[bool] = False

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        kind = joined_type(self, kinds)
        if common_type(kind, kind) is None or kind_of(kind) in ("list", "map", "other"):
            raise self.refuse(kinds, _ORDERED)
        return kind

    def reads(self, kinds: Sequence[pa.DataType]) -> list[pa.DataType]:
        return [self.output_type(kinds)] * len(kinds)

    def compute(self, values: Sequence[Values]) -> Values:
        kind = self.output_type([value.type for value in values])
        if pa.types.is_null(kind):
            return _nothing(values)
        return reduce(self._further, [without_nan(converted(value, kind)) for value in values])

    def _further(self, one: Values, other: Values) -> Values:
        compare = pc.greater if self.name == "greatest" else pc.less
        further = pc.fill_null(compare(other, one), False)
        return pc.if_else(pc.or_(further, pc.is_null(one)), other, one)

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        greatest = self.name == "greatest"
        floating = pa.types.is_floating(kinds[0])

        def extreme(*values: Any) -> Any:
            found = values[0]
            for value in values[1:]:
                if is_missing(found) or (value is not None and (value > found if greatest else value < found)):
                    found = value
            return found

        def pair(a: float, b: float) -> float:
            return b if math.isnan(a) or (b > a if greatest else b < a) else a

        return pair if floating and len(kinds) == 2 else extreme


@dataclass(frozen=True)
class Clip(Method):
    """A value within bounds: the upper one where both can't hold. A missing bound is none."""

    arity: ClassVar[int | None] = 3
    needs_all: ClassVar[bool] = False
    takes_none: ClassVar[bool] = True

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        kind = joined_type(self, kinds)
        if common_type(kind, kind) is None or kind_of(kind) in ("list", "map", "other"):
            raise self.refuse(kinds, _ORDERED)
        return kind

    def reads(self, kinds: Sequence[pa.DataType]) -> list[pa.DataType]:
        return [self.output_type(kinds)] * 3

    def compute(self, values: Sequence[Values]) -> Values:
        kind = self.output_type([value.type for value in values])
        value, lower, upper = (without_nan(converted(one, kind)) for one in values)
        if pa.types.is_null(kind):
            return _nothing(values)
        value = pc.if_else(pc.fill_null(pc.less(value, lower), False), lower, value)
        return pc.if_else(pc.fill_null(pc.greater(value, upper), False), upper, value)

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        def clipped(value: Any, lower: Any, upper: Any) -> Any:
            if value is None:
                return None
            if lower is not None and value < lower:
                value = lower
            return upper if upper is not None and value > upper else value

        return clipped

    def text(self, operands: Sequence[str]) -> str:
        value, lower, upper = operands
        return f"{receiver(value)}.{self.symbol}({lower}, {upper})"
