"""All history of a key that is cut into slices: what a slice is told of the rows before it, in place of these rows.

From the instant at which a row takes part in a window over all history, it *enters*, it takes part in every later one.
So in a slice that begins after that, all such windows hold the row, and it is *settled* there. Of its settled rows a
slice is given what they add up to, as exact integers, for counts and sums; and for what chooses one row, the row of
each chunk that would be chosen. Rows that enter within a slice are given to it as they are. What a slice is given is
thus a row's own size once, and a few rows per chunk and slice, however long the history.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms import keys
from ropeway.transforms.aggregates.lists import BottomN, FirstN, LastN, TopN
from ropeway.transforms.aggregates.moments import Mean, Std, Sum, Var
from ropeway.transforms.before import Before, added_up
from ropeway.transforms.columns import Bytes, Chunks, Column, Ints, ordinals
from ropeway.transforms.errors import DataError
from ropeway.transforms.expanding import is_expanded
from ropeway.transforms.families import Ask
from ropeway.transforms.kernels import late
from ropeway.transforms.passes import values
from ropeway.transforms.selections import is_greatest, is_newest, skips

if TYPE_CHECKING:
    from ropeway.transforms.passes.work import Work

_FIRST = -(2**63)
#: rows of a key that are divided by their number must not be more
_MOST_ROWS = 2**31 - 1
#: of the families of aggregates, those that need no row to be there
_SUMMED = ("count", "moment")

Codes = npt.NDArray[np.integer]
Mask = npt.NDArray[np.bool_]
#: an input and a filter, by their numbers
Pair = tuple[int | None, int | None]


@dataclass(frozen=True)
class History:
    """What the asks of a pass want of all history: `offsets` are the least and the greatest of their windows.

    `sums`: each input and filter of counts and sums, whether more than a count is wanted, and whether squares are.
    `chosen`: each input and filter of what chooses a row, and which: by value or by time, the greatest or the least.
    """

    offsets: tuple[int, int]
    sums: dict[Pair, tuple[bool, bool]]
    chosen: tuple[Choice, ...]

    @staticmethod
    def of(work: Work) -> History | None:
        """None if all windows of the pass are bounded."""
        asks = [ask for ask in work.asks if ask.window.back is None]
        if not asks or work.timestamp is None:
            return None
        sums: dict[Pair, tuple[bool, bool]] = {}
        chosen: dict[Choice, None] = {}
        for ask in asks:
            pair = ask.input, ask.filter
            if ask.window.is_everything and ask.aggregate.family in _SUMMED and not is_expanded(ask):
                wants = isinstance(ask.aggregate, Sum | Mean | Var | Std), isinstance(ask.aggregate, Var | Std)
                known = sums.get(pair, (False, False))
                sums[pair] = known[0] or wants[0], known[1] or wants[1]
            elif not is_whole(ask):
                chosen[_choice(ask)] = None
        offsets = [ask.window.offset for ask in asks]
        return History((min(offsets), max(offsets)), sums, tuple(chosen))


@dataclass(frozen=True)
class Choice:
    """The newest or oldest `n` rows (`by_time`), or those with the greatest or least values; `skip` those without."""

    input: int | None
    filter: int | None
    by_time: bool
    greatest: bool
    skip: bool
    n: int = 1


def _choice(ask: Ask) -> Choice:
    """The rows that an ask needs."""
    made, pair = ask.aggregate, (ask.input, ask.filter)
    if ask.window.rows is not None:
        return Choice(*pair, by_time=True, greatest=True, skip=False, n=ask.window.rows)
    if isinstance(made, LastN):
        return Choice(*pair, by_time=True, greatest=not isinstance(made, FirstN), skip=made.skip_null, n=made.n)
    if isinstance(made, TopN | BottomN):
        return Choice(*pair, by_time=False, greatest=isinstance(made, TopN), skip=True, n=made.n)
    if made.family == "extreme":
        return Choice(*pair, by_time=False, greatest=is_greatest(ask), skip=True)
    skip = ask.input is not None if made.family == "age" else skips(ask)
    return Choice(*pair, by_time=True, greatest=is_newest(ask), skip=skip)


def is_whole(ask: Ask) -> bool:
    """Whether an ask needs all rows of a key together, since nothing bounds its window and no few rows tell of it."""
    if ask.window.back is not None:
        return False
    if ask.window.rows is None:
        return not ask.aggregate.brief or is_expanded(ask)
    # of two inputs, lists and vectors, ties are not ordered by one value
    return is_expanded(ask) or ask.other is not None


# ---- sums, as they travel

_SINCE, _NUMBER, _COUNT = "since", "number", "count"
_INFINITIES = "plus", "minus"
_POWERS = "total", "squares"


def schema_of(work: Work, events: pa.Schema) -> pa.Schema:
    """Of rows that tell a slice what settled rows add up to: its key, and the number of an input and a filter.

    They tell of all rows of some chunk that enter before `since`.
    """
    fields = [pa.field(f"key {at}", events.field(key.source).type) for at, key in enumerate(work.keys)]
    fields += [pa.field(name, pa.int64()) for name in (_SINCE, _NUMBER, _COUNT, *_INFINITIES)]
    return pa.schema([*fields, *(pa.field(name, pa.binary()) for name in _POWERS)])


def keys_of(work: Work, sums: pa.Table) -> list[pa.ChunkedArray]:
    """The keys that sums are about, in the types in which keys compare."""
    return [
        keys.normalised(sums.column(at), key.kind, f"column {key.source!r} of source {work.source!r}")
        for at, key in enumerate(work.keys)
    ]


def merged(work: Work, tables: Sequence[pa.Table]) -> pa.Table:
    """Sums of several chunks: one row for each key and each input and filter, in place of one for each chunk."""
    sums = pa.concat_tables(tables)
    own = keys_of(work, sums)
    codes = keys.encode(own, own).events.astype(np.int64)
    numbers = sums.column(_NUMBER).to_numpy()
    _, heads, groups = np.unique(codes * (numbers.max() + 1) + numbers, return_index=True, return_inverse=True)
    whole = {name: np.zeros(len(heads), np.int64) for name in (_COUNT, *_INFINITIES)}
    for name, into in whole.items():
        np.add.at(into, groups, sums.column(name).to_numpy())
    powers = {name: np.zeros(len(heads), np.object_) for name in _POWERS}
    for name, found in powers.items():
        for group, data in zip(groups, sums.column(name).to_pylist(), strict=True):
            found[group] += _unpacked(data)
    one = sums.take(pa.array(heads))
    changed: dict[str, pa.Array] = {name: pa.array(counts) for name, counts in whole.items()}
    changed[_SINCE] = pa.array(since_of(sums, groups, len(heads)))
    changed |= {name: pa.array([_packed(x) for x in found], pa.binary()) for name, found in powers.items()}
    return pa.table([changed.get(name, one.column(name)) for name in one.column_names], schema=sums.schema)


def _packed(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "little", signed=True)


def _unpacked(data: bytes) -> int:
    return int.from_bytes(data, "little", signed=True)


# ---- what a chunk of events gives to slices


@dataclass(frozen=True)
class Given:
    """What slices are given of a chunk: the numbers of rows, beside each the slice, and sums by slice."""

    rows: Ints
    slices: Ints
    sums: Sequence[tuple[int, pa.Table]]


def given(work: Work, history: History, events: pa.Table, cuts: Ints, known: pa.Table | None) -> Given:
    """What the slices that begin at `cuts`, after the first, are given of events of one key, or of a few.

    `known`: what was told of some of these keys when they were cut before.
    """
    chunk = _Chunk(work, history, events, cuts, known)
    rows, slices = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for found, number in (chunk.entering(), *chunk.chosen()):
        rows.append(found)
        slices.append(number)
    return Given(np.concatenate(rows), np.concatenate(slices), list(chunk.sums(schema_of(work, events.schema))))


class _Chunk:
    """Events of a key that is cut, or of several keys of one hash. Of arrays by group, the first axis is by key, the
    second by the first slice in which a row is settled; one more than there are slices, for rows that never are."""

    def __init__(self, work: Work, history: History, events: pa.Table, cuts: Ints, known: pa.Table | None) -> None:
        self._work, self._history, self._events, self._cuts = work, history, events, cuts
        self._stamps, available = values.event_times(work, events)
        least, most = (enters(self._stamps, available, offset) for offset in history.offsets)
        self._first, self._last = (np.searchsorted(cuts, one, side="right") for one in (least, most))
        own = values.event_keys(work, events)
        encoded = keys.encode(own, own if known is None else keys_of(work, known))
        self._codes = encoded.events.astype(np.int64)
        self._shape = (encoded.size, len(cuts) + 2)
        self._group = self._codes * self._shape[1] + self._last + 1
        #: rows that nothing was told of yet
        self._new = np.ones(len(events), np.bool_)
        if known is not None and len(known):
            self._new = most >= since_of(known, encoded.queries, encoded.size)[self._codes]
        self._inputs = {at: values.input_of(work, work.inputs[at], events) for at in self._wanted(0)}
        self._filters = {at: values.filter_of(work, work.filters[at], events) for at in self._wanted(1)}

    def _wanted(self, side: int) -> list[int]:
        pairs = [*self._history.sums, *((one.input, one.filter) for one in self._history.chosen)]
        return sorted({at for pair in pairs if (at := pair[side]) is not None})

    def entering(self) -> tuple[Ints, Ints]:
        """Rows that enter in a later slice than the one of their time, and each slice in which they may do so."""
        own = np.searchsorted(self._cuts, self._stamps.whole, side="right")
        return each_of(np.maximum(self._first, own + 1), self._last)

    def chosen(self) -> Iterator[tuple[Ints, Ints]]:
        """Of the rows that are settled in a slice one that is chosen by each ask, and one in any case."""
        yield self._best(np.arange(len(self._codes)), np.ones(len(self._codes), np.bool_))
        ties = [self._stamps.whole, *values.ranks_of(self._work, self._events)] if self._history.chosen else []
        for one in self._history.chosen:
            column = None if one.input is None else self._inputs[one.input]
            taken = self._taken((one.input if one.skip else None, one.filter))
            if one.by_time:
                by = [*ties, *(() if column is None else values.order_of(column))]
            else:
                assert column is not None
                by = [ordinals(column.values) if column.is_float else column.values]
            if one.n > 1:
                yield self._several(by, taken, one)
            else:
                yield self._best(self._places(by, taken, greatest=one.greatest), taken)

    def _places(self, by: Sequence[Ints], taken: Mask, *, greatest: bool) -> Ints:
        """For those rows that may be the best of their group, by the first order, their place among all these."""
        leading = by[0] if greatest else ~by[0]
        best = np.full(self._shape[0] * self._shape[1], _FIRST)
        np.maximum.at(best, self._group[taken], leading[taken])
        some = np.flatnonzero(taken & (leading == best[self._group]))
        order = np.lexsort([one[some] for one in reversed(by)])
        places = np.full(len(taken), -1)
        places[some[order if greatest else order[::-1]]] = np.arange(len(some))
        return places

    def _best(self, places: Ints, taken: Mask) -> tuple[Ints, Ints]:
        """For each key and slice the settled row with the greatest place, if one has any."""
        best = np.full(self._shape[0] * self._shape[1], -1)
        np.maximum.at(best, self._group[taken], places[taken])
        upto = np.maximum.accumulate(best.reshape(self._shape), axis=1)[:, 1:-1]
        row_at = np.full(len(places) + 1, -1)
        row_at[places[places >= 0]] = np.flatnonzero(places >= 0)
        of_key, slices = np.nonzero(upto >= 0)
        return row_at[upto[of_key, slices]], slices + 1

    def _several(self, by: Sequence[Ints], taken: Mask, choice: Choice) -> tuple[Ints, Ints]:
        """For each key and slice the best `n` settled rows, as far as there are so many."""
        some = np.flatnonzero(taken)
        order = np.lexsort([one[some] for one in reversed(by)])
        best_first = some[order[::-1] if choice.greatest else order]
        # who is not among the best of those that are settled at once never is
        best_first = best_first[_rank_within(self._group[best_first]) < choice.n]
        rows, slices = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for number in range(1, len(self._cuts) + 1):
            settled = best_first[self._last[best_first] < number]
            chosen = settled[_rank_within(self._codes[settled]) < choice.n]
            rows.append(chosen)
            slices.append(np.full(len(chosen), number))
        return np.concatenate(rows), np.concatenate(slices)

    def _taken(self, pair: Pair) -> Mask:
        """Which rows have this input and pass this filter."""
        masks = [] if pair[0] is None else [self._inputs[pair[0]].mask]
        masks += [] if pair[1] is None else [self._filters[pair[1]]]
        taken = np.ones(len(self._codes), np.bool_)
        for mask in masks:
            if len(mask):
                taken &= mask != 0
        return taken

    def sums(self, schema: pa.Schema) -> Iterator[tuple[int, pa.Table]]:
        """What the rows that are settled in a slice add up to, slice by slice."""
        told: dict[int, list[tuple[int, ...]]] = {}
        for number, (pair, (summed, squared)) in enumerate(self._history.sums.items()):
            column = None if pair[0] is None else self._inputs[pair[0]]
            taken = (self._taken(pair) & self._new).astype(np.uint8)
            size = self._shape[0] * self._shape[1]
            found = added_up(column, taken, self._group, size, summed=summed, squared=squared)
            parts = (found.counts, found.infinities[:, 0], found.infinities[:, 1], found.totals, found.squares)
            upto = [np.cumsum(part.reshape(self._shape), axis=1) for part in parts]
            for key, at in zip(*np.nonzero(upto[0][:, 1:-1]), strict=True):
                told.setdefault(int(at) + 1, []).append((int(key), number, *(int(part[key, at + 1]) for part in upto)))
        heads = np.zeros(self._shape[0], np.int64)
        heads[self._codes[::-1]] = np.arange(len(self._codes))[::-1]
        for slice_, rows in sorted(told.items()):
            of_key, numbers, counts, plus, minus, totals, squares = zip(*rows, strict=True)
            heads_of = self._events.take(pa.array(heads[list(of_key)]))
            since = [int(self._cuts[slice_ - 1])] * len(rows)
            columns = [heads_of.column(key.source) for key in self._work.keys]
            columns += [pa.array(one, pa.int64()) for one in (since, numbers, counts, plus, minus)]
            columns += [pa.array([_packed(one) for one in some], pa.binary()) for some in (totals, squares)]
            yield slice_, pa.table(columns, schema=schema)


def _rank_within(groups: Ints) -> Ints:
    """For each element how many of the same group stand before it."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))[: len(ordered)]
    ranks = np.empty(len(groups), np.int64)
    ranks[order] = np.arange(len(groups)) - np.repeat(first, np.diff(np.append(first, len(groups))))
    return ranks


