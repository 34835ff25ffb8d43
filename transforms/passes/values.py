"""What a pass reads of a row, as arrays: its key, times and inputs, which filters it passes, its place among ties."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from ropeway.transforms import instants, keys
from ropeway.transforms.columns import Bytes, Chunks, Column, Ints, column_of, data_of, ordinals, true_mask
from ropeway.transforms.errors import DataError
from ropeway.transforms.expressions import Expression, col, evaluate
from ropeway.transforms.instants import Unit
from ropeway.transforms.sweep import ALWAYS

if TYPE_CHECKING:
    from ropeway.transforms.passes.work import Work


def event_keys(work: Work, events: pa.Table) -> list[pa.ChunkedArray]:
    """The key columns of a source, in the types in which they compare."""
    return [
        keys.normalised(events.column(key.source), key.kind, f"column {key.source!r} of source {work.source!r}")
        for key in work.keys
    ]


def query_keys(work: Work, queries: pa.Table) -> list[pa.ChunkedArray]:
    """The key columns of the rows, in the types in which they compare."""
    return [
        keys.normalised(queries.column(key.rows), key.kind, f"column {key.rows!r} of the rows") for key in work.keys
    ]


def asking(work: Work) -> list[str]:
    """The columns of the rows that a pass reads."""
    names = [key.rows for key in work.keys]
    if work.timestamp is not None and work.query_time is not None:
        names.append(work.query_time)
    return list(dict.fromkeys(names))


def event_times(work: Work, events: pa.Table) -> tuple[Chunks, Chunks | None]:
    """When each row happened and when it became known, in microseconds; None if it was known as it happened."""
    stamps = stamps_of(work, events)
    if work.timestamp is None or work.available_at is None:
        return stamps, None
    what = f"available_at {work.available_at!r} of source {work.source!r}"
    return stamps, _micros(events.column(work.available_at), work.timestamp_unit, what)


def until_of(work: Work, events: pa.Table) -> Chunks | None:
    """When each row was superseded, in microseconds; the end of time for those that were not."""
    if work.until is None:
        return None
    column = events.column(work.until).fill_null(2**63 - 1)
    return Chunks([data_of(chunk, np.int64) for chunk in column.chunks])


def stamps_of(work: Work, events: pa.Table) -> Chunks:
    """When each row happened, in microseconds."""
    if work.timestamp is None:
        return Chunks([np.full(len(events), ALWAYS, np.int64)])
    what = f"timestamp {work.timestamp!r} of source {work.source!r}"
    return _micros(events.column(work.timestamp), work.timestamp_unit, what)


def _micros(column: pa.ChunkedArray, unit: Unit | None, what: str) -> Chunks:
    """The instants of a column, chunk by chunk, so that none is copied."""
    try:
        return Chunks([instants.micros(pa.chunked_array([chunk]), unit, what) for chunk in column.chunks])
    except DataError:
        return Chunks([instants.micros(column, unit, what)])  # raises what is wrong with all of them


def query_times(work: Work, queries: pa.Table) -> Ints:
    """When each row asks; 0 where no pass needs to know."""
    if work.timestamp is None or work.query_time is None:
        return np.zeros(len(queries), np.int64)
    return instants.micros(queries.column(work.query_time), work.query_unit, f"column {work.query_time!r} of the rows")


def evaluated(work: Work, expression: Expression, events: pa.Table) -> pa.Array | pa.ChunkedArray:
    """An expression over rows of the source, which an error names."""
    try:
        return evaluate(expression, events)
    except DataError as error:
        raise DataError(f"source {work.source!r}: {error}") from error


def input_of(work: Work, expression: Expression, events: pa.Table) -> Column:
    """An expression as kernels take it."""
    values = evaluated(work, expression, events)
    try:
        return column_of(values)
    except DataError as error:
        raise DataError(f"source {work.source!r}, {expression!r}: {error}") from error


def lists_of(work: Work, expression: Expression, events: pa.Table) -> pa.Array:
    """An expression whose values are lists, in one array."""
    found = evaluated(work, expression, events)
    whole = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    kind = pa.list_(whole.type.value_type)
    return whole if pa.types.is_list(whole.type) else whole.cast(kind)


def filter_of(work: Work, expression: Expression, events: pa.Table) -> Bytes:
    """1 where a condition holds."""
    return true_mask(evaluated(work, expression, events))


def ranks_of(work: Work, events: pa.Table) -> list[Ints]:
    """By which rows of one time are ordered, the first of them first."""
    return [rank for name in work.tiebreak for rank in order_of(input_of(work, col(name), events))]


def order_of(column: Column) -> Sequence[Ints]:
    """Whether a value is present (null first), then its order."""
    values = column.values
    present = column.mask.astype(np.int64) if len(column.mask) else np.ones(len(values), np.int64)
    if column.is_float:
        values = ordinals(values)
    return present, np.where(present != 0, values, 0)
