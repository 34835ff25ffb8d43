"""Cases of times by the calendar."""

import datetime as dt
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pandas as pd
from feature_engine import datetime as fe

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case

TIMES = ("at", "seen")
NEW_YORK = "America/New_York"


def moved(frame: pd.DataFrame, tz: str) -> pd.DataFrame:
    """What clocks of a zone show."""
    return pd.DataFrame(
        {name: frame[name].dt.tz_localize("UTC").dt.tz_convert(ZoneInfo(tz)).dt.tz_localize(None) for name in frame}
    )


def engineered(kind: Any, options: dict[str, Any], tz: str = "UTC") -> Callable[..., Any]:
    """What a transformer of feature_engine says of times, missing where they are."""

    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            given = moved(apply[columns], tz)
            whole = given.fillna(pd.Timestamp(0))
            made: pd.DataFrame = kind(variables=columns, **options).fit(whole).transform(whole).astype("float64")
        for name in made:
            column = next(one for one in columns if str(name).startswith(one))
            made.loc[given[column].isna(), name] = float("nan")
        return made

    return expected


def each_time(names: str, function: Callable[[Any], Any]) -> Callable[..., Any]:
    """What a function says of each time, as a datetime in UTC, or date; None of None."""

    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        return pd.DataFrame(
            {
                names.format(name): pd.Series(
                    [None if pd.isna(one) else function(one) for one in apply[name]], dtype=object
                )
                for name in columns
            }
        )

    return expected


def local(at: pd.Timestamp, tz: str) -> dt.datetime:
    """The local time of an instant."""
    return at.to_pydatetime().replace(tzinfo=dt.UTC).astimezone(ZoneInfo(tz))


def began(at: Any, unit: str, tz: str) -> Any:
    """When the local day, week ... of an instant began."""
    if isinstance(at, dt.date) and not isinstance(at, dt.datetime):
        day = at
    else:
        now = local(at, tz)
        if unit == "hour":
            return at - pd.Timedelta(minutes=now.minute, seconds=now.second, microseconds=now.microsecond)
        day = now.date()
    day = {
        "day": day, "week": max(day, dt.date(1, 1, 1) + dt.timedelta(7)) - dt.timedelta(day.weekday()),
        "month": day.replace(day=1), "quarter": day.replace(day=1, month=day.month - (day.month - 1) % 3),
        "year": day.replace(day=1, month=1),
    }[unit]  # fmt: skip
    if not isinstance(at, dt.datetime):
        return day
    midnight = dt.datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(tz))
    return pd.Timestamp(midnight.astimezone(dt.UTC).replace(tzinfo=None))


def _of_date(day: dt.date) -> list[float]:
    after = day + dt.timedelta(1) if day < dt.date.max else None
    leap = day.year % 4 == 0 and (day.year % 100 != 0 or day.year % 400 == 0)
    return [
        day.year, day.isocalendar().week, day.weekday(), day.day, (day - day.replace(month=1, day=1)).days + 1,
        after is None or after.month != day.month, leap, 0,
    ]  # fmt: skip


DATE_FIELDS = ("year", "week", "day_of_week", "day_of_month", "day_of_year", "month_end", "leap_year", "hour")
HOLIDAYS = ("1999-12-25", "2001-01-01", *(f"{year}-07-04" for year in range(1970, 2034)))


def _dates(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    names = [f"day_{one}" for one in DATE_FIELDS]
    return pd.DataFrame([_of_date(one) for one in apply["day"]], columns=names).astype("float64")


CUT: tuple[Literal["hour", "day", "week", "month", "quarter"], ...] = ("hour", "day", "week", "month", "quarter")


CASES = [
    Case(
        T.DatetimeFeatures("all"), TIMES, engineered(fe.DatetimeFeatures, {"features_to_extract": "all"}), ulps=0
    ),
    Case(
        T.DatetimeFeatures(tz=NEW_YORK), TIMES, engineered(fe.DatetimeFeatures, {}, NEW_YORK), ulps=0
    ),
    Case(T.DatetimeFeatures(DATE_FIELDS, tz=NEW_YORK), ("day",), _dates, ulps=0),
    Case(
        T.DatetimeOrdinal("1969-12-31", tz="Asia/Tokyo"), TIMES,
        engineered(fe.DatetimeOrdinal, {"start_date": "1969-12-31"}, "Asia/Tokyo"), ulps=0,
    ),
    Case(T.DatetimeOrdinal(), ("day",), each_time("{}_ordinal", lambda day: day.toordinal()), ulps=0),
    Case(
        T.HolidayIndicator(HOLIDAYS, tz=NEW_YORK), TIMES,
        each_time("{}_holiday", lambda at: local(at, NEW_YORK).date().isoformat() in HOLIDAYS), ulps=0,
    ),
    Case(
        T.LocalTime("Australia/Lord_Howe"), TIMES,
        each_time("{}", lambda at: pd.Timestamp(local(at, "Australia/Lord_Howe").replace(tzinfo=None))),
    ),
    Case(
        T.PeriodOfDay((5, 9, 17), tz="Asia/Kolkata"), TIMES,
        each_time("{}_period", lambda at: sum(local(at, "Asia/Kolkata").hour >= one for one in (5, 9, 17))), ulps=0,
    ),
    *(
        Case(T.Truncate(unit, tz=NEW_YORK), TIMES, each_time("{}", partial(began, unit=unit, tz=NEW_YORK)))
        for unit in CUT
    ),
    Case(T.Truncate("year"), ("day",), each_time("{}", lambda at: began(at, "year", "UTC"))),
]  # fmt: skip
