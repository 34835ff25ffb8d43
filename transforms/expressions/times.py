"""Fields of instants and dates, by the calendar and the clock of a time zone, and lengths of durations.

One arithmetic of whole numbers does for columns and for single rows: years, months and days from days since 1970 after
Hinnant (https://howardhinnant.github.io/date_algorithms.html), right for all days that int64 holds.
"""

import datetime as dt
import zoneinfo
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from ropeway.transforms.calendar import FIRST_DAY, LAST_DAY, begin, period_starts
from ropeway.transforms.errors import DataError, DeclarationError
from ropeway.transforms.expressions.arrays import Ints, from_ints, ints, on_arrays
from ropeway.transforms.expressions.kinds import DURATION, INSTANTS, UTC, Values, converted, kind_of
from ropeway.transforms.expressions.operations import Method, Operation
from ropeway.transforms.expressions.rows import DAY

#: one number of a row, or those of a column: int, or int64 of numpy
Numbers = Any

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_FIRST_ORDINAL = _EPOCH.toordinal()
#: time zones are asked about the years 2 to 9998 only; earlier and later instants stand for those
_FIRST = (dt.datetime(2, 1, 1, tzinfo=dt.UTC) - _EPOCH) // dt.timedelta(microseconds=1)
_LAST = (dt.datetime(9998, 12, 31, tzinfo=dt.UTC) - _EPOCH) // dt.timedelta(microseconds=1)

#: microseconds of what a clock shows
CLOCK = {"microsecond": 1, "millisecond": 1_000, "second": 1_000_000, "minute": 60_000_000, "hour": 3_600_000_000}
PERIODS = ("day", "week", "month", "quarter", "year")


