"""How the rows of a pass are cut into parts that are computed one by one: by key, and a large key by time as well.

All rows of a key meet in one part, so that a part needs no other. A key too large for that is cut into time slices,
each a part of its own: a slice answers the queries of its time, and is given the events before it that their windows
reach, its halo. So no slice needs another either, and no answer depends on where the cuts are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.batch.work import Work
from ropeway.transforms import instants, keys
from ropeway.transforms.columns import Ints, frozen
from ropeway.transforms.errors import DataError
from ropeway.transforms.expressions import evaluate
from ropeway.transforms.hashing import Hashes, hashes
from ropeway.transforms.kernels import scatter

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

    `span` is how many microseconds before a query its windows begin at most; None: at the beginning of all time.
    `largest` estimates the rows of the largest part, without the halo of a slice; None where nothing is known.
    `level` is how often these rows were cut by hash before, so that keys which met in one part come apart.
    """

    count: int
    hot: tuple[Hot, ...] = ()
    span: int | None = None
    largest: int | None = field(default=None, compare=False)
    level: int = 0

    @property
    def slices(self) -> int:
        """Parts that are slices of a key."""
        return sum(one.slices for one in self.hot if one.cuts)

    @property
    def _shared(self) -> int:
        return sum(one.slices for one in self.hot)

    def of(self, found: Hashes, missing: npt.NDArray[np.uint8], times: Ints | None) -> Numbers:
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

    def halo(self, found: Hashes, times: Ints) -> tuple[Ints, Numbers]:
        """Rows of events, and for each a later slice of its key whose windows reach back to it."""
        rows, parts = [np.empty(0, np.int64)], [np.empty(0, np.int32)]
        for one in self.hot:
            of_key = np.flatnonzero(found == np.uint64(one.hash)) if one.cuts else rows[0]
            own = times[of_key]
            for number, begin in enumerate(one.cuts, 1):
                reach = _FIRST if self.span is None else max(_FIRST, begin - self.span)
                taken = of_key[(own < begin) & (own >= reach)]
                rows.append(taken)
                parts.append(np.full(len(taken), one.first + number, np.int32))
        return np.concatenate(rows), np.concatenate(parts)

    def is_slice(self, part: int) -> bool:
        """Whether a part is a slice of a key."""
        return any(one.cuts and one.first <= part < one.first + one.slices for one in self.hot)

    def begin(self, part: int) -> int | None:
        """Where a slice of a key begins, unless it is the first, which begins with all time."""
        for one in self.hot:
            if one.first < part < one.first + one.slices:
                return one.cuts[part - one.first - 1]
        return None

    def halo_rows(self, work: Work, part: int, events: pa.Table) -> int:
        """How many events of a part belong to earlier slices."""
        begin = self.begin(part)
        times = None if begin is None else times_of(work, events, events=True)
        return 0 if begin is None or times is None else int((times < begin).sum())


def split(work: Work, table: pa.Table, parts: Parts, *, events: bool) -> Iterator[tuple[int, pa.Table]]:
    """The rows of `table` part by part, events with those that they are a halo of; parts without rows are left out."""
    found, missing = hashes_of(work, table, events=events)
    times = times_of(work, table, events=events) if any(one.cuts for one in parts.hot) else None
    numbers = parts.of(found, missing, times)
    rows = None
    if events and times is not None:
        more, others = parts.halo(found, times)
        if len(more):
            rows = np.concatenate([np.arange(len(numbers)), more])
            numbers = np.concatenate([numbers, others])
    starts = np.zeros(parts.count + 1, np.int64)
    order = np.empty(len(numbers), np.int64)
    scatter.order_by_part(frozen(numbers), starts, order)
    ordered = table.take(pa.array(order if rows is None else rows[order]))
    for part in np.flatnonzero(np.diff(starts)):
        yield int(part), ordered.slice(starts[part], starts[part + 1] - starts[part])


def kept(work: Work, events: pa.Table) -> pa.Table:
    """The rows of a source that pass its `where`."""
    if work.where is None:
        return events
    try:
        return events.filter(evaluate(work.where, events))
    except DataError as error:
        raise DataError(f"source {work.source!r}: {error}") from error


def hashes_of(work: Work, table: pa.Table, *, events: bool) -> tuple[Hashes, npt.NDArray[np.uint8]]:
    """The hash of each row's key, and which rows have none."""
    columns = [
        keys.normalised(table.column(key.source), key.kind, f"column {key.source!r} of source {work.source!r}")
        if events
        else keys.normalised(table.column(key.rows), key.kind, f"column {key.rows!r} of the rows")
        for key in work.keys
    ]
    return hashes(columns)


def times_of(work: Work, table: pa.Table, *, events: bool) -> Ints | None:
    """Event or query times in microseconds; None for a static table."""
    if work.timestamp is None or work.query_time is None:
        return None
    if events:
        what = f"timestamp {work.timestamp!r} of source {work.source!r}"
        return instants.micros(table.column(work.timestamp), work.timestamp_unit, what)
    return instants.micros(table.column(work.query_time), work.query_unit, f"column {work.query_time!r} of the rows")


def span_of(work: Work) -> int | None:
    """How far before a query the windows of a pass begin at most; None without bound."""
    widest = 0
    for ask in work.asks:
        if ask.window.micros is None:
            return None
        widest = max(widest, ask.window.micros + ask.window.offset)
    return widest


# ---- where the cuts are


@dataclass(frozen=True)
class Sample:
    """Some rows of one side of a pass: hashes and times; each stands for `weight` rows."""

    hashes: Hashes
    times: Ints
    weight: float

    @property
    def rows(self) -> float:
        return len(self.hashes) * self.weight


def no_sample() -> Sample:
    """Of a side about which nothing is known."""
    return Sample(np.empty(0, np.uint64), np.empty(0, np.int64), 0.0)


#: a key that is seen less often in a sample is not known to be large
SEEN = 20


def parts_of(samples: Sequence[Sample], count: int, span: int | None) -> Parts:
    """About `count` parts for the sampled rows, which are of all sides: keys above half of a mean part stand alone.

    One above a mean part is cut into slices of even size, as far as its times differ.
    """
    total = sum(one.rows for one in samples)
    if count < 2 or not total:
        return Parts(max(1, count), (), span)
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
        one = Hot(int(distinct[number]), _cuts(times[of_key], weights[of_key], max(1, round(size / mean))), first)
        hot.append(one)
        first += one.slices
        cold -= size
    made = Parts(first + max(1, round(cold / mean)), tuple(hot), span)
    placed = made.of(found, np.zeros(len(found), np.uint8), times)
    return replace(made, largest=round(np.bincount(placed, weights).max()))


def _cuts(times: Ints, weights: npt.NDArray[np.float64], slices: int) -> tuple[int, ...]:
    """Instants that cut rows of these times into slices of even weight; rows of one instant stay together."""
    order = np.argsort(times, kind="stable")
    upto = np.cumsum(weights[order])
    at = np.searchsorted(upto, upto[-1] * np.arange(1, slices) / slices)
    return tuple(sorted({int(time) for time in times[order][at]}))