def each_of(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Each row as often as there are numbers from its `first` to its `last`, and these numbers.

    >>> rows, numbers = each_of(np.array([1, 3, 2]), np.array([2, 2, 2]))
    >>> rows.tolist(), numbers.tolist()
    ([0, 0, 2], [1, 2, 2])
    """
    counts = np.maximum(last - first + 1, 0)
    rows = np.repeat(np.arange(len(counts)), counts)
    return rows, np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts) + first[rows]


def enters(stamps: Chunks, available: Chunks | None, offset: int) -> Ints:
    """The instant from which each row takes part in windows that are moved back by `offset`."""
    happened = stamps.whole
    known = happened if available is None else available.whole
    if offset == 0 and available is None:
        return happened
    out = np.empty(len(happened), np.int64)
    late.entries(0, len(happened), happened, known, offset, out)
    return out


def since_of(sums: pa.Table, codes: Codes, size: int) -> Ints:
    """For each key, of `size`, the instant before which what enters was told; `codes` are those of the sums."""
    since = np.full(size, _FIRST)
    there = codes >= 0
    np.maximum.at(since, codes[there], sums.column(_SINCE).to_numpy()[there])
    return since


# ---- what a slice makes of it


def taken_in(
    work: Work,
    sums: pa.Table,
    codes: Codes,
    event_codes: Codes,
    size: int,
    stamps: Chunks,
    available: Chunks | None,
    inputs: Sequence[Column],
    filters: list[Bytes],
) -> tuple[tuple[Ask, ...], dict[Pair, Before]]:
    """The asks of a slice, and what stands before its rows.

    Asks for counts and sums of all history get a filter, which is appended to `filters`, that leaves out rows of which
    sums tell. `codes`, of `size`, are those of the keys of the sums, `event_codes` those of the rows, -1 for no key;
    `stamps` and `available` say when these happened and became known, `inputs` what is summed.

    Raises `DataError` for more rows than means can be made of.
    """
    history = History.of(work)
    assert history is not None, "sums are told of windows over all history only"
    known = codes >= 0  # of a key without a row here, which has been cut from it since, nobody asks
    sums, codes = sums.filter(pa.array(known)), codes[known]
    since = np.append(since_of(sums, codes, size), _FIRST)  # the last one for rows without a key
    new = (enters(stamps, available, history.offsets[1]) >= since[event_codes]).astype(np.uint8)
    numbers: dict[Pair, int] = {}
    before: dict[Pair, Before] = {}
    for number, pair in enumerate(history.sums):
        numbers[pair] = len(filters)
        filters.append(new if pair[1] is None else new & filters[pair[1]])
        found = _before(sums, codes, size, number)
        before[pair[0], numbers[pair]] = found
        if pair[0] is not None and not pa.types.is_decimal(inputs[pair[0]].kind) and history.sums[pair][0]:
            _check_number(work, int(found.counts.max(initial=0)) + len(new))
    asks = tuple(
        replace(ask, filter=numbers[ask.input, ask.filter])
        if ask.window.is_everything and ask.aggregate.family in _SUMMED and not is_expanded(ask)
        else ask
        for ask in work.asks
    )
    return asks, before


def _check_number(work: Work, rows: int) -> None:
    if rows > _MOST_ROWS:
        raise DataError(
            f"source {work.source!r}: a key has {rows:,} rows, and sums and means over all history can't be made of "
            f"more than {_MOST_ROWS:,}: use windows of some length."
        )


def _before(sums: pa.Table, codes: Codes, size: int, number: int) -> Before:
    found = Before.nothing(size)
    mine = np.flatnonzero(sums.column(_NUMBER).to_numpy() == number)
    some, at = sums.take(pa.array(mine)), codes[mine]
    np.add.at(found.counts, at, some.column(_COUNT).to_numpy())
    for sign, name in enumerate(_INFINITIES):
        np.add.at(found.infinities[:, sign], at, some.column(name).to_numpy())
    for into, name in zip((found.totals, found.squares), _POWERS, strict=True):
        for key, data in zip(at, some.column(name).to_pylist(), strict=True):
            into[key] += _unpacked(data)
    return found
