"""Runs each runner in a process of its own, and watches the memory of that process and all its children."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.data import ROOT, Data

_EVERY = 0.05  # seconds between two looks at the memory
_FAMILY = 1.0  # and between two searches for new children, which cost more


@dataclass(frozen=True)
class Measured:
    """The wall seconds of each run, none if the first was stopped.

    `peak` is in bytes; `cpu`, in seconds, and `stages` are those of the best run.
    """

    seconds: tuple[float, ...]
    peak: int
    cpu: float = 0.0
    stages: Mapping[str, float] = field(default_factory=dict)

    @property
    def best(self) -> float | None:
        return min(self.seconds, default=None)


class RunnerError(Exception):
    """A runner ended with an error; its last words are the message."""


def measure(name: str, data: Data, threads: int, limit: float, **settings: str) -> Measured:
    """Times one runner, which is stopped after `limit` seconds in all; `settings` are variables of its environment."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        with _process(name, data, threads, report, settings) as process:
            peak, _ = _watch(process, limit)
        if not report.exists():  # stopped in its first run
            return Measured((), peak)
        told = json.loads(report.read_text())
    return Measured(tuple(told["seconds"]), max(peak, told["peak"]), told["cpu"], told["stages"])


def answers(name: str, data: Data, threads: int, limit: float) -> pa.Table:
    """What one runner answers, by id."""
    with tempfile.TemporaryDirectory() as folder:
        report, target = Path(folder, "report.json"), Path(folder, "answers.parquet")
        with _process(name, data, threads, report, {}, "--answers", str(target)) as process:
            _, ended = _watch(process, limit)
        if not ended:
            raise RunnerError(f"{name} gave no answers in {limit:.0f} s")
        return pq.read_table(target).sort_by("id")


@contextmanager
def _process(
    name: str, data: Data, threads: int, report: Path, settings: Mapping[str, str], *options: str
) -> Iterator[psutil.Popen]:
    command = [sys.executable, "-m", "benchmarks.one", name, str(data.folder), f"--threads={threads}"]
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),  # for Python workers of Spark too
        "POLARS_MAX_THREADS": str(threads),
        "ROPEWAY_THREADS": str(threads),
        **settings,
    }
    with tempfile.TemporaryFile("w+") as words:
        process = psutil.Popen(
            [*command, f"--report={report}", *options], cwd=ROOT, env=environment, stdout=words, stderr=words
        )
        try:
            yield process
        finally:
            _stop(process)
        if process.returncode > 0:
            words.seek(0)
            raise RunnerError(f"{name} failed:\n{words.read()[-4000:]}")


def _watch(process: psutil.Popen, limit: float) -> tuple[int, bool]:
    """The highest sum of resident memory, and whether the process ended by itself.

    Pages that processes share, such as those of forked Python workers, count once for each of them.
    """
    peak, family, searched = 0, [process], 0.0
    begun = time.monotonic()
    while process.poll() is None:
        now = time.monotonic()
        if now - begun > limit:
            return peak, False
        if now - searched > _FAMILY:
            family, searched = _family(process), now
        peak = max(peak, sum(map(_resident, family)))
        time.sleep(_EVERY)
    return peak, True


def _family(process: psutil.Popen) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:  # it ended in the meantime
        return 0


def _stop(process: psutil.Popen) -> None:
    """Ends the process and its children, if they have not ended."""
    family = _family(process) if process.poll() is None else []
    for one in reversed(family):
        try:
            one.kill()
        except psutil.NoSuchProcess:
            continue
    process.wait()
