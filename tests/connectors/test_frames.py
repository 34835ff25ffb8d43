"""Frames of pandas, polars, Arrow and Spark as tables of either engine."""

import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from ropeway.connectors.frames import column_names, is_spark, kind_of, to_arrow
from ropeway.connectors.spark_frames import mapped, to_spark
from ropeway.connectors.table import open_table
from ropeway.transforms.errors import CapabilityError, DataError, SchemaError, UsageError
from tests.connectors.samples import EVERY_TYPE, NOON, UTC, WIDENED, content

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NAN = float("nan")
STAMPS = pd.DatetimeIndex(["2013-03-10 02:30:00.123456789", pd.NaT])

PANDAS: dict[str, tuple[Any, pa.DataType, list[Any]]] = {
    "int64": (pd.Series([1, 2]), pa.int64(), [1, 2]),
    "uint8": (pd.Series([1, 2], dtype="uint8"), pa.uint8(), [1, 2]),
    "float64": (pd.Series([NAN, -0.0]), pa.float64(), [NAN, -0.0]),
    "float32": (pd.Series([NAN, 1.5], dtype="float32"), pa.float32(), [NAN, 1.5]),
    "float16": (pd.Series([NAN, 1.5], dtype="float16"), pa.float32(), [NAN, 1.5]),
    "bool": (pd.Series([True, False]), pa.bool_(), [True, False]),
    "Int64": (pd.Series([2**62 + 1, None], dtype="Int64"), pa.int64(), [2**62 + 1, None]),
    "UInt32": (pd.Series([1, None], dtype="UInt32"), pa.uint32(), [1, None]),
    "Float64": (pd.Series([1.5, None], dtype="Float64"), pa.float64(), [1.5, None]),
    "boolean": (pd.Series([True, None], dtype="boolean"), pa.bool_(), [True, None]),
    "string": (pd.Series(["a", None], dtype="string"), pa.string(), ["a", None]),
    "string_arrow": (pd.Series(["a", None], dtype="string[pyarrow]"), pa.string(), ["a", None]),
    "object_str": (pd.Series(["a", NAN], dtype=object), pa.string(), ["a", None]),
    "object_decimal": (pd.Series([Decimal("1.10"), None]), pa.decimal128(3, 2), [Decimal("1.10"), None]),
    "object_date": (pd.Series([dt.date(2013, 1, 1), None]), pa.date32(), [dt.date(2013, 1, 1), None]),
    "object_datetime": (pd.Series([NOON, None], dtype=object), pa.timestamp("us"), [NOON, None]),
    "object_zoned": (
        pd.Series([NOON.replace(tzinfo=UTC), None], dtype=object),
        pa.timestamp("us", "UTC"),
        [NOON.replace(tzinfo=UTC), None],
    ),
    "object_timestamp": (
        pd.Series([pd.Timestamp("2013-01-01 00:00:00.000000001"), pd.NaT], dtype=object),
        pa.timestamp("ns"),
        [pd.Timestamp("2013-01-01 00:00:00.000000001"), None],
    ),
    "object_bytes": (pd.Series([b"a", None]), pa.binary(), [b"a", None]),
    "object_int": (pd.Series([1, None], dtype=object), pa.int64(), [1, None]),
    "object_float": (pd.Series([1.5, NAN], dtype=object), pa.float64(), [1.5, None]),
    "object_list": (pd.Series([[1, 2], None]), pa.list_(pa.int64()), [[1, 2], None]),
    "object_none": (pd.Series([None, None], dtype=object), pa.null(), [None, None]),
    "category": (pd.Series(["a", None], dtype="category"), pa.string(), ["a", None]),
    "category_int": (pd.Series([7, None]).astype("Int64").astype("category"), pa.int64(), [7, None]),
    "category_time": (pd.Series(STAMPS).astype("category"), pa.timestamp("ns"), [STAMPS[0], None]),
    "arrow_string": (pd.Series(["a", None], dtype=pd.ArrowDtype(pa.large_string())), pa.string(), ["a", None]),
    "arrow_decimal": (
        pd.Series([Decimal("1.1"), None], dtype=pd.ArrowDtype(pa.decimal128(9, 1))),
        pa.decimal128(9, 1),
        [Decimal("1.1"), None],
    ),
    "ns": (pd.Series(STAMPS), pa.timestamp("ns"), [STAMPS[0], None]),
    "us": (
        pd.Series(STAMPS).astype("datetime64[us]"),
        pa.timestamp("us"),
        [STAMPS[0].floor("us").to_pydatetime(), None],
    ),
    "ms": (
        pd.Series(STAMPS).astype("datetime64[ms]"),
        pa.timestamp("ms"),
        [dt.datetime(2013, 3, 10, 2, 30, 0, 123000), None],
    ),
    "s": (pd.Series(STAMPS).astype("datetime64[s]"), pa.timestamp("s"), [dt.datetime(2013, 3, 10, 2, 30), None]),
    "zoned": (
        pd.Series(STAMPS.floor("us").tz_localize("Asia/Tokyo")),
        pa.timestamp("ns", "Asia/Tokyo"),
        [STAMPS[0].floor("us").tz_localize("Asia/Tokyo"), None],
    ),
    "sparse": (pd.Series([0, 5], dtype="Sparse[int64]"), pa.int64(), [0, 5]),
}


