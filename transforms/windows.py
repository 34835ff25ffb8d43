"""Windows: which rows before a query time take part, as data."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, cast, get_args

from ropeway.transforms import durations
from ropeway.transforms.errors import DeclarationError

Closed = Literal["left", "right", "both", "neither"]

#: The value of `Window.micros` of a window over all history.
ALL = None


@dataclass(frozen=True)
class Window:
    """The rows with `t - width - offset <= timestamp < t - offset` (closed left), known before `t`.

    `micros` is the width in microseconds, None for all history. `text` is the suffix of output names, "" for none.
    `closed` is None where the view decides. `offset` is in microseconds.

    >>> Window.of("7d").micros
    604800000000
    """

    micros: int | None = ALL
    text: str = ""
    closed: Closed | None = None
    offset: int = 0

    @staticmethod
    def of(width: str | timedelta, *, closed: Closed | None = None, offset: str | timedelta | None = None) -> "Window":
        """A window of `width` (see `durations.micros`), moved back by `offset`. A width <= 0 raises."""
        length = durations.micros(width, "window")
        if length <= 0:
            raise DeclarationError(f"A window must be longer than nothing, and {width!r} is not.")
        moved = 0 if offset is None else durations.micros(offset, "offset")
        if moved < 0:
            raise DeclarationError(f"An offset moves a window back in time and can't be negative: {offset!r}.")
        return Window(length, durations.text(width), checked_closed(closed), moved)

    def describe(self) -> str:
        """The window as an interval of event time.

        >>> Window.of("7d", closed="left", offset="1d").describe()
        '[t-7d-1d, t-1d)'
        """
        moved = f"-{durations.text(timedelta(microseconds=self.offset))}" if self.offset else ""
        left = "[" if self.closed in ("left", "both") else "("
        right = "]" if self.closed in ("right", "both") else ")"
        begin = "(-inf" if self.micros is None else f"{left}t-{self._width()}{moved}"
        return f"{begin}, t{moved}{right}"

    def _width(self) -> str:
        return self.text or durations.text(timedelta(microseconds=self.micros or 0))


def checked_closed(closed: str | None) -> Closed | None:
    """`closed` itself if it names a side, or None; else an error."""
    if closed is not None and closed not in get_args(Closed):
        raise DeclarationError(f"closed={closed!r}: expected one of {', '.join(map(repr, get_args(Closed)))}.")
    return cast("Closed | None", closed)
