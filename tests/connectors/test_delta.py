"""Delta tables as Spark and others leave them, read without Spark; races; and what can't be read."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import deltalake
import pyarrow as pa
import pytest

from ropeway.connectors import delta_log
from ropeway.connectors.address import Address
from ropeway.connectors.base import Commit, Written
from ropeway.connectors.spark_frames import to_spark
from ropeway.connectors.table import connector_of, open_table
from ropeway.transforms.errors import SchemaError, TableError, TableExistsError
from tests.connectors.samples import UTC, content

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

ODD = ["a b", "c/d", "é%20=", "x#?", "", None, "__x", "[a]*"]


def save(frame: DataFrame, path: Path, **options: str) -> None:
    frame.write.format("delta").options(**{f"delta.{name}": value for name, value in options.items()}).save(
        f"file:{path}"
    )


def write(path: Path, table: pa.Table, run: str, mode: str = "append") -> Written:
    connector, address = connector_of(f"delta:{path}")
    return connector.write(address, table, mode=mode, commit=Commit(run, "5f0c"))  # type: ignore[arg-type]


# ---- tables of others


@pytest.mark.parametrize("writer", ["spark", "deltalake"])
def test_partitions_come_from_the_log(spark: SparkSession, tmp_path: Path, writer: str) -> None:
    days = [dt.date(2013, 1, 1 + at % 2) if at else None for at in range(len(ODD))]
    table = pa.table({"p": ODD, "id": range(len(ODD)), "day": days})
    if writer == "spark":
        to_spark(table, spark).write.format("delta").partitionBy("p", "day").save(f"file:{tmp_path}/t")
        table = table.set_column(0, "p", pa.array([None if one == "" else one for one in ODD]))  # Spark's rule
    else:
        deltalake.write_deltalake(tmp_path / "t", table, partition_by=["p", "day"])
    opened = open_table(f"delta:{tmp_path}/t")
    found = opened.scan(["day", "id", "p"])
    assert found.column_names == ["day", "id", "p"]
    expected = table.select(["day", "id", "p"])
    if writer == "deltalake":
        found = found.set_column(2, "p", found["p"].fill_null(""))
        expected = expected.set_column(2, "p", expected["p"].fill_null(""))
    assert content(found) == content(expected)
    assert opened.scan(["id"]).num_rows == opened.rows() == len(ODD)


def test_rows_can_be_added_to_partitions(spark: SparkSession, tmp_path: Path) -> None:
    table = pa.table({"p": ["a", "b"], "id": [1, 2]})
    deltalake.write_deltalake(tmp_path / "t", table, partition_by=["p"])
    write(tmp_path / "t", pa.table({"id": [3], "p": ["c"]}), "one")
    connector, address = connector_of(f"delta:{tmp_path}/t")
    more = to_spark(pa.table({"id": [4], "p": ["d"]}), spark)
    connector.write(address, more, mode="append", commit=Commit("two", "5f0c"), spark=spark)
    assert deltalake.DeltaTable(tmp_path / "t").metadata().partition_columns == ["p"]
    assert open_table(f"delta:{tmp_path}/t").scan(["id"]).sort_by("id")["id"].to_pylist() == [1, 2, 3, 4]
    write(tmp_path / "t", pa.table({"id": [9]}), "three", "overwrite")  # the column of the partitions goes
    assert open_table(f"delta:{tmp_path}/t").scan().to_pydict() == {"id": [9]}


def test_deleted_rows_stay_deleted(spark: SparkSession, tmp_path: Path) -> None:
    path = tmp_path / "with space"
    save(spark.range(100).coalesce(1), path, enableDeletionVectors="true")
    spark.sql(f"DELETE FROM delta.`file:{path}` WHERE id < 3 OR id = 50")
    spark.range(100, 110).coalesce(1).write.format("delta").mode("append").save(f"file:{path}")
    opened = open_table(f"delta:{path}")
    assert sorted(opened.scan(["id"])["id"].to_pylist()) == [one for one in range(3, 110) if one != 50]
    assert opened.rows() == 106
    assert opened.scan([]).num_rows == 106
    assert open_table(f"delta:{path}", spark=spark).rows() == 106


def test_mapped_columns(spark: SparkSession, tmp_path: Path) -> None:
    frame = spark.sql("SELECT id, id % 2 AS `a b`, named_struct('x', id) AS s, array(id) AS l FROM range(5)")
    writer = frame.write.format("delta").partitionBy("a b").option("delta.columnMapping.mode", "name")
    writer.save(f"file:{tmp_path}/t")
    spark.sql(f"ALTER TABLE delta.`file:{tmp_path}/t` RENAME COLUMN id TO key")
    opened = open_table(f"delta:{tmp_path}/t")
    assert opened.schema().names == ["key", "a b", "s", "l"]
    found = opened.scan(["l", "a b", "key"])
    assert content(found, "key") == content(
        open_table(f"delta:{tmp_path}/t", spark=spark).scan(["l", "a b", "key"]).toArrow(), "key"
    )
    assert found.sort_by("key").to_pydict() == {
        "l": [[i] for i in range(5)],
        "a b": [0, 1, 0, 1, 0],
        "key": [*range(5)],
    }
    with pytest.raises(TableError, match="inside the struct 's' this needs Spark: pass spark="):
        opened.scan(["s"])
    save(spark.range(3), tmp_path / "by_id", **{"columnMapping.mode": "id"})
    with pytest.raises(TableError, match="the table uses columnMapping by id, which needs Spark"):
        open_table(f"delta:{tmp_path}/by_id").scan()


def test_features_that_need_spark(spark: SparkSession, tmp_path: Path) -> None:
    save(spark.range(3).selectExpr("CAST(id AS INT) AS id"), tmp_path / "t", enableTypeWidening="true")
    spark.sql(f"ALTER TABLE delta.`file:{tmp_path}/t` ALTER COLUMN id TYPE BIGINT")
    with pytest.raises(TableError, match=r"uses typeWidening, which needs Spark: pass spark="):
        open_table(f"delta:{tmp_path}/t").scan()
    assert open_table(f"delta:{tmp_path}/t", spark=spark).scan().count() == 3


def test_checkpoints(spark: SparkSession, tmp_path: Path) -> None:
    options = {"checkpointPolicy": "v2", "checkpointInterval": "2"}
    for at in range(4):
        frame = spark.range(at, at + 1).write.format("delta").mode("append")
        frame.options(**{f"delta.{name}": value for name, value in options.items()}).save(f"file:{tmp_path}/t")
    opened = open_table(f"delta:{tmp_path}/t")
    assert (opened.version(), opened.rows()) == (3, 4)
    assert sorted(opened.scan()["id"].to_pylist()) == [0, 1, 2, 3]


@pytest.mark.parametrize("stored", ["INT96", "TIMESTAMP_MICROS"])
def test_times_of_all_years(spark: SparkSession, tmp_path: Path, stored: str) -> None:
    moments = [dt.datetime(1, 1, 1, tzinfo=UTC), dt.datetime(2013, 1, 1, 1, 2, 3, 456789, tzinfo=UTC)]
    moments += [dt.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)]
    table = pa.table({"id": [0, 1, 2], "at": pa.array(moments, pa.timestamp("us", "UTC")), "l": [[m] for m in moments]})
    table = table.set_column(2, "l", table["l"].cast(pa.list_(pa.timestamp("us", "UTC"))))
    before = spark.conf.get("spark.sql.parquet.outputTimestampType")
    spark.conf.set("spark.sql.parquet.outputTimestampType", stored)
    try:
        save(to_spark(table, spark), tmp_path / "t")
        to_spark(table, spark).write.parquet(f"file:{tmp_path}/p")
    finally:
        spark.conf.set("spark.sql.parquet.outputTimestampType", str(before))
    for address in (f"delta:{tmp_path}/t", f"parquet:{tmp_path}/p"):
        assert open_table(address).schema() == table.schema
        assert content(open_table(address).scan()) == content(table)


def test_names_that_delta_lacks(tmp_path: Path) -> None:
    connector, address = connector_of(f"delta:{tmp_path}/t")
    with pytest.raises(SchemaError, match=r"no column names with any of .*, here 'a b', 'x=y', ''"):
        connector.check_target(address, pa.schema([(n, pa.int64()) for n in ("a b", "id", "x=y", "")]), mode="error")
    with pytest.raises(SchemaError, match="Delta holds 'dest' and 'Dest' for one column"):
        connector.check_target(address, pa.schema([("dest", pa.int64()), ("Dest", pa.int64())]), mode="error")


def test_a_folder_that_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "part-0.parquet").write_bytes(b"")
    with pytest.raises(
        TableExistsError, match="is there already and is no Delta table; choose a path where nothing is"
    ):
        write(tmp_path / "t", pa.table({"id": [1]}), "one")


@pytest.mark.parametrize("engine", ["local", "spark"])
def test_a_first_write_that_was_ended_is_no_hindrance(spark: SparkSession, tmp_path: Path, engine: str) -> None:
    (tmp_path / "t" / "_delta_log").mkdir(parents=True)
    (tmp_path / "t" / "part-00000-left-behind.parquet").write_bytes(b"half")
    session = spark if engine == "spark" else None
    connector, address = connector_of(f"delta:{tmp_path}/t")
    assert not connector.exists(address, spark=session)
    data = pa.table({"id": [1]})
    written = connector.write(
        address,
        data if session is None else to_spark(data, session),
        mode="error",
        commit=Commit("one", "5f0c"),
        spark=session,
    )
    assert (written.version, written.rows) == (0, 1)
    assert open_table(f"delta:{tmp_path}/t").scan().to_pydict() == {"id": [1]}


def test_a_version_that_was_vacuumed(spark: SparkSession, tmp_path: Path) -> None:
    write(tmp_path / "t", pa.table({"id": [1]}), "one")
    write(tmp_path / "t", pa.table({"id": [2]}), "two", "overwrite")
    table = deltalake.DeltaTable(tmp_path / "t")
    table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
    assert open_table(f"delta:{tmp_path}/t").scan()["id"].to_pylist() == [2]
    with pytest.raises(TableError, match="@version=0: a file of this version is gone, which a vacuum does"):
        open_table(f"delta:{tmp_path}/t@version=0").scan()


# ---- runs


def test_what_stands_in_the_commit(spark: SparkSession, tmp_path: Path) -> None:
    commit = Commit("nightly", "5f0c", {"owner": "ops"})
    connector, address = connector_of(f"delta:{tmp_path}/t")
    connector.write(address, pa.table({"id": [1]}), mode="error", commit=commit)
    connector.write(address, spark.range(2), mode="append", commit=Commit("next", "5f0c"), spark=spark)
    for row in spark.sql(f"DESCRIBE HISTORY delta.`file:{tmp_path}/t`").select("version", "userMetadata").collect():
        assert Commit.read(row[1]) == (commit if row[0] == 0 else Commit("next", "5f0c"))
    table = deltalake.DeltaTable(tmp_path / "t")
    assert [table.transaction_version(delta_log.application(run)) for run in ("nightly", "next", "x")] == [1, 1, None]


def test_commits_of_others_are_passed_over(tmp_path: Path) -> None:
    deltalake.write_deltalake(tmp_path / "t", pa.table({"id": [1]}))
    for text in ("{}", "not json", '{"ropeway": 3}', '{"ropeway": {"run_id": "x"}}', '["ropeway"]'):
        properties = deltalake.CommitProperties(custom_metadata={"userMetadata": text})
        deltalake.write_deltalake(tmp_path / "t", pa.table({"id": [1]}), mode="append", commit_properties=properties)
    written = write(tmp_path / "t", pa.table({"id": [2]}), "one")
    connector, address = connector_of(f"delta:{tmp_path}/t")
    assert connector.find_run(address, "one") == written == Written(6, 1, Commit("one", "5f0c"))
    assert connector.find_run(address, "x") is None


@pytest.mark.parametrize("engine", ["local", "spark"])
def test_a_run_that_history_forgot(
    spark: SparkSession, tmp_path: Path, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = spark if engine == "spark" else None
    for run in ("one", "two", "three"):
        write(tmp_path / "t", pa.table({"id": [1]}), run)
    monkeypatch.setattr(delta_log, "HISTORY", 2)
    connector, address = connector_of(f"delta:{tmp_path}/t")
    data = pa.table({"id": [1]}) if session is None else to_spark(pa.table({"id": [1]}), session)
    with pytest.raises(TableError, match="the run 'one' was committed, but its commit is no longer among the newest 2"):
        connector.write(address, data, mode="append", commit=Commit("one", "5f0c"), spark=session)
    assert connector.version(address) == 2


@pytest.mark.parametrize("engine", ["local", "spark"])
@pytest.mark.parametrize("exists", [False, True])
def test_two_attempts_at_one_run(spark: SparkSession, tmp_path: Path, engine: str, exists: bool) -> None:
    session = spark if engine == "spark" else None
    connector, address = connector_of(f"delta:{tmp_path}/t")
    if exists:
        write(tmp_path / "t", pa.table({"id": [0]}), "before")
    table = pa.table({"id": [1, 2, 3]})
    data = table if session is None else to_spark(table, session)

    def attempt(_: int) -> Written:
        return connector.write(address, data, mode="append", commit=Commit("nightly", "5f0c"), spark=session)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(attempt, range(4)))
    assert answers == [Written(int(exists), 3, Commit("nightly", "5f0c"))] * 4
    assert open_table(f"delta:{tmp_path}/t").rows() == 3 + exists


def test_writers_that_race(tmp_path: Path) -> None:
    def attempt(at: int) -> Written:
        return write(tmp_path / "t", pa.table({"id": [at]}), f"run {at}")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(16)))
    assert sorted(one.version for one in answers if one.version is not None) == list(range(16))
    assert sorted(open_table(f"delta:{tmp_path}/t").scan()["id"].to_pylist()) == list(range(16))


def test_one_of_two_that_make_a_table(tmp_path: Path) -> None:
    def attempt(at: int) -> Written | TableError:
        try:
            return write(tmp_path / "t", pa.table({"id": [at]}), f"run {at}", "error")
        except TableError as error:
            return error

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(attempt, range(4)))
    (made,) = [one for one in answers if isinstance(one, Written)]
    assert open_table(f"delta:{tmp_path}/t").scan()["id"].to_pylist() == [int(made.commit.run_id[-1])]
    for one in answers:
        if isinstance(one, TableError):
            assert "exists already" in str(one)


def test_spark_without_delta_is_told_so(spark: SparkSession, tmp_path: Path) -> None:
    from ropeway.connectors.spark_frames import plainly
    from ropeway.transforms.errors import MissingDependencyError

    with (
        pytest.raises(MissingDependencyError, match=r"this Spark session can't read delta tables\. Start one by rw\."),
        plainly(Address("delta", str(tmp_path))),
    ):
        spark.read.format("deltoid").load(str(tmp_path))
