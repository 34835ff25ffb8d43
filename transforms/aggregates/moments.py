"""Sum, mean, variance and standard deviation: exact sums of powers, rounded once.

State per key and window: what a unit is, how many values there are, how many of them are infinities (positive, then
negative), and the exact sum of the others in that unit: of floats 2^-1074, of integers 1, of decimals that of their
scale. So it is a number of the size of the values for integers and decimals, and one of 1100 bits for floats near 1,
2100 bits at most, of twice as many for squares; and then a bit more for each time that the rows double.
"""

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

import pyarrow as pa

from ropeway.transforms.aggregates.base import Aggregate, Row, is_number
from ropeway.transforms.aggregates.exact import BITS, infinite, quotient, scaled, units, unscaled
from ropeway.transforms.errors import DataError

#: the unit ("float", "integer", the scale of decimals, None of no rows), values, infinities, total, then squares
Sums = tuple[Any, ...]


@dataclass(frozen=True)
class _Moment(Aggregate):
    """What sums of values tell, and of squares if they are `squared`."""

    family = "moment"
    reverts = True
    squared: ClassVar[bool] = False

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        if not is_number(taken):
            raise self.refuse(taken, "numbers or booleans")
        return pa.float64()

    def start(self) -> Sums:
        return (None, 0, 0, 0, *self._powers(0))

    def of(self, row: Row) -> Sums:
        value = row.value
        if isinstance(value, Decimal):
            number, scale = unscaled(value)
            return (scale, 1, 0, 0, *self._powers(number))
        if not isinstance(value, float):
            return ("integer", 1, 0, 0, *self._powers(int(value)))
        if infinite(value):
            return ("float", 1, int(value > 0), int(value < 0), *self._powers(0))
        return ("float", 1, 0, 0, *self._powers(units(value)))

    def _powers(self, number: int) -> tuple[int, ...]:
        return (number, number * number) if self.squared else (number,)

    def merge(self, one: Sums, other: Sums) -> Sums:
        if not one[1] or not other[1]:
            return one if one[1] else other
        if one[0] != other[0]:
            raise DataError(f"{self.name}() of values in units of {one[0]!r} and {other[0]!r}: expected one type.")
        if one[1] + other[1] == 0:
            return self.start()
        return (one[0], *(mine + its for mine, its in zip(one[1:], other[1:], strict=True)))

    def negative(self, state: Sums) -> Sums:
        return (state[0], *(-number for number in state[1:]))


def _quotient(total: int, count: int, unit: Any, power: int = 1) -> float:
    """A total of values to a power in their unit, divided by a count and rounded once."""
    if unit == "float":
        return quotient(total, count << (BITS * power))
    scale = 0 if unit == "integer" else unit * power
    return quotient(total * 10 ** max(0, -scale), count * 10 ** max(0, scale))


def _infinity(positive: int, negative: int) -> float | None:
    """What infinities add up to; None if there is none."""
    if positive and negative:
        return math.nan
    return (math.inf if positive else -math.inf) if positive or negative else None


@dataclass(frozen=True)
class Sum(_Moment):
    """The exact sum: integers and booleans int64, decimals decimal128(38, scale), or an error; floats rounded once.

    State per key and window: an exact sum, as above.
    """

    name = "sum"

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        kind = super().output_type(taken)
        if pa.types.is_decimal(taken):
            return pa.decimal128(38, taken.scale)
        return kind if pa.types.is_floating(taken) else pa.int64()

    def finish(self, state: Sums, t: int = 0) -> Any:
        unit, count, positive, negative, total = state
        if count == 0:
            return None
        if unit == "float":
            found = _infinity(positive, negative)
            return _quotient(total, 1, unit) if found is None else found
        if unit == "integer":
            return self._fitting(total, -(2**63) <= total < 2**63, "int64")
        return self._fitting(scaled(total, unit), abs(total) < 10**38, f"decimal128(38, {unit})")

    def _fitting(self, total: Any, fits: bool, kind: str) -> Any:
        if not fits:
            raise DataError(
                f"{self.name}(): the sum {total} does not fit into {kind}. Sum a wider type, such as col(...) * 1.0 "
                f"(float64), or over less time."
            )
        return total


@dataclass(frozen=True)
class Mean(_Moment):
    """The exact sum divided by the count, rounded once; float64. State per key and window: an exact sum, as above."""

    name = "mean"

    def finish(self, state: Sums, t: int = 0) -> float | None:
        unit, count, positive, negative, total = state
        if count == 0:
            return None
        found = _infinity(positive, negative)
        return _quotient(total, count, unit) if found is None else found


@dataclass(frozen=True)
class Var(_Moment):
    """The sample variance (n - 1 below), the exact quotient rounded once; null for fewer than two values.

    State per key and window: the exact sums of values and of squares, as above.
    """

    name = "var"
    squared = True

    def finish(self, state: Sums, t: int = 0) -> float | None:
        unit, count, positive, negative, total, squares = state
        if count < 2:
            return None
        if positive or negative:
            return math.nan
        return _quotient(count * squares - total * total, count * (count - 1), unit, 2)


@dataclass(frozen=True)
class Std(Var):
    """The square root of `var`; null for fewer than two values. State as `Var`."""

    name = "std"

    def finish(self, state: Sums, t: int = 0) -> float | None:
        variance = super().finish(state)
        return None if variance is None else math.sqrt(variance)
