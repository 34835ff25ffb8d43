"""Statistics of frames: what they say, and that parts in any order and grouping say the same bits."""

import dataclasses
import itertools
import math
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ropeway.transforms.statistics import (
    CrossSums,
    Distinct,
    Few,
    GroupedMoments,
    Lengths,
    PairCounts,
    Presence,
    Spread,
    State,
    Statistic,
    Times,
    Tops,
    packed,
    unpacked,
)
from ropeway.transforms.statistics.distinct import limited, rounded, together
from ropeway.transforms.statistics.sketch import estimated, least, of_floats

Floats = npt.NDArray[np.float64]

FLOATS = st.floats(width=64) | st.sampled_from([0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, -5e-324, 1e308])
SMALL = st.floats(-1e6, 1e6) | st.integers(-5, 5).map(float) | st.just(math.nan)
WORDS = st.none() | st.sampled_from(["a", "b", "ä", "", "long text"]) | st.text(max_size=3)


def bits(state: State) -> dict[str, Any]:
    return {
        name: (str(one.dtype), one.shape, one.tobytes()) if isinstance(one, np.ndarray) else (one.type, one.to_pylist())
        for name, one in state.items()
    }


def same_in_any_parts(statistic: Statistic, columns: Sequence[Any], order: Sequence[int], cuts: Sequence[int]) -> None:
    """All at once; and shuffled, in pieces, of which some go through files, merged in two steps."""
    whole = statistic.merge([statistic.of(columns)])
    shuffled = [_taken(column, order) for column in columns]
    bounds = [0, *sorted(cut % (len(order) + 1) for cut in cuts), len(order)]
    parts = [statistic.of([column[first:last] for column in shuffled]) for first, last in itertools.pairwise(bounds)]
    half = len(parts) // 2
    merged = [statistic.merge(some) for some in (parts[half:], parts[:half]) if some]
    again = statistic.merge([unpacked(packed(one)) for one in merged])
    assert told(statistic.finish(whole)) == told(statistic.finish(again))
    assert bits(statistic.merge([whole, statistic.of([column[:0] for column in columns])])) == bits(
        statistic.merge([again, statistic.of([column[:0] for column in columns])])
    )


def told(value: Any) -> Any:
    """What is equal only where every bit is."""
    if dataclasses.is_dataclass(value):
        return [told(getattr(value, one.name)) for one in dataclasses.fields(value)]
    if isinstance(value, np.ndarray):
        return str(value.dtype), value.shape, value.tobytes()
    if isinstance(value, pa.Array):
        return value.type, value.to_pylist()
    return [told(one) for one in value] if isinstance(value, list | tuple) else repr(value)


def _taken(column: Any, order: Sequence[int]) -> Any:
    return column.take(pa.array(order, pa.int64())) if isinstance(column, pa.Array) else column[list(order)]


def rows_of(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[list[Any], list[int], list[int]]]:
    return st.lists(values, max_size=40).flatmap(
        lambda rows: st.tuples(
            st.just(rows), st.permutations(range(len(rows))), st.lists(st.integers(0, 40), max_size=4)
        )
    )


@given(rows_of(FLOATS), st.sampled_from([4, 16, 1 << 16]))
def test_spreads_merge(rows: tuple[list[float], list[int], list[int]], limit: int) -> None:
    values, order, cuts = rows
    same_in_any_parts(Spread(limit), [np.array(values, np.float64)], order, cuts)


@settings(max_examples=40)
@given(rows_of(WORDS), st.sampled_from([4, 1 << 16]), st.sampled_from([(), (1, 2, 3, 5, 8, 13, 77)]))
def test_tops_merge(rows: tuple[list[str | None], list[int], list[int]], limit: int, buckets: tuple[int, ...]) -> None:
    values, order, cuts = rows
    same_in_any_parts(Tops(limit, buckets), [pa.array(values, pa.string())], order, cuts)


@settings(max_examples=50)
@given(rows_of(st.tuples(FLOATS, SMALL, FLOATS)))
def test_cross_sums_merge(rows: tuple[list[tuple[float, ...]], list[int], list[int]]) -> None:
    values, order, cuts = rows
    columns = list(np.array(values, np.float64).reshape(-1, 3).T)
    same_in_any_parts(CrossSums(), columns, order, cuts)


@settings(max_examples=40)
@given(rows_of(WORDS))
def test_small_ones_merge(rows: tuple[list[str | None], list[int], list[int]]) -> None:
    values, order, cuts = rows
    column = pa.array(values, pa.string())
    numbers = np.array([float(len(one or "")) for one in values])
    same_in_any_parts(Presence(), [column], order, cuts)
    same_in_any_parts(Lengths(), [column], order, cuts)
    for limit in (2, 1000):
        grouped = Few(GroupedMoments(), ((0, "categories"),), limit)
        same_in_any_parts(grouped, [column, numbers], order, cuts)
        pairs = Few(PairCounts(), ((0, "one"), (1, "other")), limit)
        same_in_any_parts(pairs, [column, column], order, cuts)


@given(st.lists(FLOATS, max_size=60), st.sampled_from([5, 20]))
def test_as_few_bits_are_left_out_as_the_limit_allows(values: list[float], limit: int) -> None:
    finite = np.array([one for one in values if math.isfinite(one)], np.float64) + 0.0
    some, counts = together(finite, np.ones(len(finite), np.int64))
    bits = 0
    wanted, tallies = some, counts
    while len(wanted) > limit and bits < 52:
        bits += 1
        wanted, tallies = together(rounded(wanted, bits), tallies)
    if bits < 52:
        state = limited(some, counts, 0, 0, limit)
        assert state["rest"].tolist() == [0, bits]
        assert state["values"].tobytes() == wanted.tobytes()
        assert state["counts"].tolist() == tallies.tolist()


