"""What a backfill writes, and what it says of it."""

import io
import json
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

import ropeway as rw
from ropeway.batch.progress import Progress
from ropeway.transforms.passes.clock import STAGES, Clock

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Backfill = Callable[..., Any]

NOON = pd.Timestamp("2013-01-01 12:00", tz="UTC")
EVENTS = pa.table({"k": ["a", "b"], "t": [NOON, NOON], "x": [1.0, 2.0]})
ROWS = pa.table({"k": ["a", "c"], "event_timestamp": [NOON + pd.Timedelta("1h")] * 2})


@pytest.fixture
def service(tmp_path: Path) -> rw.FeatureService:
    write_deltalake(tmp_path / "events", EVENTS)
    write_deltalake(tmp_path / "rows", ROWS)
    source = rw.Source("s", f"delta:{tmp_path}/events", "t")
    tags = {"tier": "1"}
    view = rw.FeatureView("v", rw.Entity("k"), source, [rw.count(), rw.last("x")], owner="ops", tags=tags)
    return rw.FeatureService("all", [view], description="both")


def test_a_run_is_one_commit_that_says_what_it_was(
    backfill: Backfill, service: rw.FeatureService, tmp_path: Path
) -> None:
    write_deltalake(tmp_path / "events", EVENTS.slice(0, 0), mode="append")  # another version
    result = backfill(f"delta:{tmp_path}/rows", service, to=f"delta:{tmp_path}/out", run_id="nightly")
    assert result == rw.BackfillResult(f"delta:{tmp_path}/out", 0, 2, "nightly", service.definition_hash)
    table = DeltaTable(tmp_path / "out")
    assert table.to_pyarrow_table().sort_by("k").select(["v__count", "v__x_last"]).to_pylist() == [
        {"v__count": 1, "v__x_last": 1.0},
        {"v__count": 0, "v__x_last": None},
    ]
    (commit,) = table.history()
    said = json.loads(commit["userMetadata"])["ropeway"]
    assert said["run_id"] == "nightly"
    assert said["definition_hash"] == service.definition_hash
    info = said["info"]
    assert rw.FeatureService.from_dict(info["definition"]) == service
    assert info["sources"] == {"s": {"address": f"delta:{tmp_path}/events", "version": 1}}
    assert info["owners"] == {"v": "ops"}
    assert info["tags"] == {"v": {"tier": "1"}}
    assert info["ropeway"] == rw.__version__


def test_the_same_run_again_changes_nothing(backfill: Backfill, service: rw.FeatureService, tmp_path: Path) -> None:
    options = {"to": f"delta:{tmp_path}/out", "run_id": "one"}
    first = backfill(ROWS, service, **options)
    assert backfill(ROWS, service, **options) == first
    assert backfill(ROWS, service, **options, mode="append") == first
    assert backfill(ROWS, service.views[0][["count"]], **options) == first  # what that run wrote, not this one
    second = backfill(ROWS, service, to=options["to"], run_id="two", mode="append")
    assert (second.version, second.rows) == (1, 2)
    assert backfill(ROWS, service, **options) == first
    assert DeltaTable(tmp_path / "out").to_pyarrow_table().num_rows == 4


def test_each_engine_knows_the_others_runs(spark: "SparkSession", service: rw.FeatureService, tmp_path: Path) -> None:
    to = f"delta:{tmp_path}/out"
    first = rw.backfill(ROWS, service, to=to, run_id="one")
    assert rw.backfill(ROWS, service, to=to, run_id="one", spark=spark) == first
    second = rw.backfill(ROWS, service, to=to, run_id="two", spark=spark, mode="append")
    assert rw.backfill(ROWS, service, to=to, run_id="two", mode="append") == second


def test_a_run_without_an_id_gets_one(service: rw.FeatureService, tmp_path: Path) -> None:
    results = [rw.backfill(ROWS, service, to=f"delta:{tmp_path}/out", mode="append") for _ in range(2)]
    assert results[0].run_id != results[1].run_id
    assert [result.version for result in results] == [0, 1]


