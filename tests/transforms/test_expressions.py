"""Expressions as trees: how they are written, shown, compared and stored."""

import copy
import json
import pickle
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ropeway as rw
from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.expressions import Expression, col, lit

CONSTANTS = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(max_size=5),
    st.binary(max_size=5),
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9),
    st.datetimes(),
    st.datetimes(timezones=st.just(UTC)),
    st.dates(),
    st.times(),
    st.timedeltas(min_value=timedelta(days=-(10**6)), max_value=timedelta(days=10**6)),
)
LEAVES = st.one_of(st.text(min_size=1, max_size=3).map(col), CONSTANTS.map(lit), st.just(lit(None)))


def _grown(children: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    pair = st.tuples(children, children)
    return st.one_of(
        pair.map(lambda ab: ab[0] + ab[1]),
        pair.map(lambda ab: ab[0] - ab[1]),
        pair.map(lambda ab: ab[0] * ab[1]),
        pair.map(lambda ab: ab[0] / ab[1]),
        pair.map(lambda ab: ab[0] == ab[1]),
        pair.map(lambda ab: ab[0] != ab[1]),
        pair.map(lambda ab: ab[0] < ab[1]),
        pair.map(lambda ab: ab[0] <= ab[1]),
        pair.map(lambda ab: ab[0] > ab[1]),
        pair.map(lambda ab: ab[0] >= ab[1]),
        pair.map(lambda ab: ab[0] & ab[1]),
        pair.map(lambda ab: ab[0] | ab[1]),
        children.map(lambda a: -a),
        children.map(lambda a: ~a),
        children.map(lambda a: a.is_null()),
        children.map(lambda a: a.is_not_null()),
        st.tuples(children, st.lists(CONSTANTS.filter(lambda c: c == c), max_size=3)).map(lambda ab: ab[0].isin(ab[1])),
    )


TREES = st.recursive(LEAVES, _grown, max_leaves=8)
NAMES: dict[str, Any] = {"col": col, "lit": lit, "datetime": __import__("datetime"), "Decimal": Decimal}


@given(TREES)
def test_a_tree_comes_back_from_json_from_its_text_and_from_pickle(tree: Expression) -> None:
    stored = json.loads(json.dumps(tree.to_dict()))
    for again in (
        Expression.from_dict(stored),
        eval(repr(tree), NAMES),
        pickle.loads(pickle.dumps(tree)),
        copy.deepcopy(tree),
    ):
        assert isinstance(again, Expression)
        assert again.same_as(tree)
        assert again.to_dict() == tree.to_dict()
        assert hash(again) == hash(tree)
        assert again.columns() == tree.columns()


@given(TREES, TREES)
def test_trees_are_the_same_where_their_stored_forms_are(one: Expression, other: Expression) -> None:
    assert one.same_as(other) == (json.dumps(one.to_dict()) == json.dumps(other.to_dict()))


def test_same_as_tells_types_apart() -> None:
    for one, other in [(1, 1.0), (1, True), (0.0, -0.0), ("1", 1), (b"a", "a"), (Decimal("1.0"), Decimal("1.00"))]:
        assert not lit(one).same_as(lit(other))
    assert not (col("x") + 1).same_as(col("x"))
    assert not col("x").same_as("x")
    assert lit(float("nan")).same_as(lit(float("nan")))


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (col("arr_delay") - col("dep_delay"), '(col("arr_delay") - col("dep_delay"))'),
        (col("x") * 2 + 1.5, '((col("x") * 2) + 1.5)'),
        (2 - col("x"), '(2 - col("x"))'),
        (1 / col("x"), '(1 / col("x"))'),
        (3 * col("x"), '(3 * col("x"))'),
        (3 + col("x"), '(3 + col("x"))'),
        (-col("x"), '-col("x")'),
        (col("x") > 5, '(col("x") > 5)'),
        (lit(5) < col("x"), '(lit(5) < col("x"))'),
        ((col("a") > 0) & ~(col("b") == "JFK"), '((col("a") > 0) & ~(col("b") == "JFK"))'),
        (True & col("a"), '(True & col("a"))'),
        (False | col("a"), '(False | col("a"))'),
        (col("a").is_null() | col("b").is_not_null(), '(col("a").is_null() | col("b").is_not_null())'),
        ((-col("a")).is_null(), '(-col("a")).is_null()'),
        (-(col("a").is_null()), '-col("a").is_null()'),
        ((~col("a")).isin([True]), '(~col("a")).isin([True])'),
        (col("a").isin(["x", "y"]), 'col("a").isin(["x", "y"])'),
        (col('quo"te') == 'o"k', '(col("quo\\"te") == "o\\"k")'),
        (col("x") != lit(None), '(col("x") != lit(None))'),
        (lit(1) + lit(2), "(lit(1) + lit(2))"),
        (col("x") > float("inf"), '(col("x") > float("inf"))'),
        (col("x") == Decimal("1.50"), "(col(\"x\") == Decimal('1.50'))"),
    ],
)
def test_text(tree: Expression, text: str) -> None:
    assert repr(tree) == text


