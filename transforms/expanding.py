"""Answers about rows that are not those of the source: elements of lists, rows by category, places of vectors.

Each is put to the sweep as what it is then: a source with a row for each element; keys that are a key and a category;
an input for each place of a vector.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.aggregates.count import Count
from ropeway.transforms.aggregates.extremes import Max, Min
from ropeway.transforms.aggregates.vectors import VectorSum
from ropeway.transforms.answers import answers, floors
from ropeway.transforms.columns import (
    NO_MASK,
    Bytes,
    Chunks,
    Column,
    Ints,
    Places,
    Validity,
    chosen,
    column_of,
    ordinals,
)
from ropeway.transforms.errors import DataError
from ropeway.transforms.expressions.kinds import without_nan
from ropeway.transforms.families import Ask
from ropeway.transforms.kernels import tallies
from ropeway.transforms.keys import Encoded, paired
from ropeway.transforms.late import IN_TIME
from ropeway.transforms.sliding import put_back
from ropeway.transforms.sweep import Events, Floors, Sweep, Tile, alike, shortest_first
from ropeway.transforms.windows import Window

Rows = npt.NDArray[np.int64]
#: rows in one place are numbered by int32
_LARGEST = 2**31 - 1


def is_expanded(ask: Ask) -> bool:
    """Whether an ask is about other rows than those of the source."""
    return ask.exploded or ask.category is not None or ask.aggregate.family == "vector"


@dataclass(frozen=True)
class Rest:
    """Events and queries by their keys, before they are in a sweep; `lists` are the inputs that hold lists."""

    source: str
    keys: Encoded
    events: Events
    instants: Ints
    lists: Mapping[int, pa.Array]
    workers: int

    @cached_property
    def sweep(self) -> Sweep:
        """What the sweep makes of it, once; raises `DataError` for more rows than positions can number."""
        for what, rows in (("elements", len(self.events.stamps)), ("categories of queries", len(self.instants))):
            if rows > _LARGEST:
                raise DataError(
                    f"source {self.source!r}: {rows:,} {what} in one place; {_LARGEST:,} is the most. Compute on "
                    f"Spark, or with memory_limit."
                )
        return Sweep(self.source, self.keys, self.events, self.instants, self.workers)


def expanded(rest: Rest, asks: Sequence[Ask]) -> dict[str, pa.Array]:
    """The answers to asks that are all about other rows, in the order of the queries."""
    done: dict[str, pa.Array] = {}
    groups: dict[tuple[int | None, int | None, int | None], list[Ask]] = {}
    for ask in asks:
        vector = ask.input if ask.aggregate.family == "vector" else None
        groups.setdefault((ask.input if ask.exploded else None, ask.category, vector), []).append(ask)
    for (lists, category, of_vector), same in groups.items():
        if of_vector is not None:
            done.update(_of_vectors(rest, same, of_vector))
            continue
        over = rest if lists is None else _exploded(rest, lists)
        plain = [replace(ask, exploded=False) for ask in same]
        if category is not None:
            for some in _nested(plain):
                done.update(_by_category(over, some, category))
        else:
            found = answers(over.sweep, plain)
            done.update({ask.name: answer for ask, answer in zip(plain, found, strict=True)})
    return done


def _exploded(rest: Rest, number: int) -> Rest:
    """The same with a row for each element of an input's lists; a list that is empty or not there has none."""
    lists = rest.lists[number]
    lengths = pc.list_value_length(lists).fill_null(0).to_numpy()
    rows = np.repeat(np.arange(len(lists)), lengths)
    elements = column_of(without_nan(pc.list_flatten(lists.drop_null())))
    events = rest.events
    inputs = [elements if at == number else _rows_of(one, rows) for at, one in enumerate(events.inputs)]
    made = Events(
        Chunks([events.stamps.at(rows)]),
        None if events.available is None else Chunks([events.available.at(rows)]),
        [ranks[rows] for ranks in events.ranks],
        inputs,
        [passed[rows] for passed in events.filters],
        until=None if events.until is None else Chunks([events.until.at(rows)]),
    )
    keys = replace(rest.keys, events=rest.keys.events[rows])
    return replace(rest, keys=keys, events=made, lists={})


def _rows_of(column: Column, rows: Rows) -> Column:
    mask: Bytes = column.mask[rows] if len(column.mask) else NO_MASK
    return Column(column.kind, Chunks([column.chunks.at(rows)]), mask, column.ranks)


# ---- by category


