"""What is kept of an entity's rows so that a pass can be answered at any later instant: its state.

The state as of an instant is what a slice that begins there is given of the rows before it (`history.py`): the rows
that bounded windows may still reach, those that windows over all history choose, and what the others add up to.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms import keys
from ropeway.transforms.errors import UsageError
from ropeway.transforms.passes import history, values
from ropeway.transforms.passes.work import Work

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Kept:
    """States of entities, one after the other.

    keys: the join keys of each. rows, sums: their columns without keys; `row_ends` and `sum_ends` say where those of
    each entity end. newest: the time of its newest row, in microseconds.
    """

    keys: pa.Table
    rows: pa.Table
    row_ends: Ints
    sums: pa.Table
    sum_ends: Ints
    newest: Ints


def check_kept(work: Work, what: str) -> None:
    """Raise `UsageError` for asks of which no state of limited size can tell, and for rows that change."""
    whole = [ask.name for ask in work.asks if history.is_whole(ask)]
    if whole:
        raise UsageError(
            f"{what}: {', '.join(whole[:5])} over all history would need every row there ever was: give it a window, "
            f'such as .over("90d"), or a state of limited size, such as approx_count_distinct().'
        )
    if work.until is not None:
        raise UsageError(f'{what}: the rows of source {work.source!r} change (row_key): take mode="values".')


def kept_columns(work: Work) -> tuple[str, ...]:
    """The columns of the rows of a state."""
    needed = {name for one in (*work.inputs, *work.filters) for name in one.columns()}
    needed |= {name for name in (work.timestamp, work.available_at, *work.tiebreak) if name is not None}
    return tuple(name for name in work.columns if name in needed)


def sums_schema(work: Work, events: pa.Schema) -> pa.Schema:
    """The columns of the sums of a state."""
    return pa.schema(list(history.schema_of(work, events))[len(work.keys) :])


def kept(work: Work, events: pa.Table, until: int) -> Kept:
    """The states as of an instant of all entities of these rows that have one.

    A row takes part if it happened and was known at the instant or before.
    """
    if work.where is not None:
        events = events.filter(values.evaluated(work, work.where, events))
        work = replace(work, where=None)
    stamps, available = values.event_times(work, events)
    happened = stamps.whole
    known = happened if available is None else np.maximum(happened, available.whole)
    there = known <= until
    for column in values.event_keys(work, events):
        there &= column.is_valid().to_numpy()
    events, happened = events.filter(pa.array(there)), happened[there]
    reach = max((back for ask in work.asks if (back := ask.window.back) is not None), default=0)
    taken = happened >= until - reach
    sums = history.schema_of(work, events.schema).empty_table()
    story = history.History.of(work)
    if story is not None and len(events):
        given = history.given(work, story, events, np.array([until]), None)
        taken[given.rows] = True
        sums = pa.concat_tables([sums, *(table for _, table in given.sums)])
    own = values.event_keys(work, events)
    told = history.keys_of(work, sums)
    encoded = keys.encode(own, told)
    codes, of_sums = encoded.events.astype(np.int64), encoded.queries.astype(np.int64)
    newest = np.full(encoded.size, -(2**63))
    np.maximum.at(newest, codes, happened)
    rows = np.flatnonzero(taken)
    rows = rows[np.argsort(codes[rows], kind="stable")]
    order = np.argsort(of_sums, kind="stable")
    there_are = np.bincount(codes[rows], minlength=encoded.size) + np.bincount(of_sums, minlength=encoded.size)
    entities = np.flatnonzero(there_are)
    first = np.zeros(encoded.size, np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return Kept(
        events.select(list(dict.fromkeys(key.source for key in work.keys))).take(pa.array(first[entities])),
        events.select(list(kept_columns(work))).take(pa.array(rows)),
        np.searchsorted(codes[rows], entities, side="right"),
        sums.select(range(len(work.keys), sums.num_columns)).take(pa.array(order)),
        np.searchsorted(of_sums[order], entities, side="right"),
        newest[entities],
    )
