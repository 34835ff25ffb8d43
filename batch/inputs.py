"""Columns as a fitted pipeline reads them: those that it was fitted on, in their types."""

import numpy as np
import pyarrow as pa

from ropeway.connectors.arrow_types import cast, plain
from ropeway.transforms.errors import SchemaError
from ropeway.transforms.expressions.kinds import kind_of as kind_of_type
from ropeway.transforms.pipeline.fitted import FittedPipeline
from ropeway.transforms.program.functions import as_floats


def as_fitted(table: pa.Table, inputs: pa.Schema) -> pa.Table:
    """The columns of a table in other types: numbers of any width are numbers; raises `SchemaError` for other kinds."""
    columns = []
    for name in table.column_names:
        column, wanted = table.column(name), plain(inputs.field(name).type)
        if plain(column.type) != wanted:
            have, want = kind_of_type(column.type), kind_of_type(wanted)
            numbers = {"bool", "int", "float", "decimal", "null"}
            if (
                have != want
                and not (have in numbers and want in numbers)
                and have != "null"
                and {have, want} != {"date", "timestamp"}
            ):
                raise SchemaError(
                    f"column {name!r} is of type {column.type}, and was {wanted} when the pipeline was fitted."
                )
            if want == "float" and have in numbers:
                column = pa.chunked_array([as_floats(chunk) for chunk in column.chunks], pa.float64())
            elif want == "int" and have == "float":
                column = pa.chunked_array([_whole(chunk, name) for chunk in column.chunks], wanted)
            else:
                column = cast(column, wanted, f"column {name!r}")
        columns.append(column)
    return pa.table(columns, names=table.column_names) if columns else table


def check_inputs(fitted: FittedPipeline, schema: pa.Schema) -> None:
    """Raise `SchemaError` unless a table of this schema has what a pipeline reads."""
    columns = fitted.program.columns
    missing = [name for name in columns if name not in schema.names]
    if missing:
        raise SchemaError(
            f"pipeline {fitted.name!r} reads {', '.join(map(repr, missing))}, which is none of the features: "
            f"{', '.join(schema.names)}. Fit it on what a backfill of the service gives."
        )
    as_fitted(pa.schema([schema.field(name) for name in columns]).empty_table(), fitted.inputs)


def _whole(chunk: pa.Array, name: str) -> pa.Array:
    """Floats that are whole numbers as integers: what pandas makes of integers with a missing one among them."""
    values = as_floats(chunk)
    if not bool((np.isnan(values) | (np.rint(values) == values)).all()):
        raise SchemaError(
            f"column {name!r} has floats with a fraction, and was of integers when the pipeline was fitted."
        )
    return pa.array(values, from_pandas=True).cast(pa.int64(), safe=False)
