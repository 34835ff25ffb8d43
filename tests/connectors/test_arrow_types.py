"""Types without encodings, in UTC, as stored; and casts that lose nothing."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from ropeway.connectors import arrow_types
from ropeway.connectors.arrow_types import cast, difference, plain, same, storable, tabular
from ropeway.transforms.errors import DataError, SchemaError
from tests.connectors.samples import EVERY_TYPE, WIDENED


def test_types_of_tables_stay() -> None:
    for one in EVERY_TYPE.schema:
        assert plain(one.type) == tabular(one.type) == one.type
    assert storable(EVERY_TYPE.schema, "it") == EVERY_TYPE.schema


@pytest.mark.parametrize("name", list(WIDENED))
def test_what_is_stored_as_another_type(name: str) -> None:
    column, kind = WIDENED[name]
    assert storable(pa.schema([("x", column.type)]), "it").field("x").type == kind
    assert storable(pa.schema([("x", pa.list_(column.type))]), "it").field("x").type == pa.list_(kind)
    assert cast(pa.chunked_array([column]), kind, "it").to_pylist()[1] is None
    assert cast(pa.chunked_array([], column.type), kind, "it").type == kind


def test_plain_keeps_units_zones_and_signs() -> None:
    for kind in (pa.timestamp("s", "Asia/Tokyo"), pa.timestamp("ns"), pa.uint64(), pa.duration("ns"), pa.time64("ns")):
        assert plain(kind) == kind
    assert plain(pa.dictionary(pa.int8(), pa.timestamp("ns", "Asia/Tokyo"))) == pa.timestamp("ns", "Asia/Tokyo")
    assert plain(pa.run_end_encoded(pa.int32(), pa.large_string())) == pa.string()
    assert plain(pa.decimal256(40, 2)) == pa.decimal256(40, 2)


def test_nullability_and_item_names_are_no_difference() -> None:
    strict = pa.list_(pa.field("element", pa.int64(), nullable=False))
    assert same(strict, pa.list_(pa.int64()))
    assert same(pa.struct([pa.field("a", pa.int64(), nullable=False)]), pa.struct([("a", pa.int64())]))
    assert not same(pa.struct([("a", pa.int64())]), pa.struct([("b", pa.int64())]))
    assert (
        difference(pa.schema([pa.field("a", strict, nullable=False)]), pa.schema([("a", pa.list_(pa.int64()))])) == ""
    )


def test_run_ends_and_large_chunks_are_cast(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = pa.chunked_array([pc.run_end_encode(pa.array([1, 1, None, 2]))])
    assert cast(runs, pa.int64(), "it").to_pylist() == [1, 1, None, 2]
    # strings past 2 GiB do not fit into one chunk with small offsets; here the limit is smaller, not the strings larger
    monkeypatch.setattr(arrow_types, "_LARGEST", 64)
    texts = pa.chunked_array([pa.array([str(i) * 9 if i % 3 else None for i in range(50)], pa.large_string())])
    found = cast(texts, pa.string(), "it")
    assert found.num_chunks > 1
    assert found.to_pylist() == texts.to_pylist()


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pa.array([1000, 1001], pa.timestamp("ns")), pa.timestamp("us")),
        (pa.array([2**60], pa.timestamp("s")), pa.timestamp("us")),
    ],
)
def test_values_that_do_not_fit(values: pa.Array, kind: pa.DataType) -> None:
    with pytest.raises(DataError, match=r"column 'at' does not fit into timestamp\[us\]: .*"):
        cast(pa.chunked_array([values]), kind, "column 'at'")


@pytest.mark.parametrize(
    "kind", [pa.null(), pa.duration("s"), pa.time64("us"), pa.decimal256(50, 2), pa.list_(pa.null()), pa.struct([])]
)
def test_types_that_no_table_holds(kind: pa.DataType) -> None:
    with pytest.raises(SchemaError, match=r"the table: no table can hold the type of column 'x' \("):
        storable(pa.schema([("id", pa.int64()), ("x", kind)]), "the table")
    if pa.types.is_null(kind):
        assert storable(pa.schema([("x", kind)]), "the frame", nulls=True).field("x").type == kind
