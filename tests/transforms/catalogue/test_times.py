"""Transforms of times: what they refuse, the ends of the calendar, and days that clocks cut short."""

import datetime as dt
import importlib
import itertools
import math
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import ropeway as rw
from ropeway.transforms.zones import table

#: what is refused would be refused by mypy too
T: Any = importlib.import_module("ropeway.transforms")
UTC = dt.UTC


def made(transform: Any, *values: Any, of: Any = None) -> list[Any]:
    """What a transform says of some instants, by columns; rows say the same."""
    kind = of or pa.timestamp("us")
    given = pa.table({"at": pa.array(values, kind)})
    fitted = (rw.Pipeline("p")["at"] >> transform).fit(given)
    answers = fitted.transform(given)
    row = fitted.row()
    rows = [tuple(row.values({"at": one}).values()) for one in values]
    columns = list(zip(*(one.to_pylist() for one in answers.columns), strict=True))
    assert [[None if one != one else one for one in some] for some in columns] == [list(one) for one in rows]
    return [one[0] if len(one) == 1 else one for one in columns]


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: T.DatetimeFeatures(["hours"]), "expected 'all', or a list of different ones of month"),
        (lambda: T.DatetimeFeatures("hour"), "expected 'all'"),
        (lambda: T.DatetimeFeatures(tz="Mars/Olympus"), "no time zone"),
        (lambda: T.DatetimeOrdinal("soon"), "'soon' is no date"),
        (lambda: T.HolidayIndicator([1]), "1 is no date"),
        (lambda: T.PeriodOfDay((6, 6)), "rising whole hours"),
        (lambda: T.PeriodOfDay((6, 24)), "rising whole hours"),
        (lambda: T.Truncate("decade"), "'year'"),
        (lambda: T.DatetimeSubtraction("days"), "expected one of 'Y', 'M'"),
        (lambda: T.TimeSince("later"), "expected an instant"),
        (lambda: T.TimeSince(unit="x"), "expected one of"),
        (lambda: T.DaysUntil(5), "expected an instant"),
        (lambda: T.ExponentialDecay(dt.timedelta(0)), "longer than nothing"),
        (lambda: T.ExponentialDecay("soon"), "no half-life"),
        (lambda: T.AgeBucket((3, 2)), "rising numbers"),
        (lambda: T.AgeBucket((math.nan,)), "rising numbers"),
        (lambda: T.BusinessDays("11111"), "7 digits"),
        (lambda: T.BusinessDays(holidays=["x"]), "'x' is no date"),
        (lambda: T.CyclicalFeatures({"x": 0}), "none of them 0"),
        (lambda: T.CyclicalFeatures(24), "a number for each column"),
        (lambda: T.FourierFeatures(()), "expected durations"),
        (lambda: T.FourierFeatures(("7d", "7d")), "twice"),
        (lambda: T.FourierFeatures(order=1001), "1000 or less"),
    ],
)
def test_bad_parameters_are_refused_where_they_are_declared(declare: Any, message: str) -> None:
    with pytest.raises(rw.DeclarationError, match=message):
        declare()


def test_columns_of_another_type_are_refused() -> None:
    frame = pd.DataFrame({"x": [1.0], "at": pd.to_datetime(["2013-01-01"])})
    for transform in (T.DatetimeFeatures(), T.BusinessDays(), T.FourierFeatures()):
        with pytest.raises(rw.SchemaError, match=r"'x': expected instants or dates, got double"):
            (rw.Pipeline("p")["x"] >> transform).fit(frame)
    with pytest.raises(rw.SchemaError, match="of which the last is the reference, got 'at' alone"):
        (rw.Pipeline("p")["at"] >> T.DatetimeSubtraction()).fit(frame)
    days = pa.table({"day": pa.array([dt.date(2013, 1, 1)])})
    for transform in (T.LocalTime("Asia/Tokyo"), T.Truncate("hour")):
        with pytest.raises(rw.SchemaError, match="which has no clock"):
            (rw.Pipeline("p")["day"] >> transform).fit(days)


def test_what_comes_round_needs_a_maximum() -> None:
    frame = pd.DataFrame({"x": [-1.0, 0.0]})
    with pytest.raises(rw.DataError, match=r"the greatest value of column 'x' is 0.*max_values"):
        (rw.Pipeline("p")["x"] >> T.CyclicalFeatures()).fit(frame)
    with pytest.raises(rw.DeclarationError, match="has no number for column 'x', only for 'y'"):
        (rw.Pipeline("p")["x"] >> T.CyclicalFeatures({"y": 3})).fit(frame)
    found = (rw.Pipeline("p")["x"] >> T.CyclicalFeatures({"x": 4})).fit(frame).row()
    assert np.isnan(found({"x": math.inf})).all()


