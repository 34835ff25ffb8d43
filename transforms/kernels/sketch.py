"""HyperLogLog: about how many values there are, of the hashes of the values."""

import math

import numpy as np
from numba import njit

from ropeway.transforms.kernels.moving import longest_key, moves
from ropeway.transforms.kernels.wide import compiled, leading_zeros

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


@compiled
def sketches(  # type: ignore[no-untyped-def]
    tile, starts, query_starts, hashes, mask, lo, hi, enter_order, leave_order, alive, precision, table, found_at
):
    """table[found_at + w, q]: about how many different hashes the masked rows of window w have. Whole keys.

    Of each register it is counted how many rows have each rank, so that a row can be taken away again.
    """
    longest = longest_key(tile, starts)
    out = np.empty(2 * longest, np.int32)
    upto = np.empty(tile[5] - tile[4], np.int64)
    counts = np.zeros((1 << precision, RANKS), np.int32)
    there = np.zeros(1 << precision, np.uint64)  # bit r: a row has rank r
    registers = np.zeros(RANKS, np.int64)
    registers[0] = 1 << precision
    for k in range(tile[0], tile[1]):
        first_query = query_starts[k]
        last_query = query_starts[k + 1]
        if first_query == last_query:
            continue
        begin = starts[k]
        for w in range(lo.shape[0]):
            moves(k, w, starts, query_starts, mask, lo, hi, enter_order, leave_order, alive, out, upto)
            at = 0
            for q in range(first_query, last_query):
                for j in range(at, upto[q - first_query]):
                    _change(np.int64(out[j]), begin, hashes, precision, counts, there, registers)
                at = upto[q - first_query]
                table[found_at + w, q] = estimate(registers, precision)
            # all that is still there leaves: as many steps as there were, where clearing would cost as much as m rows
            for j in range(at):
                i = np.int64(out[j])
                if i >= 0:
                    _clear(i, begin, hashes, precision, counts, there)
            registers[:] = 0
            registers[0] = 1 << precision


@njit(nogil=True, cache=True)
def _change(move, begin, hashes, precision, counts, there, registers):  # type: ignore[no-untyped-def]
    register, rank = place(hashes[begin + (move if move >= 0 else ~move)], precision)
    bits = there[register]
    before = np.int64(63) - leading_zeros(bits) if bits != np.uint64(0) else np.int64(0)
    if move >= 0:
        counts[register, rank] += np.int32(1)
        bits |= np.uint64(1) << np.uint64(rank)
    else:
        counts[register, rank] -= np.int32(1)
        if counts[register, rank] == 0:
            bits &= ~(np.uint64(1) << np.uint64(rank))
    there[register] = bits
    after = np.int64(63) - leading_zeros(bits) if bits != np.uint64(0) else np.int64(0)
    if before != after:
        registers[before] -= 1
        registers[after] += 1


@njit(nogil=True, cache=True)
def _clear(i, begin, hashes, precision, counts, there):  # type: ignore[no-untyped-def]
    register, rank = place(hashes[begin + i], precision)
    counts[register, rank] = np.int32(0)
    there[register] = np.uint64(0)
