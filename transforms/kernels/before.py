"""Windows over all history of a slice of a key: its rows, after what those before it add up to (`transforms.before`).

Nothing ever leaves such a window, so sums only grow: those of floats slide (`exact.slide`) in units of the least float
there is, those of integers are prefixes.
"""

import numpy as np

from ropeway.transforms.kernels.exact import (
    LIMBS,
    change,
    narrow_totals,
    narrow_variances,
    slide,
    square_up,
    sum_up,
)
from ropeway.transforms.kernels.wide import BIAS, add_term, carried, compiled, product_high

_ZERO = np.uint64(0)
#: the field of the least float, and how many bits above it the greatest one has
_LEAST = np.int64(1)
_WIDTH = np.int64(2046 + 53)


@compiled
def add_up(values, mask, groups, is_float, with_squares, limbs):  # type: ignore[no-untyped-def]
    """Adds each masked row to its group's limbs, int64[groups, 3, LIMBS]: infinities, sums, squares."""
    for i in range(len(values)):
        if mask[i] == 0:
            continue
        group = limbs[groups[i]]
        bits = values[i]
        if is_float != 0:
            change(bits, np.int64(1), _LEAST, group[1], group[2], group[0], with_squares != 0)
        else:
            digits = np.uint64(-bits if bits < 0 else bits)
            add_term(group[1], _ZERO, digits, np.int64(0), np.int64(-1) if bits < 0 else np.int64(1))
            if with_squares != 0:
                add_term(group[2], product_high(digits, digits), digits * digits, np.int64(0), np.int64(1))


@compiled
def add_counts(tile, query_starts, before, windows, table, counts_at):  # type: ignore[no-untyped-def]
    """Adds before[key] to the counts of the queries of a tile in all windows."""
    for k in range(tile[0], tile[1]):
        for w in range(windows):
            for q in range(max(query_starts[k], tile[4]), min(query_starts[k + 1], tile[5])):
                table[counts_at + w, q] += before[k]


@compiled
def moments(  # type: ignore[no-untyped-def]
    tile, starts, query_starts, values, mask, is_float, lo, hi, order, limbs, words, summed, table, places, ddof,
    overflow,
):  # fmt: skip
    """Sums, means and variances, as by `moments.moments`, of whole keys, the counts being there.

    `order`: empty, or the rows in the order in which they enter, as `hi` counts them. `limbs` and `words`: what stands
    before, for floats and for integers.
    """
    longest = np.int64(0)
    for k in range(tile[0], tile[1]):
        longest = max(longest, starts[k + 1] - starts[k])
    counts_at = places[0]
    means_at = places[2]
    variances_at = places[3]
    zero = np.int64(0)
    no = np.int64(-1)
    is_late = np.int64(len(order) > 0)
    rows = np.empty(longest, np.int64)
    unmasked = np.empty(0, np.uint8)
    scratch = np.empty((6, LIMBS), np.int64)
    wide = longest + 1 if is_float == 0 else zero
    sums = np.empty((wide, 2), np.uint64)
    squares = np.empty((wide if variances_at >= 0 else zero, 3), np.uint64)
    nothing = np.zeros((1, 3), np.uint64)
    for k in range(tile[0], tile[1]):
        first_query = query_starts[k]
        last_query = query_starts[k + 1]
        if first_query == last_query:
            continue
        first = starts[k]
        n = starts[k + 1] - first
        for j in range(n):
            i = np.int64(order[first + j]) if is_late != 0 else first + j
            rows[j] = values[i] if len(mask) == 0 or mask[i] != 0 else zero
        if is_float == 0:
            sum_up(rows, unmasked, zero, n, is_float, BIAS, sums)
            for j in range(n + 1):
                low, carry = carried(sums[j, 0], words[k, 0], _ZERO)
                sums[j, 0] = low
                sums[j, 1] += words[k, 1] + carry
            if variances_at >= 0:
                square_up(rows, unmasked, zero, n, is_float, BIAS, squares)
                for j in range(n + 1):
                    low, carry = carried(squares[j, 0], words[k, 2], _ZERO)
                    squares[j, 0] = low
                    low, carry = carried(squares[j, 1], words[k, 3], carry)
                    squares[j, 1] = low
                    squares[j, 2] += words[k, 4] + carry
        for w in range(lo.shape[0]):
            sums_at = places[1] if summed[w] != 0 else no
            if is_float != 0:
                slide(w, first_query, last_query, lo, hi, first, n, is_late, rows, unmasked, rows, unmasked, zero,
                      _LEAST, _WIDTH, limbs[k], scratch, table, counts_at, sums_at, means_at, variances_at,
                      ddof)  # fmt: skip
                continue
            if sums_at >= 0 or means_at >= 0:
                narrow_totals(w, first_query, last_query, lo, hi, first, n, is_late, sums, nothing, is_float, zero,
                              table, counts_at, sums_at, means_at, overflow)  # fmt: skip
            if variances_at >= 0:
                narrow_variances(w, first_query, last_query, lo, hi, first, n, is_late, sums, nothing, squares, nothing,
                                 zero, table, counts_at, variances_at, ddof)  # fmt: skip