def test_columns_stand_in_the_order_of_reading_each_once() -> None:
    assert ((col("b") + col("a")) * col("b") > col("c")).columns() == ("b", "a", "c")
    assert (lit(1) + 2).columns() == ()


def test_an_expression_has_no_truth_value() -> None:
    with pytest.raises(DeclarationError, match=r"Join conditions with & and \|, negate with ~") as caught:
        bool(col("x") > 0)
    assert '(col("x") > 0) is true or false only for each row' in str(caught.value)
    for wrong in (
        lambda: 0 < col("x") < 1,
        lambda: col("x") > 0 and col("y") > 0,
        lambda: not col("x"),
        lambda: [col("x")].index(col("y")),
    ):
        with pytest.raises(DeclarationError):
            wrong()


def test_what_is_no_constant_is_refused() -> None:
    with pytest.raises(DeclarationError, match=r"\[1\] is of type list: expected col\(...\) or one of int, float, str"):
        col("x") * [1]
    with pytest.raises(DeclarationError, match="9223372036854775808 does not fit into int64"):
        lit(2**63)
    with pytest.raises(DeclarationError, match="does not fit into a decimal of 38 digits"):
        lit(Decimal("NaN"))
    with pytest.raises(DeclarationError, match="does not fit into a decimal of 38 digits"):
        lit(Decimal("1E+38"))
    with pytest.raises(DeclarationError, match="does not fit into int64 microseconds"):
        lit(timedelta.max)
    with pytest.raises(DeclarationError, match="has a time zone"):
        lit(time(1, tzinfo=UTC))
    with pytest.raises(DeclarationError, match="no whole number of microseconds"):
        lit(pd.Timestamp(1))
    with pytest.raises(DeclarationError, match="is missing, not a constant"):
        lit(pd.NaT)
    with pytest.raises(DeclarationError, match=r"== None is always null: test for missing values with .is_null\(\)"):
        _ = col("x") == None  # noqa: E711
    with pytest.raises(DeclarationError, match=r"col\(''\): expected the name of a column"):
        col("")
    with pytest.raises(DeclarationError, match=r"col\(1\): expected the name of a column"):
        col(1)  # type: ignore[arg-type]


def test_isin_takes_a_list_of_constants() -> None:
    for wrong in ("JFK", b"JFK", col("y"), 5):
        with pytest.raises(DeclarationError, match="expected a list of constants"):
            col("x").isin(wrong)  # type: ignore[arg-type]
    for missing in (None, float("nan")):
        with pytest.raises(DeclarationError, match=r"isin\(\) can't find what is missing"):
            col("x").isin([1, missing])
    assert col("x").isin(n for n in (1, 2)).same_as(col("x").isin([1, 2]))


class Colour(str, Enum):  # noqa: UP042  # the older kind, whose str() is not its value
    RED = "red"


class Level(IntEnum):
    HIGH = 3


class Moment(datetime):
    """As libraries of times have them."""


