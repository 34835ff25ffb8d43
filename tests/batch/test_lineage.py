"""What a table says of the runs that made it, and the same table once more from that."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import ropeway as rw
from ropeway.batch import ranges_plan

UTC = pa.timestamp("us", "UTC")
DAY = 86_400_000_000
BEGIN = 1_356_998_400_000_000  # 2013-01-01
WEEK = rw.instants("2013-01-01", "2013-01-08", every="1d")


def events(days: list[float], x: float = 1.0) -> pa.Table:
    times = [BEGIN + int(day * DAY) for day in days]
    keys = ["a", "b", "c"] * len(days)
    return pa.table({"k": keys[: len(days)], "at": pa.array(times, UTC), "x": [x / (i + 3) for i in range(len(days))]})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A source, rows for it, and a folder from which addresses count."""
    monkeypatch.chdir(tmp_path)
    deltalake.write_deltalake("source", events([0.2, 1.2, 2.2, 2.7, 4.1, 5.6]))
    times = pa.array([BEGIN + i * DAY for i in range(4)], pa.int64())
    deltalake.write_deltalake("rows", pa.table({"k": ["a", "b", "z", None], "t": times, "note": ["é", "", None, "x"]}))
    return tmp_path


def view(*features: rw.Feature) -> rw.FeatureView:
    chosen = list(features) or [rw.count().over("2d"), rw.mean("x")]
    return rw.FeatureView("v", rw.Entity("k"), rw.Source("s", "delta:source", "at"), chosen, owner="ops")


def rows(path: str, *keys: str) -> Any:
    found = deltalake.DeltaTable(path).to_pyarrow_table()
    names = sorted(found.column_names)
    return found.select(names).sort_by([(key, "ascending") for key in keys]).to_pylist()


def test_a_run_says_what_it_read(folder: Path) -> None:
    service = rw.FeatureService("all", [view()])
    rw.backfill("delta:rows", service, to="delta:out", run_id="one", timestamp="t", timestamp_unit="us")
    rw.backfill("delta:rows", service, to="delta:out", run_id="two", mode="append", timestamp="t", timestamp_unit="us")
    made = rw.lineage("delta:out")
    assert (made.version, [run.run_id for run in made.runs], made.dates) == (1, ["one", "two"], {})
    run = made.runs[0]
    assert (run.versions, run.rows, run.timestamp, run.timestamp_unit, run.instants) == ((0,), 4, "t", "us", None)
    assert (str(run.entity_df), str(run.sources["s"])) == ("delta:rows at version 0", "delta:source at version 0")
    assert run.definition_hash == service.definition_hash
    assert rw.FeatureService.from_dict(run.definition) == service
    assert run.owners == {"v": "ops"}
    assert [run.run_id for run in rw.lineage("delta:out@version=0").runs] == ["one"]
    assert repr(made).splitlines()[:7] == [
        "delta:out at version 1: 2 runs",
        "",
        f"run one, version 0: 4 rows by ropeway {rw.__version__}",
        f"  definition {service.definition_hash}",
        "  rows of delta:rows at version 0",
        "  source s: delta:source at version 0",
        "  owners v: ops",
    ]
    rw.backfill("delta:rows", view(), to="delta:out", mode="overwrite", timestamp="t", timestamp_unit="us")
    assert len(rw.lineage("delta:out").runs) == 1
    rw.backfill("delta:rows", view(), to="parquet:plain", run_id="p", timestamp="t", timestamp_unit="us")
    assert [(run.run_id, run.rows) for run in rw.lineage("parquet:plain").runs] == [("p", 4)]


def test_tables_of_others(folder: Path) -> None:
    with pytest.raises(rw.TableError, match="no commit of this table is ropeway's"):
        rw.lineage("delta:source")
    with pytest.raises(rw.TableNotFoundError):
        rw.lineage("delta:nothing")
    with pytest.raises(rw.CapabilityError, match="remember which run wrote a table"):
        rw.lineage("sql:SELECT 1")


