"""Aggregates and options, each alone, over windows that hold 100,000 rows, beside peers that have the like.

    python benchmarks/aggregates.py [--scale 1] [--only LINE ...] [--limit 60] [--check] [--readme FILE]

All runners first answer small data, and their answers are compared; then each line is timed in a process of its own.
"""

import argparse
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # started as a file, Python looks in its folder only

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks import compare, lines, measure, program, report
from benchmarks.compare import DisagreementError, Question
from benchmarks.lines import OTHERS, OURS, RUNNERS, SPARK, TOGETHER, data
from benchmarks.lines.lines import GROWING, LINES, WINDOWS, Line
from benchmarks.measure import Limit, Measured
from benchmarks.one import BRIEF, RUNS
from benchmarks.program import CHECK_STEP
from benchmarks.tables import Data, rows_of
from tests.oracle import Wanted, same
from tests.oracle import answers as naive

CHECK_SCALE = 0.002
SAMPLE = 20
#: once a peer has run for so many seconds it runs no more
_ENOUGH = 5.0
_OURS = OURS[0]
#: what the oracle does not know
_UNKNOWN = ("session_start",)


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _arguments(arguments)
    chosen = [line for line in LINES.values() if not asked.only or line.name in asked.only]
    program.warn_if_busy()
    check(
        data.make(CHECK_SCALE, step=CHECK_STEP),
        [name for name, _ in (*RUNNERS, SPARK)],
        asked.threads,
        program.check_limit(asked),
    )
    if asked.check:
        return 0
    peers = [lines.peer(line, name, **_brief(name, asked)) for line in chosen for name in lines.able(line)]
    if not asked.only:
        peers += [lines.together(*runner, **{BRIEF: str(asked.limit)}) for runner in (OURS, SPARK)]
    results = program.timed("aggregates", peers, data.make(asked.scale), asked)
    parts = [_caption(asked.scale), table(chosen, results, asked.scale)]
    if grown := growing_table(results, asked.scale):
        parts += ["Wall per event by the rows that a window holds:", grown]
    text = "\n\n".join([*parts, _method(asked), report.machine()])
    return program.publish(text, "aggregates", asked, failed=len(results) < len(peers), whole=True)


def _brief(runner: str, asked: argparse.Namespace) -> dict[str, str]:
    """ropeway runs as often as it may: its first run in a process loads its kernels."""
    return {BRIEF: str(asked.limit if runner == _OURS else _ENOUGH)}


def check(small: Data, runners: Sequence[str], threads: int, limit: Limit) -> None:
    """Raises `DisagreementError` unless ropeway answers as the oracle does, and the others as ropeway does."""
    answers = {}
    for name in runners:
        print(f"check aggregates: {name}", flush=True)
        answers[name] = measure.answers(f"benchmarks.{lines.FOLDER}.{name}", small, threads, limit)
    if _OURS not in answers:
        raise ValueError(f"All are compared with {_OURS}: it is not among {', '.join(runners)}.")
    ours = answers.pop(_OURS)
    agree_with_oracle(ours, small)
    for name, theirs in answers.items():
        agree(name, theirs, ours, small)
    print(
        f"check aggregates: {1 + len(answers)} runners agree in {len(LINES)} lines of {rows_of(small.queries):,} rows"
    )


def agree_with_oracle(ours: pa.Table, small: Data) -> None:
    """Raises `DisagreementError` unless the first answers are those of a naive loop, in all that the oracle knows."""
    compare.agree_with_oracle(ours, small.queries, _questions(small), SAMPLE)
    _agree_with_changes(ours, small)


def agree(name: str, theirs: pa.Table, ours: pa.Table, small: Data) -> None:
    """Raises `DisagreementError` unless a peer answers as ropeway does, in all lines that it can do."""
    frequencies = _Frequencies(small)
    for line in LINES.values():
        if name == SPARK[0]:
            for column in line.columns:
                if _plain(ours, column) != _plain(theirs, column):
                    raise DisagreementError(f"{column} of {name} is not that of {_OURS}")
        elif name in line.peers:
            for column, wanted in line.columns.items():
                pairs = zip(_plain(ours, column), _plain(theirs, column), strict=True)
                for query, (one, other) in enumerate(pairs):
                    tied = line.tied and None not in (one, other) and frequencies.same(wanted, query, one, other)
                    if not tied and not _near(one, other, line.within):
                        raise DisagreementError(f"{column} of {name}: query {query}: {other!r}, not {one!r} of {_OURS}")


def table(chosen: Sequence[Line], results: Mapping[str, Measured], scale: float) -> str:
    """A row per line; those of smaller windows have a table of their own."""
    head = ["", "wall", "per event", "peak memory", *OTHERS.values()]
    rows = []
    for line in chosen:
        ours = results.get(f"{line.name}.{_OURS}")
        if line.title and ours is not None:
            others = [_wall(results.get(f"{line.name}.{name}")) for name in OTHERS]
            rows.append([line.title, _wall(ours), _each(line, ours, scale), _peak(ours), *others])
    for name, title in (OURS, SPARK):
        if (whole := results.get(f"{TOGETHER}.{name}")) is not None:
            rows.append(
                [f"all of these in one backfill, {title}", _wall(whole), "", _peak(whole), *("" for _ in OTHERS)]
            )
    return report.markdown(head, rows)


def growing_table(results: Mapping[str, Measured], scale: float) -> str:
    """Nanoseconds per event by the rows of a window: a row for each aggregate and runner; "" where none was timed."""
    sizes = list(next(iter(GROWING.values())))
    rows = []
    for aggregate, by_rows in GROWING.items():
        for name, title in RUNNERS:
            found = {size: results.get(f"{line.name}.{name}") for size, line in by_rows.items()}
            if all(found.values()):
                figures = [_each(by_rows[size], one, scale) for size, one in found.items() if one is not None]
                rows.append([f"`{aggregate}`, {title}", *figures])
    return report.markdown(["", *(f"{round(size * scale):,} rows" for size in sizes)], rows) if rows else ""


