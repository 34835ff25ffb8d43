"""Growth: the headline work of both engines, from Parquet files to a Parquet table, at 1M, 10M and 100M events.

    python benchmarks/growth.py [--sizes 0.1 1 10] [--memory-limit 4GiB] [--only NAME ...] [--check] [--readme FILE]

Queries are a tenth of the events, keys a hundredth. 100M events are asked for by --sizes: they take 3 GB of disk, and
a few more for answers and for what waits there. Ten times the events are to take at most twelve times as long,
and all of Spark is to stay within 8 GiB.
"""

import argparse
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # started as a file, Python looks in its folder only

import pyarrow.parquet as pq

from benchmarks import compare, data, definition, headline, measure, program, report
from benchmarks.data import FEATURES
from benchmarks.engines import HEAP
from benchmarks.measure import Limit, Measured
from benchmarks.peers import Peer
from benchmarks.program import CHECK_STEP
from benchmarks.tables import Data

GOAL, MEMORY = 12.0, 8.0  # times 10M's wall, and GiB
TABLE_PEERS = (Peer("table_local", "**ropeway, local**"), Peer("table_spark", "**ropeway, Spark**"))
CHECK_SCALE = 0.002
_USUAL = (0.1, 1.0)
_NAMES = [peer.name for peer in TABLE_PEERS]


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _arguments(arguments)
    peers = [peer for peer in TABLE_PEERS if not asked.only or peer.name in asked.only]
    program.warn_if_busy()
    small = data.make("uniform", CHECK_SCALE, step=CHECK_STEP)
    check(small, peers, asked.threads, program.check_limit(asked), **program.settings(asked))
    if asked.check:
        return 0
    results: dict[int, dict[str, Measured]] = {}
    for size in asked.sizes:
        made = data.make("uniform", size * asked.scale)
        events, _, _ = data.sizes(size * asked.scale)
        try:
            results[events] = program.timed(f"growth {size:g}", peers, made, asked, **program.settings(asked))
        finally:
            _clean(made)
    failed = any(len(one) < len(peers) for one in results.values())
    beside = data.sizes(asked.scale)[0]
    shown = table({peer.name: program.title(peer, asked) for peer in peers}, results, beside)
    text = "\n\n".join([_caption(beside), shown, _method(asked), report.machine()])
    return program.publish(text, "growth", asked, failed=failed, whole=1.0 in asked.sizes)


def check(small: Data, peers: Sequence[Peer], threads: int, limit: Limit, **settings: str) -> None:
    """Raises `DisagreementError` unless both engines write the same, as the oracle has it, in every bit."""
    written = {}
    try:
        for peer in peers:
            print(f"check growth: {peer.name}", flush=True)
            measure.measure(peer.module, small, threads, limit, **settings)
            found = pq.read_table(small.folder / _answers(peer)).sort_by("id")
            written[peer.name] = definition.plainly_named(found)
    finally:
        _clean(small)
    compare.agree(written, FEATURES, lambda _: False)
    for found in written.values():
        compare.agree_with_oracle(found, small.queries, [headline.question(small)], headline.SAMPLE)
    print(f"check growth: {len(written)} tables agree")


def table(titles: Mapping[str, str], results: Mapping[int, Mapping[str, Measured]], beside: int) -> str:
    """Each engine at each size, beside its own time with as many events as `beside` says."""
    head = ["", "events", "wall", f"x of {beside:,}", "CPU", "peak memory"]
    rows = []
    for name, title in titles.items():
        for events, measured in sorted(results.items()):
            if one := measured.get(name):
                usual = results.get(beside, {}).get(name)
                ratio = "" if usual is None else "1" if events == beside else report.times(one, usual)
                rows.append([title, f"{events:,}", report.wall(one), ratio, report.cpu(one), report.peak(one)])
    return report.markdown(head, rows)


def _caption(beside: int) -> str:
    return (
        f"**From Parquet files to a Parquet table, Spark with a heap of {HEAP}; queries are a tenth of the events, "
        f"keys a hundredth.** The goals: ten times {beside:,} events in at most {GOAL:.0f} times the time, all "
        f"processes together within {MEMORY:.0f} GiB."
    )


def _method(asked: argparse.Namespace) -> str:
    return f"The 20 features of the first table. {report.conditions(asked.threads)}"


def _clean(made: Data) -> None:
    """Takes away the answers, which are as large as the events."""
    for peer in TABLE_PEERS:
        shutil.rmtree(made.folder / _answers(peer), ignore_errors=True)


def _answers(peer: Peer) -> str:
    return peer.name.replace("table", "answers")


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = program.parser("How time and memory grow with the data.", _NAMES, seconds=1800.0)
    parser.add_argument("--sizes", type=float, nargs="+", default=_USUAL, help="in 10M events; 10 is 100M")
    program.memory_limit(parser, "at all sizes", usual="4GiB")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
