"""The rows of a tile in key order and time order: one stable scatter by key, then a sort within each key.

A key's rows are sorted as packed integers, (time above the key's least time) << bits | row: one array is moved, and
ties keep the order of rows. They are first spread over as many buckets as there are rows, by time, so that times
spread evenly cost O(n); a bucket of many rows is merge-sorted, so that nothing costs more than O(n log n).
"""

import numpy as np
from numba import njit

#: up to this many, insertion beats merging
SMALL = 24


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
def _sort_far(stamps, rows, begin, end):  # type: ignore[no-untyped-def]
    """Sort rows whose times lie too far apart to be packed: row numbers, by looking their times up."""
    n = end - begin
    ranks = np.empty((1, n), np.int64)
    local = np.empty(n, np.int32)
    for i in range(n):
        ranks[0, i] = stamps[begin + i]
        local[i] = i
    kept = rows[begin:end].copy()
    _merge_rows(local, np.int64(0), n, ranks, np.empty(n, np.int32))
    for i in range(n):
        stamps[begin + i] = ranks[0, local[i]]
        rows[begin + i] = kept[local[i]]


@njit(nogil=True, cache=True, inline="always")
def _sort(packed, n, bits, spread, fill):  # type: ignore[no-untyped-def]
    """packed[:n] in order, in it or in `spread`, which is returned: times << bits, with what follows a time below."""
    ordered = True
    least = packed[0]
    most = packed[0]
    for i in range(1, n):
        ordered &= packed[i - 1] <= packed[i]
        least = min(least, packed[i])
        most = max(most, packed[i])
    if ordered:
        return packed
    if n <= SMALL:
        _insertion(packed, np.int64(0), n)
        return packed
    # bucket = time * n / span, in floats: only the order of buckets matters, and that is monotone
    least >>= bits
    scale = float(n - 1) / max(float((most >> bits) - least), 1.0)
    for i in range(n + 1):
        fill[i] = 0
    for i in range(n):
        fill[np.int64(float((packed[i] >> bits) - least) * scale) + 1] += 1
    largest = np.int32(0)
    for i in range(n):
        largest = max(largest, fill[i + 1])
        fill[i + 1] += fill[i]
    for i in range(n):
        bucket = np.int64(float((packed[i] >> bits) - least) * scale)
        spread[fill[bucket]] = packed[i]
        fill[bucket] += 1
    if largest <= SMALL:
        _insertion(spread, np.int64(0), n)  # over all of them: to look for the end of each bucket would cost more
        return spread
    a = np.int64(0)
    for i in range(n):  # fill[i] is now where bucket i ends
        b = np.int64(fill[i])
        if b - a > SMALL:
            _merge(spread, a, b, packed)
        else:
            _insertion(spread, a, b)
        a = b
    return spread


@njit(nogil=True, cache=True, inline="always")
def _bits_for(stamps, first, last):  # type: ignore[no-untyped-def]
    """(least, bits): the least time, and how many bits number the rows; -1 if times and numbers do not fit a word."""
    least = np.int64(stamps[first])
    most = np.int64(stamps[first])
    for i in range(first, last):
        least = min(least, stamps[i])
        most = max(most, stamps[i])
    bits = np.int64(1)
    while (last - first) >> bits != 0:
        bits += 1
    return least, (bits if (np.uint64(most) - np.uint64(least)) >> np.uint64(63 - bits) == np.uint64(0) else -1)


