"""Parts whose events need more memory than there is, cut again: by key, and a large key by time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from ropeway.batch import memory
from ropeway.batch.clock import Clock
from ropeway.batch.memory import Budget, of_event, shown
from ropeway.batch.parts import Hot, Parts, Sample, hashes_of, parts_of, span_of, split, times_of
from ropeway.batch.spill import Spill
from ropeway.batch.work import Work
from ropeway.transforms.columns import Ints
from ropeway.transforms.errors import UsageError

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
#: a cut that leaves more than this share of a part in one place is not worth it
_GAIN = 0.9


@dataclass(frozen=True)
class Part:
    """Events and the queries that they answer, under one number of two spills."""

    events: Spill
    queries: Spill
    number: int
    is_slice: bool = False

    @property
    def rows(self) -> int:
        """Of both."""
        return int(self.events.rows[self.number] + self.queries.rows[self.number])


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
    with (
        Spill(part.events.schema, made.count, clock) as events,
        Spill(part.queries.schema, made.count, clock) as queries,
    ):
        with clock("spill"):
            for old, new in ((part.events, events), (part.queries, queries)):
                for chunk in old.chunks(part.number, budget.piece):
                    for number, some in split(work, chunk, made, events=new is events):
                        new.add(number, some)
        for at in map(int, np.flatnonzero(events.rows + queries.rows)):
            piece = Part(events, queries, at, part.is_slice or made.is_slice(at))
            yield from refined(work, piece, budget, clock, level + 1)


def _cut(work: Work, part: Part, most: int, level: int) -> tuple[Parts | None, float]:
    """The parts of a part of which each is to have `most` events, None if no cut makes it much smaller.

    And how many events belong together so that no cut parts them.
    """
    rows = int(part.events.rows[part.number])
    sample = _sample(work, part)
    span = None if work.timestamp is None else span_of(work)
    halo = _longest_halo(sample, span) * sample.weight
    # slices that are small beside their halo would write it over and over
    in_slices = span is not None and halo <= (1 - _LEAST) * most
    own = max(FILL * most - halo, _LEAST * most) if in_slices else FILL * most
    made = parts_of([sample], min(MOST_PARTS, max(2, math.ceil(rows / own))), span)
    made = replace(made if in_slices else _in_whole_keys(made), level=level)
    present = np.zeros(len(sample.hashes), np.uint8)
    sizes = np.bincount(made.of(sample.hashes, present, sample.times), minlength=made.count)
    sizes += np.bincount(made.halo(sample.hashes, sample.times)[1], minlength=made.count)
    return made if sizes.max() < _GAIN * len(sample.hashes) else None, halo / (1 - _LEAST)


def _in_whole_keys(made: Parts) -> Parts:
    """The same without slices: each large key is one part."""
    hot = tuple(Hot(one.hash, (), number) for number, one in enumerate(made.hot))
    return Parts(made.count - sum(one.slices for one in made.hot) + len(hot), hot, made.span)


def _sample(work: Work, part: Part) -> Sample:
    """Every so many of the events of a part."""
    rows = int(part.events.rows[part.number])
    stride = max(1, rows // SAMPLED)
    found, times, at = [], [], 0
    for chunk in part.events.chunks(part.number, 0):
        some = chunk.take(pa.array(np.arange(-at % stride, len(chunk), stride)))
        at += len(chunk)
        hashes, missing = hashes_of(work, some, events=True)
        # rows without a key are spread over all parts: each counts as a key of its own
        found.append(np.where(missing != 0, np.arange(len(hashes), dtype=np.uint64), hashes))
        stamps = times_of(work, some, events=True)
        times.append(np.zeros(len(hashes), np.int64) if stamps is None else stamps)
    hashes = np.concatenate(found)
    return Sample(hashes, np.concatenate(times), rows / len(hashes))


def _longest_halo(sample: Sample, span: int | None) -> int:
    """How many rows of the key with most of them the widest window holds at most."""
    distinct, counts = np.unique(sample.hashes, return_counts=True)
    if counts.max() < 2 or span is None:
        return int(counts.max())
    times: Ints = np.sort(sample.times[sample.hashes == distinct[counts.argmax()]])
    return int((np.arange(len(times)) - np.searchsorted(times, times - span)).max())


def _too_large(work: Work, rows: int, need: float) -> UsageError:
    span = span_of(work)
    reach = "reach over all history" if span is None else f"reach back {span / 86_400_000_000:.3g} days"
    return UsageError(
        f"memory_limit: of the {rows:,} rows that one key of source {work.source!r} has, too many belong together, "
        f"since windows {reach}: about {shown(need)} are needed to compute them. Pass a limit of at least "
        f"{shown(Budget.limit_for(need) * 1.02)}, or features over shorter windows."
    )
