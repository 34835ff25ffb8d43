"""Means and variances of the exact sums of transforms are those of fractions, rounded once, whatever the magnitudes."""

import math
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ropeway.transforms.statistics import GroupedMoments, Moments, cells
from ropeway.transforms.statistics.folded import FoldedMoments

VALUES = st.one_of(
    st.floats(-1e150, 1e150),
    st.integers(-(2**60), 2**60).map(float),
    st.sampled_from([0.0, -0.0, 7.0, 1024.0, 2.0**300, -(2.0**300), 5e-324, -2.2250738585072014e-308, 1e-200]),
)


def exact(values: list[float], ddof: int) -> tuple[float, float]:
    whole = [Fraction(value) for value in values]
    mean = sum(whole) / len(whole)
    spread = sum((one - mean) ** 2 for one in whole)
    variance = spread / (len(whole) - ddof) if len(whole) > ddof else Fraction(0)
    return float(mean), float(variance) if len(whole) > ddof else math.nan


@given(st.lists(VALUES, min_size=1, max_size=12), st.sampled_from([0, 1]))
def test_a_variance_is_rounded_once(values: list[float], ddof: int) -> None:
    found = Moments().finish(Moments().of([np.array(values)]))
    assert (found.mean, found.variance(ddof)) == pytest.approx(exact(values, ddof), rel=0, abs=0, nan_ok=True)


@given(st.lists(st.tuples(st.integers(0, 3), VALUES), min_size=1, max_size=12))
def test_so_are_those_of_groups(rows: list[tuple[int, float]]) -> None:
    columns = [pa.array([row[0] for row in rows]), pa.array([row[1] for row in rows])]
    found = GroupedMoments().finish(GroupedMoments().of(columns))
    for category, known in zip(found.categories.to_pylist(), found.known, strict=True):
        values = [value for at, value in rows if at == category]
        assert (known.mean, known.variance()) == exact(values, 0)


@pytest.mark.parametrize(("few", "table"), [(1 << 13, 1 << 20), (0, 1 << 20), (0, 0)])
@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", None]), VALUES, st.integers(0, 2)), min_size=1, max_size=14),
    st.integers(0, 14), st.sampled_from([0, 1]),
)  # fmt: skip
def test_so_are_those_outside_of_folds(
    few: int, table: int, rows: list[tuple[str | None, float, int]], cut: int, ddof: int
) -> None:
    """However cells are looked up: each with a place of its own, in a table, or sorted."""
    statistic = FoldedMoments(3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "_FEW", few)
        patch.setattr(cells, "_TABLE", table - 4 * len(rows))
        states = [
            statistic.of([
                pa.array([row[0] for row in some], pa.string()), np.array([row[1] for row in some], np.float64),
                pa.array([row[2] for row in some], pa.int64()),
            ])
            for some in (rows[:cut], rows[cut:])
        ]  # fmt: skip
    found = statistic.finish(statistic.merge(states))
    assert found.categories.to_pylist() == sorted({row[0] for row in rows}, key=lambda one: (one is None, one))
    for out, (some, whole) in zip((-1, 0, 1, 2), found.left_out(), strict=True):
        kept = [value for _, value, fold in rows if fold != out]
        assert whole.size == len(kept)
        if kept:
            assert (whole.mean, whole.variance(ddof)) == pytest.approx(exact(kept, ddof), rel=0, abs=0, nan_ok=True)
        for category, one in zip(found.categories.to_pylist(), some, strict=True):
            values = [value for at, value, fold in rows if at == category and fold != out]
            assert one.size == len(values)
            wanted = exact(values, ddof) if values else (math.nan, math.nan)
            assert (one.mean, one.variance(ddof)) == pytest.approx(wanted, rel=0, abs=0, nan_ok=True)
            assert one.sum == float(sum(map(Fraction, values)))
