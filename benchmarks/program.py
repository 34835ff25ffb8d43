"""What the programs share: their options, the loop that times, and where the figures go."""

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import measure, report
from benchmarks.measure import GIB, Limit, Measured
from benchmarks.peers import Peer
from benchmarks.tables import ROOT, Data

CHECK_STEP = 600_000_000  # times in whole ten minutes: ties, and rows on the very edges of windows
_BUSY = 0.5
_CHECK = 600.0


def parser(description: str, names: Sequence[str], seconds: float) -> argparse.ArgumentParser:
    """The options that all programs have; `seconds` is the usual limit for one runner."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--scale", type=float, default=1.0, help="of events, queries and keys")
    made.add_argument("--only", action="append", choices=names, help="time these only")
    made.add_argument("--threads", type=int, default=2, help="of each runner")
    made.add_argument("--limit", type=float, default=seconds, help="seconds after which a runner is stopped")
    made.add_argument("--memory", type=float, default=16.0, help="GiB at which a runner is stopped")
    made.add_argument("--check", action="store_true", help="compare the answers on small data, time nothing")
    made.add_argument("--readme", type=Path, help="the file to write the table into, whatever the scale")
    return made


def memory_limit(parser: argparse.ArgumentParser, what: str, usual: str = "") -> None:
    """The option of the programs that tell `backfill` how much memory it may take."""
    parser.add_argument("--memory-limit", default=usual, help=f"memory_limit of ropeway, local, {what}; '' for none")


def settings(asked: argparse.Namespace) -> dict[str, str]:
    """Variables of the environment that say the same to a runner."""
    return {"BENCH_MEMORY_LIMIT": asked.memory_limit} if asked.memory_limit else {}


def title(peer: Peer, asked: argparse.Namespace) -> str:
    """The name of a row, with the limit that holds for it."""
    local = peer.module.endswith("_local")
    return f"{peer.title}, `memory_limit={asked.memory_limit!r}`" if local and asked.memory_limit else peer.title


def limit(asked: argparse.Namespace) -> Limit:
    return Limit(asked.limit, asked.memory * GIB)


def check_limit(asked: argparse.Namespace) -> Limit:
    """For small data, which take seconds: a short limit for timing is not meant for them."""
    return Limit(max(asked.limit, _CHECK), asked.memory * GIB)


def warn_if_busy() -> None:
    if os.getloadavg()[0] > _BUSY:
        print(f"This machine is busy (load {os.getloadavg()[0]:.1f}): the figures will be too high.")


def timed(
    label: str, peers: Sequence[Peer], data: Data, asked: argparse.Namespace, **settings: str
) -> dict[str, Measured]:
    """What was measured, by name, without those that failed; `label` is said, and names the file of the figures."""
    results: dict[str, Measured] = {}
    for peer in peers:
        print(f"time {label}: {peer.name}", end=" ", flush=True)
        try:
            environment = {**settings, **peer.settings}
            one = results[peer.name] = measure.measure(peer.module, data, asked.threads, limit(asked), **environment)
        except measure.RunnerError as error:
            print(error)
        else:
            runs = ", ".join(f"{seconds:.2f}" for seconds in one.seconds) + " s" if one.seconds else report.wall(one)
            print(f"{runs}; CPU {one.cpu:.2f} s, {one.peak / GIB:.2f} GiB")
    keep(label, data.folder.name, results, asked, settings)
    return results


def keep(
    label: str, data: str, results: Mapping[str, Any], asked: argparse.Namespace, settings: Mapping[str, str]
) -> None:
    """Writes the figures, by name, to a file of `results/`."""
    folder = ROOT / "benchmarks" / "results"
    folder.mkdir(exist_ok=True)
    whole = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": data,
        "threads": asked.threads,
        "settings": settings,
        "load": os.getloadavg(),
        "versions": report.versions(),
        "results": {name: asdict(one) if isinstance(one, Measured) else one for name, one in results.items()},
    }
    (folder / f"{label.replace(' ', '-')}-{asked.scale:g}.json").write_text(json.dumps(whole, indent=2) + "\n")


def publish(text: str, name: str, asked: argparse.Namespace, *, failed: bool, whole: bool) -> int:
    """Prints the table and writes it between its marks, if the run was `whole` and at scale 1; the exit code."""
    print(f"\n{text}\n")
    if failed:
        print("A runner failed, its words stand above: the table is not written.")
        return 1
    if asked.readme is None and not (whole and asked.scale == 1 and not asked.only):
        print("README.md is left as it is, for whole runs at scale 1; --readme names another file.")
        return 0
    readme = asked.readme or ROOT / "README.md"
    if report.write(text, readme, name):
        print(f"{readme.name} holds this table now.")
    else:
        begin, end = report.marks(name)
        print(f"{readme.name} has no {begin} and {end}: the table stands above only.")
    return 0
