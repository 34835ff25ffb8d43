"""When two answers are one: floats in every bit but NaN's, unless the oracle's is a `Near`."""

import math
from dataclasses import dataclass
from typing import Any

#: of what one formula over exact sums may lose
_RELATIVE, _LEAST = 1e-12, 1e-300


@dataclass(frozen=True)
class Near:
    """An answer that an engine may miss by `within`. Zeros of either sign are one."""

    value: float
    within: float = 0.0

    def holds(self, got: Any) -> bool:
        """Whether that is near enough; NaN is near to NaN only."""
        if got is None:
            return False
        if math.isnan(self.value) or math.isnan(got):
            return math.isnan(self.value) and math.isnan(got)
        return bool(got == self.value or abs(got - self.value) <= self.within)


def near(value: float, beside: float = 0.0) -> Near:
    """The exact answer, rounded; `beside` is the size of what it is the small difference of."""
    return Near(value, max(_LEAST, _RELATIVE * (abs(value) + beside)) if math.isfinite(value) else 0.0)


def same(got: Any, right: Any) -> bool:
    """Whether an answer is that of the oracle, or of another engine; maps are pairs in order, or a dict."""
    if isinstance(right, Near):
        return right.holds(got)
    if got is None or right is None:
        return got is None and right is None
    right = list(right.items()) if isinstance(right, dict) else right
    if isinstance(right, list | tuple):
        return len(got) == len(right) and all(map(same, got, right))
    if isinstance(right, float):
        return repr(float(got)) == repr(right)
    return bool(got == right)
