"""Expressions as trees of values: what `col("x") * 2 > 5` is, before it meets data."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NoReturn, TypeVar, cast

from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.expressions import literals
from ropeway.transforms.expressions.catalogue import OPERATIONS
from ropeway.transforms.expressions.literals import Scalar
from ropeway.transforms.expressions.methods.accessors import Accessors
from ropeway.transforms.expressions.methods.conditions import Conditions
from ropeway.transforms.expressions.methods.numbers import Numbers
from ropeway.transforms.expressions.methods.operators import Operators
from ropeway.transforms.expressions.operations import Function, Operation

Result = TypeVar("Result")

#: levels of a stored expression: Python's JSON gives up somewhat above
DEEPEST = 200
#: operations that Python asks of the right operand too
_REFLECTED = ("add", "subtract", "multiply", "divide", "modulo", "floor_divide", "power", "and", "or")


class Expression(Operators, Conditions, Numbers, Accessors):
    """A value computed from the columns of each row; made by `col`, `lit` and operators.

    Arithmetic `+ - * / // % **`, comparisons and `& | ~`, also with plain values of Python on either side; methods of
    numbers, conditions and types, and by kind `.str`, `.dt`, `.list` and `.map`. Immutable. `==` makes a comparison,
    so two trees are compared by `same_as`.

    - A missing operand (null or NaN) gives null; so does a division by 0, and a float answer that is NaN.
    - Nothing is lazy: what does not fit raises in each row, also where `when` takes another branch.
    - Integers of any width compute in int64 and raise `DataError` rather than wrap; float32 computes in float64;
      decimals are exact within 38 digits or raise. `/` is float64, except that null stands for x / 0.
    - Booleans count as 0 and 1 in arithmetic and beside numbers in comparisons.
    - `&` and `|` are three-valued: `null & false` is false, `null | true` is true, the rest of null is null.
    - Instants and dates (their midnight UTC) subtract to durations, which divide by a timedelta to plain numbers.
      Naive times are read as UTC.

    >>> import ropeway as rw
    >>> (rw.col("arr_delay") - rw.col("dep_delay")) / 60 > 0.5
    (((col("arr_delay") - col("dep_delay")) / 60) > 0.5)
    """

    __array_ufunc__ = None  # np.float64(2) * col("x") is ours, not an array of objects

    @property
    def operands(self) -> tuple[Expression, ...]:
        """The expressions that this one reads, in order."""
        return ()

    @property
    def own(self) -> Any:
        """What a node is beside its operands: a name or a constant."""
        raise NotImplementedError("a subclass says what it is")

    def columns(self) -> tuple[str, ...]:
        """The names of the columns that are read, each once, in the order in which they stand.

        >>> import ropeway as rw
        >>> (rw.col("b") + rw.col("a") * rw.col("b")).columns()
        ('b', 'a')
        """
        names: dict[str, None] = {}
        fold(self, lambda node, _: names.setdefault(node.name) if isinstance(node, Reference) else None)
        return tuple(names)

    def same_as(self, other: object) -> bool:
        """Whether `other` is the same tree, as `==` can't say.

        >>> import ropeway as rw
        >>> (rw.col("x") + 1).same_as(rw.col("x") + 1), (rw.col("x") + 1).same_as(rw.col("x") + 1.0)
        (True, False)
        """
        return isinstance(other, Expression) and repr(self) == repr(other)

    def to_dict(self) -> dict[str, Any]:
        """The tree as JSON data, of which `from_dict` makes the same tree again.

        >>> import ropeway as rw
        >>> (rw.col("x") > 5).to_dict()
        {'call': 'greater', 'of': [{'column': 'x'}, {'type': 'int', 'literal': 5}]}
        """
        depth: int = fold(self, lambda _, below: 1 + max(below, default=0))
        if depth > DEEPEST:
            raise DeclarationError(
                f"An expression of {depth:,} operations inside of one another can't be stored, {DEEPEST} is the most: "
                f"use .isin([...]) for many values, or add and join in pairs rather than one after the other."
            )
        return fold(self, lambda node, operands: node.stored(operands))

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Expression:
        """The tree that `to_dict` wrote; raises `DeclarationError` for what this version does not know.

        >>> import ropeway as rw
        >>> rw.Expression.from_dict({"call": "add", "of": [{"column": "x"}, {"type": "int", "literal": 1}]})
        (col("x") + 1)
        """
        match data:
            case {"column": str(name)}:
                return Reference(name)
            case {"literal": _, "type": str()}:
                return Literal(literals.decoded(data))
            case {"call": str(name), "of": [*operands]}:
                options = data.get("with", {})
                return _checked_call(name, tuple(Expression.from_dict(operand) for operand in operands), options)
        raise DeclarationError(f"{data!r} is no stored expression: expected what Expression.to_dict() gives.")

    def stored(self, operands: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """One node of `to_dict`, of those of its operands."""
        raise NotImplementedError("a subclass writes itself")

    def __repr__(self) -> str:
        return fold(self, _text)

    def __reduce__(self) -> tuple[Any, ...]:
        # node by node, from the leaves up: pickle follows references to a depth of some 200 only
        nodes: list[tuple[type[Expression], Any, int]] = []
        fold(self, lambda node, _: nodes.append((type(node), node.own, len(node.operands))))
        return _rebuilt, (nodes,)

    def __hash__(self) -> int:
        return hash(repr(self))

    def __bool__(self) -> NoReturn:
        raise DeclarationError(
            f"{self!r} is true or false only for each row, not by itself. Join conditions with & and |, negate with ~, "
            f'each in parentheses: (col("a") > 0) & (col("b") > 0). Python\'s `and`, `or`, `not`, `in` and chained '
            f"comparisons such as 0 < x < 1 can't be used; trees are compared by .same_as()."
        )

    def call(self, operation: str, *operands: object, **options: Any) -> Expression:
        """The operation of this name of the catalogue, on this and other operands: what every method here makes."""
        return call(operation, self, *operands, **options)

    def reflected(self, operation: str, other: object) -> Expression:
        """The same with this as the right operand."""
        return call(operation, other, self)


@dataclass(frozen=True, eq=False, repr=False)
class Reference(Expression):
    """The value of a column."""

    name: str

    @property
    def own(self) -> str:
        return self.name

    def stored(self, operands: Sequence[dict[str, Any]]) -> dict[str, Any]:
        return {"column": self.name}


@dataclass(frozen=True, eq=False, repr=False)
class Literal(Expression):
    """The same value in every row; None is null."""

    value: Scalar

    @property
    def own(self) -> Scalar:
        return self.value

    def stored(self, operands: Sequence[dict[str, Any]]) -> dict[str, Any]:
        return literals.encoded(self.value)


@dataclass(frozen=True, eq=False, repr=False)
class Call(Expression):
    """An operation of the catalogue, by its name, on other expressions."""

    operation: str
    arguments: tuple[Expression, ...]
    options: tuple[tuple[str, Any], ...] = ()

    @cached_property
    def made(self) -> Operation:
        """The operation with its options; raises `DeclarationError` for those that it can't have."""
        known = OPERATIONS[self.operation]
        if not self.options:
            return known
        made = replace(known, **dict(self.options))
        made.check()
        return made

    @property
    def operands(self) -> tuple[Expression, ...]:
        return self.arguments

    @property
    def own(self) -> Any:
        return (self.operation, self.options, *self.made.carried)

    def stored(self, operands: Sequence[dict[str, Any]]) -> dict[str, Any]:
        given = {"with": dict(self.options)} if self.options else {}
        return {"call": self.operation, "of": list(operands), **given}


