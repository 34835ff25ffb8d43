"""Constants of expressions: which Python values are taken, their Arrow types, and their form in JSON."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from json import dumps
from typing import Any, cast

import numpy as np
import pyarrow as pa

from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.expressions.kinds import DIGITS, DURATION

Scalar = None | bool | int | float | str | bytes | Decimal | datetime | date | time | timedelta

_TAKEN = "int, float, str, bool, bytes, Decimal, datetime, date, time, timedelta"


def constant(value: object) -> Scalar:
    """`value` as a plain Python value: numpy and pandas scalars unpacked, zoned times in UTC.

    Raises `DeclarationError` for anything that is no constant, and for what int64, microseconds or a decimal of 38
    digits do not hold.
    """
    if isinstance(value, np.datetime64 | np.timedelta64) or hasattr(value, "asm8"):  # of pandas
        value = _whole_microseconds(value)
    elif isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise DeclarationError(f"{value} does not fit into int64: write it as a float or a Decimal.")
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bytes):
        return bytes(value)
    if isinstance(value, Decimal):
        if not value.is_finite() or sum(_digits(value)) > DIGITS:
            raise DeclarationError(f"{value!r} does not fit into a decimal of {DIGITS} digits: write it as a float.")
        return Decimal(value)
    if isinstance(value, datetime):
        utc = value if value.tzinfo is None else value.astimezone(UTC)
        zone = None if value.tzinfo is None else UTC
        return datetime(utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond, zone)
    if isinstance(value, time) and value.tzinfo is not None:
        raise DeclarationError(f"{value!r} has a time zone: times of day have none here.")
    if isinstance(value, timedelta):
        micros = value // timedelta(microseconds=1)
        if abs(micros) >= 2**63:
            raise DeclarationError(f"{value!r} does not fit into int64 microseconds.")
        return timedelta(microseconds=micros)
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    if isinstance(value, time):
        return time(value.hour, value.minute, value.second, value.microsecond)
    raise DeclarationError(f"{value!r} is of type {type(value).__name__}: expected col(...) or one of {_TAKEN}.")


def _whole_microseconds(value: Any) -> object:
    """Times of numpy and pandas, which count nanoseconds, as those of Python, which count microseconds."""
    stamp = value if isinstance(value, np.datetime64 | np.timedelta64) else value.asm8
    if np.isnat(stamp):
        raise DeclarationError(f"{value!r} is missing, not a constant: test for it with .is_null().")
    whole = stamp.astype("datetime64[us]" if isinstance(stamp, np.datetime64) else "timedelta64[us]")
    if whole != stamp:
        raise DeclarationError(
            f"{value!r} is no whole number of microseconds: ropeway's time is exact to the microsecond."
        )
    if isinstance(value, datetime) and value.tzinfo is not None:
        return whole.item().replace(tzinfo=UTC)
    return whole.item()


def _digits(value: Decimal) -> tuple[int, int]:
    """Digits before and after the point."""
    _, digits, exponent = value.as_tuple()
    after = max(0, -cast("int", exponent))
    return max(len(digits) + cast("int", exponent), 0), after


def arrow(value: Scalar) -> pa.Scalar:
    """`value` in Arrow: int64, float64, timestamps and durations in microseconds; decimals in their own digits."""
    kinds: list[tuple[type, pa.DataType]] = [
        (bool, pa.bool_()),
        (int, pa.int64()),
        (float, pa.float64()),
        (str, pa.string()),
        (bytes, pa.binary()),
        (datetime, pa.timestamp("us", "UTC" if isinstance(value, datetime) and value.tzinfo else None)),
        (date, pa.date32()),
        (time, pa.time64("us")),
        (timedelta, DURATION),
    ]
    if value is None:
        return pa.scalar(None, pa.null())
    if isinstance(value, Decimal):
        before, after = _digits(value)
        return pa.scalar(value, pa.decimal128(max(before + after, 1), after))
    return pa.scalar(value, next(kind for python, kind in kinds if isinstance(value, python)))


def text(value: Scalar) -> str:
    """`value` as Python code that gives it back, with double quotes."""
    if isinstance(value, str):
        return dumps(value, ensure_ascii=False)
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    return repr(value)


def encoded(value: Scalar) -> dict[str, Any]:
    """`value` as JSON that says its type."""
    if isinstance(value, bytes):
        return {"type": "bytes", "literal": value.hex()}
    if isinstance(value, Decimal):
        return {"type": "decimal", "literal": str(value)}
    if isinstance(value, datetime | date | time):
        return {"type": type(value).__name__, "literal": value.isoformat()}
    if isinstance(value, timedelta):
        return {"type": "timedelta", "literal": value // timedelta(microseconds=1)}
    if isinstance(value, float) and not math.isfinite(value):
        return {"type": "float", "literal": str(value)}
    return {"type": type(value).__name__, "literal": value}


def decoded(data: Mapping[str, Any]) -> Scalar:
    """The constant that `encoded` wrote."""
    value = data["literal"]
    kind = data["type"]
    if kind == "timedelta":
        return timedelta(microseconds=value)
    if kind == "NoneType":
        return None
    readers: dict[str, Callable[[Any], Scalar]] = {
        "bool": bool, "int": int, "float": float, "str": str, "bytes": bytes.fromhex, "decimal": Decimal,
        "datetime": datetime.fromisoformat, "date": date.fromisoformat, "time": time.fromisoformat,
    }  # fmt: skip
    if kind not in readers:
        raise DeclarationError(f"A constant of type {kind!r} is unknown: expected one of {', '.join(readers)}.")
    try:
        return readers[kind](value)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise DeclarationError(f"{value!r} is no stored constant of type {kind!r}: {error}") from error
