"""Several rows of each window: the first ones in some order, or the last."""

import numpy as np

from ropeway.transforms.kernels.moving import (
    bits_flip,
    bits_levels,
    bits_next,
    grown,
    longest_key,
    moves,
)
from ropeway.transforms.kernels.wide import compiled


@compiled
def some_rows(  # type: ignore[no-untyped-def]
    tile, starts, query_starts, order, mask, w, lo, hi, enter_order, leave_order, alive, most, down, lengths
):
    """The positions of up to `most` masked rows of window w, query after query, and how many there are, at lengths[q].

    They come in the order of `order`, which holds the positions of each key; from its end on if `down`. Whole keys.

    A set of bits: a row that enters or leaves costs O(log n), and so does a row that is written.
    """
    longest = longest_key(tile, starts)
    place = np.empty(longest, np.int32)
    out = np.empty(2 * longest, np.int32)
    upto = np.empty(tile[5] - tile[4], np.int64)
    bits = np.empty(bits_levels(longest)[1], np.uint64)
    found = np.empty(max(np.int64(16), tile[5] - tile[4]), np.int32)
    size = 0
    for k in range(tile[0], tile[1]):
        first_query = query_starts[k]
        last_query = query_starts[k + 1]
        if first_query == last_query:
            continue
        begin = starts[k]
        n = starts[k + 1] - begin
        for j in range(n):
            place[order[begin + j] - begin] = j
        bits[: bits_levels(n)[1]] = 0
        moves(k, w, starts, query_starts, mask, lo, hi, enter_order, leave_order, alive, out, upto)
        at = 0
        for q in range(first_query, last_query):
            for j in range(at, upto[q - first_query]):
                i = np.int64(out[j])
                bits_flip(bits, n, np.int64(place[i if i >= 0 else ~i]), i >= 0)
            at = upto[q - first_query]
            number = n - 1 if down else np.int64(0)
            length = 0
            while length < most and 0 <= number < n:
                number = bits_next(bits, n, number, down)
                if number < 0:
                    break
                found = grown(found, size, 1)
                found[size] = order[begin + number]
                size += 1
                length += 1
                number += -1 if down else 1
            lengths[q] = length
    return found[:size]
