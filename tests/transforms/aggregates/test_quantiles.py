"""The linear rule, where it matters how a value between two others is reckoned."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ropeway.transforms.aggregates.base import Row
from ropeway.transforms.aggregates.quantiles import Median, Quantile


def answer(aggregate: Median, values: list[Any]) -> float | None:
    state = aggregate.start()
    for value in values:
        state = aggregate.update(state, Row(value))
    return aggregate.finish(state)


@given(st.lists(st.floats(-1e300, 1e300).map(lambda x: x + 0.0), min_size=1, max_size=20), st.floats(0, 1))
@settings(max_examples=500)
def test_numpy_has_the_same_bits(values: list[float], q: float) -> None:
    assert answer(Quantile(q), values) == float(np.quantile(values, q))


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([-0.0], -0.0),
        ([0.0, -0.0, 5.0], 0.0),
        ([0.0, -0.0], -0.0),
        ([-1.7e308, 1.7e308], 0.0),
        ([1.7e308, -1.5e308], 1.7e308 * 0.5 - 1.5e308 * 0.5),
        ([math.inf, 1.0, 2.0], 2.0),
        ([math.inf, math.inf], math.inf),
        ([-math.inf, math.inf], math.nan),
        ([2**53 + 1, 2**53 + 1], 2.0**53),
        ([True, False, True], 1.0),
    ],
)
def test_median(values: list[Any], wanted: float) -> None:
    assert repr(answer(Median(), values)) == repr(wanted)
    assert repr(answer(Median(), values[::-1])) == repr(wanted)
