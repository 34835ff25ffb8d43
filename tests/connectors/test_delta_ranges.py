"""Delta tables written date by date: races, disks that are full, and what is taken away."""

from __future__ import annotations

import datetime as dt
import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import deltalake
import pyarrow as pa
import pytest

from ropeway.connectors import delta_log, delta_spark_ranges
from ropeway.connectors.commits import Commit
from ropeway.connectors.delta_files import attempts
from ropeway.connectors.ranges import Presence, Replacement, Staged
from ropeway.connectors.spark_frames import to_spark
from ropeway.connectors.table import connector_of
from ropeway.transforms.errors import CapabilityError, TableError, TableExistsError
from tests.programs import ROOT

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SCHEMA = pa.schema([("k", pa.int64()), ("event_date", pa.date32())])


def rows(*days: int, k: int = 1) -> pa.Table:
    return pa.table({"k": [k] * len(days), "event_date": [dt.date(2013, 1, day) for day in days]}, schema=SCHEMA)


class Place:
    """A table in partitions by date."""

    def __init__(self, path: Path, spark: SparkSession | None = None) -> None:
        self.path = path
        self.spark = spark
        self.connector, self.address = connector_of(f"delta:{path}")

    def begin(self, *, replaces: bool = False) -> Place:
        commit = Commit("begin", "5f0c")
        self.connector.begin(
            self.address, SCHEMA, partition="event_date", commit=commit, replaces=replaces, spark=self.spark
        )
        return self

    def stage(self, data: Any, base: int = 0, schema: pa.Schema = SCHEMA) -> Staged:
        return self.connector.stage(self.address, data, schema, partition="event_date", base=base, spark=self.spark)

    def found(self) -> list[tuple[int, int]]:
        table = deltalake.DeltaTable(self.path).to_pyarrow_table()
        return sorted((row["event_date"].day, row["k"]) for row in table.to_pylist())

    def files(self) -> list[str]:
        return [file.path for file in attempts(self.path)]

    def tidied(self) -> list[str]:
        with self.connector.presence(self.address) as presence:
            return presence.tidy(self.address, self.connector.log(self.address), "event_date")


def replaced(*days: int, number: int = 1) -> Replacement:
    values = tuple(f"2013-01-{day:02}" for day in days)
    return Replacement("event_date", values, (f"range/{values}", number))


def test_dates_are_replaced_and_others_stay(tmp_path: Path) -> None:
    place = Place(tmp_path / "t").begin()
    written = place.stage(rows(1, 2, 2, 3)).commit(0, replaced(1, 2, 3), Commit("one", "5f0c", {"n": 1}))
    assert written is not None
    assert (written.version, written.rows) == (1, 4)
    place.stage(rows(2, k=7), 1).commit(1, replaced(2, 3), Commit("two", "5f0c"))
    assert place.found() == [(1, 1), (2, 7)]
    entries = place.connector.log(place.address)
    assert [one.version for one in entries] == [0, 1, 2]
    assert entries[2].removes
    assert not entries[1].removes
    assert entries[2].values("event_date") == {"2013-01-02", "2013-01-03"}
    assert entries[1].transactions == {replaced(1, 2, 3).transaction[0]: 1}
    assert [one.version for one in place.connector.log(place.address, since=1)] == [2]
    part = place.connector.part(place.address, ["k"], "event_date", ["2013-01-02"], spark=None)
    assert part.to_pydict() == {"k": [7]}


def test_whoever_is_second_is_told_so_and_loses_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path / "t").begin()
    first, second, apart = place.stage(rows(1, k=1)), place.stage(rows(1, k=2)), place.stage(rows(5, k=5))
    assert first.commit(0, replaced(1), Commit("first", "5f0c")) is not None
    assert second.commit(0, replaced(1), Commit("second", "5f0c")) is None
    assert len(place.files()) == 3
    second.close()
    assert len(place.files()) == 2
    # of another date: the same files, upon the newer version
    assert apart.commit(0, replaced(5), Commit("apart", "5f0c")) is None
    written = apart.commit(1, replaced(5), Commit("apart", "5f0c"))
    assert written is not None
    for staged in (first, apart):
        staged.close()
    assert place.found() == [(1, 1), (5, 5)]
    assert len(place.files()) == 2


