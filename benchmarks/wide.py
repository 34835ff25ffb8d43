"""Realistic width: 200 features of 5 sources and 4 entities, with strings, nulls, late rows and ties, beside peers.

    python benchmarks/wide.py [--scale 1] [--only NAME ...] [--check] [--readme FILE]

All runners first answer small data, and their answers are compared; then each is timed, as a whole and part by part.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # started as a file, Python looks in its folder only

from benchmarks import compare, measure, program, report
from benchmarks.compare import Question
from benchmarks.measure import Limit, Measured
from benchmarks.peers import Peer
from benchmarks.program import CHECK_STEP
from benchmarks.tables import Data, rows_of
from benchmarks.width import WIDE_PEERS, data
from benchmarks.width.features import ALL_PARTS, FEATURES, ROUNDED

CHECK_SCALE = 0.005
SAMPLE = 50
_NAMES = [peer.name for peer in WIDE_PEERS]
_ROUNDED = frozenset(one.name for part in ALL_PARTS for one in part.features if one.aggregate in ROUNDED)


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _arguments(arguments)
    peers = [peer for peer in WIDE_PEERS if not asked.only or peer.name in asked.only]
    program.warn_if_busy()
    check(data.make(CHECK_SCALE, step=CHECK_STEP), peers, asked.threads, program.check_limit(asked))
    if asked.check:
        return 0
    results = program.timed("wide", peers, data.make(asked.scale), asked)
    text = "\n\n".join([
        _caption(asked.scale), report.table(peers, results), _stages(results),
        "Each part of the work alone:", parts_table(peers, results, asked.scale), _method(asked.threads),
        report.machine(),
    ])  # fmt: skip
    return program.publish(text, "wide", asked, failed=len(results) < len(peers), whole=True)


def check(small: Data, peers: Sequence[Peer], threads: int, limit: Limit) -> None:
    """Raises `DisagreementError` unless all answer alike, and ropeway as the oracle does."""
    answers = {}
    for peer in peers:
        print(f"check wide: {peer.name}", flush=True)
        answers[peer.name] = measure.answers(peer.module, small, threads, limit)
    compare.agree(answers, FEATURES, _ROUNDED.__contains__)
    if "ropeway_local" in answers:
        compare.agree_with_oracle(answers["ropeway_local"], small.queries, questions(small), SAMPLE)
    print(f"check wide: {len(answers)} runners agree in {len(FEATURES)} features of {rows_of(small.queries):,} queries")


def questions(small: Data) -> list[Question]:
    """The features as the oracle is asked for them."""
    return [
        Question(
            small.folder / part.source,
            part.keys,
            part.wanted(),
            "time" if part.timed else None,
            "known" if part.late else None,
            ("seq",) if part.timed else (),
        )
        for part in ALL_PARTS
    ]


def parts_table(peers: Sequence[Peer], results: Mapping[str, Measured], scale: float) -> str:
    """Seconds of each runner for each part of the work."""
    able = [peer for peer in peers if peer.name in results and results[peer.name].parts]
    head = ["source", "key", "late", "features", "events", *(peer.title for peer in able)]
    rows = []
    for part in ALL_PARTS:
        late = "yes" if part.late else ""
        seconds = [f"{results[peer.name].parts[part.name]:.2f} s" for peer in able]
        size = f"{data.sizes(scale)[part.source]:,}"
        rows.append([part.source, ", ".join(part.keys), late, str(len(part.features)), size, *seconds])
    return report.markdown(head, rows, left=3)


def _stages(results: Mapping[str, Measured]) -> str:
    local = results.get("ropeway_local")
    return f"Where the time goes, locally: {report.seconds(local.stages)}." if local else ""


def _caption(scale: float) -> str:
    sizes = data.sizes(scale)
    events = sum(sizes[name] for name in ("visits", "orders", "prices", "deliveries"))
    return (
        f"**{len(FEATURES)} features for {sizes['queries']:,} rows, from {events:,} events of four sources and a "
        "static table; keys of integers, strings, and one of both.**"
    )


def _method(threads: int) -> str:
    return (
        "Counts, sums, means, deviations, extremes, first and last over 1, 7, 30 and 90 days, some of them filtered, "
        "last values over all history, strings too, ties by a column; a tenth of the values are null. Of late sources "
        "a row counts from when it became known, in another order than it happened. Peers do each part by what was "
        f"the fastest of the ways tried. {report.conditions(threads)} Before this, all answers were compared on "
        "smaller data, and those of ropeway with a naive loop, in every bit."
    )


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    return program.parser("Many features of many sources, beside peers.", _NAMES, seconds=900.0).parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
