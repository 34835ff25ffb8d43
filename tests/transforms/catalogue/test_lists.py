"""What lists, vectors and maps refuse, and maps that pandas has no type for."""

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import ropeway as rw
from ropeway import transforms as T

LISTS = pd.DataFrame({"v": [[1.0, 2.0], [3.0, 4.0]]})


def fitted(transform: Any, frame: Any = LISTS) -> Any:
    return (rw.Pipeline("p")[T.all_columns()] >> transform).fit(frame)


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: T.ListElement(1.5), "expected a whole number"),  # type: ignore[arg-type]
        (lambda: T.ListElement(True), "expected a whole number"),
        (lambda: T.ListSlice(start="1"), r"ListSlice\(start='1'\): expected"),  # type: ignore[arg-type]
        (T.ListContains, "that an element may be"),
        (lambda: T.ListContains(float("nan")), "that an element may be"),
        (lambda: T.ListStd(ddof=-1), "0 or more"),
        (lambda: T.TopKOfList(k=0), "1 or more"),
        (T.VectorSlicer, "expected one whole number"),
        (T.Unpack, "1 or more"),
        (T.MapGet, "expected a key"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_is_declared(declare: Any, message: str) -> None:
    with pytest.raises(rw.DeclarationError, match=message):
        declare()


@pytest.mark.parametrize(
    ("transform", "frame", "message"),
    [
        (T.ListLength(), pd.DataFrame({"v": [1.0]}), "expected lists, got double"),
        (T.ListMean(), pd.DataFrame({"v": [["a"]]}), "expected lists of numbers"),
        (T.Unpack(1), pd.DataFrame({"v": [["a"]]}), "expected lists of numbers"),
        (T.VectorAssembler(), pd.DataFrame({"v": ["a"]}), "expected numbers or lists of them, got string"),
        (T.ListContains("a"), LISTS, "elements are double, and can't be that value"),
        (T.ListContains(True), LISTS, "elements are double, and can't be that value"),
        (T.MapGet("x"), LISTS, "expected maps or structs, got list"),
        (T.MapGet("x"), pd.DataFrame({"v": [{"a": 1}]}), "it has no field 'x'. It has: a"),
        (T.MapGet("a", default="no"), pd.DataFrame({"v": [{"a": 1}]}), "the default is no value of int64"),
        (T.MapGet("a"), pa.table({"v": pa.array([[(1, 2)]], pa.map_(pa.int64(), pa.int64()))}), "its keys are int64"),
    ],
)
def test_columns_of_other_types_are_refused(transform: Any, frame: Any, message: str) -> None:
    with pytest.raises(rw.SchemaError, match=message):
        fitted(transform, frame)


def test_lists_of_another_length_are_refused_on_both_paths() -> None:
    made = fitted(T.Unpack(2))
    with pytest.raises(
        rw.DataError, match="1 of 2 rows of column 'v' hold lists of other than 2 elements, such as one of 1"
    ):
        made.transform(pd.DataFrame({"v": [[1.0, 2.0], [3.0]]}))
    with pytest.raises(rw.DataError, match="is a list of 3 elements, expected 2"):
        made.row()({"v": [1.0, 2.0, 3.0]})


def test_a_row_with_another_thing_than_a_list_is_refused() -> None:
    for transform in (T.ListLength(), T.ListMean(), T.Unpack(2), T.ListElement()):
        with pytest.raises(rw.DataError, match="expected a list"):
            fitted(transform).row().values({"v": "text"})
    with pytest.raises(rw.DataError, match="expected a list of numbers"):
        fitted(T.ListMean()).row()({"v": ["text"]})


def test_a_row_may_hold_an_array() -> None:
    assert fitted(T.ListMean()).row()({"v": np.array([1.0, 4.0])}).tolist() == [2.5]


@pytest.mark.parametrize("kind", [pa.int32(), pa.bool_(), pa.decimal128(5, 2), pa.float32()])
def test_lists_of_any_numbers_have_a_mean(kind: pa.DataType) -> None:
    one: Any = Decimal(1) if pa.types.is_decimal(kind) else pa.types.is_boolean(kind) or 1
    table = pa.table({"v": pa.array([[one, type(one)(0)], None, []], pa.list_(kind))})
    made = fitted(T.ListMean(), table)
    assert made.transform(table)["v"].to_pylist() == [0.5, None, None]
    assert made.row()({"v": [one, type(one)(0)]}).tolist() == [0.5]


def test_slices_of_a_table_are_taken_by_themselves() -> None:
    table = pa.table({"v": [[1.0], [2.0, 3.0], None, [4.0, 5.0, 6.0]], "x": [1.0, 2.0, 3.0, 4.0]})
    transforms = [T.ListLength(), T.ListElement(-1), T.ListSlice(1), T.ListContains(3.0), T.ListSum(), T.TopKOfList(2)]
    for transform in [*transforms, T.VectorSlicer((1,))]:
        made = (rw.Pipeline("p")["v"] >> transform).fit(table)
        assert made.transform(table.slice(1)).to_pylist() == made.transform(table).to_pylist()[1:]
    whole = (rw.Pipeline("p")["v", "x"] >> T.VectorAssembler()).fit(table)
    assert whole.transform(table.slice(1))["features"].to_pylist() == [[2.0, 3.0, 2.0], None, [4.0, 5.0, 6.0, 4.0]]


def test_entries_of_maps() -> None:
    kind = pa.map_(pa.string(), pa.float64())
    table = pa.table({"m": pa.array([[("a", 1.0), ("b", 2.0)], [("a", None)], [], None], kind)})
    plain, filled = fitted(T.MapGet("a"), table), fitted(T.MapGet("a", default=9.0), table)
    assert plain.transform(table)["m_a"].to_pylist() == [1.0, None, None, None]
    assert filled.transform(table)["m_a"].to_pylist() == [1.0, 9.0, 9.0, None]
    rows: list[Any] = [{"a": 1.0, "b": 2.0}, {"a": None}, {}, None]
    assert [filled.row().values({"m": one})["m_a"] for one in rows] == [1.0, 9.0, 9.0, None]
    assert [plain.row().values({"m": one})["m_a"] for one in rows] == [1.0, None, None, None]
    with pytest.raises(rw.DataError, match="expected a dict"):
        plain.row().values({"m": 5})


def test_of_a_key_that_is_there_twice_the_last_value_counts() -> None:
    table = pa.table({"m": pa.array([[("a", 1), ("a", 2)]], pa.map_(pa.string(), pa.int64()))})
    made = fitted(T.MapGet("a"), table)
    assert made.transform(table)["m_a"].to_pylist() == [2]
    assert made.row().values({"m": [("a", 1), ("a", 2)]}) == {"m_a": 2}
