"""One row of each window: the least and the greatest value, the oldest or newest row."""

import numpy as np
from numba import njit

from ropeway.transforms.kernels.wide import inlined

#: rows of a key that are summed up by their least and greatest value; two blocks at most are looked through whole
BLOCK = 64

_LEAST = np.int64(-0x8000000000000000)
_MOST = np.int64(0x7FFFFFFFFFFFFFFF)


@inlined
def _scan(values, mask, flip, begin, end, least, most):  # type: ignore[no-untyped-def]
    """(least, most) of what they are and of the masked values at [begin, end); no mask: of all.

    `flip` puts the bits of floats into the order of the floats, -0.0 before 0.0, and is 0 for integers. Without a
    branch, so that it is done several values at a time.
    """
    if len(mask) == 0:
        for i in range(begin, end):
            value = values[i] ^ ((values[i] >> np.int64(63)) & flip)
            least = min(least, value)
            most = max(most, value)
    else:
        for i in range(begin, end):
            value = values[i] ^ ((values[i] >> np.int64(63)) & flip)
            least = min(least, value if mask[i] != 0 else _MOST)
            most = max(most, value if mask[i] != 0 else _LEAST)
    return least, most


@njit(nogil=True, cache=True)
def tables(values, mask, is_float, begin, end):  # type: ignore[no-untyped-def]
    """(lows, highs) of rows [begin, end): [l, b] is that of the 2^l blocks from block b on, as far as they go."""
    flip = _MOST if is_float != 0 else np.int64(0)
    blocks = (end - begin + BLOCK - 1) // BLOCK
    levels = 1
    while 1 << levels <= blocks:
        levels += 1
    lows = np.empty((levels, blocks), np.int64)
    highs = np.empty((levels, blocks), np.int64)
    for b in range(blocks):
        first = begin + b * BLOCK
        lows[0, b], highs[0, b] = _scan(values, mask, flip, first, min(first + BLOCK, end), _MOST, _LEAST)
    for level in range(1, levels):
        half = 1 << (level - 1)
        for b in range(blocks):
            other = min(b + half, blocks - 1)
            lows[level, b] = min(lows[level - 1, b], lows[level - 1, other])
            highs[level, b] = max(highs[level - 1, b], highs[level - 1, other])
    return lows, highs


@inlined
def _blocks(lows, highs, first, last, least, most):  # type: ignore[no-untyped-def]
    """(least, most) of what they are and of the blocks [first, last), in two parts that may overlap."""
    level = 0
    while 2 << level <= last - first:
        level += 1
    other = last - (1 << level)
    least = min(least, lows[level, first], lows[level, other])
    most = max(most, highs[level, first], highs[level, other])
    return least, most


@njit(nogil=True, cache=True)
def extremes(  # type: ignore[no-untyped-def]
    tile, starts, query_starts, values, mask, is_float, shortest, lo, hi, lows, highs, table, least_at, greatest_at
):
    """The least and the greatest of the masked values at positions lo[w, q] to hi[q]; 0 for none.

    They are written to table[least_at + w, q] and [greatest_at + w, q], unless the place is < 0. `shortest` holds the
    windows in the order of their length: a longer one only looks at the rows before the one that is next shorter. Of
    many rows the whole blocks are looked up in `tables`: given for a slice of a key, else made for each key that needs
    them.
    """
    flip = _MOST if is_float != 0 else np.int64(0)
    given = lows.shape[0] > 0
    for k in range(tile[0], tile[1]):
        first_query = max(query_starts[k], tile[4])
        last_query = min(query_starts[k + 1], tile[5])
        begin = starts[k]
        known = given
        if not given and starts[k + 1] - begin > 2 * BLOCK:
            longest = shortest[len(shortest) - 1]
            for q in range(first_query, last_query):
                if hi[q] - lo[longest, q] > 2 * BLOCK:
                    known = True
                    break
            if known:
                lows, highs = tables(values, mask, is_float, begin, starts[k + 1])
        for q in range(first_query, last_query):
            low = _MOST
            high = _LEAST
            edge = np.int64(hi[q])
            ended = False  # whether the rows after the last whole block are looked through
            for w in shortest:
                a = np.int64(lo[w, q])
                if known and hi[q] - a > 2 * BLOCK:
                    last = (hi[q] - begin) // BLOCK
                    if not ended:
                        low, high = _scan(values, mask, flip, begin + last * BLOCK, np.int64(hi[q]), low, high)
                        ended = True
                    first = (a - begin + BLOCK - 1) // BLOCK
                    low, high = _scan(values, mask, flip, a, begin + first * BLOCK, low, high)
                    low, high = _blocks(lows, highs, first, last, low, high)
                elif a < edge:
                    low, high = _scan(values, mask, flip, a, edge, low, high)
                    edge = a
                if least_at >= 0:
                    table[least_at + w, q] = low ^ ((low >> np.int64(63)) & flip) if low <= high else np.int64(0)
                if greatest_at >= 0:
                    table[greatest_at + w, q] = high ^ ((high >> np.int64(63)) & flip) if low <= high else np.int64(0)


@njit(nogil=True, cache=True)
def nearest(tile, starts, order, mask, newest, out):  # type: ignore[no-untyped-def]
    """out[i]: the last place up to i (or the first from i on) of `order` whose row is masked, -1 for none in its key.

    Whole keys only.
    """
    for k in range(tile[0], tile[1]):
        seen = np.int32(-1)
        for j in range(starts[k], starts[k + 1]):
            i = j if newest != 0 else starts[k] + starts[k + 1] - 1 - j
            if mask[order[i]] != 0:
                seen = np.int32(i)
            out[i] = seen


@njit(nogil=True, cache=True)
def pick(tile, order, nearby, values, present, newest, lo, hi, table, found_at, valid_at):  # type: ignore[no-untyped-def]
    """The value of the newest (or oldest) masked row of each window, at table[found_at + w, q]; at valid_at + w 1
    where there is such a row and it has a value, else 0.

    `order` holds the positions of each key in full order; it only moves rows of one time, so a window that holds all
    rows of its times is the same range of `order`. `nearby` is by `nearest`; empty if all rows are masked. `present`
    says which rows have a value; empty if all have.
    """
    for w in range(lo.shape[0]):
        for q in range(tile[4], tile[5]):
            a = np.int64(lo[w, q])
            b = np.int64(hi[q])
            at = np.int64(-1)
            if a < b:
                at = b - 1 if newest != 0 else a
                if len(nearby) > 0:
                    at = np.int64(nearby[at])
            inside = a <= at < b
            position = np.int64(order[at]) if inside else np.int64(0)
            found = inside and (len(present) == 0 or present[position] != 0)
            table[found_at + w, q] = values[position] if found else 0
            table[valid_at + w, q] = 1 if found else 0
