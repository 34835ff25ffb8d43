"""From Arrow values to arrays of one length and back, whatever of them is chunked or a constant."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.expressions.kinds import Values, kind_of
from ropeway.transforms.expressions.rows import is_missing

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: types whose values for one row are numbers that Arrow holds as integers
_COUNTED = ("timestamp", "duration", "date")


def on_arrays(function: Callable[..., pa.Array], *values: Values) -> Values:
    """`function` of arrays of one length: chunks are joined, constants repeated; of constants alone a constant.

    Chunks of a single column of strings or lists stay apart: joined, these may be longer than an array can be.
    """
    first = values[0]
    if len(values) == 1 and isinstance(first, pa.ChunkedArray) and first.num_chunks and not _is_narrow(first.type):
        return pa.chunked_array([function(chunk) for chunk in first.chunks])
    sizes = [len(value) for value in values if not isinstance(value, pa.Scalar)]
    done = function(*(_array(value, sizes[0] if sizes else 1) for value in values))
    if not sizes:
        return done[0]
    return pa.chunked_array([done]) if any(isinstance(value, pa.ChunkedArray) for value in values) else done


def _is_narrow(kind: pa.DataType) -> bool:
    """Whether all values are of one size."""
    return not (pa.types.is_string(kind) or pa.types.is_binary(kind) or pa.types.is_nested(kind))


def _array(value: Values, size: int) -> pa.Array:
    if isinstance(value, pa.ChunkedArray):
        if value.num_chunks == 1:
            return value.chunk(0)
        return pa.concat_arrays(value.chunks) if value.num_chunks else pa.array([], value.type)
    if isinstance(value, pa.Scalar):
        return repeated(value, size)
    return value


def repeated(value: pa.Scalar, size: int) -> pa.Array:
    """A constant as an array; Arrow's own way makes none without values of lists."""
    if not size:
        return pa.array([], value.type)
    return pa.repeat(value, size) if value.is_valid else pa.nulls(size, value.type)


def floats(array: pa.Array) -> Floats:
    """Numbers of float64, NaN where they are missing; not to be written to."""
    found: Floats = array.to_numpy(zero_copy_only=False)
    return found.astype(np.float64, copy=False)


def ints(array: pa.Array) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Integers, instants or durations as int64, 0 where they are missing, and which are there."""
    valid = array.is_valid().to_numpy(zero_copy_only=False)
    numbers = pc.cast(array, pa.int32()) if kind_of(array.type) == "date" else array
    whole = pc.fill_null(pc.cast(numbers, pa.int64()), 0)
    return whole.to_numpy(zero_copy_only=False), valid


def from_ints(numbers: Ints, valid: npt.NDArray[np.bool_], kind: pa.DataType) -> pa.Array:
    """The array of such numbers, null where none is there."""
    made = pa.array(numbers, pa.int64(), mask=~valid)
    return pc.cast(pc.cast(made, pa.int32()), kind) if kind_of(kind) == "date" else pc.cast(made, kind)


def by_value(function: Callable[[Any], Any], values: Values, kind: pa.DataType) -> Values:
    """`function` of each value, as rows hold them, called once for each that occurs; missing of missing."""

    def on_array(array: pa.Array) -> pa.Array:
        coded = array.dictionary_encode()
        made = [None if is_missing(value) else function(value) for value in rows(coded.dictionary)]
        return from_rows(made, kind).take(coded.indices)

    return on_arrays(on_array, values)


def rows(array: pa.Array) -> list[Any]:
    """The values as single rows hold them, but for missing floats, which may be None."""
    if kind_of(array.type) in _COUNTED:
        numbers = pc.cast(array, pa.int32()) if kind_of(array.type) == "date" else array
        return list(pc.cast(numbers, pa.int64()).to_pylist())
    return list(array.to_pylist())


def from_rows(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """The array of values as single rows hold them."""
    if kind_of(kind) in _COUNTED:
        numbers = pa.array(values, pa.int64())
        return pc.cast(pc.cast(numbers, pa.int32()), kind) if kind_of(kind) == "date" else pc.cast(numbers, kind)
    return pa.array(values, kind)
