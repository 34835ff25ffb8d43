"""Columns as kernels read them: int64 values with a mask, and the way back to Arrow.

Whatever the type, kernels see int64: integers, booleans and times as they are; floats as their bits, or as integers
in the same order; strings, bytes and decimals as their rank among the values of the column.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.aggregates.base import widened
from ropeway.transforms.errors import DataError

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
#: positions, or numbers of rows
Places = npt.NDArray[np.int32]

#: the mask of a column without nulls
NO_MASK: Bytes = np.empty(0, np.uint8)
#: of text in one Arrow array
_MOST_BYTES = 2**31 - 1
_WITHOUT_SIGN = np.int64(0x7FFFFFFFFFFFFFFF)


class Chunks:
    """int64 values in the pieces in which Arrow holds them: to go through them nothing needs to be copied."""

    def __init__(self, pieces: Sequence[Ints]) -> None:
        self._pieces = [frozen(piece) for piece in pieces]
        self._starts = np.cumsum([0, *(len(piece) for piece in pieces)])

    def __len__(self) -> int:
        return int(self._starts[-1])

    def between(self, first: int, last: int) -> Iterator[tuple[int, Ints]]:
        """The pieces of rows [first, last), each after the number of its first row.

        >>> [(at, piece.tolist()) for at, piece in Chunks([np.arange(3), np.arange(3, 5)]).between(2, 5)]
        [(2, [2]), (3, [3, 4])]
        """
        for start, piece in zip(self._starts, self._pieces, strict=False):
            a, b = max(first, int(start)), min(last, int(start) + len(piece))
            if a < b:
                yield a, piece[a - start : b - start]

    def at(self, rows: Ints) -> Ints:
        """The values of some rows."""
        piece_of = np.searchsorted(self._starts, rows, side="right") - 1
        out = np.empty(len(rows), np.int64)
        for number in np.unique(piece_of):
            mine = piece_of == number
            out[mine] = self._pieces[number][rows[mine] - self._starts[number]]
        return out

    @cached_property
    def whole(self) -> Ints:
        """All values in one array: a copy, unless there is one piece."""
        one = self._pieces[0] if len(self._pieces) == 1 else np.concatenate([np.empty(0, np.int64), *self._pieces])
        return frozen(one)


@dataclass(frozen=True)
class Column:
    """A column as int64: `chunks` of values, and `mask` with 1 where a value is present (empty: in every row).

    `kind` is the widened Arrow type; `ranks` holds the distinct values in order if `values` are ranks. Kernels expect
    no NaN where a value is present: expressions have put null in its place.
    """

    kind: pa.DataType
    chunks: Chunks
    mask: Bytes
    ranks: pa.Array | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "mask", frozen(self.mask))

    @property
    def values(self) -> Ints:
        """The values in one array."""
        return self.chunks.whole

    @property
    def is_float(self) -> bool:
        """Whether `values` are the bits of float64."""
        return bool(pa.types.is_floating(self.kind))

    def decode(self, values: Ints, valid: "Validity") -> pa.Array:
        """Arrow values of type `kind` from `values` as they stand in this column, null where not `valid`."""
        if self.ranks is None:
            return from_ints(values, valid, self.kind)
        return chosen(self.ranks, from_ints(values, valid, pa.int64()))


def as_floats(column: Column) -> Column:
    """A column of decimals as one of float64, each rounded once; any other as it is."""
    if not pa.types.is_decimal(column.kind):
        return column
    assert column.ranks is not None
    floats = np.array([float(number) for number in column.ranks.to_pylist()], np.float64)
    values = floats[column.values] if len(floats) else np.zeros(len(column.values))
    return Column(pa.float64(), Chunks([values.view(np.int64)]), column.mask)


def frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same memory, read-only: kernels are compiled anew for writable arrays, and Arrow's memory is not."""
    view = array.view()
    view.flags.writeable = False
    return view


def column_of(array: pa.ChunkedArray | pa.Array) -> Column:
    """`array` as a `Column`: dictionaries decoded, small types widened."""
    kind = widened(array.type)
    if array.type != kind:
        try:
            array = array.cast(kind)
        except pa.ArrowInvalid as error:
            raise DataError(f"values of type {array.type} do not fit into {kind}: {error}") from error
    if _is_ranked(kind):
        return _ranked(array, kind)
    chunks = array.chunks if isinstance(array, pa.ChunkedArray) else [array]
    mask = NO_MASK if array.null_count == 0 else bytes_of(_flattened(array.is_valid()))
    return Column(kind, Chunks([_ints(chunk) for chunk in chunks]), mask)


def _ints(array: pa.Array) -> Ints:
    kind = array.type
    if pa.types.is_boolean(kind):
        return bytes_of(array).astype(np.int64)
    if pa.types.is_date32(kind) or pa.types.is_time32(kind):
        return data_of(array, np.int32).astype(np.int64)
    if pa.types.is_primitive(kind):
        return data_of(array, np.int64)
    # nulls, lists, maps and structs have no order and no sum: only their presence counts
    return np.zeros(len(array), np.int64)


