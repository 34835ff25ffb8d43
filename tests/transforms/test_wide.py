import math
import struct
from fractions import Fraction

import numpy as np
import numpy.typing as npt
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from numba import njit

from ropeway.transforms.kernels import wide

U64 = 2**64
words = st.one_of(
    st.integers(0, U64 - 1),
    st.integers(0, 2**32),
    st.sampled_from([0, 1, 2**63, 2**63 - 1, U64 - 1, 2**32, 2**32 - 1]),
)
tops = st.one_of(
    st.integers(2**63, U64 - 1),
    st.sampled_from([2**63, U64 - 1, 2**63 + 0x400, 2**63 + 0xC00, U64 - 0x400]),
)
divisors = st.one_of(
    st.integers(1, 2**31 - 1),
    st.integers(1, 2000),
    st.sampled_from([1, 2, 3, 2**31 - 1, 511, 512, 513]),
)
exponents = st.one_of(st.integers(-1250, 1100), st.integers(-1150, -1070), st.integers(940, 965))
limbs = st.lists(st.one_of(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 2**32 - 1])), min_size=1, max_size=9)


@njit
def bit_counts(word):  # type: ignore[no-untyped-def]
    return wide.leading_zeros(word), wide.trailing_zeros(word)


@njit
def product(x, y):  # type: ignore[no-untyped-def]
    return wide.product_high(x, y)


def u(x: int) -> np.uint64:
    return np.uint64(x)


def bits_of(x: Fraction, negative: bool = False) -> int:
    """The nearest float64 as a bit pattern, by Python's division of integers, which rounds once."""
    try:
        nearest = x.numerator / x.denominator
    except OverflowError:
        nearest = math.inf
    return int(struct.unpack("<q", struct.pack("<d", -nearest if negative else nearest))[0])


def value(parts: list[int]) -> int:
    """What limbs stand for, least first."""
    return sum(part << 32 * i for i, part in enumerate(parts))


def scaled(x: Fraction | int, exponent: int) -> Fraction:
    return Fraction(x) * Fraction(2) ** exponent


def as_limbs(parts: list[int], room: int = 0) -> npt.NDArray[np.int64]:
    return np.array([*parts, *[-1] * room], np.int64)


@given(words)
def test_bit_counts(x: int) -> None:
    above, below = bit_counts(u(x))
    assert above == 64 - x.bit_length()
    assert below == (64 if x == 0 else (x & -x).bit_length() - 1)


@given(words, words)
def test_product_high(x: int, y: int) -> None:
    assert int(product(u(x), u(y))) == x * y >> 64


@given(words, words, st.integers(0, 1))
def test_carried(x: int, y: int, carry: int) -> None:
    total, carry_out = wide.carried(u(x), u(y), u(carry))
    assert int(total) + U64 * int(carry_out) == x + y + carry


@given(words, words)
def test_magnitude(hi: int, lo: int) -> None:
    signed = hi * U64 + lo - (2**128 if hi >= 2**63 else 0)
    negative, high, low = wide.magnitude(u(hi), u(lo))
    assert negative == (signed < 0)
    assert int(high) * U64 + int(low) == abs(signed)


@given(words, words, exponents)
def test_head(hi: int, lo: int, exponent: int) -> None:
    assume(hi | lo)
    high, low, unit = wide.head(u(hi), u(lo), exponent)
    assert high >= 2**63
    assert scaled(int(high) * U64 + int(low), unit - 64) == scaled(hi * U64 + lo, exponent)


@settings(max_examples=400)
@given(st.booleans(), tops, st.booleans(), exponents)
@example(False, 2**63, False, -1138)  # half of the least subnormal: to even, 0
@example(False, 2**63, True, -1138)
@example(False, U64 - 1, False, -1139)
@example(True, 2**63, False, -1137)
@example(False, U64 - 1, False, -1086)  # the carry makes the least normal number
@example(False, 2**64 - 2**10, False, 960)  # the tie that rounds to infinity
@example(False, 2**64 - 2**10 - 1, True, 960)
def test_rounded(negative: bool, word: int, sticky: bool, exponent: int) -> None:
    exact = scaled(word + Fraction(sticky, 3), exponent)
    assert wide.rounded(negative, u(word), u(sticky), exponent) == bits_of(exact, negative)


@given(words, words, st.integers(1, 2**32 - 1))
def test_divided(hi: int, lo: int, divisor: int) -> None:
    high, low, rest = wide.divided(u(hi), u(lo), u(divisor))
    assert (int(high) * U64 + int(low), int(rest)) == divmod(hi * U64 + lo, divisor)


