"""Windows over rows that become known later than they happen.

Such rows don't enter in time order. A row enters at the later of its time, moved by the offset, and the instant at
which it is known; it leaves when the window's left edge passes its time. So counts and sums are those of the rows that
have entered, less those that have left; extremes and picks take a heap. Tiles (`ranges`) hold whole keys here.

Of a group of windows: `lo` are positions in time order, `hi` positions in `enter_order`, which holds the positions of
each key by `enter`, int64[events], the instant from which each row takes part. `stamps` says when it happened,
reach, int64[windows], how long after that it leaves, and `inclusive` whether it still takes part at that instant.
"""

import numpy as np
from numba import njit

from ropeway.transforms.kernels.exact import (
    LIMBS,
    narrow_totals,
    narrow_variances,
    slide,
    square_up,
    sum_up,
    survey,
)
from ropeway.transforms.kernels.wide import BIAS, compiled, inlined


@njit(nogil=True, cache=True)
def entries(first, last, stamps, available, offset, out):  # type: ignore[no-untyped-def]
    """out[i]: the instant from which row i takes part: when it has happened, moved by offset, and is known.

    The last instant there is stands for all that lie after it.
    """
    most = np.int64(0x7FFFFFFFFFFFFFFF)
    for i in range(first, last):
        happened = most if stamps[i] > most - offset else stamps[i] + offset
        out[i] = max(happened, available[i])


@njit(nogil=True, cache=True)
def alive(stamp, enter, reach, inclusive):  # type: ignore[no-untyped-def]
    """Whether a row that enters at `enter` does so before it has left, at stamp + reach (after it, if inclusive)."""
    most = np.int64(0x7FFFFFFFFFFFFFFF)
    if reach == most or stamp > most - reach:
        return True
    leaves = stamp + reach
    return enter <= leaves if inclusive != 0 else enter < leaves


@inlined
def _part(i, mask, stamps, enter, reach, inclusive):  # type: ignore[no-untyped-def]
    """1 for a masked row that enters before it has left; no mask: all are masked."""
    part = np.int64(mask[i] != 0) if len(mask) > 0 else np.int64(1)
    return part & np.int64(alive(stamps[i], enter[i], reach, inclusive))


@njit(nogil=True, cache=True)
def count(  # type: ignore[no-untyped-def]
    tile, starts, query_starts, mask, lo, hi, enter_order, stamps, enter, reach, inclusive, table,
    counts_at,
):  # fmt: skip
    """table[counts_at + w, q]: how many masked rows query q has in window w; without a mask, how many rows."""
    longest = 0
    for k in range(tile[0], tile[1]):
        longest = max(longest, starts[k + 1] - starts[k])
    entered = np.zeros(longest + 1, np.int64)
    left = np.zeros(longest + 1, np.int64)
    for k in range(tile[0], tile[1]):
        begin = starts[k]
        n = starts[k + 1] - begin
        if query_starts[k] == query_starts[k + 1]:
            continue
        for w in range(lo.shape[0]):
            for i in range(n):
                p = np.int64(enter_order[begin + i])
                entered[i + 1] = entered[i] + _part(p, mask, stamps, enter, reach[w], inclusive)
                p = begin + i
                left[i + 1] = left[i] + _part(p, mask, stamps, enter, reach[w], inclusive)
            for q in range(query_starts[k], query_starts[k + 1]):
                found = entered[hi[q] - begin] - left[lo[w, q] - begin]
                table[counts_at + w, q] = max(np.int64(0), found)


@inlined
def _load(values, mask, order, ordered, begin, n, stamps, enter, reach, inclusive, rows):  # type: ignore[no-untyped-def]
    """rows[j]: the value of the key's j-th row, 0 if it takes no part."""
    for j in range(n):
        i = np.int64(order[begin + j]) if ordered != 0 else begin + j
        rows[j] = values[i] & -_part(i, mask, stamps, enter, reach, inclusive)


@inlined
def _all_alive(mask, begin, n, stamps, enter, reach, inclusive):  # type: ignore[no-untyped-def]
    """Whether every masked row of the key is alive at some time."""
    for i in range(begin, begin + n):
        if (len(mask) == 0 or mask[i] != 0) and not alive(stamps[i], enter[i], reach, inclusive):
            return False
    return True


