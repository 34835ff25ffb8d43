"""Quantiles, exactly: by the `linear` rule of numpy."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, ClassVar

import pyarrow as pa

from ropeway.transforms.aggregates.base import Aggregate, Row, is_number
from ropeway.transforms.aggregates.tallies import Counts, counted, uncounted
from ropeway.transforms.errors import DeclarationError


@dataclass(frozen=True)
class Median(Aggregate):
    """The middle value, or the mean of the two middle ones; float64, null where there is none.

    Each value is rounded to float64 first, which matters to integers above 2^53 and to decimals. State per key and
    window: each distinct value with its sign, since -0.0 stands before 0.0, and how often it is there.
    """

    name = "median"
    family = "quantile"
    brief = False
    reverts = True

    @property
    def level(self) -> float:
        """The share of values that lie below."""
        return 0.5

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        if not is_number(taken):
            raise self.refuse(taken, "numbers or booleans")
        return pa.float64()

    def start(self) -> Counts:
        return {}

    def of(self, row: Row) -> Counts:
        value = float(row.value)
        return {(value, math.copysign(1.0, value)): 1}

    def merge(self, one: Counts, other: Counts) -> Counts:
        return counted(one, other)

    def negative(self, state: Counts) -> Counts:
        return uncounted(state)

    def finish(self, state: Counts, t: int = 0) -> float | None:
        if not state:
            return None
        values = sorted(state)
        below = list(accumulate(state[value] for value in values))
        place = self.level * (below[-1] - 1)
        lower = math.floor(place)
        at = next(number for number, held in enumerate(below) if held > lower)
        a = values[at][0]
        b = values[at + 1][0] if lower + 1 == below[at] < below[-1] else a
        return _between(a, b, place - lower)


def _between(a: float, b: float, share: float) -> float:
    """What lies between two values, as numpy has it: reckoned from the nearer one."""
    if share == 0.0 or a == b:
        return a
    wide = b - a
    if math.isinf(wide) and math.isfinite(a) and math.isfinite(b):
        return a * (1.0 - share) + b * share
    return a + wide * share if share < 0.5 else b - wide * (1.0 - share)


@dataclass(frozen=True)
class Quantile(Median):
    """The value below which a share `q` of the values lies: that at the place q * (n - 1) among n values in order.

    Between two places it is interpolated linearly. State as `Median`.
    """

    q: float

    name = "quantile"
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = ({"q": 0.0}, {"q": 0.9}, {"q": 1.0})

    def __post_init__(self) -> None:
        given: object = self.q
        if not isinstance(given, int | float) or isinstance(given, bool) or not 0 <= given <= 1:
            raise DeclarationError(f"{self.name}(): q={given!r}: expected a share, from 0 to 1.")
        object.__setattr__(self, "q", float(given))

    @property
    def level(self) -> float:
        return self.q
