"""What a service makes of its features for a request: derived columns, and a fitted pipeline, row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from ropeway.features.service import FeatureService
from ropeway.features.view import derived_of, transform_of
from ropeway.online.vectors import Floats, Mask, Vectors, refuse_others
from ropeway.transforms.expressions import output_type
from ropeway.transforms.expressions.row import compiled_row
from ropeway.transforms.program.rows import RowProgram


class Outputs:
    """The functions of a service, compiled once, and the columns that they give.

    found: the columns of the features, by the names of the service.
    """

    def __init__(self, service: FeatureService, found: pa.Schema) -> None:
        schema = found
        self.derived: list[tuple[str, Callable[[Mapping[str, Any]], Any]]] = []
        of: dict[str, tuple[int, ...]] = {name: (at,) for at, name in enumerate(found.names)}
        for name, expression in derived_of(service).items():
            self.derived.append((name, compiled_row(expression, schema)))
            schema = schema.append(pa.field(name, output_type(expression, schema)))
            of[name] = tuple(sorted({at for column in expression.columns() for at in of[column]}))
        transform = transform_of(service)
        self.program: RowProgram | None = None
        if transform is not None:
            self.program = transform.program.row
            schema = transform.schema
            columns = {name: transform.lineage(name).columns for name in schema.names}
            of = {name: tuple({at for one in some for at in of[one]}) for name, some in columns.items()}
        self.schema = schema
        #: the features that each output is made of
        self.of = tuple(of[name] for name in schema.names)

    @staticmethod
    def wanted(service: object) -> bool:
        """Whether a service makes anything of its features."""
        return bool(derived_of(service)) or transform_of(service) is not None


class Computed(Vectors):
    """The outputs of a service for rows whose features were found."""

    def __init__(self, found: Vectors, outputs: Outputs) -> None:
        self._found = found
        self._outputs = outputs

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._outputs.schema.names)

    def __len__(self) -> int:
        return len(self._found)

    @cached_property
    def _rows(self) -> list[dict[str, Any]]:
        """The features and derived columns of each row."""
        rows = self._found.to_dicts()
        if not self._outputs.derived:
            return rows
        made = []
        for row in rows:
            one = dict(row)
            for name, function in self._outputs.derived:
                one[name] = function(one)
            made.append(one)
        return made

    @cached_property
    def _dicts(self) -> list[dict[str, Any]]:
        program = self._outputs.program
        return self._rows if program is None else [program.values(row) for row in self._rows]

    @cached_property
    def mask(self) -> Mask:
        return np.array([[value is None for value in row.values()] for row in self._dicts], np.bool_).reshape(
            len(self), len(self.names)
        )

    @cached_property
    def matrix(self) -> Floats:
        refuse_others(self._outputs.schema)
        if self._outputs.program is not None:
            rows = [self._outputs.program(row) for row in self._rows]
        else:
            rows = [np.array(_numbers(row.values()), np.float64) for row in self._dicts]
        return np.array(rows, np.float64).reshape(len(self), len(self.names))

    @property
    def ages(self) -> Floats:
        found = self._found.ages
        made = [
            np.fmax.reduce(found[:, list(some)], axis=1) if some else np.zeros(len(self)) for some in self._outputs.of
        ]
        return np.stack(made, axis=1) if made else np.empty((len(self), 0))

    def to_arrow(self) -> pa.Table:
        rows = self._dicts
        return pa.table([
            pa.array([row[field.name] for row in rows], field.type) for field in self._outputs.schema
        ], schema=self._outputs.schema)  # fmt: skip


def _numbers(values: Any) -> Sequence[float]:
    return [np.nan if value is None else value for value in values]
