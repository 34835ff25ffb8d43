"""The longest streak of a condition: a tree over the rows of a key, in which each node knows the streaks below it."""

import numpy as np

from ropeway.transforms.kernels.moving import longest_key, moves
from ropeway.transforms.kernels.wide import compiled


@compiled
def streaks(  # type: ignore[no-untyped-def]
    tile, starts, query_starts, values, order, mask, lo, hi, enter_order, leave_order, alive, table, found_at
):
    """table[found_at + w, q]: the most masked rows in a row that are not 0, in the order of `order`; 0 for none.

    Nodes hold how many rows there are, the streak from the first one on, that up to the last one, and the longest one.
    """
    longest = longest_key(tile, starts)
    place = np.empty(longest, np.int32)
    out = np.empty(2 * longest, np.int32)
    upto = np.empty(tile[5] - tile[4], np.int64)
    tree = np.empty((4 * longest + 2, 4), np.int32)
    for k in range(tile[0], tile[1]):
        first_query = query_starts[k]
        last_query = query_starts[k + 1]
        if first_query == last_query:
            continue
        begin = starts[k]
        n = starts[k + 1] - begin
        leaves = 1
        while leaves < n:
            leaves *= 2
        for j in range(n):
            place[order[begin + j] - begin] = j
        for w in range(lo.shape[0]):
            tree[: 2 * leaves] = 0
            moves(k, w, starts, query_starts, mask, lo, hi, enter_order, leave_order, alive, out, upto)
            at = 0
            for q in range(first_query, last_query):
                for j in range(at, upto[q - first_query]):
                    i = np.int64(out[j])
                    row = i if i >= 0 else ~i
                    node = leaves + np.int64(place[row])
                    tree[node, 0] = 1 if i >= 0 else 0
                    tree[node, 1:] = 1 if i >= 0 and values[begin + row] != 0 else 0
                    node >>= 1
                    while node > 0:
                        one = tree[2 * node]
                        other = tree[2 * node + 1]
                        tree[node, 0] = one[0] + other[0]
                        tree[node, 1] = one[0] + other[1] if one[1] == one[0] else one[1]
                        tree[node, 2] = other[0] + one[2] if other[2] == other[0] else other[2]
                        tree[node, 3] = max(one[3], other[3], one[2] + other[1])
                        node >>= 1
                at = upto[q - first_query]
                table[found_at + w, q] = tree[1, 3]
