"""Skewness, kurtosis, slope, correlation and weighted mean against fractions, of numbers of any size."""

import math
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ropeway.transforms.aggregates import AGGREGATES
from ropeway.transforms.aggregates.base import Row

INF = math.inf
_DIGITS = Context(prec=60, Emin=-(10**6), Emax=10**6)

#: near each other, or of any size
number = st.floats(1e6, 1e6 + 1e-3) | st.floats(-1e300, 1e300) | st.sampled_from([0.0, 0.1, 5e-324, 1e308, -1e308])
numbers = st.lists(number, min_size=2, max_size=8)


def answer(name: str, rows: list[Row]) -> Any:
    aggregate = AGGREGATES[name]()
    state = aggregate.start()
    for row in rows:
        state = aggregate.update(state, row)
    return aggregate.finish(state)


def root(value: Fraction) -> Fraction:
    above, below = _DIGITS.create_decimal(value.numerator), _DIGITS.create_decimal(value.denominator)
    return Fraction(_DIGITS.sqrt(_DIGITS.divide(above, below)))


def central(values: list[Fraction], power: int) -> Fraction:
    mean = sum(values) / Fraction(len(values))
    return sum(((value - mean) ** power for value in values), Fraction(0)) / len(values)


def close(found: Any, wanted: Fraction | None) -> None:
    if wanted is None or found is None:
        assert found is wanted
    elif abs(wanted) >= Fraction(2) ** 1024:
        assert found == (INF if wanted > 0 else -INF)
    elif abs(wanted) < Fraction(1, 2**1000):
        assert abs(found) <= 2.0**-999
    else:
        assert math.isfinite(found)
        assert abs(Fraction(found) - wanted) <= abs(wanted) * Fraction(1, 2**50)


@given(numbers)
@settings(max_examples=200)
def test_skew(given_: list[float]) -> None:
    values = [Fraction(value) for value in given_]
    m2 = central(values, 2)
    close(answer("skew", [Row(value) for value in given_]), central(values, 3) / root(m2**3) if m2 else None)


@given(numbers)
@settings(max_examples=200)
def test_kurtosis(given_: list[float]) -> None:
    values = [Fraction(value) for value in given_]
    m2 = central(values, 2)
    found = answer("kurtosis", [Row(value) for value in given_])
    close(None if found is None else found + 3.0, central(values, 4) / m2**2 if m2 else None)


@given(st.lists(st.tuples(number, st.integers(-(2**40), 2**40) | st.sampled_from([0, 2**62])), min_size=2, max_size=8))
@settings(max_examples=200)
def test_trend(given_: list[tuple[float, int]]) -> None:
    n = len(given_)
    xs, ts = [Fraction(x) for x, _ in given_], [Fraction(t) for _, t in given_]
    above = n * sum(x * t for x, t in zip(xs, ts, strict=True)) - sum(xs) * sum(ts)
    below = n * sum(t * t for t in ts) - sum(ts) ** 2
    close(answer("trend", [Row(x, at=t) for x, t in given_]), Fraction(above, below) * 86400_000_000 if below else None)


@given(st.lists(st.tuples(number, number), min_size=2, max_size=8))
@settings(max_examples=200)
def test_correlation(given_: list[tuple[float, float]]) -> None:
    xs, ys = [Fraction(x) for x, _ in given_], [Fraction(y) for _, y in given_]
    spread = central(xs, 2) * central(ys, 2)
    mx, my = sum(xs, Fraction(0)) / len(xs), sum(ys, Fraction(0)) / len(ys)
    both = sum(((x - mx) * (y - my) for x, y in zip(xs, ys, strict=True)), Fraction(0)) / len(xs)
    found = answer("correlation", [Row(x, y) for x, y in given_])
    close(found, both / root(spread) if spread else None)
    assert found is None or -1.0 <= found <= 1.0


@given(st.lists(st.tuples(number, number), min_size=1, max_size=8))
@settings(max_examples=200)
def test_weighted_mean(given_: list[tuple[float, float]]) -> None:
    weight = sum((Fraction(w) for _, w in given_), Fraction(0))
    total = sum((Fraction(x) * Fraction(w) for x, w in given_), Fraction(0))
    close(answer("weighted_mean", [Row(x, w) for x, w in given_]), total / weight if weight else None)


@pytest.mark.parametrize("name", ["skew", "kurtosis", "trend", "correlation"])
def test_an_infinity_makes_it_nan(name: str) -> None:
    rows = [Row(INF, 1.0, at=1), Row(2.0, 5.0, at=2), Row(3.0, 2.0, at=3)]
    assert math.isnan(answer(name, rows))
    assert math.isnan(answer(name, [Row(2.0, -INF, at=1), Row(INF, 2.0, at=2)]))


def test_one_time_has_no_slope_whatever_the_values() -> None:
    assert answer("trend", [Row(INF, at=5), Row(1.0, at=5)]) is None
    assert answer("trend", [Row(1.0, at=5)]) is None


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ([(INF, 1.0), (5.0, 2.0)], INF),
        ([(INF, -1.0), (5.0, 2.0)], -INF),
        ([(INF, 1.0), (-INF, 2.0)], math.nan),
        ([(INF, 0.0), (1.0, 2.0)], math.nan),
        ([(1.0, INF), (1.0, 2.0)], math.nan),
        ([(0.0, INF)], math.nan),
        ([(1.0, INF), (1.0, -INF)], math.nan),
        ([(INF, 1.0), (1.0, -3.0)], -INF),
        ([(INF, 1.0), (1.0, -1.0)], None),
        ([(INF, 0.0)], None),
        ([(3.0, 0.0)], None),
        ([(3.0, -1.0), (4.0, 1.0)], None),
        ([(0.0, 2.0)], 0.0),
        ([(Decimal("0.5"), True), (2, 3)], 1.625),
    ],
)
def test_weighted_mean_of_infinities_and_zeros(rows: list[tuple[Any, Any]], wanted: float | None) -> None:
    assert repr(answer("weighted_mean", [Row(x, w) for x, w in rows])) == repr(wanted)


def test_symmetric_values_have_no_skew() -> None:
    assert repr(answer("skew", [Row(x) for x in (-1.5, 0.0, 1.5)])) == "0.0"
    assert answer("skew", [Row(x) for x in (0.1, 0.1, 0.1)]) is None


def test_integers_are_exact_where_float64_is_not() -> None:
    assert answer("correlation", [Row(2**60, 1), Row(2**60 + 1, 2), Row(2**60 + 2, 3)]) == 1.0
    assert answer("correlation", [Row(Decimal(2**60), 1), Row(Decimal(2**60 + 1), 2)]) is None
