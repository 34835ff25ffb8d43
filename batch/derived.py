"""Columns that a service derives from its features, once these are there."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from ropeway.batch.inputs import as_fitted
from ropeway.batch.plan import Plan
from ropeway.transforms.errors import DataError
from ropeway.transforms.expressions import evaluate


def with_derived(plan: Plan, answered: pa.Table) -> list[pa.ChunkedArray]:
    """The columns of `plan.outputs`, of a table that holds those of the features.

    A transform takes the place of all but the labels.
    """
    for name, expression in plan.derived:
        try:
            values = evaluate(expression, answered)
        except DataError as error:
            raise DataError(f"derived column {name!r}: {error}") from error
        answered = answered.append_column(name, values)
    if plan.transform is None:
        return [_chunked(answered.column(name)) for name in plan.outputs.names]
    program = plan.transform.program
    found = program.run(as_fitted(answered.select(list(program.columns)), plan.transform.inputs))
    made = [
        pa.chunked_array([pa.array(one, from_pandas=True)]) if isinstance(one, np.ndarray) else one for one in found
    ]
    return [*made, *(_chunked(answered.column(name)) for name in plan.labels)]


def _chunked(column: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray:
    return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])


def chosen(plan: Plan, answered: pa.Table, names: Sequence[str]) -> pa.Table:
    """These columns of rows with their features, of which some are derived."""
    if not plan.derived and plan.transform is None:
        return answered.select(list(names))
    done = dict(zip(plan.outputs.names, with_derived(plan, answered.select(plan.features.names)), strict=True))
    return pa.table([done[name] if name in done else answered.column(name) for name in names], names=list(names))
