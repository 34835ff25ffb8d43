"""Backfills that are killed: a real process, kill -9, and what is there when another has gone on from it.

`make faults` kills 20 of them at random moments, on both engines; `tests/batch/test_ranges_killed.py` some at chosen
points. Each ends with the table equal, row for row, to one that nothing disturbed, and with no file too many.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import deltalake
import numpy as np
import pyarrow as pa

import ropeway as rw
from ropeway.batch import ranges_plan
from ropeway.connectors import delta_files, delta_ranges

ROOT = Path(__file__).resolve().parent.parent
DAY = 86_400_000_000
ASKED = rw.instants("2012-12-30", "2013-02-01", every="12h")
#: so that the range is about ten slices
ROWS = {"local": 200, "spark": 700}
READY = "the backfill begins\n"
KEYS = [("event_timestamp", "ascending"), ("k", "ascending")]

_LOG = re.compile(
    r"\d{20}\.(json|crc|checkpoint\.parquet)|\.\d{20}\.(json|crc|checkpoint\.parquet)\.crc|_last_checkpoint"
)


def prepare(folder: Path) -> None:
    """A source with late rows, 30 keys and 2,000 events in January 2013."""
    rng = np.random.default_rng(5)
    count = 2_000
    times = 1_356_998_400_000_000 + rng.integers(0, 30 * DAY, count)
    stamp = pa.timestamp("us", "UTC")
    table = {
        "k": rng.integers(0, 30, count),
        "at": pa.array(times, stamp),
        "known": pa.array(times + rng.integers(0, 2 * DAY, count), stamp),
        "x": rng.normal(size=count) * 10.0 ** rng.integers(-8, 8, count),
    }
    deltalake.write_deltalake(folder / "source", pa.table(table))


def view(folder: Path) -> rw.FeatureView:
    """Features with a window, with all history, and with a filter."""
    source = rw.Source("s", f"delta:{folder}/source", "at", available_at="known")
    features = [rw.count().over("3d"), rw.mean("x"), rw.sum("x").over("1d").where(rw.col("x") > 0).alias("up")]
    return rw.FeatureView("v", rw.Entity("k"), source, features, owner="ops")


def expected(folder: Path) -> pa.Table:
    """The rows of the range, by a run that writes nothing."""
    return rw.backfill(ASKED, view(folder)).sort_by(KEYS)


def start(folder: Path, engine: str, point: str = "") -> subprocess.Popen[str]:
    """A process that backfills the range to `folder`/out; with a point, such as "file:3", it kills itself there."""
    command = [sys.executable, "-m", "tests.faults", "child", str(folder), engine, point]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COV_")}
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=kept,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def killed(folder: Path, engine: str, *, point: str = "", after: float | None = None) -> bool:
    """Run until it is killed, at a point or so many seconds after it began; False if it was over before."""
    process = start(folder, engine, point)
    said = _until_ready(process)
    try:
        said += process.communicate(timeout=after)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return True
    assert process.returncode in (0, -signal.SIGKILL), said
    return process.returncode != 0


def _until_ready(process: subprocess.Popen[str]) -> str:
    """What it says until its backfill begins."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if line == READY:
            break
    return said


def finish(folder: Path, engine: str) -> float:
    """Run to the end; the seconds that the backfill took."""
    process = start(folder, engine)
    said = _until_ready(process)
    begun = time.monotonic()
    said += process.communicate()[0]
    assert process.returncode == 0, said
    return time.monotonic() - begun


def check(folder: Path, wanted: pa.Table) -> None:
    """The table holds the range and nothing else, and no file that no commit names."""
    table = deltalake.DeltaTable(folder / "out")
    found = table.to_pyarrow_table().select(wanted.column_names).sort_by(KEYS)
    assert found.cast(wanted.schema).equals(wanted)
    left = strays(folder / "out")
    assert left == [], left


