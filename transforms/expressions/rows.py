"""Values of one row: from what callers give to the forms in which operations compute, and back to plain Python.

A missing float is NaN and any other missing value None. Instants and durations are int microseconds, dates int days
since 1970, decimals `Decimal`, lists and maps what was given.
"""

import math
from collections.abc import Callable, Mapping
from ctypes import c_float
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any

import numpy as np
import pyarrow as pa

from ropeway.transforms.errors import DataError
from ropeway.transforms.expressions.kinds import LARGEST, NUMBERS, SMALLEST, Kind, kind_of

Form = Callable[[Any], Any]

DAY = 86_400_000_000
#: holds every sum and product of two decimals; `add` of it, unlike +, rounds to nothing less
EXACT = Context(prec=200)

_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH = _EPOCH_UTC.replace(tzinfo=None)
#: classes whose values all fit, and are never missing
_USUAL: dict[Kind, type] = {"timestamp": datetime, "date": date, "time": time, "duration": timedelta, "string": str}
_FIRST_DAY = date(1970, 1, 1).toordinal()
_MICRO = timedelta(microseconds=1)
_EXPECTED: dict[Kind, str] = {
    "bool": "True or False", "int": "a whole number", "float": "a number", "decimal": "a number", "string": "a string",
    "binary": "bytes", "timestamp": "a datetime", "date": "a date", "time": "a time", "duration": "a timedelta",
    "list": "a list", "map": "a dict", "null": "None",
}  # fmt: skip


# ---- from what is given


def reader(kind: pa.DataType) -> Form:
    """The function that takes a value of a column of this type in; what does not fit raises `DataError`.

    Scalars of numpy and pandas are taken too, an integer for a float, and a date or a naive time as UTC.

    >>> reader(pa.timestamp("us"))(datetime(1970, 1, 2))
    86400000000
    """
    make = _READERS.get(kind_of(kind), lambda _: lambda value: value)(kind)
    usual = _USUAL.get(kind_of(kind))

    def read(value: Any) -> Any:
        if value.__class__ is usual and usual is not None:
            return make(value)
        if value is None or (not isinstance(value, (str, bytes, list, tuple, dict)) and is_missing(value)):
            return math.nan if pa.types.is_floating(kind) else None
        try:
            return make(value)
        except (TypeError, ValueError, ArithmeticError, AttributeError) as error:
            raise _unfit(value, kind, error) from error

    return read


def is_missing(value: Any) -> bool:
    """Whether it is None, NaN, NaT or their like, which are not equal to themselves, or pandas' NA."""
    try:
        return value is None or bool(value != value)  # noqa: PLR0124  # as NaN has it
    except (TypeError, ValueError):
        return type(value).__name__ == "NAType"


def _unfit(value: Any, kind: pa.DataType, error: Exception) -> DataError:
    said = str(error) if isinstance(error, DataError) else f"expected {_EXPECTED.get(kind_of(kind), 'another value')}"
    return DataError(f"{value!r} of type {type(value).__name__} is no {kind}: {said}.")


def _bools(_: pa.DataType) -> Form:
    def read(value: Any) -> bool:
        if value in (0, 1) and not isinstance(value, (float, Decimal)):
            return bool(value)
        raise TypeError

    return read


def _ints(kind: pa.DataType) -> Form:
    width = kind.bit_width
    signed = pa.types.is_signed_integer(kind)
    least, most = (-(2 ** (width - 1)), 2 ** (width - 1) - 1) if signed else (0, min(2**width - 1, LARGEST))

    def read(value: Any) -> int:
        if isinstance(value, (str, bytes)) or int(value) != value:
            raise TypeError
        if not least <= value <= most:
            raise DataError(f"expected {least} to {most}")
        return int(value)

    return read


def _floats(kind: pa.DataType) -> Form:
    single, half = pa.types.is_float32(kind), pa.types.is_float16(kind)

    def read(value: Any) -> float:
        if isinstance(value, (str, bytes)):
            raise TypeError
        number = float(value)
        if half:
            return float(pa.scalar(number, pa.float16()).as_py())
        return c_float(number).value if single else number

    return read


def _decimals(kind: pa.DataType) -> Form:
    digits = Context(prec=kind.precision, traps=[Inexact, InvalidOperation])
    unit = Decimal(1).scaleb(-kind.scale)

    def read(value: Any) -> Decimal:
        if isinstance(value, (str, bytes, float)):
            raise TypeError
        return EXACT.add(Decimal(value).quantize(unit, context=digits), 0)

    return read


def _of(kind: type) -> Callable[[pa.DataType], Form]:
    plain: Form = str.__str__ if kind is str else lambda value: value  # numpy's strings are some, too

    def read(value: Any) -> Any:
        if not isinstance(value, kind):
            raise TypeError
        return plain(value)

    return lambda _: read


