"""`rebuild`: a table once more, from what its commits say: the same definitions over the same versions of sources."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ropeway.batch import ranges_plan
from ropeway.batch.backfill import backfill, computing
from ropeway.batch.lineage import Lineage, Run, lineage
from ropeway.batch.pins import Pins, pinned
from ropeway.batch.plan import plan
from ropeway.batch.ranges import Compute, extent_of
from ropeway.batch.ranges_known import DATE, Entities, EntitiesOnSpark, with_date
from ropeway.batch.ranges_plan import Slice, Work
from ropeway.batch.ranges_state import Held, identities, known_by, range_of
from ropeway.batch.ranges_table import RangeTable
from ropeway.batch.result import BackfillResult, RangeResult
from ropeway.batch.target import Features
from ropeway.connectors.address import parse
from ropeway.connectors.commits import Commit
from ropeway.connectors.ranges import Entry
from ropeway.connectors.table import connector_of
from ropeway.features.instants import Instants
from ropeway.features.service import FeatureService
from ropeway.features.view import FeatureView
from ropeway.transforms.errors import TableError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_log = logging.getLogger("ropeway")


def rebuild(address: str, *, to: str, spark: SparkSession | None = None) -> BackfillResult:
    """Write a table that ropeway wrote once more `to` another address: the same bits, from the same versions.

    Each run is repeated with the definition, the rows and the versions of the sources that its commit names; a range
    date by date, as each date was computed. With `@version=` the table as of that version.

    Sources without versions (`parquet:`, `sql:`) are read as they are now, which is logged as a warning: nothing
    promises that they are what they were. Raises `TableError` before any work if a run read a frame, which nobody
    can read again, or if others wrote to the table; `TableNotFoundError` and `TableError` where a version is gone, as
    after a vacuum.

    >>> import pyarrow as pa, ropeway as rw
    >>> from deltalake import write_deltalake
    >>> write_deltalake("flights", pa.table({"tail": ["N1"], "at": pa.array([0], pa.timestamp("us", "UTC"))}))
    >>> source = rw.Source("flights", "delta:flights", "at")
    >>> view = rw.FeatureView("plane", rw.Entity("tail"), source, [rw.count()])
    >>> made = rw.backfill(rw.instants("1970-01-02", "1970-01-04", every="1d"), view, to="delta:daily")
    >>> write_deltalake("flights", pa.table({"tail": ["N2"], "at": pa.array([0], pa.timestamp("us", "UTC"))}),
    ...                 mode="overwrite")
    >>> rw.rebuild("delta:daily", to="delta:again").rows == made.rows == 2
    True
    """
    told = lineage(address, spark=spark)
    connector, parsed = connector_of(address)
    entries = connector.log(parsed, spark=spark)
    for run in told.runs:
        _refuse(address, run)
    _warn(told)
    if told.dates:
        return _Ranges(told, entries, to, spark).run()
    _refuse_others(address, entries)
    result: BackfillResult | None = None
    for run in told.runs:
        assert run.entity_df is not None
        pins = {one.address: one.version for one in run.sources.values() if one.address}
        result = backfill(
            _at(str(run.entity_df.address), run.entity_df.version),
            _features(run.definition, pins),
            to=to,
            mode="error" if result is None else "append",
            timestamp=run.timestamp or "event_timestamp",
            timestamp_unit=run.timestamp_unit,
            spark=spark,
        )
    assert result is not None
    return replace(result, rows=sum(run.rows for run in told.runs))


def _refuse(address: str, run: Run) -> None:
    frames = [f"source {name!r}" for name, one in run.sources.items() if one.address is None]
    if run.instants is None and (run.entity_df is None or run.entity_df.address is None):
        frames.append("the rows")
    if frames or run.definition is None:
        raise TableError(
            f"{address}: the run {run.run_id!r} read {', '.join(frames) or 'what it does not name'} from a frame in "
            f"memory, which can't be read again. Only runs over addresses, such as 'delta:data/flights', can be rebuilt"
        )


def _refuse_others(address: str, entries: Sequence[Entry]) -> None:
    others = [str(one.version) for one in entries if one.commit is None and one.changed]
    if others:
        raise TableError(
            f"{address}: others changed rows in version {', '.join(others)}, which no run can repeat. Rebuild an "
            f"earlier state by @version="
        )


def _warn(told: Lineage) -> None:
    read = {(name, one.address) for run in told.runs for name, one in run.sources.items() if one.version is None}
    rows = [run.entity_df for run in told.runs if run.entity_df is not None]
    read |= {("the rows", one.address) for one in rows if one.version is None}
    for name, address in sorted(read, key=str):
        _log.warning("rebuild of %s: %s (%s) has no versions and is read as it is now", told.address, name, address)


def _features(definition: Any, pins: Pins) -> Features:
    """What a run was asked for, over the versions that it read: of a service its derived columns too."""
    views = pinned(_views(definition), pins)
    if not isinstance(definition, Mapping):
        return views
    service = FeatureService.from_dict(definition)
    return FeatureService(
        service.name,
        views,
        derived=service.derived,
        transform=service.transform,
        description=service.description,
        owner=service.owner,
        tags=service.tags,
    )


def _views(definition: Any) -> tuple[FeatureView, ...]:
    if isinstance(definition, Mapping):
        return FeatureService.from_dict(definition).views
    return tuple(FeatureView.from_dict(one) for one in definition)


def _at(address: str, version: int | None) -> str:
    return address if version is None or parse(address).version is not None else f"{address}@version={version}"


@dataclass(frozen=True)
class _Like:
    """What dates have in common that are rebuilt together."""

    known: str
    features: tuple[tuple[str, str], ...]
    pins: tuple[tuple[str, int | None], ...]

    @classmethod
    def of(cls, held: Held) -> _Like:
        return cls(held.known, tuple(held.features.items()), tuple(held.pins.items()))


class _Ranges:
    """A table that holds a range, date by date."""

    def __init__(self, told: Lineage, entries: Sequence[Entry], to: str, spark: SparkSession | None) -> None:
        self._told = told
        self._spark = spark
        self._dates = {date: one.held for date, one in told.dates.items()}
        self._by_version = {one.version: one for one in entries}
        connector, parsed = connector_of(told.address)
        self._schema = connector.schema(parsed, spark=spark)
        #: by hash: each feature as a view of it alone, and the views that say who has a row
        self._features: dict[str, FeatureView] = {}
        self._known: dict[str, tuple[FeatureView, ...]] = {}
        for entry in entries:
            if entry.commit is not None and range_of(entry) is not None and entry.commit.info["definition"] is not None:
                views = _views(entry.commit.info["definition"])
                hashes = identities(views)
                for view in views:
                    self._features |= {hashes[one.name]: view[[one.short]] for one in view.outputs()}
                self._known.setdefault(known_by(views), views)
        held = self._dates.values()
        missing = {name for one in held for name, made in one.features.items() if made not in self._features}
        if missing or any(one.known not in self._known for one in held):
            raise TableError(
                f"{told.address}: no commit says how {', '.join(sorted(missing)) or 'the rows'} came to be: the log "
                f"was cleaned up, or another release of ropeway wrote it"
            )
        spans = [span for one in held for span in one.spans]
        told_of = range_of(self._by_version[max(one.version for one in held)])
        assert told_of is not None
        first, last = min(one[0] for one in spans), max(one[1] for one in spans)
        self._asked = Instants(first, last + 1, told_of["grid"]["every"])
        self._run_id = uuid.uuid4().hex
        views = next(iter(self._known.values()))
        self._table = RangeTable(to, self._asked, views, spark)

    def run(self) -> RangeResult:
        """Every date of the table, in slices of dates that were computed alike."""
        table = self._table
        if table.exists:
            self._check_same()
        else:
            table.check(self._schema, anew=False)
            table.begin(self._commit([], max(held.version for held in self._dates.values())), replaces=False)
        lacking = {date: held for date, held in self._dates.items() if not self._is_there(date, held)}
        with table.presence() as presence, computing(self._spark) as compute:
            for like, some in groupby(lacking.items(), key=lambda item: _Like.of(item[1])):
                self._alike(like, dict(some), compute)
            table.tidy(presence)
        held = list(table.state.dates.values())
        last = max(held, key=lambda one: one.version)
        newest = self._told.runs[-1]
        return RangeResult(
            str(table), last.version, sum(one.rows for one in held), last.run_id, newest.definition_hash,
            computed=len(lacking), reused=len(held) - len(lacking),
        )  # fmt: skip

    def _check_same(self) -> None:
        """A table that is there must be this rebuild, begun before."""
        self._table.check(self._schema, anew=False)
        unlike = [date for date in self._table.state.dates if date not in self._dates]
        other = self._table.rebuilt_from() != self._origin()
        if other or unlike:
            raise TableError(
                f"{self._table} exists already and is no rebuild of {self._told.address} that was interrupted: "
                f"choose an address where nothing is"
            )

    def _origin(self) -> dict[str, Any]:
        return {"address": parse(self._told.address).path, "version": self._told.version}

    def _is_there(self, date: dt.date, held: Held) -> bool:
        there = self._table.state.dates.get(date)
        return there is not None and there.spans == held.spans and _Like.of(there) == _Like.of(held)

    def _alike(self, like: _Like, dates: Mapping[dt.date, Held], compute: Compute) -> None:
        pins: Pins = dict(like.pins)
        known = pinned(self._known[like.known], pins)
        entities = Entities(known) if self._spark is None else EntitiesOnSpark(known, self._spark)
        try:
            hashes = dict(like.features)
            chosen = [self._features[hashes[name]] for name in self._schema.names if name in hashes]
            made = plan(entities.schema, pinned(chosen, pins), spark=self._spark)
            declared = pa.schema([one for one in self._schema if one.name != DATE])
            work = Work(None, like.features, like.pins)
            for some in _slices(dates, work):
                rows = entities.rows([span for spans in some.spans for span in spans], self._asked.every)
                answer = with_date(compute(made, rows, extent_of(some.spans)))
                told = list(zip(some.dates, some.spans, some.rows, strict=True))
                commit = self._commit(told, dates[some.dates[0]].version, work)
                if self._table.write(some, answer, declared, commit) is None:
                    raise TableError(f"{self._table}: another run writes to this table. Run again when it is over")
        finally:
            entities.close()

    def _commit(self, dates: Sequence[tuple[dt.date, Any, int]], version: int, work: Work | None = None) -> Commit:
        """What the commit of the original says, of these dates."""
        entry = self._by_version[version]
        told = range_of(entry)
        assert told is not None
        assert entry.commit is not None
        info = {name: one for name, one in entry.commit.info.items() if name != "attempt"}
        mine: dict[str, Any] = {**told, "added": None, "rebuilds": self._origin()}
        mine.pop("begins", None)
        if work is None:
            mine = {name: mine[name] for name in ("start", "end", "every", "grid", "rebuilds")} | {"begins": True}
        else:
            mine |= {
                "features": dict(work.features),
                "pins": dict(work.pins),
                "dates": {date.isoformat(): [rows, [list(one) for one in spans]] for date, spans, rows in dates},
            }
        info |= {"range": mine, "rows": sum(rows for _, _, rows in dates)}
        return Commit(self._run_id, entry.commit.definition_hash, info)


def _slices(dates: Mapping[dt.date, Held], work: Work) -> list[Slice]:
    made: list[Slice] = []
    for date, held in dates.items():
        one = Slice(work, (date,), (held.spans,), (held.rows,))
        if made and sum(made[-1].rows) + held.rows <= ranges_plan.ROWS_PER_SLICE:
            last = made.pop()
            one = Slice(work, (*last.dates, date), (*last.spans, held.spans), (*last.rows, held.rows))
        made.append(one)
    return made
