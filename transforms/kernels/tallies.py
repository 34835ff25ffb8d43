"""What follows from how often each value is in a window: how many there are, the most frequent ones, their entropy.

A count for each value of the key, by its rank among them. The most frequent value is at the root of a tournament: a
tree in which the winner of two values is the more frequent one, the lesser one if they are equally frequent. A row that
enters or leaves plays the matches above its value again, O(log n).
"""

import math

import numpy as np
from numba import njit

from ropeway.transforms.kernels.moving import (
    bits_flip,
    bits_levels,
    bits_next,
    dense_ranks,
    grown,
    longest_key,
    moves,
)
from ropeway.transforms.kernels.wide import compiled, inlined

#: terms of an entropy are whole numbers of 2^-52, summed as three integers: whole, and two times 26 bits below
_BITS = 26
_UNIT = np.float64(1 << _BITS)


@inlined
def _wins(counts, one, other):  # type: ignore[no-untyped-def]
    """Which of two ranks is more frequent, the lesser one if both are; -1 stands for none."""
    if one < 0 or other < 0:
        return max(one, other)
    if counts[one] != counts[other]:
        return one if counts[one] > counts[other] else other
    return min(one, other)


@inlined
def _play(tree, counts, leaves, rank):  # type: ignore[no-untyped-def]
    """The matches of a rank, after its count has changed."""
    node = (leaves + rank) >> 1
    while node > 0:
        before = tree[node]
        winner = _wins(counts, np.int64(tree[2 * node]), np.int64(tree[2 * node + 1]))
        tree[node] = winner
        if winner == before and winner != rank:
            return
        node >>= 1


@njit(nogil=True, cache=True)
def _seat(tree, size):  # type: ignore[no-untyped-def]
    """The number of leaves of a tree for so many ranks, none of which is there yet."""
    leaves = 1
    while leaves < size:
        leaves *= 2
    for rank in range(leaves):
        tree[leaves + rank] = rank if rank < size else -1
    for node in range(leaves - 1, 0, -1):
        # of values that are equally frequent the least
        tree[node] = tree[2 * node] if tree[2 * node] >= 0 else tree[2 * node + 1]
    return leaves


@inlined
def _add_term(terms, count, sign):  # type: ignore[no-untyped-def]
    """Adds sign * count * ln(count), rounded once, which below 2 is 0."""
    if count > 1:
        term = count * math.log(count)
        whole = math.floor(term)
        rest = (term - whole) * _UNIT
        high = math.floor(rest)
        terms[0] += sign * np.int64(whole)
        terms[1] += sign * np.int64(high)
        terms[2] += sign * np.int64((rest - high) * _UNIT)


@njit(nogil=True, cache=True)
def entropy_of(terms, number, distinct):  # type: ignore[no-untyped-def]
    """ln n - sum(c ln c) / n, not below 0; 0 of one value."""
    if distinct < 2:
        return 0.0
    high = terms[1] + (terms[2] >> _BITS)
    low = terms[2] & ((1 << _BITS) - 1)
    whole = terms[0] + (high >> _BITS)
    high &= (1 << _BITS) - 1
    total = np.float64(whole) + np.float64((high << _BITS) | low) / (_UNIT * _UNIT)
    return max(0.0, math.log(number) - total / number)


