"""`@rw.transform`: a Python function of the values of a row, as a step of pipelines."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ropeway.transforms.catalogue.base import Input, State, Transform
from ropeway.transforms.errors import DeclarationError, SchemaError
from ropeway.transforms.expressions.catalogue import OPERATIONS
from ropeway.transforms.expressions.kinds import kind_of
from ropeway.transforms.expressions.tree import Expression, call
from ropeway.transforms.functions.applied import Applied
from ropeway.transforms.functions.compiled import Running
from ropeway.transforms.functions.source import source_of
from ropeway.transforms.functions.trial import tried
from ropeway.transforms.program import Builder, Value

_TYPES = {
    "float64": pa.float64(), "int64": pa.int64(), "bool": pa.bool_(), "string": pa.string(),
    "binary": pa.binary(), "date": pa.date32(), "timestamp": pa.timestamp("us"),
    "timestamp[UTC]": pa.timestamp("us", "UTC"),
}  # fmt: skip

#: the functions that were declared in this process, by their hashes: what is stored is found here, and never run unseen
_DECLARED: dict[str, RowFunction] = {}


@dataclass(frozen=True, repr=False)
class RowFunction(Transform):
    """What `rw.transform` makes of a function: a transform of some columns together, whose output bears its name."""

    takes = "any"
    oracle = "own reference"
    name: str
    source: str
    inputs: tuple[str, ...]
    output: str
    version: str = ""
    takes_missing: bool = False
    compiled: bool = True

    @property
    def hash(self) -> str:
        """Of its name, source, types and version, as 64 hex digits."""
        held = [self.name, self.source, self.inputs, self.output, self.version, self.takes_missing, self.compiled]
        return hashlib.sha256(json.dumps(held).encode()).hexdigest()

    @property
    def running(self) -> Running:
        """It as a step of a program."""
        kinds = tuple(_TYPES[one] for one in self.inputs)
        return Running(self.name, self.source, kinds, _TYPES[self.output], self.takes_missing, self.compiled)

    @property
    def how(self) -> str:
        """Whether it is compiled, and if not, why."""
        return self.running.how

    def __call__(self, *values: Any) -> Any:
        """The answer for the values of one row; of expressions, the expression of it."""
        if any(isinstance(value, Expression) for value in values):
            return call(self.operation, *values)
        return self.running.row(*values)[0]

    def __getitem__(self, digest: str) -> RowFunction:
        """Itself, if its hash begins so: expressions show which of several functions of one name they mean."""
        return self if self.hash.startswith(digest) else known_function(self.name, digest)

    @property
    def operation(self) -> str:
        """Its name among the operations of expressions."""
        return f"{self.name}@{self.hash}"

    def fits(self, kind: pa.DataType, wanted: str) -> bool:
        """Whether a column of a type may stand for an argument."""
        one, other = kind_of(kind), kind_of(_TYPES[wanted])
        return one in (other, "null") or (other == "float" and one in ("int", "bool", "decimal"))

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrived, tuple(getattr(self, one.name) for one in dataclasses.fields(self))

    def known(self) -> RowFunction:
        """The function, from now on found by its hash, and among the operations of expressions."""
        _DECLARED[self.hash] = self
        OPERATIONS[self.operation] = Applied(self.operation, self.name, self)
        return self

    def check(self, inputs: Sequence[Input]) -> None:
        if len(inputs) != len(self.inputs):
            raise SchemaError(
                f"{self.name}() takes {len(self.inputs)} columns, {', '.join(self.inputs)}, and got {len(inputs)}: "
                f"{', '.join(one.name for one in inputs)}."
            )
        for one, name in zip(inputs, self.inputs, strict=True):
            if not self.fits(one.type, name):
                raise SchemaError(f"{self.name}() of column {one.name!r}: expected {name}, got {one.type}.")

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [self.name]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        found = made.call(
            self.running, [made.as_type(value, _TYPES[name]) for value, name in zip(inputs, self.inputs, strict=True)]
        )
        return [made.number(found[0])] if found[0].is_number else found

    def __repr__(self) -> str:
        return self.name


def transform(
    inputs: Sequence[str],
    output: str,
    *,
    version: str = "",
    takes_missing: bool = False,
    compiled: bool = True,
) -> Callable[[Callable[..., Any]], RowFunction]:
    """A decorator that makes a step of pipelines of a Python function, of one value from each of some columns.

    inputs, output: types, "float64", "int64", "bool", "string", "binary", "date", "timestamp". Where all are numbers
    numba compiles it, once for columns and rows; what numba can't compile, and text, runs as Python in both, and
    `.how` says so. It is called only for rows that have all values, unless it `takes_missing` ones, as None (then it
    runs as Python). None and NaN as its answer are missing.

    Where it is declared it is tried on 300 rows, values at the ends of their types among them, compiled and plain: a
    difference raises `DeclarationError` and shows the row. Its source and `version` are part of the definition hash. It
    travels as source, with the imports, constants and functions that it reads.

    Called with expressions it makes one: `made_up(rw.col("dep"), rw.col("arr"))` may stand wherever an expression does,
    in features, conditions and derived columns.

    >>> import pandas as pd, ropeway as rw
    >>> @rw.transform(["float64", "float64"], "float64")
    ... def made_up(dep_delay, arr_delay):
    ...     return max(dep_delay - arr_delay, 0.0)
    >>> fitted = (rw.Pipeline("p")["dep", "arr"] >> made_up).fit(pd.DataFrame({"dep": [9.0, None], "arr": [4.0, 1.0]}))
    >>> fitted.row()({"dep": 9.0, "arr": 4.0}), made_up.how
    (array([5.]), 'compiled by numba')
    """
    names = tuple(inputs)
    for one in (*names, output):
        if one not in _TYPES:
            raise DeclarationError(f"transform: {one!r} is no type. Expected one of {', '.join(_TYPES)}.")

    def declared(function: Callable[..., Any]) -> RowFunction:
        wanted = [one for one in inspect.signature(function).parameters.values() if one.default is one.empty]
        if len(inspect.signature(function).parameters) != len(names) or len(wanted) != len(names):
            raise DeclarationError(
                f"{function.__name__}{inspect.signature(function)}: expected {len(names)} arguments, one for each of "
                f"{', '.join(names)}."
            )
        made = RowFunction(function.__name__, source_of(function), names, output, version, takes_missing, compiled)
        running = made.running
        tried(made.name, running.body, running.inputs, running.output)
        return made.known()

    return declared


def _arrived(*fields: Any) -> RowFunction:
    """A function that comes from another process of ours: the driver of a task, say."""
    return RowFunction(*fields).known()


def known_function(name: str, digest: str) -> RowFunction:
    """A function that was declared in this process, by its name and hash; raises `DeclarationError` for any other."""
    found = _DECLARED.get(digest)
    if found is None:
        near = [one for one in _DECLARED.values() if one.name == name]
        raise DeclarationError(
            f"the function {name!r} was declared elsewhere"
            + (", and the one of this name here has another source, type or version" if near else "")
            + ". Import the module that declares it before: code is never run out of a file."
        )
    return found
