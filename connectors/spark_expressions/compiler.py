"""From a tree to a column of Spark."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import TYPE_CHECKING

import pyarrow as pa

from ropeway.connectors.spark_expressions.choices import CHOICES, COMPARISONS
from ropeway.connectors.spark_expressions.numbers import NUMBERS
from ropeway.connectors.spark_expressions.sides import Asked, Side, Way, column_of, constant
from ropeway.connectors.spark_expressions.values import VALUES
from ropeway.connectors.spark_frames import quoted
from ropeway.transforms.expressions import Expression, output_type
from ropeway.transforms.expressions.tree import Call, Literal, Reference, fold

if TYPE_CHECKING:
    from pyspark.sql import Column

#: operations that have a column of Spark, for some types at least
WAYS: Mapping[str, Way] = {**NUMBERS, **CHOICES, **VALUES}


def spark_column(expression: Expression, schema: pa.Schema) -> Column | None:
    """The column of Spark that is `expression` in every bit, NaN as null; None where there is none.

    Its type is what Spark has for that of `output_type`, whose `SchemaError` it raises too. Settings of the session,
    such as its time zone, do not matter. Spark has to run, as for any column.

    >>> import ropeway as rw
    >>> spark_column(rw.col("s").str.upper(), pa.schema([("s", pa.string())])) is None
    True
    """
    output_type(expression, schema)
    if not fold(expression, lambda node, below: all(below) and (not isinstance(node, Call) or node.operation in WAYS)):
        return None

    def visit(node: Expression, operands: list[Side | None]) -> Side | None:
        if isinstance(node, Reference):
            return column_of(node.name, schema.field(node.name).type)
        if isinstance(node, Literal):
            return constant(node)
        assert isinstance(node, Call)
        sides = [side for side in operands if side is not None]
        if len(sides) < len(operands):
            return None
        kind = node.made.output_type([side.kind for side in sides])
        return WAYS[node.operation](Asked(node.operation, node.made.options(), sides, kind))

    found = fold(expression, visit)
    return None if found is None else found.column


def spark_filter(condition: Expression, schema: pa.Schema) -> Column | None:
    """The same of a condition on rows, in a form that readers of files understand; true in the same rows.

    Beside what leaves NaN out, comparisons of floats stand as they are too: those can be pushed down.
    """
    exact = spark_column(condition, schema)
    if exact is None:
        return None
    plain = [_plain(part, schema) for part in _parts(condition)]
    return reduce(lambda one, other: one & other, [*(one for one in plain if one is not None), exact])


def _parts(condition: Expression) -> list[Expression]:
    """The conditions that are joined by &."""
    if isinstance(condition, Call) and condition.operation == "and":
        return [part for side in condition.operands for part in _parts(side)]
    return [condition]


def _plain(part: Expression, schema: pa.Schema) -> Column | None:
    """A comparison of a column of floats to a constant, true wherever the exact one is."""
    if not isinstance(part, Call) or part.operation not in COMPARISONS:
        return None
    left, right = part.operands
    if not isinstance(left, Reference) or not isinstance(right, Literal):
        return None
    if not pa.types.is_floating(schema.field(left.name).type) or not isinstance(right.value, (int, float)):
        return None
    from pyspark.sql import functions as f

    column = f.col(quoted(left.name)).cast("double")
    made: Column = COMPARISONS[part.operation](column, f.lit(float(right.value)))
    return made
