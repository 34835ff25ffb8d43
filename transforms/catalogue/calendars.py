"""Times by the calendar: fields of dates and clocks in any time zone, holidays, the start of a period.

An instant without a time zone is UTC, and so are fields, unless `tz` names the zone whose clocks are read. What was
fitted on an instant of a frame with a zone is the same instant: the zone of a column's type changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import pyarrow as pa

from ropeway.transforms.catalogue.base import Input, OfColumn, State
from ropeway.transforms.catalogue.clocks import as_dates, day_numbers, fields, local_time, zoned
from ropeway.transforms.errors import DeclarationError, SchemaError
from ropeway.transforms.instructions.times import FIELDS, UNITS
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.windows import checked_zone

__all__ = ["DatetimeFeatures", "DatetimeOrdinal", "HolidayIndicator", "LocalTime", "PeriodOfDay", "Truncate"]

_DEFAULT = ("month", "year", "day_of_week", "day_of_month", "hour", "minute", "second")


@dataclass(frozen=True, repr=False)
class _OfClock(OfColumn):
    """What transforms of times share: a time zone."""

    takes = "time"

    def _check_zone(self) -> None:
        tz = getattr(self, "tz", None)
        if tz is not None:
            checked_zone(tz)


@dataclass(frozen=True, repr=False)
class DatetimeFeatures(_OfClock):
    """Fields of a time as numbers, named `{column}_{field}`.

    features_to_extract: "all", or any of month, quarter, semester, year, week (of ISO 8601: 31 December may lie in
    week 1), day_of_week (Monday is 0; in Spark Sunday is 1), day_of_month, day_of_year, weekend, month_start,
    month_end, quarter_start, quarter_end, year_start, year_end, leap_year, days_in_month, hour, minute, second, and
    microsecond, which feature_engine lacks and "all" leaves out; None: month, year, day_of_week, day_of_month, hour,
    minute, second. Dates are midnights. All years from 1 to 9999.

    tz: the time zone whose calendar and clocks are read. A missing time has missing fields.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"at": pd.to_datetime(["2013-01-01 02:30", None])})
    >>> fields = ("year", "day_of_week", "hour")
    >>> p = rw.Pipeline("p")["at"] >> T.DatetimeFeatures(fields, tz="America/New_York")
    >>> p.fit(frame).transform(frame).to_dict("list")
    {'at_year': [2012.0, nan], 'at_day_of_week': [0.0, nan], 'at_hour': [21.0, nan]}
    """

    features_to_extract: Literal["all"] | Sequence[str] | None = None
    tz: str | None = None
    oracle = "feature_engine.datetime.DatetimeFeatures"

    def __post_init__(self) -> None:
        self._check_zone()
        wanted = self.features_to_extract
        if wanted is None or wanted == "all":
            return
        if isinstance(wanted, str) or not wanted or not set(wanted) <= set(FIELDS) or len(set(wanted)) < len(wanted):
            raise DeclarationError(
                f"DatetimeFeatures(features_to_extract={wanted!r}): expected 'all', or a list of different ones of "
                f"{', '.join(FIELDS)}."
            )
        object.__setattr__(self, "features_to_extract", tuple(wanted))

    @property
    def _wanted(self) -> Sequence[str]:
        if self.features_to_extract is None:
            return _DEFAULT
        return FIELDS[:-1] if self.features_to_extract == "all" else self.features_to_extract

    def names_of(self, column: str, state: State) -> Sequence[str]:
        return [f"{column}_{one}" for one in self._wanted]

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return fields(made, local_time(made, value, self.tz), [FIELDS.index(one) for one in self._wanted])


@dataclass(frozen=True, repr=False)
class DatetimeOrdinal(_OfClock):
    """The day of a time as a number, named `{column}_ordinal`: 1 is 1 January of year 1, or `start_date`.

    As `datetime.date.toordinal` counts; days before `start_date` are 0 and less. tz: whose days are counted.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"at": pd.to_datetime(["2013-01-01 23:59", "2012-12-31 00:00", None])})
    >>> (rw.Pipeline("p")["at"] >> T.DatetimeOrdinal("2013-01-01")).fit(frame).transform(frame)["at_ordinal"].tolist()
    [1.0, 0.0, nan]
    """

    start_date: str | date | None = None
    tz: str | None = None
    oracle = "feature_engine.datetime.DatetimeOrdinal"

    def __post_init__(self) -> None:
        self._check_zone()
        if self.start_date is not None:
            object.__setattr__(self, "start_date", as_dates(self, "start_date", self.start_date)[0])

    def names_of(self, column: str, state: State) -> Sequence[str]:
        return (f"{column}_ordinal",)

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        day = made.emit("day_number", [local_time(made, value, self.tz)], into=pa.int64())[0]
        (first,) = day_numbers([str(self.start_date or "0001-01-01")])
        return [made.scaled(made.number(day), 1.0, 1.0 - first)]


@dataclass(frozen=True, repr=False)
class HolidayIndicator(_OfClock):
    """1 where the local date is one of `dates`, else 0; named `{column}_holiday`. Missing stays missing.

    dates: a list of dates, or of text such as "2013-12-25". It is kept with the pipeline: what comes after its last
    date is no holiday, so give those of the years to come too.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"at": pd.to_datetime(["2013-12-26 03:00", None])})
    >>> p = rw.Pipeline("p")["at"] >> T.HolidayIndicator(["2013-12-25"], tz="America/New_York")
    >>> p.fit(frame).transform(frame)["at_holiday"].tolist()
    [1.0, nan]
    """

    dates: Sequence[str | date] = ()
    tz: str | None = None
    oracle = "own reference"

    def __post_init__(self) -> None:
        self._check_zone()
        object.__setattr__(self, "dates", as_dates(self, "dates", self.dates))

    def names_of(self, column: str, state: State) -> Sequence[str]:
        return (f"{column}_holiday",)

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        day = made.emit("day_number", [local_time(made, value, self.tz)], into=pa.int64())[0]
        days = day_numbers(list(map(str, self.dates)))
        code = made.emit("find_integer", [day], ints=days, count=len(days))
        return made.emit("threshold", code, floats=[-0.5])


@dataclass(frozen=True, repr=False)
class LocalTime(_OfClock):
    """The time that clocks of a zone show at an instant, as a time without a zone.

    Two instants may give one local time, where clocks go back.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"at": pd.to_datetime(["2013-11-03 05:30", "2013-11-03 06:30"])})
    >>> p = rw.Pipeline("p")["at"] >> T.LocalTime("America/New_York")
    >>> p.fit(frame).transform(frame)["at"].astype(str).tolist()
    ['2013-11-03 01:30:00', '2013-11-03 01:30:00']
    """

    tz: str = "UTC"
    oracle = "zoneinfo"

    def __post_init__(self) -> None:
        self._check_zone()

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [zoned(made, "local_time", made.integer(value), self.tz, pa.timestamp("us"))]

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        _refuse_dates(self, inputs)


@dataclass(frozen=True, repr=False)
class PeriodOfDay(_OfClock):
    """The number of the part of the day that the local hour lies in, named `{column}_period`.

    bounds: the hours at which a new part begins, rising. By default 0 is the night until 6, 1 the morning until 12, 2
    the afternoon until 18, 3 the evening.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"at": pd.to_datetime(["2013-11-03 05:59", "2013-11-03 06:00"])})
    >>> (rw.Pipeline("p")["at"] >> T.PeriodOfDay()).fit(frame).transform(frame)["at_period"].tolist()
    [0.0, 1.0]
    """

    bounds: Sequence[int] = (6, 12, 18)
    tz: str | None = None
    oracle = "own reference"

    def __post_init__(self) -> None:
        self._check_zone()
        bounds = tuple(self.bounds) if isinstance(self.bounds, list | tuple) else ()
        if not bounds or any(type(one) is not int or not 0 <= one <= 23 for one in bounds) or (
            list(bounds) != sorted(set(bounds))
        ):  # fmt: skip
            raise DeclarationError(f"PeriodOfDay(bounds={self.bounds!r}): expected rising whole hours from 0 to 23.")
        object.__setattr__(self, "bounds", bounds)

    def names_of(self, column: str, state: State) -> Sequence[str]:
        return (f"{column}_period",)

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        hour = fields(made, local_time(made, value, self.tz), [FIELDS.index("hour")])
        return made.emit("bin", hour, floats=[float(one) for one in self.bounds], count=len(self.bounds))


@dataclass(frozen=True, repr=False)
class Truncate(_OfClock):
    """The instant at which the local second, minute, hour, day, week (from Monday on), month, quarter or year began.

    It is an instant again, of the column's own type; a date stays a date. Where clocks skip midnight, a day begins at
    the first instant after; where they show it twice, at the first of the two.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"at": pd.to_datetime(["2013-06-05 02:30", None])})
    >>> p = rw.Pipeline("p")["at"] >> T.Truncate("month", tz="America/New_York")
    >>> p.fit(frame).transform(frame)["at"].astype(str).tolist()
    ['2013-06-01 04:00:00', 'NaT']
    """

    unit: Literal["second", "minute", "hour", "day", "week", "month", "quarter", "year"] = "day"
    tz: str | None = None
    oracle = "pandas.Timestamp.normalize and pandas.Period"

    def __post_init__(self) -> None:
        self._check_zone()
        self._one_of("unit", *UNITS)

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        if UNITS.index(self.unit) < UNITS.index("day"):
            _refuse_dates(self, inputs)

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        tz = "UTC" if pa.types.is_date(value.type) else self.tz
        return [zoned(made, "start", made.integer(value), tz, value.type, UNITS.index(self.unit))]


def _refuse_dates(what: object, inputs: Sequence[Input]) -> None:
    for one in inputs:
        if pa.types.is_date(one.type):
            raise SchemaError(
                f"{what!r} of column {one.name!r}: expected instants, got {one.type}, which has no clock."
            )
