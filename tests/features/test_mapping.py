"""Mappings that never change."""

import pickle

import pytest

from ropeway.features.mapping import FixedMapping


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
