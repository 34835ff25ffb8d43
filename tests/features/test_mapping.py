"""Mappings that never change."""

import pickle

import pytest

from ropeway.features.mapping import FixedExpressions, FixedMapping
from ropeway.transforms.expressions import col


def test_it_is_a_value() -> None:
    one = FixedMapping({"a": "b", "c": "d"})
    assert one == {"c": "d", "a": "b"}
    assert one == FixedMapping({"c": "d", "a": "b"})
    assert one != FixedMapping()
    assert hash(one) == hash(FixedMapping({"c": "d", "a": "b"}))
    assert list(one.items()) == [("a", "b"), ("c", "d")]
    assert repr(one) == "{'a': 'b', 'c': 'd'}"
    assert pickle.loads(pickle.dumps(one)) == one


def test_it_does_not_change_with_what_it_was_made_of() -> None:
    given = {"a": "b"}
    made = FixedMapping(given)
    given["a"] = "z"
    assert made["a"] == "b"
    with pytest.raises(TypeError):
        made["a"] = "z"  # type: ignore[index]


def test_expressions_compare_as_trees_in_their_order() -> None:
    one = FixedExpressions({"a": col("x") + 1, "b": col("a")})
    assert one == {"a": col("x") + 1, "b": col("a")}
    assert one != {"b": col("a"), "a": col("x") + 1}
    assert one != {"a": col("x") + 1.0, "b": col("a")}
    assert one != FixedExpressions()
    assert one != [("a", col("x") + 1)]
    assert hash(one) == hash(FixedExpressions(dict(one)))
    assert pickle.loads(pickle.dumps(one)) == one
    assert repr(one) == "{'a': (col(\"x\") + 1), 'b': col(\"a\")}"
    with pytest.raises(TypeError):
        one["a"] = col("x")  # type: ignore[index]
