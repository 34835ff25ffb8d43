"""Windows as a feature declares them: checked, as code, and as JSON data."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

from ropeway.features import code
from ropeway.features.declaration import without_defaults
from ropeway.transforms import durations
from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.windows import Closed, Period, Window, series

#: the text of a window with a width: as it was written, then its place in a series
_WRITTEN = re.compile(r"(?P<width>[0-9]+[a-z]+)(_(?P<at>[0-9]+))?(_rows[0-9]+)?")


def windows(width: str | timedelta, *, times: int) -> tuple[Window, ...]:
    """So many windows of one width, one after the other, the newest first, for `.over(*...)`.

    Window `i` is moved back by `i` widths, and its name ends in `_i`: no row is in two of them.

    >>> import ropeway as rw
    >>> rw.sum("x").over(*rw.windows("1d", times=7)).short_names()
    ('x_sum_1d_0', 'x_sum_1d_1', 'x_sum_1d_2', 'x_sum_1d_3', 'x_sum_1d_4', 'x_sum_1d_5', 'x_sum_1d_6')
    >>> rw.sum("x").over(*rw.windows("1d", times=7)[-2:])
    sum("x").over(*windows("1d", times=7)[5:])
    """
    return series(_length(width), times)


def declared_windows(
    widths: Sequence[str | timedelta | Window],
    *,
    closed: Closed | None,
    offset: str | timedelta | None,
    rows: int | None,
    calendar: Period | None,
    tz: str | None,
) -> tuple[Window, ...]:
    """The windows that the arguments of `Feature.over` mean; none where they name none."""
    options: dict[str, Any] = {"closed": closed, "offset": offset, "rows": rows, "calendar": calendar, "tz": tz}
    made = []
    for width in widths:
        if isinstance(width, Window):
            made.append(_in_series(width, options))
        else:
            made.append(Window.of(_length(width), **options))
    if not widths and (rows is not None or calendar is not None or tz is not None):
        made.append(Window.of(**options))
    return tuple(made)


def ahead_windows(widths: Sequence[str | timedelta]) -> tuple[Window, ...]:
    """The windows that the arguments of `Feature.ahead` mean."""
    return tuple(Window.in_front(_length(width)) for width in widths)


def stored_window(window: Window) -> dict[str, Any]:
    """A window as JSON data."""
    width, at, offset = _parts(window)
    return without_defaults(
        {
            "width": width,
            "at": at,
            "closed": None if window.ahead else window.closed,
            "offset": _duration(offset) if offset and not window.ahead else None,
            "rows": window.rows,
            "calendar": window.calendar,
            "tz": window.tz if window.tz != "UTC" else None,
            "ahead": window.ahead or None,
        }
    )


def restored_window(data: Mapping[str, Any]) -> Window:
    """The window of which `stored_window` made `data`."""
    options = dict(data)
    width, at = options.pop("width", None), options.pop("at", None)
    if options.pop("ahead", False):
        return Window.in_front(_length(width))
    if at is not None:
        return _in_series(_in_place(_length(width), at), options)
    made = Window.of(width, **options)
    if made.is_everything:
        raise DeclarationError(f"A stored window is broken: expected a width, rows or a calendar, got {data!r}.")
    return made


def windows_text(windows: Sequence[Window]) -> str:
    """The call that declares the windows; nothing where there are none."""
    made = ""
    for same in dict.fromkeys(map(_options, windows)):
        of_them = [window for window in windows if _options(window) == same]
        made += code.call(".ahead" if of_them[0].ahead else ".over", *_widths(of_them), *same)
    return made


def _in_series(window: Window, options: Mapping[str, Any]) -> Window:
    """A window of a series, moved, closed or cut to so many rows besides."""
    width, at, _ = _parts(window)
    if width is None or at is None or window != _in_place(width, at):
        raise DeclarationError(
            f".over(): {window!r} is no window of a series: expected what rw.windows('1d', times=7) gives, or lengths "
            f"such as '7d'."
        )
    given = Window.of(width, **options)
    return dataclasses.replace(
        given,
        text=window.text if given.rows is None else f"{window.text}_rows{given.rows}",
        offset=window.offset + given.offset,
    )


def _in_place(width: str | timedelta, at: int) -> Window:
    """One window of a series."""
    one = Window.of(width)
    return dataclasses.replace(one, text=f"{one.text}_{at}", offset=at * (one.micros or 0))


def _length(width: str | timedelta) -> str | timedelta:
    """`width` itself if it is a length, which None is not."""
    durations.micros(width, "window")
    return width


def _parts(window: Window) -> tuple[str | None, int | None, int]:
    """The width as it was written, the place in a series, and the offset beside what that place says."""
    written = _WRITTEN.fullmatch(window.text)
    if window.micros is None or written is None:
        return None, None, window.offset
    if written["at"] is None:
        return written["width"], None, window.offset
    return written["width"], int(written["at"]), window.offset - int(written["at"]) * window.micros


def _options(window: Window) -> tuple[str, ...]:
    """The keyword arguments that declare a window beside its width."""
    if window.ahead:
        return ()
    _, _, offset = _parts(window)
    return (
        *code.keyword("closed", window.closed and code.quoted(window.closed)),
        *code.keyword("offset", code.quoted(_duration(offset)) if offset else None),
        *code.keyword("rows", None if window.rows is None else str(window.rows)),
        *code.keyword("calendar", window.calendar and code.quoted(window.calendar)),
        *code.keyword("tz", code.quoted(window.tz) if window.tz != "UTC" else None),
    )


def _widths(windows: Sequence[Window]) -> list[str]:
    """The positional arguments that declare the windows: neighbours in a series as one."""
    made = []
    parts = [(width, at) for width, at, _ in map(_parts, windows) if width is not None]
    runs = groupby(enumerate(parts), lambda one: (one[1][0], None if one[1][1] is None else one[1][1] - one[0]))
    for (width, begin), run in runs:
        places = [at for _, (_, at) in run]
        if begin is None:
            made += [code.quoted(width)] * len(places)
            continue
        first, last = places[0], places[-1]
        assert first is not None
        assert last is not None
        made.append(f"*windows({code.quoted(width)}, times={last + 1}){f'[{first}:]' if first else ''}")
    return made


def _duration(micros: int) -> str:
    return durations.text(timedelta(microseconds=micros))
