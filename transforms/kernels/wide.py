"""Integers wider than a machine word, and their roundings to float64.

Words are uint64: (hi, lo) is an integer modulo 2^128, in two's complement where it has a sign. A longer integer is
an array of limbs of 32 bits, least first, each in an int64: sums of such arrays need no carry before 2^31 terms
(after arXiv:1505.05571), and to add a term or to take it away is exact in any order.

What is rounded is always a head: a first word with its highest bit set, the exponent of that word's unit, mostly the
word below it, and `sticky`, which is not 0 where bits below those were dropped. Floats leave as int64 bit patterns
made by shifts and adds, so no rounding mode and no flush-to-zero setting of the process can change a result.
"""

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.extending import intrinsic

#: infinity, the quiet NaN and the sign of float64 as bit patterns
INFINITE = np.int64(0x7FF0000000000000)
NAN = np.int64(0x7FF8000000000000)
NEGATIVE = np.int64(-0x8000000000000000)
#: the bit of a significand that float64 leaves out
HIDDEN = np.uint64(0x0010000000000000)
#: a float64 is significand * 2^(exponent field - BIAS), where a subnormal has the field 1
BIAS = np.int64(1075)

_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_HALF = np.uint64(0x8000000000000000)
_LOW = np.uint64(0xFFFFFFFF)
_LIMB = np.int64(0xFFFFFFFF)

compiled = njit(nogil=True, cache=True, error_model="numpy")
#: LLVM is slow to inline by itself what takes many arguments, and a call costs more than what it calls
inlined = njit(nogil=True, error_model="numpy", forceinline=True)


def _leading_zeros(context, word):  # type: ignore[no-untyped-def]
    def build(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.ctlz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), build


def _trailing_zeros(context, word):  # type: ignore[no-untyped-def]
    def build(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), build


