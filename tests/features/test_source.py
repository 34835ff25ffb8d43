"""Sources: what they take, what they refuse, and the schema under their names."""

import json
import pickle
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import ropeway as rw
from tests.features.samples import FLIGHTS, flights


def test_an_address_is_kept_as_it_is_written() -> None:
    for address in ("delta:data/flights", "delta:s3://b/x@version=3", "parquet:/a b", "sql:SELECT\n1", "hive:a.b"):
        assert rw.Source("s", address, "t").table == address


@pytest.mark.parametrize(
    "frame",
    [pd.DataFrame({"a": [1]}), pl.DataFrame({"a": [1]}), pa.table({"a": [1]})],
    ids=["pandas", "polars", "arrow"],
)
def test_a_frame_compares_by_identity(frame: Any) -> None:
    source = rw.Source("s", frame, "a")
    assert source.table is frame
    assert source.is_frame
    assert source == rw.Source("s", frame, "a")
    assert hash(source) == hash(rw.Source("s", frame, "a"))
    twin = frame.copy() if isinstance(frame, pd.DataFrame) else frame.slice(0)
    assert source != rw.Source("s", twin, "a")
    assert source != rw.Source("other", frame, "a")
    with pytest.raises(
        rw.DeclarationError, match=r"in memory, which can't be stored: write it to a table and name its"
    ):
        source.to_dict()


def test_frames_of_subclasses_and_of_spark_are_known_by_their_names() -> None:
    class Mine(pd.DataFrame):
        pass

    assert rw.Source("s", Mine({"a": [1]}), "a").is_frame
    assert repr(rw.Source("s", Mine({"a": [1]}), "a")) == 'Source("s", <pandas DataFrame>, "a")'


def test_a_spark_frame_is_one(spark: Any) -> None:
    frame = spark.range(3)
    source = rw.Source("s", frame, "id", timestamp_unit="s")
    assert source.is_frame
    assert source == rw.Source("s", frame, "id", timestamp_unit="s")
    assert source != rw.Source("s", spark.range(3), "id", timestamp_unit="s")
    assert repr(source) == 'Source("s", <pyspark DataFrame>, "id", timestamp_unit="s")'


def test_it_is_a_value() -> None:
    def made(**options: Any) -> rw.Source:
        return flights(available_at="known_at", tiebreak=["flight"], where=rw.col("x") > 1, **options)

    assert made() == made()
    assert made() != made(owner="ops")
    assert made() != flights(available_at="known_at", tiebreak=["flight"], where=rw.col("x") > 1.0)
    assert len({made(), made(), flights()}) == 2
    assert pickle.loads(pickle.dumps(made())) == made()
    with pytest.raises(AttributeError):
        made().name = "x"  # type: ignore[misc]
    assert rw.Source("delta:a", "delta:a", "t") != rw.Source("b", "delta:a", "t")


def test_storing_leaves_out_defaults() -> None:
    assert flights().to_dict() == {
        "format": 1,
        "kind": "Source",
        "name": "flights",
        "table": "delta:data/flights",
        "timestamp": "departed_at",
    }
    static = rw.Source("planes", "delta:planes", None)
    assert static.to_dict()["timestamp"] is None
    for source in (flights(), static, flights(field_mapping={"a": "b"}, tags={"x": "y"}, where=rw.col("b").is_null())):
        assert rw.Source.from_dict(json.loads(json.dumps(source.to_dict()))) == source


