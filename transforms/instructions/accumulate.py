"""Exact sums of floats and of their squares, by exponent: added in any order, and merged, they are the same integers.

A float is a whole number of 53 bits times 2 to the power of its exponent field less 1075. Whole numbers of one field
are added to two int64, of their lower 32 and their upper bits, so that 2^31 rows fit; their squares, of 106 bits, to
six. After arXiv:1505.05571, with one chunk per exponent in place of shifts.
"""

import numpy as np

from ropeway.transforms.kernels.wide import compiled, inlined

#: int64 per exponent field: lower and upper bits of the sum, then of the three parts of the squares
PARTS = 8
FIELDS = 2048

_FRACTION = np.int64(0x000FFFFFFFFFFFFF)
_HIDDEN = np.int64(0x0010000000000000)
_LOW32 = np.int64(0xFFFFFFFF)
_LOW27 = np.int64((1 << 27) - 1)


@inlined
def _add(one, word, whole):  # type: ignore[no-untyped-def]
    """Add a whole number, with the sign of a float's bits, and its square to the parts of one field."""
    sign = np.int64(-1) if word < 0 else np.int64(1)
    one[0] += sign * (whole & _LOW32)
    one[1] += sign * (whole >> 32)
    high = whole >> 27
    low = whole & _LOW27
    square = low * low
    one[2] += square & _LOW32
    one[3] += square >> 32
    square = 2 * high * low
    one[4] += square & _LOW32
    one[5] += square >> 32
    square = high * high
    one[6] += square & _LOW32
    one[7] += square >> 32


@compiled
def accumulate(values, bins, ends):  # type: ignore[no-untyped-def]
    """Add floats to bins[FIELDS, PARTS]; ends[6] are: rows, missing, infinite, least, greatest, zeros of any sign.

    Missing (NaN) and infinite values are counted alone; `ends` starts with inf, -inf for least and greatest.
    """
    bits = values.view(np.int64)
    missing = 0
    infinite = 0
    least = ends[3]
    greatest = ends[4]
    for j in range(len(values)):
        word = bits[j]
        field = (word >> 52) & np.int64(0x7FF)
        if field == 0x7FF:
            if word & _FRACTION:
                missing += 1
            else:
                infinite += 1
            continue
        x = values[j]
        least = min(least, x)
        greatest = max(greatest, x)
        whole = word & _FRACTION
        whole = whole | _HIDDEN if field != 0 else whole
        field = field if field != 0 else np.int64(1)
        _add(bins[field], word, whole)
    ends[0] += len(values)
    ends[1] += missing
    ends[2] += infinite
    ends[3] = least
    ends[4] = greatest


@compiled
def accumulate_by(rows, values, bins):  # type: ignore[no-untyped-def]
    """Add each float, finite, to the row of bins[rows, PARTS] that is named beside it."""
    bits = values.view(np.int64)
    for j in range(len(values)):
        word = bits[j]
        whole = word & _FRACTION
        whole = whole | _HIDDEN if (word >> 52) & np.int64(0x7FF) != 0 else whole
        _add(bins[rows[j]], word, whole)
