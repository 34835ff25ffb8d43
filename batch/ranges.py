"""Backfill of a range of instants: slices of whole dates, one commit each, which whoever runs it again goes on from."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ropeway.batch.pins import newest, pinned
from ropeway.batch.plan import Plan, plan
from ropeway.batch.ranges_changes import changes
from ropeway.batch.ranges_known import DATE, Entities, EntitiesOnSpark, with_date
from ropeway.batch.ranges_plan import Slice, Wanted, next_slice, unfinished
from ropeway.batch.ranges_state import Spans, identities, known_by
from ropeway.batch.ranges_table import RangeTable
from ropeway.batch.result import RangeResult
from ropeway.batch.target import Features, lineage_of
from ropeway.connectors.base import Mode
from ropeway.connectors.commits import Commit
from ropeway.connectors.spark_frames import quoted
from ropeway.features.definition import definition_hash
from ropeway.features.instants import Instants
from ropeway.features.labels import LabelView
from ropeway.features.view import FeatureView, as_views, derived_of, transform_of
from ropeway.transforms.errors import UsageError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: an engine: a plan, rows, and their first and last instant -> the rows with their features, an Arrow table or a Spark
#: frame as the rows are
Compute = Callable[[Plan, Any, tuple[int, int]], Any]

_log = logging.getLogger("ropeway")


def frame_of_range(asked: Instants, features: Features, *, spark: SparkSession | None, compute: Compute) -> Any:
    """All rows of a range with their features and their date: an Arrow table, or a Spark frame."""
    made, entities = planned(features, spark)
    span = asked.start, asked.last
    rows = entities.rows([span], asked.every)
    return _ordered(with_date(compute(made, rows, span)), [*entities.schema.names, *made.outputs.names, DATE])


def planned(features: Features, spark: SparkSession | None) -> tuple[Plan, Entities | EntitiesOnSpark]:
    """The plan of a range over the newest versions of its sources, and who is asked about."""
    views = pinned(as_views(features), newest(as_views(features), spark))
    entities = Entities(views) if spark is None else EntitiesOnSpark(views, spark)
    return plan(entities.schema, views, spark=spark, derived=derived_of(features)), entities


def write_range(
    asked: Instants,
    features: Features,
    *,
    to: str,
    mode: Mode,
    run_id: str | None,
    refresh: bool,
    spark: SparkSession | None,
    compute: Compute,
) -> RangeResult:
    """Bring the table to hold this range; what it holds of it already stays."""
    if mode == "append":
        raise UsageError(
            'mode="append" is for rows of your own: a range goes on in its table by itself, under the default mode.'
        )
    run = _Run(asked, features, to, run_id, spark, compute)
    return run.through(anew=mode == "overwrite", refresh=refresh)


def _check_kept(features: Features, views: Sequence[FeatureView]) -> None:
    """Raise unless what is asked for stays as it is, date by date, once it is written."""
    if derived_of(features):
        raise UsageError(
            f"a range keeps its table feature by feature, and derived columns ({', '.join(derived_of(features))}) are "
            f"none: backfill the views of the service, and derive when the table is read."
        )
    if transform_of(features) is not None:
        raise UsageError(
            "a range keeps its table feature by feature, and the outputs of a transform are none: backfill the views "
            "of the service, and transform what the table holds."
        )
    if open_ended := [view.name for view in views if isinstance(view, LabelView) and view.complete_until is None]:
        raise UsageError(
            f"labels of view {open_ended[0]!r} change while its source grows, and a date that is finished stays: "
            f"declare the view with complete_until, or use training_frame() with rows of your own."
        )


class _Run:
    """One backfill of a range. Raises when it is made for declarations, sources and tables that don't fit."""

    def __init__(
        self,
        asked: Instants,
        features: Features,
        to: str,
        run_id: str | None,
        spark: SparkSession | None,
        compute: Compute,
    ) -> None:
        self._asked = asked
        self._features = features
        self._views = as_views(features)
        _check_kept(features, self._views)
        self._spark = spark
        self._compute = compute
        self._named = run_id
        self._run_id = run_id or uuid.uuid4().hex
        self._hash = definition_hash(self._views)
        pins = newest(self._views, spark)
        self._pinned = pinned(self._views, pins)
        self._wanted = Wanted(asked, identities(self._views), known_by(self._views), pins)
        self._table = RangeTable(to, asked, self._views, spark)

    def through(self, *, anew: bool, refresh: bool) -> RangeResult:
        """Compute what is lacking, slice by slice."""
        table, asked = self._table, self._asked
        entities = Entities(self._pinned) if self._spark is None else EntitiesOnSpark(self._pinned, self._spark)
        try:
            made = plan(entities.schema, self._pinned, spark=self._spark)
            table.check(pa.schema([*entities.schema, *made.outputs, (DATE, pa.date32())]), anew=anew)
            if self._named is not None and table.has_finished(self._named):
                return self._result(0, 0, ())
            begun = None if self._named is None else table.before(self._named)
            if not table.exists or (anew and begun is None):
                table.begin(self._commit(None, {}), replaces=anew)
            if refresh:
                since = table.state.version if begun is None else begun
                self._wanted = Wanted(asked, self._wanted.features, self._wanted.known, self._wanted.pins, since)
            else:
                table.refuse_touched()
            lacking = unfinished(self._wanted, table.state)
            found = changes(self._asked, table.state, lacking, self._wanted.pins, self._spark)
            self._say(lacking, found)
            counts = {True: 0, False: 0}
            if lacking and isinstance(entities, EntitiesOnSpark):
                entities.look(table.whole(lacking))
            with table.presence() as presence:
                while lacking:
                    some = next_slice(self._wanted, table.state, lacking, entities)
                    if self._slice(some, made, entities, len(lacking)):
                        counts[some.work.adds is None] += len(some.dates)
                    if not refresh:
                        table.refuse_touched()
                    lacking = unfinished(self._wanted, table.state)
                for path in table.tidy(presence):
                    _log.info("%s: removed %s, which a run that was ended had left", table, path)
        finally:
            entities.close()
        return self._result(counts[True], counts[False], found)

    def _slice(self, some: Slice, made: Plan, entities: Entities | EntitiesOnSpark, lacking: int) -> bool:
        """Compute and commit one slice; False if others wrote one of its dates meanwhile."""
        table = self._table
        if some.work.adds is None:
            spans = [span for spans in some.spans for span in spans]
            rows = entities.rows(spans, self._asked.every)
            answer = with_date(self._compute(made, rows, extent_of(some.spans)))
        else:
            rows, views = table.rows(some), self._only(some)
            schema = pa.schema([one for one in table.schema() if one.name in _names(rows)])
            answer = with_date(self._compute(plan(schema, views, spark=self._spark), rows, extent_of(some.spans)))
        commit = self._commit(some, {"left": lacking - len(some.dates)})
        written = table.write(some, answer, pa.schema([*entities.schema, *made.outputs]), commit)
        where = f"{some.dates[0]} to {some.dates[-1]}"
        if written is None:
            _log.info("%s: another run wrote dates of %s meanwhile; what it wrote stays", table, where)
            return False
        _log.info("%s: %s, %d rows, version %s", table, where, sum(some.rows), written.version)
        return True

    def _only(self, some: Slice) -> list[FeatureView]:
        """The views with the features that the slice lacks, over the versions that its dates were computed from."""
        adds = set(some.work.adds or ())
        chosen = []
        for view in pinned(self._views, dict(some.work.pins)):
            short = [output.short for output in view.outputs() if output.name in adds]
            chosen += [view[short]] if short else []
        return chosen

    def _commit(self, some: Slice | None, more: Mapping[str, Any]) -> Commit:
        """What stands beside the rows of a slice, or of a table without any."""
        pins = self._wanted.pins if some is None else dict(some.work.pins)
        sources = {
            source.name: {
                "address": source.table if isinstance(source.table, str) else None,
                "version": pins.get(source.table) if isinstance(source.table, str) else None,
            }
            for view in self._views
            for source in view.source.sources
        }
        told: dict[str, Any] = {
            **self._asked.to_dict(),
            "grid": {
                "every": self._asked.every,
                "phase": self._asked.phase,
                "keys": list(self._views[0].join_keys.values()),
            },
            **more,
        }
        if some is None:
            told["begins"] = True
        else:
            told |= {
                "known": self._wanted.known,
                "features": dict(some.work.features),
                "added": None if some.work.adds is None else list(some.work.adds),
                "pins": pins,
                "dates": {
                    date.isoformat(): [rows, [list(span) for span in spans]]
                    for date, rows, spans in zip(some.dates, some.rows, some.spans, strict=True)
                },
            }
        info = {**lineage_of(self._features, sources), "range": told, "rows": 0 if some is None else sum(some.rows)}
        return Commit(self._run_id, self._hash, info)

    def _say(self, lacking: Mapping[dt.date, Any], found: Sequence[str]) -> None:
        dates = self._asked.dates()
        adds = {date: work.adds for date, work in lacking.items() if work.adds is not None}
        if len(lacking) < len(dates):
            _log.info("%s: %d of %d dates are finished", self._table, len(dates) - len(lacking), len(dates))
        if adds:
            names = dict.fromkeys(name for some in adds.values() for name in some)
            _log.info(
                "%s: %s is new, and computed alone for %d dates that hold the rest; until then these lack it",
                self._table,
                ", ".join(names),
                len(adds),
            )
        gone = self._table.others(self._wanted.features)
        if gone:
            _log.warning(
                "%s: the column %s is no longer declared: dates that are finished keep it, it is null in new ones",
                self._table,
                ", ".join(gone),
            )
        for text in found:
            _log.warning("%s: %s", self._table, text)

    def _result(self, computed: int, extended: int, found: Sequence[str]) -> RangeResult:
        held = [self._table.state.dates[date] for date in self._asked.dates()]
        last = max(held, key=lambda one: one.version)
        return RangeResult(
            str(self._table),
            last.version,
            sum(one.rows for one in held),
            self._run_id if computed or extended or self._named is not None else last.run_id,
            self._hash,
            computed=computed,
            extended=extended,
            reused=len(held) - computed - extended,
            changes=tuple(found),
        )


def extent_of(spans: Iterable[Spans]) -> tuple[int, int]:
    """The first and the last instant of dates."""
    every = [span for some in spans for span in some]
    return min(first for first, _ in every), max(last for _, last in every)


def _names(rows: Any) -> list[str]:
    return list(rows.column_names if isinstance(rows, pa.Table) else rows.columns)


def _ordered(answer: Any, names: Sequence[str]) -> Any:
    return answer.select(list(names) if isinstance(answer, pa.Table) else [quoted(name) for name in names])
