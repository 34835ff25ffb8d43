"""Sums of powers of one key: by prefixes of a few words where its values lie close together, else by sliding.

The steps that the kernels of `moments` and `late` share. A key whose values lie within a narrow span of exponents is
summed in integers of 128 bits (its squares in 192), and a window is the difference of two prefixes: one add per event
in all. Any other key, and one with infinities, slides a sum in limbs of 32 bits over its rows. Both hold the same
integers, so which one is used never shows in a result, nor does the order of the rows.
"""

import numpy as np

from ropeway.transforms.kernels.wide import (
    BIAS,
    HIDDEN,
    INFINITE,
    NAN,
    NEGATIVE,
    add_term,
    carried,
    compiled,
    head,
    head_of_limbs,
    head_of_words,
    inlined,
    leading_zeros,
    limb_spread,
    magnitude,
    product_high,
    settle,
    sum_and_mean,
    trailing_zeros,
    variance_of,
    word_spread,
)

_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_FRACTION = np.int64(0x000FFFFFFFFFFFFF)
_FIELD = np.int64(0x7FF)
_WITHOUT_SIGN = np.int64(0x7FFFFFFFFFFFFFFF)
#: above the field of any float
_ABOVE = np.int64(2048)
#: limbs for the sum of 2^31 squares of any floats, 134, and some more that are written with nothing
LIMBS = 144


@inlined
def _kept(rows, mask, i):  # type: ignore[no-untyped-def]
    """A row, or 0 if it takes no part: without a branch, for whether a row does may be as good as random."""
    return rows[i] & -np.int64(mask[i] != 0) if len(mask) > 0 else rows[i]


@inlined
def _fields(rows, mask, begin, end):  # type: ignore[no-untyped-def]
    """(least, most, infinite): the exponent fields of the finite floats that are not 0, several rows at a time."""
    least = _ABOVE
    most = np.int64(0)
    infinite = np.int64(0)
    for i in range(begin, end):
        bits = _kept(rows, mask, i) & _WITHOUT_SIGN
        field = bits >> 52
        least = min(least, max(field, np.int64(1)) if bits != 0 else _ABOVE)
        most = max(most, field if field != _FIELD else np.int64(0))
        infinite |= np.int64(field == _FIELD)
    return least, most, infinite


@inlined
def _lowest(rows, mask, begin, end):  # type: ignore[no-untyped-def]
    """The exponent field at which the lowest bit stands that is set in any row."""
    least = _ABOVE
    for i in range(begin, end):
        bits = _kept(rows, mask, i)
        field = (bits >> 52) & _FIELD
        fraction = np.uint64(bits & _FRACTION)
        low = max(field, np.int64(1)) + trailing_zeros(fraction | (HIDDEN if field != 0 else _ZERO))
        low = _ABOVE if field | np.int64(fraction) == 0 else low
        least = min(least, low)
    return least


@inlined
def survey(rows, mask, begin, end, is_float):  # type: ignore[no-untyped-def]
    """(least, width, narrow, narrow_squares) of rows [begin, end), masked if there is a mask.

    Finite values are integers below 2^width in units of 2^(least - BIAS); `narrow` says whether the words of a prefix
    hold any sum of them, and of their squares.
    """
    if is_float == 0:
        return BIAS, np.int64(64), True, True
    number = np.int64(64) - leading_zeros(np.uint64(end - begin))
    least, most, infinite = _fields(rows, mask, begin, end)
    width = max(most + 53 - least, np.int64(0))
    if number + 2 * width > 191:
        least = _lowest(rows, mask, begin, end)
        width = max(most + 53 - least, np.int64(0))
    narrow = number + width <= 127 and infinite == 0
    return least, width, narrow, narrow and number + 2 * width <= 191


@inlined
def term_of(bits, is_float, least):  # type: ignore[no-untyped-def]
    """(digits, shift): the absolute value is digits * 2^shift in units of 2^(least - BIAS); of 1 for an integer."""
    if is_float == 0:
        return np.uint64(-bits if bits < 0 else bits), np.int64(0)
    field = (bits >> 52) & _FIELD
    digits = np.uint64(bits & _FRACTION) | (HIDDEN if field != 0 else _ZERO)
    shift = max(field, np.int64(1)) - least
    # to the right only zeros are lost
    return digits >> min(max(-shift, np.int64(0)), np.int64(63)), max(shift, np.int64(0))


