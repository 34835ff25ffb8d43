"""Runners in processes of their own: times, memory, stages, and how they are stopped. No time is judged."""

from pathlib import Path

import pytest

from benchmarks import measure
from benchmarks.measure import Limit
from benchmarks.one import MORE_RUNS
from benchmarks.tables import Data
from tests.benchmarks.test_headline import LIMIT, tiny

LOCAL = "benchmarks.peers.ropeway_local"


def test_a_measurement_has_times_memory_and_stages(tmp_path: Path) -> None:
    one = measure.measure(LOCAL, tiny(tmp_path), 2, LIMIT)
    assert len(one.seconds) == MORE_RUNS  # they are short
    assert one.best == min(one.seconds)
    assert one.peak > 50 * 2**20
    assert one.cpu > 0
    assert one.worker == 0
    assert {"read", "encode", "sort", "sweep"} <= set(one.stages)


def test_a_memory_limit_reaches_the_local_engine(tmp_path: Path) -> None:
    one = measure.measure(LOCAL, tiny(tmp_path), 2, LIMIT, BENCH_MEMORY_LIMIT="512MiB")
    assert one.best is not None
    with pytest.raises(measure.RunnerError, match="memory_limit='a lot'"):
        measure.measure(LOCAL, tiny(tmp_path), 2, LIMIT, BENCH_MEMORY_LIMIT="a lot")


@pytest.mark.slow
def test_the_largest_worker_of_spark_is_seen(tmp_path: Path) -> None:
    one = measure.measure("benchmarks.peers.ropeway_spark", tiny(tmp_path), 2, LIMIT)
    assert 20 * 2**20 < one.worker < one.peak


@pytest.mark.parametrize(
    ("limit", "why"), [(Limit(0.0), "after 0 s"), (Limit(300.0, memory=2**10), "at 0 GiB")]
)  # fmt: skip
def test_a_runner_that_takes_too_much_is_stopped(limit: Limit, why: str, tmp_path: Path) -> None:
    one = measure.measure("benchmarks.peers.duckdb_join", tiny(tmp_path), 2, limit)
    assert one.best is None
    assert one.stopped == why
    with pytest.raises(measure.RunnerError, match=f"duckdb_join gave no answers: it was stopped {why}"):
        measure.answers("benchmarks.peers.duckdb_join", tiny(tmp_path), 2, limit)


def test_a_runner_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(measure.RunnerError, match=r"(?s)duckdb_join .*failed:.*No files found"):
        measure.measure("benchmarks.peers.duckdb_join", Data(tmp_path / "absent"), 2, LIMIT)