def strays(root: Path) -> list[str]:
    """Files and folders below a table that are neither its data nor its log."""
    named = set(deltalake.DeltaTable(root).file_uris())
    for commit in (root / "_delta_log").glob("*.json"):  # earlier versions stay readable
        named |= {f"{root}/{path}" for path in re.findall(r'"path":"([^"]+)"', commit.read_text())}
    data = [one for one in root.rglob("*") if one.is_file() and "_delta_log" not in one.parts]
    lost = [one for one in data if str(one) not in named and not one.name.endswith(".crc")]
    lost += [one for one in data if one.name.endswith(".crc") and f"{one.parent}/{one.name[1:-4]}" not in named]
    lost += [one for one in (root / "_delta_log").iterdir() if one.is_file() and not _LOG.fullmatch(one.name)]
    lost += [one for one in root.iterdir() if one.name != "_delta_log" and not one.name.startswith("event_date=")]
    lost += [one for one in root.parent.iterdir() if one.name.startswith(".")]
    return sorted(str(one) for one in lost)


# ---- the process that is killed


def _child(folder: Path, engine: str, point: str) -> None:
    ranges_plan.ROWS_PER_SLICE = ROWS[engine]
    if point:
        _die_at(point)
    spark = None
    if engine == "spark":
        conf = {"spark.driver.memory": "1g", "spark.sql.shuffle.partitions": "2"}
        conf["spark.driver.extraJavaOptions"] = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
        spark = rw.spark_session("local[2]", **conf)
    sys.stdout.write(READY)
    sys.stdout.flush()
    rw.backfill(ASKED, view(folder), to=f"delta:{folder}/out", spark=spark, progress=False)


def _die_at(point: str) -> None:
    """Kill this process at the nth time that it comes by: halffile, file, staged, committed, tidied."""
    name, _, number = point.partition(":")
    left = [int(number)]

    def passing() -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    def wrap(of: Any, method: str, *, first: bool) -> None:
        inner: Callable[..., Any] = getattr(of, method)

        def outer(*given: Any, **named: Any) -> Any:
            if first:
                passing()
            made = inner(*given, **named)
            if not first:
                passing()
            return made

        setattr(of, method, outer)

    points: dict[str, Callable[[], None]] = {
        "halffile": lambda: wrap(delta_files._Files, "_flush", first=False),
        "file": lambda: wrap(delta_files._Files, "_close", first=False),
        "staged": lambda: wrap(delta_ranges.StagedFiles, "commit", first=True),
        "committed": lambda: wrap(delta_ranges.StagedFiles, "commit", first=False),
        "tidied": lambda: wrap(delta_ranges.HeldPresence, "tidy", first=True),
    }
    points[name]()


# ---- make faults


def main(kills: int = 20, seed: int = 1) -> None:
    """Kill so many runs at random moments, half of them on each engine, and let others go on to the end."""
    chance = random.Random(seed)
    for engine, share in (("local", kills - kills // 2), ("spark", kills // 2)):
        done, lasts = 0, 0.0
        while done < share:
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
                folder = Path(name)
                prepare(folder)
                wanted = expected(folder)
                moments: list[float] = []
                while lasts and len(moments) < min(share - done, chance.randrange(1, 4)):
                    moments.append(chance.uniform(0, lasts))
                    if not killed(folder, engine, after=moments[-1]):
                        moments.pop()
                        break
                left = strays(folder / "out") if versions(folder) else []
                took = finish(folder, engine)
                check(folder, wanted)
                lasts = lasts or took  # the first is not disturbed, and says how long one lasts
                done += len(moments)
            if moments:
                after = ", ".join(f"{one:.2f} s" for one in moments)
                sys.stdout.write(f"{engine}: killed after {after}; {len(left)} things were left, and are gone\n")
                sys.stdout.flush()
    sys.stdout.write(f"{kills} kills, and each table ended as if there had been none\n")


def versions(folder: Path) -> int:
    """How many commits there are."""
    return len(list((folder / "out" / "_delta_log").glob("*.json")))


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        _child(Path(sys.argv[2]), sys.argv[3], sys.argv[4])
    else:
        main(*map(int, sys.argv[1:]))
