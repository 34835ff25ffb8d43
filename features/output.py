"""`Output`: one column that a view gives, with everything resolved."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from ropeway.features.declaration import Value
from ropeway.features.feature import Feature
from ropeway.features.source import check_condition
from ropeway.transforms.aggregates import Aggregate
from ropeway.transforms.errors import SchemaError
from ropeway.transforms.expressions import Expression, output_type
from ropeway.transforms.windows import Window


@dataclass(frozen=True, eq=False)
class Output(Value):
    """One column of a view: `name` is that of the column, `short` what follows the view's name in it.

    `window.closed` is never None, and the view's ttl is the window of a feature that has none.
    """

    view: str
    name: str
    short: str
    aggregate: Aggregate
    input: Expression | None
    filter: Expression | None
    window: Window
    feature: Feature

    def type(self, schema: pa.Schema) -> pa.DataType:
        """The type of the column for a source of this schema, under the names that features use.

        Raises `SchemaError`, which names view and feature, for a column that is not there or whose type makes no
        sense.
        """
        what = f"view {self.view!r}, feature {self.short!r}"
        if self.filter is not None:
            check_condition(self.filter, schema, f"{what}, where")
        try:
            taken = pa.null() if self.input is None else output_type(self.input, schema)
            return self.aggregate.output_type(taken)
        except SchemaError as error:
            raise SchemaError(f"{what}, {self.feature!r}: {error}") from error
