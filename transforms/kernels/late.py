"""Windows over rows that don't enter in time order, since they become known later than they happen.

A row enters at the later of its time, moved by the offset, and the instant at which it is known; it leaves when the
window's left edge passes its place. So counts and sums are those of the rows that have entered, less those that have
left; extremes and picks take a heap. Tiles (`ranges`) hold whole keys here.

Of a group of windows: `lo` are positions in the order in which rows leave, `hi` in the order in which they enter.
`enter_order` holds the positions of each key in that order. `leave_order`, int32[windows, events], does for each window
if rows leave in another order than that of their positions; else it is empty. `alive`, uint8[windows, events]: which
rows enter a window before they leave it, so that some query has them.
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
def living(tile, starts, query_starts, enter_order, lo, hi, alive):  # type: ignore[no-untyped-def]
    """alive[w, i]: 1 if row i is in window w of some query: of the first one for which it has entered."""
    for k in range(tile[0], tile[1]):
        at = starts[k]
        for q in range(query_starts[k], query_starts[k + 1]):
            while at < hi[q]:
                i = enter_order[at]
                for w in range(lo.shape[0]):
                    alive[w, i] = np.uint8(lo[w, q] <= i)
                at += 1
        for j in range(at, starts[k + 1]):
            for w in range(lo.shape[0]):
                alive[w, enter_order[j]] = np.uint8(0)


@njit(nogil=True, cache=True)
def leaving(  # type: ignore[no-untyped-def]
    tile, starts, query_starts, enter_order, hi, gone_order, gone_hi, lo, leave_order, leave_lo, alive
):
    """The order in which rows leave that may be superseded before they are too old, and `alive`, as by `living`.

    gone_order: the positions of each key in the order in which they are superseded, as gone_hi[q] counts them. `lo` are
    positions in time order; leave_lo[w, q] is a position in leave_order[w].
    """
    longest = 0
    for k in range(tile[0], tile[1]):
        longest = max(longest, starts[k + 1] - starts[k])
    born = np.empty(longest, np.int64)
    gone = np.empty(longest, np.int64)
    dies = np.empty(longest, np.int64)
    for k in range(tile[0], tile[1]):
        begin = starts[k]
        n = starts[k + 1] - begin
        first = query_starts[k]
        queries = query_starts[k + 1] - first
        born[:n] = queries
        gone[:n] = queries
        at = begin
        end = begin
        for j in range(queries):
            while at < hi[first + j]:
                born[enter_order[at] - begin] = j
                at += 1
            while end < gone_hi[first + j]:
                gone[gone_order[end] - begin] = j
                end += 1
        counts = np.zeros(queries + 2, np.int64)
        for w in range(lo.shape[0]):
            low = 0
            for j in range(queries):
                while low < lo[w, first + j] - begin:
                    dies[low] = min(gone[low], j)
                    low += 1
            for i in range(low, n):
                dies[i] = gone[i]
            counts[:] = 0
            for i in range(n):
                counts[dies[i] + 1] += 1
                alive[w, begin + i] = np.uint8(born[i] < dies[i])
            for j in range(queries + 1):
                counts[j + 1] += counts[j]
                if j < queries:
                    leave_lo[w, first + j] = begin + counts[j + 1]
            for i in range(n):
                leave_order[w, begin + counts[dies[i]]] = begin + i
                counts[dies[i]] += 1


@inlined
def _part(i, mask, alive):  # type: ignore[no-untyped-def]
    """1 for a masked row that enters before it has left; no mask: all are masked."""
    return np.int64(mask[i] != 0) & np.int64(alive[i]) if len(mask) > 0 else np.int64(alive[i])


@inlined
def _leaving(leave_order, w, i):  # type: ignore[no-untyped-def]
    """The position of the row that leaves as the one at position i does where rows leave in their order."""
    return np.int64(leave_order[w, i]) if leave_order.shape[0] > 0 else np.int64(i)


@njit(nogil=True, cache=True)
def count(  # type: ignore[no-untyped-def]
    tile, starts, query_starts, mask, lo, hi, enter_order, leave_order, alive, table, counts_at
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
                entered[i + 1] = entered[i] + _part(np.int64(enter_order[begin + i]), mask, alive[w])
                left[i + 1] = left[i] + _part(_leaving(leave_order, w, begin + i), mask, alive[w])
            for q in range(query_starts[k], query_starts[k + 1]):
                found = entered[hi[q] - begin] - left[lo[w, q] - begin]
                table[counts_at + w, q] = max(np.int64(0), found)


@inlined
def _all_alive(mask, begin, n, alive):  # type: ignore[no-untyped-def]
    """Whether every masked row of the key is in the window at some time."""
    for i in range(begin, begin + n):
        if (len(mask) == 0 or mask[i] != 0) and alive[i] == 0:
            return False
    return True


@compiled
def moments(  # type: ignore[no-untyped-def]
    tile, starts, query_starts, values, mask, is_float, lo, hi, enter_order, leave_order, alive, summed, table, places,
    ddof, overflow,
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
            whole = leave_order.shape[0] == 0 and _all_alive(mask, first, n, alive[w])
            if w == 0 or not (whole and was_whole):
                for j in range(n):
                    i = np.int64(enter_order[first + j])
                    entering[j] = values[i] & -_part(i, mask, alive[w])
                    i = _leaving(leave_order, w, first + j)
                    leaving[j] = values[i] & -_part(i, mask, alive[w])
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
    tile, starts, query_starts, priority, values, present, mask, lo, hi, enter_order, leave_order, alive, table,
    found_at, valid_at,
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
    left = np.empty(longest, np.uint8)
    for k in range(tile[0], tile[1]):
        if query_starts[k] == query_starts[k + 1]:
            continue
        begin = starts[k]
        for w in range(lo.shape[0]):
            size = 0
            at = begin
            gone = begin
            left[: starts[k + 1] - begin] = 0
            for q in range(query_starts[k], query_starts[k + 1]):
                while at < hi[q]:
                    position = np.int64(enter_order[at])
                    at += 1
                    if _part(position, mask, alive[w]) == 0:
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
                while gone < lo[w, q]:
                    left[_leaving(leave_order, w, gone) - begin] = 1
                    gone += 1
                while size > 0 and left[heap[0] - begin] != 0:
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
