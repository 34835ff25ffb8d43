"""What a run says of itself."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import ropeway as rw
from ropeway.batch.report import Report, Task, task
from ropeway.jobs.cli import main
from ropeway.transforms.passes.clock import Clock
from tests.batch.test_engines import asked, flights


def test_tasks_are_added_up_and_the_largest_is_told_without_its_halo() -> None:
    tasks = [
        Task({"read": 1.0}, {"read": 100, "shuffle": 90}, peak=5),
        Task({"sweep": 0.5}, {}, events=10, queries=2, halo=7, slices=1, peak=9),
        Task({"sweep": 0.25, "sort": 1.0}, {}, events=8, queries=1, peak=7),
    ]
    report = Report.of("spark", 3, 2.0, tasks)
    assert report == Report(
        "spark", 3, 2.0, {"read": 1.0, "sweep": 0.75, "sort": 1.0}, {"read": 100, "shuffle": 90}, 3, 1, 9, 9
    )
    assert report.shuffle_bytes == 90
    assert json.loads(report.to_json())["shuffle_bytes"] == 90


def test_runs_that_follow_one_another_are_one_report() -> None:
    one = Report("local", 3, 2.0, {"read": 1.0}, {"read": 10}, 1, 0, 7, 50)
    two = Report("local", 4, 1.0, {"sweep": 1.0}, {"read": 5}, 2, 3, 9, 40)
    assert Report.merged([one, two]) == Report("local", 7, 3.0, {"read": 1.0, "sweep": 1.0}, {"read": 15}, 3, 3, 9, 50)


def test_a_task_tells_what_its_process_held() -> None:
    clock = Clock()
    with clock("sort"):
        clock.moved("sort", 3)
    told = task(clock, events=5, queries=1)
    assert told.rows == 6
    assert told.bytes == {"sort": 3}
    assert told.peak > 10**7


@pytest.mark.parametrize(
    ("size", "text"), [(5, "5 bytes"), (5_000, "5.0 kB"), (5_500_000, "5.5 MB"), (2 * 10**9, "2.0 GB")]
)
def test_sizes_are_told_in_their_unit(size: int, text: str) -> None:
    assert f"peak memory {text}" in str(Report("spark", 1, 1.0, peak_memory=size, slices=3, tasks=2))


DECLARED = """
import ropeway as rw
source = rw.Source("flights", "parquet:events.parquet", "at")
view = rw.FeatureView("plane", rw.Entity("tail"), source, [rw.count().over("1d"), rw.mean("delay").over("7d")])
"""


def test_a_run_on_this_machine_ends_with_a_report(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    pq.write_table(flights(), "events.parquet")
    pq.write_table(asked(), "rows.parquet")
    Path("views.py").write_text(DECLARED)
    run = ["backfill", "views.py:view", "--rows", "parquet:rows.parquet", "--to", "delta:out", "--report", "out.json"]
    assert main(run) == 0
    assert "1,000 rows in " in caplog.text
    capsys.readouterr()
    told = json.loads(Path("out.json").read_text())
    assert set(told["stages"]) >= {"read", "encode", "sort", "sweep", "write"}
    assert (told["engine"], told["rows"], told["tasks"], told["slices"]) == ("local", 1_000, 1, 0)
    assert 0 < told["largest_task"] <= 7_000
    assert main([*run[:-1], "nowhere/out.json", "--mode", "overwrite"]) == 2
    assert "there is no folder nowhere" in capsys.readouterr().err
    result = rw.backfill(asked(), rw.FeatureView("v", rw.Entity("tail"), rw.Source("f", flights(), "at"), [rw.count()]))
    assert "report" not in result.column_names
