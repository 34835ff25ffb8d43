"""The rows of each query as ranges of positions: where a moving edge stands among sorted times."""

import numpy as np
from numba import njit

#: the shift of an edge that lies before all history
BEFORE_ALL = np.int64(0x7FFFFFFFFFFFFFFF)


@njit(nogil=True, cache=True)
def edge(first_key, last_key, starts, stamps, query_starts, query_stamps, shift, after, out):  # type: ignore[no-untyped-def]
    """out[q]: the first position of q's key with stamp >= t - shift, or > t - shift if `after`; else the key's end."""
    least = np.int64(-0x8000000000000000)
    for k in range(first_key, last_key):
        at = starts[k]
        end = starts[k + 1]
        for q in range(query_starts[k], query_starts[k + 1]):
            t = query_stamps[q]
            if shift == BEFORE_ALL:
                out[q] = starts[k]
                continue
            bound = least if t < least + shift else t - shift
            if after != 0:
                while at < end and stamps[at] <= bound:
                    at += 1
            else:
                while at < end and stamps[at] < bound:
                    at += 1
            out[q] = at


@njit(nogil=True, cache=True)
def entries(first, last, stamps, available, offset, out):  # type: ignore[no-untyped-def]
    """out[i]: the instant from which row i takes part: when it has happened, moved by offset, and is known."""
    most = np.int64(0x7FFFFFFFFFFFFFFF)
    for i in range(first, last):
        happened = most if stamps[i] > most - offset else stamps[i] + offset
        out[i] = max(happened, available[i])


@njit(nogil=True, cache=True)
def alive(stamp, enter, reach, inclusive):  # type: ignore[no-untyped-def]
    """Whether a row that enters at `enter` does so before it has left, at stamp + reach (after it, if inclusive)."""
    most = np.int64(0x7FFFFFFFFFFFFFFF)
    if reach == most:
        return True
    leaves = most if stamp > most - reach else stamp + reach
    return enter <= leaves if inclusive != 0 else enter < leaves


@njit(nogil=True, cache=True)
def count(  # type: ignore[no-untyped-def]
    first_key, last_key, starts, query_starts, mask, lo, hi, late, enter_order, stamps, enter, reach, inclusive,
    out_rows, counts,
):  # fmt: skip
    """counts[w, out_rows[q]]: how many masked rows query q has in window w.

    lo is int64[windows, queries], hi int64[queries]: positions in time order, or for `late` rows hi is a position in
    the order in which rows enter. Then a row counts once it has entered, until it has left.
    """
    longest = 0
    for k in range(first_key, last_key):
        longest = max(longest, starts[k + 1] - starts[k])
    entered = np.zeros(longest + 1, np.int64)
    left = np.zeros(longest + 1, np.int64) if late != 0 else entered
    for k in range(first_key, last_key):
        begin = starts[k]
        n = starts[k + 1] - begin
        if query_starts[k] == query_starts[k + 1]:
            continue
        if late == 0:
            for i in range(n):
                entered[i + 1] = entered[i] + mask[begin + i]
        for w in range(lo.shape[0]):
            if late != 0:
                for i in range(n):
                    p = enter_order[begin + i]
                    lives = mask[p] != 0 and alive(stamps[p], enter[p], reach[w], inclusive)
                    entered[i + 1] = entered[i] + (1 if lives else 0)
                    p = begin + i
                    lives = mask[p] != 0 and alive(stamps[p], enter[p], reach[w], inclusive)
                    left[i + 1] = left[i] + (1 if lives else 0)
            for q in range(query_starts[k], query_starts[k + 1]):
                counts[w, out_rows[q]] = max(0, entered[hi[q] - begin] - left[lo[w, q] - begin])