def test_parquet(backfill: Backfill, service: rw.FeatureService, tmp_path: Path) -> None:
    result = backfill(ROWS, service, to=f"parquet:{tmp_path}/out")
    assert (result.version, result.rows) == (None, 2)
    assert pq.read_table(tmp_path / "out").sort_by("k")["v__count"].to_pylist() == [1, 0]
    with pytest.raises(rw.CapabilityError, match="can't add rows"):
        backfill(ROWS, service, to=f"parquet:{tmp_path}/out", mode="append")


def test_frames_as_sources_and_lists_of_views_can_be_written(tmp_path: Path) -> None:
    view = rw.FeatureView("v", rw.Entity("k"), rw.Source("s", EVENTS, "t"), [rw.count()])
    result = rw.backfill(ROWS, [view], to=f"delta:{tmp_path}/out")
    assert result.definition_hash == view.definition_hash
    (commit,) = DeltaTable(tmp_path / "out").history()
    assert json.loads(commit["userMetadata"])["ropeway"]["info"]["sources"] == {"s": {"address": None, "version": None}}


def test_a_version_of_a_source_stays_what_it_was(
    backfill: Backfill, service: rw.FeatureService, tmp_path: Path
) -> None:
    write_deltalake(tmp_path / "events", EVENTS, mode="append")
    old = rw.Source("s", f"delta:{tmp_path}/events@version=0", "t")
    view = rw.FeatureView("old", rw.Entity("k"), old, [rw.count()])
    made = backfill(ROWS, [view, service.views[0]])
    assert made["old__count"].to_pylist() == [1, 0]
    assert made["v__count"].to_pylist() == [2, 0]


def test_sql_is_a_source_on_spark(spark: "SparkSession") -> None:
    source = rw.Source("s", "sql:select 'a' as k, timestamp'2013-01-01 00:00:00' as t, 7 as n", "t")
    view = rw.FeatureView("v", rw.Entity("k"), source, [rw.sum("n")])
    assert rw.backfill(ROWS, view, spark=spark)["v__n_sum"].to_pylist() == [7, None]
    with pytest.raises(rw.CapabilityError, match="spark="):
        rw.backfill(ROWS, view)


def test_the_log_says_where_the_time_went(service: rw.FeatureService, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "ropeway"):
        rw.backfill(ROWS, service)
    (record,) = [record.getMessage() for record in caplog.records if record.name == "ropeway"]
    assert record.startswith("backfill of 2 features: ")
    assert all(f"{stage} " in record for stage in STAGES)


def test_the_bar_moves_with_the_stages(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ropeway.batch.progress.PATIENCE_S", 0)
    view = rw.FeatureView("v", rw.Entity("k"), rw.Source("flights", EVENTS, "t"), [rw.count()])
    rw.backfill(ROWS, view, progress=True)
    assert "5/5" in capsys.readouterr().err
    rw.backfill(ROWS, view, progress=False)
    assert not capsys.readouterr().err


def test_the_bar_never_passes_its_end(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ropeway.batch.progress.PATIENCE_S", 0)
    clock = Clock()
    with Progress(True).over(["a", "b"], clock) as names:
        for name, stages in zip(names, (12, 3), strict=True):  # the first was cut into more than it was to be
            for _ in range(stages):
                with clock(name):
                    pass
    shown = re.findall(r"(\d+)/10", capsys.readouterr().err)
    assert [int(one) for one in shown][-1] == 8
    assert "5" in shown


def test_no_bar_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", io.StringIO())
    assert not Progress().shown
    with Progress().over(["a"], Clock()) as names:
        assert list(names) == ["a"]


def test_the_bar_follows_spark(
    spark: "SparkSession", service: rw.FeatureService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ropeway.batch.progress.PATIENCE_S", 0)
    monkeypatch.setattr("ropeway.batch.progress.POLL_S", 0.001)
    assert rw.backfill(ROWS, service, spark=spark, progress=True)["v__count"].to_pylist() == [1, 0]