def _civil(days: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Year, month and day of days since 1970."""
    since = days + 719_468
    era = since // 146_097
    of_era = since - era * 146_097
    year_of_era = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * of_year + 2) // 153  # months from March on
    day = of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 - 12 * (shifted // 10)
    return year_of_era + era * 400 + (month < 3), month, day


def _days(year: Numbers, month: Numbers) -> Numbers:
    """Days from 1970 to the first of a month."""
    shifted = year - (month < 3)
    era = shifted // 400
    year_of_era = shifted - era * 400
    of_year = (153 * ((month + 9) % 12) + 2) // 5
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + of_year - 719_468


def _weekday(days: Numbers) -> Numbers:
    return (days + 3) % 7  # 1970 began on a Thursday


def _day_of_year(days: Numbers) -> Numbers:
    return days - _days(_civil(days)[0], 1) + 1


def _week(days: Numbers) -> Numbers:
    """The week of ISO 8601, which belongs to the year of its Thursday."""
    return (_day_of_year(days - _weekday(days) + 3) - 1) // 7 + 1


#: of microseconds since 1970 on a local clock
FIELDS: dict[str, Callable[[Any], Any]] = {
    "year": lambda at: _civil(at // DAY)[0],
    "month": lambda at: _civil(at // DAY)[1],
    "day": lambda at: _civil(at // DAY)[2],
    "hour": lambda at: at // 3_600_000_000 % 24,
    "minute": lambda at: at // 60_000_000 % 60,
    "second": lambda at: at // 1_000_000 % 60,
    "microsecond": lambda at: at % 1_000_000,
    "day_of_week": lambda at: _weekday(at // DAY),
    "day_of_year": lambda at: _day_of_year(at // DAY),
    "week": lambda at: _week(at // DAY),
    "quarter": lambda at: (_civil(at // DAY)[1] + 2) // 3,
}


def _first_day(days: Numbers, period: str) -> Numbers:
    """The first day of the period that a day is in."""
    if period == "day":
        return days
    if period == "week":
        return days - _weekday(days)
    year, month, _ = _civil(days)
    return _days(year, {"month": month, "quarter": (month - 1) // 3 * 3 + 1, "year": month * 0 + 1}[period])


# ---- time zones


@lru_cache
def _zone(name: str) -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(name)


def checked_zone(name: object) -> None:
    """Raise `DeclarationError` unless there is a time zone of this name."""
    if name is None:
        return
    try:
        _zone(name if isinstance(name, str) else "")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise DeclarationError(f"tz={name!r}: expected the name of a time zone, such as 'Europe/Paris'.") from error


def _offset(at: int, tz: str) -> int:
    """What a local clock is ahead of UTC at an instant, in microseconds."""
    at = min(max(at, _FIRST), _LAST)
    found = _offset_of_day(at // DAY, tz)
    return _asked(at, tz) if found is None else found


@lru_cache(65_536)
def _offset_of_day(day: int, tz: str) -> int | None:
    """The one offset of a day of UTC; None where it ends with another than it began with."""
    found = _asked(day * DAY, tz)
    return found if found == _asked(day * DAY + DAY - 1, tz) else None


def _asked(at: int, tz: str) -> int:
    shown = (_EPOCH + dt.timedelta(microseconds=at)).astimezone(_zone(tz))
    return (shown.utcoffset() or dt.timedelta()) // dt.timedelta(microseconds=1)


def _offsets(instants: Ints, tz: str) -> Ints:
    """The same of each instant, by the days that there are."""
    if not len(instants):
        return instants
    days = np.clip(instants, _FIRST, _LAST) // DAY
    least = int(days.min())
    there = np.zeros(int(days.max()) - least + 1, np.bool_)  # at most ten thousand years of days, and no sort
    there[days - least] = True
    found = {day: _offset_of_day(least + int(day), tz) for day in np.flatnonzero(there)}
    table, changes = np.zeros(len(there), np.int64), np.zeros(len(there), np.bool_)
    for day, offset in found.items():
        table[day], changes[day] = offset or 0, offset is None
    offsets: Ints = table[days - least]
    changing = np.flatnonzero(changes[days - least])
    if len(changing):
        some, among = np.unique(instants[changing], return_inverse=True)
        offsets[changing] = np.array([_offset(int(at), tz) for at in some], np.int64)[among]
    return offsets


@lru_cache(65_536)
def _begin(day: int, tz: str) -> int:
    return begin(dt.date.fromordinal(day + _FIRST_ORDINAL), _zone(tz))


def _period_start(at: int, period: str, tz: str) -> int:
    """What `period_starts` says of one instant."""
    day = min(max(at // DAY, FIRST_DAY), LAST_DAY) + 2
    while _begin(day, tz) > at and day >= FIRST_DAY:
        day -= 1
    return min(_begin(_first_day(day, period), tz), at)


# ---- operations


def _instants(operation: Operation, kinds: Sequence[pa.DataType], tz: str | None) -> str:
    name = kind_of(kinds[0])
    if name not in (*INSTANTS, "null"):
        raise operation.refuse(kinds, 'a timestamp or a date; .cast("timestamp") makes one of a string')
    if name == "date" and tz is not None:
        raise operation.refuse(kinds, f"a timestamp, since tz={tz!r} tells another date only of an instant")
    return name


@dataclass(frozen=True)
class Field(Method):
    """One number of the date or the clock of an instant."""

    tz: str | None = None

    def check(self) -> None:
        checked_zone(self.tz)

    @property
    def answers(self) -> pa.DataType:
        """The type of the answer."""
        return pa.int64()

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        _instants(self, kinds, self.tz)
        return self.answers

    def reads(self, kinds: Sequence[pa.DataType]) -> list[pa.DataType]:
        return [UTC]

    def compute(self, values: Sequence[Values]) -> Values:
        field, kind = self.field(), self.answers

        def on_array(array: pa.Array) -> pa.Array:
            at, valid = ints(array)
            return from_ints(field(at if self.tz is None else at + _offsets(at, self.tz)), valid, kind)

        return on_arrays(on_array, converted(values[0], UTC))

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        field, tz = self.field(), self.tz
        return field if tz is None else lambda at: field(at + _offset(at, tz))

    def field(self) -> Callable[[Any], Any]:
        """The function of microseconds on the local clock."""
        return FIELDS[self.name.removeprefix("dt.")]


@dataclass(frozen=True)
class DateOf(Field):
    """The date of an instant."""

    @property
    def answers(self) -> pa.DataType:
        """The type of the answer."""
        return pa.date32()

    def field(self) -> Callable[[Any], Any]:
        return lambda at: at // DAY


@dataclass(frozen=True)
class Truncate(Method):
    """The beginning of the period that an instant is in."""

    positional: ClassVar[int] = 1

    unit: str = "day"
    tz: str | None = None

    def check(self) -> None:
        if self.unit not in (*CLOCK, *PERIODS):
            raise DeclarationError(f"truncate({self.unit!r}): expected one of {', '.join((*CLOCK, *PERIODS))}.")
        checked_zone(self.tz)

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        name = _instants(self, kinds, self.tz)
        if name == "date" and self.unit in CLOCK:
            raise self.refuse(kinds, f"a timestamp, since a date has no {self.unit}")
        return pa.timestamp("us") if name == "null" else kinds[0]

    def reads(self, kinds: Sequence[pa.DataType]) -> list[pa.DataType]:
        return [self.output_type(kinds)]

    def compute(self, values: Sequence[Values]) -> Values:
        kind = self.output_type([values[0].type])

        def on_array(array: pa.Array) -> pa.Array:
            at, valid = ints(array)
            if pa.types.is_date(kind):
                return from_ints(_first_day(at, self.unit), valid, kind)
            begins = self._begins(at)
            early = valid & (begins > at)
            if early.any():
                raise self._early(int(at[early][0]))
            return from_ints(begins, valid, kind)

        return on_arrays(on_array, converted(values[0], kind))

    def _begins(self, at: Ints) -> Ints:
        if self.unit in CLOCK:
            return at - (at if self.tz is None else at + _offsets(at, self.tz)) % CLOCK[self.unit]
        if self.tz is None:
            return np.asarray(_first_day(at // DAY, self.unit) * DAY)
        starts: Ints = period_starts(at, self.unit, self.tz)  # type: ignore[arg-type]  # one of PERIODS
        return starts

    def _early(self, at: int) -> DataError:
        return DataError(f"the {self.unit} of {at} microseconds after 1970 begins before what int64 holds.")

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        unit, tz = self.unit, self.tz
        if pa.types.is_date(kinds[0]):
            return lambda day: _first_day(day, unit)
        if unit in CLOCK:
            step = CLOCK[unit]
            return (lambda at: at - at % step) if tz is None else (lambda at: at - (at + _offset(at, tz)) % step)
        if tz is None:
            return lambda at: _first_day(at // DAY, unit) * DAY
        return lambda at: _period_start(at, unit, tz)


@dataclass(frozen=True)
class TotalSeconds(Method):
    """The seconds of a duration, with fractions."""

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        if kind_of(kinds[0]) not in ("duration", "null"):
            raise self.refuse(kinds, "a duration, such as the difference of two timestamps")
        return pa.float64()

    def reads(self, kinds: Sequence[pa.DataType]) -> list[pa.DataType]:
        return [DURATION]

    def compute(self, values: Sequence[Values]) -> Values:
        def on_array(array: pa.Array) -> pa.Array:
            micros, valid = ints(array)
            return pa.array(micros / 1e6, mask=~valid)

        return on_arrays(on_array, converted(values[0], DURATION))

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        # of an int beyond 2**53 Python's quotient is the nearest float, numpy's that of the float nearest to the int
        return lambda micros: float(micros) / 1e6
