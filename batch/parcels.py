"""Rows on their way through a shuffle: many of one part and one kind packed into a single binary value.

Spark's price is by the row and the cell. A parcel is thousands of rows of all columns in Arrow's own format, which
Spark moves as the bytes that they are: 10 million events of three columns were shuffled by 80 values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
import pyarrow as pa

from ropeway.batch.parts import Kind, Share

#: the columns of a frame of parcels, as Spark writes them
SCHEMA = "part int, kind tinyint, parcel binary"
#: rows that a task gathers before it cuts them into parcels; more make fewer and larger ones
ROWS = 1_000_000
#: and bytes, so that wide rows are not gathered in too great a number
BYTES = 128 * 2**20

_WORD = 8
_ARROW = pa.schema([("part", pa.int32()), ("kind", pa.int8()), ("parcel", pa.binary())])


def gathered(batches: Iterable[pa.RecordBatch | pa.Table]) -> Iterator[pa.Table]:
    """The same rows in tables of about `ROWS` rows or `BYTES` bytes.

    >>> import pyarrow as pa
    >>> [len(table) for table in gathered([pa.table({"x": [1, 2]}), pa.table({"x": [3]})])]
    [3]
    """
    waiting: list[pa.Table] = []
    rows = size = 0
    for batch in batches:
        whole = batch if isinstance(batch, pa.Table) else pa.Table.from_batches([batch])
        step = max(1, len(whole) // -(-whole.nbytes // BYTES)) if whole.nbytes else max(1, len(whole))
        for begin in range(0, len(whole), step):
            table = whole.slice(begin, step)
            waiting.append(table)
            rows += len(table)
            size += table.nbytes
            if rows >= ROWS or size >= BYTES:
                yield pa.concat_tables(waiting)
                waiting, rows, size = [], 0, 0
    if waiting:
        yield pa.concat_tables(waiting)


def packed(shares: Iterable[Share]) -> pa.RecordBatch:
    """One row per share.

    >>> import pyarrow as pa
    >>> batch = packed([Share(3, Kind.QUERIES, pa.table({"x": [1, 2]}))])
    >>> batch.column("part").to_pylist(), unpacked([batch], Kind.QUERIES).to_pydict()
    ([3], {'x': [1, 2]})
    """
    sink = pa.BufferOutputStream()
    numbers, kinds, ends = [], [], [0]
    for share in shares:
        with pa.ipc.new_stream(sink, share.rows.schema) as stream:
            stream.write_table(share.rows)
        numbers.append(share.part)
        kinds.append(int(share.kind))
        ends.append(sink.tell())
    offsets = np.array(ends, np.int32)
    parcels = pa.Array.from_buffers(pa.binary(), len(numbers), [None, pa.py_buffer(offsets), sink.getvalue()])
    columns = [pa.array(numbers, pa.int32()), pa.array(kinds, pa.int8()), parcels]
    return pa.RecordBatch.from_arrays(columns, schema=_ARROW)


def unpacked(batches: Iterable[pa.RecordBatch], kind: Kind) -> pa.Table | None:
    """The rows of one kind in all parcels of `batches`, without a copy; None if there is no parcel."""
    tables = [
        pa.ipc.open_stream(parcel).read_all()
        for batch in batches
        for one, parcel in zip(batch.column(1).to_pylist(), _buffers(batch.column(2)), strict=True)
        if one == kind
    ]
    return pa.concat_tables(tables) if tables else None


def _buffers(column: pa.Array) -> Iterator[pa.Buffer]:
    """The values of a column of bytes where they are; a scalar would be a copy of its own."""
    _, offsets, data = column.buffers()
    wide = np.dtype(np.int64 if pa.types.is_large_binary(column.type) else np.int32)
    bounds = np.frombuffer(offsets, wide, len(column) + 1, wide.itemsize * column.offset).tolist()
    for begin, end in pairwise(bounds):
        parcel = data.slice(begin, end - begin)
        # kernels take whole words
        yield parcel if parcel.address % _WORD == 0 else pa.py_buffer(parcel.to_pybytes())
