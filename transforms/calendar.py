"""Days, weeks, months, quarters and years of a time zone, as instants at which they begin."""

import datetime as dt
import zoneinfo

import numpy as np

from ropeway.transforms.columns import Ints
from ropeway.transforms.windows import Period

_DAY = 86_400_000_000
_EPOCH = dt.date(1970, 1, 1).toordinal()
#: dates that Python knows, as days since 1970, and some room for time zones
FIRST_DAY, LAST_DAY = dt.date.min.toordinal() - _EPOCH + 400, dt.date.max.toordinal() - _EPOCH - 400
#: so many days in a row are looked up at once; of more only those that are there
_MOST_DAYS = 40_000


def period_starts(instants: Ints, period: Period, tz: str) -> Ints:
    """For each instant the first one of its period: day, week (from Monday on), month, quarter or year in a time zone.

    All in microseconds UTC. A date begins at its first instant, which need not be midnight, and lasts until the next
    one begins: where clocks go back over midnight the new date has begun and goes on. Instants of years before 2 or
    after 9998 stand for those.

    >>> at = np.array([dt.datetime(2024, 3, 31, 12, tzinfo=dt.UTC).timestamp() * 1e6], np.int64)
    >>> [np.datetime64(int(period_starts(at, period, "Europe/Berlin")[0]), "us").item() for period in ("day", "month")]
    [datetime.datetime(2024, 3, 30, 23, 0), datetime.datetime(2024, 2, 29, 23, 0)]
    """
    if not len(instants):
        return instants
    days = np.clip(instants // _DAY, FIRST_DAY, LAST_DAY)
    least, most = int(days.min()), int(days.max())
    some = np.arange(least, most + 1) if most - least < _MOST_DAYS else np.unique(days)
    # a local date begins on the day of that number in UTC, or on one of its neighbours
    dates = np.unique(np.concatenate([some - 1, some, some + 1, some + 2]))
    zone = zoneinfo.ZoneInfo(tz)
    begins = np.array([begin(dt.date.fromordinal(int(day) + _EPOCH), zone) for day in dates], np.int64)
    # a date that a time zone leaves out begins with the next one
    at = np.maximum(np.searchsorted(begins, instants, side="right") - 1, 0)
    first = _first_days(dates[at], period)
    wanted, where = np.unique(first, return_inverse=True)
    starts = np.array([begin(dt.date.fromordinal(int(day) + _EPOCH), zone) for day in wanted], np.int64)
    found: Ints = np.minimum(starts[where], instants)
    return found


def _first_days(days: Ints, period: Period) -> Ints:
    """The first days of the periods of some days, both since 1970."""
    if period == "day":
        return days
    if period == "week":
        return days - (days + 3) % 7  # 1970 began on a Thursday
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    months -= months % {"month": 1, "quarter": 3, "year": 12}[period]
    first: Ints = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return first


def begin(date: dt.date, zone: zoneinfo.ZoneInfo) -> int:
    """The first instant of a local date, or of the next one that is there."""
    midnight = dt.datetime(date.year, date.month, date.day, tzinfo=zone)  # of two the earlier one
    found = midnight.astimezone(dt.UTC)
    if found.astimezone(zone).replace(tzinfo=None) != midnight.replace(tzinfo=None):
        # midnight is left out: clocks go forward at some instant before or at this one
        before, after = found - dt.timedelta(days=1, hours=2), found
        while after - before > dt.timedelta(microseconds=1):
            middle = before + (after - before) / 2
            if middle.astimezone(zone).date() >= date:
                after = middle
            else:
                before = middle
        found = after
    return (found - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
