"""The sweep: events and queries of any number of keys, put into key and time order once.

After that each window of each query is a range of positions, found once for all aggregates (`Group`).
`families.py` turns ranges into answers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ropeway.transforms.columns import Bytes, Column, Ints, frozen
from ropeway.transforms.errors import DataError
from ropeway.transforms.kernels import order, ranges
from ropeway.transforms.keys import Encoded
from ropeway.transforms.threads import cuts_by_weight, over_ranges
from ropeway.transforms.windows import Window

#: pieces of work per thread: enough to even out keys of different size
PIECES = 4

#: the instant of a static table's rows: before every query
ALWAYS = -(2**63)

_FOREVER = 2**63 - 1


def _none() -> Ints:
    return np.empty(0, np.int64)


@dataclass(frozen=True)
class Events:
    """The rows of a source: instants, when they became known (None: when they happened), inputs and filters.

    `ranks` is int64[columns, rows]: what orders rows of one time, the first column first; empty unless it is needed.
    Rows of a static table stand at `ALWAYS`.
    """

    stamps: Ints
    available: Ints | None
    ranks: npt.NDArray[np.int64]
    inputs: Sequence[Column]
    filters: Sequence[Bytes]


@dataclass(frozen=True)
class Group:
    """Windows that share offset and closed sides, and so the position `hi` at which they end for each query.

    `lo` is int64[windows, queries], `hi` int64[queries]. For late rows, which don't enter in time order, `hi` is a
    position in `enter_order`; `enter` is the instant from which each row takes part, and `reach` how long after its
    timestamp it leaves.
    """

    windows: tuple[Window, ...]
    lo: npt.NDArray[np.int64]
    hi: Ints
    reach: Ints
    inclusive: int
    late: int = 0
    enter: Ints = field(default_factory=_none)
    enter_order: Ints = field(default_factory=_none)

    def only(self, windows: Sequence[Window]) -> "Group":
        """The same for some of the windows."""
        if list(windows) == list(self.windows):
            return self
        at = [self.windows.index(window) for window in windows]
        return replace(self, windows=tuple(windows), lo=self.lo[at], reach=self.reach[at])


@dataclass(frozen=True)
class Taken:
    """An input and a filter in event order: which rows take part, and which of them have a value."""

    values: Ints
    present: Bytes  # have a value
    rows: Bytes  # pass the filter
    both: Bytes


class Sweep:
    """Events and queries in key and time order, on `workers` threads over ranges of keys."""

    def __init__(self, source: str, keys: Encoded, events: Events, instants: Ints, workers: int) -> None:
        self.source = source
        self.events = events
        self.workers = workers
        self.size = len(instants)
        self.starts = order.starts_of(frozen(keys.events), keys.size)
        self.query_starts = order.starts_of(frozen(keys.queries), keys.size)
        self.stamps = np.empty(int(self.starts[-1]), np.int64)
        self.rows = np.empty(len(self.stamps), np.int32)
        self.query_stamps = np.empty(int(self.query_starts[-1]), np.int64)
        self.out_rows = np.empty(len(self.query_stamps), np.int32)
        weights = self.starts + self.query_starts
        self._cuts = cuts_by_weight(weights, workers * PIECES)

        event_codes, event_times = frozen(keys.events), frozen(events.stamps)
        query_codes, query_times = frozen(keys.queries), frozen(instants)

        def place(a: int, b: int) -> None:
            order.place(a, b, event_codes, self.starts, event_times, self.stamps, self.rows)
            order.place(a, b, query_codes, self.query_starts, query_times, self.query_stamps, self.out_rows)

        # each piece reads the codes of all rows: no more pieces than threads
        over_ranges(place, cuts_by_weight(weights, workers), workers)
        self.each(lambda a, b: order.sort_keys(a, b, self.starts, self.stamps, self.rows))
        self.each(lambda a, b: order.sort_keys(a, b, self.query_starts, self.query_stamps, self.out_rows))

    def each(self, work: Callable[[int, int], None]) -> None:
        """Call `work(first_key, last_key)` for ranges of keys, on all threads."""
        over_ranges(work, self._cuts, self.workers)

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
        fresh = np.zeros(len(self.rows), np.uint8)
        ranks = self.events.ranks
        self.each(lambda a, b: order.break_ties(a, b, self.starts, self.stamps, self.rows, ranks, fresh))
        return fresh

    def group(self, windows: Sequence[Window]) -> Group:
        """The ranges of all queries for windows that share offset and closed sides."""
        closed, offset = windows[0].closed, windows[0].offset
        left_open = int(closed in ("right", "neither"))
        right_closed = int(closed in ("right", "both"))
        lo = np.empty((len(windows), len(self.query_stamps)), np.int64)
        hi = np.empty(len(self.query_stamps), np.int64)
        reach = np.array([_FOREVER if w.micros is None else w.micros + offset for w in windows], np.int64)
        late = self._late(offset)
        times, moved = (self.stamps, offset) if late is None else (late[2], 0)

        def work(a: int, b: int) -> None:
            queries = (self.query_starts, self.query_stamps)
            ranges.edge(a, b, self.starts, times, *queries, moved, right_closed, hi)
            for w in range(len(windows)):
                ranges.edge(a, b, self.starts, self.stamps, *queries, reach[w], left_open, lo[w])

        self.each(work)
        inclusive = int(closed == "both")
        if late is None:
            return Group(tuple(windows), lo, hi, reach, inclusive)
        return Group(tuple(windows), lo, hi, reach, inclusive, 1, late[0], late[1])

    def _late(self, offset: int) -> tuple[Ints, Ints, Ints] | None:
        """When each row enters, the positions in that order, and the instants in that order; None if by time.

        Rows that are known as they happen enter in time order, and ranges of positions are all there is to it.
        """
        if self.events.available is None or bool((self.events.available <= self.events.stamps).all()):
            return None
        size = len(self.rows)
        enter = np.empty(size, np.int64)
        positions = np.arange(size, dtype=np.int32)
        available = self.events.available[self.rows]
        times = np.empty(size, np.int64)

        def work(a: int, b: int) -> None:
            first, last = int(self.starts[a]), int(self.starts[b])
            ranges.entries(first, last, self.stamps, available, offset, enter)
            times[first:last] = enter[first:last]
            order.sort_keys(a, b, self.starts, times, positions)

        self.each(work)
        return enter, positions.astype(np.int64), times

    def take(self, column: Column | None, condition: Bytes | None) -> Taken:
        """A column (None: no column, only rows) and a filter, in event order."""
        size = len(self.rows)
        rows = np.ones(size, np.uint8) if condition is None else condition[self.rows]
        if column is None:
            return Taken(_none(), rows, rows, rows)
        values, present = np.empty(size, np.int64), np.empty(size, np.uint8)

        def work(a: int, b: int) -> None:
            first, last = int(self.starts[a]), int(self.starts[b])
            order.gather(first, last, column.values, column.mask, int(column.is_float), self.rows, values, present)

        self.each(work)
        return Taken(values, present, rows, present if condition is None else present & rows)
