"""The sweep: events and queries of any number of keys, put into key and time order once.

After that each window of each query is a range of positions, found once for all aggregates (`Group`).
`families.py` turns ranges into answers.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ropeway.transforms import threads
from ropeway.transforms.allocation import uninitialised
from ropeway.transforms.before import Before
from ropeway.transforms.calendar import period_starts
from ropeway.transforms.columns import NO_MASK, Bytes, Chunks, Column, Ints, Places, frozen, ordinals
from ropeway.transforms.errors import DataError
from ropeway.transforms.kernels import late, order, ranges
from ropeway.transforms.kernels import tiles as kernels
from ropeway.transforms.keys import Encoded
from ropeway.transforms.late import IN_TIME, Late
from ropeway.transforms.tiles import Cuts, Side, counts_of, cuts_of, settle
from ropeway.transforms.windows import Window

#: the instant of a static table's rows: before every query
ALWAYS = -(2**63)

_FOREVER = 2**63 - 1

#: keys [0:2], events [2:4] and queries [4:6] of a tile, each first and end, and [6] whether its key is cut
Tile = Ints
Step = Callable[[Tile], None]


@dataclass(frozen=True)
class Events:
    """The rows of a source: instants, when they became known (None: when they happened), inputs and filters.

    `ranks` order rows of one time, the first of them first; none unless they are needed.
    Rows of a static table stand at `ALWAYS`. `before` tells, for windows over all history of an input and a filter, by
    their numbers, of rows that are not among these. `floors`: for windows of the last rows where these are about rows
    that are not all there, the order of the rows, and for each window and query from where on in it rows take part.
    `until`: the instants at which rows were superseded, from which on they take no part.
    """

    stamps: Chunks
    available: Chunks | None
    ranks: Sequence[Ints]
    inputs: Sequence[Column]
    filters: Sequence[Bytes]
    before: Mapping[tuple[int | None, int | None], Before] = field(default_factory=dict)
    floors: "Floors | None" = None
    until: Chunks | None = None


@dataclass(frozen=True)
class Floors:
    """Where windows of the last rows begin: `places`, of each row, and `bounds`, by window and by query as it came."""

    places: Ints
    bounds: Mapping[Window, Ints]


@dataclass(frozen=True)
class Group:
    """Windows that share offset and closed sides, and so the position `hi` at which they end for each query.

    `lo` is int32[windows, queries], `hi` int32[queries]; `find` fills them for a tile. For `late` rows, which don't
    enter in time order, `hi` is a position in `late.order`, and both are filled.
    """

    windows: tuple[Window, ...]
    lo: Places
    hi: Places
    find: Step
    late: Late | None = None

    def only(self, windows: Sequence[Window]) -> "Group":
        """The same for some of the windows, once they are found."""
        if list(windows) == list(self.windows):
            return self
        at = [self.windows.index(window) for window in windows]
        known = self.late
        if known is not None:
            leaves = known.leaves[at] if len(known.leaves) else known.leaves
            known = known._replace(leaves=leaves, alive=known.alive[at])
        return replace(self, windows=tuple(windows), lo=self.lo[at], late=known)

    @property
    def shortest(self) -> Ints:
        """The windows by their length, the shortest first."""
        return shortest_first(self.windows)


class Ranked(NamedTuple):
    """Values by which rows of one time are ordered, those that are not present first; an empty mask: all are."""

    values: Ints
    present: Bytes
    is_float: bool


@dataclass(frozen=True)
class Taken:
    """An input and a filter in event order: which rows take part, and which of them have a value.

    A mask is empty where all rows do. `settle` puts the rows of a tile into order: before it nothing holds.
    `by`: what orders rows of one time and tiebreak; nothing where they are in that order. `arranged`: there, which
    position of the time order stands at each place. `second`: the values of a second input, and whether they are
    floats; then `present` and `both` are of rows that have both.
    """

    values: Ints
    present: Bytes  # have a value
    rows: Bytes  # pass the filter
    both: Bytes
    settle: Step
    by: "tuple[Ranked, ...]" = ()
    arranged: Places | None = None
    second: "tuple[Ints, bool] | None" = None

    def moved(self, positions: Places) -> Places:
        """Positions in the order of time as places here."""
        assert self.arranged is not None
        places = np.empty(len(self.arranged), np.int32)
        places[self.arranged] = np.arange(len(places), dtype=np.int32)
        found: Places = places[positions]
        return found


class Sweep:
    """Events and queries in key and time order, tile by tile on `workers` threads.

    `tiles` is how many there are, `slices` how many of them are slices of the `cut` keys, each too large for one tile,
    and `largest` the rows of the largest tile.
    """

    def __init__(self, source: str, keys: Encoded, events: Events, instants: Ints, workers: int) -> None:
        self.source = source
        self.events = events
        self.workers = workers
        self.size = len(instants)
        self.instants = instants
        codes, query_codes = frozen(keys.events), frozen(keys.queries)
        stamps, query_stamps = events.stamps, Chunks([instants])
        counts = counts_of(codes, keys.size, workers)
        query_counts = counts_of(query_codes, keys.size, workers)
        self.starts = _starts(counts)
        self.query_starts = _starts(query_counts)
        cuts = cuts_of(counts + query_counts, [(codes, stamps), (query_codes, query_stamps)], workers)
        self._events = Side(codes, stamps, cuts, workers)
        queries = Side(query_codes, query_stamps, cuts, workers)
        self._tiles, self._cut_keys = _tiles(cuts, self._events, queries)
        self.tiles, self.slices, self.cut = len(self._tiles), int(self._tiles[:, 6].sum()), len(self._cut_keys)
        rows = self._tiles[:, 3] - self._tiles[:, 2] + self._tiles[:, 5] - self._tiles[:, 4]
        self.largest = int(rows.max(initial=0))
        #: for each position in key and time order, where its row stands in a column as `Side.spread` leaves it
        self.order: Places = self._events.spread_small(codes)
        self.stamps: Ints = self._events.spread(stamps)
        query_order: Places = queries.spread_small(query_codes)
        self.query_stamps: Ints = queries.spread(query_stamps)
        numbers = queries.numbers()
        #: for each query as it came its position in key and time order; -1 for one whose key has no events
        self._places = uninitialised(self.size, np.int32)
        self._places.fill(-1)

        def arrange(tile: Tile) -> None:
            order.arrange(tile, 2, self.starts, self.order, self.stamps)
            order.arrange(tile, 4, self.query_starts, query_order, self.query_stamps)
            settle(tile[4], tile[5], query_order, numbers)
            kernels.invert(tile[4], tile[5], numbers, self._places)

        self.each([arrange])

    def each(self, own: Sequence[Step] = (), joint: Sequence[Step] = (), last: Sequence[Step] = ()) -> None:
        """Take each tile through the steps, on all threads.

        Steps of `own` need no more than the rows of a tile, those of `joint` see each key whole, those of `last` only
        read what the others have made. So a key that is cut goes through `own` slice by slice, whole through `joint`,
        and slice by slice through `last`; all else goes through all of them at once, while it is in the cache.
        """
        cut = self._tiles[self._tiles[:, 6] == 1]
        if len(cut):
            threads.each(lambda i: _through(cut[i], own), len(cut), self.workers)
            threads.each(lambda i: _through(self._cut_keys[i], joint), len(self._cut_keys), self.workers)
        every = (*own, *joint, *last)

        def work(i: int) -> None:
            tile = self._tiles[i]
            _through(tile, last if tile[6] else every)

        threads.each(work, len(self._tiles), self.workers)

    def restore(self, table: npt.NDArray[np.int64]) -> None:
        """Put int64[columns, queries] from key and time order into the order in which the queries came, in place.

        A query whose key has no events has 0.
        """
        known = len(self.query_stamps)

        def work(i: int) -> None:
            kernels.restore(self._places, table[i], uninitialised(known, np.int64))

        threads.each(work, len(table), self.workers)

    def over(self, events: Events) -> "Sweep":
        """The same rows, sorted as they are, with other inputs, filters or ranks."""
        made = copy(self)
        made.events = events
        if len(events.ranks) != len(self.events.ranks):  # ties have to be broken anew, for the copy alone
            made.order = self.order.copy()
            made.__dict__.pop("fresh", None)
        return made

    def row_of(self, query: int) -> int:
        """The row of the query at a position in key and time order."""
        return int(np.flatnonzero(self._places == query)[0])

    @property
    def places(self) -> Places:
        """For each query as it came, its position in key and time order; -1 for one whose key has no events."""
        return self._places

    def rows_of_queries(self) -> Ints:
        """For each query in key and time order the number of its row."""
        rows = np.empty(len(self.query_stamps), np.int64)
        known = np.flatnonzero(self._places >= 0)
        rows[self._places[known]] = known
        return rows

    def refuse_duplicates(self) -> None:
        """Raise unless each key has one row at most, as in a static table."""
        repeated = int((np.diff(self.starts) > 1).sum())
        if repeated:
            raise DataError(
                f"source {self.source!r} is a static table (timestamp=None), and {repeated:,} of its keys have more "
                f"than one row, so that which of them holds can't be known. Name its timestamp, or make keys unique."
            )

    @cached_property
    def fresh(self) -> Bytes:
        """1 where a row differs in time or tiebreak from the row before it. Puts rows of one time into order."""
        fresh = np.zeros(len(self.order), np.uint8)
        ranks = uninitialised((len(self.events.ranks), len(fresh)), np.int64)
        for at, given in enumerate(self.events.ranks):
            ranks[at] = self._events.spread(Chunks([given]))
        # rows of one time are in one slice, so none needs its neighbour
        self.each([lambda tile: order.break_ties(tile, self.starts, self.stamps, self.order, ranks, fresh)])
        return fresh

    def group(self, windows: Sequence[Window], taken: "Taken | None" = None) -> Group:
        """The ranges of all queries for windows that are alike (`alike`).

        Windows of the last rows are about those of `taken`, whose tiles are in order by then.
        """
        first = windows[0]
        left_open = int(first.closed in ("right", "neither"))
        right_closed = int(first.closed in ("right", "both"))
        lo = uninitialised((len(windows), len(self.query_stamps)), np.int32)
        hi = uninitialised((1, len(self.query_stamps)), np.int32)
        reach = np.array([_FOREVER if w.micros is None else w.micros + first.offset for w in windows], np.int64)
        known = self._late(first.offset)
        times, moved = (self.stamps, first.offset) if known is None else (known[1], 0)
        ends = self.starts[1:]
        entering = ends if known is None else ends - self._never(first.offset)
        begins = None
        if first.calendar is not None:
            begins = period_starts(self.query_stamps - first.offset, first.calendar, first.tz)

        def find(tile: Tile) -> None:
            queries = (self.query_starts, self.query_stamps)
            ranges.edges(tile, self.starts, entering, times, *queries, np.array([moved]), right_closed, hi)
            if begins is None:
                ranges.edges(tile, self.starts, ends, self.stamps, *queries, reach, left_open, lo)
            else:
                ranges.edges_at(tile, self.starts, ends, self.stamps, self.query_starts, begins, left_open, lo[0])
                lo[1:, tile[4] : tile[5]] = lo[0, tile[4] : tile[5]]

        group = Group(tuple(windows), lo, hi[0], find)
        order = IN_TIME.order if known is None else known[0]
        if taken is not None:
            order = order if known is None else taken.moved(order)
            self.each([find], [self._last_rows(windows, taken, order, lo, hi[0])])
        elif known is not None:
            self.each(joint=[find])
        if known is None:
            return group
        if self.events.until is not None:
            return self._superseded(group, order, right_closed)
        alive = uninitialised((len(windows), len(self.order)), np.uint8)
        self.each(joint=[lambda tile: late.living(tile, self.starts, self.query_starts, order, lo, hi[0], alive)])
        return replace(group, late=Late(order, IN_TIME.leaves, alive))

    def _superseded(self, group: Group, entering: Places, right_closed: int) -> Group:
        """The group where rows leave its windows once they are superseded, too."""
        assert self.events.until is not None
        until = self._events.spread(self.events.until)
        positions = np.arange(len(self.order), dtype=np.int32)
        ends = uninitialised((1, len(self.query_stamps)), np.int32)
        shape = (len(group.windows), len(self.order))
        leaves, alive = uninitialised(shape, np.int32), uninitialised(shape, np.uint8)
        lo = uninitialised(group.lo.shape, np.int32)
        keys = self.starts, self.query_starts
        # what never was superseded stands at the end of time, and stays even for who asks then
        codes = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

        def step(tile: Tile) -> None:
            order.sort_keys(tile, self.starts, until, positions)
            ranges.edges(
                tile, self.starts, gone, until, self.query_starts, self.query_stamps, np.array([0]),
                right_closed, ends,
            )  # fmt: skip
            late.leaving(tile, *keys, entering, group.hi, positions, ends[0], group.lo, leaves, lo, alive)

        self.each([lambda tile: settle(tile[2], tile[3], self.order, until)])
        gone = self.starts[1:] - np.bincount(codes[until == _FOREVER], minlength=len(self.starts) - 1)
        self.each(joint=[step])
        return replace(group, lo=lo, late=Late(entering, leaves, alive))

    def _last_rows(self, windows: Sequence[Window], taken: "Taken", order: Places, lo: Places, hi: Places) -> Step:
        """A step that moves `lo` to where the last rows begin."""
        keys = self.starts, self.query_starts
        floors = self.events.floors
        if floors is None:
            most = np.array([window.rows for window in windows], np.int64)
            return lambda tile: ranges.last_rows(tile, *keys, taken.rows, order, hi, most, lo)
        places = self._placed(floors)[taken.arranged]
        known = self._places >= 0
        bounds = np.empty((len(windows), len(self.query_stamps)), np.int64)
        for at, window in enumerate(windows):
            bounds[at, self._places[known]] = floors.bounds[window][known]

        def move(tile: Tile) -> None:
            found = np.empty_like(lo[0])
            mine = slice(tile[4], tile[5])
            for at in range(len(windows)):
                ranges.edges_at(tile, self.starts, self.starts[1:], places, self.query_starts, bounds[at], 0, found)
                lo[at, mine] = np.maximum(lo[at, mine], found[mine])

        return move

    def _placed(self, floors: Floors) -> Ints:
        """The places of the rows in the order of time."""
        places = self._events.spread(Chunks([floors.places]))
        self.each([lambda tile: settle(tile[2], tile[3], self.order, places)])
        return places

    def floors(self, windows: Sequence[Window], taken: "Taken") -> Floors:
        """Where windows of the last rows begin, of rows that are arranged."""
        lo = self.group(windows, taken).lo
        numbers = self._events.spread(Chunks([np.arange(len(self.events.stamps))]))
        self.each([lambda tile: settle(tile[2], tile[3], self.order, numbers)])
        places = np.full(len(self.events.stamps), -1)
        places[numbers[taken.arranged]] = np.arange(len(numbers))
        bounds = {window: np.append(lo[at], 0)[self._places].astype(np.int64) for at, window in enumerate(windows)}
        return Floors(places, bounds)

    def _late(self, offset: int) -> tuple[Places, Ints] | None:
        """The positions in the order in which rows enter, and the instants in that order; None if by time.

        Rows that are known as they happen enter in time order, and ranges of positions are all there is to it.
        """
        events = self.events
        if events.available is None:
            return None
        if events.until is None and bool((events.available.whole <= events.stamps.whole).all()):
            return None
        size = len(self.order)
        available: Ints = self._events.spread(events.available)
        times = uninitialised(size, np.int64)
        positions = np.arange(size, dtype=np.int32)

        def own(tile: Tile) -> None:
            settle(tile[2], tile[3], self.order, available)
            late.entries(tile[2], tile[3], self.stamps, available, offset, times)

        self.each([own], [lambda tile: order.sort_keys(tile, self.starts, times, positions)])
        return positions, times

    def _never(self, offset: int) -> Ints:
        """How many rows of each key don't enter before the end of time; they are the last ones of their key."""
        rows = np.flatnonzero(self.stamps > _FOREVER - max(0, offset))
        keys = np.searchsorted(self.starts, rows, side="right") - 1
        return np.bincount(keys, minlength=len(self.starts) - 1).astype(np.int64)

    def spread(self, values: Chunks) -> Ints:
        """A column of the events, in event order once its tiles are settled."""
        return self._events.spread(values)

    def settle(self, tile: Tile, values: npt.NDArray[np.generic]) -> None:
        """Put the rows of a tile of a column that was spread into order."""
        settle(tile[2], tile[3], self.order, values)

    def take(
        self, column: Column | None, condition: Bytes | None, other: Column | None = None, last: Column | None = None
    ) -> Taken:
        """A column (None: no column, only rows) and a filter, in event order once their tiles are settled.

        With an `other` column a row has a value if it has both. Ties go by the columns in their order.
        """
        given = [one for one in (column, other) if one is not None]
        ordering = given if last is None else [*given, last]
        spread = [self._events.spread(one.chunks) for one in ordering]
        masks = [self._events.spread_small(one.mask) if len(one.mask) else NO_MASK for one in ordering]
        rows: Bytes = NO_MASK if condition is None else self._events.spread_small(condition)
        missing = [mask for mask in masks[: len(given)] if len(mask)]
        present = missing[0] if len(missing) == 1 else uninitialised(len(missing[0]) if missing else 0, np.uint8)
        both = uninitialised(len(rows), np.uint8) if len(present) and len(rows) else present if len(present) else rows
        settled: list[npt.NDArray[Any]] = [*spread, *masks, rows]

        def step(tile: Tile) -> None:
            first, end = tile[2], tile[3]
            for one in settled:
                if len(one):
                    settle(first, end, self.order, one)
            if len(missing) > 1:
                np.bitwise_and(missing[0][first:end], missing[1][first:end], out=present[first:end])
            if len(present) and len(rows):
                np.bitwise_and(present[first:end], rows[first:end], out=both[first:end])

        values: Ints = spread[0] if given else np.empty(0, np.int64)
        second = None if other is None else (spread[1], other.is_float)
        by = tuple(Ranked(*one) for one in zip(spread, masks, (one.is_float for one in ordering), strict=True))
        return Taken(values, present, rows, both, step, by, second=second)

    def arrange(self, taken: Taken) -> Taken:
        """The same once it is settled, with rows of one time and tiebreak in the order of their values."""
        size = len(self.fresh)  # puts rows of one time into order, before columns are settled
        places = uninitialised(size, np.int32)
        floors = self.events.floors
        ordering = taken if floors is None else replace(taken, by=(Ranked(self._placed(floors), NO_MASK, False),))
        ranks = uninitialised((2 * len(ordering.by), size), np.int64)
        given: list[npt.NDArray[Any]] = [taken.values, taken.present, taken.rows, taken.both]
        given += [] if taken.second is None else [taken.second[0]]
        arranged = [uninitialised(len(one), one.dtype.type) for one in given]

        def step(tile: Tile) -> None:
            mine = slice(tile[2], tile[3])
            taken.settle(tile)
            tie_order(tile, self, ordering, ranks, places)
            for one, other in zip(given, arranged, strict=True):
                if len(one):
                    other[mine] = one[places[mine]]

        self.each([step])
        values, present, rows, both = arranged[:4]
        second = None if taken.second is None else (arranged[4], taken.second[1])
        return Taken(values, present, rows, both, _nothing, (), places, second)


