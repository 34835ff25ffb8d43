"""What one pass computes once events and queries stand in memory; the same code in a Spark task and on one machine."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ropeway.batch.clock import Clock
from ropeway.transforms import instants, keys
from ropeway.transforms.answers import answers
from ropeway.transforms.columns import Chunks, Column, Ints, column_of, ordinals, true_mask
from ropeway.transforms.errors import DataError
from ropeway.transforms.expressions import Expression, col, evaluate
from ropeway.transforms.families import Ask
from ropeway.transforms.instants import Unit
from ropeway.transforms.sweep import ALWAYS, Events, Sweep

#: rows of one pass in one place are numbered by int32
LARGEST = 2**31 - 1


@dataclass(frozen=True)
class Key:
    """One join key: its column in the source and in the rows, and the type in which they compare."""

    source: str
    rows: str
    kind: pa.DataType


@dataclass(frozen=True)
class Work:
    """One pass without its tables; pickled to executors. `columns` are those of the source that are read.

    `timestamp` is None for a static table. `query_time` is the rows' time column, None if no pass needs one.
    """

    source: str
    keys: tuple[Key, ...]
    columns: tuple[str, ...]
    timestamp: str | None
    available_at: str | None
    timestamp_unit: Unit | None
    tiebreak: tuple[str, ...]
    where: Expression | None
    inputs: tuple[Expression, ...]
    filters: tuple[Expression, ...]
    asks: tuple[Ask, ...]
    query_time: str | None
    query_unit: Unit | None


def run(work: Work, events: pa.Table, queries: pa.Table, workers: int, clock: Clock) -> list[pa.Array]:
    """One array per ask of `work`, in the order of `queries`.

    `events` holds at least `work.columns`; `queries` the rows' key columns and time. Raises `DataError` for what is
    wrong with the values of either.
    """
    for name, table in ((f"source {work.source!r}", events), ("the rows", queries)):
        if len(table) > LARGEST:
            raise DataError(f"{name} holds {len(table):,} rows in one place; {LARGEST:,} is the most.")
    with clock("expressions"):
        if work.where is not None:
            events = events.filter(_evaluated(work, work.where, events))
        stamps, available = _event_times(work, events)
        inputs = [_column(work, expression, events) for expression in work.inputs]
        filters = [true_mask(_evaluated(work, expression, events)) for expression in work.filters]
        ranks = _ranks([_column(work, col(name), events) for name in work.tiebreak])
        moments = _query_times(work, queries)
    with clock("encode"):
        encoded = keys.encode(
            [keys.normalised(events.column(key.source), key.kind, _named(work, key.source)) for key in work.keys],
            [
                keys.normalised(queries.column(key.rows), key.kind, f"column {key.rows!r} of the rows")
                for key in work.keys
            ],
            workers,
        )
    with clock("sort"):
        sweep = Sweep(work.source, encoded, Events(stamps, available, ranks, inputs, filters), moments, workers)
        if work.timestamp is None:
            sweep.refuse_duplicates()
    clock.swept(sweep.slices, sweep.largest)
    # what stands in the sweep is not needed twice: the memory is good for what follows
    del encoded, stamps, available, events
    with clock("sweep"):
        return answers(sweep, work.asks)


def _named(work: Work, column: str) -> str:
    return f"column {column!r} of source {work.source!r}"


def _event_times(work: Work, events: pa.Table) -> tuple[Chunks, Chunks | None]:
    if work.timestamp is None:
        return Chunks([np.full(len(events), ALWAYS, np.int64)]), None
    stamps = _micros(
        events.column(work.timestamp), work.timestamp_unit, f"timestamp {work.timestamp!r} of source {work.source!r}"
    )
    if work.available_at is None:
        return stamps, None
    what = f"available_at {work.available_at!r} of source {work.source!r}"
    return stamps, _micros(events.column(work.available_at), work.timestamp_unit, what)


def _micros(column: pa.ChunkedArray, unit: Unit | None, what: str) -> Chunks:
    """The instants of a column, chunk by chunk, so that none is copied."""
    try:
        return Chunks([instants.micros(pa.chunked_array([chunk]), unit, what) for chunk in column.chunks])
    except DataError:
        return Chunks([instants.micros(column, unit, what)])  # raises what is wrong with all of them


def _query_times(work: Work, queries: pa.Table) -> Ints:
    if work.timestamp is None or work.query_time is None:
        return np.zeros(len(queries), np.int64)
    return instants.micros(queries.column(work.query_time), work.query_unit, f"column {work.query_time!r} of the rows")


def _evaluated(work: Work, expression: Expression, events: pa.Table) -> pa.Array | pa.ChunkedArray:
    try:
        return evaluate(expression, events)
    except DataError as error:
        raise DataError(f"source {work.source!r}: {error}") from error


def _column(work: Work, expression: Expression, events: pa.Table) -> Column:
    values = _evaluated(work, expression, events)
    try:
        return column_of(values)
    except DataError as error:
        raise DataError(f"source {work.source!r}, {expression!r}: {error}") from error


def _ranks(columns: Sequence[Column]) -> list[Ints]:
    """For each column whether a value is present (null first), then its order."""
    ranks: list[Ints] = []
    for column in columns:
        values = column.values
        present = column.mask.astype(np.int64) if len(column.mask) else np.ones(len(values), np.int64)
        if column.is_float:
            values = ordinals(values)
        ranks += [present, np.where(present != 0, values, 0)]
    return ranks


def with_columns(table: pa.Table, names: Sequence[str], columns: Sequence[pa.Array | pa.ChunkedArray]) -> pa.Table:
    """`table` with more columns at its end."""
    return pa.table([*table.columns, *columns], names=[*table.column_names, *names])
