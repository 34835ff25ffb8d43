"""Functions of one row: what they take, what they say of what they don't, and how they are made."""

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import ropeway as rw
from ropeway.transforms.errors import DataError, SchemaError
from ropeway.transforms.expressions import compiled_row
from ropeway.transforms.expressions.row import value_of

X = rw.col("x")
NOON = dt.datetime(2024, 1, 1, 12)


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        (pa.int64(), np.int32(5), 5),
        (pa.int64(), 5.0, 5),
        (pa.int64(), True, 1),
        (pa.int64(), math.nan, None),
        (pa.int64(), pd.NA, None),
        (pa.uint64(), 7, 7),
        (pa.float64(), 5, 5.0),
        (pa.float64(), np.float32(0.5), 0.5),
        (pa.float64(), Decimal("0.1"), 0.1),
        (pa.float64(), np.float64("nan"), None),
        (pa.float32(), 0.1, 0.10000000149011612),
        (pa.float16(), 0.1, 0.0999755859375),
        (pa.bool_(), np.bool_(True), True),
        (pa.bool_(), 1, True),
        (pa.string(), np.str_("a"), "a"),
        (pa.dictionary(pa.int8(), pa.string()), "a", "a"),
        (pa.binary(), b"a", b"a"),
        (pa.decimal128(5, 2), Decimal("1.5"), Decimal("1.50")),
        (pa.decimal128(5, 2), 3, Decimal("3.00")),
        (pa.timestamp("us"), pd.Timestamp(NOON), NOON),
        (pa.timestamp("us"), np.datetime64(NOON), NOON),
        (pa.timestamp("us"), dt.date(2024, 1, 1), dt.datetime(2024, 1, 1)),
        (pa.timestamp("us"), pd.NaT, None),
        (pa.timestamp("us"), NOON.replace(tzinfo=dt.timezone(dt.timedelta(hours=2))), dt.datetime(2024, 1, 1, 10)),
        (pa.timestamp("ns", "Asia/Tokyo"), NOON, NOON.replace(tzinfo=dt.UTC)),
        (pa.date32(), NOON, dt.date(2024, 1, 1)),
        (pa.date32(), pd.Timestamp(NOON), dt.date(2024, 1, 1)),
        (pa.duration("us"), pd.Timedelta("1h"), dt.timedelta(hours=1)),
        (pa.duration("us"), np.timedelta64(5, "ms"), dt.timedelta(milliseconds=5)),
        (pa.time64("us"), dt.time(1), dt.time(1)),
        (pa.null(), None, None),
    ],
)
def test_scalars_of_all_kinds_are_taken(kind: pa.DataType, given: Any, value: Any) -> None:
    found = compiled_row(X, pa.schema([("x", kind)]))({"x": given})
    assert (type(found), repr(found)) == (type(value), repr(value))


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        (pa.int64(), 2.5, 'col("x"): 2.5 of type float is no int64: expected a whole number.'),
        (pa.int64(), "5", "'5' of type str is no int64: expected a whole number."),
        (pa.int8(), 300, "300 of type int is no int8: expected -128 to 127."),
        (pa.uint8(), -1, "-1 of type int is no uint8: expected 0 to 255."),
        (pa.int64(), 2**63, "is no int64: expected -9223372036854775808 to 9223372036854775807."),
        (pa.int64(), math.inf, "inf of type float is no int64"),
        (pa.float64(), "1.5", "'1.5' of type str is no double: expected a number."),
        (pa.bool_(), 2, "2 of type int is no bool: expected True or False."),
        (pa.string(), 5, "5 of type int is no string: expected a string."),
        (pa.decimal128(3, 2), Decimal(10), "is no decimal128(3, 2): expected a number"),
        (pa.decimal128(3, 2), 0.5, "0.5 of type float is no decimal128(3, 2): expected a number"),
        (pa.timestamp("us"), "2024-01-01", "'2024-01-01' of type str is no timestamp[us]: expected a datetime."),
        (pa.timestamp("us"), pd.Timestamp(1), "is no timestamp[us]: expected whole microseconds."),
        (pa.timestamp("us"), np.datetime64(1, "ns"), "is no timestamp[us]: expected whole microseconds."),
        (pa.date32(), 5, "5 of type int is no date32[day]: expected a date."),
    ],
)
def test_what_is_of_another_kind_is_said(kind: pa.DataType, given: Any, message: str) -> None:
    with pytest.raises(DataError) as caught:
        compiled_row(X, pa.schema([("x", kind)]))({"x": given})
    assert message in str(caught.value)


def test_overflow_is_said_with_the_values() -> None:
    schema = pa.schema([("x", pa.int64()), ("y", pa.int64())])
    row = compiled_row((X + rw.col("y")) * 2 > 0, schema)
    with pytest.raises(DataError) as caught:
        row({"x": 2**63 - 1, "y": 1})
    assert str(caught.value) == (
        '(col("x") + col("y")): the answer does not fit into int64, such as 9223372036854775807 + 1. Go on in float64, '
        "with * 1.0 on one side, if rounding is fine."
    )
    with pytest.raises(DataError, match=r"-col\(\"x\"\): the answer does not fit into int64, such as --922"):
        value_of(-X, x=-(2**63))
    assert row({"x": None, "y": 1}) is None


def test_a_row_without_a_column_says_which() -> None:
    row = compiled_row(X + rw.col("y"), pa.schema([("x", pa.int64()), ("y", pa.int64())]))
    with pytest.raises(SchemaError) as caught:
        row({"x": 1, "z": 2})
    assert str(caught.value) == "the row has no 'y'; it has x, z. Give None for what is missing."
    assert row({"x": 1, "y": 2, "z": 3}) == 3


def test_errors_of_types_come_before_any_row() -> None:
    with pytest.raises(SchemaError, match="there is no column 'x'"):
        compiled_row(X + 1, pa.schema([]))
    with pytest.raises(SchemaError, match="expected two of a kind"):
        compiled_row(X > "a", pa.schema([("x", pa.int64())]))


def test_positional_values_stand_in_the_order_of_the_columns() -> None:
    schema = pa.schema([("a", pa.int64()), ("b", pa.int64())])
    row = compiled_row(rw.col("b") - rw.col("a") - rw.col("b"), schema, positional=True)
    assert row(5, 3) == -3
    assert compiled_row(rw.lit(1) + 1, schema, positional=True)() == 2


def test_what_occurs_twice_is_computed_once() -> None:
    tree = (X + 1) * (X + 1) - (X + 1)
    row = compiled_row(tree, pa.schema([("x", pa.float64())]))
    assert row.__code__.co_filename == "<row of 4 lines>"
    assert row({"x": 2.0}) == 6.0
    deep = X
    for _ in range(2000):
        deep = deep + 1
    assert value_of(deep, x=1) == 2001


def test_an_answer_that_python_has_no_time_for_is_an_error() -> None:
    later = X + dt.timedelta(days=200_000 * 365)
    with pytest.raises(DataError, match="are no datetime of Python, years 1 to 9999"):
        value_of(later, x=NOON)
    assert value_of(later > NOON, x=NOON) is True
