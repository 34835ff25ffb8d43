"""Choices: which value, of which type, and what is computed that is not taken."""

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

import ropeway as rw
from ropeway.transforms.errors import DataError, DeclarationError, SchemaError
from ropeway.transforms.expressions import Expression, evaluate, output_type
from ropeway.transforms.expressions.row import value_of

X, Y = rw.col("x"), rw.col("y")


def both(tree: Expression, **values: Any) -> Any:
    """The value over a column of one row, and for that row."""
    table = pa.table({name: pa.array([value]) for name, value in values.items()})
    (found,) = evaluate(tree, table).to_pylist()
    assert repr(value_of(tree, **values)) == repr(found)
    return found


def test_the_first_condition_that_is_true_decides() -> None:
    tree = rw.when(X > 2).then("many").when(X > 0).then("some").otherwise("none")
    assert [both(tree, x=x) for x in (3, 1, 0, math.nan)] == ["many", "some", "none", "none"]
    assert both(rw.when(X > 2).then(1).otherwise(None), x=1) is None
    assert both(rw.when(True).then(X).otherwise(2.5), x=1) == 1.0


def test_what_is_not_taken_is_computed() -> None:
    guarded = rw.when(X.str.matches(r"^\d+$")).then(X.cast("int64")).otherwise(None)
    with pytest.raises(DataError, match="do not fit into int64, such as 'a'"):
        evaluate(guarded, pa.table({"x": ["1", "a"]}))
    with pytest.raises(DataError, match="do not fit into int64, such as 'a'"):
        value_of(guarded, x="a")
    easy = rw.when(X.str.matches(r"^\d+$")).then(X.cast("int64", strict=False)).otherwise(None)
    assert evaluate(easy, pa.table({"x": ["1", "a"]})).to_pylist() == [1, None]


def test_values_of_several_kinds_have_the_type_that_holds_them() -> None:
    schema = pa.schema(
        [
            ("i", pa.int8()), ("x", pa.float32()), ("b", pa.bool_()), ("m", pa.decimal128(12, 2)), ("d", pa.date32()),
            ("t", pa.timestamp("ms")), ("z", pa.timestamp("ns", "Asia/Tokyo")), ("n", pa.null()),
            ("wide", pa.decimal128(38, 10)), ("l", pa.list_(pa.int64())),
        ]
    )  # fmt: skip
    c = {name: rw.col(name) for name in schema.names}
    for tree, kind in [
        (rw.coalesce(c["b"], c["i"]), pa.int64()),
        (rw.coalesce(c["b"], c["b"]), pa.bool_()),
        (rw.greatest(c["i"], c["x"]), pa.float64()),
        (rw.coalesce(c["m"], c["i"]), pa.decimal128(21, 2)),
        (rw.coalesce(c["m"], c["x"]), pa.float64()),
        (rw.least(c["d"], c["t"]), pa.timestamp("us")),
        (rw.least(c["d"], c["z"]), pa.timestamp("us", "UTC")),
        (rw.when(c["b"]).then(c["l"]).otherwise(None), pa.list_(pa.int64())),
        (rw.coalesce(c["n"], rw.lit(None)), pa.null()),
        (c["n"].fill_null(1), pa.int64()),
    ]:
        assert output_type(tree, schema) == kind
    for wrong, message in [
        (
            rw.coalesce(c["wide"], rw.lit(Decimal(10) ** 29)),
            "decimals of 38 digits together",
        ),
        (rw.when(c["b"]).then("a").otherwise(1), "when of string and int64: expected values of one kind"),
        (rw.when(c["i"]).then("a").otherwise("b"), "when of int64: expected a condition, such as a comparison"),
        (rw.greatest(c["l"], c["l"]), "greatest of list<item: int64> and list<item: int64>: expected two of a kind"),
        (c["x"].clip("a", "b"), "clip of double and string and string: expected values of one kind"),
    ]:
        with pytest.raises(SchemaError) as caught:
            output_type(wrong, schema)
        assert message in str(caught.value)


def test_extremes_leave_out_what_is_missing_and_keep_the_first_of_equals() -> None:
    assert both(rw.greatest(X, Y), x=math.nan, y=1.5) == 1.5
    assert both(rw.least(X, Y), x=None, y=None) is None
    assert math.copysign(1, both(rw.greatest(X, Y), x=-0.0, y=0.0)) == -1
    assert math.copysign(1, both(rw.least(X, Y), x=0.0, y=-0.0)) == 1
    assert both(rw.greatest(X, Y), x="a", y="ä") == "ä"
    assert both(rw.greatest(X, "\U0001f600"), x="￿") == "\U0001f600"
    assert both(rw.least(X, dt.date(2024, 1, 1)), x=dt.date(1969, 1, 1)) == dt.date(1969, 1, 1)


def test_bounds() -> None:
    assert both(X.clip(0, 10), x=-5) == 0
    assert both(X.clip(5, 1), x=3) == 1
    assert both(X.clip(upper=Y), x=3, y=None) == 3
    assert both(X.clip(0.5), x=0) == 0.5
    assert both(X.between(1, 3), x=3) is True
    assert both(X.between(Y, 3), x=4, y=None) is False
    assert both(X.between(Y, 3), x=3, y=None) is None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: rw.when("a"), "when('a'): expected a condition, such as when(rw.col(\"x\") > 0)"),
        (lambda: rw.when(None), "when(None): expected a condition"),
        (lambda: rw.when(rw.when(X > 0).then(1)), "end the choice before it by .otherwise(...)"),
        (lambda: rw.when(X > 0).then(1) + 1, None),  # type: ignore[operator]
        (lambda: rw.greatest(X), "greatest() of 1 values: expected 2 or more"),
        (rw.coalesce, "coalesce() of 0 values: expected 1 or more"),
        (lambda: rw.coalesce(X, [1]), "[1] is of type list"),
        (lambda: X.fill_null(None), "coalesce None is always null"),
        (lambda: X.between(None, 1), ">= None is always null"),
        (lambda: Expression.from_dict({"call": "when", "of": [{"column": "x"}] * 2}), "'when' has 2 operands"),
        (lambda: Expression.from_dict({"call": "add", "of": [{"column": "x"}] * 2, "with": {"a": 1}}), "expected none"),
    ],
)
def test_what_makes_no_sense(make: Any, message: str | None) -> None:
    with pytest.raises((DeclarationError, TypeError)) as caught:
        make()
    assert message is None or message in str(caught.value)
