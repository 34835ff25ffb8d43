"""Hot keys: the headline work with half of all rows on one key, and a single key with 20M events in one window.

    python benchmarks/hot.py [--scale 1] [--only NAME ...] [--check] [--readme FILE]

ropeway is to take no more than 1.4 times as long as with uniform keys. Spark makes 8 partitions at scale 1.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # started as a file, Python looks in its folder only

from benchmarks import data, headline, program, report
from benchmarks.data import SINGLE
from benchmarks.measure import GIB, Measured
from benchmarks.peers import PEERS, Peer
from benchmarks.program import CHECK_STEP

GOAL = 1.4
_NAMES = ("ropeway_local", "polars_rolling", "polars_join", "ropeway_spark", "spark_frames")
HOT_PEERS = tuple(replace(peer, variants=("uniform", "hot")) for peer in PEERS if peer.name in _NAMES)
CHECK_SCALE = 0.0005  # 2,500 events and 250 queries of the hot key


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _arguments(arguments)
    peers = [peer for peer in HOT_PEERS if not asked.only or peer.name in asked.only]
    alone = [peer for peer in peers if not peer.beside or peer.name == "polars_rolling"]  # who can, on a single key
    program.warn_if_busy()
    limit = program.check_limit(asked)
    headline.check(data.make("hot", CHECK_SCALE, step=CHECK_STEP), "hot", peers, asked.threads, limit)
    headline.check(data.make_single(CHECK_SCALE, step=CHECK_STEP), "hot", alone, asked.threads, limit)
    if asked.check:
        return 0
    uniform = program.timed("hot uniform", peers, data.make("uniform", asked.scale), asked)
    hot = program.timed("hot hot", peers, data.make("hot", asked.scale), asked)
    single = program.timed("hot single", alone, data.make_single(asked.scale), asked, **program.settings(asked))
    parts = [
        _caption(asked.scale),
        table(peers, uniform, hot),
        _single_caption(asked.scale),
        single_table({program.title(peer, asked): single.get(peer.name) for peer in alone}),
        f"The 20 features of the first table. {report.conditions(asked.threads)}",
        report.machine(),
    ]
    failed = len(uniform) < len(peers) or len(hot) < len(peers) or len(single) < len(alone)
    return program.publish("\n\n".join(parts), "hot", asked, failed=failed, whole=True)


def table(peers: Sequence[Peer], uniform: Mapping[str, Measured], hot: Mapping[str, Measured]) -> str:
    """Each runner on uniform keys and on a hot one."""
    head = ["", "uniform", "peak memory", "hot", "hot / uniform", "CPU", "peak memory"]
    rows = []
    for peer in peers:
        if peer.name in uniform and peer.name in hot:
            one, other = uniform[peer.name], hot[peer.name]
            figures = [report.wall(other), report.times(other, one), report.cpu(other), report.peak(other)]
            rows.append([peer.title, report.wall(one), report.peak(one), *figures])
    return report.markdown(head, rows)


def single_table(single: Mapping[str, Measured | None]) -> str:
    """Who can do the work on a single key."""
    head = ["", "wall", "CPU", "peak memory", "largest Python worker"]
    rows = []
    for title, one in single.items():
        if one is not None:
            worker = f"{one.worker / GIB:.2f} GiB" if one.worker else ""
            rows.append([title, report.wall(one), report.cpu(one), report.peak(one), worker])
    return report.markdown(head, rows)


def _caption(scale: float) -> str:
    events, queries, keys = data.sizes(scale)
    return (
        f"**{events:,} events, {queries:,} queries, {keys:,} keys: half of the events and half of the queries on one "
        f"key, the rest uniform; beside uniform keys, in one run.** The goal is at most {GOAL} times the uniform time."
    )


def _single_caption(scale: float) -> str:
    events, queries = (round(size * scale) for size in SINGLE)
    return (
        f"**One key: {events:,} events in 30 days, {queries:,} queries in the last of them, so the longest window "
        f"holds nearly all.** The largest Python worker is the task of Spark that holds the most."
    )


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = program.parser("Hot keys, beside uniform ones.", _NAMES, seconds=120.0)
    program.memory_limit(parser, "with the single key")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