def _nested(asks: Sequence[Ask]) -> list[list[Ask]]:
    """The asks in groups of one filter, whose windows contain each other; of last rows, by all that orders rows too."""
    groups: dict[object, list[Ask]] = {}
    for ask in asks:
        ordered = (ask.input, ask.other) if ask.window.rows is not None else ()
        groups.setdefault((*alike(ask.window), ask.filter, *ordered), []).append(ask)
    return list(groups.values())


def _by_category(rest: Rest, asks: Sequence[Ask], number: int) -> dict[str, pa.Array]:
    """Maps of category to answer: that of queries about a key and a category, for each that a window has.

    All asks are of one filter and of windows that contain each other.
    """
    windows = list(dict.fromkeys(ask.window for ask in asks))
    whole, categories = _coded(rest.events.inputs[number])
    begins = floors(rest.sweep, asks) if asks[0].window.rows is not None else None
    sweep = rest.sweep.over(replace(rest.events, floors=begins))
    widest = windows[int(shortest_first(windows)[-1])]
    filtered = None if asks[0].filter is None else rest.events.filters[asks[0].filter]
    lengths, of_pair = _present(sweep, whole, len(categories), widest, filtered)
    # one query for each query and category that the widest window has, query after query in their order by key and time
    asking = np.repeat(sweep.rows_of_queries(), lengths)
    codes = np.where(whole.mask != 0, whole.values, -1) if len(whole.mask) else whole.values
    keys = paired(
        replace(rest.keys, queries=rest.keys.queries[asking]),
        Encoded(codes.astype(np.int32), of_pair.astype(np.int32), len(categories)),
        rest.workers,
    )
    events = rest.events
    if begins is not None:
        bounds = {window: of_query[asking] for window, of_query in begins.bounds.items()}
        events = replace(events, floors=Floors(begins.places, bounds))
    within = replace(rest, keys=keys, events=events, instants=rest.instants[asking])
    plain = [replace(ask, category=None, kind=ask.kind.item_type) for ask in asks]
    counting = [Ask(f"{at}", Count(), None, asks[0].filter, one, pa.int64()) for at, one in enumerate(windows)]
    found = answers(within.sweep, [*plain, *counting])
    counts = {window: one.to_numpy() > 0 for window, one in zip(windows, found[len(plain) :], strict=True)}
    owner = np.repeat(np.arange(len(lengths)), lengths)
    done: dict[str, pa.Array] = {}
    for ask, answer in zip(asks, found, strict=False):
        mine = np.flatnonzero(counts[ask.window])
        names = chosen(categories, pa.array(of_pair[mine]))
        items = answer.take(pa.array(mine)).cast(ask.kind.item_type)
        entries = pa.StructArray.from_arrays([names, items], fields=[ask.kind.key_field, ask.kind.item_field])
        there = np.bincount(owner[mine], minlength=len(lengths))
        done[ask.name] = put_back(sweep, there, entries, ask.kind, empty=True)
    return done


def _coded(column: Column) -> tuple[Column, pa.Array]:
    """A column as numbers of its different values, and these in their order."""
    present = column.mask != 0 if len(column.mask) else np.ones(len(column.values), np.bool_)
    distinct = np.unique(column.values[present])
    if column.ranks is not None and len(distinct) == len(column.ranks):
        codes = column.values
    else:
        codes = np.minimum(np.searchsorted(distinct, column.values), max(0, len(distinct) - 1))
    values = column.decode(distinct, Validity.of(np.ones(len(distinct), np.uint8)))
    return Column(pa.int64(), Chunks([codes]), column.mask), values


def _present(sweep: Sweep, codes: Column, size: int, window: Window, filtered: Bytes | None) -> tuple[Ints, Ints]:
    """For each query, in key and time order, how many categories a window has, and their codes, in order."""
    taken = sweep.take(codes, filtered)
    if window.rows is not None:
        taken = sweep.arrange(taken)
        group = sweep.group([window], taken)
    else:
        group = sweep.group([window])
    lengths = np.zeros(len(sweep.query_stamps), np.int64)
    found: dict[tuple[int, int], Places] = {}

    def step(tile: Tile) -> None:
        found[int(tile[4]), int(tile[5])] = tallies.present(
            tile, sweep.starts, sweep.query_starts, taken.values, taken.both, max(1, size), group.lo, group.hi,
            *(group.late or IN_TIME), lengths,
        )  # fmt: skip

    own = [taken.settle, *([group.find] if group.late is None and window.rows is None else [])]
    sweep.each(own, [step])
    return lengths, np.concatenate([np.empty(0, np.int64), *(found[at] for at in sorted(found))])


# ---- vectors


