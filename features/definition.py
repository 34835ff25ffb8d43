"""What decides the values of features, as data, and its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ropeway.features.declaration import without_defaults
from ropeway.features.feature import parameters
from ropeway.features.schemas import read_schema

if TYPE_CHECKING:
    from ropeway.features.output import Output
    from ropeway.features.source import Source
    from ropeway.features.view import FeatureView
    from ropeway.transforms.expressions import Expression
    from ropeway.transforms.pipeline import FittedPipeline

#: part of what is hashed: another number for another way to compute the same declarations
_VERSION = 1


def definition_hash(
    views: Iterable[FeatureView],
    derived: Mapping[str, Expression] | None = None,
    transform: FittedPipeline | None = None,
) -> str:
    """The sha256, as 64 hex digits, of what decides the values of `views`, `derived` columns and a `transform`."""
    text = json.dumps(
        definition(views, derived, transform), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )
    return hashlib.sha256(text.encode()).hexdigest()


def definition(
    views: Iterable[FeatureView],
    derived: Mapping[str, Expression] | None = None,
    transform: FittedPipeline | None = None,
) -> dict[str, Any]:
    """What decides the values that `views` give: sources, keys, and for each column its name and how it is computed.

    Owner, description, tags, and the names of entities and services are not in it; windows are in microseconds. What
    a declaration leaves at its default is not in it either where an earlier release did not know of it.
    """
    made: dict[str, Any] = {"version": _VERSION, "views": [view.definition() for view in views]}
    if derived:
        made["derived"] = [[name, expression.to_dict()] for name, expression in derived.items()]
    if transform is not None:
        made["transform"] = transform.definition_hash
    return made


def view_definition(view: FeatureView) -> dict[str, Any]:
    """What decides the values of one view."""
    return {
        "source": view.source.definition(),
        "keys": [list(pair) for pair in view.join_keys.items()],
        "outputs": [_output(output) for output in view.outputs()],
    }


def source_definition(source: Source) -> dict[str, Any]:
    """What decides the rows of a source that is a table."""
    table: Any = source.table
    if source.is_frame:
        schema = read_schema(source.table)
        table = {"frame": source.name, "schema": [[field.name, str(field.type)] for field in schema]}
    return {
        "table": table,
        "timestamp": source.timestamp,
        "timestamp_unit": source.timestamp_unit,
        "available_at": source.available_at,
        "tiebreak": list(source.tiebreak),
        "field_mapping": [list(pair) for pair in sorted(source.field_mapping.items())],
        "where": None if source.where is None else source.where.to_dict(),
        **without_defaults({"row_key": list(source.row_key), "op": source.op}),
    }


def _output(output: Output) -> dict[str, Any]:
    window = output.window
    return {
        "name": output.name,
        "aggregate": output.aggregate.name,
        "parameters": parameters(output.aggregate),
        "input": None if output.input is None else output.input.to_dict(),
        "where": None if output.filter is None else output.filter.to_dict(),
        "window": [window.micros, window.closed, window.offset],
        **without_defaults(
            {
                "other": None if output.other is None else output.other.to_dict(),
                "category": output.category,
                "exploded": output.exploded or None,
                "rows": window.rows,
                "calendar": None if window.calendar is None else [window.calendar, window.tz],
                "ahead": window.ahead or None,
            }
        ),
    }