def _is_ranked(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_binary(kind) or pa.types.is_decimal(kind))


def _ranked(array: pa.ChunkedArray | pa.Array, kind: pa.DataType) -> Column:
    if len(array) == 0:
        return Column(kind, Chunks([]), NO_MASK, pa.array([], kind))
    # encoded chunk by chunk: all strings of a large table do not fit into one array
    chunks = array.chunks if isinstance(array, pa.ChunkedArray) else [array]
    encoded = pa.chunked_array(chunks).dictionary_encode()
    distinct = encoded.chunk(0).dictionary
    indices = _flattened(pa.chunked_array([chunk.indices for chunk in encoded.chunks]))
    mask = NO_MASK if indices.null_count == 0 else bytes_of(indices.is_valid())
    # Arrow sorts strings and bytes by their bytes, which for UTF-8 is the order of code points
    order = pc.array_sort_indices(distinct)
    rank = np.empty(len(order), np.int64)
    rank[order.to_numpy()] = np.arange(len(order))
    codes = data_of(indices, np.int32)
    if len(mask):
        codes = np.where(mask != 0, codes, 0)
    values = rank[codes] if len(rank) else np.zeros(len(codes), np.int64)  # all null
    return Column(kind, Chunks([values]), mask, distinct.take(order))


def ordinals(values: Ints) -> Ints:
    """Bits of float64 as integers in the order of the floats, -0.0 before 0.0; the way back is the same."""
    return cast("Ints", values ^ ((values >> np.int64(63)) & _WITHOUT_SIGN))


@dataclass(frozen=True)
class Validity:
    """Which values are present, as Arrow has it: one for all columns that are null in the same rows."""

    bitmap: pa.Buffer | None
    nulls: int

    @staticmethod
    def of(valid: npt.NDArray[np.generic]) -> "Validity":
        """Of an array that is not 0 (or true) where a value is present."""
        nulls = len(valid) - int(np.count_nonzero(valid))
        bits = pa.py_buffer(np.packbits(valid.astype(np.bool_, copy=False), bitorder="little"))
        return Validity(bits if nulls else None, nulls)


ALL_VALID = Validity(None, 0)


def chosen(values: pa.Array, places: pa.Array) -> pa.Array:
    """The values at some places, null where there is no place.

    Raises `DataError` for more text than Arrow's offsets of 32 bits can tell apart, which its own `take` does not see.
    """
    is_text = pa.types.is_string(values.type) or pa.types.is_binary(values.type)
    if is_text and len(places) * values.nbytes > _MOST_BYTES:  # else it can't be
        size = pc.sum(pc.binary_length(values).cast(pa.int64()).take(places)).as_py() or 0
        if size > _MOST_BYTES:
            raise DataError(
                f"answers of {size:,} bytes of text in one column and place, and {_MOST_BYTES:,} are the most: ask for "
                f"fewer of them, compute on Spark, or with memory_limit."
            )
    return values.take(places)


def from_ints(values: Ints, valid: npt.NDArray[np.generic] | Validity | None, kind: pa.DataType) -> pa.Array:
    """An Arrow array of a type whose values are integers or the bits of float64, null where not `valid`."""
    size = len(values)
    known = ALL_VALID if valid is None else valid if isinstance(valid, Validity) else Validity.of(valid)
    if pa.types.is_boolean(kind):
        data = pa.py_buffer(np.packbits(values != 0, bitorder="little"))
    elif pa.types.is_date32(kind) or pa.types.is_time32(kind):
        data = pa.py_buffer(values.astype(np.int32))
    elif pa.types.is_null(kind):
        return pa.nulls(size)
    else:
        data = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(kind, size, [known.bitmap, data], known.nulls)


def _flattened(array: pa.ChunkedArray | pa.Array) -> pa.Array:
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if isinstance(array, pa.ChunkedArray):
        if array.num_chunks == 1:
            return array.chunk(0)
        return pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    return array


def data_of(array: pa.Array, dtype: type[np.int64] | type[np.int32]) -> npt.NDArray[np.int64]:
    """The values buffer as it is; what stands where a value is null means nothing."""
    if len(array) == 0:
        return np.empty(0, dtype)
    buffer = array.buffers()[1]
    return cast("Ints", np.frombuffer(buffer, dtype, len(array), array.offset * np.dtype(dtype).itemsize))


def bytes_of(array: pa.Array) -> Bytes:
    """A boolean array as one byte a value, 0 where it is null."""
    if array.null_count:
        array = array.fill_null(False)
    return cast("Bytes", array.to_numpy(zero_copy_only=False).view(np.uint8))


def true_mask(array: pa.ChunkedArray | pa.Array) -> Bytes:
    """1 where a condition is true; null is not true."""
    return bytes_of(_flattened(array))