@pytest.mark.parametrize(
    ("given_value", "plain"),
    [
        (np.int16(5), 5),
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (np.datetime64("2024-01-01T00:00:00.000000000"), datetime(2024, 1, 1)),
        (np.timedelta64(5, "ms"), timedelta(milliseconds=5)),
        (pd.Timestamp("2024-01-01 12:00"), datetime(2024, 1, 1, 12)),
        (pd.Timestamp("2024-01-01 12:00", tz="Asia/Tokyo"), datetime(2024, 1, 1, 3, tzinfo=UTC)),
        (pd.Timedelta("90m"), timedelta(minutes=90)),
        (datetime(2024, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin")), datetime(2024, 7, 1, 10, tzinfo=UTC)),
        (datetime(2024, 7, 1, 12, tzinfo=timezone(timedelta(hours=1))), datetime(2024, 7, 1, 11, tzinfo=UTC)),
        (Colour.RED, "red"),
        (Level.HIGH, 3),
        (Moment(2024, 1, 1, fold=1), datetime(2024, 1, 1)),
        (date(2024, 1, 1), date(2024, 1, 1)),
    ],
)
def test_scalars_of_others_become_plain_ones(given_value: object, plain: object) -> None:
    assert repr(lit(given_value)) == repr(lit(plain))
    assert repr(given_value == col("x")) in (repr(col("x") == plain), repr(lit(plain) == col("x")))


@pytest.mark.parametrize(
    "constant", [float("nan"), float("inf"), -float("inf"), -0.0, None, b"\xff", time(1), date.max, 2**63 - 1]
)
def test_constants_that_json_does_not_have(constant: object) -> None:
    stored = json.loads(json.dumps(lit(constant).to_dict(), allow_nan=False))
    assert Expression.from_dict(stored).same_as(lit(constant))


def test_numpy_scalars_on_the_left_make_expressions() -> None:
    assert repr(np.float64(2) * col("x")) == '(2.0 * col("x"))'
    assert repr(np.int64(2) < col("x")) == '(col("x") > 2)'
    with pytest.raises(DeclarationError, match="is of type ndarray"):
        np.array([1.0, 2.0]) * col("x")


def test_an_expression_in_an_expression_is_itself() -> None:
    inner = col("x") + 1
    assert lit(inner) is inner


def test_trees_never_change() -> None:
    with pytest.raises(AttributeError):
        col("x").name = "y"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "is no stored expression"),
        ({"column": 5}, "is no stored expression"),
        (
            {"call": "frobnicate", "of": []},
            "'frobnicate' of a stored expression is unknown to this version of ropeway: expected one of add,",
        ),
        ({"call": "add", "of": [{"column": "x"}]}, "'add' has 1 operands"),
        ({"call": "is_in", "of": []}, "'is_in' has 0 operands"),
        ({"call": "is_in", "of": [{"column": "x"}, {"column": "y"}]}, "no constant"),
        ({"type": "complex", "literal": 5}, "A constant of type 'complex' is unknown: expected one of bool,"),
        ({"type": "date", "literal": "tomorrow"}, "'tomorrow' is no stored constant of type 'date'"),
        ({"type": "decimal", "literal": "x"}, "'x' is no stored constant of type 'decimal'"),
    ],
)
def test_a_stored_form_that_is_none(data: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        Expression.from_dict(data)
    assert message in str(caught.value)


def test_deep_trees_work_and_say_when_they_are_too_deep_to_be_stored() -> None:
    tree = col("x")
    for _ in range(2000):
        tree = tree + 1
    assert tree.columns() == ("x",)
    assert pickle.loads(pickle.dumps(tree)).same_as(tree)
    with pytest.raises(
        DeclarationError, match="2,001 operations inside of one another can't be stored, 200 is the most"
    ):
        tree.to_dict()
    flat = col("x")
    for _ in range(199):
        flat = flat + 1
    assert Expression.from_dict(json.loads(json.dumps(flat.to_dict()))).same_as(flat)


def test_public_names() -> None:
    assert rw.col is col
    assert rw.lit is lit
    assert rw.Expression is Expression
