"""Parquet tables as others leave them, and what stays around a write."""

from __future__ import annotations

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ropeway.connectors.address import parse
from ropeway.connectors.base import Commit, Written
from ropeway.connectors.parquet import COMMIT
from ropeway.connectors.table import connector_of, open_table
from ropeway.transforms.errors import CapabilityError, SchemaError, TableError, TableExistsError, TableNotFoundError
from tests.connectors.samples import UTC, content

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TABLE = pa.table({"id": [1, 2], "dest": ["JFK", None]})


def save(path: Path, table: pa.Table = TABLE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path)


def write(path: Path, table: pa.Table, run: str, mode: str = "error") -> Written:
    connector, address = connector_of(f"parquet:{path}")
    return connector.write(address, table, mode=mode, commit=Commit(run, "5f0c"))  # type: ignore[arg-type]


# ---- tables of others


@pytest.mark.parametrize("engine", ["local", "spark"])
def test_a_single_file(spark: SparkSession, tmp_path: Path, engine: str) -> None:
    save(tmp_path / "flights.data")
    opened = open_table(f"parquet:{tmp_path}/flights.data", spark=spark if engine == "spark" else None)
    assert opened.schema() == TABLE.schema
    assert opened.rows() == 2
    found = opened.scan(["dest", "id"])
    assert content(found if engine == "local" else found.toArrow()) == content(TABLE.select(["dest", "id"]))


PARTITIONS: dict[str, tuple[list[str | None], pa.DataType, list[Any]]] = {
    "year": (["2013", "2014", None], pa.int32(), [2013, 2014, None]),
    "big": (["1", "3000000000", "2"], pa.int64(), [1, 3_000_000_000, 2]),
    "day": (
        ["2013-01-01", "2013-02-28", None],
        pa.date32(),
        [dt.date(2013, 1, 1), dt.date(2013, 2, 28), None],
    ),
    "no_day": (["2013-02-30", "2013-01-01", None], pa.string(), ["2013-02-30", "2013-01-01", None]),
    "share": (["0.5", "1", "-2.25"], pa.float64(), [0.5, 1.0, -2.25]),
    "dest": (["a b", "c%2Fd%3D", None], pa.string(), ["a b", "c/d=", None]),
    "_odd": (["x", "1", "y"], pa.string(), ["x", "1", "y"]),
}


@pytest.mark.parametrize("name", list(PARTITIONS))
def test_columns_in_names_of_folders_are_those_of_spark(spark: SparkSession, tmp_path: Path, name: str) -> None:
    texts, kind, values = PARTITIONS[name]
    for at, text in enumerate(texts):
        folder = f"{name}={'__HIVE_DEFAULT_PARTITION__' if text is None else text}"
        save(tmp_path / "t" / folder / "part.parquet", pa.table({"id": [at], "v": [at / 2]}))
    expected = pa.table({"id": [0, 1, 2], "v": [0.0, 0.5, 1.0], name: pa.array(values, kind)})
    for session in (None, spark):
        opened = open_table(f"parquet:{tmp_path}/t", spark=session)
        assert opened.schema() == expected.schema
        assert opened.rows() == 3
        for columns in (expected.column_names, [name, "id"]):
            found = opened.scan(columns)
            assert content(found if session is None else found.toArrow()) == content(expected.select(columns))


def test_partitions_within_partitions(tmp_path: Path) -> None:
    for year in (2013, 2014):
        for dest in ("JFK", "LAX"):
            save(tmp_path / "t" / f"year={year}" / f"dest={dest}" / "a.parquet", pa.table({"id": [year]}))
    found = open_table(f"parquet:{tmp_path}/t").scan(["dest", "year", "id"])
    assert sorted(found.to_pylist(), key=str) == [
        {"dest": dest, "year": year, "id": year} for dest in ("JFK", "LAX") for year in (2013, 2014)
    ]
    save(tmp_path / "t" / "year=2015" / "a.parquet")
    with pytest.raises(TableError, match="the folders of the table are not named alike, such as"):
        open_table(f"parquet:{tmp_path}/t").schema()


