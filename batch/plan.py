"""The plan: from declarations and schemas to passes over sources, on the driver, where every error of a user is found.

A pass reads one source and answers all features about one entity of the rows. It says what both engines do and
nothing about how; `work.py` is the part that runs where the data is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ropeway.batch.changes import UNTIL, Changes, Changing
from ropeway.batch.inputs import check_inputs
from ropeway.batch.newest import newest_of
from ropeway.connectors.table import SomeColumns, Table, open_table
from ropeway.features.chain import AppliedSource
from ropeway.features.labels import LabelView
from ropeway.features.passes import check_column, work_of
from ropeway.features.source import Source
from ropeway.features.view import FeatureView, refuse_clashes
from ropeway.transforms import instants
from ropeway.transforms.errors import SchemaError
from ropeway.transforms.expressions import Expression, output_type
from ropeway.transforms.instants import Unit
from ropeway.transforms.passes.work import Work

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from ropeway.transforms.pipeline import FittedPipeline


@dataclass(frozen=True)
class Chained(Table):
    """The rows of `base` with the columns of `inner`, a plan over them, which an engine computes when it reads.

    Only those rows for which `where` holds, which speaks of their own columns.
    """

    base: Table
    inner: Plan
    where: Expression | None = None

    def __str__(self) -> str:
        return f"{self.base} with features of its rows"

    def schema(self) -> pa.Schema:
        """The rows' own columns, then the features."""
        return pa.schema([*self.inner.rows, *self.inner.outputs])

    def rows(self) -> int | None:
        """As many as the base has, at most."""
        return self.base.rows()

    def version(self) -> int | None:
        """That of the base."""
        return self.base.version()

    def scan(self, columns: Sequence[str] | None = None) -> Any:
        """Only an engine can."""
        raise NotImplementedError(f"{self}: computed by an engine, and not read")


@dataclass(frozen=True)
class Pass:
    """One source and one entity of the rows: a single shuffle on Spark, a single sort on one machine."""

    source: Source
    table: Table
    schema: pa.Schema
    work: Work
    views: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What a backfill does: passes in their order, and `outputs`, the columns that follow the rows' own.

    `features` are those that passes answer; `derived` are made of them, one after the other. A `transform` replaces
    them all but for `labels` by its own outputs.
    """

    rows: pa.Schema
    timestamp: str | None
    passes: tuple[Pass, ...]
    features: pa.Schema
    derived: tuple[tuple[str, Expression], ...] = ()
    labels: tuple[str, ...] = ()
    transform: FittedPipeline | None = None

    @cached_property
    def columns(self) -> pa.Schema:
        """The features, then the derived columns."""
        schema = self.features
        for name, expression in self.derived:
            schema = schema.append(pa.field(name, output_type(expression, schema)))
        return schema

    @property
    def outputs(self) -> pa.Schema:
        """The columns that follow the rows' own: of a transform its outputs, then the labels."""
        if self.transform is None:
            return self.columns
        return pa.schema([*self.transform.schema, *(self.columns.field(name) for name in self.labels)])


def plan(
    rows: pa.Schema,
    views: Sequence[FeatureView],
    *,
    timestamp: str = "event_timestamp",
    timestamp_unit: str | None = None,
    spark: SparkSession | None = None,
    derived: Mapping[str, Expression] | None = None,
    transform: FittedPipeline | None = None,
) -> Plan:
    """The plan for `views` over rows of this schema; reads the sources' schemas, and for labels up to when they go.

    Raises `SchemaError` for whatever does not fit: a column or a key that is missing or of the wrong type, a name
    that two columns would have; `TableNotFoundError` for a source that is not there.
    """
    return _plan(rows, views, timestamp, timestamp_unit, derived or {}, _Tables(spark), transform)