def _nothing(_: Tile) -> None:
    """A step that is done already."""


def tie_order(tile: Tile, sweep: Sweep, taken: Taken, ranks: Ints, places: Places) -> None:
    """The positions of a tile's rows in their full order: ties that are left go by value, a missing one first.

    `ranks`, two for each column by which there is an order, is scratch.
    """
    rows = slice(tile[2], tile[3])
    if not taken.by:
        places[rows] = np.arange(tile[2], tile[3], dtype=np.int32)
        return
    for at, one in enumerate(taken.by):
        values = one.values[rows]
        ordered = ordinals(values) if one.is_float else values
        ranks[2 * at, rows] = one.present[rows] if len(one.present) else 1
        ranks[2 * at + 1, rows] = np.where(ranks[2 * at, rows] != 0, ordered, 0)
    order.tie_order(tile, sweep.starts, sweep.fresh, ranks, places)


def shortest_first(windows: Sequence[Window]) -> Ints:
    """The numbers of windows that contain each other (`alike`) by their length."""
    widths = [_FOREVER if window.micros is None else window.micros for window in windows]
    rows = [_FOREVER if window.rows is None else window.rows for window in windows]
    return np.lexsort((rows, widths)).astype(np.int64)


def alike(window: Window) -> tuple[object, ...]:
    """What windows share whose ranges are found together, and of which the longer ones contain the shorter ones."""
    bounds = (window.micros,) if window.rows is not None else ()
    return (window.offset, window.closed, window.calendar, window.tz, window.rows is not None, *bounds)


def _through(tile: Tile, steps: Sequence[Step]) -> None:
    for step in steps:
        step(tile)


def _starts(counts: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _tiles(cuts: Cuts, events: Side, queries: Side) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """All tiles, and each key that is cut as one."""
    heads = np.unique(cuts.tile_of_key)
    slices = cuts.slices[heads]
    columns = [
        np.searchsorted(cuts.tile_of_key, heads, side="left").repeat(slices),
        np.searchsorted(cuts.tile_of_key, heads, side="right").repeat(slices),
        events.bounds[:-1],
        events.bounds[1:],
        queries.bounds[:-1],
        queries.bounds[1:],
        (slices > 1).repeat(slices),
    ]
    tiles = np.stack(columns, axis=1).astype(np.int64)
    whole = tiles[heads]
    whole[:, 3] = events.bounds[heads + slices]
    whole[:, 5] = queries.bounds[heads + slices]
    return tiles, whole[slices > 1]