def col(name: str) -> Expression:
    """The value of column `name` in each row.

    >>> import ropeway as rw
    >>> rw.col("arr_delay") > 15
    (col("arr_delay") > 15)
    """
    return Reference(_checked(name))


def lit(value: object) -> Expression:
    """A constant, for where a plain value of Python would not make an expression; `lit(None)` is null.

    Integers are int64, floats float64, times and durations are in microseconds, decimals have their own digits.

    >>> import ropeway as rw
    >>> rw.lit(1) / rw.col("n")
    (1 / col("n"))
    """
    if isinstance(value, Expression):
        return value
    return Literal(literals.constant(value))


def fold(expression: Expression, visit: Callable[[Expression, list[Result]], Result]) -> Result:
    """`visit` called on every node with the results of its operands, from the leaves up; returns that of the root.

    Without recursion, so that a sum of a thousand columns is as good as any.
    """
    waiting = [(expression, False)]
    done: list[Result] = []
    while waiting:
        node, ready = waiting.pop()
        if not ready:
            waiting.append((node, True))
            waiting += [(operand, False) for operand in reversed(node.operands)]
            continue
        first = len(done) - len(node.operands)
        operands = done[first:]
        del done[first:]
        done.append(visit(node, operands))
        del operands  # columns of data, when it is evaluated
    return done[0]


