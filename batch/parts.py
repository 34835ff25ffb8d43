"""How the rows of a pass are cut into parts that are computed one by one: by key, and a large key by time as well.

All rows of a key meet in one part, so that a part needs no other. A key too large for that is cut into time slices,
each a part of its own: a slice answers the queries of its time, and is given the events before it that their windows
reach, its halo; of windows over all history it is told in a few rows (`history.py`). So no slice needs another either,
and no answer depends on where the cuts are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms.columns import Bytes, Ints, frozen
from ropeway.transforms.hashing import Hashes, hashes
from ropeway.transforms.kernels import scatter
from ropeway.transforms.passes import values
from ropeway.transforms.passes.history import History, each_of, enters, given, is_whole, keys_of
from ropeway.transforms.passes.work import Work

Numbers = npt.NDArray[np.int32]

_FIRST, _LAST = -(2**63), 2**63 - 1
#: an odd number, of which a power by level brings all bits of a hash into those that are looked at
_MIXER = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class Hot:
    """A key by its hash, alone in the parts from `first` on: slice i has times from cuts[i - 1] to before cuts[i]."""

    hash: int
    cuts: tuple[int, ...]
    first: int

    @property
    def slices(self) -> int:
        return len(self.cuts) + 1


@dataclass(frozen=True)
class Parts:
    """`count` parts: those of `hot` keys come first, then as many as are left for all others, by their hash.

    `span` is how many microseconds before a query bounded windows begin at most; 0 if there are none.
    `largest` estimates the rows of the largest part, without the halo of a slice; None where nothing is known.
    `level` is how often these rows were cut by hash before, so that keys which met in one part come apart. `ahead` is
    how many microseconds after a query windows of labels end at most.
    """

    count: int
    hot: tuple[Hot, ...] = ()
    span: int = 0
    largest: int | None = field(default=None, compare=False)
    level: int = 0
    ahead: int = 0

    @property
    def slices(self) -> int:
        """Parts that are slices of a key."""
        return sum(one.slices for one in self.hot if one.cuts)

    @property
    def _shared(self) -> int:
        return sum(one.slices for one in self.hot)

    def of(self, found: Hashes, missing: Bytes, times: Ints | None) -> Numbers:
        """The part of each row; rows without a key match nothing, and are spread over all parts that keys share."""
        shared = self._shared
        width = np.uint64(self.count - shared)
        mixed = found >> np.uint64(16)
        if self.level:
            mixed = found * np.uint64(pow(_MIXER, self.level, 2**64)) >> np.uint64(32)
        parts = (mixed % width).astype(np.int32) + np.int32(shared)
        for one in self.hot:
            rows = np.flatnonzero(found == np.uint64(one.hash))
            if one.cuts and times is not None:
                parts[rows] = one.first + np.searchsorted(np.array(one.cuts), times[rows], side="right")
            else:
                parts[rows] = one.first
        if missing.any():
            lost = np.flatnonzero(missing)
            parts[lost] = shared + np.arange(len(lost), dtype=np.int32) % np.int32(width)
        return parts

    def halo(self, hot: Hot, times: Ints, available: Ints | None = None) -> tuple[Ints, Ints]:
        """Of events of a key those that bounded windows of other slices reach, and the number of each such slice.

        Those of which a slice would not get to know before it ends are left out.
        """
        cuts = np.array(hot.cuts, np.int64)
        own = np.searchsorted(cuts, times, side="right")
        first = own + 1 if available is None else np.maximum(own + 1, np.searchsorted(cuts, available, side="right"))
        until = np.where(times > _LAST - self.span, _LAST, times + self.span)
        rows, slices = each_of(first, np.searchsorted(cuts, until, side="right"))
        if not self.ahead:
            return rows, slices
        since = np.where(times < _FIRST + self.ahead, _FIRST, times - self.ahead)
        more, earlier = each_of(np.searchsorted(cuts, since, side="right"), own - 1)
        return np.concatenate([rows, more]), np.concatenate([slices, earlier])

    def is_slice(self, part: int) -> bool:
        """Whether a part is a slice of a key."""
        return any(one.cuts and one.first <= part < one.first + one.slices for one in self.hot)

    def ends(self, part: int) -> tuple[int, int]:
        """From when until before when the queries of a part are, all time unless it is a slice of a key."""
        for one in self.hot:
            if one.first <= part < one.first + one.slices:
                edges = (_FIRST, *one.cuts, _LAST)
                return edges[part - one.first], edges[part - one.first + 1]
        return _FIRST, _LAST

    def halo_rows(self, work: Work, part: int, events: pa.Table) -> int:
        """How many events of a part belong to other slices."""
        times = times_of(work, events, events=True) if self.is_slice(part) else None
        if times is None:
            return 0
        begin, end = self.ends(part)
        return int((times < begin).sum() + (times >= end).sum())


class Kind(IntEnum):
    """What rows are."""

    EVENTS = 0
    QUERIES = 1
    #: what events of earlier slices add up to (`history.py`)
    SUMS = 2


class Share(NamedTuple):
    """Rows of one part."""

    part: int
    kind: Kind
    rows: pa.Table


def split(work: Work, table: pa.Table, parts: Parts, kind: Kind, told: pa.Table | None = None) -> Iterator[Share]:
    """The rows of `table` part by part; parts without rows are left out.

    Of events, slices are given what their windows need of those before them. If the events were cut before, `told` is
    what this part was told then.
    """
    events = kind is Kind.EVENTS
    found, missing = hashes_of(work, table, events=events)
    cut = [one for one in parts.hot if one.cuts]
    times = times_of(work, table, events=events) if cut else None
    numbers = parts.of(found, missing, times)
    rows = [np.arange(len(numbers))]
    if events and times is not None:
        places = [numbers]
        for one in cut:
            of_key = np.flatnonzero((found == np.uint64(one.hash)) & (missing == 0))
            if len(of_key):
                more, slices, sums = _given(work, table, parts, one, of_key, times[of_key], told)
                rows.append(of_key[more])
                places.append((one.first + slices).astype(np.int32))
                yield from (Share(one.first + number, Kind.SUMS, some) for number, some in sums)
        numbers = np.concatenate(places)
    starts = np.zeros(parts.count + 1, np.int64)
    order = np.empty(len(numbers), np.int64)
    scatter.order_by_part(frozen(numbers), starts, order)
    ordered = table.take(pa.array(order if len(rows) == 1 else np.concatenate(rows)[order]))
    for part in np.flatnonzero(np.diff(starts)):
        yield Share(int(part), kind, ordered.slice(starts[part], starts[part + 1] - starts[part]))


def _given(
    work: Work, table: pa.Table, parts: Parts, hot: Hot, of_key: Ints, times: Ints, told: pa.Table | None
) -> tuple[Ints, Ints, Sequence[tuple[int, pa.Table]]]:
    """What later slices are given of the rows `of_key` of a table, at these times: rows, their slices, and sums."""
    history = History.of(work)
    some = None if history is None and work.available_at is None else table.take(pa.array(of_key))
    available = None if some is None else values.event_times(work, some)[1]
    rows, slices = parts.halo(hot, times, None if available is None else available.whole)
    if history is None or some is None:
        return rows, slices, ()
    more = given(work, history, some, np.array(hot.cuts), told)
    # a row may be given for more than one reason, and counts once
    both = np.unique(np.concatenate([slices, more.slices]) * len(some) + np.concatenate([rows, more.rows]))
    return both % len(some), both // len(some), more.sums


def spread(work: Work, told: pa.Table, parts: Parts) -> Iterator[Share]:
    """What a part was told before it was cut anew, for the parts that it is cut into: all slices of a key need it."""
    found, missing = hashes(keys_of(work, told))
    numbers = parts.of(found, missing, None)
    for one in parts.hot:
        mine = found == np.uint64(one.hash)
        if mine.any():
            numbers[mine] = -1
            for slice_ in range(one.slices):
                yield Share(one.first + slice_, Kind.SUMS, told.filter(pa.array(mine)))
    for part in np.unique(numbers[numbers >= 0]):
        yield Share(int(part), Kind.SUMS, told.filter(pa.array(numbers == part)))


def kept(work: Work, events: pa.Table) -> pa.Table:
    """The rows of a source that pass its `where`."""
    if work.where is None:
        return events
    return events.filter(values.evaluated(work, work.where, events))


def hashes_of(work: Work, table: pa.Table, *, events: bool) -> tuple[Hashes, Bytes]:
    """The hash of each row's key, and which rows have none."""
    return hashes(values.event_keys(work, table) if events else values.query_keys(work, table))


