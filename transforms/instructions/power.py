"""Sums over values with counts that the likelihood of a power transform is made of."""

import math

import numpy as np

from ropeway.transforms.kernels.wide import compiled


@compiled
def logarithms(values, counts, box_cox, logs):  # type: ignore[no-untyped-def]
    """log x of each value, or log(1 + |x|) with its sign; the sum of them with their counts, and what it lacks."""
    total = 0.0
    lost = 0.0
    for i in range(len(values)):
        x = values[i]
        logs[i] = math.log(x) if box_cox else math.log1p(x) if x >= 0.0 else -math.log1p(-x)
        term = counts[i] * logs[i]
        more = total + term
        lost += (total - more) + term if abs(total) >= abs(term) else (term - more) + total
        total = more
    return np.array([total, lost, 0.0])


@compiled
def powers(logs, counts, exponent, box_cox, shift, made):  # type: ignore[no-untyped-def]
    """The transformed values into `made`; the sum of them with their counts, and what it lacks.

    shift: taken off all logarithms first.
    """
    total = 0.0
    lost = 0.0
    for i in range(len(logs)):
        x = logs[i]
        # log(1 + |x|) has the sign of x, and negative x the exponent 2 - p
        power = exponent if box_cox or x >= 0.0 else exponent - 2.0
        made[i] = x - shift if power == 0.0 else math.expm1(power * (x - shift)) / power
        term = counts[i] * made[i]
        more = total + term
        lost += (total - more) + term if abs(total) >= abs(term) else (term - more) + total
        total = more
    return np.array([total, lost, 0.0])


@compiled
def spread(values, counts, mean):  # type: ignore[no-untyped-def]
    """The sum of the values less a mean with their counts, and that of their squares."""
    total = 0.0
    squares = 0.0
    for i in range(len(values)):
        apart = values[i] - mean
        total += counts[i] * apart
        squares += counts[i] * apart * apart
    return np.array([total, squares, 0.0])
