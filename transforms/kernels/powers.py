"""Sums of powers and products over moving windows as exact integers, and what follows from them.

Each sum is a row of limbs (`wide`), to which the term of a row is added when it enters and from which it is taken away
when it leaves. The formulas are computed in integers of as many limbs as it takes; what stands above and below a
fraction bar is rounded to float64 once, as a significand and an exponent, so that nothing overflows on the way.
"""

import math

import numpy as np

from ropeway.transforms.kernels.exact import survey, term_of
from ropeway.transforms.kernels.moving import longest_key, moves
from ropeway.transforms.kernels.wide import INFINITE, compiled, head_of_limbs, rounded, settle

SHAPE, TREND, CORRELATION, WEIGHTED_MEAN = range(4)

#: the powers of both inputs whose products are summed
TERMS = (
    np.array([[1, 0], [2, 0], [3, 0], [4, 0]], np.int64),
    np.array([[1, 0], [0, 1], [1, 1], [0, 2]], np.int64),
    np.array([[1, 0], [0, 1], [1, 1], [2, 0], [0, 2]], np.int64),
    np.array([[1, 1], [0, 1]], np.int64),
)
#: what is counted beside sums: rows, those with an infinity; products that are inf, -inf, NaN; infinite weights
_COUNTERS = 7
_LOW = np.uint64(0xFFFFFFFF)
#: microseconds
_DAY = 86_400e6


@compiled
def _room(terms, width, other_width, out):  # type: ignore[no-untyped-def]
    """out[t]: how many limbs the sum of a term needs, of values below 2^width and 2^other_width."""
    for t in range(len(terms)):
        out[t] = ((terms[t, 0] * width + terms[t, 1] * other_width + 32) >> 5) + 4


@compiled
def _product(lanes, digits, times, size):  # type: ignore[no-untyped-def]
    """lanes[:size], 32 bits each, times a word to a power, in place; how many lanes there are then."""
    low = digits & _LOW
    high = digits >> np.uint64(32)
    for _ in range(times):
        carry = np.uint64(0)
        upper = np.uint64(0)
        before = np.uint64(0)
        for i in range(size):
            lane = lanes[i]
            part = lane * low + carry
            carry = part >> np.uint64(32)
            other = before * high + upper + (part & _LOW)
            lanes[i] = other & _LOW
            upper = other >> np.uint64(32)
            before = lane
        part = before * high + upper + carry
        lanes[size] = part & _LOW
        lanes[size + 1] = part >> np.uint64(32)
        size += 2
    return size


@compiled
def _add(x, x_float, x_least, y, y_float, y_least, sign, terms, sums, counters, lanes):  # type: ignore[no-untyped-def]
    """Adds (sign 1) or takes away (sign -1) a row with the values x and y."""
    counters[0] += sign
    x_infinite = x_float != 0 and x & INFINITE == INFINITE
    y_infinite = y_float != 0 and y & INFINITE == INFINITE
    x_negative = np.int64(1) if x < 0 else np.int64(0)
    y_negative = np.int64(1) if y < 0 else np.int64(0)
    x_digits, x_shift = term_of(x, np.int64(x_float), x_least)
    y_digits, y_shift = term_of(y, np.int64(y_float), y_least)
    if x_infinite or y_infinite:
        counters[1] += sign
        if (not x_infinite and x_digits == np.uint64(0)) or (not y_infinite and y_digits == np.uint64(0)):
            counters[4] += sign
        else:
            counters[2 + (x_negative ^ y_negative)] += sign
        if y_infinite:
            counters[5 + y_negative] += sign
    for t in range(len(terms)):
        p = terms[t, 0]
        q = terms[t, 1]
        if (p > 0 and (x_infinite or x_digits == np.uint64(0))) or (q > 0 and (y_infinite or y_digits == np.uint64(0))):
            continue
        lanes[0] = np.uint64(1)
        size = _product(lanes, x_digits, p, np.int64(1))
        size = _product(lanes, y_digits, q, size)
        shift = p * x_shift + q * y_shift
        at = shift >> 5
        by = np.uint64(shift & 31)
        way = -sign if (p * x_negative + q * y_negative) & 1 else sign
        below = np.uint64(0)
        for i in range(size):
            lane = lanes[i] << by
            sums[t, at + i] += way * np.int64((lane & _LOW) | below)
            below = lane >> np.uint64(32)
        sums[t, at + size] += way * np.int64(below)