@given(st.lists(FLOATS, min_size=1, max_size=40))
def test_a_spread_is_what_numpy_counts(values: list[float]) -> None:
    array = np.array(values)
    found = Spread().finish(Spread().of([array]))
    there, finite = array[~np.isnan(array)], array[np.isfinite(array)]
    assert (found.negative, found.zeros, found.infinite) == (
        (there < 0).sum(),
        (there == 0).sum(),
        np.isinf(there).sum(),
    )
    assert found.distinct == len(set(there.tolist()))
    assert found.values.size == len(finite)
    if len(finite):
        assert (found.minimum, found.maximum) == (finite.min(), finite.max())
        edges, counts = found.histogram(20)
        assert counts.sum() == len(finite)
        assert (np.diff(edges) > 0).all()
        assert edges[0] <= finite.min()
        assert edges[-1] >= finite.max()


def test_a_spread_of_many_values_is_nearly_right() -> None:
    values = np.random.default_rng(4).normal(size=300_000)
    statistic = Spread(1 << 12)
    found = statistic.finish(statistic.merge([statistic.of([part]) for part in np.split(values, 6)]))
    assert 0.95 < found.distinct / 300_000 < 1.05
    assert len(found.values.values) <= 1 << 12
    assert 0.0 < found.values.error < 0.01
    shares = np.array([0.01, 0.25, 0.75])
    apart = np.abs(found.values.quantiles(shares) / np.quantile(values, shares) - 1)
    assert (apart <= found.values.error).all()
    assert found.values.size == 300_000


def test_estimates_of_distinct_values_are_about_right() -> None:
    found = of_floats(np.arange(200_000.0))
    assert len(np.unique(found)) == 200_000
    kept = least(found, 1000)
    assert (kept == np.sort(found)[:1000]).all()
    assert 0.9 < estimated(kept, 1000) / 200_000 < 1.1
    assert estimated(least(found[:999], 1000), 1000) == 999


def test_frequent_values_are_found_in_the_fullest_buckets() -> None:
    random = np.random.default_rng(2)
    words = np.char.add("w", random.zipf(1.3, 50_000).astype(str)).tolist()
    wanted = Counter(words).most_common(8)
    statistic = Tops(limit=1000)
    first = statistic.finish(statistic.merge([statistic.of([pa.array(words[at::3])]) for at in range(3)]))
    assert not first.is_whole
    assert 0.9 < first.distinct / len(set(words)) < 1.1
    second = Tops(limit=1000, buckets=first.fullest)
    found = second.finish(second.of([pa.array(words)]))
    assert list(zip(found.values[:8].to_pylist(), found.counts[:8].tolist(), strict=True)) == wanted
    assert wanted[-1][1] >= first.at_most(first.fullest)


def test_ids_have_no_fullest_bucket() -> None:
    statistic = Tops(limit=1000)
    found = statistic.finish(statistic.of([pa.array([f"id{at}" for at in range(100_000)])]))
    assert found.fullest == ()


@pytest.mark.parametrize(
    "made",
    [
        lambda r, n: r.normal(size=(n, 4)),
        lambda r, n: r.integers(-9, 9, (n, 4)).astype(float),
        lambda r, n: 1.7e9 + r.normal(size=(n, 4)),
        lambda r, n: r.normal(size=(n, 4)) * 10.0 ** r.integers(-12, 12, (n, 1)),
    ],
)
def test_correlations_are_those_of_exact_sums(made: Callable[[np.random.Generator, int], Floats]) -> None:
    random = np.random.default_rng(5)
    rows = made(random, 200)
    rows[:, 1] += rows[:, 0]
    rows[random.random(rows.shape) < 0.1] = math.nan
    rows[3, 2] = math.inf
    found = CrossSums().finish(CrossSums().of(list(rows.T))).correlations()
    for i in range(4):
        for j in range(4):
            both = np.isfinite(rows[:, i]) & np.isfinite(rows[:, j])
            x, y = ([Fraction(one) for one in rows[both, at].tolist()] for at in (i, j))
            size = len(x)
            above = size * sum(a * b for a, b in zip(x, y, strict=True)) - sum(x) * sum(y)
            below = (size * sum(a * a for a in x) - sum(x) ** 2) * (size * sum(b * b for b in y) - sum(y) ** 2)
            wanted = math.copysign(math.sqrt(above * above / below), above)
            assert abs(found[i, j] - wanted) < 1e-12


def test_times_are_counted_in_their_unit() -> None:
    column = pa.array([3, None, -2], pa.timestamp("us"))
    found = Times().finish(Times().of([column]))
    assert (found.rows, found.nulls, found.least, found.greatest) == (3, 1, -2, 3)
    nothing = Times().finish(Times().of([column[:0]]))
    assert nothing.least > nothing.greatest


def test_the_statistic_for_quantiles_keeps_its_answers() -> None:
    values = np.random.default_rng(1).normal(size=5000)
    few = Distinct(limit=64)
    assert few.finish(few.of([values])).bits > 0
    exact = Distinct()
    assert exact.finish(exact.of([values])).median == np.median(values)
