"""Dense codes of integers, by a hash table.

The table, int32[2^bits], holds codes alone, -1 in a free slot: a value is compared with that of the code which it
finds. That the first one found is the right one is so likely that the processor goes on meanwhile.
"""

import numpy as np
from numba import njit

from ropeway.transforms.kernels.wide import product_high


@njit(nogil=True, cache=True, inline="always")
def _slot(value, bits):  # type: ignore[no-untyped-def]
    """Both halves of a product of 128 bits, folded: each bit of the value reaches all of the slot's."""
    mixed = np.uint64(value) ^ np.uint64(0x9E3779B97F4A7C15)
    factor = np.uint64(0xD6E8FEB86659FD93)
    return np.int64((product_high(mixed, factor) ^ (mixed * factor)) >> np.uint64(64 - bits))


@njit(nogil=True, cache=True)
def encode(begin, values, mask, bits, table, distinct, size, codes):  # type: ignore[no-untyped-def]
    """(row, size): codes[row] of the rows from `begin` on, up to one for whose value `distinct` has no room.

    Codes are numbered as values appear: code c is that of distinct[c], and `size` of them are known. A row whose mask
    is 0 has the code -1; no mask, no such row.
    """
    masked = len(mask) > 0
    last_slot = len(table) - 1
    for i in range(begin, len(values)):
        if masked and mask[i] == 0:
            codes[i] = -1
            continue
        value = values[i]
        at = _slot(value, bits)
        code = table[at]
        while code >= 0 and distinct[code] != value:
            at = (at + 1) & last_slot
            code = table[at]
        if code < 0:
            if size == len(distinct):
                return i, size
            code = np.int32(size)
            table[at] = code
            distinct[size] = value
            size += 1
        codes[i] = code
    return len(values), size


@njit(nogil=True, cache=True)
def find(values, mask, bits, table, distinct, codes):  # type: ignore[no-untyped-def]
    """codes[row] of all rows; -1 for a value that is not known, and where the mask is 0."""
    masked = len(mask) > 0
    last_slot = len(table) - 1
    for i in range(len(values)):
        if masked and mask[i] == 0:
            codes[i] = -1
            continue
        value = values[i]
        at = _slot(value, bits)
        code = table[at]
        while code >= 0 and distinct[code] != value:
            at = (at + 1) & last_slot
            code = table[at]
        codes[i] = code


@njit(nogil=True, cache=True)
def enter(distinct, size, bits, table):  # type: ignore[no-untyped-def]
    """Write the known values into a larger table, which is empty."""
    last_slot = len(table) - 1
    for code in range(size):
        at = _slot(distinct[code], bits)
        while table[at] >= 0:
            at = (at + 1) & last_slot
        table[at] = code


@njit(nogil=True, cache=True)
def renumber(first, last, numbers, codes):  # type: ignore[no-untyped-def]
    """codes[i] becomes numbers[codes[i]]; those < 0 stay."""
    for i in range(first, last):
        if codes[i] >= 0:
            codes[i] = numbers[codes[i]]
