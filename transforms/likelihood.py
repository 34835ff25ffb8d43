"""The exponent that makes numbers most like a normal distribution, by maximum likelihood, of values with counts.

Values rise, each once, so that what is found depends on the numbers alone and not on the order in which they came.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ropeway.transforms import threads
from ropeway.transforms.instructions.power import logarithms, powers, spread

Floats = npt.NDArray[np.float64]

#: values of one piece of work: sums of pieces are added in their order, whatever the number of threads
_PIECE = 1 << 15
#: more distinct values than the first are looked at by about as many as the second says before
_MANY, _FEW = 1 << 16, 1 << 13
#: the precision of scipy's Brent
_TOLERANCE = 1.48e-8
_GOLDEN = 0.5 * (3.0 - math.sqrt(5.0))


class Likelihood:
    """What the data says of exponents; `values` rise, `counts` is how often each was there."""

    def __init__(self, values: Floats, counts: npt.NDArray[Any], *, box_cox: bool) -> None:
        self.box_cox = box_cox
        self.values = np.ascontiguousarray(values)
        self.counts = counts.astype(np.float64)
        self.size = float(counts.sum())
        self.logs, self._made = np.empty((2, len(values)))
        found = self._summed(lambda some: logarithms(self.values[some], self.counts[some], box_cox, self.logs[some]))
        self.log_sum = found[0] + found[1]

    def best(self) -> float:
        """The exponent of the greatest likelihood; 1 of values without spread."""
        if len(self.values) < 2:
            return 1.0
        low, high = self._bounds()
        if len(self.values) > _MANY:
            # every so many-th value says about where it is, which saves most looks at all of them
            every = len(self.values) // _FEW
            about = Likelihood(self.values[::every], self.counts[::every], box_cox=self.box_cox).best()
            near = 0.05 * (1.0 + abs(about))
            ends = max(low, about - near), min(high, about + near)
            found = _least(self.badness, *ends)
            if ends[0] + 0.1 * near < found < ends[1] - 0.1 * near:
                return found
        return _least(self.badness, low, high)

    def badness(self, exponent: float) -> float:
        """The negative log-likelihood, less what does not depend on the exponent; infinite where it overflows."""
        power, shift = exponent, 0.0
        low, high = float(self.logs[0]), float(self.logs[-1])
        if self.box_cox or low >= 0.0 or high <= 0.0:
            # x^p = s^p (x / s)^p: of the s with the largest power no other overflows, or is lost beside a constant
            power = exponent if self.box_cox or low >= 0.0 else exponent - 2.0
            shift = high if power > 0.0 else low
        variance = self.moments(exponent, shift)[1]
        if not 0.0 < variance < math.inf:
            return math.inf
        spread = 0.5 * math.log(variance) + (power * shift if shift else 0.0)
        return self.size * spread - (exponent - 1.0) * self.log_sum

    def moments(self, exponent: float, shift: float = 0.0) -> tuple[float, float]:
        """Mean and variance of the values with this exponent; `shift` is taken off their logarithms first."""
        made = self._made
        total, lost, _ = self._summed(
            lambda some: powers(self.logs[some], self.counts[some], exponent, self.box_cox, shift, made[some])
        )
        mean = (total + lost) / self.size
        if not math.isfinite(mean):
            return mean, math.inf
        total, squares, _ = self._summed(lambda some: spread(made[some], self.counts[some], mean))
        return mean + total / self.size, squares / self.size

    def _summed(self, work: Callable[[slice], Floats]) -> list[float]:
        parts = max(1, -(-len(self.values) // _PIECE))
        found = np.zeros((parts, 3))

        def one(part: int) -> None:
            found[part] = work(slice(part * _PIECE, (part + 1) * _PIECE))

        threads.each(one, parts, threads.threads())
        return [math.fsum(column) if np.isfinite(column).all() else math.inf for column in found.T]

    def _bounds(self) -> tuple[float, float]:
        """Between which exponents no power over- or underflows: as scipy has it, half of the range of floats."""
        low, high = float(self.logs[0]), float(self.logs[-1])
        widest = max(abs(low), abs(high), 1e-3) + 3.0
        most = 340.0 / widest
        if self.box_cox or low >= 0.0:
            return -most, most
        if high <= 0.0:
            return 2.0 - most, 2.0 + most
        return 2.0 - most, most


def _least(of: Callable[[float], float], low: float, high: float) -> float:
    """Where a function with one valley is least (Brent 1973, chapter 5)."""
    x = second = third = low + _GOLDEN * (high - low)
    at_x = at_second = at_third = of(x)
    last = before = 0.0
    for _ in range(500):
        middle = 0.5 * (low + high)
        near = math.sqrt(2.2e-16) * abs(x) + _TOLERANCE / 3.0
        if abs(x - middle) <= 2.0 * near - 0.5 * (high - low):
            break
        golden = True
        if abs(before) > near:
            r = (x - second) * (at_x - at_third)
            q = (x - third) * (at_x - at_second)
            p = (x - third) * q - (x - second) * r
            q = 2.0 * (q - r)
            p = -p if q > 0.0 else p
            q = abs(q)
            if abs(p) < abs(0.5 * q * before) and q * (low - x) < p < q * (high - x):
                before, last = last, p / q
                golden = False
                if x + last - low < 2.0 * near or high - x - last < 2.0 * near:
                    last = near if x < middle else -near
        if golden:
            before = (low if x >= middle else high) - x
            last = _GOLDEN * before
        tried = x + (last if abs(last) >= near else math.copysign(near, last))
        at = of(tried)
        if at <= at_x:
            low, high = (x, high) if tried >= x else (low, x)
            third, second, x = second, x, tried
            at_third, at_second, at_x = at_second, at_x, at
        else:
            low, high = (tried, high) if tried < x else (low, tried)
            if at <= at_second or second == x:
                third, second, at_third, at_second = second, tried, at_second, at
            elif at <= at_third or third in (x, second):
                third, at_third = tried, at
    return x