@compiled
def tally(  # type: ignore[no-untyped-def]
    tile, starts, query_starts, values, by_value, mask, lo, hi, enter_order, leave_order, alive, table, places
):
    """For each window and query how many different values there are (at places[0] + w), the most frequent value (1),
    its share of all (2) and the entropy (3), both as bits of float64; a place < 0 is not wanted; 0 where there is none.

    `by_value`: the positions of each key's rows in the order of their values. Whole keys.
    """
    longest = longest_key(tile, starts)
    ranks = np.empty(longest, np.int32)
    firsts = np.empty(longest, np.int32)
    out = np.empty(2 * longest, np.int32)
    upto = np.empty(tile[5] - tile[4], np.int64)
    counts = np.empty(longest, np.int32)
    contest = places[1] >= 0 or places[2] >= 0
    tree = np.empty(4 * longest + 2 if contest else 2, np.int32)
    terms = np.zeros(3, np.int64)
    for k in range(tile[0], tile[1]):
        first_query = query_starts[k]
        last_query = query_starts[k + 1]
        if first_query == last_query:
            continue
        begin = starts[k]
        size = dense_ranks(values, by_value, begin, starts[k + 1] - begin, mask, ranks, firsts)
        for w in range(lo.shape[0]):
            counts[:size] = 0
            terms[:] = 0
            leaves = _seat(tree, size) if contest and size > 0 else 0
            moves(k, w, starts, query_starts, mask, lo, hi, enter_order, leave_order, alive, out, upto)
            at = 0
            distinct = 0
            number = 0
            for q in range(first_query, last_query):
                for j in range(at, upto[q - first_query]):
                    i = np.int64(out[j])
                    sign = 1 if i >= 0 else -1
                    rank = np.int64(ranks[i if i >= 0 else ~i])
                    number += sign
                    if places[3] >= 0:
                        _add_term(terms, np.int64(counts[rank]), np.int64(-1))
                        _add_term(terms, np.int64(counts[rank] + sign), np.int64(1))
                    if sign > 0:
                        distinct += counts[rank] == 0
                    else:
                        distinct -= counts[rank] == 1
                    counts[rank] += np.int32(sign)
                    if contest:
                        _play(tree, counts, leaves, rank)
                at = upto[q - first_query]
                if places[0] >= 0:
                    table[places[0] + w, q] = distinct
                best = np.int64(tree[1]) if contest and number > 0 else np.int64(0)
                if places[1] >= 0:
                    table[places[1] + w, q] = values[begin + firsts[best]] if number > 0 else 0
                if places[2] >= 0:
                    share = np.float64(counts[best]) / np.float64(number) if number > 0 else 0.0
                    table[places[2] + w, q] = np.float64(share).view(np.int64)
                if places[3] >= 0:
                    bits = np.float64(entropy_of(terms, number, distinct) if number > 0 else 0.0)
                    table[places[3] + w, q] = bits.view(np.int64)


@inlined
def _sift(heap, size, tree, counts):  # type: ignore[no-untyped-def]
    """Puts the last node of a heap where it belongs: on top the node whose winner is the most frequent."""
    child = size - 1
    node = heap[child]
    while child > 0:
        parent = (child - 1) >> 1
        if _wins(counts, np.int64(tree[heap[parent]]), np.int64(tree[node])) == tree[heap[parent]]:
            break
        heap[child] = heap[parent]
        child = parent
    heap[child] = node


@inlined
def _pop(heap, size, tree, counts):  # type: ignore[no-untyped-def]
    """The top of a heap, whose size is one less then."""
    top = heap[0]
    moved = heap[size - 1]
    size -= 1
    parent = 0
    while True:
        child = 2 * parent + 1
        if child >= size:
            break
        if (
            child + 1 < size
            and _wins(counts, np.int64(tree[heap[child + 1]]), np.int64(tree[heap[child]])) == (tree[heap[child + 1]])
        ):
            child += 1
        if _wins(counts, np.int64(tree[moved]), np.int64(tree[heap[child]])) == tree[moved]:
            break
        heap[parent] = heap[child]
        parent = child
    if size > 0:
        heap[parent] = moved
    return top


