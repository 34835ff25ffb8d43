"""Exact numbers, and the way back to float64."""

import math
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from ropeway.transforms.aggregates import exact

finite = st.floats(allow_nan=False, allow_infinity=False)
wide = st.integers(-(2**5000), 2**5000)


@given(finite | st.integers(-(2**63), 2**63 - 1) | st.booleans())
@settings(max_examples=300)
def test_units_are_exact(value: float) -> None:
    assert Fraction(exact.units(value), 2**1074) == Fraction(value)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**28), max_value=10**28))
@settings(max_examples=300)
def test_decimals_keep_their_digits(value: Decimal) -> None:
    assert str(exact.scaled(*exact.unscaled(value))) == str(value)
    assert exact.unscaled(value)[1] == 9


@given(wide.filter(bool), st.integers(-5000, 0))
@settings(max_examples=300)
def test_split_is_rounded_once(number: int, exponent: int) -> None:
    m, e = exact.split(number, exponent)
    assert 1.0 <= abs(m) < 2.0
    value = number * Fraction(2) ** exponent
    rounded = Fraction(m) * Fraction(2) ** e
    step = Fraction(2) ** (e - 52)
    assert abs(value - rounded) <= step / 2
    if abs(value - rounded) == step / 2:  # a tie goes to even
        assert Fraction(m) * 2**52 % 2 == 0


@given(wide.filter(bool))
def test_even_is_the_same_number(number: int) -> None:
    m, e = exact.split(number, -2148)
    mantissa, exponent = exact.even(m, e)
    assert exponent % 2 == 0
    assert Fraction(mantissa) * Fraction(2) ** exponent == Fraction(m) * Fraction(2) ** e


def test_out_of_range_is_infinite() -> None:
    assert exact.quotient(2**2000, -1) == exact.joined(-1.0, 2000) == -math.inf
    assert exact.quotient(-(2**2000), -1) == math.inf
    assert exact.joined(1.0, -3000) == 0.0
