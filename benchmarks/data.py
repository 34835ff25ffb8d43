"""The headline data: events and queries in Parquet files, the same bytes at each run, made once and reused.

Both are in no order, neither by key nor by time, so that no runner finds half of its work done. Nothing is null.

    events    key int64, time timestamp[us, UTC], value float64
    queries   id int64 (its number), key, time
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parent.parent
Variant = Literal["uniform", "zipf"]
VARIANTS: tuple[Variant, ...] = get_args(Variant)

EVENTS, QUERIES, KEYS = 10_000_000, 1_000_000, 100_000  # at scale 1
EXPONENT = 1.3  # of the Zipf law: the first key has a quarter of all rows
MICROSECONDS = {"1h": 3_600_000_000, "1d": 86_400_000_000, "7d": 604_800_000_000, "30d": 2_592_000_000_000}
WINDOWS = tuple(MICROSECONDS)
AGGREGATES = ("count", "sum", "mean", "min", "max")
FEATURES = tuple(f"{aggregate}_{window}" for window in WINDOWS for aggregate in AGGREGATES)

_SPAN = 90 * MICROSECONDS["1d"]
_BEGIN = 1_704_067_200_000_000  # 2024-01-01
_FILES = {"events": 8, "queries": 2}
_ROW_GROUP = 262_144


@dataclass(frozen=True)
class Data:
    """A folder with the Parquet folders `events` and `queries`."""

    folder: Path

    @property
    def events(self) -> Path:
        return self.folder / "events"

    @property
    def queries(self) -> Path:
        return self.folder / "queries"


def sizes(scale: float) -> tuple[int, int, int]:
    """Events, queries and keys.

    >>> sizes(0.001)
    (10000, 1000, 100)
    """
    events, queries, keys = (max(1, round(size * scale)) for size in (EVENTS, QUERIES, KEYS))
    return events, queries, keys


def make(variant: Variant, scale: float, *, step: int = 1, home: Path = ROOT / "data" / "bench") -> Data:
    """The data, written if it is not there. Times are whole multiples of `step` microseconds: a coarse step makes
    ties, and rows that lie exactly on the edges of windows."""
    events, queries, keys = sizes(scale)
    data = Data(home / f"{variant}-{events}-{queries}-{keys}-{step}")
    if not data.folder.exists():
        staged = data.folder.with_suffix(".staged")
        shutil.rmtree(staged, ignore_errors=True)
        random = np.random.default_rng(20_240_101)
        times = [_times(random, size, step) for size in (events, queries)]
        chosen = [_keys(random, size, keys, variant) for size in (events, queries)]
        values = random.normal(50.0, 20.0, events)
        _write(pa.table({"key": chosen[0], "time": times[0], "value": values}), staged / "events")
        _write(pa.table({"id": np.arange(queries), "key": chosen[1], "time": times[1]}), staged / "queries")
        staged.rename(data.folder)  # whole or not at all
    return data


def _times(random: np.random.Generator, size: int, step: int) -> pa.Array:
    times = _BEGIN + random.integers(0, _SPAN // step, size) * step
    return pa.array(times).cast(pa.timestamp("us", "UTC"))


def _keys(random: np.random.Generator, size: int, keys: int, variant: Variant) -> npt.NDArray[np.int64]:
    if variant == "uniform":
        ranks = random.integers(0, keys, size)
    else:
        weights = np.arange(1, keys + 1, dtype=np.float64) ** -EXPONENT
        ranks = np.searchsorted(np.cumsum(weights) / weights.sum(), random.random(size), side="right")
    # spread over all int64 of one sign, as hashed ids are: dense numbers would spare a runner its hash table
    spread = ranks.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(1)
    return spread.astype(np.int64)


def _write(table: pa.Table, folder: Path) -> None:
    folder.mkdir(parents=True)
    files = _FILES[folder.name]
    size = -(-len(table) // files)
    for number in range(files):
        part = table.slice(number * size, size)
        pq.write_table(part, folder / f"part-{number}.parquet", row_group_size=_ROW_GROUP)


def rows_of(folder: Path) -> int:
    """How many rows the files in a folder hold."""
    return sum(pq.read_metadata(file).num_rows for file in folder.glob("*.parquet"))
