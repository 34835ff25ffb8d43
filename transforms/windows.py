"""Windows: which rows before a query time take part, as data."""

import zoneinfo
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal, cast, get_args

from ropeway.transforms import durations
from ropeway.transforms.errors import DeclarationError

Closed = Literal["left", "right", "both", "neither"]
#: weeks begin on Monday
Period = Literal["day", "week", "month", "quarter", "year"]

#: The value of `Window.micros` of a window over all history.
ALL = None
_DAY = 86_400_000_000
#: no period lasts longer, whatever its time zone did
LONGEST: dict[Period, int] = {"day": 3 * _DAY, "week": 9 * _DAY, "month": 33 * _DAY, "quarter": 94 * _DAY,
                              "year": 368 * _DAY}  # fmt: skip


@dataclass(frozen=True)
class Window:
    """The rows with `t - width - offset <= timestamp < t - offset` (closed left), known before `t`.

    `micros` is the width in microseconds, None where rows or a calendar bound the window, or nothing does. `text` is
    the suffix of output names, "" for none. `closed` is None where the view decides. `offset` is in microseconds.
    `rows`: no more than the last so many of these rows. `calendar`: from the first instant of t's local day (week ...)
    in the time zone `tz` on, in place of a width. `ahead`: a window of a label, `[t, t + width)`; it is the same window
    with an offset of `-width`, and whether a row was known does not matter to it.

    >>> Window.of("7d").micros
    604800000000
    """

    micros: int | None = ALL
    text: str = ""
    closed: Closed | None = None
    offset: int = 0
    rows: int | None = None
    calendar: Period | None = None
    tz: str = "UTC"
    ahead: bool = False

    @staticmethod
    def of(
        width: str | timedelta | None = None,
        *,
        closed: Closed | None = None,
        offset: str | timedelta | None = None,
        rows: int | None = None,
        calendar: Period | None = None,
        tz: str | None = None,
    ) -> "Window":
        """A window of `width` (see `durations.micros`), of `rows`, or of a calendar's period, moved back by `offset`.

        A width or a number of rows <= 0 raises, as do an unknown period or time zone, and a width with a calendar.
        """
        length = None if width is None else durations.micros(width, "window")
        if length is not None and length <= 0:
            raise DeclarationError(f"A window must be longer than nothing, and {width!r} is not.")
        moved = 0 if offset is None else durations.micros(offset, "offset")
        if moved < 0:
            raise DeclarationError(f"An offset moves a window back in time and can't be negative: {offset!r}.")
        if rows is not None and not is_positive(rows):
            raise DeclarationError(f"rows={rows!r}: expected how many rows a window has at most, 1 or more.")
        if calendar is None and tz is not None:
            raise DeclarationError(f"tz={tz!r} is of a calendar window: add calendar='day', or leave tz out.")
        if calendar is not None and width is not None:
            raise DeclarationError(
                f"calendar={calendar!r} is a window by itself, beside {width!r}: leave out one of the two."
            )
        parts = [] if width is None else [durations.text(width)]
        parts += [] if calendar is None else [checked_period(calendar)]
        parts += [] if rows is None else [f"rows{rows}"]
        zone = checked_zone(tz) if tz is not None else "UTC"
        return Window(length, "_".join(parts), checked_closed(closed), moved, rows, calendar, zone)

    @staticmethod
    def in_front(width: str | timedelta) -> "Window":
        """The window of a label, `[t, t + width)`."""
        made = Window.of(width)
        assert made.micros is not None
        return replace(made, closed="left", offset=-made.micros, ahead=True)

    @property
    def is_everything(self) -> bool:
        """Whether nothing bounds the window in the past."""
        return self.micros is None and self.rows is None and self.calendar is None

    @property
    def back(self) -> int | None:
        """How many microseconds before t the window begins at most; None without bound."""
        if self.calendar is not None:
            return LONGEST[self.calendar] + self.offset
        return None if self.micros is None else self.micros + self.offset

    @property
    def forward(self) -> int:
        """How many microseconds after t the window ends at most."""
        return max(0, -self.offset)

    def describe(self) -> str:
        """The window as an interval of event time.

        >>> Window.of("7d", closed="left", offset="1d").describe()
        '[t-7d-1d, t-1d)'
        >>> Window.of(calendar="month", tz="Europe/Berlin", closed="left", rows=3).describe()
        '[month of t in Europe/Berlin, t), last 3 rows'
        """
        left = "[" if self.closed in ("left", "both") else "("
        right = "]" if self.closed in ("right", "both") else ")"
        last = "" if self.rows is None else f", last {self.rows} rows"
        if self.ahead:
            return f"{left}t, t+{self._width()}{right}"
        moved = f"-{durations.text(timedelta(microseconds=self.offset))}" if self.offset else ""
        begin = "(-inf" if self.micros is None else f"{left}t-{self._width()}{moved}"
        if self.calendar is not None:
            begin = f"{left}{self.calendar} of t{f' in {self.tz}' if self.tz != 'UTC' else ''}{moved}"
        return f"{begin}, t{moved}{right}{last}"

    def _width(self) -> str:
        return durations.text(timedelta(microseconds=self.micros or 0))


def series(width: str | timedelta, times: int) -> tuple[Window, ...]:
    """So many consecutive windows of one width, the newest first; their names end in `_0`, `_1` and so on."""
    if not is_positive(times):
        raise DeclarationError(f"times={times!r}: expected how many windows there are, 1 or more.")
    one = Window.of(width)
    assert one.micros is not None
    if times * one.micros > durations.LONGEST:
        raise DeclarationError(f"{times} windows of {width!r} reach back for more than 100,000 years.")
    return tuple(replace(one, text=f"{one.text}_{at}", offset=at * one.micros) for at in range(times))


def is_positive(number: object) -> bool:
    """Whether something is a whole number of 1 or more, and not more than there can be rows in one place."""
    return isinstance(number, int) and not isinstance(number, bool) and 1 <= number < 2**31


def checked_period(period: str) -> Period:
    """`period` itself if it is one of a calendar's."""
    if period not in get_args(Period):
        raise DeclarationError(f"calendar={period!r}: expected one of {', '.join(map(repr, get_args(Period)))}.")
    return cast("Period", period)


def checked_zone(name: str) -> str:
    """`name` itself if it is a time zone of the IANA database."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, TypeError, OSError) as error:
        raise DeclarationError(
            f"tz={name!r} is no time zone: expected a name of the IANA database, such as 'Europe/Berlin'."
        ) from error
    return name


def checked_closed(closed: str | None) -> Closed | None:
    """`closed` itself if it names a side, or None; else an error."""
    if closed is not None and closed not in get_args(Closed):
        raise DeclarationError(f"closed={closed!r}: expected one of {', '.join(map(repr, get_args(Closed)))}.")
    return cast("Closed | None", closed)
