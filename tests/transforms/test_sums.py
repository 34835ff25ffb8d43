"""Means and variances of the exact sums of transforms are those of fractions, rounded once, whatever the magnitudes."""

import math
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ropeway.transforms.statistics import GroupedMoments, Moments

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