@inlined
def sum_up(rows, mask, begin, end, is_float, least, prefix):  # type: ignore[no-untyped-def]
    """prefix[j]: the sum of the first j rows from `begin` on modulo 2^128, in two words, low first."""
    lo = _ZERO
    hi = _ZERO
    prefix[0, 0] = lo
    prefix[0, 1] = hi
    for j in range(end - begin):
        bits = _kept(rows, mask, begin + j)
        low, by = term_of(bits, is_float, least)
        high = _ZERO
        if by >= 64:
            low, high, by = _ZERO, low, by - 64
        high = (high << by) | ((low >> 1) >> (63 - by))
        low <<= by
        # without a branch: signs may be as good as random
        flip = np.uint64(bits >> 63)
        low = (low ^ flip) - flip
        high = (high ^ flip) + (flip & _ONE if low == _ZERO else _ZERO)
        lo, carry = carried(lo, low, _ZERO)
        hi += high + carry
        prefix[j + 1, 0] = lo
        prefix[j + 1, 1] = hi


@inlined
def square_up(rows, mask, begin, end, is_float, least, prefix):  # type: ignore[no-untyped-def]
    """prefix[j]: the sum of the squares of the first j rows from `begin` on modulo 2^192, in three words, low first."""
    s0 = _ZERO
    s1 = _ZERO
    s2 = _ZERO
    prefix[0, 0] = s0
    prefix[0, 1] = s1
    prefix[0, 2] = s2
    for j in range(end - begin):
        digits, shift = term_of(_kept(rows, mask, begin + j), is_float, least)
        by = 2 * shift
        low = digits * digits
        middle = product_high(digits, digits)
        high = _ZERO
        if by >= 64:
            low, middle, high, by = _ZERO, low, middle, by - 64
        high = (high << by) | ((middle >> 1) >> (63 - by))
        middle = (middle << by) | ((low >> 1) >> (63 - by))
        s0, carry = carried(s0, low << by, _ZERO)
        s1, carry = carried(s1, middle, carry)
        s2 += high + carry
        prefix[j + 1, 0] = s0
        prefix[j + 1, 1] = s1
        prefix[j + 1, 2] = s2


@inlined
def span_of(lo, hi, w, q, first, n, late):  # type: ignore[no-untyped-def]
    """(a, b): the rows of a window are the first b that enter, less the first a that leave, of n rows from `first`."""
    a = np.int64(lo[w, q]) - first
    b = np.int64(hi[min(w, hi.shape[0] - 1), q]) - first
    if late == 0:
        a = min(a, n)
        b = max(a, b)
    return a, b


@inlined
def narrow_totals(  # type: ignore[no-untyped-def]
    w, first_query, last_query, lo, hi, first, n, late, entered_sums, left_sums, is_float, unit, table, counts_at,
    sums_at, means_at, overflow,
):  # fmt: skip
    """The sums and means of window w from prefixes."""
    for q in range(first_query, last_query):
        a, b = span_of(lo, hi, w, q, first, n, late)
        count = table[counts_at + w, q]
        low, carry = carried(entered_sums[b, 0], ~left_sums[a, 0], _ONE)
        high = entered_sums[b, 1] + ~left_sums[a, 1] + carry
        total = np.int64(low)
        mean = np.int64(0)
        if count <= 0 or low | high == _ZERO:
            total = np.int64(0)
        else:
            if is_float == 0 and sums_at >= 0 and np.int64(high) != total >> 63:
                total = np.int64(0)
                overflow[0] += 1
                overflow[1] = q if overflow[1] < 0 else overflow[1]
            negative, high, low = magnitude(high, low)
            word, rest, exponent = head(high, low, unit)
            nearest, mean = sum_and_mean(negative, word, rest, _ZERO, exponent, count, means_at >= 0)
            total = nearest if is_float != 0 else total
        if sums_at >= 0:
            table[sums_at + w, q] = total
        if means_at >= 0:
            table[means_at + w, q] = mean


