"""From views and schemas to the work of a pass: all features about one entity out of one source."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from ropeway.features.labels import LabelView
from ropeway.features.source import check_condition
from ropeway.features.view import FeatureView
from ropeway.transforms import instants
from ropeway.transforms.aggregates.base import is_ordered
from ropeway.transforms.errors import SchemaError
from ropeway.transforms.expressions import Expression, col
from ropeway.transforms.families import Ask
from ropeway.transforms.instants import Unit
from ropeway.transforms.keys import common_type
from ropeway.transforms.passes.work import Key, Work


def work_of(
    views: Sequence[FeatureView],
    schema: pa.Schema,
    rows: pa.Schema,
    timestamp: str | None,
    unit: Unit | None,
    *,
    complete_until: int | None = None,
    until: str | None = None,
) -> Work:
    """What a pass does for views of one source and the same columns of the rows, all of them labels or none.

    schema: the source's, under the names that features use. timestamp, unit: the rows' time column, None where no
    feature has a time. complete_until: for labels. until: the column of a source that changes which says when a row
    was superseded. Raises `SchemaError` for a column or a key that is missing or of the wrong type.
    """
    source = views[0].source
    what = f"source {source.name!r}"
    if source.timestamp is not None:
        instants.check_type(schema.field(source.timestamp).type, source.timestamp_unit, f"timestamp of {what}")
    # a label is what happened, whenever that became known
    known = None if isinstance(views[0], LabelView) else source.available_at
    if known is not None:
        instants.check_type(schema.field(known).type, source.timestamp_unit, f"available_at of {what}")
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
    read += [name for name in (source.timestamp, known, *tiebreak) if name is not None]
    read += [] if until is None else [until]
    where = source.where
    if until is not None and known is None:  # labels see the table as it is in the end
        where = col(until).is_null() if where is None else where & col(until).is_null()
    for expression in (where, *(e for _, e in inputs.values()), *(e for _, e in filters.values())):
        read += [] if expression is None else list(expression.columns())
    return Work(
        source=source.name,
        keys=keys,
        columns=tuple(dict.fromkeys(read)),
        timestamp=source.timestamp,
        available_at=known,
        timestamp_unit=source.timestamp_unit,
        tiebreak=tiebreak,
        where=where,
        inputs=tuple(expression for _, expression in inputs.values()),
        filters=tuple(expression for _, expression in filters.values()),
        asks=asks,
        query_time=timestamp,
        query_unit=unit,
        complete_until=complete_until,
        until=None if known is None else until,
    )


def _key(schema: pa.Schema, rows: pa.Schema, named: str, column: str, view: FeatureView) -> Key:
    entity = f"entity {view.entity.name!r} of view {view.name!r}"
    check_column(schema, named, f"{entity}, join key in source {view.source.name!r}", hint="use field_mapping")
    check_column(rows, column, f"{entity}, join key in the rows", hint="use .with_join_key_map()")
    kind = common_type(schema.field(named).type, rows.field(column).type, f"join key {named!r} of {entity}")
    return Key(named, column, kind)


def _number(known: dict[str, tuple[int, Expression]], expression: Expression | None) -> int | None:
    """The number of an expression among those of the pass, the same for equal ones."""
    if expression is None:
        return None
    return known.setdefault(repr(expression), (len(known), expression))[0]


def check_column(schema: pa.Schema, name: str, what: str, *, hint: str) -> None:
    """Raise `SchemaError` unless there is such a column."""
    if name not in schema.names:
        raise SchemaError(f"{what}: there is no column {name!r}. There are: {', '.join(schema.names)}. Else {hint}.")
