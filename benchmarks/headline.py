"""The headline benchmark: 20 exact point-in-time features for 1M queries over 10M events, beside its peers.

    python benchmarks/headline.py [--scale 1] [--variant uniform|zipf|both] [--only NAME ...] [--check] [--readme FILE]

All runners first answer small data, and their answers are compared; then each is timed. The table goes between its
marks in the README, all figures into benchmarks/results/.
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # started as a file, Python looks in its folder only

from benchmarks import compare, data, definition, measure, program, report
from benchmarks.compare import Question
from benchmarks.data import AGGREGATES, EXPONENT, FEATURES, MICROSECONDS, WINDOWS, Variant
from benchmarks.measure import Limit, Measured
from benchmarks.peers import PEERS, Peer
from benchmarks.program import CHECK_STEP
from benchmarks.tables import Data, rows_of
from tests.oracle import Wanted

CHECK_SCALE = 0.002
SAMPLE = 100
EVEN: tuple[Variant, ...] = ("uniform", "zipf")


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _arguments(arguments)
    peers = [peer for peer in PEERS if not asked.only or peer.name in asked.only]
    variants = EVEN if asked.variant == "both" else (asked.variant,)
    program.warn_if_busy()
    limit = program.check_limit(asked)
    for variant in variants:
        check(data.make(variant, CHECK_SCALE, step=CHECK_STEP), variant, peers, asked.threads, limit)
    if asked.check:
        return 0
    kernels = _kernels(asked.threads, limit) if any(peer.name == "ropeway_local" for peer in peers) else None
    parts, failed = [], False
    for variant in variants:
        able = [peer for peer in peers if variant in peer.variants]
        results = program.timed(f"headline {variant}", able, data.make(variant, asked.scale), asked)
        failed |= len(results) < len(able)
        parts.append("\n\n".join([_caption(variant, asked.scale), report.table(peers, results), stages(results)]))
    text = "\n\n".join([*map(str.strip, parts), _method(asked.threads, kernels)])
    return program.publish(text, "benchmark", asked, failed=failed, whole=asked.variant == "both")


def check(small: Data, variant: Variant, peers: Sequence[Peer], threads: int, limit: Limit) -> None:
    """Raises `DisagreementError` unless all answer alike, and ropeway as the oracle does."""
    answers = {}
    for peer in peers:
        if peer.answers and variant in peer.variants:
            print(f"check {variant}: {peer.name}", flush=True)
            answers[peer.name] = definition.plainly_named(measure.answers(peer.module, small, threads, limit))
    compare.agree(answers, FEATURES, lambda feature: feature.startswith(("sum", "mean")))
    if "ropeway_local" in answers:
        compare.agree_with_oracle(answers["ropeway_local"], small.queries, [question(small)], SAMPLE)
    compared = f"{len(FEATURES)} features of {rows_of(small.queries):,} queries"
    print(f"check {variant}: {len(answers)} runners agree in {compared}")


def question(small: Data) -> Question:
    """The features as the oracle is asked for them."""
    wanted = {
        f"{aggregate}_{window}": Wanted(aggregate, "value", MICROSECONDS[window])
        for window in WINDOWS
        for aggregate in AGGREGATES
    }
    return Question(small.events, ("key",), wanted)


def stages(results: Mapping[str, Measured]) -> str:
    """Where the time goes, as far as it was measured."""
    lines = []
    if local := results.get("ropeway_local"):
        lines.append(f"Where the time goes, locally: {report.seconds(local.stages)}.")
    if floor := results.get("spark_floor"):
        lines.append(f"Spark's shuffle of rows, which computes nothing: {report.seconds(floor.stages)}.")
    return " ".join(lines)


def _caption(variant: Variant, scale: float) -> str:
    """What the table under it is about."""
    events, queries, keys = data.sizes(scale)
    kind = "uniform keys" if variant == "uniform" else f"keys by Zipf's law, exponent {EXPONENT}"
    left_out = [peer.title for peer in PEERS if variant not in peer.variants]
    why = f" Left out: {', '.join(left_out)}, which make all pairs of a key's events and queries." if left_out else ""
    return f"**{events:,} events, {queries:,} queries, {keys:,} keys: {kind}.**{why}"


def _method(threads: int, kernels: tuple[float, float] | None) -> str:
    """What was measured, and on what."""
    parts = [
        "20 features: count, sum, mean, min and max over the 1 h, 1 d, 7 d and 30 d before each query, `[t-w, t)`, of",
        "one float64 value without nulls; from Parquet files in no order. On one machine the answers stand in memory",
        "in the order of the queries; on Spark all go to its `noop` format.",
        report.conditions(threads),
        "Before this, all answers were compared on smaller data: with a naive loop, with each other, and those of",
        "ropeway's two engines in every bit; the others' running sums differ from the exact ones in the last digits.",
    ]
    if kernels is not None:
        cold, warm = kernels
        parts += [
            f"ropeway's kernels were compiled before: the first backfill of a machine took {cold:.0f} s, the first of",
            f"a later process, which finds them in the cache, {warm:.1f} s.",
        ]
    return f"{' '.join(parts)}\n\n{report.machine()}"


def _kernels(threads: int, limit: Limit) -> tuple[float, float]:
    """Seconds of a first small backfill that compiles all its kernels, and of one that finds them compiled."""
    small = data.make("uniform", CHECK_SCALE, step=CHECK_STEP)
    module = PEERS[0].module
    with tempfile.TemporaryDirectory() as cache:
        cold, warm = (measure.measure(module, small, threads, limit, ROPEWAY_CACHE=cache) for _ in range(2))
    return (cold.seconds or (limit.seconds,))[0], (warm.seconds or (limit.seconds,))[0]


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = program.parser("The headline benchmark, beside its peers.", [peer.name for peer in PEERS], seconds=120.0)
    parser.add_argument("--variant", choices=[*EVEN, "both"], default="both", help="how keys are drawn")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