@compiled
def moments(  # type: ignore[no-untyped-def]
    tile, starts, query_starts, values, mask, is_float, lo, hi, enter_order, stamps, enter, reach, inclusive, summed,
    table, places, ddof, overflow,
):  # fmt: skip
    """Sums, means and variances, as by `moments.moments`."""
    longest = np.int64(0)
    for k in range(tile[0], tile[1]):
        if query_starts[k] < query_starts[k + 1]:
            longest = max(longest, starts[k + 1] - starts[k])
    counts_at = places[0]
    means_at = places[2]
    variances_at = places[3]
    zero = np.int64(0)
    no = np.int64(-1)
    is_late = np.int64(1)
    squared = longest + 1 if variances_at >= 0 else zero
    begun = np.zeros((3, LIMBS), np.int64)
    scratch = np.empty((6, LIMBS), np.int64)
    entering = np.empty(longest, np.int64)
    leaving = np.empty(longest, np.int64)
    entered_sums = np.empty((longest + 1, 2), np.uint64)
    left_sums = np.empty((longest + 1, 2), np.uint64)
    entered_squares = np.empty((squared, 3), np.uint64)
    left_squares = np.empty((squared, 3), np.uint64)
    unmasked = np.empty(0, np.uint8)
    for k in range(tile[0], tile[1]):
        first_query = query_starts[k]
        last_query = query_starts[k + 1]
        if first_query == last_query:
            continue
        first = starts[k]
        n = starts[k + 1] - first
        narrow = True
        narrow_squares = True
        least = BIAS
        width = np.int64(64)
        was_whole = False
        for w in range(lo.shape[0]):
            sums_at = places[1] if summed[w] != 0 else no
            wants = sums_at >= 0 or means_at >= 0
            whole = _all_alive(mask, first, n, stamps, enter, reach[w], inclusive)
            if w == 0 or not (whole and was_whole):
                _load(values, mask, enter_order, is_late, first, n, stamps, enter, reach[w], inclusive, entering)
                _load(values, mask, enter_order, zero, first, n, stamps, enter, reach[w], inclusive, leaving)
                least, width, narrow, narrow_squares = survey(entering, unmasked, zero, n, is_float)
                if narrow:
                    sum_up(entering, unmasked, zero, n, is_float, least, entered_sums)
                    sum_up(leaving, unmasked, zero, n, is_float, least, left_sums)
                if narrow_squares and variances_at >= 0:
                    square_up(entering, unmasked, zero, n, is_float, least, entered_squares)
                    square_up(leaving, unmasked, zero, n, is_float, least, left_squares)
            was_whole = whole
            if wants and narrow:
                narrow_totals(w, first_query, last_query, lo, hi, first, n, is_late, entered_sums, left_sums, is_float,
                              least - BIAS, table, counts_at, sums_at, means_at, overflow)  # fmt: skip
            if variances_at >= 0 and narrow_squares:
                narrow_variances(w, first_query, last_query, lo, hi, first, n, is_late, entered_sums, left_sums,
                                 entered_squares, left_squares, least - BIAS, table, counts_at, variances_at,
                                 ddof)  # fmt: skip
            if (wants and not narrow) or (variances_at >= 0 and not narrow_squares):
                slide(w, first_query, last_query, lo, hi, first, n, is_late, entering, unmasked, leaving, unmasked,
                      zero, least, width, begun, scratch, table, counts_at, no if narrow else sums_at,
                      no if narrow else means_at, no if narrow_squares else variances_at, ddof)  # fmt: skip


@njit(nogil=True, cache=True)
def first_of(  # type: ignore[no-untyped-def]
    tile, starts, query_starts, priority, values, present, mask, lo, hi, enter_order, stamps, enter, reach, inclusive,
    table, found_at, valid_at,
):  # fmt: skip
    """The value of the row with the least priority among the masked ones that have entered and not left.

    At found_at + w, and at valid_at + w, if that is wanted (>= 0), 1 where there is one and it has a value. An empty
    `mask` or `present` holds for all rows.

    A heap per window; a row that has left is dropped once it comes to the top.
    """
    longest = 0
    for k in range(tile[0], tile[1]):
        longest = max(longest, starts[k + 1] - starts[k])
    heap = np.empty(longest, np.int64)
    for k in range(tile[0], tile[1]):
        if query_starts[k] == query_starts[k + 1]:
            continue
        for w in range(lo.shape[0]):
            size = 0
            at = starts[k]
            for q in range(query_starts[k], query_starts[k + 1]):
                while at < hi[q]:
                    position = np.int64(enter_order[at])
                    at += 1
                    if _part(position, mask, stamps, enter, reach[w], inclusive) == 0:
                        continue
                    child = size
                    size += 1
                    while child > 0:
                        parent = (child - 1) >> 1
                        if priority[heap[parent]] <= priority[position]:
                            break
                        heap[child] = heap[parent]
                        child = parent
                    heap[child] = position
                while size > 0 and heap[0] < lo[w, q]:
                    size -= 1
                    moved = heap[size]
                    parent = 0
                    while True:
                        child = 2 * parent + 1
                        if child >= size:
                            break
                        if child + 1 < size and priority[heap[child + 1]] < priority[heap[child]]:
                            child += 1
                        if priority[moved] <= priority[heap[child]]:
                            break
                        heap[parent] = heap[child]
                        parent = child
                    heap[parent] = moved
                found = size > 0 and (len(present) == 0 or present[heap[0]] != 0)
                table[found_at + w, q] = values[heap[0]] if found else 0
                if valid_at >= 0:
                    table[valid_at + w, q] = 1 if found else 0