def test_a_table_is_made_once(tmp_path: Path) -> None:
    place = Place(tmp_path / "t").begin()
    with pytest.raises(TableExistsError, match="another writer made it meanwhile"):
        place.begin()
    place.stage(rows(1)).commit(0, replaced(1), Commit("one", "5f0c"))
    place.begin(replaces=True)
    assert place.found() == []


def test_columns_are_added_at_their_places(tmp_path: Path, spark: SparkSession) -> None:
    clock = pa.timestamp("us")  # of which Delta has to be told first
    wider = pa.schema([("k", pa.int64()), ("at", clock), ("x", pa.float64()), ("event_date", pa.date32())])
    data = rows(2).add_column(1, "at", pa.array([0], clock)).add_column(2, "x", pa.array([1.5]))
    place = Place(tmp_path / "t").begin()
    place.stage(rows(1)).commit(0, replaced(1), Commit("one", "5f0c"))
    staged = place.stage(data, 1, wider)
    assert staged.commit(1, replaced(2), Commit("two", "5f0c")) is None  # the table had to be readied
    assert staged.commit(2, replaced(2), Commit("two", "5f0c")) is not None
    odd = Place(tmp_path / "a%b", spark).begin()
    assert odd.stage(to_spark(rows(1), spark)).commit(0, replaced(1), Commit("one", "5f0c")) is not None
    assert odd.stage(to_spark(data, spark), 1, wider).commit(1, replaced(2), Commit("two", "5f0c")) is not None
    for path in (tmp_path / "t", tmp_path / "a%b"):
        table = spark.read.format("delta").load(f"file:{path}").orderBy("event_date").toArrow()
        assert table.column_names == ["k", "at", "x", "event_date"]
        assert table.to_pydict()["x"] == [None, 1.5]


def test_spark_alone(tmp_path: Path, spark: SparkSession) -> None:
    place = Place(tmp_path / "a%b", spark).begin()
    with pytest.raises(TableExistsError, match="another writer made it meanwhile"):
        place.begin()
    frame = to_spark(rows(1, 2), spark)
    late = place.stage(frame)
    assert place.stage(frame).commit(0, replaced(1, 2), Commit("one", "5f0c")) is not None
    # the same transaction again is passed over, and its writer told so
    assert late.commit(0, replaced(1, 2), Commit("late", "5f0c")) is None
    late.close()
    entries = delta_spark_ranges.entries(place.address, -1, spark)
    assert entries == place.connector.log(place.address, spark=spark)
    assert [None if one.commit is None else one.commit.run_id for one in entries] == ["begin", "one"]
    part = place.connector.part(place.address, ["k"], "event_date", ["2013-01-02"], spark=spark)
    assert part.count() == 1
    place.begin(replaces=True)
    assert spark.read.format("delta").load(place.address.location).count() == 0
    with place.connector.presence(place.address) as presence:
        assert type(presence) is Presence
    with pytest.raises(TableError, match="rename the folder, or pass spark="):
        Place(tmp_path / "a%b").begin()


def test_tables_that_ask_for_more_are_written_by_spark(tmp_path: Path, spark: SparkSession) -> None:
    place = Place(tmp_path / "t").begin()
    spark.sql(f"ALTER TABLE delta.`file:{place.path}` SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')")
    with pytest.raises(TableError, match="asks special things of its writers: pass spark="):
        place.stage(rows(1), 1)
    on_spark = Place(tmp_path / "t", spark)
    written = on_spark.stage(to_spark(rows(1), spark), 1).commit(1, replaced(1), Commit("one", "5f0c"))
    assert written is not None
    assert spark.read.format("delta").load(f"file:{place.path}").count() == 1


def test_stores_are_written_by_spark() -> None:
    connector, address = connector_of("delta:s3://bucket/t")
    with pytest.raises(TableError, match="since it lies in a store or asks special things of its writers: pass spark="):
        connector.begin(address, SCHEMA, partition="event_date", commit=Commit("a", "b"), replaces=False)


def test_a_table_of_parquet_has_no_dates(tmp_path: Path) -> None:
    connector, address = connector_of(f"parquet:{tmp_path}/t")
    with pytest.raises(CapabilityError, match=r"can't replace some dates of a table.*these can: delta:"):
        connector.part(address, ["k"], "event_date", [], spark=None)


# ---- what is left behind


