"""The rows of each query as ranges of positions: where a moving edge stands among sorted times.

Kernels work on a tile, int64[6]: its keys [0:2], its events [2:4] and its queries [4:6], each first and end, as
positions in key and time order. A tile is some keys whole, or one key with a slice of its events and its queries; the
windows of those queries begin in earlier slices. starts and query_starts, int64[keys + 1], say where keys begin.
"""

import numpy as np
from numba import njit

#: the shift of an edge that lies before all history
BEFORE_ALL = np.int64(0x7FFFFFFFFFFFFFFF)
#: in a longer key the first edge is searched for; in a shorter one walking to it is as fast
_LONG = 256


@njit(nogil=True, cache=True)
def edges(tile, starts, ends, stamps, query_starts, query_stamps, shifts, after, out):  # type: ignore[no-untyped-def]
    """out[w, q]: the first position of q's key with stamp >= t - shifts[w], or > it if `after`; else ends[key].

    An edge before the least instant there is lies before all rows. A shift below 0 is one ahead of t.
    """
    least = np.int64(-0x8000000000000000)
    most = np.int64(0x7FFFFFFFFFFFFFFF)
    for k in range(tile[0], tile[1]):
        first_query = max(query_starts[k], tile[4])
        last_query = min(query_starts[k + 1], tile[5])
        if first_query >= last_query:
            continue
        begin = starts[k]
        end = ends[k]
        for w in range(len(shifts)):
            shift = shifts[w]
            q = first_query
            last_query = min(query_starts[k + 1], tile[5])
            if shift < 0:
                while last_query > q and query_stamps[last_query - 1] > most + shift:
                    last_query -= 1
                    out[w, last_query] = end
            while q < last_query and (shift == BEFORE_ALL or (shift > 0 and query_stamps[q] < least + shift)):
                out[w, q] = begin
                q += 1
            if q == last_query:
                continue
            at = begin
            if end - begin > _LONG:
                bound = query_stamps[q] - shift
                high = end
                while at < high:
                    middle = (at + high) >> 1
                    if stamps[middle] < bound:
                        at = middle + 1
                    else:
                        high = middle
            for i in range(q, last_query):
                bound = query_stamps[i] - shift
                if after != 0:
                    while at < end and stamps[at] <= bound:
                        at += 1
                else:
                    while at < end and stamps[at] < bound:
                        at += 1
                out[w, i] = at


@njit(nogil=True, cache=True)
def edges_at(tile, starts, ends, stamps, query_starts, bounds, after, out):  # type: ignore[no-untyped-def]
    """out[q]: the first position of q's key with stamp >= bounds[q], or > it if `after`; else ends[key].

    The bounds of a key's queries do not go down.
    """
    for k in range(tile[0], tile[1]):
        at = starts[k]
        for q in range(max(query_starts[k], tile[4]), min(query_starts[k + 1], tile[5])):
            bound = bounds[q]
            high = ends[k]
            # steps that grow, then a search between the last two: edges of long periods jump
            step = 1
            while at + step < high and stamps[at + step] < bound:
                at += step
                step *= 2
            high = min(high, at + step)
            while at < high:
                middle = (at + high) >> 1
                if stamps[middle] < bound or (after != 0 and stamps[middle] == bound):
                    at = middle + 1
                else:
                    high = middle
            while after != 0 and at < ends[k] and stamps[at] == bound:
                at += 1
            out[q] = at


@njit(nogil=True, cache=True)
def last_rows(tile, starts, query_starts, mask, enter_order, hi, most, lo):  # type: ignore[no-untyped-def]
    """Moves lo[w, q] to where the last most[w] masked rows that have entered begin. Whole keys only.

    `enter_order` and `hi`: as for late rows; empty where rows enter as they stand. No mask: all rows are masked.
    """
    longest = 0
    for k in range(tile[0], tile[1]):
        longest = max(longest, starts[k + 1] - starts[k])
    entered = np.empty(longest, np.uint8)
    for k in range(tile[0], tile[1]):
        begin = starts[k]
        for w in range(lo.shape[0]):
            entered[: starts[k + 1] - begin] = 0
            at = begin
            low = begin
            held = np.int64(0)  # rows that have entered, from `low` on
            for q in range(query_starts[k], query_starts[k + 1]):
                while at < hi[q]:
                    i = np.int64(enter_order[at]) if len(enter_order) > 0 else np.int64(at)
                    at += 1
                    if len(mask) == 0 or mask[i] != 0:
                        entered[i - begin] = 1
                        held += np.int64(i >= low)
                while low < lo[w, q] or held > most[w]:
                    held -= np.int64(entered[low - begin])
                    low += 1
                lo[w, q] = low


@njit(nogil=True, cache=True)
def hold(tile, starts, mask, held):  # type: ignore[no-untyped-def]
    """held[i + k]: how many masked rows key k has before position i; int32[events + keys]. Whole keys only."""
    for k in range(tile[0], tile[1]):
        total = np.int32(0)
        held[starts[k] + k] = total
        for i in range(starts[k], starts[k + 1]):
            total += mask[i]
            held[i + 1 + k] = total


@njit(nogil=True, cache=True)
def count(tile, query_starts, held, lo, hi, table, counts_at):  # type: ignore[no-untyped-def]
    """table[counts_at + w, q]: how many masked rows query q has in window w; with an empty `held` all rows are."""
    for k in range(tile[0], tile[1]):
        first_query = max(query_starts[k], tile[4])
        last_query = min(query_starts[k + 1], tile[5])
        for w in range(lo.shape[0]):
            if len(held) == 0:
                for q in range(first_query, last_query):
                    table[counts_at + w, q] = max(np.int64(0), np.int64(hi[q]) - np.int64(lo[w, q]))
            else:
                for q in range(first_query, last_query):
                    a = np.int64(lo[w, q])
                    b = max(a, np.int64(hi[q]))
                    table[counts_at + w, q] = np.int64(held[b + k]) - np.int64(held[a + k])
