"""States: the rows of an entity that answers at later instants need, and what earlier rows add up to, as bytes.

After the header of a record, of the kind 1, stand the number of rows and that of sums (uint32), the time of the newest
row as in the header, and columns: first those of the rows, then those of the sums. Of a column come the bits that say
where a value is, padded to eight bytes; then, if its values stand in eight bytes, a word for each row; else the ends of
the values' bytes (uint32, from 0 on, one more than there are rows), padded, and the bytes, padded.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.types as t

from ropeway.connectors.online.bits import is_fixed, packer
from ropeway.connectors.online.records import HEADER, MAGIC, STATE, VERSION, column_of, ordered, words_of
from ropeway.connectors.online.store import Stored
from ropeway.transforms.errors import DataError
from ropeway.transforms.passes.kept import kept_columns, sums_schema
from ropeway.transforms.passes.work import Work

Ints = npt.NDArray[np.int64]

_START = struct.Struct("<2sBBI8sQQ")
_SIZES = struct.Struct("<II")
#: where the columns begin
_FIRST = HEADER + _SIZES.size


@dataclass(frozen=True)
class StateLayout:
    """The records of a view's states: the columns of its rows and of its sums, without keys."""

    view: str
    tag: bytes
    rows: pa.Schema
    sums: pa.Schema

    @classmethod
    def of(cls, stored: Stored, work: Work) -> StateLayout:
        """That of what a store says of a view, of which `work` is over its own keys."""
        source = stored.source_schema
        rows = pa.schema([source.field(name) for name in kept_columns(work)])
        return cls(stored.view, stored.tag, rows, sums_schema(work, source))

    def pack(
        self, rows: pa.Table, row_ends: Ints, sums: pa.Table, sum_ends: Ints, newest: Ints, as_of: int
    ) -> Iterator[bytes]:
        """The records of some entities, whose rows and sums stand together and end at these places."""
        columns = [_Packed.of(column, field.type) for column, field in zip(rows.columns, self.rows, strict=True)]
        added = [_Packed.of(column, field.type) for column, field in zip(sums.columns, self.sums, strict=True)]
        first = one = 0
        for last, end, time in zip(row_ends.tolist(), sum_ends.tolist(), newest.tolist(), strict=True):
            parts = [column.part(first, last) for column in columns] + [column.part(one, end) for column in added]
            size = _FIRST + sum(map(len, parts))
            head = _START.pack(MAGIC, VERSION, STATE, size, self.tag, ordered(time), ordered(as_of))
            yield b"".join([head, _SIZES.pack(last - first, end - one), *parts])
            first, one = last, end

    def unpack(self, records: Sequence[bytes | None]) -> tuple[pa.Table, pa.Table]:
        """The rows and the sums of some entities; a column before theirs numbers the entities."""
        rows, sums = _Gathered(self.rows), _Gathered(self.sums)
        for number, record in enumerate(records):
            if record is None:
                continue
            self.check(record)
            size, count = _SIZES.unpack_from(record, HEADER)
            try:
                at = rows.add(record, _FIRST, size, number)
                at = sums.add(record, at, count, number)
            except (ValueError, struct.error) as error:
                raise DataError(f"the store's state of view {self.view!r} can't be read: {error}") from error
            if at != len(record):
                raise DataError(f"the store's state of view {self.view!r} has {len(record)} bytes, and {at} are read.")
        return rows.table(), sums.table()

    def check(self, record: bytes) -> None:
        """Raise `DataError` unless this is a state of this layout."""
        what = f"the store's state of view {self.view!r}"
        if len(record) < _FIRST:
            raise DataError(f"{what} has {len(record)} bytes, fewer than a header: it was cut short. Materialise anew.")
        magic, version, kind, length, tag, _, _ = _START.unpack_from(record)
        if (magic, version, kind) != (MAGIC, VERSION, STATE):
            raise DataError(
                f"{what} is of another layout: {record[:4].hex()}, expected {MAGIC.hex()}{VERSION:02x}{STATE:02x}."
            )
        if tag != self.tag:
            raise DataError(
                f"{what} is of another definition ({tag.hex()}) than what asks for it ({self.tag.hex()}): materialise "
                f"the service that is looked up."
            )
        if length != len(record):
            raise DataError(f"{what} has {len(record)} bytes, and was written with {length}: it was cut short.")


