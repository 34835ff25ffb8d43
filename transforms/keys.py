"""Entity keys: typed tuples on both sides become dense integer codes, equal iff the tuples are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.allocation import uninitialised
from ropeway.transforms.columns import data_of
from ropeway.transforms.dictionary import Codes, encode_ints
from ropeway.transforms.errors import DataError, SchemaError

#: codes by offset, without a hash table, as long as they are not more than so many times the rows
_SPARSE = 4


def common_type(left: pa.DataType, right: pa.DataType, what: str) -> pa.DataType:
    """The type in which keys of two columns compare; raises `SchemaError` where they don't.

    All integers are one type, all strings, all bytes, all timestamps (naive ones read as UTC); floats are refused.

    >>> import pyarrow as pa
    >>> common_type(pa.int32(), pa.int64(), "key 'tail'")
    DataType(int64)
    """
    for kind in (left, right):
        if pa.types.is_floating(kind):
            raise SchemaError(
                f"{what} is of type {kind}: floats are no keys, since they are equal by chance. Cast it to an integer, "
                f"a decimal or a string."
            )
    plain = [kind.value_type if pa.types.is_dictionary(kind) else kind for kind in (left, right)]
    if any(pa.types.is_null(kind) for kind in plain):  # a column of nulls, such as that of no rows, fits all
        known = [kind for kind in plain if not pa.types.is_null(kind)] or [pa.int64()]
        plain = [known[0], known[0]]
    if all(pa.types.is_decimal(kind) for kind in plain):
        return pa.decimal128(38, max(kind.scale for kind in plain))
    for target, fits in _FAMILIES:
        if all(fits(kind) for kind in plain):
            return target
    raise SchemaError(
        f"{what} is of type {left} in the source and {right} in the rows: such keys can't be equal. Cast one of them."
    )


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_binary_view(kind)
        or pa.types.is_fixed_size_binary(kind)
    )


_FAMILIES = (
    (pa.int64(), pa.types.is_integer),
    (pa.string(), _is_text),
    (pa.binary(), _is_bytes),
    (pa.bool_(), pa.types.is_boolean),
    (pa.date32(), pa.types.is_date),
    (pa.timestamp("us"), pa.types.is_timestamp),
)


def normalised(column: pa.ChunkedArray, kind: pa.DataType, what: str) -> pa.ChunkedArray:
    """`column` in the type in which keys compare."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if column.type == kind:
        return column
    try:
        if pa.types.is_timestamp(kind) and column.type.tz is not None:
            # the instant, not the local time: through the integer
            micros = column.cast(pa.timestamp("us", tz=column.type.tz)).cast(pa.int64())
            return micros.cast(kind)
        return column.cast(kind)
    except pa.ArrowInvalid as error:
        raise DataError(f"{what} can't be read as {kind}: {error}") from error


@dataclass(frozen=True)
class Encoded:
    """Codes of events and of queries, in [0, size); -1 for a null key, and mostly for a query whose key no event has.

    There may be codes that no event has.
    """

    events: Codes
    queries: Codes
    size: int


def encode(events: Sequence[pa.ChunkedArray], queries: Sequence[pa.ChunkedArray], workers: int = 1) -> Encoded:
    """One code for each distinct key of the events; both sides hold the same normalised types, column by column."""
    left, right, size = _encode_column(events[0], queries[0], workers)
    encoded = Encoded(left, right, size)
    for i in range(1, len(events)):
        encoded = paired(encoded, Encoded(*_encode_column(events[i], queries[i], workers)), workers)
    return encoded


def paired(one: Encoded, other: Encoded, workers: int = 1) -> Encoded:
    """Codes of pairs of codes, of the same rows on both sides; -1 where either is."""

    def wide(code: Codes, more: Codes) -> pa.ChunkedArray:
        # both sizes are below 2^31, so that the product of codes fits int64
        return _whole(np.where((code < 0) | (more < 0), -1, code.astype(np.int64) * other.size + more))

    return Encoded(*_encode_column(wide(one.events, other.events), wide(one.queries, other.queries), workers))


def _encode_column(events: pa.ChunkedArray, queries: pa.ChunkedArray, workers: int) -> tuple[Codes, Codes, int]:
    if pa.types.is_timestamp(events.type):
        events, queries = events.cast(pa.int64()), queries.cast(pa.int64())
    if pa.types.is_int64(events.type):
        if not events.null_count and (ends := _ends(events, _most_codes(len(events)))) is not None:
            return _by_offset(events, queries, *ends)
        return encode_ints(events, queries, workers)
    if pa.types.is_boolean(events.type):
        events, queries = events.cast(pa.int8()), queries.cast(pa.int8())
    encoded = events.dictionary_encode()
    if encoded.num_chunks == 0:
        return np.empty(0, np.int32), np.full(len(queries), -1, np.int32), 0
    distinct = encoded.chunk(0).dictionary
    codes = pa.chunked_array([chunk.indices for chunk in encoded.chunks])
    # a null of the dictionary is no key, and index_in would match it
    found = pc.index_in(queries, value_set=distinct, skip_nulls=True)
    return _codes(codes), _codes(found), len(distinct)


def _most_codes(rows: int) -> int:
    """How many codes there may be that are no more than offsets; all fit int32."""
    return min(max(_SPARSE * rows, 1 << 16), 2**31 - 1)


def _ends(events: pa.ChunkedArray, most: int) -> tuple[int, int] | None:
    """The least and the greatest value; None of no values, and if they are `most` apart or more."""
    ends: tuple[int, int] | None = None
    for chunk in events.chunks:
        if len(chunk):
            found = pc.min_max(chunk).as_py()
            least, greatest = found["min"], found["max"]
            ends = (least, greatest) if ends is None else (min(ends[0], least), max(ends[1], greatest))
            if ends[1] - ends[0] >= most:
                return None
    return ends


def _by_offset(events: pa.ChunkedArray, queries: pa.ChunkedArray, least: int, most: int) -> tuple[Codes, Codes, int]:
    left = _less(events, least)
    known = pc.and_(pc.greater_equal(queries, least), pc.less_equal(queries, most))
    inside = pc.if_else(known, queries, pa.scalar(None, pa.int64()))
    right = _less(inside.fill_null(least), least)
    if inside.null_count:
        right[inside.is_null().to_numpy()] = -1
    return left, right, most - least + 1


def _less(column: pa.ChunkedArray, least: int) -> Codes:
    """Integers less the least one."""
    codes = uninitialised(len(column), np.int32)
    at = 0
    for chunk in column.chunks:
        np.subtract(data_of(chunk, np.int64), least, out=codes[at : at + len(chunk)], casting="unsafe")
        at += len(chunk)
    return codes


def _whole(numbers: npt.NDArray[np.int64]) -> pa.ChunkedArray:
    """A column of numbers, null for those below 0."""
    return pa.chunked_array([pa.array(numbers, mask=numbers < 0)])


def _codes(column: pa.ChunkedArray) -> Codes:
    if column.null_count:
        column = column.fill_null(-1)
    return cast("Codes", column.to_numpy().astype(np.int32, copy=False))
