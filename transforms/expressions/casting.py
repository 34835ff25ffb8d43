"""Values in another type: what does not fit is an error that shows it, or null."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.errors import DataError, DeclarationError, RopewayError
from ropeway.transforms.expressions.arrays import from_rows, on_arrays, rows
from ropeway.transforms.expressions.kinds import LARGEST, SMALLEST, Kind, Values, converted, kind_of, shown
from ropeway.transforms.expressions.operations import Method
from ropeway.transforms.expressions.rows import DAY, answer, conversion, holds, is_missing, scaled

#: types by the names by which they are written; decimals have their digits behind
TYPES: Mapping[str, pa.DataType] = {
    "bool": pa.bool_(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "string": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "timestamp[UTC]": pa.timestamp("us", "UTC"),
}
_OTHER_NAMES = {
    "int": "int64", "float": "float64", "double": "float64", "str": "string", "boolean": "bool", "date32": "date",
    "date32[day]": "date", "timestamp[us]": "timestamp", "timestamp[us, tz=UTC]": "timestamp[UTC]",
}  # fmt: skip
_DECIMAL = re.compile(r"decimal(?:128)?\((\d+), ?(\d+)\)")

_INT = re.compile(r"[+-]?[0-9]+")
_FLOAT = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?(inf|infinity)|nan", re.IGNORECASE)
_DECIMAL_TEXT = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH = _EPOCH_UTC.replace(tzinfo=None)
_FIRST_DAY = date(1970, 1, 1).toordinal()


class _UnfitError(ValueError):
    """A value that the wanted type does not hold."""


def type_name(given: object) -> str:
    """The name of a type that expressions compute in; raises `DeclarationError` for any other."""
    text = str(given)
    name = _OTHER_NAMES.get(text, text) if given != pa.float32() else text  # which Arrow calls float
    digits = _DECIMAL.fullmatch(name)
    if digits is not None and 1 <= int(digits[1]) <= 38 and int(digits[2]) <= int(digits[1]):
        return f"decimal({int(digits[1])}, {int(digits[2])})"
    if name not in TYPES:
        hint = ": expressions compute in int64 and float64" if text.startswith(("int", "uint", "float")) else ""
        raise DeclarationError(
            f"cast({text!r}): expected one of {', '.join(TYPES)}, decimal(digits, after the point), or such a type of "
            f"Arrow{hint}."
        )
    return name


@dataclass(frozen=True)
class Cast(Method):
    """The value in another type; null, or an error, where that does not hold it."""

    bounded: ClassVar[bool] = False
    positional: ClassVar[int] = 1

    to: str = "int64"
    strict: bool = True

    def check(self) -> None:
        if type_name(self.to) != self.to or not isinstance(self.strict, bool):
            raise DeclarationError(f"A stored cast to {self.to!r}, strict={self.strict!r}: cast() writes others.")

    @property
    def target(self) -> pa.DataType:
        """The type of the answer."""
        digits = _DECIMAL.fullmatch(self.to)
        return TYPES[self.to] if digits is None else pa.decimal128(int(digits[1]), int(digits[2]))

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        have, want = kind_of(kinds[0]), kind_of(self.target)
        if have not in ("null", want) and (have, want) not in _WAYS:
            ways = [a for a, b in _WAYS if b == want]
            raise self.refuse(kinds, f"one of {', '.join(dict.fromkeys([want, *ways]))}, to cast it to {self.to}")
        return self.target

    def compute(self, values: Sequence[Values]) -> Values:
        (value,), target = values, self.target
        have, want = kind_of(value.type), kind_of(target)
        if have in ("null", want) and want != "decimal":
            return converted(value, target)
        if have in ("bool", "int", "decimal") and want == "float":
            return converted(value, target)
        if (have, want) == ("bool", "int"):
            return pc.cast(value, target)
        if (have, want) == ("float", "int"):
            return on_arrays(self._whole, value)
        change = _change(value.type, target)

        def on_array(array: pa.Array) -> pa.Array:
            coded = array.dictionary_encode()
            unfit: list[int] = []
            made: list[Any] = []
            for at, one in enumerate(rows(coded.dictionary)):
                try:
                    made.append(None if is_missing(one) else change(one))
                except _UnfitError:
                    made.append(None)
                    unfit.append(at)
            if unfit and self.strict:
                wrong = pc.is_in(coded.indices, value_set=pa.array(unfit, coded.indices.type))
                example = array[pc.index(wrong, value=True).as_py()]
                raise self._error(pc.sum(wrong).as_py(), len(array), array.type, shown(example))
            return from_rows(made, target).take(coded.indices)

        return on_arrays(on_array, value)

    def _whole(self, array: pa.Array) -> pa.Array:
        """Floats that are whole numbers of int64; most columns hold other numbers than a dictionary would shorten."""
        numbers = array.to_numpy(zero_copy_only=False)
        there = ~np.isnan(numbers)
        fit = there & (np.trunc(numbers) == numbers) & (numbers >= SMALLEST) & (numbers < -float(SMALLEST))
        if self.strict and not bool((fit | ~there).all()):
            wrong = there & ~fit
            raise self._error(int(wrong.sum()), len(array), array.type, str(numbers[wrong][0]))
        return pa.array(np.where(fit, numbers, 0.0).astype(np.int64), mask=~fit)

    def _error(self, count: int, size: int, kind: pa.DataType, example: str) -> DataError:
        rounding = pa.types.is_floating(kind) and pa.types.is_integer(self.target)
        hint = " A fraction goes by .round(), .floor() or .trunc();" if rounding else ""
        return DataError(
            f"{count:,} of {size:,} values of type {kind} do not fit into {self.to}, such as {example}.{hint} "
            f"strict=False gives null instead."
        )

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        (kind,), target = kinds, self.target
        change = _change(kind, target)
        missing = math.nan if pa.types.is_floating(target) else None
        plain = answer(kind) or (lambda value: value)

        def cast(value: Any) -> Any:
            try:
                return change(value)
            except _UnfitError as error:
                if self.strict:
                    raise self._error(1, 1, kind, repr(plain(value))) from error
                return missing

        return cast


# ---- one value, as rows hold it; None becomes no answer


def _change(have: pa.DataType, want: pa.DataType) -> Callable[[Any], Any]:
    a, b = kind_of(have), kind_of(want)
    way = _WAYS.get((a, b))
    if b == "decimal":
        to_decimal = way or (lambda value: value)
        return lambda value: _digits(to_decimal(value), want)
    if (a, b) == ("timestamp", "string"):
        return _shown(_EPOCH if have.tz is None else _EPOCH_UTC)
    if way is not None:
        return way
    same = conversion(have, want)
    return (lambda value: value) if same is None else same


def _digits(value: Any, kind: pa.DataType) -> Decimal:
    exact = Decimal(value)
    if not exact.is_finite() or not holds(exact, kind):
        raise _UnfitError
    made = scaled(exact, kind)
    if made != exact:
        raise _UnfitError
    return made


def _float_to_int(value: float) -> int:
    if not (value == math.trunc(value) if abs(value) < math.inf else False) or not SMALLEST <= value <= LARGEST:
        raise _UnfitError
    return int(value)


def _decimal_to_int(value: Decimal) -> int:
    whole = int(value)
    if whole != value or not SMALLEST <= whole <= LARGEST:
        raise _UnfitError
    return whole


def _read(pattern: re.Pattern[str], make: Callable[[str], Any]) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        if pattern.fullmatch(text) is None:
            raise _UnfitError
        try:
            return make(text)
        except (RopewayError, ValueError, OverflowError) as error:
            raise _UnfitError from error

    return read


def _int(text: str) -> int:
    if not SMALLEST <= (number := int(text)) <= LARGEST:
        raise _UnfitError
    return number


def _bool(text: str) -> bool:
    if text.lower() not in ("true", "false") or not text.isascii():
        raise _UnfitError
    return text.lower() == "true"


def _micros(text: str) -> int:
    at = datetime.fromisoformat(text)
    naive = at if at.tzinfo is None else at.astimezone(UTC).replace(tzinfo=None)
    return (naive - _EPOCH) // timedelta(microseconds=1)


def _shown(epoch: datetime) -> Callable[[int], str]:
    def text(value: int) -> str:
        try:
            return (epoch + timedelta(microseconds=value)).isoformat()
        except OverflowError as error:
            raise _UnfitError from error

    return text


def _instant(value: int) -> int:
    if not SMALLEST <= value * DAY <= LARGEST:
        raise _UnfitError
    return value * DAY


def _date_text(value: int) -> str:
    try:
        return date.fromordinal(value + _FIRST_DAY).isoformat()
    except (OverflowError, ValueError) as error:
        raise _UnfitError from error


_WAYS: Mapping[tuple[Kind, Kind], Callable[[Any], Any]] = {
    ("bool", "int"): int,
    ("bool", "float"): float,
    ("bool", "decimal"): int,
    ("bool", "string"): lambda value: "true" if value else "false",
    ("int", "bool"): bool,
    ("int", "float"): float,
    ("int", "decimal"): int,
    ("int", "string"): str,
    ("float", "bool"): bool,
    ("float", "int"): _float_to_int,
    ("float", "decimal"): repr,
    ("float", "string"): repr,
    ("decimal", "bool"): bool,
    ("decimal", "int"): _decimal_to_int,
    ("decimal", "float"): float,
    ("decimal", "string"): lambda value: f"{value:f}",
    ("string", "bool"): _bool,
    ("string", "int"): _read(_INT, _int),
    ("string", "float"): _read(_FLOAT, float),
    ("string", "decimal"): _read(_DECIMAL_TEXT, Decimal),
    ("string", "date"): _read(_DATE, lambda text: date.fromisoformat(text).toordinal() - _FIRST_DAY),
    ("string", "timestamp"): _read(_TIMESTAMP, _micros),
    ("date", "string"): _date_text,
    ("date", "timestamp"): _instant,
    ("timestamp", "date"): lambda value: value // DAY,
    ("timestamp", "string"): str,  # as `_change` says, by whether it has a zone
}
