"""What transforms of times share: local times, dates and instants as parameters, units."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa

from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.zones import table

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: microseconds in a unit, as numpy names it; months and years are those of the Gregorian calendar on average
UNITS: dict[str, float] = {
    "Y": 31_556_952e6, "M": 2_629_746e6, "W": 604_800e6, "D": 86_400e6, "h": 3_600e6, "m": 60e6, "s": 1e6, "ms": 1e3,
    "us": 1.0, "ns": 0.001,
}  # fmt: skip


def local_time(made: Builder, value: Value, tz: str | None) -> Value:
    """What clocks of a time zone show, as integers; of a date its midnight in any zone."""
    whole = made.integer(value)
    if tz is None or tz == "UTC" or pa.types.is_date(value.type):
        return whole
    return zoned(made, "local_time", whole, tz, pa.timestamp("us"))


def zoned(made: Builder, name: str, whole: Value, tz: str | None, into: pa.DataType, more: int = 0) -> Value:
    """An instruction that reads the table of a zone."""
    zone = table(tz or "UTC")
    return made.emit(name, [whole], ints=zone, count=len(zone) // 2, more=more, into=into)[0]


def fields(made: Builder, local: Value, numbers: Sequence[int]) -> list[Value]:
    """Fields of a local time, by their numbers among `instructions.times.FIELDS`."""
    return made.emit("calendar", [local], outputs=len(numbers), ints=numbers, count=len(numbers))


def elapsed(made: Builder, value: Value, reference: Value, unit: str) -> Value:
    """How much time has passed from one instant to another, in a unit: one division of whole microseconds."""
    micros = UNITS[unit]
    floats = [1.0, micros] if micros >= 1.0 else [1000.0, 1.0]
    return made.emit("elapsed", [made.integer(value), made.integer(reference)], floats=floats)[0]


def moment(made: Builder, like: Value, text: str) -> Value:
    """The same instant in each row that has one."""
    at = (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)
    return made.emit("instant", [made.integer(like)], ints=[at], into=pa.timestamp("us"))[0]


def as_instant(what: object, name: str, value: object) -> str:
    """An instant as text, in UTC, which it is if it does not say otherwise; raises `DeclarationError` for none."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else value
        if isinstance(found, date) and not isinstance(found, datetime):
            found = datetime(found.year, found.month, found.day, tzinfo=UTC)
        if not isinstance(found, datetime):
            raise TypeError
        return (found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)).isoformat()
    except (ValueError, TypeError, OverflowError):
        raise DeclarationError(
            f"{type(what).__name__}({name}={value!r}): expected an instant: a datetime, a date, or text such as "
            f"'2013-01-31T12:00' (UTC, unless it says otherwise)."
        ) from None


def as_dates(what: object, name: str, dates: object) -> tuple[str, ...]:
    """Dates as text, rising; raises `DeclarationError` for what is none."""
    made = set()
    for one in dates if isinstance(dates, list | tuple | set | frozenset) else (dates,):
        try:
            found = date.fromisoformat(one) if isinstance(one, str) else one
            made.add(date(found.year, found.month, found.day).isoformat())
        except (ValueError, TypeError, AttributeError):
            raise DeclarationError(
                f"{type(what).__name__}({name}=...): {one!r} is no date: give a list of dates, or of text such as "
                f"'2013-12-25'."
            ) from None
    return tuple(sorted(made))


def day_numbers(dates: Sequence[str]) -> list[int]:
    """Days since 1970 of dates as text."""
    return [(date.fromisoformat(one) - _EPOCH.date()).days for one in dates]


def checked_unit(what: object, name: str, unit: str) -> None:
    """Raise `DeclarationError` for no unit of time."""
    if unit not in UNITS:
        raise DeclarationError(
            f"{type(what).__name__}({name}={unit!r}): expected one of {', '.join(map(repr, UNITS))}."
        )
