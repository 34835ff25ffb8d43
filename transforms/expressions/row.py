"""Expressions for one row: a function of plain Python values, with the bits that `evaluate` gives over columns.

A tree becomes the text of one Python function, a line for each node that differs, compiled once. On one core ten
operations of floats took 0.4 us, of integers, whose answers are looked at, 0.7 us. To call machine code took 0.2 us
before it did anything, and a quarter of a second to make for each tree: so only what libm computes is called so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, overload

import pyarrow as pa

from ropeway.transforms.aggregates.base import widened
from ropeway.transforms.errors import DataError, SchemaError
from ropeway.transforms.expressions import literals
from ropeway.transforms.expressions.evaluator import output_type
from ropeway.transforms.expressions.kinds import LARGEST, NUMBERS, SMALLEST, kind_of
from ropeway.transforms.expressions.rows import answer, conversion, holds, is_missing, reader
from ropeway.transforms.expressions.tree import Call, Expression, Reference, fold
from ropeway.transforms.expressions.tree import Literal as Constant

#: kinds whose scalars are taken as they are if they are of this very class
_CLASSES = {"bool": bool, "float": float, "string": str, "binary": bytes}


@overload
def compiled_row(
    expression: Expression, schema: pa.Schema, *, positional: Literal[False] = False
) -> Callable[[Mapping[str, Any]], Any]: ...


@overload
def compiled_row(expression: Expression, schema: pa.Schema, *, positional: Literal[True]) -> Callable[..., Any]: ...


def compiled_row(expression: Expression, schema: pa.Schema, *, positional: bool = False) -> Callable[..., Any]:
    """The function of one row, a mapping of names to plain values, that gives the value of `expression` for it.

    With `positional`, of the values themselves, in the order of `expression.columns()`. None and NaN are missing, and
    None is the answer where that is; times are datetimes, with UTC as their zone where the type has one. Further names
    of a mapping are left alone.

    Raises `SchemaError` as `output_type` does, before there is a row. The function raises `DataError` for values that
    are not of their column's type, and for answers that do not fit.

    >>> add = compiled_row(Reference("x") + Reference("y"), pa.schema([("x", pa.int64()), ("y", pa.float32())]))
    >>> add({"x": 1, "y": 0.1}), add({"x": None, "y": 0.5})
    (1.1000000014901161, None)
    """
    kind = output_type(expression, schema)
    code = _Function(schema)
    last, _ = fold(expression, code.node)
    return code.compiled(last, kind, expression.columns(), positional=positional)


def value_of(expression: Expression, /, **row: Any) -> Any:
    """The value for one row of plain values, whose types are those that Arrow finds in them; for a look at something.

    >>> value_of(Reference("x") / 2, x=1)
    0.5
    """
    schema = pa.schema([(name, _inferred(value)) for name, value in row.items()])
    return compiled_row(expression, schema)(row)


def _inferred(value: Any) -> pa.DataType:
    if isinstance(value, dict):
        keys, items = (pa.array(part).type for part in (list(value), list(value.values())))
        return pa.map_(keys, items)
    return pa.array([value]).type


class _Function:
    """The lines of a function, each of which gives a name a value, and the things that they speak of."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._lines: list[str] = []
        self._nodes: dict[int, Expression] = {}
        self._known: dict[str, str] = {}
        self._bound: dict[str, Any] = {"nan": math.nan}
        self._names: dict[object, str] = {}
        self._there: set[str] = set()
        self._inputs: dict[str, str] = {}

    # ---- what operations ask for

    def bind(self, thing: object) -> str:
        """The name of a constant or a function."""
        # what is bound stays, and so does its id; equal constants are one
        key = (type(thing), repr(thing)) if isinstance(thing, bool | int | float | str) else id(thing)
        if key not in self._names:
            name = f"k{len(self._bound)}"
            self._names[key] = name
            self._bound[name] = thing
        return self._names[key]

    def constant(self, name: str) -> Any:
        """The constant of that name."""
        return self._bound[name]

    def missing(self, name: str, kind: pa.DataType) -> str:
        """Code that is true where the value of that name is missing."""
        if name in self._there:
            return "False"
        return f"{name} != {name}" if pa.types.is_floating(kind) else f"{name} is None"

    # ---- nodes

    def node(self, node: Expression, operands: Sequence[tuple[str, pa.DataType]]) -> tuple[str, pa.DataType]:
        """The name that holds the value of a node, and its type."""
        if isinstance(node, Reference):
            return self._reference(node), widened(self._schema.field(node.name).type)
        if isinstance(node, Constant):
            kind = literals.arrow(node.value).type
            value = reader(kind)(node.value)
            name = self.bind(value)
            if not is_missing(value):
                self._there.add(name)
            return name, kind
        assert isinstance(node, Call)
        kinds = [kind for _, kind in operands]
        operation = node.made
        result, read = operation.output_type(kinds), operation.reads(kinds)
        names = [self._converted(name, have, want, node) for (name, have), want in zip(operands, read, strict=True)]
        value = operation.source(names, read, self)
        tests = (
            [self.missing(name, kind) for name, kind in zip(names, read, strict=True)] if operation.needs_all else []
        )
        if pa.types.is_floating(result) and all(map(pa.types.is_floating, read)):
            tests = []  # NaN goes its own way
        tests = [test for test in dict.fromkeys(tests) if test != "False"]
        missing = "nan" if pa.types.is_floating(result) else "None"
        if not operation.bounded or pa.types.is_floating(result):
            text = f"{missing} if {' or '.join(tests)} else {value}" if tests else value
            return self._line(text, node), result
        return self._bounded(node, names, value, tests, result), result

    def _bounded(self, node: Call, names: Sequence[str], value: str, tests: Sequence[str], result: pa.DataType) -> str:
        """A value that is looked at, whether its type holds it."""
        text = f"None if {' or '.join(tests)} else {value}" if tests else value
        if text in self._known:
            return self._known[text]
        name = self._line(text, node)
        there = "" if name in self._there else f"{name} is not None and "
        if pa.types.is_decimal(result):
            beyond = f"not {self.bind(holds)}({name}, {self.bind(result)})"
        else:
            beyond = f"not {SMALLEST} <= {name} <= {LARGEST}"
        self._nodes[len(self._lines)] = node
        self._lines.append(f"if {there}{beyond}: raise {self.bind(_overflow(node, result))}({', '.join(names)})")
        return name

    def _reference(self, node: Reference) -> str:
        if node.name in self._inputs:
            return f"v{self._inputs[node.name]}"
        at = str(len(self._inputs))
        self._inputs[node.name] = at
        given, name = f"r{at}", f"v{at}"
        kind = self._schema.field(node.name).type
        wide = widened(kind)
        read = self.bind(reader(kind.value_type if pa.types.is_dictionary(kind) else kind))
        plain = _CLASSES.get(kind_of(wide))
        if pa.types.is_floating(wide):
            quick = f"{given}.__class__ is {self.bind(float)}" if pa.types.is_float64(kind) else "False"
            text = f"{given} if {quick} else {read}({given})"
        elif pa.types.is_int64(kind):
            quick = f"{given}.__class__ is {self.bind(int)} and {SMALLEST} <= {given} <= {LARGEST}"
            text = f"{given} if {given} is None or {quick} else {read}({given})"
        elif plain is not None:
            text = f"{given} if {given} is None or {given}.__class__ is {self.bind(plain)} else {read}({given})"
        else:
            text = f"None if {given} is None else {read}({given})"
        self._nodes[len(self._lines)] = node
        self._lines.append(f"{name} = {text}")
        return name

    def _converted(self, name: str, have: pa.DataType, want: pa.DataType, node: Expression) -> str:
        convert = conversion(have, want)
        if convert is None:
            return name
        if name in self._bound:
            made = self.bind(convert(self._bound[name]))
            if not is_missing(self._bound[made]):
                self._there.add(made)
            return made
        if pa.types.is_floating(want) and kind_of(have) in NUMBERS:
            return self._line(f"nan if {name} is None else {self.bind(float)}({name})", node)
        return self._line(f"{self.bind(convert)}({name})", node)

    def _line(self, text: str, node: Expression) -> str:
        """The name of what this code gives, computed once."""
        if text not in self._known:
            self._known[text] = f"t{len(self._known)}"
            self._nodes[len(self._lines)] = node
            self._lines.append(f"{self._known[text]} = {text}")
        return self._known[text]

    # ---- the function

    def compiled(self, name: str, kind: pa.DataType, columns: Sequence[str], *, positional: bool) -> Callable[..., Any]:
        """The function whose answer has this name."""
        given = [f"r{self._inputs[column]}" for column in columns]
        heading = f"def row({', '.join(given)}):" if positional else "def row(row):"
        reading = [] if positional else [
            f"{one} = row[{column!r}]" for one, column in zip(given, columns, strict=True)
        ]  # fmt: skip
        plain = answer(kind)
        value = name if plain is None else f"{self.bind(plain)}({name})"
        missing = f"{name} != {name}" if pa.types.is_floating(kind) else f"{name} is None"
        ending = f"return None if {missing} else {value}"
        before = 3 + len(reading)
        self._bound |= {
            "DataError": DataError,
            "said": _Said({at + before: node for at, node in self._nodes.items()}),
            "absent": _absent(columns),
        }
        text = "\n        ".join(
            [f"{heading}\n    try:", *reading, *self._lines, ending]
        ) + (
            "\n    except DataError as error:\n        raise said(error) from error"
            "\n    except KeyError as error:\n        raise absent(error, row) from error"
        )  # fmt: skip
        space = self._bound
        exec(compile(text, f"<row of {len(self._lines)} lines>", "exec"), space)  # noqa: S102  # of our own text
        made: Callable[..., Any] = space["row"]
        return made


