"""Lists and maps in all of Arrow's layouts, cut out of longer arrays."""

import math
from typing import Any

import pyarrow as pa
import pytest

import ropeway as rw
from ropeway.transforms.errors import DeclarationError, SchemaError
from ropeway.transforms.expressions import Expression, compiled_row, evaluate, output_type
from ropeway.transforms.expressions.row import value_of

LISTS = [[9], [1, 2, 3], None, [], [None, 2], [5], [7, 7]]
L = rw.col("l")


def cut(kind: pa.DataType) -> pa.Table:
    """The lists but the first and the last, which stay in the buffers."""
    return pa.table({"l": pa.array(LISTS, pa.list_(pa.int16())).cast(kind).slice(1, 5)})


@pytest.mark.parametrize("kind", [pa.list_(pa.int16()), pa.large_list(pa.int64()), pa.list_(pa.float32())])
def test_lists(kind: pa.DataType) -> None:
    table = cut(kind)
    for tree, expected in [
        (L.list.len(), [3, None, 0, 2, 1]),
        (L.list.get(0), [1, None, None, None, 5]),
        (L.list.get(-2), [2, None, None, None, None]),
        (L.list.contains(2), [True, None, False, True, False]),
        (L.list.contains(2.0), [True, None, False, True, False]),
        (L.list.contains(L.list.get(0)), [True, None, None, None, True]),
        (L.list.slice(1), [[2, 3], None, [], [2], []]),
        (L.list.slice(-2, 1), [[2], None, [], [None], [5]]),
        (L.list.slice(0, 0).list.len(), [0, None, 0, 0, 0]),
    ]:
        assert evaluate(tree, table).to_pylist() == expected
        row = compiled_row(tree, table.schema)
        assert [row({"l": one}) for one in table["l"].to_pylist()] == expected


def test_lists_of_one_length_and_what_is_in_them() -> None:
    table = pa.table({"l": pa.array([[9.0, 9.0], [1.0, math.nan], None, [-0.0, 2.0]], pa.list_(pa.float64(), 2))[1:]})
    assert evaluate(L.list.get(1), table).to_pylist() == [None, None, 2.0]
    assert evaluate(L.list.contains(0), table).to_pylist() == [False, None, True]
    assert evaluate(L.list.contains(math.nan), table).to_pylist() == [None, None, None]
    assert evaluate(L.list.len(), table).to_pylist() == [2, None, 2]


def test_a_slice_keeps_what_a_list_says_of_its_values() -> None:
    kind = pa.list_(pa.field("element", pa.int64(), nullable=False))
    table = pa.table({"l": pa.array([[1, 2], [3]], kind)})
    answer = evaluate(L.list.slice(1), table)
    assert answer.type == kind
    assert answer.to_pylist() == [[2], []]


def test_maps() -> None:
    entries = [[("z", 0)], [("a", 1), ("b", 2), ("a", 3)], None, [], [("a", None)], [("a", 9)]]
    table = pa.table({"m": pa.array(entries, pa.map_(pa.string(), pa.int32()))[1:5]})
    m = rw.col("m")
    assert evaluate(m.map.get("a"), table).to_pylist() == [3, None, None, None]
    assert evaluate(m.map.len(), table).to_pylist() == [3, None, 0, 1]
    row = compiled_row(m.map.get("a"), table.schema)
    assert [row({"m": one}) for one in entries[1:5]] == [3, None, None, None]
    assert row({"m": {"a": 4}}) == 4
    by_number = pa.table({"m": pa.array([[(1, "x")]], pa.map_(pa.int8(), pa.string()))})
    assert evaluate(m.map.get(1.0), by_number).to_pylist() == ["x"]


def test_nothing_is_a_list_and_a_map() -> None:
    table = pa.table({"l": pa.nulls(2)})
    trees = [L.list.len(), L.list.get(0), L.list.contains(1), L.list.slice(0), L.map.get("a"), L.map.len()]
    for tree in trees:
        assert evaluate(tree, table).to_pylist() == [None, None]
        assert compiled_row(tree, table.schema)({"l": None}) is None


def test_a_constant_can_be_split() -> None:
    table = pa.table({"x": [1, 2]})
    assert evaluate(rw.lit("a,b").str.split(",").list.get(1), table).to_pylist() == ["b", "b"]
    assert evaluate(rw.lit("a,b").str.split(","), table.slice(0, 0)).to_pylist() == []


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (rw.col("s").list.len(), "list.len of string: expected a list"),
        (L.map.get("a"), "map.get of list<item: int64>: expected a map"),
        (
            L.list.contains("a"),
            "list.contains of list<item: int64> and string: expected a list, and a value of the kind",
        ),
        (rw.col("m").map.get("a"), "map.get of map<int64, string> and string: expected a map, and a key of the kind"),
    ],
)
def test_types_that_make_no_sense(tree: Expression, message: str) -> None:
    schema = pa.schema(
        [("s", pa.string()), ("l", pa.list_(pa.int64())), ("m", pa.map_(pa.int64(), pa.string()))]
    )  # fmt: skip
    with pytest.raises(SchemaError) as caught:
        output_type(tree, schema)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: L.list.get("a"), "get('a'): expected a whole number, from the end if below 0"),  # type: ignore[arg-type]
        (lambda: L.list.slice(None), "list.slice(None): expected a whole number"),  # type: ignore[arg-type]
        (lambda: L.map.get(None), "map.get None is always null"),
        (lambda: L.map.get(rw.col("k")), "is of type Reference: expected col(...) or one of int"),
        (
            lambda: Expression.from_dict({"call": "map.get", "of": [{"column": "m"}, {"column": "k"}], "with": {}}),
            "no constant",
        ),
    ],
)
def test_options_that_make_no_sense(make: Any, message: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        make()
    assert message in str(caught.value)


def test_a_row_of_a_list_is_given_as_it_is() -> None:
    assert value_of(L, l=[1, None]) == [1, None]
