"""Records: all values of a view for one entity in one string of bytes; docs/online-format.md says each of them.

A record begins with a header of 32 bytes: "rw", the version of the layout, its kind, its length (uint32), eight bytes
of the definition's hash, the time of the newest row and the instant as of which the record holds (`ordered`). Then,
eight bytes each, words of validity bits, and a word for each column: the bits of an int64 or a float64, or where and
how long the bytes of any other value are. These bytes are the end.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.types as t

from ropeway.connectors.arrow_types import cast
from ropeway.connectors.online.bits import Unpack, is_fixed, packer
from ropeway.transforms.errors import DataError

Words = npt.NDArray[np.int64]

MAGIC, VERSION = b"rw", 1
#: kinds of records
VALUES, STATE = 0, 1
HEADER = 32
#: the time of the newest row of an entity whose rows have none
NO_TIME = -(2**63)
#: words of the header
HEAD = HEADER // 8
_START = struct.Struct("<2sBBI8s")
_TIMES = struct.Struct("<QQ")
_SIGN = 1 << 63


def ordered(micros: int) -> int:
    """An instant as a uint64 whose bytes, the highest first, rise with it; of stores that compare bytes.

    >>> ordered(-(2**63)), ordered(0) < ordered(1)
    (0, True)
    """
    return micros + _SIGN


def instant(word: int) -> int:
    """The instant that `ordered` made this of.

    >>> instant(ordered(-5))
    -5
    """
    return word - _SIGN


def age_of(record: bytes | memoryview) -> tuple[int, int]:
    """By what records of an entity are newer than others: as of when they hold, and when their newest row happened."""
    newest, as_of = _TIMES.unpack_from(record, 16)
    return as_of, newest


@dataclass(frozen=True)
class Layout:
    """The records of a view: its columns, by their short names, and eight bytes that tell its definition."""

    view: str
    tag: bytes
    schema: pa.Schema

    @cached_property
    def fixed(self) -> tuple[bool, ...]:
        """Whether the values of each column stand in a word."""
        return tuple(is_fixed(one.type) for one in self.schema)

    @property
    def validity(self) -> int:
        """How many words of validity bits there are."""
        return -(-len(self.schema) // 64)

    @property
    def first(self) -> int:
        """The word of the first column."""
        return HEAD + self.validity

    @property
    def words(self) -> int:
        """How many words come before the bytes of other values."""
        return self.first + len(self.schema)

    @property
    def is_fixed(self) -> bool:
        """Whether all records have one length."""
        return all(self.fixed)

    @cached_property
    def unpackers(self) -> Mapping[int, Unpack]:
        """How the values of columns are read that do not stand in a word."""
        return {at: packer(one.type)[1] for at, one in enumerate(self.schema) if not self.fixed[at]}

    def start(self, length: int) -> bytes:
        """The first 16 bytes of a record of values."""
        return _START.pack(MAGIC, VERSION, VALUES, length, self.tag)

    def pack(self, columns: Sequence[pa.ChunkedArray | pa.Array], newest: Words, as_of: int) -> Iterator[bytes]:
        """The records of some rows.

        columns: in the order of the schema. newest: int64[rows], the time of each entity's newest row, microseconds.
        """
        size = len(newest)
        made = np.zeros((size, self.words), np.int64)
        made[:, 2] = (newest.view(np.uint64) + np.uint64(_SIGN)).view(np.int64)
        made[:, 3] = np.uint64(ordered(as_of)).view(np.int64)
        more: list[tuple[int, list[bytes]]] = []
        bits = np.zeros((size, 64 * self.validity), np.uint8)
        for at, (field, column) in enumerate(zip(self.schema, columns, strict=True)):
            array = _whole(column)
            valid = array.is_valid().to_numpy(zero_copy_only=False)
            bits[:, at] = valid
            if self.fixed[at]:
                words = words_of(array, field.type)
                made[:, self.first + at] = np.where(valid, words, 0) if array.null_count else words
            else:
                pack, _ = packer(field.type)
                more.append((at, [b"" if one is None else pack(one) for one in array.to_pylist()]))
        made[:, HEAD : self.first] = np.packbits(bits, axis=1, bitorder="little").view(np.int64)
        if not more:
            made[:, :2] = np.frombuffer(self.start(8 * self.words), np.int64)
            data, step = memoryview(made.tobytes()), 8 * self.words
            for row in range(size):
                yield bytes(data[row * step : (row + 1) * step])
            return
        yield from self._with_bytes(made, more)

    def _with_bytes(self, made: Words, more: Sequence[tuple[int, Sequence[bytes]]]) -> Iterator[bytes]:
        for row in range(len(made)):
            place, parts = 8 * self.words, []
            for at, values in more:
                part = values[row]
                made[row, self.first + at] = place << 32 | len(part)
                place += len(part)
                parts.append(part)
            made[row, :2] = np.frombuffer(self.start(place), np.int64)
            yield b"".join([made[row].tobytes(), *parts])

    def check(self, record: bytes | memoryview) -> None:
        """Raise `DataError` unless this is a record of values of this layout."""
        what = f"the store's value of view {self.view!r}"
        if len(record) < HEADER:
            raise DataError(f"{what} has {len(record)} bytes, fewer than a header: it was cut short. Materialise anew.")
        magic, version, kind, length, tag = _START.unpack_from(record)
        if magic != MAGIC:
            raise DataError(f"{what} is none that ropeway wrote: it begins with {magic!r}.")
        if version != VERSION:
            raise DataError(
                f"{what} is of layout {version}, and this ropeway reads layout {VERSION}: materialise by the same "
                f"release as looks up."
            )
        if tag != self.tag:
            raise DataError(
                f"{what} is of another definition ({tag.hex()}) than what asks for it ({self.tag.hex()}): materialise "
                f"the service that is looked up."
            )
        if kind != VALUES:
            raise DataError(f"{what} is of kind {kind}, and values are asked for, which are of kind {VALUES}.")
        if length != len(record) or length < 8 * self.words or (self.is_fixed and length != 8 * self.words):
            raise DataError(
                f"{what} has {len(record)} bytes, not the {length} that it was written with: it was cut short."
            )


def words_of(array: pa.Array, kind: pa.DataType) -> Words:
    """The values of a column of a fixed type as int64, or as the bits of float64; where there is none, anything."""
    if t.is_floating(kind):
        floats = array.to_numpy(zero_copy_only=False).astype(np.float64, copy=False)
        return np.ascontiguousarray(floats).view(np.int64)
    if t.is_boolean(kind):
        array = array.cast(pa.int8())
    elif t.is_timestamp(kind):
        array = cast(pa.chunked_array([array]), pa.timestamp("us", kind.tz), "a feature").combine_chunks()
    elif t.is_duration(kind):
        array = array.cast(pa.duration("us"))
    elif t.is_time(kind):
        array = array.cast(pa.time64("us"))
    elif t.is_date(kind):
        array = array.cast(pa.date32()).cast(pa.int32())
    whole: Words = array.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    return whole


def column_of(words: Words, valid: npt.NDArray[np.bool_], kind: pa.DataType) -> pa.Array:
    """A column of a fixed type from the words of its rows."""
    mask = None if valid.all() else ~valid
    if t.is_floating(kind):
        return pa.array(np.ascontiguousarray(words).view(np.float64), mask=mask).cast(kind)
    whole = pa.array(np.ascontiguousarray(words), mask=mask)
    if t.is_date(kind):
        return whole.cast(pa.int32()).cast(kind)
    if t.is_timestamp(kind):
        return whole.cast(pa.timestamp("us", kind.tz)).cast(kind)
    if t.is_duration(kind):
        return whole.cast(pa.duration("us")).cast(kind)
    if t.is_time(kind):
        return whole.cast(pa.time64("us")).cast(kind)
    return whole.cast(kind)


def _whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    if not isinstance(column, pa.ChunkedArray):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
