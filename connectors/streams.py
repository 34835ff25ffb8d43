"""Rows on their way to a writer: a table, or batches that are made one by one while they are written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

import pyarrow as pa

from ropeway.connectors.arrow_types import as_types, storable

Rows: TypeAlias = pa.Table | pa.RecordBatchReader

#: rows and bytes that a writer of batches gathers for one row group
ROWS = 2**20
BYTES = 16 * 2**20
#: bytes of a string or list, where types don't tell
_VARYING = 32


@contextmanager
def as_stored(rows: Rows, what: str) -> Iterator[Rows]:
    """The rows in the types in which tables hold them, for the time of the block.

    Where making a batch fails, the block raises that error, whatever the writer makes of it, which knows its text only.

    >>> reader = pa.table({"at": pa.array([0], pa.timestamp("s"))}).to_reader()
    >>> with as_stored(reader, "the table") as stored:
    ...     stored.read_all().schema
    at: timestamp[us]
    """
    schema = storable(rows.schema, what)
    if isinstance(rows, pa.Table):
        yield as_types(rows, schema, what)
        return
    failed: list[Exception] = []

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            for batch in rows:
                yield from as_types(pa.Table.from_batches([batch]), schema, what).to_batches()
        except Exception as error:
            failed.append(error)
            raise

    try:
        yield pa.RecordBatchReader.from_batches(schema, batches())
    except Exception:
        if failed:
            raise failed[0] from None
        raise


def row_groups(reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """The batches put together to row groups of `ROWS` rows or `BYTES` bytes, more or less."""
    waiting: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in reader:
        waiting.append(batch)
        rows += len(batch)
        size += batch.nbytes
        if rows >= ROWS or size >= BYTES:
            yield pa.Table.from_batches(waiting, reader.schema)
            waiting, rows, size = [], 0, 0
    if waiting:
        yield pa.Table.from_batches(waiting, reader.schema)


def rows_per_group(schema: pa.Schema, size: int) -> int:
    """How many rows of this schema have so many bytes, more or less.

    >>> rows_per_group(pa.schema([("x", pa.int64()), ("y", pa.string())]), 4_000)
    100
    """
    total = 0
    for kind in schema.types:
        total += max(1, kind.bit_width // 8) if pa.types.is_primitive(kind) else _VARYING
    return max(1, size // max(1, total))