class _Said:
    """An error with the expression that it is about, which the line tells that raised it."""

    def __init__(self, nodes: Mapping[int, Expression]) -> None:
        self._nodes = nodes

    def __call__(self, error: DataError) -> DataError:
        line = error.__traceback__.tb_lineno if error.__traceback__ is not None else 0
        node = self._nodes.get(line)
        return DataError(str(error) if node is None else f"{node!r}: {error}")


def _overflow(node: Call, result: pa.DataType) -> Callable[..., DataError]:
    def error(*values: Any) -> DataError:
        shown = [str(value) for value in values]
        said = f"{node.made.symbol}{shown[0]}" if len(shown) == 1 else f" {node.made.symbol} ".join(shown)
        hint = " Go on in float64, with * 1.0 on one side, if rounding is fine." if kind_of(result) in NUMBERS else ""
        return DataError(f"the answer does not fit into {result}, such as {said}.{hint}")

    return error


def _absent(columns: Sequence[str]) -> Callable[[KeyError, Mapping[str, Any]], Exception]:
    def error(missing: KeyError, row: Mapping[str, Any]) -> Exception:
        absent = [name for name in columns if name not in row]
        if not absent:
            return missing
        return SchemaError(
            f"the row has no {', '.join(map(repr, absent))}; it has {', '.join(row) or 'nothing'}. Give None for what "
            f"is missing."
        )

    return error
