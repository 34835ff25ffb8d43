"""Exact sums, means and variances of windows: every result is the exact value rounded once.

A key whose values lie within a narrow span of exponents is summed in integers of 128 bits (its squares in 192), and a
window is the difference of two prefixes: one add per event in all. Any other key, and one with infinities, slides a
sum in limbs of 32 bits over its rows. Both hold the same integers, so which one is used never shows in a result, nor
does the order of the rows.
"""

import numpy as np

from ropeway.transforms.kernels.ranges import alive
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
#: limbs for the sum of 2^31 squares of any floats, 134, and some more that are written with nothing
_LIMBS = 144


@inlined
def _load(values, mask, order, ordered, begin, n, late, stamps, enter, reach, inclusive, rows, held):  # type: ignore[no-untyped-def]
    """rows[j]: the value of the key's j-th row, 0 if it takes no part; held[j]: how many before it take part."""
    count = np.int64(0)
    for j in range(n):
        i = order[begin + j] if ordered else begin + j
        part = np.int64(1 if mask[i] != 0 else 0)
        if late != 0:
            part &= np.int64(1 if alive(stamps[i], enter[i], reach, inclusive) else 0)
        rows[j] = values[i] & -part  # without a branch: whether a row takes part may be as good as random
        held[j] = count
        count += part
    held[n] = count


@inlined
def _all_alive(mask, begin, n, stamps, enter, reach, inclusive):  # type: ignore[no-untyped-def]
    """Whether every masked row of the key is alive at some time."""
    for i in range(begin, begin + n):
        if mask[i] != 0 and not alive(stamps[i], enter[i], reach, inclusive):
            return False
    return True


@inlined
def _span(rows, n):  # type: ignore[no-untyped-def]
    """(least, width, infinite): finite floats are integers below 2^width in units of 2^(least - BIAS)."""
    least = np.int64(2048)
    most = np.int64(0)
    infinite = False
    for j in range(n):
        field = (rows[j] >> 52) & _FIELD
        fraction = np.uint64(rows[j] & _FRACTION)
        # the lowest bit set; a zero has none
        low = max(field, np.int64(1)) + trailing_zeros(fraction | (HIDDEN if field != 0 else _ZERO))
        low = np.int64(2048) if field | np.int64(fraction) == 0 else low
        least = min(least, low)
        most = max(most, np.int64(0) if field == _FIELD else field)
        infinite |= field == _FIELD
    return least, max(most + 53 - least, np.int64(0)), infinite


@inlined
def _term(bits, is_float, least):  # type: ignore[no-untyped-def]
    """(digits, shift): the absolute value is digits * 2^shift in units of 2^(least - BIAS); of 1 for an integer."""
    if is_float == 0:
        return np.uint64(-bits if bits < 0 else bits), np.int64(0)
    field = (bits >> 52) & _FIELD
    digits = np.uint64(bits & _FRACTION) | (HIDDEN if field != 0 else _ZERO)
    shift = max(field, np.int64(1)) - least
    # to the right only zeros are lost
    return digits >> min(max(-shift, np.int64(0)), np.int64(63)), max(shift, np.int64(0))


@inlined
def _sum_up(rows, n, is_float, least, prefix):  # type: ignore[no-untyped-def]
    """prefix[j]: the sum of the first j rows modulo 2^128, in two words, low first."""
    lo = _ZERO
    hi = _ZERO
    prefix[0, 0] = lo
    prefix[0, 1] = hi
    for j in range(n):
        low, by = _term(rows[j], is_float, least)
        high = _ZERO
        if by >= 64:
            low, high, by = _ZERO, low, by - 64
        high = (high << by) | ((low >> 1) >> (63 - by))
        low <<= by
        # without a branch: signs may be as good as random
        flip = np.uint64(rows[j] >> 63)
        low = (low ^ flip) - flip
        high = (high ^ flip) + (flip & _ONE if low == _ZERO else _ZERO)
        lo, carry = carried(lo, low, _ZERO)
        hi += high + carry
        prefix[j + 1, 0] = lo
        prefix[j + 1, 1] = hi


