"""`Output`: one column that a view gives, with everything resolved."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from ropeway.features.declaration import Value
from ropeway.features.feature import Feature
from ropeway.features.source import check_condition
from ropeway.transforms.aggregates import Aggregate
from ropeway.transforms.aggregates.base import is_ordered, widened
from ropeway.transforms.aggregates.vectors import is_list
from ropeway.transforms.errors import SchemaError
from ropeway.transforms.expressions import Expression, output_type
from ropeway.transforms.expressions.evaluator import check_columns
from ropeway.transforms.windows import Window


@dataclass(frozen=True, eq=False)
class Output(Value):
    """One column of a view: `name` is that of the column, `short` what follows the view's name in it.

    `window.closed` is never None, and the view's ttl is the window of a feature that has none. `other` is the second of
    two inputs; with `category` the answer is a map by that column; `exploded`: each element of a list is a row.
    """

    view: str
    name: str
    short: str
    aggregate: Aggregate
    input: Expression | None
    filter: Expression | None
    window: Window
    feature: Feature
    other: Expression | None = None
    category: str | None = None
    exploded: bool = False

    def type(self, schema: pa.Schema) -> pa.DataType:
        """The type of the column for a source of this schema, under the names that features use.

        Raises `SchemaError`, which names view and feature, for a column that is not there or whose type makes no
        sense.
        """
        what = f"view {self.view!r}, feature {self.short!r}"
        if self.filter is not None:
            check_condition(self.filter, schema, f"{what}, where")
        try:
            answer = self.aggregate.output_type(self._taken(schema))
            if self.other is not None:
                self.aggregate.output_type(output_type(self.other, schema))
            return answer if self.category is None else pa.map_(_category_type(self.category, schema), answer)
        except SchemaError as error:
            raise SchemaError(f"{what}, {self.feature!r}: {error}") from error

    def _taken(self, schema: pa.Schema) -> pa.DataType:
        """The type of what is aggregated."""
        taken = pa.null() if self.input is None else output_type(self.input, schema)
        if not self.exploded:
            return taken
        if not is_list(taken):
            raise SchemaError(f"explode() of a column of type {taken}: expected lists. Leave .explode() out.")
        return widened(taken.value_type)


def _category_type(category: str, schema: pa.Schema) -> pa.DataType:
    """The type of the keys of a map by this column."""
    check_columns([category], schema.names, f"by({category!r})")
    kind = widened(schema.field(category).type)
    if not is_ordered(kind) or pa.types.is_floating(kind):
        raise SchemaError(
            f"by({category!r}), a column of type {kind}: expected whole numbers, texts, booleans or times, which say "
            f"exactly what is of one category."
        )
    return kind
