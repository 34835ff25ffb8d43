"""Rows, and what every aggregate says of them."""

import pytest

from ropeway.transforms.aggregates import AGGREGATES
from ropeway.transforms.aggregates.base import ANY, Row, missing, ordered
from ropeway.transforms.errors import UsageError


def test_missing_is_null_or_nan() -> None:
    assert [missing(value) for value in (None, float("nan"), 0, "", False, float("inf"))] == [True, True, *[False] * 4]


def test_texts_are_in_the_order_of_their_bytes() -> None:
    texts = ["z", "\U0001f600", "é", "", "\uffff", "Z"]
    assert sorted(texts, key=ordered) == sorted(texts, key=str.encode)


def test_without_a_column_each_row_takes_part() -> None:
    for name, wanted in (("count", 1), ("time_since_last", 3.0)):
        aggregate = AGGREGATES[name]()
        held = aggregate.update(aggregate.start(), Row(ANY, at=-1_000_000))
        assert aggregate.finish(aggregate.update(held, Row(None)), 2_000_000) == wanted


def test_a_row_with_one_of_two_inputs_takes_no_part() -> None:
    aggregate = AGGREGATES["correlation"]()
    for row in (Row(1.0, None), Row(None, 1.0), Row(1.0, float("nan"))):
        assert not aggregate.takes(row)
        assert aggregate.update(aggregate.start(), row) == aggregate.start()
    assert aggregate.takes(Row(1.0, 2.0))


def test_what_cannot_be_reverted_says_so() -> None:
    with pytest.raises(UsageError, match=r"max\(\) can't take a row out again: merge states of the rows that stay"):
        AGGREGATES["max"]().revert(3, Row(3))
    with pytest.raises(UsageError, match=r"vector_max\(\) can't"):
        AGGREGATES["vector_max"]().revert((1, (3,)), Row([3]))