@inlined
def _square_up(rows, n, is_float, least, prefix):  # type: ignore[no-untyped-def]
    """prefix[j]: the sum of the squares of the first j rows modulo 2^192, in three words, low first."""
    s0 = _ZERO
    s1 = _ZERO
    s2 = _ZERO
    prefix[0, 0] = s0
    prefix[0, 1] = s1
    prefix[0, 2] = s2
    for j in range(n):
        digits, shift = _term(rows[j], is_float, least)
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
def _range(lo, hi, w, q, first, n, late):  # type: ignore[no-untyped-def]
    """(a, b): the rows of a window are the first b that enter, less the first a that leave."""
    a = lo[w, q] - first
    b = hi[min(w, hi.shape[0] - 1), q] - first
    if late == 0:
        a = min(a, n)
        b = max(a, b)
    return a, b


@inlined
def _narrow_totals(  # type: ignore[no-untyped-def]
    w, first_query, last_query, lo, hi, first, n, late, entered, left, entered_sums, left_sums, is_float, unit,
    out_rows, sums, means, overflow,
):  # fmt: skip
    """The sums and means of window w from prefixes."""
    for q in range(first_query, last_query):
        a, b = _range(lo, hi, w, q, first, n, late)
        count = entered[b] - left[a]
        low, carry = carried(entered_sums[b, 0], ~left_sums[a, 0], _ONE)
        high = entered_sums[b, 1] + ~left_sums[a, 1] + carry
        total = np.int64(low)
        mean = np.int64(0)
        column = out_rows[q]
        if count <= 0 or low | high == _ZERO:
            total = np.int64(0)
        else:
            if is_float == 0 and sums.shape[0] > 0 and np.int64(high) != total >> 63:
                total = np.int64(0)
                overflow[0] += 1
                overflow[1] = column if overflow[1] < 0 else overflow[1]
            negative, high, low = magnitude(high, low)
            word, rest, exponent = head(high, low, unit)
            nearest, mean = sum_and_mean(negative, word, rest, _ZERO, exponent, count, means.shape[0] > 0)
            total = nearest if is_float != 0 else total
        if sums.shape[0] > 0:
            sums[w, column] = total
        if means.shape[0] > 0:
            means[w, column] = mean


@inlined
def _narrow_variances(  # type: ignore[no-untyped-def]
    w, first_query, last_query, lo, hi, first, n, late, entered, left, entered_sums, left_sums, entered_squares,
    left_squares, unit, out_rows, variances, ddof,
):  # fmt: skip
    """The variances of window w from prefixes of the rows and of their squares."""
    for q in range(first_query, last_query):
        a, b = _range(lo, hi, w, q, first, n, late)
        count = entered[b] - left[a]
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
        variances[w, out_rows[q]] = variance


@inlined
def _change(bits, sign, least, totals, squares, infinities, with_squares):  # type: ignore[no-untyped-def]
    """Adds (sign 1) or takes away (sign -1) one float."""
    if bits & INFINITE == INFINITE:
        infinities[1 if bits < 0 else 0] += sign
    else:
        digits, shift = _term(bits, np.int64(1), least)
        add_term(totals, _ZERO, digits, shift, (sign ^ (bits >> 63)) - (bits >> 63))
        if with_squares:
            add_term(squares, product_high(digits, digits), digits * digits, 2 * shift, sign)


