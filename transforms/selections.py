"""The families that choose one row of each window: by its value, or by its place in time."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms.aggregates.ages import TimeSinceFirst
from ropeway.transforms.aggregates.extremes import Any, Max
from ropeway.transforms.aggregates.picks import First, Last
from ropeway.transforms.allocation import uninitialised
from ropeway.transforms.columns import NO_MASK, Ints, Validity, from_ints, ordinals
from ropeway.transforms.families import Ask, Counts, Family, Part, Table
from ropeway.transforms.kernels import late, select, sessions
from ropeway.transforms.sweep import Step, Tile, tie_order

#: in microseconds
_SECOND = 1e6
_NO_TABLES: tuple[Table, Table] = (np.empty((0, 0), np.int64), np.empty((0, 0), np.int64))


class Extremes(Family):
    """The least and the greatest value."""

    def __init__(self, part: Part, asks: Sequence[Ask], counts: Counts) -> None:
        super().__init__(part, asks)
        self.counts = counts
        self._tables: dict[int, tuple[Table, Table]] = {}
        self._places = {wanted: part.place() for wanted in {is_greatest(ask) for ask in asks}}
        self._priority = uninitialised(len(part.taken.values) if part.group.late is not None else 0, np.int64)

    def joint(self) -> Sequence[Step]:
        return [self._prepare] if self.part.group.late is None else [self._late]

    def last(self) -> Sequence[Step]:
        return [self._search] if self.part.group.late is None else []

    def _prepare(self, tile: Tile) -> None:
        """What the slices of a key share."""
        if tile[6]:
            taken = self.part.taken
            self._tables[int(tile[0])] = select.tables(taken.values, taken.both, self.part.is_float, tile[2], tile[3])

    def _search(self, tile: Tile) -> None:
        sweep, group, taken = self.part.sweep, self.part.group, self.part.taken
        tables = self._tables[int(tile[0])] if tile[6] else _NO_TABLES
        select.extremes(
            tile, sweep.starts, sweep.query_starts, taken.values, taken.both, self.part.is_float, group.shortest,
            group.lo, group.hi, *tables, self.part.room.table, self._places.get(False, -1), self._places.get(True, -1),
        )  # fmt: skip

    def _late(self, tile: Tile) -> None:
        sweep, group, taken = self.part.sweep, self.part.group, self.part.taken
        rows = slice(tile[2], tile[3])
        values = taken.values[rows]
        ordered = ordinals(values) if self.part.is_float else values
        for greatest, place in self._places.items():
            self._priority[rows] = ~ordered if greatest else ordered
            late.first_of(
                tile, sweep.starts, sweep.query_starts, self._priority, taken.values, NO_MASK, taken.both, group.lo,
                group.hi, *self.part.enters, self.part.room.table, place, -1,
            )  # fmt: skip

    def answers(self) -> dict[str, pa.Array]:
        done: dict[str, pa.Array] = {}
        for ask in self.asks:
            found = self.part.room.columns[self._places[is_greatest(ask)] + self.part.window(ask)]
            done[ask.name] = self.part.column.decode(found, self.counts.validity(ask))
        return done


def is_greatest(ask: Ask) -> bool:
    """Whether the greatest value is asked for, and not the least."""
    return isinstance(ask.aggregate, Max | Any)


class Picks(Family):
    """The oldest or the newest row; `skip` those without a value."""

    def __init__(self, part: Part, asks: Sequence[Ask], *, newest: bool, skip: bool) -> None:
        super().__init__(part, asks)
        taken, size = part.taken, len(part.taken.values)
        self._newest = int(newest)
        self._mask = taken.both if skip else taken.rows
        #: the rows of each key in their full order: ties that are left go by value, a missing one first
        self._order = uninitialised(size, np.int32)
        self._ranks = uninitialised((2 * len(taken.by), size), np.int64)
        self._nearby = uninitialised(size if len(self._mask) else 0, np.int32)
        self._found, self._valid = part.place(), part.place()
        self._priority = uninitialised(size if part.group.late is not None else 0, np.int64)

    def own(self) -> Sequence[Step]:
        return [self._arrange]

    def joint(self) -> Sequence[Step]:
        if self.part.group.late is not None:
            return [self._late]
        return [self._near] if len(self._mask) else []

    def last(self) -> Sequence[Step]:
        return [] if self.part.group.late is not None else [self._pick]

    def _arrange(self, tile: Tile) -> None:
        part = self.part
        tie_order(tile, part.sweep, part.taken, self._ranks, self._order)

    def _near(self, tile: Tile) -> None:
        select.nearest(tile, self.part.sweep.starts, self._order, self._mask, self._newest, self._nearby)

    def _pick(self, tile: Tile) -> None:
        group, taken = self.part.group, self.part.taken
        select.pick(
            tile, self._order, self._nearby, taken.values, taken.present, self._newest, group.lo, group.hi,
            self.part.room.table, self._found, self._valid,
        )  # fmt: skip

    def _late(self, tile: Tile) -> None:
        sweep, group, taken = self.part.sweep, self.part.group, self.part.taken
        places = np.arange(tile[2], tile[3], dtype=np.int64)
        self._priority[self._order[tile[2] : tile[3]]] = ~places if self._newest else places
        late.first_of(
            tile, sweep.starts, sweep.query_starts, self._priority, taken.values, taken.present, self._mask,
            group.lo, group.hi, *self.part.enters, self.part.room.table, self._found, self._valid,
        )  # fmt: skip

    def answers(self) -> dict[str, pa.Array]:
        done: dict[str, pa.Array] = {}
        for ask in self.asks:
            w = self.part.window(ask)
            columns = self.part.room.columns
            valid = Validity.of(columns[self._valid + w])
            done[ask.name] = self.part.column.decode(columns[self._found + w], valid)
        return done


class Ages(Family):
    """How long ago the oldest or the newest row was, of those with a value where there is an input."""

    def __init__(self, part: Part, asks: Sequence[Ask], *, newest: bool) -> None:
        super().__init__(part, asks)
        size = len(part.sweep.stamps)
        self._newest = int(newest)
        self._mask = part.taken.both
        self._order = uninitialised(size, np.int32)
        self._nearby = uninitialised(size if len(self._mask) else 0, np.int32)
        self._found, self._valid = part.place(), part.place()
        self._priority = uninitialised(size if part.group.late is not None else 0, np.int64)

    def joint(self) -> Sequence[Step]:
        return [self._near] if self.part.group.late is None else [self._late]

    def last(self) -> Sequence[Step]:
        return [] if self.part.group.late is not None else [self._pick]

    def _near(self, tile: Tile) -> None:
        self._order[tile[2] : tile[3]] = np.arange(tile[2], tile[3], dtype=np.int32)
        if len(self._mask):
            select.nearest(tile, self.part.sweep.starts, self._order, self._mask, self._newest, self._nearby)

    def _pick(self, tile: Tile) -> None:
        group = self.part.group
        select.pick(
            tile, self._order, self._nearby, self.part.sweep.stamps, NO_MASK, self._newest, group.lo, group.hi,
            self.part.room.table, self._found, self._valid,
        )  # fmt: skip

    def _late(self, tile: Tile) -> None:
        sweep, group = self.part.sweep, self.part.group
        places = np.arange(tile[2], tile[3], dtype=np.int64)
        self._priority[tile[2] : tile[3]] = ~places if self._newest else places
        late.first_of(
            tile, sweep.starts, sweep.query_starts, self._priority, sweep.stamps, NO_MASK, self._mask, group.lo,
            group.hi, *self.part.enters, self.part.room.table, self._found, self._valid,
        )  # fmt: skip

    def answers(self) -> dict[str, pa.Array]:
        done: dict[str, pa.Array] = {}
        columns = self.part.room.columns
        for ask in self.asks:
            w = self.part.window(ask)
            seconds = _between(columns[self._found + w], self.part.sweep.instants) / _SECOND
            done[ask.name] = from_ints(seconds.view(np.int64), Validity.of(columns[self._valid + w]), ask.kind)
        return done


def _between(earlier: Ints, later: Ints) -> npt.NDArray[np.float64]:
    """Differences, each rounded once, of instants that may be further apart than int64 can say."""
    ahead = later >= earlier
    size = np.where(ahead, later, earlier).view(np.uint64) - np.where(ahead, earlier, later).view(np.uint64)
    return np.where(ahead, 1.0, -1.0) * size.astype(np.float64)


class Starts(Family):
    """When the session of the newest row began; of rows that are known as they happen."""

    def __init__(self, part: Part, asks: Sequence[Ask], gap: int) -> None:
        super().__init__(part, asks)
        self._gap = gap
        size = len(part.sweep.stamps)
        self._first, self._before, self._after = (uninitialised(size, np.int32) for _ in range(3))
        self._found, self._valid = part.place(), part.place()

    def joint(self) -> Sequence[Step]:
        return [self._begin]

    def last(self) -> Sequence[Step]:
        return [self._find]

    def _begin(self, tile: Tile) -> None:
        sweep = self.part.sweep
        sessions.begins(
            tile, sweep.starts, sweep.stamps, self.part.taken.rows, self._gap, self._first, self._before, self._after
        )

    def _find(self, tile: Tile) -> None:
        group = self.part.group
        sessions.session_starts(
            tile, self.part.sweep.stamps, self._first, self._before, self._after, group.lo, group.hi,
            self.part.room.table, self._found, self._valid,
        )  # fmt: skip

    def answers(self) -> dict[str, pa.Array]:
        done: dict[str, pa.Array] = {}
        columns = self.part.room.columns
        for ask in self.asks:
            w = self.part.window(ask)
            done[ask.name] = from_ints(columns[self._found + w], Validity.of(columns[self._valid + w]), ask.kind)
        return done


def is_newest(ask: Ask) -> bool:
    """Whether the newest row is asked for, and not the oldest one."""
    return not isinstance(ask.aggregate, First | TimeSinceFirst)


def skips(ask: Ask) -> bool:
    """Whether rows without a value are passed over."""
    return isinstance(ask.aggregate, Last) and ask.aggregate.skip_null
