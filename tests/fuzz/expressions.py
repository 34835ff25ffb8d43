"""Small expressions as plain data: their code as a declaration, and what they are for one row."""

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.oracle import missing

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda left, right: None if right == 0 else left / right,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


#: methods as code, and what they are of a value that is there; by what they are of and what they give
METHODS: dict[tuple[str, str], dict[str, Callable[[Any], Any]]] = {
    ("float", "float"): {
        "abs()": abs,
        "sign()": lambda x: float((x > 0) - (x < 0)),
        "clip(-1.0, 2.5)": lambda x: min(max(x, -1.0), 2.5),
        "clip(upper=0.5)": lambda x: min(x, 0.5),
        "trunc()": lambda x: x if math.isinf(x) else math.copysign(float(math.trunc(x)), x),
    },
    ("float", "bool"): {
        "between(0.0, 1.5)": lambda x: 0.0 <= x <= 1.5,
        "cast('bool')": lambda x: x != 0,
    },
    ("int", "bool"): {
        "between(-1, 2)": lambda x: -1 <= x <= 2,
        "cast('string').str.ends_with('1')": lambda x: str(x)[-1] == "1",
        "cast('bool')": lambda x: x != 0,
    },
    ("string", "bool"): {
        "str.contains('a')": lambda x: "a" in x,
        "str.matches('^[a-m]')": lambda x: x[:1] != "" and "a" <= x[0] <= "m",
        "str.lower().isin(['a', 'b'])": lambda x: x.lower() in ("a", "b"),
    },
}


@dataclass(frozen=True)
class Expression:
    """`columns()` it reads, its `text()` as code, its `value(row)`: None where it is missing."""

    def text(self) -> str:
        raise NotImplementedError

    def value(self, row: Mapping[str, Any]) -> Any:
        raise NotImplementedError

    def parts(self) -> "tuple[Expression, ...]":
        return ()

    def columns(self) -> Iterator[str]:
        for part in self.parts():
            yield from part.columns()


@dataclass(frozen=True)
class Column(Expression):
    """A column as it is."""

    name: str

    def text(self) -> str:
        return f'rw.col("{self.name}")'

    def value(self, row: Mapping[str, Any]) -> Any:
        return None if missing(row[self.name]) else row[self.name]

    def columns(self) -> Iterator[str]:
        yield self.name


@dataclass(frozen=True)
class Literal(Expression):
    """A plain value of Python."""

    constant: Any

    def text(self) -> str:
        return repr(self.constant)

    def value(self, row: Mapping[str, Any]) -> Any:
        return self.constant


@dataclass(frozen=True)
class Binary(Expression):
    """An operation of floats, or a comparison; missing where an operand is, or where the answer is NaN."""

    left: Expression
    sign: str
    right: Expression

    def parts(self) -> tuple[Expression, ...]:
        return (self.left, self.right)

    def text(self) -> str:
        return f"({self.left.text()} {self.sign} {self.right.text()})"

    def value(self, row: Mapping[str, Any]) -> Any:
        left, right = self.left.value(row), self.right.value(row)
        if left is None or right is None:
            return None
        made = _OPERATORS[self.sign](left, right)
        return None if isinstance(made, float) and math.isnan(made) else made


@dataclass(frozen=True)
class Called(Expression):
    """A method of `METHODS`; missing where what it is of is."""

    of: Expression
    kinds: tuple[str, str]
    method: str

    def parts(self) -> tuple[Expression, ...]:
        return (self.of,)

    def text(self) -> str:
        return f"{self.of.text()}.{self.method}"

    def value(self, row: Mapping[str, Any]) -> Any:
        value = self.of.value(row)
        return None if value is None else METHODS[self.kinds][self.method](value)


@dataclass(frozen=True)
class Filled(Expression):
    """A float, or another one where it is missing."""

    of: Expression
    instead: float

    def parts(self) -> tuple[Expression, ...]:
        return (self.of,)

    def text(self) -> str:
        return f"rw.coalesce({self.of.text()}, {self.instead!r})"

    def value(self, row: Mapping[str, Any]) -> Any:
        value = self.of.value(row)
        return self.instead if value is None else value


@dataclass(frozen=True)
class Joined(Expression):
    """Two conditions joined by & or |, of three values: null beside what decides does not matter."""

    left: Expression
    sign: str
    right: Expression

    def parts(self) -> tuple[Expression, ...]:
        return (self.left, self.right)

    def text(self) -> str:
        return f"({self.left.text()} {self.sign} {self.right.text()})"

    def value(self, row: Mapping[str, Any]) -> Any:
        both = [self.left.value(row), self.right.value(row)]
        decides = self.sign == "|"
        if decides in both:
            return decides
        return None if None in both else not decides


@dataclass(frozen=True)
class Inverse(Expression):
    """A condition turned round; null stays null."""

    of: Expression

    def parts(self) -> tuple[Expression, ...]:
        return (self.of,)

    def text(self) -> str:
        return f"~{self.of.text()}"

    def value(self, row: Mapping[str, Any]) -> Any:
        value = self.of.value(row)
        return None if value is None else not value


@dataclass(frozen=True)
class Missing(Expression):
    """Whether a value is missing, or the opposite."""

    of: Expression
    wanted: bool = True

    def parts(self) -> tuple[Expression, ...]:
        return (self.of,)

    def text(self) -> str:
        return f"{self.of.text()}.{'is_null' if self.wanted else 'is_not_null'}()"

    def value(self, row: Mapping[str, Any]) -> Any:
        return (self.of.value(row) is None) is self.wanted


@dataclass(frozen=True)
class OneOf(Expression):
    """Whether a value is one of some; null stays null."""

    of: Expression
    values: tuple[Any, ...]

    def parts(self) -> tuple[Expression, ...]:
        return (self.of,)

    def text(self) -> str:
        return f"{self.of.text()}.isin({list(self.values)!r})"

    def value(self, row: Mapping[str, Any]) -> Any:
        value = self.of.value(row)
        return None if value is None else value in self.values
