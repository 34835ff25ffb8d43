"""Rows into key order and time order: one stable scatter by key, then a sort within each key.

A key's rows are sorted as packed integers, (time above the key's least time) << bits | row: one array is moved, and
ties keep the order of rows. They are first spread over as many buckets as there are rows, by time, so that times
spread evenly cost O(n); a bucket of many rows is merge-sorted, so that nothing costs more than O(n log n).
"""

import numpy as np
from numba import njit

#: up to this many, insertion beats merging
SMALL = 24


@njit(nogil=True, cache=True)
def starts_of(codes, n_keys):  # type: ignore[no-untyped-def]
    """int64[n_keys + 1]: where each key's rows start once in key order; rows with a code < 0 have no place."""
    starts = np.zeros(n_keys + 1, np.int64)
    for i in range(len(codes)):
        if codes[i] >= 0:
            starts[codes[i] + 1] += 1
    for k in range(n_keys):
        starts[k + 1] += starts[k]
    return starts


@njit(nogil=True, cache=True)
def place(first_key, last_key, codes, starts, stamps, out_stamps, out_rows):  # type: ignore[no-untyped-def]
    """Write time and row number of each row to its key's range, in the order of rows."""
    cursor = starts[first_key:last_key].copy()
    for i in range(len(codes)):
        code = np.int64(codes[i])
        if first_key <= code < last_key:
            at = cursor[code - first_key]
            cursor[code - first_key] = at + 1
            out_stamps[at] = stamps[i]
            out_rows[at] = i


@njit(nogil=True, cache=True)
def _insertion(packed, begin, end):  # type: ignore[no-untyped-def]
    for i in range(begin + 1, end):
        x = packed[i]
        j = i - 1
        while j >= begin and packed[j] > x:
            packed[j + 1] = packed[j]
            j -= 1
        packed[j + 1] = x


@njit(nogil=True, cache=True)
def _merge(packed, begin, end, scratch):  # type: ignore[no-untyped-def]
    """Sort packed[begin:end], bottom up; scratch is as long as `packed`."""
    for a in range(begin, end, SMALL):
        _insertion(packed, a, min(a + SMALL, end))
    width = SMALL
    while width < end - begin:
        for a in range(begin, end - width, 2 * width):
            b = a + width
            c = min(b + width, end)
            if packed[b - 1] <= packed[b]:
                continue
            for i in range(a, b):
                scratch[i] = packed[i]
            i = a
            j = b
            at = a
            while i < b and j < c:
                if packed[j] < scratch[i]:
                    packed[at] = packed[j]
                    j += 1
                else:
                    packed[at] = scratch[i]
                    i += 1
                at += 1
            while i < b:
                packed[at] = scratch[i]
                i += 1
                at += 1
        width *= 2


@njit(nogil=True, cache=True)
def _before(ranks, x, y):  # type: ignore[no-untyped-def]
    for c in range(ranks.shape[0]):
        if ranks[c, x] != ranks[c, y]:
            return ranks[c, x] < ranks[c, y]
    return False


@njit(nogil=True, cache=True)
def _merge_rows(rows, begin, end, ranks, scratch):  # type: ignore[no-untyped-def]
    """Sort rows[begin:end] stably by the columns of `ranks`, the first one first."""
    width = 1
    while width < end - begin:
        for a in range(begin, end - width, 2 * width):
            b = a + width
            c = min(b + width, end)
            if not _before(ranks, rows[b], rows[b - 1]):
                continue
            for i in range(a, b):
                scratch[i - begin] = rows[i]
            i = a
            j = b
            at = a
            while i < b and j < c:
                if _before(ranks, rows[j], scratch[i - begin]):
                    rows[at] = rows[j]
                    j += 1
                else:
                    rows[at] = scratch[i - begin]
                    i += 1
                at += 1
            while i < b:
                rows[at] = scratch[i - begin]
                i += 1
                at += 1
        width *= 2