class _Tables:
    """Each source is opened once, so that all passes read one version of it."""

    def __init__(self, spark: SparkSession | None) -> None:
        self._spark = spark
        self._open: dict[Source, Table] = {}

    def of(self, source: Source) -> Table:
        """The table of a source, or the rows of a chain with all their features."""
        if source not in self._open:
            if isinstance(source, AppliedSource):
                self._open[source] = self.chained(source, None)
            else:
                table = open_table(source.table, spark=self._spark)
                if source.row_key:
                    source.typed(table.schema())  # says what is missing
                    table = Changing(table, Changes.of(source, table.schema()))
                self._open[source] = table
        return self._open[source]

    def newest(self, source: Source) -> int:
        """The newest timestamp of a source, which is that of the rows where these have features."""
        while isinstance(source, AppliedSource):
            source = source.base
        return newest_of(source, self.of(source))

    def chained(self, source: AppliedSource, wanted: Sequence[str] | None) -> Table:
        """The rows of a chain with the features that are `wanted` of it, and what these need."""
        table = self.of(source.base)
        raw = source.base.typed(table.schema())
        names = dict(zip(table.schema().names, raw.names, strict=True))
        known = raw.names
        views, derived = source.views, dict(source.derived)
        if wanted is not None:
            derived, needed = _needed(derived, wanted)
            chosen = [[one.short for one in view.outputs() if one.name in needed] for view in views]
            views = tuple(view[short] for view, short in zip(views, chosen, strict=True) if short)
            read = {*wanted, *(column for view in views for column in view.join_keys.values()), source.timestamp}
            read |= set() if source.base.where is None else set(source.base.where.columns())
            names = {old: new for old, new in names.items() if new in read}
            if isinstance(source.base, AppliedSource):
                table = self.chained(source.base, [name for name in known if name in read])
        base = table if isinstance(source.base, AppliedSource) else SomeColumns(table, names)
        if not views:
            return base
        assert source.timestamp is not None
        inner = _plan(base.schema(), views, source.timestamp, source.timestamp_unit, derived, self)
        return Chained(base, inner, source.base.where)


def _needed(derived: Mapping[str, Expression], wanted: Sequence[str]) -> tuple[dict[str, Expression], set[str]]:
    """The derived columns that are wanted, or needed for such, and all columns that they need."""
    needed = set(wanted)
    kept = {}
    for name, expression in reversed(list(derived.items())):
        if name in needed:
            kept[name] = expression
            needed |= set(expression.columns())
    return dict(reversed(list(kept.items()))), needed


def _plan(
    rows: pa.Schema,
    views: Sequence[FeatureView],
    timestamp: str,
    timestamp_unit: str | None,
    derived: Mapping[str, Expression],
    tables: _Tables,
    transform: FittedPipeline | None = None,
) -> Plan:
    unit = instants.checked_unit(timestamp_unit)
    outputs = [output for view in views for output in view.outputs()]
    refuse_clashes(outputs, "Give one of the views another name, with .with_name('name').")
    timed = any(view.source.timestamp is not None for view in views)
    if timed:
        check_column(rows, timestamp, "the time of the rows", hint="pass timestamp= with its name")
        instants.check_type(rows.field(timestamp).type, unit, f"column {timestamp!r} of the rows")
    _check_unique(rows)
    passes = [_pass(sharing, tables, rows, timestamp if timed else None, unit) for sharing in _by_pass(views)]
    # rows carry their answers through the passes that follow: the fewest first
    passes.sort(key=lambda made: len(made.work.asks))
    kinds = {ask.name: ask.kind for one in passes for ask in one.work.asks}
    features = pa.schema([(output.name, kinds[output.name]) for output in outputs])
    labels = tuple(one.name for view in views if isinstance(view, LabelView) for one in view.outputs())
    time = timestamp if timed else None
    made = Plan(rows, time, tuple(passes), features, tuple(derived.items()), labels, transform)
    if transform is not None:
        check_inputs(transform, made.columns)
    taken = [name for name in made.outputs.names if name in rows.names]
    if taken:
        raise SchemaError(
            f"the rows have a column {taken[0]!r} already, which is the name of a feature: rename or drop it, or give "
            f"the view another name by .with_name()."
        )
    return made


def _by_pass(views: Sequence[FeatureView]) -> list[list[FeatureView]]:
    """Views that read the same source for the same columns of the rows share a pass, labels one of their own."""
    passes: dict[object, list[FeatureView]] = {}
    for view in views:
        ahead = (view.complete_until,) if isinstance(view, LabelView) else None
        passes.setdefault((view.source, tuple(view.join_keys.items()), ahead), []).append(view)
    return list(passes.values())


def _check_unique(rows: pa.Schema) -> None:
    repeated = [name for name in rows.names if rows.names.count(name) > 1]
    if repeated:
        raise SchemaError(f"the rows have more than one column {repeated[0]!r}: rename all but one.")


def _pass(
    views: Sequence[FeatureView], tables: _Tables, rows: pa.Schema, timestamp: str | None, unit: Unit | None
) -> Pass:
    source = views[0].source
    table = tables.of(source)
    schema = source.typed(table.schema())
    complete = None
    if isinstance(views[0], LabelView):
        complete = views[0].complete_until
        complete = tables.newest(source) if complete is None else complete
    until = UNTIL if isinstance(table, Changing) else None
    work = work_of(views, schema, rows, timestamp, unit, complete_until=complete, until=until)
    if isinstance(source, AppliedSource):  # only what this pass reads of its features
        table = tables.chained(source, work.columns)
        schema = table.schema()
    return Pass(source, table, schema, work, tuple(view.name for view in views))