@pytest.mark.parametrize("name", list(PANDAS))
def test_pandas_columns(name: str) -> None:
    series, kind, values = PANDAS[name]
    frame = pd.DataFrame({"other": [0, 0], "x": series}).set_axis([7, 7])
    table = open_table(frame)
    assert table.schema() == pa.schema([("other", pa.int64()), ("x", kind)])
    found = table.scan(["x"]).column("x").to_pylist()
    assert found == values or repr(found) == repr(values)
    assert to_arrow(frame, ["x"]).schema == pa.schema([("x", kind)])


@pytest.mark.parametrize(
    "values",
    [["a", 1], [2**70, 1], [1j, 2j], [object(), None], [{"a": 1}, 2]],
    ids=["mixed", "huge", "complex", "object", "dict"],
)
def test_pandas_columns_without_a_type(values: list[Any]) -> None:
    frame = pd.DataFrame({"ok": [1, 2], "odd": pd.Series(values, dtype=None if values == [1j, 2j] else object)})
    with pytest.raises(SchemaError, match=r"column 'odd' has no type in Arrow \(.*\): give all its values one type"):
        to_arrow(frame)
    assert to_arrow(frame, ["ok"]).num_rows == 2  # another column does not mind


def test_polars_columns() -> None:
    frame = pl.DataFrame(
        {
            "s": ["a", None],
            "c": pl.Series(["a", None], dtype=pl.Categorical),
            "e": pl.Series(["a", None], dtype=pl.Enum(["a"])),
            "f": [NAN, None],
            "u": pl.Series([2**64 - 1, None], dtype=pl.UInt64),
            "d": [Decimal("1.10"), None],
            "t": pl.Series([NOON, None], dtype=pl.Datetime("ns", "Asia/Tokyo")),
            "l": [[1], None],
            "a": pl.Series([[1, 2], None], dtype=pl.Array(pl.Int8, 2)),
            "n": [None, None],
        }
    )
    found = to_arrow(frame)
    zoned = pa.timestamp("ns", "Asia/Tokyo")
    kinds = [pa.string()] * 3 + [pa.float64(), pa.uint64(), pa.decimal128(38, 2), zoned]
    kinds += [pa.list_(pa.int64()), pa.list_(pa.int8()), pa.null()]
    assert found.schema.types == kinds
    assert repr(found.column("f").to_pylist()) == "[nan, None]"
    assert found.column("c").to_pylist() == ["a", None]
    assert open_table(frame).schema() == found.schema
    assert str(open_table(frame)) == "polars frame"
    for odd in (pl.Series([object()], dtype=pl.Object), pl.Series([1], dtype=pl.Int128)):
        with pytest.raises(SchemaError, match="column 'odd' has no type in Arrow"):
            to_arrow(pl.DataFrame({"odd": odd}))
    with pytest.raises(UsageError, match=r"not a LazyFrame: call \.collect\(\)"):
        open_table(frame.lazy())


