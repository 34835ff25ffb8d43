"""The headline data: events and queries in Parquet files.

Both are in no order, neither by key nor by time, so that no runner finds half of its work done. Nothing is null.

    events    key int64, time timestamp[us, UTC], value float64
    queries   id int64 (its number), key, time

How keys are drawn is the variant: `uniform`; `zipf`, by Zipf's law; `hot`, where one key has half of all events and
of all queries, and the rest is uniform.
"""

from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.tables import DAY, HOME, Data, instants, staged, write

Variant = Literal["uniform", "zipf", "hot"]
VARIANTS: tuple[Variant, ...] = get_args(Variant)

EVENTS, QUERIES, KEYS = 10_000_000, 1_000_000, 100_000  # at scale 1
EXPONENT = 1.3  # of the Zipf law: the first key has a quarter of all rows
SHARE = 0.5  # of the hot key
SINGLE = 20_000_000, 200_000  # events and queries of the single key, at scale 1
MICROSECONDS = {"1h": DAY // 24, "1d": DAY, "7d": 7 * DAY, "30d": 30 * DAY}
WINDOWS = tuple(MICROSECONDS)
AGGREGATES = ("count", "sum", "mean", "min", "max")
FEATURES = tuple(f"{aggregate}_{window}" for window in WINDOWS for aggregate in AGGREGATES)

_Numbers = npt.NDArray[np.int64]
_VALUES = 50.0, 20.0  # the mean and the deviation
_DAYS = 90
_FILES = {"events": 8, "queries": 2}


def sizes(scale: float) -> tuple[int, int, int]:
    """Events, queries and keys.

    >>> sizes(0.001)
    (10000, 1000, 100)
    """
    events, queries, keys = (max(1, round(size * scale)) for size in (EVENTS, QUERIES, KEYS))
    return events, queries, keys


def make(variant: Variant, scale: float, *, step: int = 1, home: Path = HOME) -> Data:
    """The data, written if it is not there. Times are whole multiples of `step` microseconds: a coarse step makes
    ties, and rows that lie exactly on the edges of windows."""
    events, queries, keys = sizes(scale)
    data = Data(home / f"{variant}-{events}-{queries}-{keys}-{step}")

    def rows(random: np.random.Generator, size: int) -> dict[str, pa.Array]:
        return {
            "key": _spread(_ranks(random, size, keys, variant)),
            "time": instants(random, size, 0, _DAYS * DAY, step),
        }

    def happened(random: np.random.Generator, numbers: _Numbers) -> pa.Table:
        return pa.table({**rows(random, len(numbers)), "value": random.normal(*_VALUES, len(numbers))})

    def asked(random: np.random.Generator, numbers: _Numbers) -> pa.Table:
        return pa.table({"id": numbers, **rows(random, len(numbers))})

    if not data.folder.exists():
        with staged(data.folder) as stage:
            write(stage / "events", events, _FILES["events"], happened)
            write(stage / "queries", queries, _FILES["queries"], asked, salt=1)
    return data


def make_single(scale: float, *, step: int = 1, home: Path = HOME) -> Data:
    """One key, whose events fill 30 days; the queries ask in the last of them, so the longest window holds nearly
    all events."""
    events, queries = (max(1, round(size * scale)) for size in SINGLE)
    data = Data(home / f"single-{events}-{queries}-{step}")

    def happened(random: np.random.Generator, numbers: _Numbers) -> pa.Table:
        times = instants(random, len(numbers), 0, 30 * DAY, step)
        return pa.table({"key": _spread(0 * numbers), "time": times, "value": random.normal(*_VALUES, len(numbers))})

    def asked(random: np.random.Generator, numbers: _Numbers) -> pa.Table:
        times = instants(random, len(numbers), 29, DAY, step)
        return pa.table({"id": numbers, "key": _spread(0 * numbers), "time": times})

    if not data.folder.exists():
        with staged(data.folder) as stage:
            write(stage / "events", events, _FILES["events"], happened)
            write(stage / "queries", queries, _FILES["queries"], asked, salt=1)
    return data


def _ranks(random: np.random.Generator, size: int, keys: int, variant: Variant) -> _Numbers:
    if variant == "zipf":
        weights = np.arange(1, keys + 1, dtype=np.float64) ** -EXPONENT
        return np.searchsorted(np.cumsum(weights) / weights.sum(), random.random(size), side="right")
    ranks = random.integers(0, keys, size)
    return np.where(random.random(size) < SHARE, 0, ranks) if variant == "hot" else ranks


def _spread(ranks: _Numbers) -> pa.Array:
    """Over all int64 of one sign, as hashed ids are: dense numbers would spare a runner its hash table."""
    spread = (ranks.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(1)
    return pa.array(spread.astype(np.int64))
