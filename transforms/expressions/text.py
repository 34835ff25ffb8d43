"""Operations of strings: those of Python's `str` and `re`, called once for each string that occurs.

Arrow's and Spark's tables of letters are of another Unicode than Python's, so their kernels stand in only where bytes
decide: whether text is contained, what replaces it, how many characters there are.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.expressions import literals
from ropeway.transforms.expressions.arrays import by_value
from ropeway.transforms.expressions.kinds import Values, converted, kind_of
from ropeway.transforms.expressions.operations import Function, Method, Operation


def _check_strings(operation: Operation, kinds: Sequence[pa.DataType]) -> None:
    for kind in kinds:
        if kind_of(kind) not in ("string", "null"):
            raise operation.refuse([kind], 'a string; .cast("string") makes one')


def checked_text(what: str, given: object, *, empty: bool = True) -> None:
    """Raise `DeclarationError` unless something is a string."""
    if not isinstance(given, str) or not (given or empty):
        raise DeclarationError(f"{what}({given!r}): expected a {'' if empty else 'non-empty '}string.")


@dataclass(frozen=True)
class Text(Method):
    """What a string gives, by a method of Python's."""

    answers: ClassVar[pa.DataType] = pa.string()

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        _check_strings(self, kinds)
        return self.answers

    def reads(self, kinds: Sequence[pa.DataType]) -> list[pa.DataType]:
        return [pa.string()]

    def compute(self, values: Sequence[Values]) -> Values:
        read = [pa.string()]
        return by_value(self.scalar(read), converted(values[0], *read), self.answers)


@dataclass(frozen=True)
class Cased(Text):
    """All letters small or large."""

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        return str.lower if self.name == "str.lower" else str.upper


@dataclass(frozen=True)
class Stripped(Text):
    """Without white space, or characters that are named, at its ends."""

    characters: str | None = None

    def check(self) -> None:
        if self.characters is not None:
            checked_text(self.symbol, self.characters, empty=False)

    def written(self) -> list[str]:
        return [] if self.characters is None else [literals.text(self.characters)]

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        strip = {"strip": str.strip, "lstrip": str.lstrip, "rstrip": str.rstrip}[self.name.removeprefix("str.")]
        return lambda text: strip(text, self.characters)


@dataclass(frozen=True)
class Length(Text):
    """How many characters there are, code points of Unicode."""

    answers: ClassVar[pa.DataType] = pa.int64()

    def compute(self, values: Sequence[Values]) -> Values:
        return pc.cast(pc.utf8_length(converted(values[0], pa.string())), pa.int64())

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        return len


@dataclass(frozen=True)
class Holds(Text):
    """Whether some text stands in a string, at its beginning or at its end."""

    answers: ClassVar[pa.DataType] = pa.bool_()
    positional: ClassVar[int] = 1

    literal: str = ""

    def check(self) -> None:
        checked_text(self.symbol, self.literal)

    def compute(self, values: Sequence[Values]) -> Values:
        find = {"str.contains": pc.match_substring, "str.starts_with": pc.starts_with, "str.ends_with": pc.ends_with}
        return find[self.name](converted(values[0], pa.string()), pattern=self.literal)

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        literal = self.literal
        if self.name == "str.contains":
            return lambda text: literal in text
        starts = self.name == "str.starts_with"
        return lambda text: text.startswith(literal) if starts else text.endswith(literal)


@dataclass(frozen=True)
class Replace(Text):
    """Each occurrence of some text replaced by another, from the left."""

    positional: ClassVar[int] = 2

    old: str = " "
    new: str = ""

    def check(self) -> None:
        checked_text(self.symbol, self.old, empty=False)
        checked_text(self.symbol, self.new)

    def compute(self, values: Sequence[Values]) -> Values:
        return pc.replace_substring(converted(values[0], pa.string()), self.old, self.new)

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        return lambda text: text.replace(self.old, self.new)


@dataclass(frozen=True)
class Slice(Text):
    """The characters from some place on, so many at most."""

    positional: ClassVar[int] = 2

    start: int = 0
    length: int | None = None

    def check(self) -> None:
        checked_slice(self.symbol, self.start, self.length)

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        return lambda text: text[self.start :][: self.length]