@inlined
def narrow_variances(  # type: ignore[no-untyped-def]
    w, first_query, last_query, lo, hi, first, n, late, entered_sums, left_sums, entered_squares, left_squares, unit,
    table, counts_at, variances_at, ddof,
):  # fmt: skip
    """The variances of window w from prefixes of the rows and of their squares."""
    for q in range(first_query, last_query):
        a, b = span_of(lo, hi, w, q, first, n, late)
        count = table[counts_at + w, q]
        variance = np.int64(0)
        if count > max(ddof, np.int64(0)):
            low, carry = carried(entered_sums[b, 0], ~left_sums[a, 0], _ONE)
            high = entered_sums[b, 1] + ~left_sums[a, 1] + carry
            _, high, low = magnitude(high, low)
            s0, carry = carried(entered_squares[b, 0], ~left_squares[a, 0], _ONE)
            s1, carry = carried(entered_squares[b, 1], ~left_squares[a, 1], carry)
            s2 = entered_squares[b, 2] + ~left_squares[a, 2] + carry
            d3, d2, d1, d0 = word_spread(np.uint64(count), s2, s1, s0, high, low)
            if d3 | d2 | d1 | d0 != _ZERO:
                word, rest, sticky, exponent = head_of_words(d3, d2, d1, d0, 2 * unit)
                variance = variance_of(word, rest, sticky, exponent, count, ddof)
        table[variances_at + w, q] = variance


@inlined
def change(bits, sign, least, totals, squares, infinities, with_squares):  # type: ignore[no-untyped-def]
    """Adds (sign 1) or takes away (sign -1) one float."""
    if bits & INFINITE == INFINITE:
        infinities[1 if bits < 0 else 0] += sign
    else:
        digits, shift = term_of(bits, np.int64(1), least)
        add_term(totals, _ZERO, digits, shift, (sign ^ (bits >> 63)) - (bits >> 63))
        if with_squares:
            add_term(squares, product_high(digits, digits), digits * digits, 2 * shift, sign)


@compiled
def slide(  # type: ignore[no-untyped-def]
    w, first_query, last_query, lo, hi, first, n, late, entering, entering_mask, leaving, leaving_mask, start, least,
    width, begun, scratch, table, counts_at, sums_at, means_at, variances_at, ddof,
):  # fmt: skip
    """The moments of window w of floats of any span, by adding the rows that enter and taking away those that leave.

    The j-th row stands at start + j of `entering` and `leaving`. `begun`, int64[3, LIMBS], holds the infinities, totals
    and squares of rows that are in every window, whatever `lo`.
    """
    with_totals = sums_at >= 0 or means_at >= 0
    with_squares = variances_at >= 0
    infinities = scratch[0]
    totals = scratch[1]
    squares = scratch[2]
    settled = scratch[3]
    settled_squares = scratch[4]
    spread = scratch[5]
    scratch[:3] = begun
    unit = least - BIAS
    size = ((width + 32) >> 5) + 2
    size_squares = ((2 * width + 32) >> 5) + 2
    low, high = span_of(lo, hi, w, first_query, first, n, late)
    low = np.int64(0) if late != 0 else low
    high = low
    fresh = True
    total = np.int64(0)
    mean = np.int64(0)
    variance = np.int64(0)
    for q in range(first_query, last_query):
        a, b = span_of(lo, hi, w, q, first, n, late)
        if fresh or low < a or high < b:
            fresh = False
            for j in range(high, b):
                bits = _kept(entering, entering_mask, start + j)
                change(bits, np.int64(1), least, totals, squares, infinities, with_squares)
            for j in range(low, a):
                bits = _kept(leaving, leaving_mask, start + j)
                change(bits, np.int64(-1), least, totals, squares, infinities, with_squares)
            low = a
            high = b
            total = np.int64(0)
            mean = np.int64(0)
            variance = np.int64(0)
            count = table[counts_at + w, q]
            if count > 0 and (infinities[0] != 0 or infinities[1] != 0):
                total = INFINITE if infinities[1] == 0 else INFINITE | NEGATIVE
                total = NAN if infinities[0] != 0 and infinities[1] != 0 else total
                mean = total
                variance = NAN if count > ddof else np.int64(0)
            elif count > 0:
                negative, end = settle(totals, size, settled)
                if with_totals and end > 0:
                    word, rest, sticky, exponent = head_of_limbs(settled, end, unit)
                    total, mean = sum_and_mean(negative, word, rest, sticky, exponent, count, means_at >= 0)
                if with_squares and count > ddof:
                    settle(squares, size_squares, settled_squares)
                    end = limb_spread(count, settled_squares, size_squares, settled, end, spread)
                    if end > 0:
                        word, rest, sticky, exponent = head_of_limbs(spread, end, 2 * unit)
                        variance = variance_of(word, rest, sticky, exponent, count, ddof)
        if sums_at >= 0:
            table[sums_at + w, q] = total
        if means_at >= 0:
            table[means_at + w, q] = mean
        if variances_at >= 0:
            table[variances_at + w, q] = variance