def _wall(one: Measured | None) -> str:
    if one is None:
        return ""
    return f"> {one.spent:.0f} s" if one.best is None else f"{one.best:.2f} s"


def _peak(one: Measured) -> str:
    """In a unit in which the lines differ."""
    return f"{one.peak / 2**20:,.0f} MiB"


def _each(line: Line, one: Measured, scale: float) -> str:
    """The wall by the number of events."""
    events = data.sizes(scale)["changes" if line.source == "changes" else "events"]
    seconds = one.spent if one.best is None else one.best
    return f"{'> ' if one.best is None else ''}{seconds / events * 1e9:,.0f} ns"


def _questions(small: Data) -> list[Question]:
    """The features as the oracle is asked for them."""
    newest = int(_micros(pq.read_table(small.events, columns=["time"]).column("time")).max())
    wanted: dict[str, dict[str, Wanted]] = {"events": {}, "late": {}, "changes": {}}
    for line in LINES.values():
        for name, one in line.columns.items():
            if one.aggregate not in _UNKNOWN:
                wanted[line.source][name] = replace(one, complete_until=newest) if one.ahead else one
    return [
        Question(small.events, ("key",), wanted["events"]),
        Question(small.events, ("key",), wanted["late"], available="known"),
    ]


def _agree_with_changes(ours: pa.Table, small: Data) -> None:
    """The oracle is shown the rows as they were known to each of the first queries."""
    in_order = [("known", "ascending"), ("seq", "ascending")]
    changes = compare.rows(pq.read_table(small.folder / "changes").sort_by(in_order))
    queries = compare.rows(pq.read_table(small.queries).sort_by("id").slice(0, SAMPLE))
    wanted = {name: one for line in LINES.values() if line.source == "changes" for name, one in line.columns.items()}
    for query in queries:
        state = {change["row"]: change for change in changes if change["known"] < query["time"]}
        held = [change for change in state.values() if change["op"] != "delete"]
        for name, one in wanted.items():
            found = ours.column(name)[query["id"]].as_py()
            (right,) = naive(one, [query], held, keys={"key": "key"}, time="time", query_time="time")
            if not same(found, right):
                raise DisagreementError(f"{name} of query {query['id']} is {found!r}; the oracle says {right!r}")


class _Frequencies:
    """How often values are there in the windows of small data."""

    def __init__(self, small: Data) -> None:
        self._events = pq.read_table(small.events, columns=["key", "time", "code", "tags"])
        self._at = _micros(self._events.column("time"))
        self._queries = compare.rows(pq.read_table(small.queries).sort_by("id"))

    def same(self, wanted: Wanted, query: int, one: Any, other: Any) -> bool:
        """Whether two values are there equally often."""
        asked = self._queries[query]
        inside = (self._at < asked["time"]) & (self._at >= asked["time"] - (wanted.width or 0))
        inside &= np.asarray(self._events.column("key")) == asked["key"]
        held = self._events.column(wanted.column).filter(pa.array(inside))
        values = np.asarray(pc.list_flatten(held) if wanted.explode else held)
        return int((values == one).sum()) == int((values == other).sum())


def _plain(answers: pa.Table, column: str) -> list[Any]:
    """The values, times as microseconds."""
    values = answers.column(column)
    plain: list[Any] = (values.cast(pa.int64()) if pa.types.is_timestamp(values.type) else values).to_pylist()
    return plain


def _micros(times: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    return np.asarray(times.cast(pa.int64()))


def _near(one: Any, other: Any, within: float) -> bool:
    """A pair of a map may be a row of two columns."""
    other = list(other.values()) if isinstance(other, dict) else other
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(_near(*pair, within) for pair in zip(one, other, strict=True))
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=within, abs_tol=within)
    return bool(one == other)


def _caption(scale: float) -> str:
    sizes, held = data.sizes(scale), max(WINDOWS)
    return (
        f"**{sizes['events']:,} events of {data.KEYS} keys, {sizes['queries']:,} queries; each line alone, over a "
        f"window that holds {round(held * scale):,} rows of its key.**"
    )


def _method(asked: argparse.Namespace) -> str:
    return (
        "Wall per event is that of the events; a line of lists, maps or vectors also writes more. Windows are 15 days "
        "of the 30 that there are; nothing is null. Late rows: one in ten is known up to an hour after it happened. "
        "Changes: 7 in 10 insert a row, 2 update one, 1 deletes one. Where a peer has no figure it has no like, or "
        "another peer was faster. DuckDB: range frames over events and queries; as-of joins for the oldest and newest "
        "rows, `rows=`, ages and sessions. Its `mode` takes any of several that are equally frequent, and "
        "`approx_count_distinct` differs in its estimate. polars: `rolling_sum_by` and its kin. pandas: `rolling`, on "
        f"one thread. Each line and runner has a process of its own and {asked.threads} threads. Wall is the best of "
        f"{RUNS} runs in that process, of fewer of a peer when they last over {_ENOUGH:.0f} s; {asked.limit:.0f} s end "
        "it. Peak memory is the highest resident memory of that process, with Python and all that it imports. Before "
        "this, answers were compared on smaller data: those of ropeway with a naive loop, but for sessions, those of "
        "the others with ropeway's, and those of ropeway on Spark with its own on this machine, bit for bit."
    )


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    return program.parser("Aggregates and options, each alone.", list(LINES), seconds=60.0).parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
