"""The table of the headline work in Markdown, and its place in the README."""

import os
import platform
import re
import textwrap
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import psutil

from benchmarks.data import EXPONENT, Variant
from benchmarks.measure import Measured
from benchmarks.one import ENOUGH, RUNS
from benchmarks.peers import HEAP, PEERS, Peer

BEGIN, END = "<!-- benchmark:begin -->", "<!-- benchmark:end -->"
_PACKAGES = ("ropeway", "polars", "duckdb", "pyspark", "pyarrow", "numba", "numpy")


def table(results: Mapping[str, Measured], limit: float) -> str:
    """One row per runner that was measured."""
    lines = ["| | wall | beside ropeway | CPU | peak memory |", "|---|---:|---:|---:|---:|"]
    for peer in PEERS:
        if peer.name in results:
            one = results[peer.name]
            wall = f"> {limit:,.0f} s" if one.best is None else f"{one.best:.2f} s"
            cpu = "" if one.best is None else f"{one.cpu:.1f} s"
            ratio = _ratio(peer, results, limit)
            lines.append(f"| {peer.title} | {wall} | {ratio} | {cpu} | {one.peak / 2**30:.1f} GiB |")
    return "\n".join(lines)


def _ratio(peer: Peer, results: Mapping[str, Measured], limit: float) -> str:
    if not peer.beside:
        return "1"
    ours = results.get(peer.beside)
    if ours is None or ours.best is None:
        return ""
    theirs = results[peer.name].best
    return f"> {limit / ours.best:.0f} x" if theirs is None else f"{theirs / ours.best:.2f} x"


def stages(results: Mapping[str, Measured]) -> str:
    """Where the time goes, as far as it was measured."""
    lines = []
    if local := results.get("ropeway_local"):
        lines.append(f"Where the time goes, locally: {_seconds(local)}.")
    floor, spark = results.get("spark_floor"), results.get("ropeway_spark")
    if floor:
        lines.append(f"On Spark, its floor: {_seconds(floor)}.")
        if spark and spark.best and floor.best:
            lines.append(
                f"What ropeway adds to the floor, sort and sweep and all else: {spark.best - floor.best:.2f} s."
            )
    return " ".join(lines)


def _seconds(one: Measured) -> str:
    return ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in one.stages.items())


def caption(variant: Variant, events: int, queries: int, keys: int) -> str:
    """What the table under it is about."""
    kind = "uniform keys" if variant == "uniform" else f"keys by Zipf's law, exponent {EXPONENT}"
    left_out = [peer.title for peer in PEERS if variant not in peer.variants]
    why = f" Left out: {', '.join(left_out)}, which make all pairs of a key's events and queries." if left_out else ""
    return f"**{events:,} events, {queries:,} queries, {keys:,} keys: {kind}.**{why}"


def method(threads: int, kernels: tuple[float, float] | None) -> str:
    """What was measured, and on what."""
    few = f"{RUNS} runs in that process, of fewer when they last over {ENOUGH:.0f} s together"
    parts = [
        "20 features: count, sum, mean, min and max over the 1 h, 1 d, 7 d and 30 d before each query, `[t-w, t)`, of",
        "one float64 value without nulls; from Parquet files in no order. Each runner has a process of its own and",
        f"{threads} threads. Wall is the best of {few}; starting",
        "Python, imports and the Spark session are not in it; CPU is that of the same run. On one machine the answers",
        f"stand in memory in the order of the queries; on Spark (heap {HEAP}) all go to its `noop` format. Peak",
        "memory is the highest resident memory of the process with its JVM and Python workers over all of its runs.",
        "Before this, all answers were compared on smaller data: with a naive loop, with each other, and those of",
        "ropeway's two engines in every bit; the others' running sums differ from the exact ones in the last digits.",
    ]
    if kernels is not None:
        cold, warm = kernels
        parts += [
            f"ropeway's kernels were compiled before: the first backfill of a machine took {cold:.0f} s, the first of",
            f"a later process, which finds them in the cache, {warm:.1f} s.",
        ]
    return f"{' '.join(parts)}\n\n{_machine()}"


def versions() -> dict[str, str]:
    """The versions of what was measured, and of Python."""
    return {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}


def _machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    packages = ", ".join(f"{name} {number}" for name, number in versions().items())
    return f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB; {packages}."


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", info.read_text()) if info.exists() else None
    return found[1] if found else platform.machine()


def write(text: str, readme: Path) -> bool:
    """Whether `readme` has a place for `text`, which is then in it."""
    old = readme.read_text() if readme.exists() else ""
    before, begin, rest = old.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        return False
    fitting = "\n".join(line if line.startswith("|") else textwrap.fill(line, 118) for line in text.splitlines())
    readme.write_text(f"{before}{BEGIN}\n{fitting}\n{END}{after}")
    return True
