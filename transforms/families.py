"""The families of aggregates: the steps by which kernels take each tile of a sweep, and the answers made of them."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms.aggregates import Aggregate
from ropeway.transforms.aggregates.moments import Mean, Std, Sum, Var
from ropeway.transforms.allocation import uninitialised
from ropeway.transforms.before import Before
from ropeway.transforms.columns import Column, Ints, Validity, from_ints
from ropeway.transforms.decimals import Earlier, Moment, decimal_moments, scaled
from ropeway.transforms.errors import DataError
from ropeway.transforms.kernels import before, late, ranges
from ropeway.transforms.kernels import moments as kernels
from ropeway.transforms.late import Late
from ropeway.transforms.sweep import Group, Step, Sweep, Taken, Tile
from ropeway.transforms.windows import Window

Table = npt.NDArray[np.int64]

#: what slices of a key share: a span, and prefixes of the sums and of the squares (`kernels.moments.prefixes`)
Given = tuple[Ints, npt.NDArray[np.uint64], npt.NDArray[np.uint64]]

_NOTHING_GIVEN: Given = (np.empty(0, np.int64), np.empty((0, 2), np.uint64), np.empty((0, 3), np.uint64))
_NO_LIMBS: npt.NDArray[np.int64] = np.empty((0, 3, 0), np.int64)
_NO_WORDS: npt.NDArray[np.uint64] = np.empty((0, 5), np.uint64)
#: sample variance divides by n - 1
_DDOF = 1


@dataclass(frozen=True)
class Ask:
    """One output: an aggregate of input number `input` (None: rows) over a window, where filter number `filter` holds.

    `kind` is the Arrow type of the answer; the window's `closed` is known. `other` is the number of a second input.
    Of an ask for a map, `category` is the number of the input by which rows are told apart. `exploded`: each element of
    the input, which is a list, counts as a row.
    """

    name: str
    aggregate: Aggregate
    input: int | None
    filter: int | None
    window: Window
    kind: pa.DataType
    other: int | None = None
    category: int | None = None
    exploded: bool = False


@dataclass(frozen=True)
class Part:
    """What families share: a sweep, a group of windows, and an input with a filter.

    With `before` the windows are all of all history, and more rows are in them than there are.
    """

    sweep: Sweep
    group: Group
    source: Column | None
    taken: Taken
    room: "Room"
    before: Before | None = None

    @property
    def column(self) -> Column:
        """The input."""
        assert self.source is not None, "only counts do without a column"
        return self.source

    @property
    def is_float(self) -> int:
        return int(self.column.is_float)

    @property
    def enters(self) -> Late:
        """What kernels of late rows want to know of the group."""
        assert self.group.late is not None
        return self.group.late

    def place(self) -> int:
        """Room for one value per query and window: the first of so many columns of the table."""
        return self.room.place(len(self.group.windows))

    def window(self, ask: Ask) -> int:
        return self.group.windows.index(ask.window)


class Room:
    """The table that kernels write, int64[columns, queries] in key and time order; then as the queries came."""

    def __init__(self, sweep: Sweep) -> None:
        self._sweep = sweep
        self._width = 0
        self.table: Table = np.empty((0, 0), np.int64)

    def place(self, columns: int) -> int:
        """The first of so many columns, before the table is made."""
        self._width += columns
        return self._width - columns

    def open(self) -> None:
        """Make the table, once all places are given away."""
        self.table = uninitialised((self._width, self._sweep.size), np.int64)

    @cached_property
    def columns(self) -> Table:
        """The columns as the queries came, once all is written."""
        self._sweep.restore(self.table)
        return self.table


class Family(ABC):
    """Steps for `Sweep.each`, and what they have found."""

    def __init__(self, part: Part, asks: Sequence[Ask]) -> None:
        self.part = part
        self.asks = asks

    def own(self) -> Sequence[Step]:
        """Steps that need no more than a tile's rows, once they are settled and the ranges found."""
        return []

    def joint(self) -> Sequence[Step]:
        """Steps that see each key whole."""
        return []

    def last(self) -> Sequence[Step]:
        """Steps that answer a tile's queries by what the others have made."""
        return []

    @abstractmethod
    def answers(self) -> dict[str, pa.Array]:
        """The answers to the asks, in the order of the queries, once all tiles have gone through the steps."""


