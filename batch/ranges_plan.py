"""Which dates of a range are still to be computed, and how many of them in one commit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ropeway.batch.pins import Pins
from ropeway.batch.ranges_known import joined
from ropeway.batch.ranges_state import Held, Spans, State
from ropeway.features.instants import Instants

#: rows of a slice, unless one date has more: the rows of a slice, with their features, are in memory at once on one
#: machine, and 3,000,000 rows of 40 features are 1 GB
ROWS_PER_SLICE = 3_000_000


class Counting(Protocol):
    """Who tells how many rows there are at the instants of spans."""

    def counts(self, spans: Sequence[tuple[int, int]], every: int) -> list[int]: ...


@dataclass(frozen=True)
class Wanted:
    """What a run asks of each date: `features` by name with their hash; `known` as in `Held`; `pins` for new dates.

    since: dates that were written up to this version are computed again; None for none.
    """

    asked: Instants
    features: Mapping[str, str]
    known: str
    pins: Pins
    since: int | None = None


@dataclass(frozen=True)
class Work:
    """What a date lacks: all of it, if `adds` is None, else these columns, for the rows that are there."""

    adds: tuple[str, ...] | None
    features: tuple[tuple[str, str], ...]
    pins: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True)
class Slice:
    """Dates that are committed together: `spans` and `rows` are those of each of them."""

    work: Work
    dates: tuple[dt.date, ...]
    spans: tuple[Spans, ...]
    rows: tuple[int, ...]


def unfinished(wanted: Wanted, state: State) -> dict[dt.date, Work]:
    """The dates that lack something, in their order."""
    made = {}
    for date in wanted.asked.dates():
        work = _work(wanted, state.dates.get(date), date)
        if work is not None:
            made[date] = work
    return made


def _work(wanted: Wanted, held: Held | None, date: dt.date) -> Work | None:
    span = wanted.asked.span(date)
    whole = Work(None, tuple(wanted.features.items()), tuple(wanted.pins.items()))
    if held is None or span is None or held.known != wanted.known or not held.covers(span):
        return whole
    if wanted.since is not None and held.version <= wanted.since:
        return whole
    adds = tuple(name for name, one in wanted.features.items() if held.features.get(name) != one)
    if not adds:
        return None
    features = {**held.features, **{name: wanted.features[name] for name in adds}}
    return Work(adds, tuple(features.items()), tuple(held.pins.items()))


def next_slice(wanted: Wanted, state: State, lacking: Mapping[dt.date, Work], entities: Counting) -> Slice:
    """The first dates of those that lack the same, as many as hold `ROWS_PER_SLICE` rows, at least one."""
    work = next(iter(lacking.values()))
    dates: list[dt.date] = []
    spans: list[Spans] = []
    rows: list[int] = []
    for date, one in lacking.items():
        if one != work:
            break
        held = state.dates.get(date)
        span = wanted.asked.span(date)
        assert span is not None
        if work.adds is None:
            # instants that the table holds beyond the range stay
            here = tuple(joined([*(() if held is None else held.spans), span], wanted.asked.every))
            count = sum(entities.counts(here, wanted.asked.every))
        else:
            assert held is not None
            here, count = held.spans, held.rows
        if dates and sum(rows) + count > ROWS_PER_SLICE:
            break
        dates.append(date)
        spans.append(here)
        rows.append(count)
    return Slice(work, tuple(dates), tuple(spans), tuple(rows))