def test_the_log_is_kept(folder: Path, backfill: Callable[..., Any]) -> None:
    backfill("delta:rows", view(), to="delta:out", timestamp="t", timestamp_unit="us")
    backfill(WEEK, view(), to="delta:range")
    for path in ("out", "range"):
        kept = deltalake.DeltaTable(path).metadata().configuration
        assert kept["delta.logRetentionDuration"] == "interval 36500 days"


def test_a_range_tells_each_date(folder: Path) -> None:
    rw.backfill(rw.instants("2013-01-01", "2013-01-04", every="1d"), view(), to="delta:out", run_id="one")
    deltalake.write_deltalake("source", events([0.1]), mode="append")
    rw.backfill(WEEK, view(), to="delta:out", run_id="two")
    made = rw.lineage("delta:out")
    assert [one.run_id for one in made.dates.values()] == ["one"] * 3 + ["two"] * 4
    assert made.runs[1].instants == WEEK
    assert made.runs[0].rows + made.runs[1].rows == sum(one.rows for one in made.dates.values())
    assert repr(made).splitlines()[-8:] == [
        "7 dates",
        "  2013-01-01: 0 rows, version 1, run one, delta:source at version 0",
        "  2013-01-02: 1 row, version 1, run one, delta:source at version 0",
        "  2013-01-03: 2 rows, version 1, run one, delta:source at version 0",
        "  2013-01-04: 3 rows, version 2, run two, delta:source at version 1",
        "  2013-01-05: 3 rows, version 2, run two, delta:source at version 1",
        "  2013-01-06: 3 rows, version 2, run two, delta:source at version 1",
        "  2013-01-07: 3 rows, version 2, run two, delta:source at version 1",
    ]
    assert list(rw.lineage("delta:out@version=1").dates) == [dt.date(2013, 1, day) for day in (1, 2, 3)]


def test_rebuild_gives_the_same_rows(folder: Path, backfill: Callable[..., Any]) -> None:
    spark = None if backfill is rw.backfill else pytest.importorskip("pyspark.sql").SparkSession.active()
    for mode in ("error", "append"):
        backfill("delta:rows", view(), to="delta:out", mode=mode, timestamp="t", timestamp_unit="us")
        deltalake.write_deltalake("source", events([0.4, 0.6], x=7.0), mode="append")
    deltalake.write_deltalake("rows", pa.table({"k": ["b"], "t": [BEGIN], "note": ["new"]}), mode="overwrite")
    deltalake.write_deltalake("source", events([0.4], x=9.0), mode="overwrite")
    made = rw.rebuild("delta:out", to="delta:again", spark=spark)
    assert made.rows == 8
    assert rows("again", "t", "v__x_mean") == rows("out", "t", "v__x_mean")
    assert len({row["v__x_mean"] for row in rows("out", "t")}) == 2
    rw.rebuild("delta:out@version=0", to="delta:first", spark=spark)
    assert len(rows("first", "t")) == 4


def test_rebuild_of_a_service_with_derived_columns(folder: Path, backfill: Callable[..., Any]) -> None:
    spark = None if backfill is rw.backfill else pytest.importorskip("pyspark.sql").SparkSession.active()
    derived = {"twice": rw.col("v__x_mean") * 2, "more": rw.col("twice") + rw.col("v__count_2d")}
    service = rw.FeatureService("all", [view()], derived=derived, owner="ops")
    asked = pa.table({"k": ["a", "b"], "t": [BEGIN + 3 * DAY] * 2})
    deltalake.write_deltalake("rows", asked, mode="overwrite", schema_mode="overwrite")
    made = backfill("delta:rows", service, to="delta:out", timestamp="t", timestamp_unit="us")
    deltalake.write_deltalake("source", events([0.4], x=9.0), mode="overwrite")
    rw.rebuild("delta:out", to="delta:again", spark=spark)
    assert rows("again", "k") == rows("out", "k")
    assert all(row["more"] is not None for row in rows("again", "k"))
    (run,) = rw.lineage("delta:again").runs
    again = rw.FeatureService.from_dict(run.definition)
    assert (again.name, again.owner, again.derived) == ("all", "ops", service.derived)
    assert run.sources["s"].address == "delta:source@version=0"
    assert run.rows == made.rows


