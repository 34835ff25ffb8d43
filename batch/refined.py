"""Parts whose events need more memory than there is, cut again: by key, and a large key by time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from ropeway.batch import memory
from ropeway.batch.memory import Budget, of_event, shown
from ropeway.batch.parts import (
    Hot,
    Kind,
    Parts,
    Sample,
    Share,
    ahead_of,
    is_cuttable,
    parts_of,
    span_of,
    split,
    spread,
)
from ropeway.batch.spill import Spill
from ropeway.transforms.columns import Ints
from ropeway.transforms.errors import UsageError
from ropeway.transforms.passes.clock import Clock
from ropeway.transforms.passes.history import History, is_whole, merged, schema_of
from ropeway.transforms.passes.work import Work
from ropeway.transforms.sampling import some_rows

#: rows of a sample of a part, more or less
SAMPLED = 200_000
#: parts at most that one is cut into; more are cut in two steps, since each costs a write of its own
MOST_PARTS = 1_000
#: how often a part is cut again; each time into as many as it needs
_DEEPEST = 3
#: of what a part may take, how much it is meant to, since keys are not spread evenly
FILL = 0.6
#: of what a part may take, what a slice has for its own rows at least, beside its halo
_LEAST = 0.25
#: tables of sums that are put together at once
_HELD = 32
#: a cut that leaves more than this share of a part in one place is not worth it
_GAIN = 0.9


@dataclass(frozen=True)
class Part:
    """Events and the queries that they answer, under one number of two spills; a slice has `sums` of earlier events."""

    events: Spill
    queries: Spill
    number: int
    is_slice: bool = False
    sums: Spill | None = None

    @property
    def rows(self) -> int:
        """Of both."""
        return int(self.events.rows[self.number] + self.queries.rows[self.number])

    def told(self) -> pa.Table | None:
        """What a slice is told of events before it."""
        return None if self.sums is None else self.sums.read(self.number)


def refined(work: Work, part: Part, budget: Budget, clock: Clock, level: int = 1) -> Iterator[Part]:
    """The part, or several in its place whose events fit. Raises `UsageError` for a key that can't be cut so far."""
    rows = int(part.events.rows[part.number])
    each = of_event(work, part.events.sizes[part.number] / max(1, rows))
    most = max(1, min(memory.MOST_ROWS, int(budget.events / each)))
    if rows <= most:
        yield part
        return
    made, together = _cut(work, part, most, level)
    if made is None or level > _DEEPEST:
        if rows * each > budget.events:
            raise _too_large(work, rows, together * each)
        yield part
        return
    told = part.told()
    with (
        Spill(part.events.schema, made.count, clock) as events,
        Spill(part.queries.schema, made.count, clock) as queries,
        Spill(schema_of(work, part.events.schema), made.count, clock) as sums,
    ):
        spills = {Kind.EVENTS: events, Kind.QUERIES: queries, Kind.SUMS: sums}
        with clock("spill"):
            for share in _shares(work, part, made, told, budget):
                spills[share.kind].add(share.part, share.rows)
        for at in map(int, np.flatnonzero(events.rows + queries.rows)):
            piece = Part(events, queries, at, part.is_slice or made.is_slice(at), sums)
            yield from refined(work, piece, budget, clock, level + 1)


def _shares(work: Work, part: Part, made: Parts, told: pa.Table | None, budget: Budget) -> Iterator[Share]:
    sums: dict[int, list[pa.Table]] = {}
    for kind, spill in ((Kind.EVENTS, part.events), (Kind.QUERIES, part.queries)):
        for chunk in spill.chunks(part.number, budget.piece):
            for share in split(work, chunk, made, kind, told):
                if share.kind is not Kind.SUMS:
                    yield share
                    continue
                held = sums.setdefault(share.part, [])  # of many chunks they are held, put together
                held.append(share.rows)
                if len(held) == _HELD:
                    held[:] = [merged(work, held)]
    yield from (Share(number, Kind.SUMS, merged(work, held)) for number, held in sums.items())
    if told is not None:
        yield from spread(work, told, made)


def _cut(work: Work, part: Part, most: int, level: int) -> tuple[Parts | None, float]:
    """The parts of a part of which each is to have `most` events, None if no cut makes it much smaller.

    And how many events belong together so that no cut parts them.
    """
    rows = int(part.events.rows[part.number])
    sample = _sample(work, part)
    span = _span(work) if is_cuttable(work) else None
    halo = _longest_halo(sample, span) * sample.weight
    # slices that are small beside their halo would write it over and over
    in_slices = span is not None and halo <= (1 - _LEAST) * most
    own = max(FILL * most - halo, _LEAST * most) if in_slices else FILL * most
    made = parts_of([sample], min(MOST_PARTS, max(2, math.ceil(sample.rows / own))), span_of(work), ahead_of(work))
    made = replace(made if in_slices else _in_whole_keys(made), level=level)
    present = np.zeros(len(sample.hashes), np.uint8)
    sizes = np.bincount(made.of(sample.hashes, present, sample.times), minlength=made.count)
    for one in made.hot:
        slices = made.halo(one, sample.times[sample.hashes == np.uint64(one.hash)])[1]
        sizes += np.bincount(one.first + slices, minlength=made.count)
    return made if sizes.max() < _GAIN * rows / sample.weight else None, halo / (1 - _LEAST)


def _in_whole_keys(made: Parts) -> Parts:
    """The same without slices: each large key is one part."""
    hot = tuple(Hot(one.hash, (), number) for number, one in enumerate(made.hot))
    return replace(made, count=made.count - sum(one.slices for one in made.hot) + len(hot), hot=hot, largest=None)


def _sample(work: Work, part: Part) -> Sample:
    """Some of the events of a part, from all of its chunks."""
    rows = int(part.events.rows[part.number])
    samples = []
    looked = 0
    for chunk in part.events.chunks(part.number, 0):
        some = chunk.take(pa.array(some_rows(len(chunk), -(-len(chunk) * SAMPLED // rows))))
        looked += len(some)
        samples.append(Sample.of(work, some, events=True))
    hashes, times = (np.concatenate(both) for both in zip(*((one.hashes, one.times) for one in samples), strict=True))
    return Sample(hashes, times, rows / looked)


def _span(work: Work) -> int:
    """How far windows reach around a query, and how far those over all history that are moved lie apart."""
    history = History.of(work)
    return max(span_of(work) + ahead_of(work), 0 if history is None else history.offsets[1] - history.offsets[0])


def _longest_halo(sample: Sample, span: int | None) -> int:
    """How many rows of the key with most of them the widest window holds at most."""
    distinct, counts = np.unique(sample.hashes, return_counts=True)
    if counts.max() < 2 or span is None:
        return int(counts.max())
    times: Ints = np.sort(sample.times[sample.hashes == distinct[counts.argmax()]])
    return int((np.arange(len(times)) - np.searchsorted(times, times - span)).max())


def _too_large(work: Work, rows: int, need: float) -> UsageError:
    span = span_of(work) + ahead_of(work)
    over = "back" if not ahead_of(work) else "over"
    why = f"windows reach {over} {span / 86_400_000_000:.3g} days" if span else "they become known at one time"
    if whole := [ask.name for ask in work.asks if is_whole(ask)]:
        why = f"all of them are needed for {whole[0]} over all history"
    return UsageError(
        f"memory_limit: of the {rows:,} rows that one key of source {work.source!r} has, too many belong together, "
        f"since {why}: about {shown(need)} are needed to compute them. Pass a limit of at least "
        f"{shown(Budget.limit_for(need) * 1.02)}, or features over shorter windows."
    )
