"""Which columns of a frame a line of a pipeline takes: by type, or by a pattern."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.expressions.kinds import kind_of

_KINDS = {
    "numeric": ("bool", "int", "float", "decimal"),
    "boolean": ("bool",),
    "text": ("string",),
    "categorical": ("string", "bool"),
    "temporal": ("timestamp", "date"),
}


@dataclass(frozen=True)
class Selector:
    """Some columns of any frame; `|` joins, `-` takes away, `&` keeps those of both.

    >>> from ropeway import transforms as T
    >>> T.numeric() - T.matching("_id$")
    (T.numeric() - T.matching('_id$'))
    """

    kind: str
    of: tuple[Any, ...] = ()

    def chosen(self, schema: pa.Schema) -> list[str]:
        """The names of the columns, in the order of the frame."""
        return [field.name for field in schema if self.takes(field)]

    def takes(self, field: pa.Field) -> bool:
        """Whether it takes a column."""
        if self.kind in _KINDS:
            return kind_of(field.type) in _KINDS[self.kind]
        if self.kind == "all":
            return True
        if self.kind == "matching":
            return re.search(self.of[0], field.name) is not None
        one, other = self.of
        if self.kind == "|":
            return bool(one.takes(field) or other.takes(field))
        return bool(one.takes(field) and other.takes(field) == (self.kind == "&"))

    def _joined(self, kind: str, other: object) -> Selector:
        if isinstance(other, str):
            other = Selector("matching", (f"^{re.escape(other)}$",))
        if not isinstance(other, Selector):
            raise DeclarationError(f"{self!r} {kind} {other!r}: expected another selector, or the name of a column.")
        return Selector(kind, (self, other))

    def __or__(self, other: object) -> Selector:
        return self._joined("|", other)

    def __and__(self, other: object) -> Selector:
        return self._joined("&", other)

    def __sub__(self, other: object) -> Selector:
        return self._joined("-", other)

    def __repr__(self) -> str:
        if self.kind in ("|", "&", "-"):
            return f"({self.of[0]!r} {self.kind} {self.of[1]!r})"
        return f"T.{self.kind}({', '.join(map(repr, self.of))})"

    def to_dict(self) -> dict[str, Any]:
        """The selector as JSON data."""
        return {"selector": self.kind, "of": [one.to_dict() if isinstance(one, Selector) else one for one in self.of]}

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Selector:
        """The selector that `to_dict` wrote."""
        of: Sequence[Any] = [Selector.from_dict(one) if isinstance(one, dict) else one for one in data["of"]]
        return Selector(data["selector"], tuple(of))


def numeric() -> Selector:
    """Columns of numbers: integers, floats, decimals and booleans.

    >>> numeric().chosen(pa.schema([("x", pa.int8()), ("to", pa.string())]))
    ['x']
    """
    return Selector("numeric")


def boolean() -> Selector:
    """Columns of booleans.

    >>> boolean().chosen(pa.schema([("x", pa.int8()), ("late", pa.bool_())]))
    ['late']
    """
    return Selector("boolean")


def text() -> Selector:
    """Columns of text, and of pandas categories of text.

    >>> text().chosen(pa.schema([("x", pa.int8()), ("to", pa.string())]))
    ['to']
    """
    return Selector("text")


def categorical() -> Selector:
    """Columns of text and of booleans.

    >>> categorical().chosen(pa.schema([("late", pa.bool_()), ("to", pa.string()), ("x", pa.int8())]))
    ['late', 'to']
    """
    return Selector("categorical")


def temporal() -> Selector:
    """Columns of instants and dates.

    >>> temporal().chosen(pa.schema([("at", pa.timestamp("us")), ("x", pa.int8())]))
    ['at']
    """
    return Selector("temporal")


def all_columns() -> Selector:
    """All columns.

    >>> all_columns().chosen(pa.schema([("at", pa.timestamp("us")), ("x", pa.int8())]))
    ['at', 'x']
    """
    return Selector("all")


def matching(pattern: str) -> Selector:
    """Columns in whose names a regular expression is found.

    >>> matching("^dep_").chosen(pa.schema([("dep_delay", pa.int8()), ("dest", pa.string())]))
    ['dep_delay']
    """
    try:
        re.compile(pattern)
    except (re.error, TypeError) as error:
        raise DeclarationError(f"matching({pattern!r}): expected a regular expression: {error}") from error
    return Selector("matching", (pattern,))
