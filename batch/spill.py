"""Rows on disk for a while: tables by the number of what they belong to, in one file without a name."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa

from ropeway.batch.memory import shown
from ropeway.transforms.errors import RopewayError
from ropeway.transforms.passes.clock import Clock


class Spill:
    """Tables of one schema, added bit by bit and read again number by number, in the order in which they were added.

    They stand in Arrow's own format in a file of the system's temporary folder (`TMPDIR`) that has no name there: it is
    gone when this is closed, and when the process ends, however it ends. `rows` and `sizes` (bytes) count by number;
    `clock` is told of bytes written.

    >>> with Spill(pa.schema([("x", pa.int64())]), 2, Clock()) as spill:
    ...     spill.add(1, pa.table({"x": [1, 2]}))
    ...     spill.add(1, pa.table({"x": [3]}))
    ...     spill.read(1).to_pydict(), spill.rows.tolist(), len(spill.read(0))
    ({'x': [1, 2, 3]}, [0, 3], 0)
    """

    def __init__(self, schema: pa.Schema, numbers: int, clock: Clock) -> None:
        self.schema = schema
        self._clock = clock
        self.rows = np.zeros(numbers, np.int64)
        self.sizes = np.zeros(numbers, np.int64)
        self.bytes = 0  # written so far
        self._places: list[list[tuple[int, int]]] = [[] for _ in range(numbers)]
        try:
            self._file = tempfile.TemporaryFile(prefix="ropeway-", buffering=0)  # noqa: SIM115 - this is a context manager
        except OSError as error:
            raise self._failed(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the disk back."""
        self._file.close()

    def add(self, number: int, table: pa.Table) -> None:
        """Write the rows of `table`, after those that this number has."""
        for batch in table.to_batches():
            if not len(batch):
                continue
            message = batch.serialize()
            try:
                waiting = memoryview(message)
                while waiting:
                    waiting = waiting[self._file.write(waiting) :]
            except OSError as error:
                raise self._failed(error) from error
            self._places[number].append((self.bytes, message.size))
            self.bytes += message.size
            self._clock.moved("spill", message.size)
            self.rows[number] += len(batch)
            self.sizes[number] += batch.nbytes

    def chunks(self, number: int, size: float) -> Iterator[pa.Table]:
        """The rows of this number, in tables of so many bytes or one that was added."""
        waiting: list[tuple[int, int]] = []
        for place in self._places[number]:
            if waiting and sum(length for _, length in waiting) + place[1] > size:
                yield self._read(waiting)
                waiting = []
            waiting.append(place)
        if waiting:
            yield self._read(waiting)

    def read(self, number: int) -> pa.Table:
        """All rows of this number."""
        return self._read(self._places[number])

    def _read(self, places: list[tuple[int, int]]) -> pa.Table:
        # one allocation, which goes back to the system as a whole
        whole = pa.allocate_buffer(sum(size for _, size in places))
        buffers, at = [], 0
        for offset, size in places:
            self._fill(memoryview(whole)[at : at + size], offset)
            buffers.append(whole.slice(at, size))
            at += size
        batches = [pa.ipc.read_record_batch(buffer, self.schema) for buffer in buffers]
        return pa.Table.from_batches(batches, self.schema)

    def _fill(self, into: memoryview, offset: int) -> None:
        self._file.seek(offset)
        while into:
            into = into[self._file.readinto(into) :]
        self._file.seek(0, os.SEEK_END)

    def _failed(self, error: OSError) -> RopewayError:
        return RopewayError(
            f"memory_limit: rows that wait for their turn can't be written to the folder for temporary files, after "
            f"{shown(self.bytes)} of this table ({error}). Make room there, set TMPDIR to a folder with more of it, or "
            f"pass a higher memory_limit."
        )
