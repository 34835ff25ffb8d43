"""The Parquet files of a Delta table that ropeway writes itself, on one machine and in Spark's tasks.

Their names tell the attempt that wrote them, so that what an attempt left behind is known as its own.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ropeway.connectors.arrow_types import as_types
from ropeway.connectors.spark_frames import mapped
from ropeway.transforms.errors import TableError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

#: rows of a row group, and the rows that a task gathers for one partition before it writes
ROWS_PER_GROUP = 1_000_000

_NAME = re.compile(r"\.?ropeway-([0-9a-f]{32})-(\d+)-[0-9a-f]{32}\.parquet(\.crc)?")
_TASK = "path string, size bigint, changed bigint, value string, rows bigint"


@dataclass(frozen=True)
class DataFile:
    """A file by its path below the table, the value of its partition, and its time in ms, as the log writes them."""

    path: str
    size: int
    changed: int
    value: str
    rows: int

    def stats(self) -> str:
        """What the log says of the file's content."""
        return json.dumps({"numRecords": self.rows})


@dataclass(frozen=True)
class Place:
    """Where an attempt writes, and what: `schema` holds the columns of the files, `partition` the one that is in none.

    `base` is the version of the table that the attempt began upon. Pickled to executors, which have to see the same
    folder.
    """

    root: str
    attempt: str
    base: int
    schema: pa.Schema
    partition: str

    def write(self, table: pa.Table) -> list[DataFile]:
        """One file for each partition of the rows."""
        with _Files(self) as files:
            files.add(table)
        return files.written

    def write_on_spark(self, frame: DataFrame) -> list[DataFile]:
        """The same, by tasks; a job."""
        rows = mapped(frame, partial(_write, self), _TASK).collect()
        return [DataFile(row.path, row.size, row.changed, row.value, row.rows) for row in rows]

    def remove(self, kept: Iterable[str] = ()) -> None:
        """Take away all files of this attempt but those with these paths."""
        keep = set(kept)
        for file in attempts(Path(self.root)):
            if file.attempt == self.attempt and file.path not in keep:
                Path(self.root, file.path).unlink(missing_ok=True)


@dataclass(frozen=True)
class Found:
    """A file that bears the name of an attempt: its path below the table, the attempt, and what that began upon."""

    path: str
    attempt: str
    base: int

    @property
    def value(self) -> str:
        """That of its partition."""
        return self.path.split("/")[0].partition("=")[2]


def attempts(root: Path) -> Iterator[Found]:
    """The files below a table that bear the name of an attempt."""
    for folder in sorted(root.glob("*=*")):
        for file in sorted(folder.iterdir()):
            named = _NAME.fullmatch(file.name)
            if named:
                yield Found(f"{folder.name}/{file.name}", named[1], int(named[2]))


class _Files:
    """Files that are being written, one per partition."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._open: dict[str, tuple[Path, pq.ParquetWriter]] = {}
        self._waiting: dict[str, list[pa.Table]] = {}
        self._rows: dict[str, int] = {}
        self.written: list[DataFile] = []

    def __enter__(self) -> _Files:
        return self

    def add(self, table: pa.Table) -> None:
        """Rows of any partitions."""
        if not len(table):
            return
        data = as_types(table.select(self._place.schema.names), self._place.schema, "the rows to write")
        values = table.column(self._place.partition).combine_chunks().dictionary_encode()
        codes = np.asarray(values.indices)
        if (np.diff(codes) < 0).any():
            order = np.argsort(codes, kind="stable")
            data, codes = data.take(pa.array(order)), codes[order]
        begins = np.flatnonzero(np.diff(codes, prepend=-1)).tolist()
        for begin, end in zip(begins, [*begins[1:], len(codes)], strict=True):
            key = str(values.dictionary[int(codes[begin])].as_py())
            self._waiting.setdefault(key, []).append(data.slice(begin, end - begin))
            self._rows[key] = self._rows.get(key, 0) + end - begin
            if sum(map(len, self._waiting[key])) >= ROWS_PER_GROUP:
                self._flush(key)

    def _flush(self, key: str) -> None:
        if key not in self._open:
            folder = Path(self._place.root, f"{self._place.partition}={key}")
            folder.mkdir(exist_ok=True)
            path = folder / f"ropeway-{self._place.attempt}-{self._place.base}-{uuid.uuid4().hex}.parquet"
            self._open[key] = (path, pq.ParquetWriter(path, self._place.schema))
        self._open[key][1].write_table(pa.concat_tables(self._waiting.pop(key)), row_group_size=ROWS_PER_GROUP)

    def _close(self, key: str) -> None:
        if key in self._waiting:
            self._flush(key)
        path, writer = self._open.pop(key)
        writer.close()
        made = path.stat()
        changed = made.st_mtime_ns // 1_000_000
        self.written.append(DataFile(f"{path.parent.name}/{path.name}", made.st_size, changed, key, self._rows[key]))

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                for key in list(self._rows):  # one by one: a year of dates is more files than a process may open
                    self._close(key)
        finally:
            for _path, writer in self._open.values():
                with suppress(OSError, pa.ArrowException):  # after an error, which is the one to tell
                    writer.close()


def _write(place: Place, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """One row per file; runs in a task."""
    try:
        with _Files(place) as files:
            for batch in batches:
                if len(batch):
                    files.add(pa.Table.from_batches([batch]))
    except OSError as error:
        raise cant_write(place.root, error) from error
    names = ("path", "size", "changed", "value", "rows")
    columns = [[getattr(one, name) for one in files.written] for name in names]
    kinds = [pa.string(), pa.int64(), pa.int64(), pa.string(), pa.int64()]
    yield pa.RecordBatch.from_arrays([pa.array(c, k) for c, k in zip(columns, kinds, strict=True)], names=list(names))


def cant_write(place: object, error: OSError) -> TableError:
    """The error for a disk that is full, and the like."""
    return TableError(
        f"{place}: a file of the table can't be written: {error}. The table is as it was at its last commit; make room "
        f"and run again"
    )
