"""Runs each runner in a process of its own, and watches the memory of that process and all its children."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.tables import ROOT, Data

_EVERY = 0.05  # seconds between two looks at the memory
_FAMILY = 1.0  # and between two searches for new children, which cost more
GIB = 2**30


@dataclass(frozen=True)
class Limit:
    """A runner is stopped after `seconds` in all, or when it and its children hold more than `memory` bytes."""

    seconds: float
    memory: float = 16 * GIB


@dataclass(frozen=True)
class Measured:
    """The wall seconds of each run, none if the first was stopped; then `stopped` says why, `spent` after how long.

    `peak` is in bytes, and so is `worker`, that of the largest Python worker of Spark; `cpu`, in seconds, and `stages`
    are those of the best run; `parts` are the seconds of each part of the work, done alone.
    """

    seconds: tuple[float, ...]
    peak: int
    cpu: float = 0.0
    stages: Mapping[str, float] = field(default_factory=dict)
    parts: Mapping[str, float] = field(default_factory=dict)
    worker: int = 0
    stopped: str = ""
    spent: float = 0.0

    @property
    def best(self) -> float | None:
        return min(self.seconds, default=None)


class RunnerError(Exception):
    """A runner ended with an error; its last words are the message."""


def measure(module: str, data: Data, threads: int, limit: Limit, **settings: str) -> Measured:
    """Times one runner; `settings` are variables of its environment."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        with _process(_one(module, data), threads, report, settings) as process:
            seen = _watch(process, limit)
        if not report.exists():  # stopped in its first run
            return Measured((), seen.peak, worker=seen.worker, stopped=seen.stopped, spent=seen.spent)
        told = json.loads(report.read_text())
    return Measured(
        tuple(told["seconds"]),
        max(seen.peak, told["peak"]),
        told["cpu"],
        told["stages"],
        told["parts"],
        seen.worker,
        seen.stopped,
        seen.spent,
    )


def answers(module: str, data: Data, threads: int, limit: Limit) -> pa.Table:
    """What one runner answers, by id."""
    with tempfile.TemporaryDirectory() as folder:
        report, target = Path(folder, "report.json"), Path(folder, "answers.parquet")
        with _process([*_one(module, data), "--answers", str(target)], threads, report, {}) as process:
            seen = _watch(process, limit)
        if seen.stopped:
            raise RunnerError(f"{module} gave no answers: it was stopped {seen.stopped}")
        return pq.read_table(target).sort_by("id")


def figures(program: Sequence[str], threads: int, limit: Limit, **settings: str) -> Mapping[str, Any] | None:
    """What another program reports, given as `-m` takes it; nothing if it was stopped."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        with _process(program, threads, report, settings) as process:
            seen = _watch(process, limit)
        if seen.stopped:
            return None
        if not report.exists():
            raise RunnerError(f"{' '.join(program)} was ended from outside")
        found: Mapping[str, Any] = json.loads(report.read_text())
        return found


def _one(module: str, data: Data) -> list[str]:
    return ["benchmarks.one", module, str(data.folder)]


@contextmanager
def _process(program: Sequence[str], threads: int, report: Path, settings: Mapping[str, str]) -> Iterator[psutil.Popen]:
    command = [sys.executable, "-m", *program, f"--threads={threads}", f"--report={report}"]
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),  # for Python workers of Spark too
        "POLARS_MAX_THREADS": str(threads),
        "ROPEWAY_THREADS": str(threads),
        **settings,
    }
    with tempfile.TemporaryFile("w+") as words:
        process = psutil.Popen(command, cwd=ROOT, env=environment, stdout=words, stderr=words)
        try:
            yield process
        finally:
            _stop(process)
        if process.returncode > 0:
            words.seek(0)
            raise RunnerError(f"{' '.join(program)} failed:\n{words.read()[-4000:]}")


@dataclass
class _Seen:
    peak: int = 0
    worker: int = 0
    stopped: str = ""
    spent: float = 0.0


def _watch(process: psutil.Popen, limit: Limit) -> _Seen:
    """The highest sum of resident memory, and why the process did not end by itself.

    Pages that processes share, such as those of forked Python workers, count once for each of them.
    """
    seen, family, searched = _Seen(), [process], 0.0
    begun = time.monotonic()
    while process.poll() is None:
        now = time.monotonic()
        if now - searched > _FAMILY:
            family, searched = _family(process), now
        held = [_resident(one) for one in family]
        workers = [size for one, size in zip(family[1:], held[1:], strict=True) if _is_worker(one)]
        seen.peak, seen.worker = max(seen.peak, sum(held)), max([seen.worker, *workers])
        seen.spent = now - begun
        if seen.spent > limit.seconds:
            seen.stopped = f"after {limit.seconds:.0f} s"
        elif sum(held) > limit.memory:
            seen.stopped = f"at {limit.memory / GIB:.0f} GiB"
        if seen.stopped:
            break
        time.sleep(_EVERY)
    return seen


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


def _is_worker(process: psutil.Process) -> bool:
    try:
        return bool(process.name().startswith("python"))
    except psutil.Error:
        return False


def _stop(process: psutil.Popen) -> None:
    """Ends the process and its children, if they have not ended."""
    family = _family(process) if process.poll() is None else []
    for one in reversed(family):
        try:
            one.kill()
        except psutil.NoSuchProcess:
            continue
    process.wait()
