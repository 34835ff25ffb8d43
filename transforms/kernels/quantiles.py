"""Quantiles: how many values there are at each rank, in a binary indexed tree (Fenwick, 1994)."""

import math

import numpy as np
from numba import njit

from ropeway.transforms.kernels.moving import dense_ranks, longest_key, moves
from ropeway.transforms.kernels.wide import compiled, inlined


@njit(nogil=True, cache=True)
def between(a, b, share):  # type: ignore[no-untyped-def]
    """The value at a share, from 0 to below 1, of the way from a to b >= a, as numpy computes it.

    Two values that are equal, infinities too, have nothing between them, and a way too long for a float is gone in two
    parts.
    """
    if share == 0.0 or a == b:
        return a
    way = b - a
    if math.isinf(way) and not math.isinf(a) and not math.isinf(b):
        return a * (1.0 - share) + b * share
    return b - way * (1.0 - share) if share >= 0.5 else a + way * share


@inlined
def _select(tree, size, number):  # type: ignore[no-untyped-def]
    """The rank of the value before which `number` values stand, of ranks from 0 on."""
    at = 0
    step = 1
    while 2 * step <= size:
        step *= 2
    while step > 0:
        if at + step <= size and tree[at + step] <= number:
            at += step
            number -= tree[at]
        step >>= 1
    return at


@compiled
def quantiles(  # type: ignore[no-untyped-def]
    tile, starts, query_starts, values, is_float, by_value, mask, lo, hi, enter_order, leave_order, alive, windows,
    levels, table, places,
):  # fmt: skip
    """Of each ask a the quantile levels[a] in window windows[a], as bits of float64 at places[a]; 0 if there is none.

    Whole keys.
    """
    longest = longest_key(tile, starts)
    ranks = np.empty(longest, np.int32)
    firsts = np.empty(longest, np.int32)
    out = np.empty(2 * longest, np.int32)
    upto = np.empty(tile[5] - tile[4], np.int64)
    tree = np.empty(longest + 1, np.int32)
    sorted_values = np.empty(longest, np.float64)
    for k in range(tile[0], tile[1]):
        first_query = query_starts[k]
        last_query = query_starts[k + 1]
        if first_query == last_query:
            continue
        begin = starts[k]
        size = dense_ranks(values, by_value, begin, starts[k + 1] - begin, mask, ranks, firsts)
        for rank in range(size):
            value = values[begin + firsts[rank]]
            sorted_values[rank] = np.int64(value).view(np.float64) if is_float != 0 else np.float64(value)
        for w in range(lo.shape[0]):
            tree[: size + 1] = 0
            moves(k, w, starts, query_starts, mask, lo, hi, enter_order, leave_order, alive, out, upto)
            at = 0
            number = 0
            for q in range(first_query, last_query):
                for j in range(at, upto[q - first_query]):
                    i = np.int64(out[j])
                    sign = 1 if i >= 0 else -1
                    number += sign
                    node = np.int64(ranks[i if i >= 0 else ~i]) + 1
                    while node <= size:
                        tree[node] += np.int32(sign)
                        node += node & -node
                at = upto[q - first_query]
                for a in range(len(levels)):
                    if windows[a] != w:
                        continue
                    answer = 0.0
                    if number > 0:
                        place = levels[a] * (number - 1)
                        below = math.floor(place)
                        one = sorted_values[_select(tree, size, np.int64(below))]
                        other = one
                        if place > below:
                            other = sorted_values[_select(tree, size, np.int64(below) + 1)]
                        answer = between(one, other, place - below)
                    table[places[a], q] = np.float64(answer).view(np.int64)
