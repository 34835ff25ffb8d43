"""One runner in a process of its own:

    python -m benchmarks.one benchmarks.peers.NAME FOLDER --threads 2 --report FILE [--answers FILE]

It runs three times, up to ten times in 15 seconds, and no more once it has run for a minute; with `BENCH_BRIEF` in the
environment three times, and no more once it has run for so many seconds. The report, JSON, holds the wall seconds of
each run, without the start of Python and of the session, and the CPU seconds of the best. A runner with `PARTS` then
does each part of its work alone, once; one with `stages` says where its time went. With --answers the answers are
written instead, to Parquet.
"""

import argparse
import importlib
import json
import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.tables import Data

#: runs, unless they last so many seconds; those of a fast runner, whose seconds differ most, unless they last as many
RUNS, ENOUGH = 3, 60.0
MORE_RUNS, FILLED = 10, 15.0
#: the variable that says other seconds than `ENOUGH`, and that fast runners run no more often
BRIEF = "BENCH_BRIEF"
_STAGE = re.compile(r"([a-z][\w ]*) (\d+\.\d+) s")


def main() -> None:
    asked = _arguments()
    if hasattr(os, "sched_setaffinity"):  # whatever reads the number of cores, the JVM too, finds so many
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: asked.threads])
    pa.set_cpu_count(asked.threads)
    peer = importlib.import_module(asked.module)
    session, data = peer.engine.start(asked.threads), Data(asked.folder)
    if asked.answers is not None:
        pq.write_table(peer.engine.table(peer.answer(session, data)), asked.answers)
        return
    log = _Stages()
    runs: list[_Run] = []
    for run in _runs(lambda: _finished(peer, peer.answer(session, data)), log):
        runs.append(run)
        _write(asked.report, runs)  # each time, for the next one may be stopped
    stages = peer.stages(session, data) if hasattr(peer, "stages") else None
    parts = {part: _seconds(partial(_part, peer, session, data, part)) for part in getattr(peer, "PARTS", ())}
    _write(asked.report, runs, stages, parts)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("module")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--answers", type=Path)
    return parser.parse_args()


def _finished(peer: Any, answer: Any) -> Any:
    peer.engine.finish(answer)
    return answer


def _part(peer: Any, session: Any, data: Data, part: str) -> Any:
    return _finished(peer, peer.answer(session, data, (part,)))


@dataclass(frozen=True)
class _Run:
    wall: float
    cpu: float
    stages: dict[str, float]


def _runs(work: Callable[[], Any], log: "_Stages") -> Iterator[_Run]:
    runs, spent = 0, 0.0
    brief = os.environ.get(BRIEF)
    enough, filled = (ENOUGH, FILLED) if brief is None else (float(brief), 0.0)
    while (runs < RUNS and spent < enough) or (runs < MORE_RUNS and spent < filled):
        log.seconds = {}
        used = _cpu()
        wall = _seconds(work)
        yield _Run(wall, _cpu() - used, log.seconds)
        runs, spent = runs + 1, spent + wall


def _seconds(work: Callable[[], Any]) -> float:
    """Of one run; its answer is held until the clock has stopped, and dropped before the next one is made."""
    begun = time.perf_counter()
    answer = work()
    wall = time.perf_counter() - begun
    del answer
    return wall


def _write(
    report: Path, runs: list[_Run], stages: dict[str, float] | None = None, parts: dict[str, float] | None = None
) -> None:
    best = min(runs, key=lambda run: run.wall)
    whole = {
        "seconds": [run.wall for run in runs],
        "cpu": best.cpu,
        "stages": stages or best.stages,
        "parts": parts or {},
        "peak": _highest_memory(),
    }
    staged = report.with_suffix(".staged")
    staged.write_text(json.dumps(whole))
    staged.rename(report)


def _cpu() -> float:
    """CPU seconds of this process and its children so far, also of those that have ended."""
    this = psutil.Process()
    times = [process.cpu_times() for process in (this, *this.children(recursive=True))]
    return float(sum(sum(one[:4]) for one in times))  # user, system, and those of children that were waited for


class _Stages(logging.Handler):
    """The last line of ropeway's log that says where the time went, as seconds by stage."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.seconds: dict[str, float] = {}
        logger = logging.getLogger("ropeway")
        logger.setLevel(logging.INFO)
        logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Reads `backfill of 20 features: read 0.10 s, encode 0.05 s`."""
        if found := _STAGE.findall(record.getMessage().partition(": ")[2]):
            self.seconds = {stage: float(seconds) for stage, seconds in found}


def _highest_memory() -> int:
    """The kernel's own mark for this process alone, in bytes; 0 where it keeps none."""
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) * 1024 if found else 0


if __name__ == "__main__":
    main()
