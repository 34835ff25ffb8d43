"""Which values there are, and where: the oldest and newest, the least and greatest, ages, streaks, quantiles."""

import math
from collections.abc import Callable
from typing import Any

from tests.oracle.nearness import Near
from tests.oracle.wanted import Held, missing, order


def _count(held: Held) -> int:
    return len(held.rows) if held.wanted.column is None else len(held.values())


def _ordered(held: Held) -> list[Any]:
    """The values in the order of their rows, without those that are missing if those are skipped."""
    values = [row[str(held.wanted.column)] for row in held.in_order()]
    return [None if missing(one) else one for one in values if not (held.wanted.skip_null and missing(one))]


def _first(held: Held) -> Any:
    return next(iter(_ordered(held)), None)


def _last(held: Held) -> Any:
    return next(reversed(_ordered(held)), None)


def _first_n(held: Held) -> Any:
    return _ordered(held)[: held.wanted.n] or None


def _last_n(held: Held) -> Any:
    return _ordered(held)[::-1][: held.wanted.n] or None


def _least(held: Held) -> Any:
    return min(held.values(), key=order, default=None)


def _greatest(held: Held) -> Any:
    return max(held.values(), key=order, default=None)


def _bottom_n(held: Held) -> Any:
    return sorted(held.values(), key=order)[: held.wanted.n] or None


def _top_n(held: Held) -> Any:
    return sorted(held.values(), key=order, reverse=True)[: held.wanted.n] or None


def _ages(held: Held) -> list[int]:
    name = held.wanted.column
    return [held.t - row[held.time] for row in held.rows if name is None or not missing(row[name])]


def _since_first(held: Held) -> float | None:
    ages = _ages(held)
    return max(ages) / 1e6 if ages else None


def _since_last(held: Held) -> float | None:
    ages = _ages(held)
    return min(ages) / 1e6 if ages else None


def _longest_streak(held: Held) -> int | None:
    flags = [row[str(held.wanted.column)] for row in held.in_order()]
    flags = [flag for flag in flags if not missing(flag)]
    longest = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        longest = max(longest, run)
    return longest if flags else None


def _quantile(held: Held) -> Any:
    values = sorted(map(float, held.values()))
    if not values:
        return None
    place = (0.5 if held.wanted.q is None else held.wanted.q) * (len(values) - 1)
    at = math.floor(place)
    made = between(values[at], values[min(at + 1, len(values) - 1)], place - at)
    return Near(made) if made == 0 else made


def between(a: float, b: float, t: float) -> float:
    """The number at the share t of the way from a to b, as numpy has it; of large ones that it has none for, too."""
    if a == b or t == 0:
        return a
    way = b - a
    if math.isinf(way) and math.isfinite(a) and math.isfinite(b):
        return a * (1 - t) + b * t
    return a + way * t if t < 0.5 else b - way * (1 - t)


ANSWERS: dict[str, Callable[[Held], Any]] = {
    "count": _count,
    "first": _first,
    "last": _last,
    "first_n": _first_n,
    "last_n": _last_n,
    "min": _least,
    "all": _least,
    "max": _greatest,
    "any": _greatest,
    "bottom_n": _bottom_n,
    "top_n": _top_n,
    "time_since_first": _since_first,
    "time_since_last": _since_last,
    "longest_streak": _longest_streak,
    "median": _quantile,
    "quantile": _quantile,
}
