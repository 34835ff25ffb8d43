"""Parquet tables: a file, a folder of files, or folders named `column=value` above them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from ropeway.connectors import parquet_files
from ropeway.connectors.arrow_types import as_types
from ropeway.connectors.base import Capabilities, Commit, Connector, Mode, Written, check_names
from ropeway.connectors.folders import replacing
from ropeway.connectors.pieces import Piece
from ropeway.connectors.ranges import Entry
from ropeway.connectors.spark_frames import plainly, select
from ropeway.connectors.spark_types import arrow_schema
from ropeway.connectors.streams import Rows, as_stored, row_groups
from ropeway.transforms.errors import CapabilityError, TableError, TableExistsError, TableNotFoundError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from ropeway.connectors.address import Address

#: beside the files of a table that ropeway wrote; readers skip names that begin with an underscore
COMMIT = "_ropeway.json"


class ParquetConnector(Connector):
    """`parquet:PATH`. A write is a folder made beside the table and renamed; adding to one would show halves.

    >>> from ropeway.connectors.table import connector_of
    >>> connector, address = connector_of("parquet:data/nothing_here")
    >>> connector.exists(address), connector.capabilities.append
    (False, False)
    """

    scheme: ClassVar[str] = "parquet"
    capabilities: ClassVar[Capabilities] = Capabilities(write=True, overwrite=True, transactions=True)

    def _exists(self, address: Address, spark: SparkSession | None) -> bool:
        try:
            self._schema(address, spark)
        except TableNotFoundError:
            return False
        return True

    def _schema(self, address: Address, spark: SparkSession | None) -> pa.Schema:
        if spark is not None:
            return arrow_schema(_on_spark(address, spark).schema, str(address))
        with _plainly(address):
            return parquet_files.find(address).schema

    def _rows(self, address: Address, spark: SparkSession | None) -> int | None:
        if spark is not None:
            return _on_spark(address, spark).count()  # Spark reads no more than footers for it
        with _plainly(address):
            return int(parquet_files.find(address).dataset.count_rows())

    def _scan(self, address: Address, columns: Sequence[str], spark: SparkSession | None) -> Any:
        if spark is not None:
            return select(_on_spark(address, spark), columns, str(address))
        with _plainly(address):
            files = parquet_files.find(address)
            check_names(files.schema.names, columns, str(address))
            read = files.dataset.to_table(columns=list(columns))
        return as_types(read, pa.schema([files.schema.field(name) for name in columns]), str(address))

    def _pieces(self, address: Address, columns: Sequence[str]) -> list[Piece]:
        with _plainly(address):
            files = parquet_files.find(address)
            check_names(files.schema.names, columns, str(address))
            wanted = pa.schema([files.schema.field(name) for name in columns])
            return [
                Piece(one, wanted.names, wanted, files.dataset.schema, str(address))
                for one in files.dataset.get_fragments()
            ]

    def _check_place(self, address: Address, there: bool) -> None:
        path = _local(address)
        others = [one for one in _files(path) if not there or one.suffix != ".parquet"]
        if others:
            raise TableExistsError(
                f"{address}: the table would take the place of {path}, which holds other files, such as "
                f"{others[0].name}; choose a path where nothing is"
            )

    def _write(self, address: Address, data: Any, mode: Mode, commit: Commit, spark: SparkSession | None) -> Written:
        path = _local(address)
        with replacing(path, may_exist=mode == "overwrite") as staged:
            if spark is None:
                staged.mkdir(parents=True)
                with as_stored(data, str(address)) as stored:
                    rows = _written(stored, staged / "part-00000.parquet")
            else:
                data.write.mode("error").parquet(f"file:{staged}")
                rows = _count(staged, address)
                (staged / "_SUCCESS").unlink(missing_ok=True)
            (staged / COMMIT).write_text(commit.text() + "\n", encoding="utf-8")
        return Written(None, rows, commit)

    def _find_run(self, address: Address, run_id: str, spark: SparkSession | None) -> Written | None:
        path = _local(address)
        try:
            commit = Commit.read((path / COMMIT).read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return None
        if commit is None or commit.run_id != run_id:
            return None
        return Written(None, _count(path, address), commit)

    def _log(self, address: Address, since: int, spark: SparkSession | None) -> list[Entry]:
        """The run that wrote what is there now."""
        path = _local(address)
        rows = self._rows(address, None)
        try:
            commit = Commit.read((path / COMMIT).read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            commit = None
        return [Entry(None, commit, rows)]


def _local(address: Address) -> Path:
    if address.local is None:
        raise CapabilityError(
            f"{address}: Parquet tables are written on this machine's file system only, where a folder can be renamed "
            f"in one step; write to delta: instead"
        )
    return address.local


def _files(path: Path) -> list[Path]:
    """The files that readers of Parquet see."""
    if not path.is_dir():
        return [path] if path.exists() else []
    return [one for one in sorted(path.rglob("*")) if one.is_file() and not one.name.startswith(("_", "."))]


def _written(rows: Rows, file: Path) -> int:
    """How many rows were written; those of a reader some row groups at a time."""
    if isinstance(rows, pa.Table):
        pq.write_table(rows, file)
        return len(rows)
    count = 0
    with pq.ParquetWriter(file, rows.schema) as writer:
        for table in row_groups(rows):
            writer.write_table(table, row_group_size=len(table))
            count += len(table)
    return count


def _count(path: Path, address: Address) -> int:
    if not path.is_dir():
        raise TableError(
            f"{address}: Spark wrote where this process can't see it, so the table can't be put in place; write to "
            f"delta:, which needs no renaming"
        )
    return int(parquet_files.find(address, at=path).dataset.count_rows())


def _on_spark(address: Address, spark: SparkSession) -> DataFrame:
    parquet_files.refuse_delta(address)
    with plainly(address):
        # The path is literal: without this a bracket or a star in it would be a pattern.
        frame = spark.read.option("__globPaths__", "false").parquet(address.location)
        frame.schema  # noqa: B018 - Spark Connect looks at the files no earlier
        return frame


@contextmanager
def _plainly(address: Address) -> Iterator[None]:
    try:
        yield
    except TableNotFoundError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise TableError(f"{address}: the Parquet files can't be read as one table: {error}") from error
