"""Vectors of one length."""

import pytest

from ropeway.transforms.aggregates import AGGREGATES
from ropeway.transforms.aggregates.base import Row
from ropeway.transforms.errors import DataError


@pytest.mark.parametrize("name", ["vector_sum", "vector_mean", "vector_max"])
def test_another_length_is_refused(name: str) -> None:
    aggregate = AGGREGATES[name]()
    state = aggregate.update(aggregate.start(), Row([1.0, 2.0]))
    with pytest.raises(DataError, match=rf"{name}\(\) of vectors of lengths 2 and 3: expected one length"):
        aggregate.update(state, Row([1.0, 2.0, 3.0]))


def test_a_place_without_a_number_is_null() -> None:
    aggregate = AGGREGATES["vector_sum"]()
    state = aggregate.update(aggregate.start(), Row([None, 2]))
    assert aggregate.finish(state) == [None, 2]
    assert aggregate.finish(aggregate.update(state, Row([3, None]))) == [3, 2]


def test_vectors_without_numbers_are_vectors() -> None:
    aggregate = AGGREGATES["vector_sum"]()
    assert aggregate.finish(aggregate.update(aggregate.start(), Row([]))) == []
    assert aggregate.finish(aggregate.update(aggregate.start(), Row(None))) is None