class Counts(Family):
    """How many rows take part: for `count` itself, and to say which answers of the others are null."""

    def __init__(self, part: Part, asks: Sequence[Ask]) -> None:
        super().__init__(part, asks)
        self.place = part.place()
        mask = part.taken.both
        #: a count of rows or values per key, if some take no part
        self._held = uninitialised(len(mask) + len(part.sweep.starts) if len(mask) else 0, np.int32)
        self._validities: dict[tuple[int, int], Validity] = {}

    def joint(self) -> Sequence[Step]:
        if self.part.group.late is not None:
            return [self._late]
        return [self._hold] if len(self._held) else []

    def last(self) -> Sequence[Step]:
        return [] if self.part.group.late is not None else [self.count]

    def _hold(self, tile: Tile) -> None:
        ranges.hold(tile, self.part.sweep.starts, self.part.taken.both, self._held)

    def count(self, tile: Tile) -> None:
        """Count for the queries of a tile."""
        sweep, group = self.part.sweep, self.part.group
        ranges.count(tile, sweep.query_starts, self._held, group.lo, group.hi, self.part.room.table, self.place)
        self._add_before(tile)

    def _add_before(self, tile: Tile) -> None:
        part = self.part
        if part.before is not None:
            before.add_counts(
                tile, part.sweep.query_starts, part.before.counts, len(part.group.windows), part.room.table, self.place
            )

    def _late(self, tile: Tile) -> None:
        sweep, group = self.part.sweep, self.part.group
        late.count(
            tile, sweep.starts, sweep.query_starts, self.part.taken.both, group.lo, group.hi, *self.part.enters,
            self.part.room.table, self.place,
        )  # fmt: skip
        self._add_before(tile)

    def of(self, ask: Ask) -> Ints:
        """The counts for the window of an ask, in the order of the queries."""
        column: Ints = self.part.room.columns[self.place + self.part.window(ask)]
        return column

    def validity(self, ask: Ask, enough: int = 1) -> Validity:
        """Which queries have so many rows in the window of an ask."""
        at = self.part.window(ask), enough
        if at not in self._validities:
            self._validities[at] = Validity.of(self.of(ask) >= enough)
        return self._validities[at]

    def answers(self) -> dict[str, pa.Array]:
        return {ask.name: from_ints(self.of(ask), None, pa.int64()) for ask in self.asks}


class Moments(Family):
    """Sums, means and variances of integers and floats."""

    def __init__(self, part: Part, asks: Sequence[Ask], counts: Counts) -> None:
        super().__init__(part, asks)
        self.counts = counts
        #: of counts, sums, means and variances; -1 for what is not wanted
        self._places = np.array([counts.place, *(self._place(*kinds) for kinds in ((Sum,), (Mean,), (Var, Std)))])
        #: a sum that nobody asked for must not overflow
        self._summed = np.zeros(len(part.group.windows), np.uint8)
        self._summed[[part.window(ask) for ask in asks if isinstance(ask.aggregate, Sum)]] = 1
        self._given: dict[int, Given] = {}
        self._done: set[int] = set()
        self._overflows: list[tuple[int, int]] = []

    def joint(self) -> Sequence[Step]:
        if self.part.before is not None:
            return [self._after]
        return [self._prepare] if self.part.group.late is None else [self._late]

    def last(self) -> Sequence[Step]:
        return [self._slice] if self.part.group.late is None and self.part.before is None else []

    def _place(self, *kinds: type[Aggregate]) -> int:
        return self.part.place() if any(type(ask.aggregate) in kinds for ask in self.asks) else -1

    def _prepare(self, tile: Tile) -> None:
        """The prefixes of a key that is cut, for all its slices; a key that has none is done whole."""
        if not tile[6]:
            return
        part, key = self.part, int(tile[0])
        wide = self._places[3] >= 0
        given = kernels.prefixes(tile[2], tile[3], part.taken.values, part.taken.both, part.is_float, int(wide))
        _, _, narrow, narrow_squares = given[0]
        if narrow and (narrow_squares or not wide):
            self._given[key] = given
        else:
            self.counts.count(tile)
            self._moments(tile, _NOTHING_GIVEN)
            self._done.add(key)

    def _slice(self, tile: Tile) -> None:
        key = int(tile[0])
        if not tile[6] or key not in self._done:
            self._moments(tile, self._given[key] if tile[6] else _NOTHING_GIVEN)

    def _moments(self, tile: Tile, given: Given) -> None:
        sweep, group, taken = self.part.sweep, self.part.group, self.part.taken
        overflow = np.array([0, -1], np.int64)
        kernels.moments(
            tile, sweep.starts, sweep.query_starts, taken.values, taken.both, self.part.is_float, group.lo,
            group.hi.reshape(1, -1), *given, self._summed, self.part.room.table, self._places, _DDOF, overflow,
        )  # fmt: skip
        self._overflows.append((int(overflow[0]), int(overflow[1])))

    def _late(self, tile: Tile) -> None:
        sweep, group, taken = self.part.sweep, self.part.group, self.part.taken
        overflow = np.array([0, -1], np.int64)
        late.moments(
            tile, sweep.starts, sweep.query_starts, taken.values, taken.both, self.part.is_float, group.lo,
            group.hi.reshape(1, -1), *self.part.enters, self._summed, self.part.room.table, self._places, _DDOF,
            overflow,
        )  # fmt: skip
        self._overflows.append((int(overflow[0]), int(overflow[1])))

    def _after(self, tile: Tile) -> None:
        """Rows after others that are not there, of whole keys."""
        sweep, group, taken, known = self.part.sweep, self.part.group, self.part.taken, self.part.before
        assert known is not None
        order = np.empty(0, np.int32)
        if group.late is None:
            self.counts.count(tile)
        else:
            order = group.late.order
        overflow = np.array([0, -1], np.int64)
        before.moments(
            tile, sweep.starts, sweep.query_starts, taken.values, taken.both, self.part.is_float, group.lo,
            group.hi.reshape(1, -1), order, known.limbs if self.part.is_float else _NO_LIMBS,
            _NO_WORDS if self.part.is_float else known.words, self._summed, self.part.room.table, self._places, _DDOF,
            overflow,
        )  # fmt: skip
        self._overflows.append((int(overflow[0]), int(overflow[1])))

    def answers(self) -> dict[str, pa.Array]:
        wrong = [(found, query) for found, query in self._overflows if found]
        if wrong:
            row = min(self.part.sweep.row_of(query) for _, query in wrong)
            raise overflow_of(self.part.sweep, self.asks, sum(found for found, _ in wrong), row, "int64")
        done: dict[str, pa.Array] = {}
        for ask in self.asks:
            moment, enough = 2, 1
            if isinstance(ask.aggregate, Sum):
                moment = 1
            elif isinstance(ask.aggregate, Var | Std):
                moment, enough = 3, _DDOF + 1
            found = self.part.room.columns[self._places[moment] + self.part.window(ask)]
            if isinstance(ask.aggregate, Std):
                found = np.sqrt(found.view(np.float64)).view(np.int64)
            done[ask.name] = from_ints(found, self.counts.validity(ask, enough), ask.kind)
        return done


