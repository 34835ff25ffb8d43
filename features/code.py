"""Declarations as the code that makes them: on one line where it fits, else indented."""

import json
import textwrap
from collections.abc import Iterable, Mapping

from ropeway.transforms.expressions import Expression
from ropeway.transforms.expressions.tree import Call

_WIDTH = 100


def quoted(text: str) -> str:
    """A string in double quotes."""
    return json.dumps(text, ensure_ascii=False)


def call(name: str, *arguments: str) -> str:
    """A call of `name`.

    >>> call("Entity", quoted("plane"), listed([quoted("tailnum")]))
    'Entity("plane", ["tailnum"])'
    """
    return _bracketed(f"{name}(", arguments, ")")


def listed(items: Iterable[str]) -> str:
    """A list."""
    return _bracketed("[", list(items), "]")


def keyword(name: str, value: str | None) -> list[str]:
    """A keyword argument, or none where there is no value."""
    return [] if value is None else [f"{name}={value}"]


def condition(expression: Expression) -> str:
    """An expression without the parentheses that hold it together inside of another."""
    text = repr(expression)
    return text[1:-1] if isinstance(expression, Call) and text.endswith(")") and _is_binary(expression) else text


def _is_binary(expression: Call) -> bool:
    return len(expression.operands) == 2 and expression.made.infix


def _bracketed(opening: str, items: Iterable[str], closing: str) -> str:
    parts = list(items)
    line = f"{opening}{', '.join(parts)}{closing}"
    if len(line) <= _WIDTH and "\n" not in line:
        return line
    inside = textwrap.indent(",\n".join(parts), "    ")
    return f"{opening}\n{inside},\n{closing}"


def mapping(items: Mapping[str, str]) -> str | None:
    """A dict; None where it is empty."""
    inside = ", ".join(f"{quoted(key)}: {quoted(value)}" for key, value in items.items())
    return f"{{{inside}}}" if items else None


def expressions(items: Mapping[str, Expression]) -> str | None:
    """A dict of expressions; None where it is empty."""
    return _bracketed("{", [f"{quoted(key)}: {condition(made)}" for key, made in items.items()], "}") if items else None


def notes(description: str, owner: str, tags: Mapping[str, str]) -> list[str]:
    """The keyword arguments that say something to people."""
    return [
        *keyword("description", quoted(description) if description else None),
        *keyword("owner", quoted(owner) if owner else None),
        *keyword("tags", mapping(tags)),
    ]
