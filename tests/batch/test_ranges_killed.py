"""Backfills of a range that are killed with kill -9 and run again."""

import random
from pathlib import Path

import pytest

from tests import faults


def test_killed_three_times_on_this_machine(tmp_path: Path) -> None:
    faults.prepare(tmp_path)
    wanted = faults.expected(tmp_path)
    for point in ("halffile:1", "staged:3", "committed:2"):
        assert faults.killed(tmp_path, "local", point=point)
        assert faults.strays(tmp_path / "out") != []
    left = [one for one in faults.strays(tmp_path / "out") if one.endswith(".parquet")]
    assert len(left) > 1
    before = faults.versions(tmp_path)
    faults.finish(tmp_path, "local")
    faults.check(tmp_path, wanted)
    # four slices were committed by runs that were killed, and stayed: each of the ten was committed once
    assert before == 1 + 4
    assert faults.versions(tmp_path) == 1 + 10
    faults.finish(tmp_path, "local")
    assert faults.versions(tmp_path) == 1 + 10


def test_killed_at_a_random_moment(tmp_path: Path) -> None:
    faults.prepare(tmp_path)
    wanted = faults.expected(tmp_path)
    chance = random.Random(3)
    for _ in range(2):
        faults.killed(tmp_path, "local", point=f"file:{chance.randrange(1, 30)}")
    faults.finish(tmp_path, "local")
    faults.check(tmp_path, wanted)


def test_two_processes_at_once(tmp_path: Path) -> None:
    faults.prepare(tmp_path)
    both = [faults.start(tmp_path, "local") for _ in range(2)]
    said = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    faults.check(tmp_path, faults.expected(tmp_path))
    assert faults.versions(tmp_path) == 1 + 10


@pytest.mark.slow
def test_killed_on_spark(tmp_path: Path) -> None:
    faults.prepare(tmp_path)
    wanted = faults.expected(tmp_path)
    assert faults.killed(tmp_path, "spark", point="staged:2")
    assert any(one.endswith(".parquet") for one in faults.strays(tmp_path / "out"))
    assert faults.versions(tmp_path) == 2
    # either engine goes on from what the other did
    faults.finish(tmp_path, "local")
    faults.check(tmp_path, wanted)