@compiled
def _slide(  # type: ignore[no-untyped-def]
    w, first_query, last_query, lo, hi, first, n, late, entering, leaving, entered, left, least, width, scratch,
    with_totals, with_squares, out_rows, sums, means, variances, ddof,
):  # fmt: skip
    """The moments of window w of floats of any span, by adding the rows that enter and taking away those that leave."""
    infinities = scratch[0]
    totals = scratch[1]
    squares = scratch[2]
    settled = scratch[3]
    settled_squares = scratch[4]
    spread = scratch[5]
    scratch[:3] = 0
    unit = least - BIAS
    size = ((width + 32) >> 5) + 2
    size_squares = ((2 * width + 32) >> 5) + 2
    low = np.int64(0)
    high = np.int64(0)
    total = np.int64(0)
    mean = np.int64(0)
    variance = np.int64(0)
    for q in range(first_query, last_query):
        a, b = _range(lo, hi, w, q, first, n, late)
        if low < a or high < b:
            for j in range(high, b):
                _change(entering[j], np.int64(1), least, totals, squares, infinities, with_squares)
            for j in range(low, a):
                _change(leaving[j], np.int64(-1), least, totals, squares, infinities, with_squares)
            low = a
            high = b
            total = np.int64(0)
            mean = np.int64(0)
            variance = np.int64(0)
            count = entered[b] - left[a]
            if count > 0 and (infinities[0] != 0 or infinities[1] != 0):
                total = INFINITE if infinities[1] == 0 else INFINITE | NEGATIVE
                total = NAN if infinities[0] != 0 and infinities[1] != 0 else total
                mean = total
                variance = NAN if count > ddof else np.int64(0)
            elif count > 0:
                negative, end = settle(totals, size, settled)
                if with_totals and end > 0:
                    word, rest, sticky, exponent = head_of_limbs(settled, end, unit)
                    total, mean = sum_and_mean(negative, word, rest, sticky, exponent, count, means.shape[0] > 0)
                if with_squares and count > ddof:
                    settle(squares, size_squares, settled_squares)
                    end = limb_spread(count, settled_squares, size_squares, settled, end, spread)
                    if end > 0:
                        word, rest, sticky, exponent = head_of_limbs(spread, end, 2 * unit)
                        variance = variance_of(word, rest, sticky, exponent, count, ddof)
        column = out_rows[q]
        if with_totals and sums.shape[0] > 0:
            sums[w, column] = total
        if with_totals and means.shape[0] > 0:
            means[w, column] = mean
        if with_squares:
            variances[w, column] = variance