def _timestamps(_: pa.DataType) -> Form:
    def read(value: Any) -> int:
        if value.__class__ is not datetime:
            value = _whole(value)
            if not isinstance(value, datetime):
                return _days(value) * DAY
        since = value - (_EPOCH if value.tzinfo is None else _EPOCH_UTC)
        return since.days * DAY + since.seconds * 1_000_000 + since.microseconds

    return read


def _durations(_: pa.DataType) -> Form:
    return lambda value: _whole(value) // _MICRO


def _whole(value: Any) -> Any:
    """Times of pandas and numpy as those of Python."""
    if isinstance(value, np.datetime64 | np.timedelta64):
        whole = value.astype(f"{value.dtype.kind}8[us]")
        if whole != value:
            raise DataError("expected whole microseconds")
        return whole.item()
    if getattr(value, "nanosecond", 0) or getattr(value, "nanoseconds", 0) % 1000:
        raise DataError("expected whole microseconds")
    return value.to_pydatetime() if hasattr(value, "to_pydatetime") else value


def _days(value: Any) -> int:
    if isinstance(value, datetime):
        return _timestamps(pa.timestamp("us"))(value) // DAY  # type: ignore[no-any-return]  # an int
    found: int = _whole(value).toordinal() - _FIRST_DAY
    return found


_READERS: Mapping[Kind, Callable[[pa.DataType], Form]] = {
    "bool": _bools,
    "int": _ints,
    "float": _floats,
    "decimal": _decimals,
    "string": _of(str),
    "binary": _of(bytes),
    "timestamp": _timestamps,
    "date": lambda _: _days,
    "time": _of(time),
    "duration": _durations,
}


# ---- between types


def conversion(have: pa.DataType, want: pa.DataType) -> Form | None:
    """The function that takes a value of one type into another's; None where both have one form."""
    a, b = kind_of(have), kind_of(want)
    if have == want or (a == b and a != "decimal") or b == "null":
        return None
    if b == "float":
        return _as_float
    if a == "null":
        return None
    if b == "decimal":
        return _as_decimal(want)
    if a == "bool" and b in NUMBERS:
        return _as_int
    if a == "date" and b == "timestamp":
        return _as_instant
    return None


def _as_float(value: Any) -> float:
    return math.nan if value is None else float(value)


def _as_int(value: Any) -> int | None:
    return None if value is None else int(value)


def _as_instant(value: Any) -> int | None:
    if value is not None and not SMALLEST <= value * DAY <= LARGEST:
        raise DataError(f"a date does not fit into timestamp[us]: {value} days after 1970.")
    return None if value is None else value * DAY


def _as_decimal(kind: pa.DataType) -> Form:
    def made(value: Any) -> Decimal | None:
        if value is not None and not holds(value, kind):
            raise DataError(f"{value} does not fit into {kind}.")
        return None if value is None else scaled(value, kind)

    return made


def scaled(value: int | Decimal, kind: pa.DataType) -> Decimal:
    """A number with as many digits after the point as its type says; a zero has no sign."""
    return EXACT.add(EXACT.quantize(Decimal(value), Decimal(1).scaleb(-kind.scale)), 0)


def product(one: int | Decimal, other: int | Decimal) -> Decimal:
    """The exact product; a zero has no sign."""
    return EXACT.add(EXACT.multiply(one, other), 0)


def holds(value: Any, kind: pa.DataType) -> bool:
    """Whether an int or a decimal is not too large for the type."""
    if pa.types.is_decimal(kind):
        return bool(abs(value) < Decimal(1).scaleb(kind.precision - kind.scale))
    return bool(SMALLEST <= value <= LARGEST)


# ---- to plain Python


def answer(kind: pa.DataType) -> Form | None:
    """The function that takes a value that is there out; None where it is plain as it is."""
    name = kind_of(kind)
    if name == "timestamp":
        return _datetimes(_EPOCH if kind.tz is None else _EPOCH_UTC)
    if name == "date":
        return _dates
    if name == "duration":
        return lambda value: timedelta(microseconds=value)
    return (lambda value: scaled(value, kind)) if name == "decimal" else None


def _datetimes(epoch: datetime) -> Form:
    def made(value: int) -> datetime:
        try:
            return epoch + timedelta(microseconds=value)
        except OverflowError as error:
            raise DataError(f"{value} microseconds after 1970 are no datetime of Python, years 1 to 9999.") from error

    return made


def _dates(value: int) -> date:
    try:
        return date.fromordinal(value + _FIRST_DAY)
    except (OverflowError, ValueError) as error:
        raise DataError(f"{value} days after 1970 are no date of Python, years 1 to 9999.") from error
