"""When the session of the newest row began."""

from collections.abc import Callable
from typing import Any

from tests.oracle.wanted import Held


def _session_start(held: Held) -> int | None:
    """The first time of the last run of times of which none comes more than `gap` after the one before."""
    assert held.wanted.gap is not None
    begun = before = None
    for at in sorted(row[held.time] for row in held.rows):
        if before is None or at - before > held.wanted.gap:
            begun = at
        before = at
    return begun


ANSWERS: dict[str, Callable[[Held], Any]] = {"session_start": _session_start}
