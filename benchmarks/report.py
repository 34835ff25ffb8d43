"""Tables in Markdown, and their places in the README."""

import os
import platform
import re
import textwrap
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

from benchmarks.engines import HEAP
from benchmarks.measure import GIB, Measured
from benchmarks.one import ENOUGH, FILLED, MORE_RUNS, RUNS
from benchmarks.peers import Peer

_PACKAGES = ("ropeway", "polars", "duckdb", "pyspark", "pyarrow", "numba", "numpy")


def table(peers: Sequence[Peer], results: Mapping[str, Measured]) -> str:
    """One row per runner that was measured."""
    head = ["", "wall", "beside ropeway", "CPU", "peak memory"]
    rows = [
        [peer.title, wall(one), _ratio(peer, results), cpu(one), peak(one)]
        for peer in peers
        if (one := results.get(peer.name)) is not None
    ]
    return markdown(head, rows)


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """A table whose first `left` columns are text and the others numbers."""
    lines = [head, ["---" if column < left else "---:" for column in range(len(head))], *rows]
    return "\n".join("|" + "".join(f" {cell} |" if cell else " |" for cell in line) for line in lines)


def wall(one: Measured) -> str:
    return f"stopped {one.stopped}" if one.best is None else f"{one.best:.2f} s"


def cpu(one: Measured) -> str:
    return "" if one.best is None else f"{one.cpu:.1f} s"


def peak(one: Measured) -> str:
    return f"{one.peak / GIB:.1f} GiB"


def times(one: Measured, other: Measured) -> str:
    """How many times as long as `other` the one took; at least so many times, if it was stopped."""
    if other.best is None:
        return ""
    return f"> {one.spent / other.best:.0f} x" if one.best is None else f"{one.best / other.best:.2f} x"


def _ratio(peer: Peer, results: Mapping[str, Measured]) -> str:
    if not peer.beside:
        return "1"
    ours = results.get(peer.beside)
    return "" if ours is None else times(results[peer.name], ours)


def seconds(one: Mapping[str, float]) -> str:
    return ", ".join(f"{stage} {taken:.2f} s" for stage, taken in one.items())


def conditions(threads: int) -> str:
    """What holds for every figure of a table."""
    return (
        f"Each runner has a process of its own and {threads} threads, Spark a heap of {HEAP}. Wall is the best of "
        f"{RUNS} runs in that process, of up to {MORE_RUNS} while they last less than {FILLED:.0f} s together, of "
        f"fewer when they last over {ENOUGH:.0f} s; starting Python, imports and the Spark session are not in it; CPU "
        "is that of the same run. Peak memory is the highest resident memory of the process with its JVM and Python "
        "workers over all of its runs."
    )


def machine() -> str:
    """The machine, the versions and the day."""
    memory = psutil.virtual_memory().total / GIB
    packages = ", ".join(f"{name} {number}" for name, number in versions().items())
    day = datetime.now(UTC).date().isoformat()
    return f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB; {packages}; {day}."


def versions() -> dict[str, str]:
    """The versions of what was measured, and of Python."""
    return {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", info.read_text()) if info.exists() else None
    return found[1] if found else platform.machine()


def marks(name: str) -> tuple[str, str]:
    """What stands before and after the table of that name.

    >>> marks("wide")
    ('<!-- wide:begin -->', '<!-- wide:end -->')
    """
    return f"<!-- {name}:begin -->", f"<!-- {name}:end -->"


def write(text: str, readme: Path, name: str) -> bool:
    """Whether `readme` has a place of that name for `text`, which is then in it."""
    opening, closing = marks(name)
    old = readme.read_text() if readme.exists() else ""
    before, begin, rest = old.partition(opening)
    _, end, after = rest.partition(closing)
    if not begin or not end:
        return False
    fitting = "\n".join(line if line.startswith("|") else textwrap.fill(line, 118) for line in text.splitlines())
    readme.write_text(f"{before}{opening}\n{fitting}\n{closing}{after}")
    return True