def test_arrow_frames() -> None:
    table = pa.table({"d": pa.array(["a", None]).dictionary_encode(), "v": pa.array([1, 2], pa.timestamp("s"))})
    for frame in (table, table.to_batches()[0]):
        opened = open_table(frame)
        assert opened.schema() == pa.schema([("d", pa.string()), ("v", pa.timestamp("s"))])
        assert opened.scan(["v", "d"]).to_pydict() == {"v": table["v"].to_pylist(), "d": ["a", None]}
        assert opened.scan([]).num_rows == opened.rows() == 2
        assert opened.scan().column_names == ["d", "v"]
        assert opened.version() is None
        with pytest.raises(SchemaError, match=r"the Arrow table has no column 'V'\. It has: d, v"):
            opened.scan(["V"])
    one = EVERY_TYPE.column("float64")
    assert to_arrow(EVERY_TYPE).column("float64").chunk(0).buffers()[1].address == one.chunk(0).buffers()[1].address


def test_no_copy_of_numbers_in_pandas() -> None:
    values = np.arange(1000.0)
    frame = pd.DataFrame({"x": values}, copy=False)
    assert to_arrow(frame).column("x").chunk(0).buffers()[1].address == values.ctypes.data


def test_names_must_be_distinct_strings() -> None:
    with pytest.raises(SchemaError, match="the pandas frame has a column named 0: names must be strings"):
        column_names(pd.DataFrame([[1]]))
    with pytest.raises(SchemaError, match="the pandas frame has more than one column 'a'"):
        open_table(pd.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(SchemaError, match="the Arrow table has more than one column 'a'"):
        open_table(pa.table([pa.array([1]), pa.array([1])], names=["a", "a"]))


@pytest.mark.parametrize("what", [{"a": [1]}, [1], None, 3, pd.Series([1])])
def test_what_is_no_table(what: Any) -> None:
    with pytest.raises(UsageError, match=rf"a table is an address or a frame of .*, not a {type(what).__name__}"):
        open_table(what)


# ---- on Spark


@pytest.fixture(params=["UTC", "America/New_York"])
def zoned(spark: "SparkSession", request: pytest.FixtureRequest) -> "Iterator[SparkSession]":
    before = str(spark.conf.get("spark.sql.session.timeZone"))
    spark.conf.set("spark.sql.session.timeZone", request.param)
    yield spark
    spark.conf.set("spark.sql.session.timeZone", before)


def test_every_type_reaches_spark_whatever_the_zone(zoned: "SparkSession") -> None:
    for frame in (EVERY_TYPE, pa.concat_tables([EVERY_TYPE] * 2).combine_chunks().slice(3, 4)):
        table = open_table(frame, spark=zoned)
        assert table.schema() == EVERY_TYPE.schema
        found = table.scan()
        assert found.schema["clock"].dataType.typeName() == "timestamp_ntz"
        assert found.schema["instant"].dataType.typeName() == "timestamp"
        assert content(found.toArrow()) == content(frame)
    assert open_table(EVERY_TYPE.slice(0, 0), spark=zoned).scan(["string", "id"]).toArrow().num_rows == 0


def test_spark_gets_what_it_can_hold(spark: "SparkSession") -> None:
    frame = pa.table({name: column for name, (column, _) in WIDENED.items()})
    table = open_table(frame, spark=spark)
    assert table.schema() == pa.schema([(name, kind) for name, (_, kind) in WIDENED.items()])
    found = table.scan().toArrow()
    assert found.column("nanos").to_pylist() == [dt.datetime(1970, 1, 1, 0, 0, 0, 1), None]
    assert found.column("uint64").to_pylist() == [Decimal(2**64 - 1), None]
    assert found.column("dictionary").to_pylist() == ["a", None]
    nothing = open_table(pd.DataFrame({"id": [1], "n": pd.Series([None], dtype=object)}), spark=spark)
    assert nothing.schema() == pa.schema([("id", pa.int64()), ("n", pa.null())])
    assert nothing.scan().toArrow().to_pylist() == [{"id": 1, "n": None}]
    with pytest.raises(SchemaError, match=r"the Arrow table: no table can hold the type of column 'gap'"):
        open_table(pa.table({"gap": pa.array([1], pa.duration("s"))}), spark=spark).schema()
    with pytest.raises(DataError, match="does not fit into timestamp"):
        to_spark(pa.table({"at": pa.array([1], pa.timestamp("ns"))}), spark)


def test_pandas_reaches_spark_by_arrow(spark: "SparkSession") -> None:
    chosen = ["Int64", "boolean", "object_str", "category", "object_decimal", "float64", "zoned", "us", "object_date"]
    frame = pd.DataFrame({name: PANDAS[name][0] for name in chosen})
    found = open_table(frame, spark=spark).scan().toArrow()
    kinds = [pa.timestamp("us", "UTC") if pa.types.is_timestamp(k) and k.tz else k for k in found.schema.types]
    assert found.schema.types == kinds
    assert repr(found.drop_columns("zoned").to_pylist()) == repr(to_arrow(frame).drop_columns("zoned").to_pylist())
    assert found.column("zoned").cast(pa.int64()).to_pylist()[0] == PANDAS["zoned"][2][0].value // 1000


def test_large_frames_travel_as_batches(spark: "SparkSession") -> None:
    before = spark.conf.get("spark.sql.execution.arrow.localRelationThreshold")
    frame = pa.table({"x": np.arange(300_000)})
    found = open_table(frame, spark=spark).scan()
    assert found.selectExpr("sum(x)").collect()[0][0] == 300_000 * 299_999 // 2
    assert spark.conf.get("spark.sql.execution.arrow.localRelationThreshold") == before


def test_spark_frames(spark: "SparkSession") -> None:
    frame = spark.sql("SELECT 1L AS id, timestamp'2013-01-01 00:00:00' AS at, 'x' AS `a.b`")
    assert is_spark(frame)
    assert kind_of(frame) == "Spark frame"
    table = open_table(frame, spark=spark)
    assert table.schema() == pa.schema([("id", pa.int64()), ("at", pa.timestamp("us", "UTC")), ("a.b", pa.string())])
    assert table.rows() is None
    assert table.scan(["a.b", "id"]).collect()[0].asDict() == {"a.b": "x", "id": 1}
    assert table.scan().columns == ["id", "at", "a.b"]
    with pytest.raises(SchemaError, match=r"the Spark frame has no column 'ID'\. It has: id, at, a\.b"):
        table.scan(["ID"])
    with pytest.raises(CapabilityError, match=r"a Spark frame is no table for the local engine: pass spark="):
        open_table(frame)
    with pytest.raises(SchemaError, match=r"column 'gap': Spark's type interval day has no column in Arrow"):
        open_table(spark.sql("SELECT INTERVAL '1' DAY AS gap"), spark=spark).schema()


def test_tasks_do_not_read_archives_again(spark: "SparkSession") -> None:
    def archives(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import sys
        from zipimport import zipimporter

        for batch in batches:
            found = [path for path, finder in sys.path_importer_cache.items() if isinstance(finder, zipimporter)]
            yield pa.record_batch(
                {"id": batch["id"], "archives": pa.array([found] * len(batch), pa.list_(pa.string()))}
            )

    made = mapped(spark.range(4), archives, "id long, archives array<string>").toArrow().sort_by("id")
    assert made["id"].to_pylist() == [0, 1, 2, 3]
    assert made["archives"].to_pylist() == [[]] * 4
