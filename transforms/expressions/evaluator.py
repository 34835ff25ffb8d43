"""Expressions over Arrow tables: their types, known before any work, and their values, the same in every engine."""

from collections.abc import Iterable, Sequence

import pyarrow as pa

from ropeway.transforms.aggregates.base import widened
from ropeway.transforms.errors import DataError, SchemaError
from ropeway.transforms.expressions import literals
from ropeway.transforms.expressions.arrays import repeated
from ropeway.transforms.expressions.kinds import Values, plain, without_nan
from ropeway.transforms.expressions.tree import Call, Expression, Literal, Reference, fold


def output_type(expression: Expression, schema: pa.Schema) -> pa.DataType:
    """The type of `expression` over a table of this schema.

    Small ints are int64, float32 is float64, dictionaries are decoded. Raises `SchemaError` for columns that are not
    there, and for operators on types that make no sense.

    >>> output_type(Reference("x") / 2, pa.schema([("x", pa.int16())]))
    DataType(double)
    """
    check_columns(expression.columns(), schema.names, repr(expression))

    def kind(node: Expression, operands: Sequence[pa.DataType]) -> pa.DataType:
        if isinstance(node, Reference):
            return widened(schema.field(node.name).type)
        if isinstance(node, Literal):
            return literals.arrow(node.value).type
        assert isinstance(node, Call)
        try:
            return node.made.output_type(operands)
        except SchemaError as error:
            raise SchemaError(f"{node!r}: {error}") from error

    return fold(expression, kind)


def evaluate(expression: Expression, table: pa.Table | pa.RecordBatch) -> pa.ChunkedArray | pa.Array:
    """The value of `expression` for each row, of type `output_type`: chunked for a table, an array for a batch.

    NaN is null in the answer. Which rows stand in which chunk changes no value. Raises `SchemaError` as `output_type`
    does, and `DataError` for integers, decimals and times that do not fit.

    >>> table = pa.table({"x": [1.0, float("nan"), None], "n": [0, 1, 2]})
    >>> evaluate(Reference("x") / Reference("n"), table).to_pylist()
    [None, None, None]
    """
    kind = output_type(expression, table.schema)

    def value(node: Expression, operands: Sequence[Values]) -> Values:
        try:
            if isinstance(node, Reference):
                return plain(table.column(node.name))
            if isinstance(node, Literal):
                return literals.arrow(node.value)
            assert isinstance(node, Call)
            return node.made.compute(operands)
        except DataError as error:
            raise DataError(f"{node!r}: {error}") from error

    values = without_nan(fold(expression, value))
    if isinstance(values, pa.Scalar):
        values = repeated(values, table.num_rows)
        if isinstance(table, pa.Table):
            values = pa.chunked_array([values])
    assert values.type == kind, f"{expression!r} is of type {values.type}, not {kind}"
    return values


def check_columns(wanted: Iterable[str], there: Sequence[str], what: str) -> None:
    """Raise `SchemaError` unless each name stands once in `there`; the message lists what there is."""
    missing = [name for name in wanted if name not in there]
    if missing:
        raise SchemaError(
            f"{what}: there is no column {', '.join(map(repr, missing))}. There are: {', '.join(there) or 'none'}."
        )
    repeated = [name for name in wanted if there.count(name) > 1]
    if repeated:
        raise SchemaError(f"{what}: there is more than one column {repeated[0]!r}. Rename all but one.")
