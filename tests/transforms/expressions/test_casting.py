"""Casts: what each kind becomes, what does not fit, and how that is said."""

import datetime as dt
import json
import math
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

import ropeway as rw
from ropeway.transforms.errors import DataError, DeclarationError, SchemaError
from ropeway.transforms.expressions import Expression, compiled_row, evaluate, output_type
from ropeway.transforms.expressions.row import value_of
from tests.transforms.expressions.test_trees import bits

NOON = dt.datetime(2024, 1, 31, 12)


def both(value: Any, kind: pa.DataType, to: Any) -> Any:
    """The cast of a value over a column and for one row; null where it does not fit."""
    tree = rw.col("x").cast(to, strict=False)
    table = pa.table({"x": pa.array([value, None, value], kind)})
    found = evaluate(tree, table).to_pylist()
    row = compiled_row(tree, table.schema)({"x": value})
    assert found == [found[0], None, found[0]]
    assert bits(row) == bits(found[0])
    if found[0] is None and value is not None:
        strict = rw.col("x").cast(to)
        with pytest.raises(DataError, match=r"2 of 3 values of type .* do not fit into .*strict=False gives null"):
            evaluate(strict, table)
        with pytest.raises(DataError, match="do not fit into"):
            compiled_row(strict, table.schema)({"x": value})
    return found[0]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"), (-0.0, "-0.0"), (1e16, "1e+16"), (1e15, "1000000000000000.0"), (5e-324, "5e-324"),
        (math.inf, "inf"), (-math.inf, "-inf"), (2.0**53, "9007199254740992.0"), (1e22, "1e+22"),
    ],
)  # fmt: skip
def test_the_text_of_a_float_is_the_shortest_that_gives_it_back(value: float, text: str) -> None:
    assert both(value, pa.float64(), "string") == text
    assert both(text, pa.string(), "float64") == value


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7), ("+7", 7), ("-007", -7), ("9223372036854775807", 2**63 - 1), ("9223372036854775808", None),
        ("", None),
        (" 7", None), ("7.0", None), ("1_0", None), ("１２", None), ("0x1", None), ("-", None), ("9" * 5000, None),
    ],
)  # fmt: skip
def test_text_as_an_integer(text: str, number: int | None) -> None:
    assert both(text, pa.string(), "int64") == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (".5", 0.5), ("5.", 5.0), ("1e400", math.inf), ("-Infinity", -math.inf), ("1e", None), (".", None),
        ("1,5", None), ("0x1p3", None), ("infinit", None), ("1 ", None),
    ],
)  # fmt: skip
def test_text_as_a_float(text: str, number: float | None) -> None:
    assert both(text, pa.string(), "float64") == number


def test_the_text_nan_is_a_missing_float() -> None:
    assert value_of(rw.col("x").cast("float64"), x="NaN") is None
    assert evaluate(rw.col("x").cast("float64"), pa.table({"x": ["nan", "1"]})).to_pylist() == [None, 1.0]


@pytest.mark.parametrize(
    ("value", "number"),
    [(2.0, 2), (-0.0, 0), (2.5, None), (math.inf, None), (2.0**63, None), (-(2.0**63), -(2**63)), (1e300, None)],
)
def test_floats_as_integers_are_whole(value: float, number: int | None) -> None:
    assert both(value, pa.float64(), "int64") == number