@njit(nogil=True, cache=True)
def arrange(tile, side, starts, codes, stamps):  # type: ignore[no-untyped-def]
    """Put a tile's rows into the order of keys and, stably, of time: `stamps` are moved, and `codes` become the
    positions at which the rows stood. `side` is 2 for events and 4 for queries (see `ranges`)."""
    first = tile[side]
    last = tile[side + 1]
    if first == last:
        return
    cursor = np.empty(tile[1] - tile[0], np.int64)
    longest = np.int64(0)
    for k in range(tile[0], tile[1]):
        begin = max(starts[k], first)
        cursor[k - tile[0]] = begin - first
        longest = max(longest, min(starts[k + 1], last) - begin)
    least, bits = _bits_for(stamps, first, last)
    if bits < 0:
        kept_codes = codes[first:last].copy()
        kept_stamps = stamps[first:last].copy()
        for i in range(last - first):
            k = kept_codes[i] - tile[0]
            at = first + cursor[k]
            cursor[k] += 1
            stamps[at] = kept_stamps[i]
            codes[at] = first + i
        for k in range(tile[0], tile[1]):
            _sort_far(stamps, codes, max(starts[k], first), min(starts[k + 1], last))
        return
    shift = np.uint64(bits)
    low = (np.uint64(1) << shift) - np.uint64(1)
    placed = np.empty(last - first, np.uint64)
    for i in range(last - first):
        k = codes[first + i] - tile[0]
        at = cursor[k]
        cursor[k] = at + 1
        placed[at] = ((np.uint64(stamps[first + i]) - np.uint64(least)) << shift) | np.uint64(i)
    spread = np.empty(longest, np.uint64)
    fill = np.empty(longest + 1, np.int32)
    for k in range(tile[0], tile[1]):
        begin = max(starts[k], first)
        n = min(starts[k + 1], last) - begin
        if n > 0:
            result = _sort(placed[begin - first : begin - first + n], n, shift, spread, fill)
            for i in range(n):
                stamps[begin + i] = np.int64((result[i] >> shift) + np.uint64(least))
                codes[begin + i] = first + np.int64(result[i] & low)


@njit(nogil=True, cache=True)
def sort_keys(tile, starts, stamps, rows):  # type: ignore[no-untyped-def]
    """Sort the `stamps` and `rows` of the events of each key by time; ties keep the order in which they stand."""
    for k in range(tile[0], tile[1]):
        begin = max(starts[k], tile[2])
        end = min(starts[k + 1], tile[3])
        if begin == end:
            continue
        least, bits = _bits_for(stamps, begin, end)
        if bits < 0:
            _sort_far(stamps, rows, begin, end)
            continue
        n = end - begin
        shift = np.uint64(bits)
        placed = np.empty(n, np.uint64)
        kept = rows[begin:end].copy()
        for i in range(n):
            placed[i] = ((np.uint64(stamps[begin + i]) - np.uint64(least)) << shift) | np.uint64(i)
        result = _sort(placed, n, shift, np.empty(n, np.uint64), np.empty(n + 1, np.int32))
        for i in range(n):
            stamps[begin + i] = np.int64((result[i] >> shift) + np.uint64(least))
            rows[begin + i] = kept[np.int64(result[i] & ((np.uint64(1) << shift) - np.uint64(1)))]


@njit(nogil=True, cache=True)
def break_ties(tile, starts, stamps, rows, ranks, fresh):  # type: ignore[no-untyped-def]
    """Order rows of one key and time by `ranks`, and mark in `fresh` each row that differs from the one before it.

    ranks is int64[columns, rows], looked up by what stands in `rows`; with no column only `fresh` is written.
    """
    for k in range(tile[0], tile[1]):
        end = min(starts[k + 1], tile[3])
        a = max(starts[k], tile[2])
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
def tie_order(tile, starts, fresh, ranks, order):  # type: ignore[no-untyped-def]
    """Positions of each key in their full order: as they stand, but rows that still tie by `ranks` (by position)."""
    for k in range(tile[0], tile[1]):
        end = min(starts[k + 1], tile[3])
        a = max(starts[k], tile[2])
        while a < end:
            order[a] = a
            b = a + 1
            while b < end and fresh[b] == 0:
                order[b] = b
                b += 1
            if b - a > 1:
                _merge_rows(order, a, b, ranks, np.empty(b - a, np.int32))
            a = b
