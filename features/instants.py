"""`instants`: the times of a range, at which every entity known by then is asked about."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ropeway.features.declaration import Value
from ropeway.transforms import durations
from ropeway.transforms.errors import DeclarationError

#: microseconds of a day
DAY = durations.MICROS["d"]
#: more instants than these are a slip of the pen: one per second for thirty years
MOST = 1_000_000_000

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True, eq=False, repr=False)
class Instants(Value):
    """The instants `start`, `start + every`, ... before `end`, in microseconds since 1970 UTC; made by `rw.instants`.

    >>> import ropeway as rw
    >>> len(rw.instants("2013-01-01", "2014-01-01", every="1d"))
    365
    """

    start: int
    end: int
    every: int

    @property
    def phase(self) -> int:
        """Where the instants stand within `every`: two ranges of one grid share it."""
        return self.start % self.every

    @property
    def last(self) -> int:
        """The last instant."""
        return self.start + (len(self) - 1) * self.every

    def dates(self) -> list[dt.date]:
        """The UTC dates with an instant, in their order."""
        step = max(self.every, DAY)  # instants a day apart or less leave out no date
        days = dict.fromkeys(at // DAY for at in [*range(self.start, self.last, step), self.last])
        return [date_of(day * DAY) for day in days]

    def span(self, date: dt.date) -> tuple[int, int] | None:
        """The first and the last instant of a UTC date; None where it has none."""
        begin = micros_of_date(date)
        first = max(self.start, begin + (self.phase - begin) % self.every)
        bound = min(self.end, begin + DAY)
        return None if first >= bound else (first, first + (bound - 1 - first) // self.every * self.every)

    def micros(self) -> npt.NDArray[np.int64]:
        """All instants, as int64 microseconds."""
        return np.arange(self.start, self.end, self.every, dtype=np.int64)

    def to_dict(self) -> dict[str, Any]:
        """As JSON data."""
        return {"start": text_of(self.start), "end": text_of(self.end), "every": self._every()}

    @classmethod
    def from_dict(cls, data: Any) -> Instants:
        """What `to_dict` wrote."""
        return instants(data["start"], data["end"], every=data["every"])

    def _every(self) -> str:
        return durations.text(dt.timedelta(microseconds=self.every))

    def __len__(self) -> int:
        return (self.end - self.start + self.every - 1) // self.every

    def __repr__(self) -> str:
        return f'instants("{text_of(self.start)}", "{text_of(self.end)}", every="{self._every()}")'


def instants(start: str | dt.date, end: str | dt.date, every: str | dt.timedelta) -> Instants:
    """The rows of a backfill: each entity at each of these instants from which on it is known.

    The instants are `start`, `start + every`, and so on before `end`. An entity appears once one row of its source is
    known, by the rules of the features: its timestamp, and `available_at`, lie before the instant (or at it, where
    the view is closed right), and the source's `where` holds. Of several sources one is enough; the keys of a static
    source are always known.

    start, end: ISO texts, dates (their midnight) or datetimes; without a zone they are UTC. Years 1 to 9999.
    every: such as "1d" or "6h", or a timedelta.

    Raises `DeclarationError` for times that can't be read, an `every` of nothing and a range without instants.

    >>> import ropeway as rw
    >>> rw.instants("2013-01-01", "2013-01-02", every="6h")
    instants("2013-01-01", "2013-01-02", every="6h")
    >>> rw.instants("2013-01-01T03:00:00+02:00", "2013-01-03", every="1d").dates()
    [datetime.date(2013, 1, 1), datetime.date(2013, 1, 2)]
    >>> rw.instants("2013-01-02", "2013-01-01", every="1d")
    Traceback (most recent call last):
    ropeway.transforms.errors.DeclarationError: instants: the end, 2013-01-01, is not after the start, 2013-01-02.
    """
    first, bound = micros_of(start, "instants: start"), micros_of(end, "instants: end")
    step = durations.micros(every, "every")
    if step <= 0:
        raise DeclarationError(f"instants: every={every!r} is not longer than nothing, expected such as '1d'.")
    if bound <= first:
        raise DeclarationError(f"instants: the end, {text_of(bound)}, is not after the start, {text_of(first)}.")
    made = Instants(first, bound, step)
    if len(made) > MOST:
        raise DeclarationError(f"{made!r} has {len(made):,} instants; {MOST:,} is the most. Choose a longer every.")
    return made


def micros_of_date(date: dt.date) -> int:
    """The date's midnight UTC.

    >>> micros_of_date(dt.date(1970, 1, 2)) == DAY
    True
    """
    return (date.toordinal() - _EPOCH.toordinal()) * DAY


def date_of(micros: int) -> dt.date:
    """The UTC date of an instant.

    >>> date_of(-1)
    datetime.date(1969, 12, 31)
    """
    return dt.date.fromordinal(_EPOCH.toordinal() + micros // DAY)


def micros_of(time: str | dt.date, what: str) -> int:
    """The instant of an ISO text, a date (its midnight) or a datetime; without a zone they are UTC.

    `what` names the thing in the error.

    >>> micros_of("1970-01-02", "end") == DAY
    True
    """
    given = time
    if isinstance(time, str):
        try:
            time = dt.datetime.fromisoformat(time)
        except ValueError as error:
            raise DeclarationError(
                f"{what}={given!r} is no time: write it as '2013-01-01' or '2013-01-01T06:00:00+00:00'."
            ) from error
    if not isinstance(time, dt.date):
        raise DeclarationError(f"{what}={given!r}: expected a text, a date or a datetime.")
    if not isinstance(time, dt.datetime):
        return micros_of_date(time)
    if time != time:  # noqa: PLR0124 - pandas' NaT
        raise DeclarationError(f"{what}={given!r} is no time.")
    if getattr(time, "nanosecond", 0):
        raise DeclarationError(f"{what}={given!r} has nanoseconds: time is exact to the microsecond here.")
    try:
        whole = time.replace(tzinfo=dt.UTC) if time.tzinfo is None else time.astimezone(dt.UTC)
        return (whole - _EPOCH) // _MICROSECOND
    except (OverflowError, ValueError) as error:  # a year before 1 or after 9999, or not a time
        raise DeclarationError(f"{what}={given!r} can't be read: {error}.") from error


def text_of(micros: int) -> str:
    """ISO text of an instant, a date alone for midnights UTC.

    >>> text_of(DAY), text_of(DAY + 1)
    ('1970-01-02', '1970-01-02T00:00:00.000001+00:00')
    """
    if micros % DAY == 0:
        return date_of(micros).isoformat()
    return (_EPOCH + dt.timedelta(microseconds=micros)).isoformat()
