"""Columns as kernels read them: int64 values with a mask, and the way back to Arrow.

Whatever the type, kernels see int64: integers, booleans and times as they are; floats as their bits, or as integers
in the same order; strings, bytes and decimals as their rank among the values of the column.
"""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.aggregates.base import widened
from ropeway.transforms.errors import DataError

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

_NO_MASK: Bytes = np.empty(0, np.uint8)
_WITHOUT_SIGN = np.int64(0x7FFFFFFFFFFFFFFF)


@dataclass(frozen=True)
class Column:
    """A column as int64: `values`, and `mask` with 1 where a value is present (empty: in every row).

    `kind` is the widened Arrow type; `ranks` holds the distinct values in order if `values` are ranks. NaN counts
    as present here: `is_float` tells kernels to leave it out.
    """

    kind: pa.DataType
    values: Ints
    mask: Bytes
    ranks: pa.Array | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", frozen(self.values))
        object.__setattr__(self, "mask", frozen(self.mask))

    @property
    def is_float(self) -> bool:
        """Whether `values` are the bits of float64."""
        return bool(pa.types.is_floating(self.kind))

    def decode(self, values: Ints, valid: Bytes) -> pa.Array:
        """Arrow values of type `kind` from `values` as they stand in this column, null where not `valid`."""
        if self.ranks is not None:
            positions = pa.array(values, mask=valid == 0)
            return self.ranks.take(positions)
        return from_ints(values, valid, self.kind)


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
    flat = _flattened(array)
    mask = _NO_MASK if flat.null_count == 0 else _bytes(flat.is_valid())
    if pa.types.is_floating(kind) or pa.types.is_int64(kind) or pa.types.is_timestamp(kind):
        return Column(kind, _data(flat, np.int64), mask)
    if pa.types.is_boolean(kind):
        return Column(kind, _bytes(flat).astype(np.int64), mask)
    if pa.types.is_date32(kind) or pa.types.is_time32(kind):
        return Column(kind, _data(flat, np.int32).astype(np.int64), mask)
    if pa.types.is_time64(kind) or pa.types.is_duration(kind):
        return Column(kind, _data(flat, np.int64), mask)
    # nulls, lists, maps and structs have no order and no sum: only their presence counts
    return Column(kind, np.zeros(len(flat), np.int64), _bytes(flat.is_valid()))


def _is_ranked(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_binary(kind) or pa.types.is_decimal(kind))


def _ranked(array: pa.ChunkedArray | pa.Array, kind: pa.DataType) -> Column:
    if len(array) == 0:
        return Column(kind, np.empty(0, np.int64), _NO_MASK, pa.array([], kind))
    # encoded chunk by chunk: all strings of a large table do not fit into one array
    chunks = array.chunks if isinstance(array, pa.ChunkedArray) else [array]
    encoded = pa.chunked_array(chunks).dictionary_encode()
    distinct = encoded.chunk(0).dictionary
    indices = _flattened(pa.chunked_array([chunk.indices for chunk in encoded.chunks]))
    mask = _NO_MASK if indices.null_count == 0 else _bytes(indices.is_valid())
    # Arrow sorts strings and bytes by their bytes, which for UTF-8 is the order of code points
    order = pc.array_sort_indices(distinct)
    rank = np.empty(len(order), np.int64)
    rank[order.to_numpy()] = np.arange(len(order))
    codes = _data(indices, np.int32)
    if len(mask):
        codes = np.where(mask != 0, codes, 0)
    values = rank[codes] if len(rank) else np.zeros(len(codes), np.int64)  # all null
    return Column(kind, values, mask, distinct.take(order))


def ordinals(values: Ints) -> Ints:
    """Bits of float64 as integers in the order of the floats, -0.0 before 0.0; the way back is the same."""
    return cast("Ints", values ^ ((values >> np.int64(63)) & _WITHOUT_SIGN))


def from_ints(values: Ints, valid: Bytes | None, kind: pa.DataType) -> pa.Array:
    """An Arrow array of a type whose values are integers or the bits of float64, null where not `valid`."""
    size = len(values)
    bitmap = None
    nulls = 0
    if valid is not None:
        nulls = size - int(np.count_nonzero(valid))
        if nulls:
            bitmap = pa.py_buffer(np.packbits(valid != 0, bitorder="little"))
    if pa.types.is_boolean(kind):
        data = pa.py_buffer(np.packbits(values != 0, bitorder="little"))
    elif pa.types.is_date32(kind) or pa.types.is_time32(kind):
        data = pa.py_buffer(values.astype(np.int32))
    elif pa.types.is_null(kind):
        return pa.nulls(size)
    else:
        data = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(kind, size, [bitmap, data], nulls)


def _flattened(array: pa.ChunkedArray | pa.Array) -> pa.Array:
    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if isinstance(array, pa.ChunkedArray):
        if array.num_chunks == 1:
            return array.chunk(0)
        return pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    return array


def _data(array: pa.Array, dtype: type[np.int64] | type[np.int32]) -> npt.NDArray[np.int64]:
    """The values buffer as it is; what stands where a value is null means nothing."""
    if len(array) == 0:
        return np.empty(0, dtype)
    buffer = array.buffers()[1]
    return cast("Ints", np.frombuffer(buffer, dtype, len(array), array.offset * np.dtype(dtype).itemsize))


def _bytes(array: pa.Array) -> Bytes:
    """A boolean array as one byte a value, 0 where it is null."""
    if array.null_count:
        array = array.fill_null(False)
    return cast("Bytes", array.to_numpy(zero_copy_only=False).view(np.uint8))


def true_mask(array: pa.ChunkedArray | pa.Array) -> Bytes:
    """1 where a condition is true; null is not true."""
    return _bytes(_flattened(array))