def _product_high(context, x, y):  # type: ignore[no-untyped-def]
    def build(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        pair = ir.IntType(128)
        product = builder.mul(builder.zext(arguments[0], pair), builder.zext(arguments[1], pair))
        return builder.trunc(builder.lshr(product, ir.Constant(pair, 64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), build


# one machine instruction each, for which numba has no names
#: how many bits of a word stand above the highest that is set; 64 for 0
leading_zeros: Any = intrinsic(_leading_zeros)
#: how many bits of a word stand below the lowest that is set; 64 for 0
trailing_zeros: Any = intrinsic(_trailing_zeros)
#: the upper word of the product of two words
product_high: Any = intrinsic(_product_high)


@inlined
def carried(x, y, carry):  # type: ignore[no-untyped-def]
    """(sum, carry) of two words and a carry."""
    part = x + y
    total = part + carry
    return total, (_ONE if part < x or total < part else _ZERO)


@inlined
def magnitude(hi, lo):  # type: ignore[no-untyped-def]
    """(negative, hi, lo): the sign and the absolute value of a pair in two's complement."""
    negative = np.int64(hi) < 0
    if negative:
        lo = ~lo + _ONE
        hi = ~hi + (_ONE if lo == _ZERO else _ZERO)
    return negative, hi, lo


@inlined
def head(hi, lo, exponent):  # type: ignore[no-untyped-def]
    """(hi, lo, exponent): the head of (hi, lo) > 0 in units of 2^exponent."""
    if hi == _ZERO:
        hi = lo
        lo = _ZERO
    else:
        exponent += 64
    by = leading_zeros(hi)
    return (hi << by) | ((lo >> 1) >> (63 - by)), lo << by, exponent - by


@inlined
def rounded(negative, word, sticky, exponent):  # type: ignore[no-untyped-def]
    """The bits of the float64 nearest to the head word * 2^exponent, half to even; infinite where out of range.

    If `sticky`, the exact value is more, by less than the word resolves: 55 bits of it at least, the rest being 0.
    """
    field = exponent + 1086
    if field >= 2047:
        bits = INFINITE
    elif field >= 1:
        kept = word >> 11
        rest = (word << 53) | (_ONE if sticky != _ZERO else _ZERO)
        up = rest + (kept & _ONE) > _HALF
        # the hidden bit adds 1 to the field; a carry out of the significand makes the next power of two, or infinity
        bits = (np.int64(field - 1) << 52) + np.int64(kept) + (1 if up else 0)
    else:
        drop = 12 - field
        bits = np.int64(0)
        if drop <= 64:
            kept = (word >> 1) >> (drop - 1)
            rest = word << (64 - drop)
            up = rest > _HALF or (rest == _HALF and (sticky != _ZERO or kept & _ONE != _ZERO))
            bits = np.int64(kept) + (1 if up else 0)
    return bits | NEGATIVE if negative else bits


@inlined
def divided(hi, lo, divisor):  # type: ignore[no-untyped-def]
    """(hi, lo, remainder) of a pair divided by 1 <= divisor < 2^32."""
    quotient = hi // divisor
    part = ((hi - quotient * divisor) << 32) | (lo >> 32)
    middle = part // divisor
    part = ((part - middle * divisor) << 32) | (lo & _LOW)
    low = part // divisor
    return quotient, (middle << 32) | low, part - low * divisor


@inlined
def ratio(negative, hi, lo, sticky, exponent, divisor):  # type: ignore[no-untyped-def]
    """The bits of the float64 nearest to a head of two words divided by 1 <= divisor < 2^31."""
    first = hi // divisor
    rest = hi - first * divisor
    by = leading_zeros(first)
    # one or two digits of the quotient: 55 bits are enough, what is below is sticky
    if by <= 9:
        return rounded(negative, first << by, rest | lo | sticky, exponent - by)
    part = (rest << 32) | (lo >> 32)
    second = part // divisor
    below = (part - second * divisor) | (second & (_LOW >> by)) | (lo & _LOW) | sticky
    return rounded(negative, (first << by) | (second >> (32 - by)), below, exponent - by)


@inlined
def sum_and_mean(negative, hi, lo, sticky, exponent, n, want_mean):  # type: ignore[no-untyped-def]
    """The bits of an exact sum, given by its head, and of its n-th part (0 if it is not wanted); n < 2^31."""
    total = rounded(negative, hi, lo | sticky, exponent)
    mean = np.int64(0)
    if want_mean:
        # a sum that is a double, far from subnormal, can be divided as it is
        if lo | sticky | (hi << 53) == _ZERO and -1000 < exponent < 900:
            mean = np.float64(np.int64(total).view(np.float64) / np.float64(n)).view(np.int64)
        else:
            mean = ratio(negative, hi, lo, sticky, exponent, np.uint64(n))
    return total, mean


@inlined
def variance_of(hi, lo, sticky, exponent, n, ddof):  # type: ignore[no-untyped-def]
    """The bits of the head of n * squares - total^2 divided by n * (n - ddof); 0 <= ddof < n < 2^31."""
    if n < 46341:  # the square is below 2^31
        return ratio(False, hi, lo, sticky, exponent, np.uint64(n * (n - ddof)))
    hi, lo, rest = divided(hi, lo, np.uint64(n))
    hi, lo, last = divided(hi, lo, np.uint64(n - ddof))
    word, below, exponent = head(hi, lo, exponent - 64)
    return rounded(False, word, below | rest | last | sticky, exponent)


@inlined
def word_spread(n, s2, s1, s0, hi, lo):  # type: ignore[no-untyped-def]
    """The four words, highest first, of n * (s2, s1, s0) - (hi, lo)^2, which is not negative."""
    cross_hi = product_high(hi, lo)
    cross_lo = hi * lo
    t0 = lo * lo
    t1, carry = carried(product_high(lo, lo), cross_lo << 1, _ZERO)
    t2, carry = carried(hi * hi, (cross_hi << 1) | (cross_lo >> 63), carry)
    t3 = product_high(hi, hi) + (cross_hi >> 63) + carry
    p1, carry = carried(product_high(n, s0), n * s1, _ZERO)
    p2, carry = carried(product_high(n, s1), n * s2, carry)
    p3 = product_high(n, s2) + carry
    d0, carry = carried(n * s0, ~t0, _ONE)
    d1, carry = carried(p1, ~t1, carry)
    d2, carry = carried(p2, ~t2, carry)
    return p3 + ~t3 + carry, d2, d1, d0


@inlined
def head_of_words(d3, d2, d1, d0, exponent):  # type: ignore[no-untyped-def]
    """(hi, lo, sticky, exponent): the head of four words, highest first, not all 0, in units of 2^exponent."""
    if d3 | d2 == _ZERO:
        hi, lo, exponent = head(d1, d0, exponent)
        return hi, lo, _ZERO, exponent
    if d3 == _ZERO:
        d3, d2, d1, d0 = d2, d1, d0, _ZERO
        exponent -= 64
    by = leading_zeros(d3)
    hi = (d3 << by) | ((d2 >> 1) >> (63 - by))
    lo = (d2 << by) | ((d1 >> 1) >> (63 - by))
    return hi, lo, (d1 << by) | d0, exponent + 192 - by


@inlined
def add_term(limbs, hi, lo, position, sign):  # type: ignore[no-untyped-def]
    """Adds sign * (hi, lo) * 2^position to the limbs, without a carry: to five of them from position / 32."""
    at = position >> 5
    by = position & 31
    low = lo << by
    middle = (hi << by) | ((lo >> 1) >> (63 - by))
    limbs[at] += sign * np.int64(low & _LOW)
    limbs[at + 1] += sign * np.int64(low >> 32)
    limbs[at + 2] += sign * np.int64(middle & _LOW)
    limbs[at + 3] += sign * np.int64(middle >> 32)
    limbs[at + 4] += sign * np.int64((hi >> 1) >> (63 - by))


@compiled
def settle(limbs, size, out):  # type: ignore[no-untyped-def]
    """(negative, end): carries |limbs[:size]| into out, all limbs in [0, 2^32), the last that is not 0 at end - 1."""
    carry = np.int64(0)
    for i in range(size):
        limb = limbs[i] + carry
        out[i] = limb & _LIMB
        carry = limb >> 32
    negative = carry < 0
    if negative:
        carry = np.int64(1)
        for i in range(size):
            limb = (out[i] ^ _LIMB) + carry
            out[i] = limb & _LIMB
            carry = limb >> 32
    end = size
    while end > 0 and out[end - 1] == 0:
        end -= 1
    return negative, end


@compiled
def limb_spread(n, squares, size, total, end, out):  # type: ignore[no-untyped-def]
    """The end of out = n * squares[:size] - total[:end]^2, which is not negative, all limbs settled; n < 2^31.

    Room is needed for size + 1 limbs and for 2 * end. What is left after each digit of the total is not negative
    either, so no borrow leaves it.
    """
    carry = np.int64(0)
    for i in range(size):
        limb = squares[i] * n + carry
        out[i] = limb & _LIMB
        carry = limb >> 32
    out[size] = carry
    width = max(size + 1, 2 * end)
    for i in range(size + 1, width):
        out[i] = 0
    for i in range(end):
        digit = np.uint64(total[i])
        if digit == _ZERO:
            continue
        owed = _ZERO
        for j in range(end):
            product = digit * np.uint64(total[j]) + owed
            limb = out[i + j] - np.int64(product & _LOW)
            out[i + j] = limb & _LIMB
            owed = (product >> 32) + np.uint64((limb >> 32) & 1)
        at = i + end
        while owed != _ZERO:
            limb = out[at] - np.int64(owed)
            out[at] = limb & _LIMB
            owed = np.uint64((limb >> 32) & 1)
            at += 1
    while width > 0 and out[width - 1] == 0:
        width -= 1
    return width


@compiled
def head_of_limbs(limbs, end, exponent):  # type: ignore[no-untyped-def]
    """(hi, lo, sticky, exponent): the head of settled limbs[:end], end > 0, in units of 2^exponent."""
    a = np.uint64(limbs[end - 1])
    b = np.uint64(limbs[end - 2]) if end > 1 else _ZERO
    c = np.uint64(limbs[end - 3]) if end > 2 else _ZERO
    d = np.uint64(limbs[end - 4]) if end > 3 else _ZERO
    e = np.uint64(limbs[end - 5]) if end > 4 else _ZERO
    by = leading_zeros(a) - 32
    hi = (a << 32) | b
    lo = (c << 32) | d
    sticky = (e << by) & _LOW
    hi = (hi << by) | ((lo >> 1) >> (63 - by))
    lo = (lo << by) | (e >> (32 - by))
    below = end - 6
    while sticky == _ZERO and below >= 0:
        sticky = np.uint64(limbs[below])
        below -= 1
    return hi, lo, sticky, exponent + 32 * (end - 2) - by