def _rebuilt(nodes: Iterable[tuple[type[Expression], Any, int]]) -> Expression:
    done: list[Expression] = []
    for kind, own, size in nodes:
        first = len(done) - size
        operands = tuple(done[first:])
        del done[first:]
        done.append(Call(own[0], operands, own[1]) if kind is Call else kind(own))  # type: ignore[call-arg]  # of a leaf
    return done[0]


def _checked_call(name: str, operands: tuple[Expression, ...], options: Any) -> Expression:
    """A stored operation, if this version knows it so."""
    if name not in OPERATIONS and "@" in name:
        raise DeclarationError(
            f"the function {name.partition('@')[0]!r} was declared elsewhere, or has another source, type or version "
            f"here. Import the module that declares it before: code is never run out of a file."
        )
    if name not in OPERATIONS:
        raise DeclarationError(
            f"The operation {name!r} of a stored expression is unknown to this version of ropeway: expected one of "
            f"{', '.join(OPERATIONS)}."
        )
    known = OPERATIONS[name]
    if not known.takes(len(operands)):
        raise DeclarationError(f"The stored operation {name!r} has {len(operands)} operands, which it can't have.")
    if known.constants and not all(isinstance(operand, Literal) for operand in operands[1:]):
        raise DeclarationError(f"The stored operation {name!r} compares to something that is no constant.")
    if not isinstance(options, Mapping) or set(options) != set(known.options()):
        expected = ", ".join(known.options()) or "none"
        raise DeclarationError(f"The stored operation {name!r} has the options {options!r}: expected {expected}.")
    made = Call(name, operands, tuple((option, options[option]) for option in known.options()))
    made.made.check()
    return made


def _checked(name: object) -> str:
    if not isinstance(name, str) or not name:
        raise DeclarationError(f"col({name!r}): expected the name of a column.")
    return str.__str__(name)


def call(operation: str, *operands: object, **options: Any) -> Expression:
    """A call of an operation; raises `DeclarationError` for options and operands that it can't have."""
    for operand in operands:
        if operand is None and not OPERATIONS[operation].takes_none:
            raise DeclarationError(
                f"{OPERATIONS[operation].symbol} None is always null: test for missing values with .is_null() or "
                f".is_not_null(), or write lit(None) if null is what you want."
            )
    made = Call(operation, tuple(lit(operand) for operand in operands), tuple(options.items()))
    made.made  # noqa: B018  # says what is wrong with the options
    return made


def _text(node: Expression, operands: Sequence[str]) -> str:
    """Python code that makes the node again."""
    if isinstance(node, Reference):
        return f"col({json.dumps(node.name, ensure_ascii=False)})"
    if isinstance(node, Literal):
        return f"lit({literals.text(node.value)})"
    made = cast("Call", node)
    operation = made.made
    plain = list(operands)
    for i, operand in enumerate(made.arguments):
        if isinstance(operand, Literal) and operand.value is not None and _stands_bare(made, operation, i):
            plain[i] = literals.text(operand.value)
    return operation.text(plain)


def _stands_bare(node: Call, operation: Operation, at: int) -> bool:
    """Whether a constant can be written as a plain value of Python at this place."""
    if not operation.infix:
        return at > 0 or isinstance(operation, Function)
    if len(node.arguments) == 1 or isinstance(node.arguments[1 - at], Literal):
        return False  # Python makes no expression of constants alone
    if at == 1:
        return True
    # Python turns `2 < col("x")` round, and takes `"text" % col("x")` for a text to be filled in
    value = cast("Literal", node.arguments[0]).value
    return operation.name in _REFLECTED and not (operation.name == "modulo" and isinstance(value, str | bytes))