@pytest.mark.parametrize(
    ("value", "kind", "to", "expected"),
    [
        (True, pa.bool_(), "string", "true"),
        (True, pa.bool_(), "decimal(3, 1)", Decimal("1.0")),
        ("True", pa.string(), "bool", True),
        ("yes", pa.string(), "bool", None),
        (2, pa.int8(), "bool", True),
        (-0.0, pa.float32(), "bool", False),
        (0.1, pa.float64(), "decimal(3, 1)", Decimal("0.1")),
        (0.15, pa.float64(), "decimal(3, 1)", None),
        (math.inf, pa.float64(), "decimal(3, 1)", None),
        (1000, pa.int64(), "decimal(3, 0)", None),
        ("1.50", pa.string(), "decimal(12, 1)", Decimal("1.5")),
        ("-0", pa.string(), "decimal(12, 2)", Decimal("0.00")),
        ("1e-3", pa.string(), "decimal(12, 2)", None),
        (Decimal("1.50"), pa.decimal128(12, 2), "string", "1.50"),
        (Decimal("2.00"), pa.decimal128(12, 2), "int64", 2),
        (Decimal("2.01"), pa.decimal128(12, 2), "int64", None),
        (Decimal("2.01"), pa.decimal128(12, 2), pa.decimal128(12, 1), None),
        (Decimal("0.1"), pa.decimal128(12, 1), "float64", 0.1),
        (NOON, pa.timestamp("us"), "string", "2024-01-31T12:00:00"),
        (NOON.replace(tzinfo=dt.UTC), pa.timestamp("us", "UTC"), "string", "2024-01-31T12:00:00+00:00"),
        (NOON, pa.timestamp("s"), "timestamp[UTC]", NOON.replace(tzinfo=dt.UTC)),
        (dt.datetime(1969, 12, 31, 23, 59), pa.timestamp("us"), "date", dt.date(1969, 12, 31)),
        (dt.date(1969, 12, 31), pa.date32(), "timestamp", dt.datetime(1969, 12, 31)),
        (dt.date(1969, 12, 31), pa.date32(), "string", "1969-12-31"),
        ("2024-01-31", pa.string(), "date", dt.date(2024, 1, 31)),
        ("2024-02-30", pa.string(), "date", None),
        ("20240131", pa.string(), "date", None),
        ("2024-01-31 12:00", pa.string(), "timestamp", NOON),
        ("2024-01-31T12:00:00.5", pa.string(), "timestamp", NOON.replace(microsecond=500_000)),
        ("2024-01-31T12:00:00.1234567", pa.string(), "timestamp", None),
        ("2024-01-31T14:00+02:00", pa.string(), "timestamp", NOON),
        ("2024-01-31T12:00Z", pa.string(), "timestamp[UTC]", NOON.replace(tzinfo=dt.UTC)),
        ("0001-01-01T00:00+02:00", pa.string(), "timestamp", None),
        ("2024-W05-3", pa.string(), "timestamp", None),
        (None, pa.null(), "int64", None),
    ],
)
def test_casts(value: Any, kind: pa.DataType, to: Any, expected: Any) -> None:
    assert bits(both(value, kind, to)) == bits(expected)


def test_a_misfit_says_how_many_and_which() -> None:
    with pytest.raises(DataError) as caught:
        evaluate(rw.col("x").cast("int64"), pa.table({"x": ["1", "a", "b", "a", None]}))
    assert str(caught.value) == (
        'col("x").cast("int64"): 3 of 5 values of type string do not fit into int64, such as \'a\'. strict=False gives '
        "null instead."
    )
    with pytest.raises(DataError) as caught:
        value_of(rw.col("x").cast("int64"), x=2.5)
    assert str(caught.value) == (
        'col("x").cast("int64"): 1 of 1 values of type double do not fit into int64, such as 2.5. A fraction goes by '
        ".round(), .floor() or .trunc(); strict=False gives null instead."
    )


@pytest.mark.parametrize(
    ("kind", "to", "message"),
    [
        (pa.int64(), "timestamp", "cast of int64: expected one of timestamp, string, date, to cast it to timestamp"),
        (pa.timestamp("us"), "int64", "expected one of int, bool, float, decimal, string, to cast it to int64"),
        (pa.list_(pa.int64()), "string", "cast of list<item: int64>: expected one of string, bool, int, float"),
        (pa.binary(), "string", "cast of binary"),
    ],
)
def test_types_that_are_no_other(kind: pa.DataType, to: str, message: str) -> None:
    with pytest.raises(SchemaError) as caught:
        output_type(rw.col("x").cast(to), pa.schema([("x", kind)]))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "to", ["int32", pa.float32(), "datetime", "decimal(39, 2)", "decimal(2, 3)", pa.timestamp("ns"), 5, ""]
)
def test_targets_that_are_none(to: Any) -> None:
    with pytest.raises(DeclarationError, match="expected one of bool, int64, float64, string, date, timestamp"):
        rw.col("x").cast(to)


def test_a_target_has_one_name() -> None:
    for to, name in [
        (pa.int64(), "int64"), ("double", "float64"), (pa.timestamp("us", "UTC"), "timestamp[UTC]"),
        (pa.decimal128(12, 2), "decimal(12, 2)"), (pa.date32(), "date"), ("decimal(12,2)", "decimal(12, 2)"),
    ]:  # fmt: skip
        assert rw.col("x").cast(to).same_as(rw.col("x").cast(name))
        assert repr(rw.col("x").cast(to)) == f'col("x").cast("{name}")'
    stored = json.loads(json.dumps(rw.col("x").cast("date", strict=False).to_dict()))
    assert stored == {"call": "cast", "of": [{"column": "x"}], "with": {"to": "date", "strict": False}}
    for options in ({"to": "int32", "strict": True}, {"to": "date"}, {"to": "date", "strict": 1}, None, 7):
        with pytest.raises(DeclarationError):
            Expression.from_dict({**stored, "with": options})
