from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ropeway.transforms.decimals import Moment, decimal_moments, scaled, unscaled
from ropeway.transforms.errors import SchemaError
from ropeway.transforms.late import IN_TIME, Late

ALL_HISTORY = 2**63 - 1
MOST = 10**38 - 1
WANTS: tuple[Moment, ...] = ("sum", "mean", "variance")

numbers = st.one_of(
    st.integers(-MOST, MOST),
    st.integers(-1000, 1000),
    st.sampled_from([MOST, -MOST, 2**63, -(2**63), 2**63 - 1, 2**64, -(2**64), 0]),
)


def column(rows: Sequence[int | None], scale: int) -> pa.Array:
    exact = [None if x is None else Decimal((int(x < 0), tuple(map(int, str(abs(x)))), -scale)) for x in rows]
    return pa.array(exact, pa.decimal128(38, scale))


def oracle(rows: Sequence[int], scale: int, ddof: int = 1) -> tuple[int, float, float]:
    """(sum in units of the scale, mean, variance), by fractions; what is not defined is 0."""
    n = len(rows)
    exact = [Fraction(x) / Fraction(10) ** scale for x in rows]
    total = sum(exact, Fraction(0))
    mean = float(total / n) if n else 0.0
    variance = float(sum(((x - total / n) ** 2 for x in exact), Fraction(0)) / (n - ddof)) if n > ddof else 0.0
    return sum(rows) if abs(sum(rows)) <= MOST else 0, mean, variance


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[int | None], list[list[int]], list[list[int]]]:
    rows = draw(st.lists(st.one_of(numbers, st.none()), max_size=10))
    queries = draw(st.integers(0, 6))
    edge = st.lists(st.integers(0, len(rows)), min_size=queries, max_size=queries).map(sorted)
    windows = draw(st.integers(1, 3))
    return rows, [draw(edge) for _ in range(windows)], [draw(edge) for _ in range(windows)]


@given(tables(), st.sampled_from([0, 2, 38]), st.integers(0, 2))
@example(([MOST, MOST, -MOST], [[0, 0, 0]], [[1, 2, 3]]), 2, 1)
def test_moments_are_exact(
    table: tuple[list[int | None], list[list[int]], list[list[int]]], scale: int, ddof: int
) -> None:
    rows, lo, hi = table
    mask = np.array([x is not None for x in rows], np.uint8)
    out_rows = np.arange(len(lo[0]))[::-1]
    found = decimal_moments(
        column(rows, scale), mask, np.array(lo, np.int64), np.array(hi, np.int64), out_rows, wants=WANTS, ddof=ddof
    )
    overflows = 0
    for w, (begins, ends) in enumerate(zip(lo, hi, strict=True)):
        for a, b, c in zip(begins, ends, out_rows, strict=True):
            inside = [x for x in rows[a:b] if x is not None]
            assert found.counts[w, c] == len(inside)
            assert (found.sums[w, c], found.means[w, c], found.variances[w, c]) == oracle(inside, scale, ddof)
            overflows += abs(sum(inside)) > MOST
    assert found.overflow[0] == overflows


def test_an_overflow_is_reported_with_an_example() -> None:
    values = column([MOST, 1, -1], 4)
    lo, hi = np.zeros((1, 3), np.int64), np.array([[1, 2, 3]])
    found = decimal_moments(values, np.ones(3, np.uint8), lo, hi, np.array([2, 0, 1]), wants=WANTS)
    assert found.overflow == (1, 0)
    assert found.sums.tolist() == [[0, MOST, MOST]]
    assert decimal_moments(values, np.ones(3, np.uint8), lo, hi, np.arange(3), wants=["mean"]).overflow == (0, -1)


def test_what_is_not_wanted_is_empty_and_other_columns_are_0() -> None:
    lo, hi = np.zeros((2, 1), np.int64), np.array([[2]])
    found = decimal_moments(column([1, 2], 0), np.ones(2, np.uint8), lo, hi, np.array([1]), wants=["mean"], size=3)
    assert found.sums.size == found.variances.size == 0
    assert found.means.tolist() == [[0, 1.5, 0]] * 2
    assert found.counts.tolist() == [[0, 2, 0]] * 2


