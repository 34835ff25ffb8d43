"""What of a range a table holds already, read from the table's own commits: a record for each date."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ropeway.batch.ranges_known import DATE
from ropeway.connectors.ranges import Entry
from ropeway.features.definition import definition, definition_hash
from ropeway.features.instants import Instants
from ropeway.features.view import FeatureView

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Grid:
    """What all dates of a table share: `every`, where the instants stand within it, the columns of the join keys."""

    every: int
    phase: int
    keys: tuple[str, ...]

    @classmethod
    def of(cls, asked: Instants, views: Sequence[FeatureView]) -> Grid:
        """The grid of a range."""
        return cls(asked.every, asked.phase, tuple(views[0].join_keys.values()))


@dataclass(frozen=True)
class Held:
    """A date that the table holds.

    rows, spans: how many rows, at which instants (first and last of each run of them). known: what decides who has a
    row, as a hash. features: each column with the hash of what it is. pins: the versions of the sources by their
    address, None where they have none.
    """

    rows: int
    spans: Spans
    known: str
    features: Mapping[str, str]
    pins: Mapping[str, int | None]
    version: int
    run_id: str

    def covers(self, span: tuple[int, int]) -> bool:
        """Whether all instants of a span are there."""
        return any(first <= span[0] and span[1] <= last for first, last in self.spans)


@dataclass(frozen=True)
class State:
    """A table at one version. `touched`: dates that others changed since, by the version that did it."""

    version: int = -1
    grid: Grid | None = None
    dates: Mapping[dt.date, Held] = field(default_factory=dict)
    touched: Mapping[dt.date, int] = field(default_factory=dict)
    transactions: Mapping[str, int] = field(default_factory=dict)

    def then(self, entries: Iterable[Entry]) -> State:
        """The state after these commits too."""
        dates, touched, transactions = dict(self.dates), dict(self.touched), dict(self.transactions)
        grid, version = self.grid, self.version
        for entry in entries:
            version = version if entry.version is None else entry.version
            transactions |= entry.transactions
            told = range_of(entry)
            if told is None:
                for text in entry.values(DATE):
                    if grid is not None and text is not None:
                        changed = dt.date.fromisoformat(text)
                        dates.pop(changed, None)
                        touched[changed] = version
                continue
            grid = Grid(told["grid"]["every"], told["grid"]["phase"], tuple(told["grid"]["keys"]))
            if told.get("begins"):
                dates, touched = {}, {}
            for text, (rows, spans) in told.get("dates", {}).items():
                date = dt.date.fromisoformat(text)
                runs = tuple((first, last) for first, last in spans)
                run_id = "" if entry.commit is None else entry.commit.run_id
                dates[date] = Held(rows, runs, told["known"], told["features"], told["pins"], version, run_id)
                touched.pop(date, None)
        return replace(self, version=version, grid=grid, dates=dates, touched=touched, transactions=transactions)


def range_of(entry: Entry) -> Mapping[str, Any] | None:
    """What a commit says of a range; None if it is not of one."""
    told = None if entry.commit is None else entry.commit.info.get("range")
    return told if isinstance(told, Mapping) else None


def identities(views: Sequence[FeatureView]) -> dict[str, str]:
    """For each column what decides its values, as a hash: no other feature of its view changes it."""
    return {output.name: definition_hash([view[[output.short]]]) for view in views for output in view.outputs()}


def known_by(views: Sequence[FeatureView]) -> str:
    """What decides who has a row at an instant, as a hash: sources, their keys, and the closed edge of each view."""
    told = {
        json.dumps([one["source"], one["keys"], view.closed in ("right", "both")], sort_keys=True)
        for view, one in zip(views, definition(views)["views"], strict=True)
    }
    return hashlib.sha256("\n".join(sorted(told)).encode()).hexdigest()