def test_the_first_and_the_last_instant() -> None:
    ends = dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59, 999_999)
    fields = ("year", "week", "day_of_week", "day_of_year", "hour", "microsecond")
    assert made(T.DatetimeFeatures(fields), *ends) == [(1, 1, 0, 1, 0, 0), (9999, 52, 4, 365, 23, 999_999)]
    assert made(T.Truncate("year"), *ends) == [ends[0], dt.datetime(9999, 1, 1)]
    assert made(T.DatetimeOrdinal(), *ends) == [1.0, 3652059.0]
    assert made(T.TimeSince("0001-01-01", "us"), ends[1]) == [
        float((ends[1] - ends[0]) // dt.timedelta(microseconds=1))
    ]
    assert made(T.AgeBucket((9998, 9999), reference=ends[1]), ends[0]) == [1.0]


@pytest.mark.parametrize("tz", ["Europe/Berlin", "America/Sao_Paulo", "Africa/Casablanca", "Australia/Lord_Howe"])
def test_local_times_are_those_of_zoneinfo_in_all_years(tz: str) -> None:
    random = np.random.default_rng(5)
    zone = ZoneInfo(tz)
    starts = table(tz)[1 : len(table(tz)) // 2]
    near = (starts[:, None] + np.array([-1, 0, 1])).ravel()
    later = starts[-50:, None] + 146_097 * 86_400_000_000 * np.array([1, 5, 15])
    micros = np.concatenate([near, later.ravel(), random.integers(-62_000_000_000, 253_000_000_000, 300) * 1_000_000])
    times = [dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=int(one)) for one in micros]
    wanted = [one.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) for one in times]
    assert made(T.LocalTime(tz), *times) == wanted


@pytest.mark.parametrize(
    ("tz", "around"),
    [
        ("America/Sao_Paulo", "2017-10-15"),  # 00:00 is left out
        ("America/Havana", "2013-11-03"),  # 00:00 to 01:00 come twice
        ("Asia/Beirut", "2022-03-27"),
        ("Pacific/Apia", "2011-12-31"),  # a day is left out
        ("America/St_Johns", "2006-10-29"),  # at 00:01 clocks go back over midnight
        ("Europe/Berlin", "9000-03-30"),
    ],
)
def test_days_and_hours_begin_at_their_first_instant(tz: str, around: str) -> None:
    zone = ZoneInfo(tz)
    first = dt.datetime.fromisoformat(around) - dt.timedelta(days=2)
    times = [first + dt.timedelta(minutes=15 * at) for at in range(4 * 24 * 4)]

    def began(at: dt.datetime) -> dt.datetime:
        day = at.replace(tzinfo=UTC).astimezone(zone).date()
        start = at - dt.timedelta(days=3)
        # the first quarter of an hour of the local date, by trying all; clocks change at whole minutes
        tries = (start.replace(second=0) + dt.timedelta(minutes=one) for one in itertools.count())
        return next(one for one in tries if one.replace(tzinfo=UTC).astimezone(zone).date() >= day)

    some = times[::7]
    assert made(T.Truncate("day", tz=tz), *some) == [began(one) for one in some]


def test_a_zone_of_a_column_changes_nothing() -> None:
    at = dt.datetime(2013, 1, 1, 2, tzinfo=UTC)
    aware = made(T.DatetimeFeatures(("hour",)), at, of=pa.timestamp("us", "America/New_York"))
    assert aware == made(T.DatetimeFeatures(("hour",)), at.replace(tzinfo=None)) == [2.0]
    assert made(T.Truncate("day"), at, of=pa.timestamp("us", "UTC")) == [dt.datetime(2013, 1, 1, tzinfo=UTC)]


def test_instants_may_be_declared_as_datetimes_dates_and_text() -> None:
    declared = [
        T.TimeSince(one)
        for one in ("2013-01-01", dt.date(2013, 1, 1), dt.datetime(2013, 1, 1), "2013-01-01T01:00+01:00")
    ]
    assert len(set(declared)) == 1
    assert T.HolidayIndicator([dt.date(2013, 1, 1)]) == T.HolidayIndicator(["2013-01-01"])
    assert T.ExponentialDecay(dt.timedelta(days=7)) == T.ExponentialDecay("7d")


def test_times_far_apart_do_not_overflow() -> None:
    given = pa.table(
        {
            "one": pa.array([2**63 - 1, -(2**63) + 1], pa.int64()).view(pa.timestamp("us")),
            "other": pa.array([-(2**63) + 1, 2**63 - 1], pa.int64()).view(pa.timestamp("us")),
        }
    )
    found = (rw.Pipeline("p")["one", "other"] >> T.DatetimeSubtraction("us")).fit(given).transform(given)
    assert found.column(0).to_pylist() == [2.0**64, -(2.0**64)]
