"""Aggregates and options, a line of the table each; their data, what they ask, and who computes them.

A runner's file names its engine, one of `benchmarks.engines`, and has

    answer(session, data)    `id` and the columns of some lines, in the order of the queries

The environment names the lines in `BENCH_LINES`; without it they are all that the runner knows.
"""

import os
from collections.abc import Mapping

from benchmarks.lines.lines import LINES, Line
from benchmarks.peers import Peer

FOLDER = "lines"
#: the columns of the table, in their order: file and title
OURS, *_OTHERS = RUNNERS = (
    ("ropeway_local", "**ropeway, local**"),
    ("polars_rolling", "polars"),
    ("pandas_rolling", "pandas"),
    ("duckdb_frames", "DuckDB"),
)
OTHERS: Mapping[str, str] = dict(_OTHERS)
#: does all lines at once, and each to the bit as the first one does
SPARK = ("ropeway_spark", "**ropeway, Spark**")
TOGETHER = "together"


def asked() -> tuple[str, ...]:
    """The names of the lines that the environment asks for, or of all."""
    names = os.environ.get("BENCH_LINES")
    return tuple(names.split(",")) if names else tuple(LINES)


def able(line: Line) -> tuple[str, ...]:
    """The runners that can do a line, ropeway first."""
    return (OURS[0], *line.peers)


def peer(line: Line, runner: str, **settings: str) -> Peer:
    """One runner with one line, under the name of both."""
    named = {**settings, "BENCH_LINES": line.name}
    return Peer(f"{line.name}.{runner}", dict(RUNNERS)[runner], folder=FOLDER, file=runner, settings=named)


def together(runner: str, title: str, **settings: str) -> Peer:
    """One runner with all lines at once."""
    named = {**settings, "BENCH_LINES": ",".join(LINES)}
    return Peer(f"{TOGETHER}.{runner}", title, folder=FOLDER, file=runner, settings=named)