@njit(nogil=True, cache=True)
def sort_keys(first_key, last_key, starts, stamps, rows):  # type: ignore[no-untyped-def]
    """Sort each key's `stamps` and `rows` by time; ties keep the order in which they stand."""
    longest = 0
    for k in range(first_key, last_key):
        longest = max(longest, starts[k + 1] - starts[k])
    packed = np.empty(longest, np.uint64)
    spread = np.empty(longest, np.uint64)
    fill = np.empty(longest + 1, np.int64)
    kept = np.empty(longest, np.int32)
    for k in range(first_key, last_key):
        begin = starts[k]
        n = starts[k + 1] - begin
        ordered = True
        if n < 2:
            continue
        least = np.int64(stamps[begin])
        most = np.int64(stamps[begin])
        for i in range(begin + 1, begin + n):
            ordered &= stamps[i - 1] <= stamps[i]
            least = min(least, stamps[i])
            most = max(most, stamps[i])
        if ordered:
            continue
        span = np.uint64(most) - np.uint64(least)
        bits = np.uint64(0)
        while (np.uint64(n - 1) >> bits) != np.uint64(0):
            bits += np.uint64(1)
        for i in range(n):
            kept[i] = rows[begin + i]
        if span >> (np.uint64(63) - bits) != np.uint64(0):
            # times too far apart to pack: sort row numbers by looking their times up
            ranks = np.empty((1, n), np.int64)
            local = np.empty(n, np.int32)
            scratch = np.empty(n, np.int32)
            for i in range(n):
                ranks[0, i] = stamps[begin + i]
                local[i] = i
            _merge_rows(local, 0, n, ranks, scratch)
            for i in range(n):
                stamps[begin + i] = ranks[0, local[i]]
                rows[begin + i] = kept[local[i]]
            continue
        for i in range(n):
            packed[i] = ((np.uint64(stamps[begin + i]) - np.uint64(least)) << bits) | np.uint64(i)
        if n <= SMALL:
            _insertion(packed, 0, n)
            result = packed
        else:
            # bucket = time * n / span, in floats: only the order of buckets matters, and that is monotone
            scale = float(n - 1) / float(span)
            for i in range(n + 1):
                fill[i] = 0
            for i in range(n):
                fill[np.int64(float(packed[i] >> bits) * scale) + 1] += 1
            for i in range(n):
                fill[i + 1] += fill[i]
            for i in range(n):
                bucket = np.int64(float(packed[i] >> bits) * scale)
                spread[fill[bucket]] = packed[i]
                fill[bucket] += 1
            a = 0
            for i in range(n):  # fill[i] is now where bucket i ends
                b = fill[i]
                if b - a > SMALL:
                    _merge(spread, a, b, packed)
                elif b - a > 1:
                    _insertion(spread, a, b)
                a = b
            result = spread
        low = (np.uint64(1) << bits) - np.uint64(1)
        for i in range(n):
            stamps[begin + i] = np.int64((result[i] >> bits) + np.uint64(least))
            rows[begin + i] = kept[np.int64(result[i] & low)]


@njit(nogil=True, cache=True)
def break_ties(first_key, last_key, starts, stamps, rows, ranks, fresh):  # type: ignore[no-untyped-def]
    """Order rows of one key and time by `ranks`, and mark in `fresh` each row that differs from the one before it.

    ranks is int64[columns, rows as they came], looked up by row number; with no column only `fresh` is written.
    """
    for k in range(first_key, last_key):
        end = starts[k + 1]
        a = starts[k]
        while a < end:
            b = a + 1
            while b < end and stamps[b] == stamps[a]:
                b += 1
            if b - a > 1 and ranks.shape[0] > 0:
                _merge_rows(rows, a, b, ranks, np.empty(b - a, np.int32))
            fresh[a] = 1
            for i in range(a + 1, b):
                fresh[i] = 1 if _before(ranks, rows[i - 1], rows[i]) else 0
            a = b


@njit(nogil=True, cache=True)
def tie_order(first_key, last_key, starts, fresh, ranks, order):  # type: ignore[no-untyped-def]
    """Positions of each key in their full order: as they stand, but rows that still tie by `ranks` (by position)."""
    for k in range(first_key, last_key):
        end = starts[k + 1]
        a = starts[k]
        while a < end:
            order[a] = a
            b = a + 1
            while b < end and fresh[b] == 0:
                order[b] = b
                b += 1
            if b - a > 1:
                _merge_rows(order, a, b, ranks, np.empty(b - a, np.int32))
            a = b


@njit(nogil=True, cache=True)
def gather(first, last, values, mask, is_float, rows, out_values, out_mask):  # type: ignore[no-untyped-def]
    """Values (int64 or the bits of float64) and mask of rows[first:last]; a NaN is masked out. No mask: all ones."""
    above_inf = np.int64(0x7FF0000000000000)
    without_sign = np.int64(0x7FFFFFFFFFFFFFFF)
    masked = len(mask) > 0
    for i in range(first, last):
        row = rows[i]
        value = values[row]
        out_values[i] = value
        kept = mask[row] if masked else np.uint8(1)
        if is_float != 0 and (value & without_sign) > above_inf:
            kept = np.uint8(0)
        out_mask[i] = kept


@njit(nogil=True, cache=True)
def ordinals(first, last, bits, out):  # type: ignore[no-untyped-def]
    """Bits of float64 as integers in the order of the floats, -0.0 before 0.0; the way back is the same."""
    for i in range(first, last):
        out[i] = bits[i] ^ ((bits[i] >> np.int64(63)) & np.int64(0x7FFFFFFFFFFFFFFF))