@compiled
def moments(  # type: ignore[no-untyped-def]
    first_key, last_key, event_starts, query_starts, values, mask, is_float, lo, hi, late, enter_order, stamps, enter,
    reach, inclusive, out_rows, sums, means, variances, ddof, counts, overflow,
):  # fmt: skip
    """counts, sums, means and variances[w, out_rows[q]] of the masked rows of query q in window w.

    Keys first_key <= k < last_key are worked on: their events stand at [event_starts[k], event_starts[k + 1]), their
    queries, in time order, at [query_starts[k], query_starts[k + 1]); both starts are int64[keys + 1].

    - values: int64[events], integers, or if `is_float` the bits of floats, never NaN where the mask is not 0.
    - mask: uint8[events].
    - lo: int64[windows, queries], hi: the same or int64[1, queries] for all windows: positions of events, not
      decreasing within a key. Rows lo <= i < hi are in the window; none if lo > hi.
    - late: if not 0, hi are positions in `enter_order` instead, which holds the positions of each key by `enter`,
      int64[events], the instant from which a row is known; `stamps` holds the instant at which it happened. A row
      counts from its entry until lo has passed it, if it enters before it leaves (`ranges.alive`, with `reach`,
      int64[windows], and `inclusive`). If `late` is 0 these arrays may be empty.
    - out_rows: int32[queries], the column of the outputs for each query.
    - sums, means, variances: int64[windows, outputs], or of shape (0, 0) if not wanted. Sums of integers are
      integers, all else are bits of floats. No rows give 0, as does a variance of no more than ddof rows. Infinities
      of one sign give that infinity, of both NaN; a variance of any is NaN.
    - overflow: int64[2]: adds to [0] how many sums of integers are out of range (they are left 0), and writes the
      first such output to [1] if that is negative; threads need one each.

    0 <= ddof, and a key holds fewer than 2^31 rows. The arrays are contiguous and writable and the scalars int64, so
    that there is one compilation.

    >>> import numpy as np
    >>> none, unwanted, total = np.empty(0, np.int64), np.empty((0, 0), np.int64), np.empty((1, 1), np.int64)
    >>> values = np.array([1e16, 1.0, -1e16]).view(np.int64)  # added as floats, they would give 0
    >>> count, overflow = np.empty((1, 1), np.int64), np.array([0, -1])
    >>> moments(
    ...     0, 1, np.array([0, 3]), np.array([0, 1]), values, np.ones(3, np.uint8), 1, np.array([[0]]), np.array([[3]]),
    ...     0, none, none, none, none, 0, np.zeros(1, np.int32), total, unwanted, unwanted, 1, count, overflow,
    ... )
    >>> total.view(np.float64), count
    (array([[1.]]), array([[3]]))
    """
    longest = np.int64(0)
    for k in range(first_key, last_key):
        if query_starts[k] < query_starts[k + 1]:
            longest = max(longest, event_starts[k + 1] - event_starts[k])
    want_totals = sums.shape[0] > 0 or means.shape[0] > 0
    want_variances = variances.shape[0] > 0
    squared = longest + 1 if want_variances else np.int64(0)
    scratch = np.empty((6, _LIMBS), np.int64)
    entering = np.empty(longest, np.int64)
    entered = np.empty(longest + 1, np.int64)
    entered_sums = np.empty((longest + 1, 2), np.uint64)
    entered_squares = np.empty((squared, 3), np.uint64)
    leaving = np.empty(longest, np.int64) if late != 0 else entering
    left = np.empty(longest + 1, np.int64) if late != 0 else entered
    left_sums = np.empty((longest + 1, 2), np.uint64) if late != 0 else entered_sums
    left_squares = np.empty((squared, 3), np.uint64) if late != 0 else entered_squares
    for k in range(first_key, last_key):
        first_query = query_starts[k]
        last_query = query_starts[k + 1]
        if first_query == last_query:
            continue
        first = event_starts[k]
        last = event_starts[k + 1]
        if late == 0:
            # rows before every window and after all of them are not read
            begin = last
            end = first
            for w in range(lo.shape[0]):
                begin = min(begin, lo[w, first_query])
                end = max(end, hi[min(w, hi.shape[0] - 1), last_query - 1])
            first = begin
            last = max(begin, end)
        n = last - first
        narrow = True
        narrow_squares = True
        least = BIAS
        width = np.int64(64)
        was_whole = False
        for w in range(lo.shape[0]):
            whole = late == 0 or _all_alive(mask, first, n, stamps, enter, reach[w], inclusive)
            if w == 0 or not (whole and was_whole):
                span = reach[w] if late != 0 else np.int64(0)
                _load(values, mask, enter_order, late != 0, first, n, late, stamps, enter, span, inclusive,
                      entering, entered)  # fmt: skip
                if late != 0:
                    _load(values, mask, enter_order, False, first, n, late, stamps, enter, span, inclusive,
                          leaving, left)  # fmt: skip
                if is_float != 0:
                    least, width, infinite = _span(entering, n)
                    bits = width + 64 - leading_zeros(np.uint64(entered[n]))
                    narrow = bits <= 127 and not infinite
                    narrow_squares = bits + width <= 191 and narrow
                if narrow and (want_totals or want_variances):
                    _sum_up(entering, n, is_float, least, entered_sums)
                    if late != 0:
                        _sum_up(leaving, n, is_float, least, left_sums)
                if narrow_squares and want_variances:
                    _square_up(entering, n, is_float, least, entered_squares)
                    if late != 0:
                        _square_up(leaving, n, is_float, least, left_squares)
            was_whole = whole
            for q in range(first_query, last_query):
                a, b = _range(lo, hi, w, q, first, n, late)
                counts[w, out_rows[q]] = max(entered[b] - left[a], np.int64(0))
            if want_totals and narrow:
                _narrow_totals(w, first_query, last_query, lo, hi, first, n, late, entered, left, entered_sums,
                               left_sums, is_float, least - BIAS, out_rows, sums, means, overflow)  # fmt: skip
            if want_variances and narrow_squares:
                _narrow_variances(w, first_query, last_query, lo, hi, first, n, late, entered, left, entered_sums,
                                  left_sums, entered_squares, left_squares, least - BIAS, out_rows, variances,
                                  ddof)  # fmt: skip
            with_totals = want_totals and not narrow
            with_squares = want_variances and not narrow_squares
            if with_totals or with_squares:
                _slide(w, first_query, last_query, lo, hi, first, n, late, entering, leaving, entered, left, least,
                       width, scratch, with_totals, with_squares, out_rows, sums, means, variances,
                       ddof)  # fmt: skip
