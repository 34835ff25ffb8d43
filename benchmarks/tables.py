"""Folders of Parquet files: the same bytes at each run, made once and reused, and never more than a file in memory."""

import math
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parent.parent
VERSION = 2  # one more whenever other bytes are made, so that no older data is taken for them
HOME = ROOT / "data" / "bench" / f"v{VERSION}"

DAY = 86_400_000_000  # microseconds
BEGIN = 1_704_067_200_000_000  # 2024-01-01
ROWS_PER_FILE = 1_250_000  # 30 MB of three columns; 100M events are 80 files
_ROW_GROUP = 262_144
_SEED = 20_240_101


@dataclass(frozen=True)
class Data:
    """A folder with a Parquet folder for each table; `events` and `queries` are those of the headline."""

    folder: Path

    @property
    def events(self) -> Path:
        return self.folder / "events"

    @property
    def queries(self) -> Path:
        return self.folder / "queries"


def rows_of(folder: Path) -> int:
    """How many rows the files in a folder hold."""
    return sum(pq.read_metadata(file).num_rows for file in folder.glob("*.parquet"))


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """A new folder to write into, which is `folder` at the end: whole or not at all."""
    stage = folder.with_name(folder.name + ".staged")
    shutil.rmtree(stage, ignore_errors=True)
    yield stage
    stage.rename(folder)


def write(
    folder: Path,
    rows: int,
    least: int,
    part: Callable[[np.random.Generator, npt.NDArray[np.int64]], pa.Table],
    salt: int = 0,
) -> None:
    """Files of about equal size, `least` or more; `part(random, numbers)` makes the rows of one.

    Each file has its own random numbers, by `salt` and its number, so no file waits for another.
    """
    folder.mkdir(parents=True)
    files = max(least, math.ceil(rows / ROWS_PER_FILE))
    size = math.ceil(rows / files)
    for number in range(files):
        numbers = np.arange(min(number * size, rows), min(number * size + size, rows))
        table = part(np.random.default_rng([_SEED, salt, number]), numbers)
        pq.write_table(table, folder / f"part-{number}.parquet", row_group_size=_ROW_GROUP)


def instants(random: np.random.Generator, size: int, begin: int, span: int, step: int) -> pa.Array:
    """Times from `begin` (a day) on, over `span` microseconds, in whole multiples of `step`."""
    return stamps(BEGIN + begin * DAY + random.integers(0, span // step, size) * step)


def stamps(micros: npt.NDArray[np.int64]) -> pa.Array:
    """Microseconds as timestamps in UTC."""
    return pa.array(micros).cast(pa.timestamp("us", "UTC"))