@dataclass(frozen=True)
class _Packed:
    """A column of many entities on its way into bytes."""

    valid: npt.NDArray[np.bool_]
    words: Ints | None
    data: list[bytes]

    @classmethod
    def of(cls, column: pa.ChunkedArray, kind: pa.DataType) -> _Packed:
        array = column.combine_chunks()
        valid = array.is_valid().to_numpy(zero_copy_only=False)
        if is_fixed(kind):
            return cls(valid, np.where(valid, words_of(array, kind), 0), [])
        if t.is_string(kind):
            data = [b"" if one is None else one.encode() for one in array.to_pylist()]
        elif t.is_binary(kind):
            data = [one or b"" for one in array.to_pylist()]
        else:
            pack, _ = packer(kind)
            data = [b"" if one is None else pack(one) for one in array.to_pylist()]
        return cls(valid, None, data)

    def part(self, first: int, last: int) -> bytes:
        """The bytes of some rows."""
        bits = np.packbits(self.valid[first:last], bitorder="little").tobytes()
        if self.words is not None:
            return _padded(bits) + self.words[first:last].tobytes()
        some = self.data[first:last]
        ends = np.cumsum([0, *map(len, some)], dtype=np.uint32).tobytes()
        return _padded(bits) + _padded(ends) + _padded(b"".join(some))


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 8)


class _Gathered:
    """Columns out of many records."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._numbers: list[Ints] = []
        self._valid: list[list[Any]] = [[] for _ in schema]
        self._values: list[list[Any]] = [[] for _ in schema]

    def add(self, record: bytes, at: int, size: int, number: int) -> int:
        """Read so many rows of a record from a place on; where they end."""
        self._numbers.append(np.full(size, number, np.int64))
        for column, fixed in enumerate(self.fixed):
            bits = np.frombuffer(record, np.uint8, -(-size // 8), at)
            self._valid[column].append(np.unpackbits(bits, count=size, bitorder="little"))
            at += -(-size // 64) * 8
            if fixed:
                self._values[column].append(np.frombuffer(record, np.int64, size, at))
                at += 8 * size
                continue
            ends = np.frombuffer(record, np.uint32, size + 1, at).tolist()
            at += -(-(size + 1) // 2) * 8
            self._values[column] += [record[at + one : at + end] for one, end in pairwise(ends)]
            at += -(-ends[-1] // 8) * 8
        return at

    @cached_property
    def fixed(self) -> list[bool]:
        return [is_fixed(field.type) for field in self._schema]

    def table(self) -> pa.Table:
        """All of them, behind the number of each row's entity."""
        arrays = [pa.array(np.concatenate([np.empty(0, np.int64), *self._numbers]))]
        for column, field in enumerate(self._schema):
            valid = np.concatenate([np.empty(0, np.uint8), *self._valid[column]]).astype(np.bool_)
            values = self._values[column]
            if self.fixed[column]:
                words = np.concatenate([np.empty(0, np.int64), *values])
                arrays.append(column_of(words, valid, field.type))
            else:
                arrays.append(_array(values, valid, field.type))
        return pa.table(arrays, names=[NUMBER, *self._schema.names])


#: the column of the entities' numbers
NUMBER = "rw_entity"


def _array(values: Sequence[bytes], valid: npt.NDArray[np.bool_], kind: pa.DataType) -> pa.Array:
    mask = pa.array(~valid)
    if t.is_string(kind) or t.is_binary(kind):
        made = pa.array(values, pa.binary(), mask=np.asarray(mask)) if len(values) else pa.array([], pa.binary())
        return made.cast(kind)
    _, unpack = packer(kind)
    return pa.array([unpack(one, 0)[0] if there else None for one, there in zip(values, valid, strict=True)], kind)