@compiled
def histogram(  # type: ignore[no-untyped-def]
    tile, starts, query_starts, values, by_value, mask, w, lo, hi, enter_order, leave_order, alive, most, lengths
):
    """(values, counts) of the `most` most frequent values of window w, query after query; lengths[q]: how many.

    The k-th is the winner of a subtree in which none of the first k - 1 is: O(log n) for each.
    """
    longest = longest_key(tile, starts)
    ranks = np.empty(longest, np.int32)
    firsts = np.empty(longest, np.int32)
    out = np.empty(2 * longest, np.int32)
    upto = np.empty(tile[5] - tile[4], np.int64)
    counts = np.empty(longest, np.int32)
    tree = np.empty(4 * longest + 2, np.int32)
    heap = np.empty(2 * longest + 2, np.int64)
    found = np.empty(max(np.int64(16), tile[5] - tile[4]), np.int64)
    numbers = np.empty(len(found), np.int64)
    written = 0
    for k in range(tile[0], tile[1]):
        first_query = query_starts[k]
        last_query = query_starts[k + 1]
        if first_query == last_query:
            continue
        begin = starts[k]
        size = dense_ranks(values, by_value, begin, starts[k + 1] - begin, mask, ranks, firsts)
        counts[:size] = 0
        leaves = _seat(tree, size) if size > 0 else 0
        moves(k, w, starts, query_starts, mask, lo, hi, enter_order, leave_order, alive, out, upto)
        at = 0
        for q in range(first_query, last_query):
            for j in range(at, upto[q - first_query]):
                i = np.int64(out[j])
                rank = np.int64(ranks[i if i >= 0 else ~i])
                counts[rank] += np.int32(1 if i >= 0 else -1)
                _play(tree, counts, leaves, rank)
            at = upto[q - first_query]
            length = 0
            waiting = 0
            if size > 0 and counts[tree[1]] > 0:
                heap[0] = 1
                waiting = 1
            while waiting > 0 and length < most:
                node = _pop(heap, waiting, tree, counts)
                waiting -= 1
                rank = np.int64(tree[node])
                found = grown(found, written, 1)
                numbers = grown(numbers, written, 1)
                found[written] = values[begin + firsts[rank]]
                numbers[written] = counts[rank]
                written += 1
                length += 1
                # what is left of the subtree: the other side of each match that the rank has won there
                while node < leaves:
                    left = 2 * node
                    loser = left + 1 if tree[left] == rank else left
                    if tree[loser] >= 0 and counts[tree[loser]] > 0:
                        heap[waiting] = loser
                        waiting += 1
                        _sift(heap, waiting, tree, counts)
                    node = left if tree[left] == rank else left + 1
            lengths[q] = length
    return found[:written], numbers[:written]


@compiled
def present(  # type: ignore[no-untyped-def]
    tile, starts, query_starts, values, mask, size, lo, hi, enter_order, leave_order, alive, lengths
):
    """The different values of the masked rows of window 0, in order, query after query; lengths[q]: how many.

    Values are numbers below `size`. Whole keys. A set of bits knows which are there: a row costs a few steps, and so
    does each value that is written.
    """
    longest = longest_key(tile, starts)
    out = np.empty(2 * longest, np.int32)
    upto = np.empty(tile[5] - tile[4], np.int64)
    counts = np.zeros(size, np.int32)
    bits = np.zeros(bits_levels(size)[1], np.uint64)
    found = np.empty(max(np.int64(16), tile[5] - tile[4]), np.int32)
    written = 0
    for k in range(tile[0], tile[1]):
        first_query = query_starts[k]
        last_query = query_starts[k + 1]
        if first_query == last_query:
            continue
        begin = starts[k]
        moves(k, 0, starts, query_starts, mask, lo, hi, enter_order, leave_order, alive, out, upto)
        at = 0
        for q in range(first_query, last_query):
            for j in range(at, upto[q - first_query]):
                i = np.int64(out[j])
                value = np.int64(values[begin + (i if i >= 0 else ~i)])
                counts[value] += np.int32(1 if i >= 0 else -1)
                if counts[value] == (1 if i >= 0 else 0):
                    bits_flip(bits, size, value, i >= 0)
            at = upto[q - first_query]
            length = 0
            value = bits_next(bits, size, np.int64(0), False)
            while value >= 0:
                found = grown(found, written, 1)
                found[written] = value
                written += 1
                length += 1
                value = bits_next(bits, size, value + 1, False) if value + 1 < size else np.int64(-1)
            lengths[q] = length
        for j in range(at):  # what is left, for the next key
            i = np.int64(out[j])
            if i >= 0:
                value = np.int64(values[begin + i])
                if counts[value] > 0:
                    counts[value] = np.int32(0)
                    bits_flip(bits, size, value, False)
    return found[:written]