@compiled
def _times(one, size, other, other_size, out):  # type: ignore[no-untyped-def]
    """The end of out = one[:size] * other[:other_size], of limbs in [0, 2^32)."""
    for i in range(size + other_size):
        out[i] = 0
    for i in range(size):
        carry = np.uint64(0)
        digit = np.uint64(one[i])
        for j in range(other_size):
            part = digit * np.uint64(other[j]) + np.uint64(out[i + j]) + carry
            out[i + j] = np.int64(part & _LOW)
            carry = part >> np.uint64(32)
        out[i + other_size] = np.int64(carry)
    end = size + other_size
    while end > 0 and out[end - 1] == 0:
        end -= 1
    return end


@compiled
def _number(n, out):  # type: ignore[no-untyped-def]
    """A number below 2^31 as limbs."""
    out[0] = n
    return np.int64(1)


@compiled
def _into(total, part, size, factor):  # type: ignore[no-untyped-def]
    """Adds factor * part[:size] to limbs that need not be settled."""
    for i in range(size):
        total[i] += factor * part[i]


@compiled
def _split(total, size, out):  # type: ignore[no-untyped-def]
    """(significand, exponent): limbs rounded to float64, as a significand in [1, 2), with a sign; 0 for 0.

    `total` is left empty.
    """
    negative, end = settle(total, size, out)
    total[:size] = 0
    if end == 0:
        return 0.0, np.int64(0)
    word, rest, sticky, exponent = head_of_limbs(out, end, np.int64(0))
    significand = np.int64(rounded(negative, word, rest | sticky, np.int64(-63))).view(np.float64)
    exponent += 63
    if abs(significand) == 2.0:
        return significand / 2.0, exponent + 1
    return significand, exponent


@compiled
def _even(significand, exponent):  # type: ignore[no-untyped-def]
    """The same number with an even exponent."""
    if exponent & 1:
        return significand * 2.0, exponent - 1
    return significand, exponent


@compiled
def _scaled(significand, exponent):  # type: ignore[no-untyped-def]
    """significand * 2^exponent, rounded once; infinite out of range."""
    return math.ldexp(significand, np.int32(max(-5000, min(5000, exponent))))  # type: ignore[arg-type]


@compiled
def _work(limbs):  # type: ignore[no-untyped-def]
    """Scratch for numbers of so many limbs: products, a total, what it becomes when it is settled."""
    return np.zeros((8, limbs), np.int64)


@compiled
def _shape(n, s, negative, ends, work, with_kurtosis):  # type: ignore[no-untyped-def]
    """(skew, kurtosis, whether there are such) of sums of four powers; `s` and `ends` are those of their limbs."""
    one, two, total, out, number = work[0], work[1], work[2], work[3], work[4]
    size = _number(n, number)
    limbs = len(total)
    sign = np.int64(-1) if negative[0] else np.int64(1)
    third = np.int64(-1) if negative[2] else np.int64(1)
    # n S2 - S1^2
    end = _times(number, size, s[1], ends[1], one)
    _into(total, one, end, np.int64(1))
    end = _times(s[0], ends[0], s[0], ends[0], one)
    _into(total, one, end, np.int64(-1))
    m2, e2 = _split(total, limbs, out)
    if m2 == 0.0:
        return 0.0, 0.0, False
    # n^2 S3 - 3 n S1 S2 + 2 S1^3; `one` holds S1^2
    cube = _times(one, end, s[0], ends[0], two)
    _into(total, two, cube, 2 * sign)
    cube = _times(s[2], ends[2], number, size, one)
    end = _times(one, cube, number, size, two)
    _into(total, two, end, third)
    cube = _times(s[0], ends[0], s[1], ends[1], one)
    end = _times(one, cube, number, size, two)
    _into(total, two, end, -3 * sign)
    m3, e3 = _split(total, limbs, out)
    skew = 0.0
    if m3 != 0.0:
        m, e = _even(m2, e2)
        skew = _scaled(m3 / (m * math.sqrt(m)), e3 - 3 * (e >> 1))
    if not with_kurtosis:
        return skew, 0.0, True
    # n^3 S4 - 4 n^2 S1 S3 + 6 n S1^2 S2 - 3 S1^4
    square = _times(s[0], ends[0], s[0], ends[0], one)
    end = _times(one, square, one, square, two)
    _into(total, two, end, np.int64(-3))
    end = _times(one, square, s[1], ends[1], two)
    end = _times(two, end, number, size, one)
    _into(total, one, end, np.int64(6))
    end = _times(s[0], ends[0], s[2], ends[2], one)
    end = _times(one, end, number, size, two)
    end = _times(two, end, number, size, one)
    _into(total, one, end, -4 * sign * third)
    end = _times(s[3], ends[3], number, size, one)
    end = _times(one, end, number, size, two)
    end = _times(two, end, number, size, one)
    _into(total, one, end, np.int64(1))
    m4, e4 = _split(total, limbs, out)
    return skew, _scaled(m4 / (m2 * m2), e4 - 2 * e2) - 3.0, True


