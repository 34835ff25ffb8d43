"""Exact sums of products of columns, as whole numbers in floats; see `statistics.products`."""

import numpy as np

from ropeway.transforms.kernels.wide import compiled

#: rows after which sums of products of 20 bits may leave the whole numbers that floats hold
_ROWS = 1 << 13
#: rows that are cut into whole numbers at once
_STEP = 64
#: a sum with it has no place for a fraction: a value between -2^51 and 2^51 is rounded to the nearest whole number
_ROUND = 1.5 * 2.0**52
#: of what is added in one word
_WORD = 2.0**26


@compiled
def accumulate_products(columns, centres, scales, low, words):  # type: ignore[no-untyped-def]
    """Add the products of all pairs of 1, the upper and the lower parts of the columns to words[2, ...].

    columns: float64[columns, rows]; rows with one that is not finite are left out. low: the unit of the upper parts.
    words: int64, the parts of sums below and from 2^26 on, of pairs whose second
    number is not less than the first.
    """
    width, size = columns.shape
    parts = 2 * width + 1
    some = np.zeros((_STEP, parts))
    sums = np.zeros((parts, parts))
    whole = np.empty(_STEP, np.int64)
    held = 0
    for first in range(0, size, _STEP):
        rows = min(_STEP, size - first)
        filled = 0
        for j in range(rows):
            good = True
            for i in range(width):
                good = good and abs(columns[i, first + j]) < np.inf
            whole[filled] = first + j
            filled += 1 if good else 0
        for i in range(width):
            column = columns[i]
            for j in range(filled):
                x = (column[whole[j]] - centres[i]) * scales[i]
                high = (x * (1.0 / low) + _ROUND) - _ROUND
                some[j, 1 + i] = high
                some[j, 1 + width + i] = (x - high * low + _ROUND) - _ROUND
        padded = (filled + 3) // 4 * 4
        for j in range(filled):
            some[j, 0] = 1.0
        for j in range(filled, padded):
            some[j, :] = 0.0
        # four rows at once, so that a sum is loaded and stored a quarter as often
        for j in range(0, padded, 4):
            _add_four(some[j], some[j + 1], some[j + 2], some[j + 3], sums)
        held += _STEP
        if held == _ROWS:
            _settle(sums, words)
            held = 0
    _settle(sums, words)


@compiled
def _add_four(one, two, three, four, sums):  # type: ignore[no-untyped-def]
    for i in range(len(one)):
        a = one[i]
        b = two[i]
        c = three[i]
        d = four[i]
        into = sums[i]
        for k in range(i, len(one)):
            into[k] += (a * one[k] + b * two[k]) + (c * three[k] + d * four[k])


@compiled
def _settle(sums, words):  # type: ignore[no-untyped-def]
    for i in range(sums.shape[0]):
        for k in range(i, sums.shape[1]):
            high = np.floor(sums[i, k] / _WORD)
            words[0, i, k] += np.int64(sums[i, k] - high * _WORD)
            words[1, i, k] += np.int64(high)
            sums[i, k] = 0.0
