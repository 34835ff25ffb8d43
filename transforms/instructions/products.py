"""Exact sums of products of columns, as whole numbers in floats; see `statistics.products`."""

import numpy as np
from numba import njit

from ropeway.transforms.kernels.wide import compiled

#: rows after which sums of products of 20 bits may leave the whole numbers that floats hold
_ROWS = 1 << 13
#: rows that are cut into whole numbers at once, which stay in a core's own cache
_STEP = 64
#: a sum with it has no place for a fraction: a value between -2^51 and 2^51 is rounded to the nearest whole number
_ROUND = 1.5 * 2.0**52
#: of what is added in one word
_WORD = 2.0**26

# sums of whole numbers below 2^53 are exact in any order, so the compiler may choose one: four times as fast
_in_any_order = njit(nogil=True, cache=True, error_model="numpy", fastmath={"reassoc", "contract"})


@compiled
def accumulate_products(columns, centres, scales, low, words):  # type: ignore[no-untyped-def]
    """Add the products of all pairs of 1, the upper and the lower parts of the columns to words[2, ...].

    columns: float64[columns, rows]; rows with one that is not finite are left out. low: the unit of the upper parts.
    words: int64, the parts of sums below and from 2^26 on, of pairs whose second number is not less than the first.
    """
    width, size = columns.shape
    parts = 2 * width + 2  # an even number: the last one is nothing
    some = np.zeros((parts, _STEP))
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
            _cut(columns[i], whole[:filled], centres[i], scales[i], low, some[1 + i], some[1 + width + i])
        some[0, :filled] = 1.0
        if filled < _STEP:
            some[:, filled:] = 0.0
        _add(some, sums)
        held += _STEP
        if held == _ROWS:
            _settle(sums, words)
            held = 0
    _settle(sums, words)


@compiled
def _cut(column, rows, centre, scale, low, uppers, lowers):  # type: ignore[no-untyped-def]
    for j in range(len(rows)):
        x = (column[rows[j]] - centre) * scale
        upper = (x * (1.0 / low) + _ROUND) - _ROUND
        uppers[j] = upper
        lowers[j] = (x - upper * low + _ROUND) - _ROUND


@_in_any_order
def _add(some, sums):  # type: ignore[no-untyped-def]
    """Two rows by two at once, so that a number is loaded half as often."""
    for i in range(0, len(some), 2):
        a = some[i]
        b = some[i + 1]
        for k in range(i, len(some), 2):
            c = some[k]
            d = some[k + 1]
            ac = 0.0
            ad = 0.0
            bc = 0.0
            bd = 0.0
            for j in range(_STEP):
                ac += a[j] * c[j]
                ad += a[j] * d[j]
                bc += b[j] * c[j]
                bd += b[j] * d[j]
            sums[i, k] += ac
            sums[i, k + 1] += ad
            sums[i + 1, k] += bc
            sums[i + 1, k + 1] += bd


@compiled
def _settle(sums, words):  # type: ignore[no-untyped-def]
    for i in range(words.shape[1]):
        for k in range(i, words.shape[1]):
            high = np.floor(sums[i, k] / _WORD)
            words[0, i, k] += np.int64(sums[i, k] - high * _WORD)
            words[1, i, k] += np.int64(high)
    sums[:, :] = 0.0
