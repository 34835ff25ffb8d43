"""One 64-bit hash per tuple of key values, the same for equal keys whatever table, file or process they come from."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms.columns import Bytes, Column, Ints, frozen
from ropeway.transforms.kernels import scatter

Hashes = npt.NDArray[np.uint64]

#: types that are one integer of 64 bits at most
_AS_INTS = {pa.bool_(): pa.int8(), pa.date32(): pa.int32(), pa.timestamp("us"): pa.int64()}


def hashes(columns: Sequence[pa.ChunkedArray]) -> tuple[Hashes, Bytes]:
    """uint64[rows] and, as 1, which rows have no key, since one of its columns is null.

    `columns` are of the types in which keys compare (`keys.normalised`). Hashes are the same in every process of one
    release, and may be others in the next: nothing is stored by them.

    >>> import pyarrow as pa
    >>> left, right = pa.chunked_array([["a", "ab", None, "a"]]), pa.chunked_array([["bc", "c", "x", "bc"]])
    >>> found, missing = hashes([left, right])
    >>> bool(found[0] == found[3]), bool(found[0] == found[1]), missing.tolist()
    (True, False, [0, 0, 1, 0])
    """
    size = len(columns[0])
    found = np.zeros(size, np.uint64)
    missing = np.zeros(size, np.uint8)
    for column in columns:
        at = 0
        for chunk in column.chunks:
            _fold(chunk, found[at : at + len(chunk)])
            if chunk.null_count:
                missing[at : at + len(chunk)] |= np.asarray(chunk.is_null()).view(np.uint8)
            at += len(chunk)
    return found, missing


def _fold(chunk: pa.Array, into: Hashes) -> None:
    kind = chunk.type
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        _, offsets, data = chunk.buffers()
        bounds = np.frombuffer(offsets, np.int32, len(chunk) + 1, 4 * chunk.offset).astype(np.int64)
        letters = np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)
        scatter.hash_bytes(frozen(bounds), frozen(letters), into)
    elif pa.types.is_decimal128(kind):
        halves = np.frombuffer(chunk.buffers()[1], np.int64, 2 * len(chunk), 16 * chunk.offset).reshape(-1, 2)
        for half in (0, 1):
            scatter.hash_ints(frozen(np.ascontiguousarray(halves[:, half])), into)
    else:
        scatter.hash_ints(_ints(chunk), into)


def _ints(chunk: pa.Array) -> Ints:
    """The values as int64; whatever stands where there is none."""
    if chunk.type in _AS_INTS:
        chunk = chunk.cast(pa.int8()) if pa.types.is_boolean(chunk.type) else chunk.view(_AS_INTS[chunk.type])
    width = np.dtype(chunk.type.to_pandas_dtype())
    values = np.frombuffer(chunk.buffers()[1], width, len(chunk), width.itemsize * chunk.offset)
    return cast("Ints", frozen(values.astype(np.int64, copy=False)))


def _in_micros(values: Ints, unit: str) -> Ints:
    """Times of day and durations in microseconds, whatever unit a column has; nanoseconds if they are not whole."""
    if unit == "ns":
        return np.where(values % 1000 == 0, values // 1000, values)
    return values * np.int64({"s": 1_000_000, "ms": 1_000, "us": 1}[unit])


def value_hashes(column: Column) -> Hashes:
    """uint64[rows], the same for equal values of one type; 0.0 and -0.0 are equal; anything where there is none."""
    values = column.values
    if column.ranks is not None:
        return hashes([pa.chunked_array([column.ranks])])[0][values] if len(column.ranks) else np.zeros(0, np.uint64)
    if column.is_float:
        values = np.where(values == np.int64(-(2**63)), 0, values)
    elif pa.types.is_time(column.kind) or pa.types.is_duration(column.kind):
        values = _in_micros(values, column.kind.unit)
    found = np.zeros(len(values), np.uint64)
    scatter.hash_ints(frozen(np.ascontiguousarray(values)), found)
    return found
