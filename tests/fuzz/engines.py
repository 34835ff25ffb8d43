"""The engines that answer cases, and what is set for each: one table for running and for printing."""

import logging
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.fuzz import peers
from tests.fuzz.case import Case
from tests.fuzz.kinds import KINDS
from tests.fuzz.slices import in_slices

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


_log = logging.getLogger("ropeway")


def _any_case(case: Case) -> bool:
    return True


def _in_tables(case: Case) -> bool:
    """Whether tables outside of this process, and Spark, have all the columns."""
    tables = [*case.tables.values(), case.rows]
    return all(KINDS[column.kind].on_spark for table in tables for column in table.columns.values())


def _in_files_of_spark(case: Case) -> bool:
    """Spark refuses Parquet files with nanoseconds or floats of 16 bits, whatever columns are wanted."""
    columns = [column for table in case.tables.values() for column in table.columns.values()]
    return _in_tables(case) and all(column.kind not in ("stamp_ns", "float16") for column in columns)


@dataclass(frozen=True)
class Engine:
    """How a case is answered.

    environment, constants: what is set meanwhile; constants are lowered so that small tables take the ways of large
        ones, and are named in full, such as "ropeway.batch.sizes.FEWEST_ROWS".
    function, options: what is called, as code. `spark` is the session.
    stored: the tables are Parquet files.
    shuffled: rows come in another order and in chunks.
    every: only one in so many cases, for what is slow.
    peer: another library, which answers some outputs, and floats not to the last bit.
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, int] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    function: str = "rw.backfill"
    stored: bool = False
    shuffled: bool = False
    every: int = 1
    suits: Callable[[Case], bool] = _any_case
    peer: Callable[[Case], list[tuple[peers.Output, list[Any]]]] | None = None

    @property
    def on_spark(self) -> bool:
        """Whether a session is needed."""
        return "spark=spark" in self.options

    def answer(self, case: Case, spark: "SparkSession | None" = None) -> pa.Table:
        """The rows of the case with their features; raises what the backfill raises."""
        tables: dict[str, Any] = {name: table.arrow() for name, table in case.tables.items()}
        with self._set(), tempfile.TemporaryDirectory() as folder:
            if self.stored:
                for name, table in tables.items():
                    pq.write_table(table, Path(folder, f"{name}.parquet"), row_group_size=7)
                tables = {name: f"parquet:{folder}/{name}.parquet" for name in tables}
            return case.run(tables, self.function, *self.options, spark=spark, in_slices=in_slices)

    def setup(self, case: Case) -> Iterator[str]:
        """The code of a test that does the same."""
        for name, text in self.environment.items():
            yield f'monkeypatch.setenv("{name}", "{text}")'
        for name, value in self.constants.items():
            yield f'monkeypatch.setattr("{name}", {value})'
        yield f"rows = {case.rows.text()}"
        for name, table in case.tables.items():
            yield f"{name} = {table.text()}"
            if self.stored:
                yield f'pq.write_table({name}, tmp_path / "{name}.parquet", row_group_size=7)'
                yield f'{name} = f"parquet:{{tmp_path}}/{name}.parquet"'

    @contextmanager
    def _set(self) -> Iterator[None]:
        was = {name: os.environ.get(name) for name in self.environment}
        homes = {name: import_module(name.rpartition(".")[0]) for name in self.constants}
        values = {name: getattr(home, name.rpartition(".")[2]) for name, home in homes.items()}
        level = _log.level
        _log.setLevel(logging.ERROR)  # deletions of rows that are not there
        os.environ.update(self.environment)
        for name, home in homes.items():
            setattr(home, name.rpartition(".")[2], self.constants[name])
        try:
            yield
        finally:
            _log.setLevel(level)
            for name, text in was.items():
                os.environ.pop(name, None)
                if text is not None:
                    os.environ[name] = text
            for name, home in homes.items():
                setattr(home, name.rpartition(".")[2], values[name])


def _threads(n: int) -> dict[str, str]:
    return {"ROPEWAY_THREADS": str(n)}


_ON_SPARK = ("spark=spark",)

#: parts of a few rows, and keys of more than a few cut into time slices
_SMALL_PARTS = {
    "ropeway.batch.sizes.ROWS_PER_PARTITION": 40,
    "ropeway.batch.sizes.FEWEST_ROWS": 10,
    "ropeway.batch.parts.SEEN": 2,
}

#: rows that wait on disk for their turn, a few at a time
_LITTLE_MEMORY = {"ropeway.batch.memory.MOST_ROWS": 12, "ropeway.batch.memory.BLOCK_ROWS": 7}

#: keys of more than a few rows in many tiles
_SMALL_TILES = {
    "ropeway.transforms.tiles.ROWS": 12,
    "ropeway.transforms.tiles.FEWEST": 4,
    "ropeway.transforms.tiles.WHOLE": 1,
}

#: the first answers every case; constants that executors read themselves can't be lowered for Spark, only the driver's
ENGINES: dict[str, Engine] = {
    "local on 1 thread": Engine(_threads(1)),
    "local on 2 threads": Engine(_threads(2), _SMALL_TILES, shuffled=True, every=2),
    "local on 5 threads": Engine(_threads(5), shuffled=True, every=4),
    "local in slices": Engine(
        _threads(1), {"ropeway.batch.parts.SEEN": 2, **_SMALL_TILES}, function="in_slices", every=3
    ),
    "local in little memory": Engine(_threads(2), _LITTLE_MEMORY, ('memory_limit="512MiB"',), shuffled=True, every=4),
    "local in little memory from Parquet": Engine(
        _threads(1), _LITTLE_MEMORY, ('memory_limit="512MiB"',), stored=True, suits=_in_tables, every=20
    ),
    "local from Parquet": Engine(_threads(2), stored=True, suits=_in_tables, every=20),
    "duckdb": Engine(peer=peers.duckdb_answers, suits=peers.suits, every=10),
    "polars": Engine(peer=peers.polars_answers, suits=peers.suits, every=10),
}

FIRST = ENGINES["local on 1 thread"]

SPARK_ENGINES: dict[str, Engine] = {
    "spark": Engine({}, {}, _ON_SPARK, suits=_in_tables),
    "spark in slices": Engine({}, _SMALL_PARTS, _ON_SPARK, shuffled=True, every=2, suits=_in_tables),
    "spark from Parquet": Engine({}, _SMALL_PARTS, _ON_SPARK, stored=True, every=3, suits=_in_files_of_spark),
}