def test_only_what_nobody_can_commit_is_taken_away(tmp_path: Path) -> None:
    place = Place(tmp_path / "t").begin()
    dead, waiting = place.stage(rows(1, 2)), place.stage(rows(9))
    stray = place.path / "event_date=2013-01-01" / "part-00000-of-others.parquet"
    stray.write_text("")
    assert place.tidied() == []  # their dates are as they were: both may commit
    kept = place.stage(rows(1, k=4))
    kept.commit(0, replaced(1), Commit("kept", "5f0c"))
    gone = place.tidied()
    assert [one.split("/")[0] for one in gone] == ["event_date=2013-01-01"]
    assert dead.commit(1, replaced(1, 2), Commit("dead", "5f0c")) is None
    assert stray.exists()
    assert waiting.commit(1, replaced(9), Commit("waiting", "5f0c")) is not None
    assert place.found() == [(1, 4), (9, 1)]


def test_earlier_versions_stay_readable(tmp_path: Path) -> None:
    place = Place(tmp_path / "t").begin()
    place.stage(rows(1, k=1)).commit(0, replaced(1), Commit("one", "5f0c"))
    place.stage(rows(1, k=2), 1).commit(1, replaced(1), Commit("two", "5f0c"))
    assert place.tidied() == []
    assert deltalake.DeltaTable(place.path, version=1).to_pyarrow_table()["k"].to_pylist() == [1]


def test_nothing_is_taken_away_while_another_is_at_work(tmp_path: Path) -> None:
    place = Place(tmp_path / "t").begin()
    place.stage(rows(1))
    place.stage(rows(1)).commit(0, replaced(1), Commit("one", "5f0c"))
    with place.connector.presence(place.address):
        assert place.tidied() == []
        assert (place.path / "_ropeway" / "lock").exists()
    assert len(place.tidied()) == 1
    assert not (place.path / "_ropeway").exists()


def test_commits_that_were_cut_off(tmp_path: Path) -> None:
    place = Place(tmp_path / "t").begin()
    log = place.path / "_delta_log"
    for name in ("00000000000000000000.json#1", "00000000000000000001.json#1", "_last_checkpoint#3"):
        (log / name).write_text("{")
    assert sorted(place.tidied()) == ["_delta_log/00000000000000000000.json#1", "_delta_log/_last_checkpoint#3"]


FULL = """
import resource, sys
from pathlib import Path
import pyarrow as pa
from tests.connectors.test_delta_ranges import Place, replaced, rows
from ropeway.connectors.commits import Commit
place = Place(Path(sys.argv[1]))
limit = int(sys.argv[2])
staged = None if limit < 2000 else place.stage(rows(*range(1, 20)), 1)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    staged = staged or place.stage(rows(*range(1, 20)), 1)
    staged.commit(1, replaced(*range(1, 20)), Commit("full", "5f0c", {"x": "y" * 5000}))
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize(("limit", "said"), [(300, "a file of the table can't be written"), (3000, "TableError")])
def test_a_disk_that_is_full_leaves_the_last_commit(tmp_path: Path, limit: int, said: str) -> None:
    place = Place(tmp_path / "t").begin()
    place.stage(rows(1, k=4)).commit(0, replaced(1), Commit("one", "5f0c"))
    command = [sys.executable, "-c", FULL, str(place.path), str(limit)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert said in done.stdout, done.stdout + done.stderr
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != limit
    assert deltalake.DeltaTable(place.path).version() == 1
    assert place.found() == [(1, 4)]
    place.stage(rows(1, k=5), 1).commit(1, replaced(1), Commit("two", "5f0c"))
    place.tidied()
    assert place.found() == [(1, 5)]
    assert len(place.files()) == 2 + (limit > 2000) * 18  # of dates that nobody wrote since they may be committed yet


def test_entries_of_others() -> None:
    lines = [
        json.dumps({"commitInfo": {"operation": "OPTIMIZE", "operationMetrics": {"numOutputRows": "3"}}}),
        json.dumps({"remove": {"path": "a", "dataChange": False}}),
        json.dumps({"add": {"path": "b", "dataChange": False, "partitionValues": {}}}),
        json.dumps({"metaData": {}}),
    ]
    made = delta_log.entry(7, lines)
    assert (made.version, made.commit, made.rows, made.changed, made.removes) == (7, None, 3, (), False)
    assert made.paths == {"a", "b"}
