"""What one pass computes once events and queries stand in memory; the same code in a Spark task and on one machine."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ropeway.transforms import keys
from ropeway.transforms.answers import answers
from ropeway.transforms.before import Before
from ropeway.transforms.columns import Ints
from ropeway.transforms.errors import DataError
from ropeway.transforms.expanding import Rest, expanded, is_expanded
from ropeway.transforms.expressions import Expression
from ropeway.transforms.families import Ask
from ropeway.transforms.instants import Unit
from ropeway.transforms.passes import history, values
from ropeway.transforms.passes.clock import Clock
from ropeway.transforms.sweep import Events, Sweep

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
    `complete_until`: labels whose window ends after that instant are null. `until`: the column of the instants, in
    microseconds, at which rows were superseded.
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
    complete_until: int | None = None
    until: str | None = None


def run(
    work: Work, events: pa.Table, queries: pa.Table, workers: int, clock: Clock, sums: pa.Table | None = None
) -> list[pa.Array]:
    """One array per ask of `work`, in the order of `queries`.

    `events` holds at least `work.columns`; `queries` the rows' key columns and time. In a slice of a key `sums` tell of
    the rows before it (`history.py`). Raises `DataError` for what is wrong with the values of any.
    """
    for name, table in ((f"source {work.source!r}", events), ("the rows", queries)):
        if len(table) > LARGEST:
            raise DataError(f"{name} holds {len(table):,} rows in one place; {LARGEST:,} is the most.")
    with clock("expressions"):
        if work.where is not None:
            events = events.filter(values.evaluated(work, work.where, events))
        stamps, available = values.event_times(work, events)
        until = values.until_of(work, events)
        inputs = [values.input_of(work, expression, events) for expression in work.inputs]
        filters = [values.filter_of(work, expression, events) for expression in work.filters]
        lists = {number: values.lists_of(work, work.inputs[number], events) for number in _listed(work)}
        ranks = values.ranks_of(work, events)
        moments = values.query_times(work, queries)
    with clock("encode"):
        told = None if sums is None or not len(sums) else sums
        asking = values.query_keys(work, queries)
        if told is not None:  # sums stand behind the rows
            both = zip(asking, history.keys_of(work, told), strict=True)
            asking = [pa.chunked_array([*one.chunks, *other.chunks], one.type) for one, other in both]
        encoded = keys.encode(values.event_keys(work, events), asking, workers)
        codes = encoded.queries[: len(queries)]
    asks, before = work.asks, dict[history.Pair, Before]()
    if told is not None:
        asks, before = history.taken_in(
            work,
            told,
            encoded.queries[len(queries) :],
            encoded.events,
            encoded.size,
            stamps,
            available,
            inputs,
            filters,
        )
        encoded = keys.Encoded(encoded.events, codes, encoded.size)
    given = Events(stamps, available, ranks, inputs, filters, before, until=until)
    more = [ask for ask in asks if is_expanded(ask)]
    rest = Rest(work.source, encoded, given, moments, lists, workers)
    with clock("sort"):
        sweep = rest.sweep
        if work.timestamp is None:
            sweep.refuse_duplicates()
    clock.swept(sweep.slices, sweep.largest)
    # what stands in the sweep is not needed twice: the memory is good for what follows
    del encoded, codes, stamps, available, events, given
    if not more:
        del rest
    with clock("sweep"):
        plain = [ask for ask in asks if not is_expanded(ask)]
        done = {ask.name: answer for ask, answer in zip(plain, answers(sweep, plain), strict=True)}
        if more:
            done |= expanded(rest, more)
        return _completed(work, [done[ask.name] for ask in asks], moments)


def _completed(work: Work, found: list[pa.Array], times: Ints) -> list[pa.Array]:
    """The answers, of which those about a time that is not over are null."""
    if work.complete_until is None:
        return found
    made = []
    for ask, answer in zip(work.asks, found, strict=True):
        last = work.complete_until - ask.window.forward  # may lie before all instants there are
        over = (times <= max(-(2**63), last)) & (last >= -(2**63))
        made.append(answer if over.all() else answer.take(pa.array(np.arange(len(times)), mask=~over)))
    return made


def _listed(work: Work) -> list[int]:
    """The inputs of which the elements count."""
    return sorted(
        {ask.input for ask in work.asks if ask.input is not None and (ask.exploded or ask.aggregate.family == "vector")}
    )


def laid_out(work: Work, events: pa.Table, queries: pa.Table, workers: int) -> Sweep:
    """The tiles in which rows would be computed, of which only the keys and times are read."""
    stamps = values.stamps_of(work, events)
    encoded = keys.encode(values.event_keys(work, events), values.query_keys(work, queries), workers)
    return Sweep(work.source, encoded, Events(stamps, None, (), (), ()), values.query_times(work, queries), workers)


def with_columns(table: pa.Table, names: Sequence[str], columns: Sequence[pa.Array | pa.ChunkedArray]) -> pa.Table:
    """`table` with more columns at its end."""
    return pa.table([*table.columns, *columns], names=[*table.column_names, *names])
