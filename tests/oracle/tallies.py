"""How often each value is there."""

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.oracle.nearness import Near
from tests.oracle.wanted import Held, order

#: standard errors by which an estimate may be off: 1 in 2 million, were it normal
_ERRORS = 5


def _tally(held: Held) -> list[tuple[Any, int]]:
    """Values and counts, the most frequent first, then the least; -0.0 is 0.0."""
    counts = Counter(value + 0.0 if isinstance(value, float) else value for value in held.values())
    return sorted(counts.items(), key=lambda pair: (-pair[1], order(pair[0])))


def _distinct(held: Held) -> int:
    return len(_tally(held))


def _about(held: Held) -> Any:
    """Besides its standard error, of few values two or three can share a register and so go unseen."""
    n = len(_tally(held))
    return Near(n, 2 + _ERRORS * 1.04 * n / math.sqrt(2**held.wanted.precision)) if n else 0


def _mode(held: Held) -> Any:
    tally = _tally(held)
    return tally[0][0] if tally else None


def _mode_share(held: Held) -> float | None:
    tally = _tally(held)
    return tally[0][1] / sum(count for _, count in tally) if tally else None


def _entropy(held: Held) -> Near | None:
    counts = [count for _, count in _tally(held)]
    n = sum(counts)
    # an engine may take the difference of two logarithms of up to n
    return Near(math.fsum(c / n * math.log(n / c) for c in counts), 1e-12 * (1 + math.log(n))) if n else None


def _histogram(held: Held) -> list[tuple[Any, int]] | None:
    return _tally(held)[: held.wanted.n] or None


ANSWERS: dict[str, Callable[[Held], Any]] = {
    "count_distinct": _distinct,
    "approx_count_distinct": _about,
    "mode": _mode,
    "mode_share": _mode_share,
    "entropy": _entropy,
    "histogram": _histogram,
}
