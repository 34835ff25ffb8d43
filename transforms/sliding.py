"""The families that keep the rows of a moving window in a structure, from which a row can be taken away again.

A row that enters or leaves a window, and an answer, take O(log n) steps for a key of n rows (a sketch: a few steps).
Keys are taken whole, so that a key that is cut into slices is answered by one thread.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms.aggregates.lists import BottomN, FirstN, LastN, TopN
from ropeway.transforms.aggregates.quantiles import Median
from ropeway.transforms.aggregates.sketches import ApproxCountDistinct
from ropeway.transforms.aggregates.tallies import CountDistinct, Entropy, Histogram, Mode, ModeShare
from ropeway.transforms.allocation import uninitialised
from ropeway.transforms.columns import Bytes, Chunks, Ints, Places, Validity, from_ints, ordinals
from ropeway.transforms.errors import DataError
from ropeway.transforms.families import Ask, Counts, Family, Part
from ropeway.transforms.hashing import value_hashes
from ropeway.transforms.kernels import lists, order, quantiles, sketch, streaks, tallies
from ropeway.transforms.late import IN_TIME
from ropeway.transforms.sweep import Step, Sweep, Tile, tie_order

_NEGATIVE_ZERO = np.int64(-(2**63))
#: elements of an Arrow list array
_MOST_ELEMENTS = 2**31 - 1


class ByValue(Family):
    """The rows of each key in the order of their values, for all families of an input, if one of them needs it."""

    def __init__(self, part: Part, *, needed: bool) -> None:
        super().__init__(part, [])
        size = len(part.taken.values) if needed else 0
        self._keys = uninitialised(size, np.int64)
        self.order = uninitialised(size, np.int32)
        #: the values, 0.0 in place of -0.0
        self.values = uninitialised(size, np.int64) if part.is_float else part.taken.values

    def joint(self) -> Sequence[Step]:
        return [self._sort] if len(self.order) else []

    def answers(self) -> dict[str, pa.Array]:
        return {}

    def _sort(self, tile: Tile) -> None:
        rows = slice(tile[2], tile[3])
        values = self.part.taken.values[rows]
        self._keys[rows] = ordinals(values) if self.part.is_float else values
        if self.part.is_float:
            self.values[rows] = np.where(values == _NEGATIVE_ZERO, 0, values)
        self.order[rows] = np.arange(tile[2], tile[3], dtype=np.int32)
        order.sort_keys(tile, self.part.sweep.starts, self._keys, self.order)


class Sliding(Family):
    """What kernels of moving windows want to know."""

    @property
    def windows(self) -> tuple[Places, Places, Places, Places, Bytes]:
        group = self.part.group
        return group.lo, group.hi, *(group.late or IN_TIME)

    @property
    def keys(self) -> tuple[Ints, Ints]:
        return self.part.sweep.starts, self.part.sweep.query_starts


class _Listed(Sliding):
    """Families whose answers hold several values: arrays of them for each tile, and how many each query has."""

    def __init__(self, part: Part, asks: Sequence[Ask]) -> None:
        super().__init__(part, asks)
        self._lengths = [np.zeros(len(part.sweep.query_stamps), np.int64) for _ in asks]
        self._found: list[dict[tuple[int, int], tuple[npt.NDArray[Any], ...]]] = [{} for _ in asks]

    def _gathered(self, number: int, at: int) -> npt.NDArray[Any]:
        """One of the arrays of an ask, of all tiles in the order of their queries."""
        found = self._found[number]
        return np.concatenate([np.empty(0, np.int64), *(found[first][at] for first in sorted(found))])

    def _put_back(self, number: int, values: pa.Array, kind: pa.DataType) -> pa.Array:
        """Lists or maps (values are then structs of a key and an item) in the order in which queries came.

        Null where there is no value.
        """
        return put_back(self.part.sweep, self._lengths[number], values, kind, empty=False)


def put_back(sweep: Sweep, lengths: Ints, values: pa.Array, kind: pa.DataType, *, empty: bool) -> pa.Array:
    """Values of queries in key and time order as lists or maps of `kind`, in the order in which the queries came.

    A query without values has null, or with `empty` nothing in its list.
    """
    if len(values) > _MOST_ELEMENTS:
        raise DataError(
            f"source {sweep.source!r}: {len(values):,} elements of lists in one place, and {_MOST_ELEMENTS:,} are the "
            f"most: ask for fewer of them, compute on Spark, or with memory_limit."
        )
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    places = sweep.places.astype(np.int64)
    known = np.append(lengths, 0)[places]  # the last one for keys without events
    starts = np.concatenate([[0], np.cumsum(known)])
    first = np.append(offsets[:-1], 0)[places]
    rows = np.repeat(first - starts[:-1], known) + np.arange(starts[-1])
    taken = values.take(pa.array(rows))
    valid = Validity.of(np.ones(len(known)) if empty else known > 0)
    buffers = [valid.bitmap, pa.py_buffer(starts.astype(np.int32))]
    return pa.Array.from_buffers(kind, len(known), buffers, valid.nulls, children=[taken])


class Lists(_Listed):
    """The oldest, newest, least or greatest values."""

    def __init__(self, part: Part, asks: Sequence[Ask], by_value: ByValue) -> None:
        super().__init__(part, asks)
        self._by_value = by_value
        size = len(part.taken.values)
        timed = any(isinstance(ask.aggregate, LastN) for ask in asks)
        self._by_time = uninitialised(size if timed else 0, np.int32)
        self._ranks = uninitialised((2 * len(part.taken.by), size if timed else 0), np.int64)

    def own(self) -> Sequence[Step]:
        return [self._arrange] if len(self._by_time) else []

    def joint(self) -> Sequence[Step]:
        return [self._list]

    def _arrange(self, tile: Tile) -> None:
        part = self.part
        tie_order(tile, part.sweep, part.taken, self._ranks, self._by_time)

    def _list(self, tile: Tile) -> None:
        taken = self.part.taken
        for number, ask in enumerate(self.asks):
            made = ask.aggregate
            by_time = isinstance(made, LastN)
            assert isinstance(made, LastN | TopN | BottomN)
            down = isinstance(made, TopN) or (by_time and not isinstance(made, FirstN))
            mask = taken.rows if isinstance(made, LastN) and not made.skip_null else taken.both
            rows = lists.some_rows(
                tile, *self.keys, self._by_time if by_time else self._by_value.order, mask, self.part.window(ask),
                *self.windows, made.n, down, self._lengths[number],
            )  # fmt: skip
            present = taken.present[rows] if len(taken.present) else np.ones(len(rows), np.uint8)
            self._found[number][int(tile[4]), int(tile[5])] = taken.values[rows], present

    def answers(self) -> dict[str, pa.Array]:
        done: dict[str, pa.Array] = {}
        for number, ask in enumerate(self.asks):
            values, present = self._gathered(number, 0), self._gathered(number, 1)
            elements = self.part.column.decode(values, Validity.of(present))
            done[ask.name] = self._put_back(number, elements, ask.kind)
        return done


class Histograms(_Listed):
    """The most frequent values, and how often each is there."""

    def __init__(self, part: Part, asks: Sequence[Ask], by_value: ByValue) -> None:
        super().__init__(part, asks)
        self._by_value = by_value

    def joint(self) -> Sequence[Step]:
        return [self._count]

    def _count(self, tile: Tile) -> None:
        for number, ask in enumerate(self.asks):
            assert isinstance(ask.aggregate, Histogram)
            most = _MOST_ELEMENTS if ask.aggregate.n is None else ask.aggregate.n
            self._found[number][int(tile[4]), int(tile[5])] = tallies.histogram(
                tile, *self.keys, self._by_value.values, self._by_value.order, self.part.taken.both,
                self.part.window(ask), *self.windows, most, self._lengths[number],
            )  # fmt: skip

    def answers(self) -> dict[str, pa.Array]:
        done: dict[str, pa.Array] = {}
        for number, ask in enumerate(self.asks):
            values, counts = self._gathered(number, 0), self._gathered(number, 1)
            keys = self.part.column.decode(values, Validity.of(np.ones(len(values))))
            entries = pa.StructArray.from_arrays([keys, pa.array(counts)], fields=list(_entries(ask.kind)))
            done[ask.name] = self._put_back(number, entries, ask.kind)
        return done


def _entries(kind: pa.MapType) -> pa.StructType:
    """The type of what a map is a list of."""
    return pa.struct([kind.key_field, kind.item_field])


class Tallies(Sliding):
    """How many different values, the most frequent one, its share, and the entropy."""

    def __init__(self, part: Part, asks: Sequence[Ask], counts: Counts, by_value: ByValue) -> None:
        super().__init__(part, asks)
        self._counts = counts
        self._by_value = by_value
        kinds = CountDistinct, Mode, ModeShare, Entropy
        wanted = [any(type(ask.aggregate) is kind for ask in asks) for kind in kinds]
        self._places = {kind: part.place() if asked else -1 for kind, asked in zip(kinds, wanted, strict=True)}

    def joint(self) -> Sequence[Step]:
        return [self._tally]

    def _tally(self, tile: Tile) -> None:
        tallies.tally(
            tile, *self.keys, self._by_value.values, self._by_value.order, self.part.taken.both, *self.windows,
            self.part.room.table, np.array(list(self._places.values())),
        )  # fmt: skip

    def answers(self) -> dict[str, pa.Array]:
        done: dict[str, pa.Array] = {}
        for ask in self.asks:
            made = type(ask.aggregate)
            assert issubclass(made, CountDistinct)
            found = self.part.room.columns[self._places[made] + self.part.window(ask)]
            if made is CountDistinct:
                done[ask.name] = from_ints(found, None, ask.kind)
            elif made is Mode:
                done[ask.name] = self.part.column.decode(found, self._counts.validity(ask))
            else:
                done[ask.name] = from_ints(found, self._counts.validity(ask), ask.kind)
        return done


class Quantiles(Sliding):
    """Values at a share of all of them."""

    def __init__(self, part: Part, asks: Sequence[Ask], counts: Counts, by_value: ByValue) -> None:
        super().__init__(part, asks)
        self._counts = counts
        self._by_value = by_value
        self._places = np.array([part.room.place(1) for _ in asks])
        self._levels = np.array([ask.aggregate.level for ask in asks if isinstance(ask.aggregate, Median)])
        self._of = np.array([part.window(ask) for ask in asks])

    def joint(self) -> Sequence[Step]:
        return [self._find]

    def _find(self, tile: Tile) -> None:
        quantiles.quantiles(
            tile, *self.keys, self.part.taken.values, self.part.is_float, self._by_value.order,
            self.part.taken.both, *self.windows, self._of, self._levels, self.part.room.table, self._places,
        )  # fmt: skip

    def answers(self) -> dict[str, pa.Array]:
        return {
            ask.name: from_ints(self.part.room.columns[place], self._counts.validity(ask), ask.kind)
            for ask, place in zip(self.asks, self._places, strict=True)
        }


class Sketches(Sliding):
    """About how many different values there are, by hashes of one precision."""

    def __init__(self, part: Part, asks: Sequence[Ask]) -> None:
        super().__init__(part, asks)
        self._place = part.place()
        made = asks[0].aggregate
        assert isinstance(made, ApproxCountDistinct)
        self._precision = made.precision
        hashed = Chunks([value_hashes(part.column).view(np.int64)])
        self._hashes = part.sweep.spread(hashed)

    def own(self) -> Sequence[Step]:
        return [self._settle]

    def joint(self) -> Sequence[Step]:
        return [self._sketch]

    def _settle(self, tile: Tile) -> None:
        rows = slice(tile[2], tile[3])
        self.part.sweep.settle(tile, self._hashes)
        if self.part.taken.arranged is not None:
            self._hashes[rows] = self._hashes[self.part.taken.arranged[rows]]

    def _sketch(self, tile: Tile) -> None:
        sketch.sketches(
            tile, *self.keys, self._hashes.view(np.uint64), self.part.taken.both, *self.windows, self._precision,
            self.part.room.table, self._place,
        )  # fmt: skip

    def answers(self) -> dict[str, pa.Array]:
        columns = self.part.room.columns
        return {ask.name: from_ints(columns[self._place + self.part.window(ask)], None, ask.kind) for ask in self.asks}


class Streaks(Sliding):
    """The longest streak of a condition."""

    def __init__(self, part: Part, asks: Sequence[Ask], counts: Counts) -> None:
        super().__init__(part, asks)
        self._counts = counts
        self._place = part.place()
        size = len(part.taken.values)
        self._order = uninitialised(size, np.int32)
        self._ranks = uninitialised((2 * len(part.taken.by), size), np.int64)

    def own(self) -> Sequence[Step]:
        return [self._arrange]

    def joint(self) -> Sequence[Step]:
        return [self._streak]

    def _arrange(self, tile: Tile) -> None:
        part = self.part
        tie_order(tile, part.sweep, part.taken, self._ranks, self._order)

    def _streak(self, tile: Tile) -> None:
        taken = self.part.taken
        streaks.streaks(
            tile, *self.keys, taken.values, self._order, taken.both, *self.windows, self.part.room.table, self._place
        )

    def answers(self) -> dict[str, pa.Array]:
        columns = self.part.room.columns
        return {
            ask.name: from_ints(columns[self._place + self.part.window(ask)], self._counts.validity(ask), ask.kind)
            for ask in self.asks
        }
