"""Columns computed by expressions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa

from ropeway.transforms.catalogue.base import Input, State, Transform
from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.expressions import compiled_row, evaluate, output_type
from ropeway.transforms.expressions.tree import Expression
from ropeway.transforms.program import Builder, Value

__all__ = ["Derive"]


@dataclass(frozen=True, init=False, repr=False)
class Derive(Transform):
    """Columns computed from the selected ones by expressions: `T.Derive(speed=rw.col("distance") / rw.col("hours"))`.

    Outputs bear the names of the expressions, in their order and in their own types; the selected columns themselves
    are no outputs: `T.Passthrough()` keeps them. What null, division by 0 and overflow give is what expressions give
    everywhere: missing, missing, and a `DataError`. An expression that reads a column which is not selected is a
    `SchemaError`.

    >>> import pandas as pd, ropeway as rw
    >>> from ropeway import transforms as T
    >>> frame = pd.DataFrame({"distance": [100.0, 50.0], "hours": [2, 0]})
    >>> derive = T.Derive(speed=rw.col("distance") / rw.col("hours"), far=rw.col("distance") > 60)
    >>> fitted = (rw.Pipeline("p")["distance", "hours"] >> derive).fit(frame)
    >>> fitted.transform(frame).to_dict("list"), fitted.row().values({"distance": 9.0, "hours": 3})
    ({'speed': [50.0, nan], 'far': [True, False]}, {'speed': 3.0, 'far': False})
    """

    takes = "any"
    #: names and expressions; as parameters these are JSON, which can be compared and kept
    expressions: tuple[tuple[str, str], ...]
    oracle = "pandas"

    def __init__(self, *, expressions: Any = (), **named: Any) -> None:
        if isinstance(expressions, Expression):
            named, expressions = {"expressions": expressions, **named}, ()
        made = [(str(name), str(text)) for name, text in expressions]
        for name, expression in named.items():
            if not isinstance(expression, Expression):
                raise DeclarationError(
                    f"Derive({name}={expression!r}): expected an expression, such as rw.col('x') + 1, not a "
                    f"{type(expression).__name__}."
                )
            made.append((name, json.dumps(expression.to_dict(), ensure_ascii=False)))
        if not made:
            raise DeclarationError("Derive(): expected one column or more, such as Derive(total=rw.col('x') + 1).")
        wrong = [name for name, _ in made if not re.fullmatch(r"[^\s.`]+", name)]
        if wrong:
            raise DeclarationError(f"Derive({wrong[0]}=...): expected a name without spaces, dots and backticks.")
        object.__setattr__(self, "expressions", tuple(made))

    @cached_property
    def trees(self) -> dict[str, Expression]:
        """The expressions by the names of what they give."""
        return {name: Expression.from_dict(json.loads(text)) for name, text in self.expressions}

    def check(self, inputs: Sequence[Input]) -> None:
        schema = pa.schema([(one.name, one.type) for one in inputs])
        for tree in self.trees.values():
            output_type(tree, schema)

    def learn(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Sequence[State]:
        return [{"columns": [one.name for one in inputs]}]

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [name for name, _ in self.expressions]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        given = dict(zip(states[0]["columns"], inputs, strict=True))
        outputs = []
        for tree in self.trees.values():
            schema = pa.schema([(name, given[name].type) for name in tree.columns()])
            found = made.call(_Derived(tree, schema), [given[name] for name in schema.names])[0]
            outputs.append(made.number(found) if pa.types.is_float64(found.type) else found)
        return outputs

    def __repr__(self) -> str:
        return f"Derive({', '.join(f'{name}={tree!r}' for name, tree in self.trees.items())})"


class _Derived:
    """The value of an expression over columns of a schema, in its order."""

    def __init__(self, expression: Expression, schema: pa.Schema) -> None:
        self._expression, self._schema = expression, schema
        self.types = (output_type(expression, schema),)

    @cached_property
    def _row(self) -> Callable[..., Any]:
        return compiled_row(self._expression, self._schema, positional=True)

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        found = evaluate(self._expression, pa.RecordBatch.from_arrays(list(arrays), schema=self._schema))
        return (found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found,)

    def row(self, *values: Any) -> Sequence[Any]:
        return (self._row(*values),)

    def __reduce__(self) -> tuple[Any, ...]:
        return _Derived, (self._expression, self._schema)
