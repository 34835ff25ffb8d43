"""Time zones as tables of instants, for compiled code."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from functools import cache

import numpy as np
import numpy.typing as npt

_UTC = dt.UTC
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=_UTC)
_MICRO = dt.timedelta(microseconds=1)
#: no zone had a rule before; from the middle year on each has the rule of its last line, which comes back after 400
#: years (of Morocco all changes until 2087 are listed)
_FIRST, _MIDDLE, _LAST = (dt.datetime(year, 1, 1, tzinfo=_UTC) for year in (1840, 2100, 2500))


@cache
def table(tz: str) -> npt.NDArray[np.int64]:
    """The instants from which a zone's offset to UTC holds, rising, then as many offsets; all in microseconds.

    Up to the year 2500, from which on they are those of 400 years before.

    >>> table("Asia/Tokyo")[-3:] // 3_600_000_000
    array([ 9, 10,  9])
    """
    zone = zoneinfo.ZoneInfo(tz)
    found: list[tuple[dt.datetime, dt.timedelta]] = [(_FIRST, _offset(_FIRST, zone))]
    for first, last, step in ((_FIRST, _MIDDLE, dt.timedelta(days=1)), (_MIDDLE, _LAST, dt.timedelta(days=7))):
        at = first
        while at < last:
            after = min(at + step, last)
            _find(at, after, zone, found)
            at = after
    starts = [(at - _EPOCH) // _MICRO for at, _ in found]
    starts[0] = -(2**62)
    return np.array([*starts, *(offset // _MICRO for _, offset in found)], np.int64)


def _offset(at: dt.datetime, zone: zoneinfo.ZoneInfo) -> dt.timedelta:
    found = at.astimezone(zone).utcoffset()
    assert found is not None
    return found


def _find(first: dt.datetime, last: dt.datetime, zone: zoneinfo.ZoneInfo, found: list[tuple[dt.datetime, dt.timedelta]]
) -> None:  # fmt: skip
    """Add the changes in (first, last]."""
    wanted = _offset(last, zone)
    while found[-1][1] != wanted:
        held, before, after = found[-1][1], max(first, found[-1][0]), last
        while after - before > _MICRO:
            middle = before + (after - before) // 2
            if _offset(middle, zone) == held:
                before = middle
            else:
                after = middle
        found.append((after, _offset(after, zone)))