@pytest.mark.parametrize("inclusive", [False, True])
def test_late_rows(inclusive: bool) -> None:
    """A row counts at t iff enter < t <= stamp + reach, or if inclusive iff enter <= t <= stamp + reach."""
    rng = np.random.default_rng(1)
    sizes = [0, 1, 12, 30]
    keys = np.repeat(np.arange(len(sizes)), sizes)
    rows = [int(x) * 10**20 for x in rng.integers(-(10**15), 10**15, sum(sizes))]
    stamps = np.concatenate([np.sort(rng.integers(-50, 50, n)) for n in sizes])
    enter = stamps + rng.integers(0, 30, len(rows))
    mask = (rng.random(len(rows)) < 0.8).astype(np.uint8)
    reach = np.array([4, 25, ALL_HISTORY])
    queries = np.repeat(np.arange(len(sizes)), 25)
    instants = np.concatenate([np.sort(rng.integers(-60, 120, 25)) for _ in sizes])
    starts = np.concatenate([[0], np.cumsum(sizes)])
    hi = np.array(
        [[starts[k] + (enter[keys == k] < t + inclusive).sum() for k, t in zip(queries, instants, strict=True)]]
    )
    lo = np.array(
        [
            [
                starts[k] + (0 if w == ALL_HISTORY else (stamps[keys == k] + w < t).sum())
                for k, t in zip(queries, instants, strict=True)
            ]
            for w in reach
        ]
    )
    order = np.lexsort((enter, keys))
    entered = np.argsort(order)
    alive = np.array(
        [[((queries == keys[i]) & (hi[0] > entered[i]) & (edges <= i)).any() for i in range(len(rows))] for edges in lo]
    )
    late = Late(order.astype(np.int32), IN_TIME.leaves, alive.astype(np.uint8))
    found = decimal_moments(column(rows, 6), mask, lo, hi, np.arange(len(instants)), wants=WANTS, late=late)
    for w, after in enumerate(reach):
        for q, (k, t) in enumerate(zip(queries, instants, strict=True)):
            alive = (after == ALL_HISTORY) | (t <= stamps + (0 if after == ALL_HISTORY else after))
            inside = [rows[i] for i in np.flatnonzero((keys == k) & (mask != 0) & (enter < t + inclusive) & alive)]
            assert found.counts[w, q] == len(inside)
            assert (found.sums[w, q], found.means[w, q], found.variances[w, q]) == oracle(inside, 6)


def test_a_negative_scale_counts_in_powers_of_ten() -> None:
    values = pa.array([Decimal(1200), Decimal(500)], pa.decimal128(5, -2))
    lo, hi = np.array([[0]]), np.array([[2]])
    found = decimal_moments(values, np.ones(2, np.uint8), lo, hi, np.array([0]), wants=WANTS)
    assert (found.sums[0, 0], found.means[0, 0], found.variances[0, 0]) == (17, 850, 245_000)


@given(st.lists(st.one_of(numbers, st.none()), max_size=20), st.integers(0, 5))
def test_columns_become_integers_and_columns_again(rows: list[int | None], start: int) -> None:
    whole = column(rows, 3)
    array = whole.slice(start)
    expected = rows[start:]
    assert unscaled(array).tolist() == [x or 0 for x in expected]
    assert unscaled(pa.chunked_array([array, array.slice(1)])).tolist() == [x or 0 for x in expected + expected[1:]]
    valid: npt.NDArray[np.bool_] = np.array([x is not None for x in expected], np.bool_)
    again = scaled(unscaled(array), valid, 3)
    again.validate(full=True)
    assert again.equals(array)


def test_other_columns_are_refused() -> None:
    with pytest.raises(SchemaError, match=r"got int64\. Cast it to decimal128\(38, scale\)"):
        unscaled(pa.array([1]))