@settings(max_examples=400)
@given(st.booleans(), tops, words, st.booleans(), exponents, divisors)
def test_ratio(negative: bool, hi: int, lo: int, sticky: bool, exponent: int, divisor: int) -> None:
    exact = scaled(hi * U64 + lo + Fraction(sticky, 3), exponent - 64) / divisor
    assert wide.ratio(negative, u(hi), u(lo), u(sticky), exponent, u(divisor)) == bits_of(exact, negative)


@settings(max_examples=400)
@given(st.integers(-(2**53), 2**53), st.booleans(), exponents, divisors)
def test_sum_and_mean_of_what_may_be_a_double(total: int, sticky: bool, exponent: int, n: int) -> None:
    assume(total)
    hi, lo, unit = wide.head(u(0), u(abs(total)), exponent)
    exact = scaled(abs(total), exponent)
    if sticky:
        exact += scaled(Fraction(1, 3), unit - 64)
    found = wide.sum_and_mean(total < 0, u(hi), u(lo), u(sticky), unit, n, True)
    assert found == (bits_of(exact, total < 0), bits_of(exact / n, total < 0))


@settings(max_examples=400)
@given(tops, words, st.booleans(), st.integers(-2300, 2100), divisors, st.integers(0, 3))
def test_variance_of(hi: int, lo: int, sticky: bool, exponent: int, n: int, ddof: int) -> None:
    assume(n > ddof)
    exact = scaled(hi * U64 + lo + Fraction(sticky, 3), exponent - 64) / (n * (n - ddof))
    assert wide.variance_of(u(hi), u(lo), u(sticky), exponent, n, ddof) == bits_of(exact)


@given(divisors, words, words, words, words, words)
def test_word_spread(n: int, s2: int, s1: int, s0: int, hi: int, lo: int) -> None:
    total = hi * U64 + lo
    d3, d2, d1, d0 = wide.word_spread(u(n), u(s2), u(s1), u(s0), u(hi), u(lo))
    expected = n * ((s2 * U64 + s1) * U64 + s0) - total * total
    assert ((d3 * U64 + d2) * U64 + d1) * U64 + d0 == expected % 2**256


@given(words, words, words, words, exponents)
def test_head_of_words(d3: int, d2: int, d1: int, d0: int, exponent: int) -> None:
    exact = ((d3 * U64 + d2) * U64 + d1) * U64 + d0
    assume(exact)
    hi, lo, sticky, unit = wide.head_of_words(u(d3), u(d2), u(d1), u(d0), exponent)
    assert hi >= 2**63
    below = scaled(exact, exponent - unit + 64) - (int(hi) * U64 + int(lo))
    assert 0 <= below < 1
    assert (sticky != 0) == (below != 0)


@given(
    st.lists(st.tuples(words, words, st.integers(0, 200), st.sampled_from([-1, 1])), max_size=30),
    st.integers(1, 2**25),
)
def test_limbs_hold_the_exact_sum(terms: list[tuple[int, int, int, int]], repeated: int) -> None:
    sums = np.zeros(16, np.int64)
    total = 0
    for hi, lo, position, sign in terms:
        wide.add_term(sums, u(hi), u(lo), position, sign)
        total += sign * ((hi * U64 + lo) << position)
    out = np.zeros(16, np.int64)
    # as if all terms had been added many times, with no carry in between
    negative, end = wide.settle(sums * repeated, 16, out)
    assert value(out.tolist()) * (-1 if negative else 1) == total * repeated
    assert end == -(-(abs(total) * repeated).bit_length() // 32)


@given(divisors, limbs, limbs, words)
def test_limb_spread(n: int, squares: list[int], total: list[int], more: int) -> None:
    # as much as the squares must be at least for the difference not to be negative
    least = -(-(value(total) ** 2) // n) + (value(squares) if more % 2 else 0)
    parts = [least >> 32 * i & 0xFFFFFFFF for i in range(-(-least.bit_length() // 32) or 1)]
    out = np.full(40, -1, np.int64)
    end = wide.limb_spread(n, as_limbs(parts), len(parts), as_limbs(total), len(total), out)
    expected = n * least - value(total) ** 2
    assert value(out[:end].tolist()) == expected
    assert end == -(-expected.bit_length() // 32)


@given(limbs, exponents)
def test_head_of_limbs(parts: list[int], exponent: int) -> None:
    assume(parts[-1])
    hi, lo, sticky, unit = wide.head_of_limbs(as_limbs(parts, 3), len(parts), exponent)
    assert hi >= 2**63
    below = scaled(value(parts), exponent - unit + 64) - (int(hi) * U64 + int(lo))
    assert 0 <= below < 1
    assert (sticky != 0) == (below != 0)
