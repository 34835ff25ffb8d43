"""HyperLogLog: about how many values there are, of the hashes of the values."""

import math

import numpy as np
from numba import njit

#: registers hold the place of the first bit that is set, 0 for none: up to 64 - 4 + 1
RANKS = 64


@njit(nogil=True, cache=True)
def place(hashed, precision):  # type: ignore[no-untyped-def]
    """(register, rank) of a uint64: its upper bits, and where the first 1 of the others stands, from 1 on."""
    register = np.int64(hashed >> np.uint64(64 - precision))
    rest = hashed << np.uint64(precision)
    rank = np.int64(1)
    while rank <= 64 - precision and rest >> np.uint64(63) == np.uint64(0):
        rest = rest << np.uint64(1)
        rank += 1
    return register, rank


@njit(nogil=True, cache=True)
def _sigma(x):  # type: ignore[no-untyped-def]
    if x == 1.0:
        return math.inf
    y = 1.0
    z = x
    while True:
        x = x * x
        before = z
        z = z + x * y
        y = y + y
        if z == before:
            return z


@njit(nogil=True, cache=True)
def _tau(x):  # type: ignore[no-untyped-def]
    if x == 0.0 or x == 1.0:  # noqa: PLR1714 - compiled
        return 0.0
    y = 1.0
    z = 1.0 - x
    while True:
        x = math.sqrt(x)
        before = z
        y = 0.5 * y
        z = z - (1.0 - x) * (1.0 - x) * y
        if z == before:
            return z / 3.0


@njit(nogil=True, cache=True)
def estimate(registers, precision):  # type: ignore[no-untyped-def]
    """About how many values there are; registers[r], int64[RANKS]: how many registers hold the rank r.

    Ertl's improved estimator, arXiv:1702.01284, algorithm 6; to the nearest integer.
    """
    m = 1 << precision
    if registers[0] == m:
        return np.int64(0)
    most = 64 - precision
    z = m * _tau(1.0 - registers[most + 1] / m)
    for rank in range(most, 0, -1):
        z = 0.5 * (z + registers[rank])
    z = z + m * _sigma(registers[0] / m)
    return np.int64(math.floor(m * m / (2.0 * math.log(2.0) * z) + 0.5))
