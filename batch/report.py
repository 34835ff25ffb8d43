"""What a run says of itself when it is over: rows, seconds and bytes by stage, slices, its largest task, memory."""

from __future__ import annotations

import json
import re
import resource
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ropeway.transforms.passes.clock import Clock


@dataclass(frozen=True)
class Task:
    """One task: a read of some rows, or one part of a pass. `peak` is the most memory its process ever held, in bytes.

    `halo` of its `events` belong to an earlier slice of their key. `slices` of keys were computed in it.
    """

    seconds: Mapping[str, float]
    bytes: Mapping[str, int]
    events: int = 0
    queries: int = 0
    halo: int = 0
    slices: int = 0
    peak: int = 0

    @property
    def rows(self) -> int:
        """Its own rows, without the halo."""
        return self.events + self.queries - self.halo


@dataclass(frozen=True)
class Report:
    """A run: `rows` written in `seconds` of wall time.

    stages: seconds by stage, added up over all tasks, which ran side by side. bytes: as they stood in memory: what
    was read and shuffled, and what was spilled to disk. slices: parts that are time slices of a key too large for
    one. largest_task: its rows, without the halo of a slice. peak_memory: bytes of the process that held most; on
    Spark of a Python worker or this program, without Java.

    >>> print(Report("local", rows=1_000_000, seconds=2.5, stages={"read": 0.5, "sweep": 1.5},
    ...              bytes={"read": 24_000_000}, tasks=1, largest_task=11_000_000, peak_memory=1_500_000_000))
    1,000,000 rows in 2.5 s by the local engine
      read    0.50 s  24.0 MB
      sweep   1.50 s
      1 task, the largest of 11,000,000 rows; no key was cut; peak memory 1.5 GB
    """

    engine: str
    rows: int
    seconds: float
    stages: Mapping[str, float] = field(default_factory=dict)
    bytes: Mapping[str, int] = field(default_factory=dict)
    tasks: int = 0
    slices: int = 0
    largest_task: int = 0
    peak_memory: int = 0

    @property
    def shuffle_bytes(self) -> int:
        """Bytes that went through Spark's shuffles."""
        return self.bytes.get("shuffle", 0)

    @classmethod
    def of(cls, engine: str, rows: int, seconds: float, tasks: Sequence[Task]) -> Report:
        """The report of a run of these tasks."""
        return cls(
            engine,
            rows,
            seconds,
            _added(task.seconds for task in tasks),
            _added(task.bytes for task in tasks),
            len(tasks),
            sum(task.slices for task in tasks),
            max((task.rows for task in tasks), default=0),
            max((task.peak for task in tasks), default=0),
        )

    @classmethod
    def local(cls, rows: int, seconds: float, clock: Clock) -> Report:
        """The report of a run in this process, whose largest task is the most that one thread takes at once."""
        return cls(
            "local",
            rows,
            seconds,
            dict(clock.seconds),
            dict(clock.bytes),
            clock.tasks,
            clock.slices,
            clock.largest,
            peak(),
        )

    @classmethod
    def merged(cls, reports: Sequence[Report]) -> Report:
        """One report of runs that followed one another, of which there is at least one."""
        return cls(
            reports[0].engine,
            sum(one.rows for one in reports),
            sum(one.seconds for one in reports),
            _added(one.stages for one in reports),
            _added(one.bytes for one in reports),
            sum(one.tasks for one in reports),
            sum(one.slices for one in reports),
            max(one.largest_task for one in reports),
            max(one.peak_memory for one in reports),
        )

    def to_dict(self) -> dict[str, Any]:
        """All of it, as JSON knows it."""
        return {**asdict(self), "shuffle_bytes": self.shuffle_bytes}

    def to_json(self) -> str:
        """One JSON object."""
        return json.dumps(self.to_dict(), sort_keys=True)

    def __str__(self) -> str:
        by = "Spark" if self.engine == "spark" else f"the {self.engine} engine"
        lines = [f"{self.rows:,} rows in {self.seconds:.1f} s by {by}"]
        names = dict.fromkeys([*self.stages, *self.bytes])
        width = max(map(len, names), default=0)
        for name in names:
            seconds = f"{self.stages[name]:6.2f} s" if name in self.stages else " " * 8
            size = f"  {_size(self.bytes[name])}" if name in self.bytes else ""
            lines.append(f"  {name:{width}} {seconds}{size}".rstrip())
        tasks = f"{self.tasks:,} task{'s' * (self.tasks != 1)}"
        cut = f"{self.slices:,} slices of large keys" if self.slices else "no key was cut"
        lines.append(
            f"  {tasks}, the largest of {self.largest_task:,} rows; {cut}; peak memory {_size(self.peak_memory)}"
        )
        return "\n".join(lines)


def task(clock: Clock, *, events: int = 0, queries: int = 0, halo: int = 0, slices: int = 0) -> Task:
    """What this process says of a task that it has just done."""
    return Task(dict(clock.seconds), dict(clock.bytes), events, queries, halo, slices, peak())


def peak() -> int:
    """The most memory that this process has held so far, in bytes."""
    try:
        # not ru_maxrss, which a child has from its parent
        found = re.search(r"^VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE)
    except OSError:
        found = None
    if found is not None:
        return int(found[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _added(parts: Any) -> dict[str, Any]:
    total: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            total[name] = total.get(name, 0) + value
    return total


def _size(size: int) -> str:
    for unit, least in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= least:
            return f"{size / least:.1f} {unit}"
    return f"{size} bytes"