def times_of(work: Work, table: pa.Table, *, events: bool) -> Ints | None:
    """Event or query times in microseconds; None for a static table."""
    if work.timestamp is None or work.query_time is None:
        return None
    return values.stamps_of(work, table).whole if events else values.query_times(work, table)


def reach_of(work: Work) -> int | None:
    """How far before a query the windows of a pass begin at most; None without bound."""
    return None if any(ask.window.back is None for ask in work.asks) else span_of(work)


def span_of(work: Work) -> int:
    """The same for its bounded windows."""
    return max((back for ask in work.asks if (back := ask.window.back) is not None), default=0)


def ahead_of(work: Work) -> int:
    """How far after a query the windows of a pass end at most."""
    return max((ask.window.forward for ask in work.asks), default=0)


def is_cuttable(work: Work) -> bool:
    """Whether the rows of a key can be told in slices."""
    if work.timestamp is None or any(map(is_whole, work.asks)):
        return False
    # a row that is superseded leaves windows over all history again
    return work.until is None or all(ask.window.back is not None for ask in work.asks)


# ---- where the cuts are


@dataclass(frozen=True)
class Sample:
    """Some rows of one side of a pass: hashes and times; each stands for `weight` rows."""

    hashes: Hashes
    times: Ints
    weight: float

    @staticmethod
    def of(work: Work, table: pa.Table, *, events: bool) -> Sample:
        """All rows of a table, each for itself.

        An event that windows over all history learn of later than it happens stands there once more, at that time,
        since it is given to the slice of either. Rows without a key stand for as many small keys.
        """
        found, missing = hashes_of(work, table, events=events)
        if missing.any():
            start = np.bitwise_xor.reduce(found)
            found = np.where(missing != 0, start + np.arange(len(found), dtype=np.uint64), found)
        times = times_of(work, table, events=events)
        if times is None:
            return Sample(found, np.zeros(len(found), np.int64), 1.0)
        history = History.of(work) if events else None
        if history is not None and (work.available_at is not None or history.offsets[1]):
            entering = enters(*values.event_times(work, table), history.offsets[1])
            later = entering > times
            found, times = np.concatenate([found, found[later]]), np.concatenate([times, entering[later]])
        return Sample(found, times, 1.0)

    @property
    def rows(self) -> float:
        return len(self.hashes) * self.weight