def _of_vectors(rest: Rest, asks: Sequence[Ask], number: int) -> dict[str, pa.Array]:
    """Lists of what each place of the vectors gives; those of one window must be of one length."""
    lists = rest.lists[number]
    places = _places(lists)
    lengths = pc.list_value_length(lists).fill_null(0).to_numpy().astype(np.int64)
    of_list = rest.events.inputs[number]
    ranks = [*rest.events.ranks]
    if any(ask.window.rows is not None for ask in asks):
        ranks += _order(of_list, places)
    size = Column(pa.int64(), Chunks([lengths]), of_list.mask)
    events = replace(rest.events, ranks=ranks, inputs=[*places, size], before={})
    ends = [
        Ask(f"{kind.name} {at}", kind(), len(places), ask.filter, ask.window, pa.int64())
        for kind in (Min, Max)
        for at, ask in enumerate(asks)
    ]
    single = [
        Ask(f"{at} {place}", ask.aggregate.single, place, ask.filter, ask.window, ask.kind.value_type)
        for at, ask in enumerate(asks)
        if isinstance(ask.aggregate, VectorSum)
        for place in range(len(places))
    ]
    found = answers(rest.sweep.over(events), [*ends, *single])
    done: dict[str, pa.Array] = {}
    for at, ask in enumerate(asks):
        least, most = (one.fill_null(-1).to_numpy() for one in (found[at], found[len(asks) + at]))
        _refuse_lengths(rest.source, ask, lists, least, most)
        first = 2 * len(asks) + at * len(places)
        done[ask.name] = _zipped(ask.kind, most, found[first : first + len(places)])
    return done


def _zipped(kind: pa.ListType, sizes: Ints, columns: Sequence[pa.Array]) -> pa.Array:
    """Lists of `sizes` of the values that stand beside each other in columns; null for a size below 0."""
    known = np.maximum(sizes, 0)
    offsets = np.concatenate([[0], np.cumsum(known)])
    if offsets[-1] > _LARGEST:
        raise DataError(
            f"vectors of {offsets[-1]:,} numbers in one column and place, and {_LARGEST:,} are the most: compute on "
            f"Spark, or with memory_limit."
        )
    rows = np.repeat(np.arange(len(sizes)), known)
    places = np.arange(len(rows)) - offsets[rows]
    # one column after the other
    joined = pa.concat_arrays(columns) if columns else pa.array([], kind.value_type)
    elements = joined.take(pa.array(places * len(sizes) + rows)).cast(kind.value_type)
    valid = Validity.of(sizes >= 0)
    buffers = [valid.bitmap, pa.py_buffer(offsets.astype(np.int32))]
    return pa.Array.from_buffers(kind, len(sizes), buffers, valid.nulls, children=[elements])


def _refuse_lengths(source: str, ask: Ask, lists: pa.Array, least: Ints, most: Ints) -> None:
    wrong = np.flatnonzero(least != most)
    if not len(wrong):
        return
    lengths = pc.list_value_length(lists)
    common = lengths.drop_null()[0].as_py()
    row = pc.index(pc.not_equal(lengths.fill_null(common), common), True).as_py()
    raise DataError(
        f"source {source!r}: {ask.name} needs vectors of one length in a window, and {len(wrong):,} windows hold some "
        f"of {least[wrong[0]]} numbers and some of {most[wrong[0]]}; row {row} here has {lengths[row]} where the "
        f"first one has {common}. Fill them up, or leave them out with .where()."
    )


def _places(lists: pa.Array) -> list[Column]:
    """A column for each place of vectors; shorter ones have nothing in the last ones."""
    lengths = pc.list_value_length(lists).fill_null(0).to_numpy().astype(np.int64)
    flat = column_of(without_nan(pc.list_flatten(lists.drop_null())))
    begins = np.cumsum(lengths) - lengths
    made = []
    for place in range(int(lengths.max(initial=0))):
        there = lengths > place
        at = np.where(there, begins + place, 0)
        mask = there.view(np.uint8) & flat.mask[at] if len(flat.mask) else there.view(np.uint8)
        made.append(Column(flat.kind, Chunks([flat.values[at]]), NO_MASK if mask.all() else mask, flat.ranks))
    return made


def _order(lists: Column, places: Sequence[Column]) -> list[Ints]:
    """By which vectors of one time are ordered: those that are not there first, then by their numbers."""
    ranks = [lists.mask.astype(np.int64)] if len(lists.mask) else []
    for one in places:
        present = one.mask if len(one.mask) else np.ones(len(one.values), np.uint8)
        ranks += [present.astype(np.int64), np.where(present, ordinals(one.values) if one.is_float else one.values, 0)]
    return ranks
