"""Durations: from how people write them to int64 microseconds, and back to a name."""

import re
from datetime import timedelta

from ropeway.transforms.errors import DeclarationError

MICROS = {
    "us": 1,
    "ms": 1_000,
    "s": 1_000_000,
    "m": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
    "w": 604_800_000_000,
}

#: Longer durations could not be added to a timestamp without care; 100,000 years is enough.
LONGEST = 100_000 * 366 * MICROS["d"]

_WRITTEN = re.compile(r"([0-9]+)(us|ms|s|m|h|d|w)")


def micros(duration: str | timedelta, what: str = "duration") -> int:
    """Microseconds in `duration`: a whole number and one of us, ms, s, m (minute), h, d (24 h), w; or a timedelta.

    `what` names the thing in the error. Raises `DeclarationError` for anything else; zero and negative
    timedeltas are returned, since only the caller knows whether they make sense.

    >>> micros("7d") == 7 * 24 * 3600 * 1_000_000
    True
    >>> micros("1.5h")
    Traceback (most recent call last):
    ropeway.transforms.errors.DeclarationError: '1.5h' is no duration: write a whole number and one of us, ms, ...
    """
    if isinstance(duration, timedelta):
        result = (duration.days * 86_400 + duration.seconds) * 1_000_000 + duration.microseconds
    else:
        match = _WRITTEN.fullmatch(duration) if isinstance(duration, str) else None  # type: ignore[redundant-expr]  # users are not type-checked
        if match is None:
            raise DeclarationError(
                f"{duration!r} is no {what}: write a whole number and one of us, ms, s, m (minute), h, d, w, "
                f"such as '90m', or pass a timedelta."
            )
        result = int(match[1]) * MICROS[match[2]]
    if abs(result) > LONGEST:
        raise DeclarationError(f"The {what} {duration!r} is longer than 100,000 years.")
    return result


def text(duration: str | timedelta) -> str:
    """The name of `duration` in output columns: as it was written, a timedelta in its largest whole unit (d at most).

    >>> text("90m"), text(timedelta(minutes=90)), text(timedelta(days=14))
    ('90m', '90m', '14d')
    """
    if isinstance(duration, str):
        return duration
    total = micros(duration)
    unit = next(unit for unit in ("d", "h", "m", "s", "ms", "us") if total % MICROS[unit] == 0)
    return f"{total // MICROS[unit]}{unit}"