def test_text() -> None:
    assert repr(flights(field_mapping={"a": "b"}, where=rw.col("b") > 1, owner="ops")) == (
        'Source(\n    "flights",\n    "delta:data/flights",\n    "departed_at",\n    field_mapping={"a": "b"},\n'
        '    where=col("b") > 1,\n    owner="ops",\n)'
    )
    assert repr(rw.Source("s", pa.table({"a": [1]}), None)) == 'Source("s", <pyarrow Table>, None)'


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": ""}, "The name of a source must be a string that is not empty, and '' is not."),
        ({"table": "data/flights"}, "table of source 's': 'data/flights' is no address. Expected an address such as"),
        ({"table": "delta:"}, "'delta:' is no address"),
        (
            {"table": Path("data")},
            "table of source 's': got PosixPath, expected an address such as 'delta:data/flights'",
        ),
        ({"table": None}, "got NoneType, expected an address"),
        ({"table": pl.DataFrame().lazy()}, "got LazyFrame, expected an address"),
        ({"table": {"a": [1]}}, "got dict, expected an address"),
        ({"timestamp": ""}, "timestamp of source 's': expected the name of a column, got ''."),
        ({"timestamp": 5}, "timestamp of source 's': expected the name of a column, got 5."),
        ({"available_at": 5}, "available_at of source 's': expected the name of a column, got 5."),
        ({"timestamp_unit": "m"}, "timestamp_unit of source 's': expected one of 's', 'ms', 'us', 'ns', got 'm'."),
        ({"tiebreak": "flight"}, "tiebreak of source 's': expected a list of column names, such as ['flight']"),
        ({"field_mapping": ["a"]}, "field_mapping of source 's': expected a dict of strings to strings"),
        ({"field_mapping": {"a": "c", "b": "c"}}, "field_mapping of source 's' gives two columns one name: {'a': 'c',"),
        (
            {"where": "x > 0"},
            "where of source 's': expected an expression such as col('delay') > 0, got 'x > 0' of type str",
        ),
        ({"where": True}, "got True of type bool"),
        ({"tags": {"a": 1}}, "tags of source 's': expected a dict of strings to strings"),
        ({"owner": None}, "owner of source 's': expected a string, got None"),
        ({"description": 5}, "description of source 's': expected a string, got 5"),
        (
            {"timestamp": None, "available_at": "a"},
            "source 's' is a static table (timestamp=None), for which available_at",
        ),
        (
            {"timestamp": None, "tiebreak": ["a"]},
            "for which tiebreak makes no sense: name the timestamp, or leave tiebreak",
        ),
        ({"timestamp": None, "timestamp_unit": "s"}, "for which timestamp_unit makes no sense"),
    ],
)
def test_what_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(rw.DeclarationError) as caught:
        rw.Source(**{"name": "s", "table": "delta:x", "timestamp": "t", **options})
    assert message in str(caught.value)


def test_a_condition_joined_by_and_is_refused_where_it_is_written() -> None:
    with pytest.raises(rw.DeclarationError, match="Join conditions with &"):
        flights(where=rw.col("x") > 1 and rw.col("y") > 1)


def test_typed_gives_the_schema_under_the_names_of_features() -> None:
    source = flights(field_mapping={"arr_delay": "delay", "dep_delay": "arr_delay"}, where=rw.col("delay") > 0)
    schema = source.typed(FLIGHTS)
    assert schema.field("delay").type == pa.float32()
    assert schema.field("arr_delay").type == pa.float64()
    assert len(schema) == len(FLIGHTS)
    assert source.raw_names(["delay", "arr_delay", "origin"]) == ["arr_delay", "dep_delay", "origin"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"timestamp": "when"},
            "source 's', timestamp: there is no column 'when'. There are: tailnum, carrier, flight,",
        ),
        ({"available_at": "known"}, "source 's', available_at: there is no column 'known'. There are: tailnum"),
        ({"tiebreak": ["flight", "seq"]}, "source 's', tiebreak: there is no column 'seq'. There are: tailnum"),
        (
            {"field_mapping": {"delay": "x"}},
            "source 's', field_mapping: there is no column 'delay'. There are: tailnum",
        ),
        ({"field_mapping": {"departed_at": "at"}}, "timestamp: there is no column 'departed_at'. There are: tailnum"),
        (
            {"field_mapping": {"origin": "dest"}},
            "source 's': field_mapping renames 'origin' to 'dest', and the table has a column 'dest' already. Map that",
        ),
        ({"where": rw.col("x") > 0}, "source 's', where: (col(\"x\") > 0): there is no column 'x'. There are: tailnum"),
        ({"where": rw.col("origin") > 0}, "source 's', where: (col(\"origin\") > 0): > of string and int64"),
        (
            {"where": rw.col("flight")},
            "source 's', where: col(\"flight\") is of type int64, expected a condition, such as",
        ),
    ],
)
def test_what_does_not_fit_the_table(options: dict[str, Any], message: str) -> None:
    source = rw.Source(**{"name": "s", "table": "delta:x", "timestamp": "departed_at", **options})
    with pytest.raises(rw.SchemaError) as caught:
        source.typed(FLIGHTS)
    assert message in str(caught.value)