def test_hidden_files_are_no_data(tmp_path: Path) -> None:
    save(tmp_path / "t" / "b.parquet")
    save(tmp_path / "t" / "a.parquet", TABLE.slice(0, 1))
    for name in ("_SUCCESS", ".b.parquet.crc", "_metadata", "_temporary/0/c.parquet", ".hidden/d.parquet"):
        (tmp_path / "t" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "t" / name).write_bytes(b"no parquet")
    found = open_table(f"parquet:{tmp_path}/t")
    assert found.rows() == 3
    assert found.scan()["id"].to_pylist() == [1, 1, 2]  # files in the order of their names


def test_encodings_of_arrow_are_undone(tmp_path: Path, spark: SparkSession) -> None:
    table = pa.table(
        {
            "dest": pa.array(["JFK", None]).dictionary_encode(),
            "at": pa.array([1, None], pa.timestamp("ms", "Asia/Tokyo")),
            "n": pa.array([1, None], pa.uint32()),
            "l": pa.array([["a"], None], pa.large_list(pa.large_string())),
        }
    )
    save(tmp_path / "t.parquet", table)
    expected = pa.schema(
        [("dest", pa.string()), ("at", pa.timestamp("us", "UTC")), ("n", pa.int64()), ("l", pa.list_(pa.string()))]
    )
    for session in (None, spark):
        opened = open_table(f"parquet:{tmp_path}/t.parquet", spark=session)
        assert opened.schema() == expected
        found = opened.scan() if session is None else opened.scan().toArrow()
        assert found.to_pylist() == [
            {"dest": "JFK", "at": dt.datetime(1970, 1, 1, 0, 0, 0, 1000, tzinfo=UTC), "n": 1, "l": ["a"]},
            {"dest": None, "at": None, "n": None, "l": None},
        ]


def test_nanoseconds_stay_and_spark_says_that_it_has_none(tmp_path: Path, spark: SparkSession) -> None:
    save(tmp_path / "t.parquet", pa.table({"at": pa.array([1001], pa.timestamp("ns"))}))
    assert open_table(f"parquet:{tmp_path}/t.parquet").scan()["at"].cast(pa.int64()).to_pylist() == [1001]
    with pytest.raises(TableError, match=r"Spark can't read it: .*NANOS"):
        open_table(f"parquet:{tmp_path}/t.parquet", spark=spark).schema()


def test_what_is_no_parquet(tmp_path: Path, spark: SparkSession) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "notes.txt").write_text("mine")
    for session in (None, spark):
        with pytest.raises(TableError, match=r"notes\.txt|can't be read as one table"):
            open_table(f"parquet:{tmp_path}/t", spark=session).schema()
    with pytest.raises(TableNotFoundError, match=r"Looked at .*nothing there"):
        open_table(f"parquet:{tmp_path}/missing*").schema()


@pytest.mark.parametrize("engine", ["local", "spark"])
def test_the_folder_of_a_delta_table(spark: SparkSession, tmp_path: Path, engine: str) -> None:
    connector, address = connector_of(f"delta:{tmp_path}/t")
    connector.write(address, TABLE, mode="error", commit=Commit("one", "5f0c"))
    opened = open_table(f"parquet:{tmp_path}/t", spark=spark if engine == "spark" else None)
    for call in (opened.schema, opened.rows, opened.scan):
        with pytest.raises(TableError, match=r"is the folder of a Delta table; read it as delta:"):
            call()
    with pytest.raises(TableError, match="is the folder of a Delta table"):
        write(tmp_path / "t", TABLE, "two", "overwrite")


# ---- writing


