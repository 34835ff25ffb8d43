"""Floats as whole numbers of 18 bits at fixed places, so that sums of their products are exact in any order.

A float is the sum of up to four digits times 2^(18 place - 1080). Products of two digits, of 36 bits, are added over
2^14 rows without rounding, so a matrix product of digits is exact whatever the order of its sums. After Ozaki et al.
(2012), with places that are the same for all data.
"""

import numpy as np

from ropeway.transforms.kernels.wide import compiled, trailing_zeros

BITS = 18
DIGITS = 4
#: pairs of digits
PAIRS = 10
#: rows over which sums stay exact
ROWS = 1 << 14

_FRACTION = np.int64(0x000FFFFFFFFFFFFF)
_HIDDEN = np.int64(0x0010000000000000)
_LOW = np.int64((1 << BITS) - 1)
#: 2^-1074 is bit 6 of place 0
_FIRST = np.int64(60 * BITS - 1075)


@compiled
def places(values):  # type: ignore[no-untyped-def]
    """The highest place at which a finite value has a digit, -1 where all are 0, and how many from there down do."""
    bits = values.view(np.int64)
    most = np.int64(0)
    lowest = np.int64(1 << 30)
    for j in range(len(bits)):
        word = bits[j] & np.int64(0x7FFFFFFFFFFFFFFF)
        if word == 0 or word >= np.int64(0x7FF0000000000000):
            continue
        most = max(most, word)
        field = word >> 52
        at = max(field, np.int64(1)) + _FIRST
        if at < lowest:  # what ends below is looked for where the value could do so
            whole = word & _FRACTION
            whole = whole | _HIDDEN if field != 0 else whole
            lowest = min(lowest, at + trailing_zeros(np.uint64(whole)))
    if most == 0:
        return np.int64(-1), np.int64(0)
    field = max(most >> 52, np.int64(1))
    whole = most & _FRACTION
    whole = whole | _HIDDEN if (most >> 52) != 0 else whole
    length = np.int64(0)
    while whole > 0:
        whole >>= 1
        length += 1
    top = (field + _FIRST + length - 1) // BITS
    return top, min(np.int64(DIGITS), top - lowest // BITS + 1)


@compiled
def cut(values, top, width, digits, first, present, mask):  # type: ignore[no-untyped-def]
    """The digits of each value from place `top` down, into digits[rows, first:first + width]; lower ones are left out.

    Missing and infinite values have none, and 0 in present[rows, mask], where the others have 1.
    """
    bits = values.view(np.int64)
    for j in range(len(values)):
        word = bits[j]
        field = (word >> 52) & np.int64(0x7FF)
        for k in range(width):
            digits[j, first + k] = 0.0
        if field == 0x7FF:
            if mask >= 0:
                present[j, mask] = 0.0
            continue
        if mask >= 0:
            present[j, mask] = 1.0
        whole = word & _FRACTION
        whole = whole | _HIDDEN if field != 0 else whole
        at = max(field, np.int64(1)) + _FIRST
        place = at // BITS
        shift = at - place * BITS
        sign = 1.0 if word >= 0 else -1.0
        k = top - place
        digit = (whole << shift) & _LOW
        if 0 <= k < width:
            digits[j, first + k] = sign * digit
        whole >>= BITS - shift
        for _ in range(3):
            k -= 1
            if 0 <= k < width:
                digits[j, first + k] = sign * (whole & _LOW)
            whole >>= BITS


@compiled
def square(digits, firsts, squares):  # type: ignore[no-untyped-def]
    """All products of two digits of each value; those of column i are digits[rows, firsts[i]:firsts[i + 1]]."""
    for j in range(len(digits)):
        at = 0
        for i in range(len(firsts) - 1):
            for a in range(firsts[i], firsts[i + 1]):
                one = digits[j, a]
                for b in range(a, firsts[i + 1]):
                    squares[j, at] = one * digits[j, b]
                    at += 1
