"""The headline benchmark: 20 exact point-in-time features for 1M queries over 10M events, beside its peers.

    python benchmarks/headline.py [--scale 1] [--variant uniform|zipf|both] [--only NAME ...] [--check] [--readme FILE]

All runners first answer small data, and their answers are compared; then each is timed. The table goes between the
marks in the README, all figures into benchmarks/results/.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # started as a file, Python looks in its folder only

from benchmarks import compare, data, measure, report
from benchmarks.data import FEATURES, ROOT, Data, Variant
from benchmarks.measure import Measured
from benchmarks.peers import PEERS, Peer

CHECK_SCALE = 0.002
CHECK_STEP = 600_000_000  # times in whole ten minutes: ties, and rows on the very edges of windows
SAMPLE = 100


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _arguments(arguments)
    peers = [peer for peer in PEERS if not asked.only or peer.name in asked.only]
    variants = list(data.VARIANTS) if asked.variant == "both" else [asked.variant]
    if not asked.check and os.getloadavg()[0] > 0.5:
        print(f"This machine is busy (load {os.getloadavg()[0]:.1f}): the figures will be too high.")
    for variant in variants:
        check(data.make(variant, CHECK_SCALE, step=CHECK_STEP), variant, peers, asked.threads, asked.limit)
    if asked.check:
        return 0
    kernels = _kernels(asked.threads, asked.limit) if any(peer.name == "ropeway_local" for peer in peers) else None
    parts, failed = [], False
    for variant in variants:
        results = _timed(variant, peers, asked)
        failed |= len(results) < sum(variant in peer.variants for peer in peers)
        parts.append(_part(variant, results, asked))
    text = "\n\n".join([*parts, report.method(asked.threads, kernels)])
    print(f"\n{text}\n")
    if failed:
        print("A runner failed, its words stand above: the table is not written.")
        return 1
    _publish(text, asked)
    return 0


def check(small: Data, variant: Variant, peers: Sequence[Peer], threads: int, limit: float) -> None:
    """Raises `DisagreementError` unless all answer alike, and ropeway as the oracle does."""
    answers = {}
    for peer in peers:
        if peer.answers and variant in peer.variants:
            print(f"check {variant}: {peer.name}", flush=True)
            answers[peer.name] = measure.answers(peer.name, small, threads, limit)
    compare.agree(answers)
    if "ropeway_local" in answers:
        compare.agree_with_oracle(answers["ropeway_local"], small, SAMPLE)
    compared = f"{len(FEATURES)} features of {data.rows_of(small.queries):,} queries"
    print(f"check {variant}: {len(answers)} runners agree in {compared}")


def _timed(variant: Variant, peers: Sequence[Peer], asked: argparse.Namespace) -> dict[str, Measured]:
    """What was measured, by name, without those that failed."""
    made = data.make(variant, asked.scale)
    results: dict[str, Measured] = {}
    for peer in peers:
        if variant not in peer.variants:
            continue
        print(f"time {variant}: {peer.name}", end=" ", flush=True)
        try:
            one = results[peer.name] = measure.measure(peer.name, made, asked.threads, asked.limit)
        except measure.RunnerError as error:
            print(error)
        else:
            runs = ", ".join(f"{seconds:.2f}" for seconds in one.seconds) or f"stopped after {asked.limit:.0f}"
            print(f"{runs} s; CPU {one.cpu:.2f} s, {one.peak / 2**30:.2f} GiB")
    _keep(variant, made, results, asked)
    return results


def _part(variant: Variant, results: dict[str, Measured], asked: argparse.Namespace) -> str:
    caption = report.caption(variant, *data.sizes(asked.scale))
    return "\n\n".join([caption, report.table(results, asked.limit), report.stages(results)]).strip()


def _kernels(threads: int, limit: float) -> tuple[float, float]:
    """Seconds of a first small backfill that compiles all its kernels, and of one that finds them compiled."""
    small = data.make("uniform", CHECK_SCALE, step=CHECK_STEP)
    with tempfile.TemporaryDirectory() as cache:
        cold, warm = (measure.measure("ropeway_local", small, threads, limit, ROPEWAY_CACHE=cache) for _ in range(2))
    return (cold.seconds or (limit,))[0], (warm.seconds or (limit,))[0]


def _keep(variant: Variant, made: Data, results: dict[str, Measured], asked: argparse.Namespace) -> None:
    folder = ROOT / "benchmarks" / "results"
    folder.mkdir(exist_ok=True)
    whole = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": made.folder.name,
        "threads": asked.threads,
        "load": os.getloadavg(),
        "versions": report.versions(),
        "results": {name: asdict(one) for name, one in results.items()},
    }
    (folder / f"headline-{variant}-{asked.scale:g}.json").write_text(json.dumps(whole, indent=2) + "\n")


def _publish(text: str, asked: argparse.Namespace) -> None:
    whole = asked.scale == 1 and asked.variant == "both" and not asked.only
    if asked.readme is None and not whole:
        print("README.md is left as it is, for whole runs at scale 1; --readme names another file.")
        return
    readme = asked.readme or ROOT / "README.md"
    if report.write(text, readme):
        print(f"{readme.name} holds this table now.")
    else:
        print(f"{readme.name} has no {report.BEGIN} and {report.END}: the table stands above only.")


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The headline benchmark, beside its peers.")
    parser.add_argument(
        "--scale", type=float, default=1.0, help="of events, queries and keys; 1 is 10M, 1M and 100,000"
    )
    parser.add_argument("--variant", choices=[*get_args(Variant), "both"], default="both", help="how keys are drawn")
    parser.add_argument("--only", action="append", choices=[peer.name for peer in PEERS], help="time these only")
    parser.add_argument("--threads", type=int, default=2, help="of each runner")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds after which a runner is stopped")
    parser.add_argument("--check", action="store_true", help="compare the answers on small data, time nothing")
    parser.add_argument("--readme", type=Path, help="the file to write the table into, whatever the scale")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