#: a key that is seen less often in a sample is not known to be large
SEEN = 20


def parts_of(samples: Sequence[Sample], count: int, span: int, ahead: int = 0, *, cuttable: bool = True) -> Parts:
    """About `count` parts for the sampled rows, which are of all sides: keys above half of a mean part stand alone.

    One above a mean part is cut into slices of even size, as far as its times differ, if keys are `cuttable`.
    """
    total = sum(one.rows for one in samples)
    if count < 2 or not total:
        return Parts(max(1, count), (), span, ahead=ahead)
    mean = total / count
    found = np.concatenate([one.hashes for one in samples])
    times = np.concatenate([one.times for one in samples])
    weights = np.concatenate([np.full(len(one.hashes), one.weight) for one in samples])
    distinct, inverse, seen = np.unique(found, return_inverse=True, return_counts=True)
    sizes = np.bincount(inverse, weights)
    hot: list[Hot] = []
    first, cold = 0, total
    for number in np.flatnonzero((sizes > mean / 2) & (seen >= SEEN)):
        size = sizes[number]
        of_key = np.flatnonzero(inverse == number)
        slices = max(1, round(size / mean)) if cuttable else 1
        one = Hot(int(distinct[number]), _cuts(times[of_key], weights[of_key], slices), first)
        hot.append(one)
        first += one.slices
        cold -= size
    made = Parts(first + max(1, round(cold / mean)), tuple(hot), span, ahead=ahead)
    placed = made.of(found, np.zeros(len(found), np.uint8), times)
    return replace(made, largest=round(np.bincount(placed, weights).max()))


def _cuts(times: Ints, weights: npt.NDArray[np.float64], slices: int) -> tuple[int, ...]:
    """Instants that cut rows of these times into slices of even weight; rows of one instant stay together."""
    order = np.argsort(times, kind="stable")
    upto = np.cumsum(weights[order])
    at = np.searchsorted(upto, upto[-1] * np.arange(1, slices) / slices)
    return tuple(sorted({int(time) for time in times[order][at]}))
