"""Declarations as code."""

from ropeway.features import code
from ropeway.transforms.expressions import col


def test_calls_break_where_they_are_too_long() -> None:
    assert code.call("f", "1", "x=2") == "f(1, x=2)"
    words = [code.quoted("word" * 5)] * 5
    assert code.call("f", code.listed(words)).split("\n") == [
        "f(", "    [", *['        "wordwordwordwordword",'] * 5, "    ],", ")"
    ]  # fmt: skip


def test_conditions_lose_their_outer_parentheses_only() -> None:
    assert code.condition(col("a") > 0) == 'col("a") > 0'
    assert code.condition((col("a") > 0) & (col("b") > 0)) == '(col("a") > 0) & (col("b") > 0)'
    assert code.condition((col("a") + col("b")).is_null()) == '(col("a") + col("b")).is_null()'
    assert code.condition((col("a") + col("b")).isin([1])) == '(col("a") + col("b")).isin([1])'
    assert code.condition((-col("a")).list.contains(1)) == '(-col("a")).list.contains(1)'
    assert code.condition((col("a") + 1) ** 2) == '(col("a") + 1) ** 2'
    assert code.condition(~(col("a") > 0)) == '~(col("a") > 0)'
    assert code.condition(col("a)")) == 'col("a)")'


def test_what_is_left_out() -> None:
    assert code.keyword("x", None) == []
    assert code.mapping({}) is None
    assert code.expressions({}) is None
    assert code.expressions({"a": col("x") > 1}) == '{"a": col("x") > 1}'
    assert code.notes("", "", {}) == []
    assert code.notes("d", "o", {"k": "v"}) == ['description="d"', 'owner="o"', 'tags={"k": "v"}']