@compiled
def _cross(n, both, both_end, both_negative, one, one_end, one_negative, two, two_end, two_negative, work):  # type: ignore[no-untyped-def]
    """n * both - one * two, as `_split` gives it."""
    part, total, out, number = work[0], work[2], work[3], work[4]
    size = _number(n, number)
    end = _times(both, both_end, number, size, part)
    _into(total, part, end, np.int64(-1) if both_negative else np.int64(1))
    end = _times(one, one_end, two, two_end, part)
    _into(total, part, end, np.int64(1) if one_negative != two_negative else np.int64(-1))
    return _split(total, len(total), out)


@compiled
def _weighted(s, ends, negative, counters, work, unit):  # type: ignore[no-untyped-def]
    """(mean, whether there is one) of the sums of products and of weights; a product's unit is `unit` times that."""
    total, out = work[2], work[3]
    _into(total, s[1], ends[1], np.int64(-1) if negative[1] else np.int64(1))
    below, below_exponent = _split(total, len(total), out)
    if counters[1] == 0:
        if below == 0.0:
            return 0.0, False
        _into(total, s[0], ends[0], np.int64(-1) if negative[0] else np.int64(1))
        above, above_exponent = _split(total, len(total), out)
        if above == 0.0:
            return 0.0, True
        return _scaled(above / below, above_exponent - below_exponent + unit), True
    if counters[5] > 0 or counters[6] > 0:
        below = math.nan if counters[5] > 0 and counters[6] > 0 else math.inf if counters[5] > 0 else -math.inf
    if below == 0.0:
        return 0.0, False
    above = 0.0
    if counters[4] > 0 or (counters[2] > 0 and counters[3] > 0):
        above = math.nan
    elif counters[2] > 0:
        above = math.inf
    elif counters[3] > 0:
        above = -math.inf
    return above / below, True


