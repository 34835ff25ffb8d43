"""The plan: from declarations and schemas to passes over sources, on the driver, where every error of a user is found.

A pass reads one source and answers all features about one entity of the rows. It says what both engines do and
nothing about how; `work.py` is the part that runs where the data is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from ropeway.batch.work import Key, Work
from ropeway.connectors.table import Table, open_table
from ropeway.features.source import Source, check_condition
from ropeway.features.view import FeatureView, refuse_clashes
from ropeway.transforms import instants
from ropeway.transforms.aggregates.base import is_ordered
from ropeway.transforms.errors import SchemaError
from ropeway.transforms.expressions import Expression, col
from ropeway.transforms.families import Ask
from ropeway.transforms.instants import Unit
from ropeway.transforms.keys import common_type

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


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
    """What a backfill does: passes in their order, and `outputs`, the columns that follow the rows' own."""

    rows: pa.Schema
    timestamp: str | None
    passes: tuple[Pass, ...]
    outputs: pa.Schema


def plan(
    rows: pa.Schema,
    views: Sequence[FeatureView],
    *,
    timestamp: str = "event_timestamp",
    timestamp_unit: str | None = None,
    spark: SparkSession | None = None,
) -> Plan:
    """The plan for `views` over rows of this schema; reads the sources' schemas and nothing else.

    Raises `SchemaError` for whatever does not fit: a column or a key that is missing or of the wrong type, a name
    that two columns would have; `TableNotFoundError` for a source that is not there.
    """
    unit = instants.checked_unit(timestamp_unit)
    outputs = [output for view in views for output in view.outputs()]
    refuse_clashes(outputs, "Give one of the views another name, with .with_name('name').")
    timed = any(view.source.timestamp is not None for view in views)
    if timed:
        _check_column(rows, timestamp, "the time of the rows", hint="pass timestamp= with its name")
        instants.check_type(rows.field(timestamp).type, unit, f"column {timestamp!r} of the rows")
    _check_unique(rows)
    # each source is opened once, so that all passes read one version of it
    tables = {view.source: open_table(view.source.table, spark=spark) for view in views}
    passes = [
        _pass(sharing, tables[sharing[0].source], rows, timestamp if timed else None, unit)
        for sharing in _by_pass(views)
    ]
    # rows carry their answers through the passes that follow: the fewest first
    passes.sort(key=lambda made: len(made.work.asks))
    kinds = {ask.name: ask.kind for made in passes for ask in made.work.asks}
    names = [output.name for output in outputs]
    taken = [name for name in names if name in rows.names]
    if taken:
        raise SchemaError(
            f"the rows have a column {taken[0]!r} already, which is the name of a feature: rename or drop it, or give "
            f"the view another name by .with_name()."
        )
    return Plan(rows, timestamp if timed else None, tuple(passes), pa.schema([(name, kinds[name]) for name in names]))


def _by_pass(views: Sequence[FeatureView]) -> list[list[FeatureView]]:
    """Views that read the same source for the same columns of the rows share a pass."""
    passes: dict[object, list[FeatureView]] = {}
    for view in views:
        passes.setdefault((view.source, tuple(view.join_keys.items())), []).append(view)
    return list(passes.values())


def _check_column(schema: pa.Schema, name: str, what: str, *, hint: str) -> None:
    if name not in schema.names:
        raise SchemaError(f"{what}: there is no column {name!r}. There are: {', '.join(schema.names)}. Else {hint}.")


def _check_unique(rows: pa.Schema) -> None:
    repeated = [name for name in rows.names if rows.names.count(name) > 1]
    if repeated:
        raise SchemaError(f"the rows have more than one column {repeated[0]!r}: rename all but one.")


def _pass(
    views: Sequence[FeatureView], table: Table, rows: pa.Schema, timestamp: str | None, unit: Unit | None
) -> Pass:
    source = views[0].source
    schema = source.typed(table.schema())
    what = f"source {source.name!r}"
    if source.timestamp is not None:
        instants.check_type(schema.field(source.timestamp).type, source.timestamp_unit, f"timestamp of {what}")
    if source.available_at is not None:
        instants.check_type(schema.field(source.available_at).type, source.timestamp_unit, f"available_at of {what}")
    for name in source.tiebreak:
        if not is_ordered(schema.field(name).type):
            raise SchemaError(f"tiebreak {name!r} of {what} is of type {schema.field(name).type}, which has no order.")
    keys = tuple(_key(schema, rows, named, column, views[0]) for named, column in views[0].join_keys.items())
    inputs: dict[str, tuple[int, Expression]] = {}
    filters: dict[str, tuple[int, Expression]] = {}
    asks = tuple(
        Ask(
            output.name,
            output.aggregate,
            _number(inputs, output.input),
            _number(filters, output.filter),
            output.window,
            output.type(schema),
            _number(inputs, output.other),
            _number(inputs, None if output.category is None else col(output.category)),
            output.exploded,
        )
        for view in views
        for output in view.outputs()
    )
    for output in (output for view in views for output in view.outputs()):
        if output.filter is not None:
            check_condition(output.filter, schema, f"where of {output.name}")
    ordered = any(ask.aggregate.ordered or ask.window.rows is not None for ask in asks)
    tiebreak = tuple(source.tiebreak) if ordered else ()
    read = [key.source for key in keys]
    read += [name for name in (source.timestamp, source.available_at, *tiebreak) if name is not None]
    for expression in (source.where, *(e for _, e in inputs.values()), *(e for _, e in filters.values())):
        read += [] if expression is None else list(expression.columns())
    work = Work(
        source=source.name,
        keys=keys,
        columns=tuple(dict.fromkeys(read)),
        timestamp=source.timestamp,
        available_at=source.available_at,
        timestamp_unit=source.timestamp_unit,
        tiebreak=tiebreak,
        where=source.where,
        inputs=tuple(expression for _, expression in inputs.values()),
        filters=tuple(expression for _, expression in filters.values()),
        asks=asks,
        query_time=timestamp,
        query_unit=unit,
    )
    return Pass(source, table, schema, work, tuple(view.name for view in views))


def _key(schema: pa.Schema, rows: pa.Schema, named: str, column: str, view: FeatureView) -> Key:
    entity = f"entity {view.entity.name!r} of view {view.name!r}"
    _check_column(schema, named, f"{entity}, join key in source {view.source.name!r}", hint="use field_mapping")
    _check_column(rows, column, f"{entity}, join key in the rows", hint="use .with_join_key_map()")
    kind = common_type(schema.field(named).type, rows.field(column).type, f"join key {named!r} of {entity}")
    return Key(named, column, kind)


def _number(known: dict[str, tuple[int, Expression]], expression: Expression | None) -> int | None:
    """The number of an expression among those of the pass, the same for equal ones."""
    if expression is None:
        return None
    return known.setdefault(repr(expression), (len(known), expression))[0]