def overflow_of(sweep: Sweep, asks: Sequence[Ask], found: int, row: int, kind: str) -> DataError:
    """The error for sums that do not fit into their type."""
    names = ", ".join(ask.name for ask in asks if isinstance(ask.aggregate, Sum))
    return DataError(
        f"source {sweep.source!r}: the sum for {names} does not fit into {kind} in {found:,} windows, one of "
        f"them that of query row {row} here. Sum a wider type, such as col(...) * 1.0 (float64), or over less time."
    )


class Decimals(Family):
    """Sums, means and variances of decimals, in Python's integers: not tile by tile."""

    def __init__(self, part: Part, asks: Sequence[Ask], counts: Counts) -> None:
        super().__init__(part, asks)
        self.counts = counts

    def answers(self) -> dict[str, pa.Array]:
        part, column = self.part, self.part.column
        sweep, group, taken = part.sweep, part.group, part.taken
        assert column.ranks is not None
        absent = taken.present == 0 if len(taken.present) else None
        names: dict[type[Aggregate], Moment] = {Sum: "sum", Mean: "mean", Var: "variance", Std: "variance"}
        summed = np.zeros(len(group.windows), np.uint8)
        summed[[part.window(ask) for ask in self.asks if isinstance(ask.aggregate, Sum)]] = 1
        found = decimal_moments(
            column.ranks.take(pa.array(taken.values, mask=absent)),
            taken.both if len(taken.both) else np.ones(len(taken.values), np.uint8),
            group.lo,
            group.hi.reshape(1, -1),
            np.arange(len(sweep.query_stamps)),
            wants={names[type(ask.aggregate)] for ask in self.asks},
            summed=summed,
            late=group.late,
            before=None if part.before is None else self._before(part.before),
            ddof=_DDOF,
        )
        if found.overflow[0]:
            row = sweep.row_of(found.overflow[1])
            raise overflow_of(sweep, self.asks, found.overflow[0], row, f"decimal128(38, {column.kind.scale})")
        done: dict[str, pa.Array] = {}
        for ask in self.asks:
            w = part.window(ask)
            valid = self.counts.of(ask) > (_DDOF if isinstance(ask.aggregate, Var | Std) else 0)
            if isinstance(ask.aggregate, Sum):
                numbers = np.append(found.sums[w], 0)[sweep.places]  # the last one for keys without events
                done[ask.name] = scaled(numbers, valid, column.kind.scale)
                continue
            answer = found.variances if isinstance(ask.aggregate, Var | Std) else found.means
            values = np.sqrt(answer[w]) if isinstance(ask.aggregate, Std) else answer[w]
            back = np.append(values, 0.0)[sweep.places]
            done[ask.name] = from_ints(back.view(np.int64), valid, ask.kind)
        return done

    def _before(self, known: Before) -> Earlier:
        """By query in place of key."""
        keys = np.repeat(np.arange(len(known.counts)), np.diff(self.part.sweep.query_starts))
        return Earlier(known.counts[keys], known.totals[keys], known.squares[keys])
