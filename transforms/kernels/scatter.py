"""Rows into parts: hashes of key values, and a stable order of rows by the number of their part."""

import numpy as np
from numba import njit


@njit(nogil=True, cache=True, inline="always")
def _mixed(z):  # type: ignore[no-untyped-def]
    """The finaliser of SplitMix64: each bit of the input changes half of those that come out."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(nogil=True, cache=True)
def hash_ints(values, hashes):  # type: ignore[no-untyped-def]
    """Fold int64 values into uint64 hashes."""
    for i in range(len(values)):
        hashes[i] = _mixed(hashes[i] * np.uint64(0x9E3779B97F4A7C15) + np.uint64(values[i]))


@njit(nogil=True, cache=True)
def hash_bytes(offsets, data, hashes):  # type: ignore[no-untyped-def]
    """Fold byte strings data[offsets[i]:offsets[i + 1]], eight bytes at a time and their length, into uint64 hashes."""
    for i in range(len(offsets) - 1):
        begin = offsets[i]
        length = offsets[i + 1] - begin
        total = hashes[i] * np.uint64(0x9E3779B97F4A7C15) + np.uint64(length)
        for a in range(0, length, 8):
            word = np.uint64(0)
            for b in range(min(8, length - a)):
                word |= np.uint64(data[begin + a + b]) << np.uint64(8 * b)
            total = _mixed(total ^ word)
        hashes[i] = _mixed(total)


@njit(nogil=True, cache=True)
def order_by_part(parts, starts, order):  # type: ignore[no-untyped-def]
    """Row numbers by part, stable: those of part p stand in order[starts[p]:starts[p + 1]]; both are written."""
    for i in range(len(parts)):
        starts[parts[i] + 1] += 1
    for p in range(len(starts) - 1):
        starts[p + 1] += starts[p]
    fill = starts.copy()
    for i in range(len(parts)):
        part = parts[i]
        order[fill[part]] = i
        fill[part] += 1
