"""MurmurHash3 of bytes, 32 bits (Appleby 2011): the hash of scikit-learn's hashers, seed 0, and of Spark's, seed 42."""

import numpy as np

from ropeway.transforms.kernels.wide import compiled

_LOW = np.uint64(0xFFFFFFFF)
_ONE = np.uint64(0xCC9E2D51)
_OTHER = np.uint64(0x1B873593)


@compiled
def _rotated(word, by):  # type: ignore[no-untyped-def]
    return ((word << by) | (word >> (np.uint64(32) - by))) & _LOW


@compiled
def murmur3(letters, first, end, seed):  # type: ignore[no-untyped-def]
    """The hash of letters[first:end], uint8, as a signed integer of 32 bits in an int64.

    >>> murmur3(np.frombuffer(b"JFK", np.uint8), 0, 3, 0)
    -1123717656
    """
    word = np.uint64(seed) & _LOW
    size = end - first
    whole = size - size % 4
    for at in range(first, first + whole, 4):
        part = np.uint64(letters[at]) | np.uint64(letters[at + 1]) << np.uint64(8)
        part |= np.uint64(letters[at + 2]) << np.uint64(16) | np.uint64(letters[at + 3]) << np.uint64(24)
        part = _rotated((part * _ONE) & _LOW, np.uint64(15))
        word ^= (part * _OTHER) & _LOW
        word = (_rotated(word, np.uint64(13)) * np.uint64(5) + np.uint64(0xE6546B64)) & _LOW
    part = np.uint64(0)
    for at in range(first + whole, end):
        part |= np.uint64(letters[at]) << np.uint64(8 * (at - first - whole))
    if end > first + whole:
        word ^= (_rotated((part * _ONE) & _LOW, np.uint64(15)) * _OTHER) & _LOW
    word ^= np.uint64(size)
    word = ((word ^ (word >> np.uint64(16))) * np.uint64(0x85EBCA6B)) & _LOW
    word = ((word ^ (word >> np.uint64(13))) * np.uint64(0xC2B2AE35)) & _LOW
    word ^= word >> np.uint64(16)
    signed = np.int64(word)
    return signed - np.int64(1 << 32) if signed >= np.int64(1 << 31) else signed


@compiled
def murmur3_of(bounds, letters, seed, hashes):  # type: ignore[no-untyped-def]
    """The hashes of letters[bounds[i]:bounds[i + 1]], of which there is one less than bounds, into int64s."""
    for i in range(len(bounds) - 1):
        hashes[i] = murmur3(letters, bounds[i], bounds[i + 1], seed)