@pytest.mark.parametrize("engine", ["local", "spark"])
def test_what_is_beside_the_files(spark: SparkSession, tmp_path: Path, engine: str) -> None:
    connector, address = connector_of(f"parquet:{tmp_path}/new/t")
    commit = Commit("nightly", "5f0c", {"owner": "ops"})
    session = spark if engine == "spark" else None
    data = TABLE if session is None else session.range(2)
    written = connector.write(address, data, mode="error", commit=commit, spark=session)
    assert written == Written(None, 2, commit)
    assert [one.name for one in (tmp_path / "new").iterdir()] == ["t"]
    names = [one.name for one in (tmp_path / "new" / "t").iterdir() if not one.name.startswith(".")]
    assert COMMIT in names
    assert all(name.endswith(".parquet") for name in names if name != COMMIT)
    assert json.loads((tmp_path / "new" / "t" / COMMIT).read_text())["ropeway"]["info"] == {"owner": "ops"}


def test_a_single_file_is_replaced_by_a_folder(tmp_path: Path) -> None:
    save(tmp_path / "t.parquet")
    connector, address = connector_of(f"parquet:{tmp_path}/t.parquet")
    assert connector.find_run(address, "one") is None  # others wrote it
    with pytest.raises(TableExistsError):
        write(tmp_path / "t.parquet", TABLE, "one")
    write(tmp_path / "t.parquet", TABLE.slice(0, 1), "one", "overwrite")
    assert open_table(str(address)).rows() == 1
    assert [one.name for one in tmp_path.iterdir()] == ["t.parquet"]


def test_a_folder_with_other_files_is_not_replaced(tmp_path: Path) -> None:
    save(tmp_path / "t" / "a.parquet")
    save(tmp_path / "t" / "model.pkl")
    with pytest.raises(
        TableExistsError, match=r"holds other files, such as model\.pkl; choose a path where nothing is"
    ):
        write(tmp_path / "t", TABLE, "one", "overwrite")
    assert sorted(one.name for one in (tmp_path / "t").iterdir()) == ["a.parquet", "model.pkl"]


def test_one_of_two_that_make_a_table(tmp_path: Path) -> None:
    def attempt(at: int) -> Written | TableError:
        try:
            return write(tmp_path / "t", pa.table({"id": [at]}), f"run {at}")
        except TableError as error:
            return error

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(attempt, range(8)))
    (made,) = [one for one in answers if isinstance(one, Written)]
    assert open_table(f"parquet:{tmp_path}/t").scan()["id"].to_pylist() == [int(made.commit.run_id[-1])]
    assert all("exists already" in str(one) for one in answers if isinstance(one, TableError))
    assert [one.name for one in tmp_path.iterdir()] == ["t"]


def test_readers_see_the_old_table_or_the_new(tmp_path: Path) -> None:
    write(tmp_path / "t", pa.table({"id": [0] * 1000}), "run 0")

    def replace(at: int) -> int:
        write(tmp_path / "t", pa.table({"id": [at] * 1000}), f"run {at}", "overwrite")
        return at

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(replace, at) for at in range(1, 21)]
        while not all(job.done() for job in jobs):
            assert (tmp_path / "t" / COMMIT).exists()  # there is no moment without a table
    assert len(set(open_table(f"parquet:{tmp_path}/t").scan()["id"].to_pylist())) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["t"]


def test_stores_without_renaming_are_refused() -> None:
    connector, address = connector_of("parquet:s3://bucket/flights")
    with pytest.raises(CapabilityError, match="written on this machine's file system only"):
        connector.find_run(address, "one")


def test_columns_are_checked(tmp_path: Path) -> None:
    save(tmp_path / "t.parquet")
    with pytest.raises(SchemaError, match=r"parquet:.*t\.parquet has no column 'Dest'\. It has: id, dest"):
        open_table(f"parquet:{tmp_path}/t.parquet").scan(["Dest"])
    assert str(open_table(f"parquet:{tmp_path}/t.parquet")) == str(parse(f"parquet:{tmp_path}/t.parquet"))