@dataclass(frozen=True)
class Split(Text):
    """The parts between separators, as a list."""

    answers: ClassVar[pa.DataType] = pa.list_(pa.string())
    positional: ClassVar[int] = 1

    separator: str = ","

    def check(self) -> None:
        checked_text(self.symbol, self.separator, empty=False)

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        return lambda text: text.split(self.separator)


@dataclass(frozen=True)
class Matches(Text):
    """Whether a regular expression of Python is found in a string."""

    answers: ClassVar[pa.DataType] = pa.bool_()
    positional: ClassVar[int] = 1

    pattern: str = ""

    def check(self) -> None:
        checked_pattern(self.symbol, self.pattern)

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        search = re.compile(self.pattern).search
        return lambda text: search(text) is not None


@dataclass(frozen=True)
class Extract(Text):
    """What a group of a regular expression matched first; null where that is nothing."""

    positional: ClassVar[int] = 2

    pattern: str = "()"
    group: int | str = 1

    def check(self) -> None:
        groups = checked_pattern(self.symbol, self.pattern)
        known = self.group in groups.groupindex or (
            type(self.group) is int and 0 <= self.group <= groups.groups
        )  # fmt: skip
        if not known:
            named = "".join(f", {name!r}" for name in groups.groupindex)
            raise DeclarationError(
                f"extract({self.pattern!r}, {self.group!r}): there is no such group, but 0 (all) to "
                f"{groups.groups}{named}."
            )

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        search = re.compile(self.pattern).search

        def extracted(text: str) -> str | None:
            found = search(text)
            return None if found is None else found[self.group]

        return extracted


@dataclass(frozen=True)
class Pad(Text):
    """A string made as long as some width by characters at one end."""

    positional: ClassVar[int] = 1

    width: int = 0
    side: str = "left"
    fill: str = " "

    def check(self) -> None:
        _check_width("pad", self.width)
        if self.side not in ("left", "right"):
            raise DeclarationError(f"pad(side={self.side!r}): expected 'left' or 'right'.")
        if type(self.fill) is not str or len(self.fill) != 1:
            raise DeclarationError(f"pad(fill={self.fill!r}): expected one character.")

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        pad = str.rjust if self.side == "left" else str.ljust
        return lambda text: pad(text, self.width, self.fill)


@dataclass(frozen=True)
class ZeroFill(Text):
    """A string made as long as some width by zeros behind its sign."""

    positional: ClassVar[int] = 1

    width: int = 0

    def check(self) -> None:
        _check_width("zfill", self.width)

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        return lambda text: text.zfill(self.width)


@dataclass(frozen=True)
class Concat(Function):
    """Strings one behind the other."""

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        _check_strings(self, kinds)
        return pa.string()

    def reads(self, kinds: Sequence[pa.DataType]) -> list[pa.DataType]:
        return [pa.string()] * len(kinds)

    def compute(self, values: Sequence[Values]) -> Values:
        return pc.binary_join_element_wise(*(converted(value, pa.string()) for value in values), "")

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        return lambda *texts: "".join(texts)


def checked_slice(what: str, start: object, length: object) -> None:
    """Raise `DeclarationError` unless these are a place, from the end if below 0, and a number of things or None."""
    if type(start) is not int:
        raise DeclarationError(f"{what}({start!r}): expected a whole number, from the end if below 0.")
    if length is not None and (type(length) is not int or length < 0):
        raise DeclarationError(f"{what}({start!r}, {length!r}): expected a length of 0 or more, or None for all.")


def checked_pattern(what: str, pattern: object) -> re.Pattern[str]:
    """A regular expression; raises `DeclarationError` for what Python's `re` does not take."""
    checked_text(what, pattern)
    try:
        return re.compile(str(pattern))
    except re.error as error:
        raise DeclarationError(f"{what}({pattern!r}) is no regular expression of Python: {error}.") from error


def _check_width(what: str, width: object) -> None:
    if type(width) is not int or not 0 <= width < 2**31:
        raise DeclarationError(f"{what}({width!r}): expected a width of 0 or more.")
