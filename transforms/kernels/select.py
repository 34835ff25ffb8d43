"""One row of each window: the least or greatest value, the oldest or newest row."""

import numpy as np
from numba import njit

from ropeway.transforms.kernels.ranges import alive


@njit(nogil=True, cache=True)
def extreme(  # type: ignore[no-untyped-def]
    first_key, last_key, starts, query_starts, values, mask, greatest, lo, hi, out_rows, out
):
    """out[w, out_rows[q]]: the least (or greatest) masked value at positions lo[w, q] to hi[q]; untouched for none.

    One stack of candidates, each less than all after it, serves all windows that end at hi: the answer is the first
    candidate at or after lo.
    """
    longest = 0
    for k in range(first_key, last_key):
        longest = max(longest, starts[k + 1] - starts[k])
    stack = np.empty(longest, np.int64)
    held = np.empty(longest, np.int64)
    flip = np.int64(-1) if greatest != 0 else np.int64(0)
    for k in range(first_key, last_key):
        top = 0
        at = starts[k]
        for q in range(query_starts[k], query_starts[k + 1]):
            while at < hi[q]:
                if mask[at] != 0:
                    value = values[at] ^ flip
                    while top > 0 and held[top - 1] >= value:
                        top -= 1
                    stack[top] = at
                    held[top] = value
                    top += 1
                at += 1
            for w in range(lo.shape[0]):
                begin = lo[w, q]
                a = 0
                b = top
                while a < b:
                    middle = (a + b) >> 1
                    if stack[middle] < begin:
                        a = middle + 1
                    else:
                        b = middle
                if a < top:
                    out[w, out_rows[q]] = held[a] ^ flip


@njit(nogil=True, cache=True)
def pick(  # type: ignore[no-untyped-def]
    first_key, last_key, starts, query_starts, order, values, present, mask, newest, lo, hi, out_rows, out, valid
):
    """The value of the newest (or oldest) masked row of each window; valid says whether there is one and it has one.

    `order` holds the positions of each key in full order; it only moves rows of one time, so a window that holds all
    rows of its times is the same range of `order`.
    """
    longest = 0
    for k in range(first_key, last_key):
        longest = max(longest, starts[k + 1] - starts[k])
    nearest = np.empty(longest, np.int64)
    for k in range(first_key, last_key):
        if query_starts[k] == query_starts[k + 1]:
            continue
        begin = starts[k]
        n = starts[k + 1] - begin
        seen = np.int64(-1)
        for j in range(n):
            i = j if newest != 0 else n - 1 - j
            if mask[order[begin + i]] != 0:
                seen = begin + i
            nearest[i] = seen
        for q in range(query_starts[k], query_starts[k + 1]):
            for w in range(lo.shape[0]):
                a = lo[w, q]
                b = hi[q]
                if a >= b:
                    continue
                at = nearest[(b - 1 if newest != 0 else a) - begin]
                if a <= at < b:
                    position = order[at]
                    if present[position] != 0:
                        out[w, out_rows[q]] = values[position]
                        valid[w, out_rows[q]] = 1


@njit(nogil=True, cache=True)
def first_of(  # type: ignore[no-untyped-def]
    first_key, last_key, starts, query_starts, priority, values, present, mask, lo, hi, enter_order, stamps, enter,
    reach, inclusive, out_rows, out, valid,
):  # fmt: skip
    """The value of the row with the least priority among those that have entered and not left; for late rows.

    A heap per window; a row that has left is dropped once it comes to the top.
    """
    longest = 0
    for k in range(first_key, last_key):
        longest = max(longest, starts[k + 1] - starts[k])
    heap = np.empty(longest, np.int64)
    for k in range(first_key, last_key):
        if query_starts[k] == query_starts[k + 1]:
            continue
        for w in range(lo.shape[0]):
            size = 0
            at = starts[k]
            for q in range(query_starts[k], query_starts[k + 1]):
                while at < hi[q]:
                    position = np.int64(enter_order[at])
                    at += 1
                    if mask[position] == 0 or not alive(stamps[position], enter[position], reach[w], inclusive):
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
                if size > 0 and present[heap[0]] != 0:
                    out[w, out_rows[q]] = values[heap[0]]
                    valid[w, out_rows[q]] = 1