def test_rebuild_of_a_range(folder: Path, backfill: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    spark = None if backfill is rw.backfill else pytest.importorskip("pyspark.sql").SparkSession.active()
    backfill(rw.instants("2013-01-01", "2013-01-04", every="1d"), view(rw.count(), rw.sum("x")), to="delta:out")
    deltalake.write_deltalake("source", events([0.1, 0.3], x=5.0), mode="append")
    rw.backfill(WEEK, view(rw.mean("x"), rw.count()), to="delta:out")  # a sum is gone, a mean is new
    deltalake.write_deltalake("source", events([0.4], x=9.0), mode="overwrite")
    monkeypatch.setattr(ranges_plan, "ROWS_PER_SLICE", 4)
    made = rw.rebuild("delta:out", to="delta:again", spark=spark)
    assert rows("again", "event_timestamp", "k") == rows("out", "event_timestamp", "k")
    assert made.rows == len(rows("out", "k"))
    there, again = rw.lineage("delta:out").dates, rw.lineage("delta:again").dates
    assert [(one.rows, one.sources, sorted(one.features)) for one in again.values()] == [
        (one.rows, one.sources, sorted(one.features)) for one in there.values()
    ]
    # what was rebuilt is a range like any other, and a rebuild that is whole changes nothing
    version = deltalake.DeltaTable("again").version()
    assert rw.rebuild("delta:out", to="delta:again", spark=spark).reused == 7  # type: ignore[attr-defined]
    assert deltalake.DeltaTable("again").version() == version
    with pytest.raises(rw.TableError, match="is no rebuild of delta:out@version=1 that was"):
        rw.rebuild("delta:out@version=1", to="delta:again", spark=spark)


def test_what_cant_be_rebuilt(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    frame = pa.table({"k": ["a"], "event_timestamp": pa.array([BEGIN + DAY], UTC)})
    rw.backfill(frame, view(), to="delta:of_frame")
    with pytest.raises(rw.TableError, match="read the rows from a frame in memory, which can't be read again"):
        rw.rebuild("delta:of_frame", to="delta:again")
    source = rw.Source("s", events([0.2]), "at")
    rw.backfill(WEEK, rw.FeatureView("v", rw.Entity("k"), source, [rw.count()]), to="delta:of_source")
    with pytest.raises(rw.TableError, match="read source 's' from a frame"):
        rw.rebuild("delta:of_source", to="delta:again")
    assert not (folder / "again").exists()
    rw.backfill("delta:rows", view(), to="delta:out", timestamp="t", timestamp_unit="us")
    with pytest.raises(rw.TableExistsError):
        rw.rebuild("delta:out", to="delta:of_frame")
    deltalake.DeltaTable("out").delete("k = 'a'")
    with pytest.raises(rw.TableError, match="others changed rows in version 1"):
        rw.rebuild("delta:out", to="delta:again")
    rw.rebuild("delta:out@version=0", to="delta:again")
    pq.write_table(events([0.2]), "plain.parquet")
    plain = rw.Source("p", "parquet:plain.parquet", "at")
    rw.backfill(WEEK, rw.FeatureView("v", rw.Entity("k"), plain, [rw.count()]), to="delta:unversioned")
    with caplog.at_level(logging.WARNING, "ropeway"):
        rw.rebuild("delta:unversioned", to="delta:unpromised")
    assert "p (parquet:plain.parquet) has no versions and is read as it is now" in caplog.text
    assert rows("unpromised", "event_timestamp") == rows("unversioned", "event_timestamp")
    pq.write_table(events([0.2, 1.2]), "plain.parquet")
    with pytest.raises(rw.TableError, match="were to have 6 rows and have 11: a source without versions is not what"):
        rw.rebuild("delta:unversioned", to="delta:impossible")
