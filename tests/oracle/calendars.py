"""When days, weeks, months, quarters and years begin, by walking along the clock of a time zone."""

import datetime as dt
from functools import cache
from zoneinfo import ZoneInfo

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_DAY = dt.timedelta(days=1)
#: seconds in which a clock is put on or back once at most
_STEP = 900


def begin(t: int, period: str, tz: str) -> int:
    """The first instant of the local period that goes on at `t`.

    A clock that is put back over midnight shows the old day again, but the new one has begun.
    """
    today = (_EPOCH + dt.timedelta(microseconds=t)).astimezone(ZoneInfo(tz)).date()
    found = [first_instant(_first_day(day, period), tz) for day in (today, today + _DAY)]
    return max(at for at in found if at <= t)


def _first_day(day: dt.date, period: str) -> dt.date:
    if period == "day":
        return day
    if period == "week":
        return day - day.weekday() * _DAY
    if period == "month":
        return day.replace(day=1)
    if period == "quarter":
        return day.replace(day=1, month=(day.month - 1) // 3 * 3 + 1)
    assert period == "year"
    return day.replace(day=1, month=1)


@cache
def first_instant(day: dt.date, tz: str) -> int:
    """When a clock first shows that day's midnight or a later time, which it does where midnight is left out."""
    midnight = (day - _EPOCH.date()).days * 86_400
    at = midnight - 30 * 3600  # no clock is that far ahead
    while True:
        end, offset = _evenly(at, tz)
        if at + offset >= midnight:
            return at * 1_000_000
        if end + offset > midnight:
            return (midnight - offset) * 1_000_000
        at = end


def _evenly(at: int, tz: str) -> tuple[int, int]:
    """Until when the clock runs evenly, from `at` on, at most a step; and how far it is ahead of UTC meanwhile."""
    offset, end = _offset(at, tz), at + _STEP
    if _offset(end, tz) != offset:
        before = at
        while end - before > 1:
            middle = (before + end) // 2
            before, end = (middle, end) if _offset(middle, tz) == offset else (before, middle)
    return end, offset


def _offset(at: int, tz: str) -> int:
    ahead = (_EPOCH + dt.timedelta(seconds=at)).astimezone(ZoneInfo(tz)).utcoffset()
    assert ahead is not None
    return int(ahead.total_seconds())
