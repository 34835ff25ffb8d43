"""Windows that move over the rows of a key: which rows enter and leave between one query and the next.

What can't be made of prefixes is kept in a structure to which rows are added and from which they are taken away again:
counts, trees, bits. This is what all of these share: the moves of one window over one key, as a list. Only rows that
some query sees are in it.
"""

import numpy as np
from numba import njit

from ropeway.transforms.kernels.wide import inlined, leading_zeros, trailing_zeros


@njit(nogil=True, cache=True)
def longest_key(tile, starts):  # type: ignore[no-untyped-def]
    """The rows of the key of a tile that has most."""
    longest = np.int64(0)
    for k in range(tile[0], tile[1]):
        longest = max(longest, starts[k + 1] - starts[k])
    return longest


@njit(nogil=True, cache=True)
def moves(k, w, starts, query_starts, mask, lo, hi, enter_order, leave_order, alive, out, upto):  # type: ignore[no-untyped-def]
    """out[:upto[j]]: the moves of window w up to the j-th query of key k: i for a row that enters, ~i if it leaves.

    Rows are numbered from the key's first one on, and only masked ones are there; no mask: all are. `lo`, `hi`,
    `enter_order`, `leave_order`, `alive`: as of `late`; the last three are empty where rows enter as they stand.
    """
    begin = starts[k]
    is_late = len(enter_order) > 0
    size = 0
    at = begin
    gone = begin
    for q in range(query_starts[k], query_starts[k + 1]):
        low = np.int64(lo[w, q])
        until = low if is_late else min(low, at)
        for j in range(gone, until):
            i = np.int64(leave_order[w, j]) if leave_order.shape[0] > 0 else j
            if (len(mask) == 0 or mask[i] != 0) and (not is_late or alive[w, i] != 0):
                out[size] = ~(i - begin)
                size += 1
        gone = max(gone, low)
        if not is_late:
            at = max(at, low)
        for j in range(at, hi[q]):
            i = np.int64(enter_order[j]) if is_late else j
            if (len(mask) == 0 or mask[i] != 0) and (not is_late or alive[w, i] != 0):
                out[size] = i - begin
                size += 1
        at = max(at, np.int64(hi[q]))
        upto[q - query_starts[k]] = size


@njit(nogil=True, cache=True)
def dense_ranks(values, by_value, begin, n, mask, ranks, firsts):  # type: ignore[no-untyped-def]
    """How many different values the masked rows [begin, begin + n) have; ranks[j]: which of them row begin + j has.

    firsts[r]: a row with the value r, from `begin` on. `by_value` holds the positions of the rows in the order of
    their values.
    """
    size = 0
    for j in range(n):
        i = np.int64(by_value[begin + j])
        if len(mask) > 0 and mask[i] == 0:
            continue
        if size == 0 or values[i] != values[begin + firsts[size - 1]]:
            firsts[size] = i - begin
            size += 1
        ranks[i - begin] = size - 1
    return size


# ---- a set of numbers below a bound, as bits: a word says which of the 64 words below it are not 0


@inlined
def bits_levels(n):  # type: ignore[no-untyped-def]
    """(levels, words) of a set of numbers below n."""
    levels = 0
    words = 0
    while True:
        n = (n + 63) >> 6
        words += n
        levels += 1
        if n <= 1:
            return levels, words


@inlined
def bits_flip(bits, n, number, present):  # type: ignore[no-untyped-def]
    """Puts a number into the set, or takes it away."""
    offset = 0
    while True:
        word = offset + (number >> 6)
        bit = np.uint64(1) << np.uint64(number & 63)
        before = bits[word]
        bits[word] = before | bit if present else before & ~bit
        n = (n + 63) >> 6
        # what stands above changes only with the first bit of a word, or without its last one
        if n <= 1 or (before == 0) == (bits[word] == 0):
            return
        offset += n
        number >>= 6


@inlined
def bits_next(bits, n, number, down):  # type: ignore[no-untyped-def]
    """The least number of the set that is not below `number`; if `down`, the greatest that is not above; else -1."""
    offset = 0
    size = n
    level = 0
    while True:
        words = (size + 63) >> 6
        at = number >> 6
        if 0 <= number < words << 6:
            word = bits[offset + at]
            inside = np.uint64(number & 63)
            if down:
                word &= ~np.uint64(0) >> (np.uint64(63) - inside)
            else:
                word &= ~np.uint64(0) << inside
            if word != 0:
                break
        elif down or number >= words << 6 or number < 0:
            return np.int64(-1)
        if words <= 1:
            return np.int64(-1)
        offset += words
        size = words
        level += 1
        number = at - 1 if down else at + 1
        if number < 0 or number >= size:
            return np.int64(-1)
    found = (at << 6) + (np.int64(63) - leading_zeros(word) if down else trailing_zeros(word))
    while level > 0:
        level -= 1
        below = n
        offset = 0
        for _ in range(level):
            below = (below + 63) >> 6
            offset += below
        word = bits[offset + found]
        found = (found << 6) + (np.int64(63) - leading_zeros(word) if down else trailing_zeros(word))
    return found


@njit(nogil=True, cache=True)
def grown(values, size, more):  # type: ignore[no-untyped-def]
    """An array with room for `more` values after its first `size` ones: itself, or a copy twice as long."""
    if size + more <= len(values):
        return values
    out = np.empty(max(2 * len(values), size + more), values.dtype)
    out[:size] = values[:size]
    return out