@compiled
def powers(  # type: ignore[no-untyped-def]
    tile, starts, query_starts, values, is_float, others, other_float, mask, lo, hi, enter_order, leave_order, alive,
    kind, terms, table, places,
):  # fmt: skip
    """For each window and query the answers of a `kind` at places + w, as bits of float64, the last of which is
    followed by whether there is one.

    `others`: the second input; for trends the times, else empty. Whole keys.
    """
    longest = longest_key(tile, starts)
    out = np.empty(2 * longest, np.int32)
    upto = np.empty(tile[5] - tile[4], np.int64)
    rooms = np.empty(len(terms), np.int64)
    counters = np.zeros(_COUNTERS, np.int64)
    negative = np.zeros(len(terms), np.bool_)
    ends = np.zeros(len(terms), np.int64)
    lanes = np.empty(12, np.uint64)
    sums = np.zeros((len(terms), 0), np.int64)
    settled = np.zeros((len(terms), 0), np.int64)
    work = _work(0)
    windows = lo.shape[0]
    for k in range(tile[0], tile[1]):
        first_query = query_starts[k]
        last_query = query_starts[k + 1]
        if first_query == last_query:
            continue
        begin = starts[k]
        end = starts[k + 1]
        origin = np.int64(0)
        if kind == TREND and begin < end:  # the middle of the times, from which none is too far for a word
            origin = (others[begin] & others[end - 1]) + ((others[begin] ^ others[end - 1]) >> 1)
        least, width, _, _ = survey(values, mask, begin, end, is_float)
        other_least, other_width = least, np.int64(0)
        if len(others) > 0:
            other_least, other_width, _, _ = survey(others, mask, begin, end, other_float)
        _room(terms, width, other_width, rooms)
        limbs = np.int64(rooms.max())
        if limbs > sums.shape[1]:
            sums = np.zeros((len(terms), limbs), np.int64)
            settled = np.zeros((len(terms), limbs), np.int64)
            work = _work(2 * limbs + 8)
        for w in range(windows):
            counters[:] = 0
            sums[:, :limbs] = 0
            moves(k, w, starts, query_starts, mask, lo, hi, enter_order, leave_order, alive, out, upto)
            at = 0
            for q in range(first_query, last_query):
                if q == first_query or at < upto[q - first_query]:
                    for j in range(at, upto[q - first_query]):
                        i = np.int64(out[j])
                        row = begin + (i if i >= 0 else ~i)
                        other = others[row] - origin if len(others) > 0 else np.int64(0)
                        _add(
                            values[row], is_float, least, other, other_float, other_least,
                            np.int64(1 if i >= 0 else -1), terms, sums, counters, lanes,
                        )  # fmt: skip
                    at = upto[q - first_query]
                    found = 0.0
                    second = 0.0
                    valid = False
                    if counters[0] > 0:
                        for t in range(len(terms)):
                            negative[t], ends[t] = settle(sums[t], rooms[t], settled[t])
                        n = counters[0]
                        if kind == SHAPE:
                            if counters[1] > 0:
                                found, second, valid = math.nan, math.nan, True
                            else:
                                found, second, valid = _shape(n, settled, negative, ends, work, len(places) > 2)
                        elif kind == WEIGHTED_MEAN:
                            found, valid = _weighted(settled, ends, negative, counters, work, unit_of(least, is_float))
                        else:
                            found, valid = _slope(
                                kind, n, settled, negative, ends, counters, work, unit_of(least, is_float)
                            )
                table[places[0] + w, q] = np.float64(found).view(np.int64)
                if len(places) > 2:
                    table[places[1] + w, q] = np.float64(second).view(np.int64)
                table[places[len(places) - 1] + w, q] = np.int64(valid)


@compiled
def unit_of(least, is_float):  # type: ignore[no-untyped-def]
    """The exponent of the unit in which values are counted."""
    return least - 1075 if is_float != 0 else np.int64(0)


@compiled
def _slope(kind, n, s, negative, ends, counters, work, unit):  # type: ignore[no-untyped-def]
    """(slope or correlation, whether there is one)."""
    above, above_exponent = _cross(
        n, s[2], ends[2], negative[2], s[0], ends[0], negative[0], s[1], ends[1], negative[1], work
    )
    last = len(ends) - 1
    below, below_exponent = _cross(
        n, s[last], ends[last], negative[last], s[1], ends[1], negative[1], s[1], ends[1], negative[1], work
    )
    if kind == TREND:
        if below == 0.0:
            return 0.0, False
        if counters[1] > 0:
            return math.nan, True
        return _scaled(above / below * _DAY, above_exponent - below_exponent + unit), True
    if counters[1] > 0:
        return math.nan, True
    own, own_exponent = _cross(
        n, s[3], ends[3], negative[3], s[0], ends[0], negative[0], s[0], ends[0], negative[0], work
    )
    if own == 0.0 or below == 0.0:
        return 0.0, False
    own, own_exponent = _even(own, own_exponent)
    below, below_exponent = _even(below, below_exponent)
    found = _scaled(
        above / (math.sqrt(own) * math.sqrt(below)), above_exponent - ((own_exponent + below_exponent) >> 1)
    )
    return max(-1.0, min(1.0, found)), True
