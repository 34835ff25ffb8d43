"""Methods of strings: Python's `str` and `re` say what they give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ropeway.transforms.expressions.methods.base import Accessor

if TYPE_CHECKING:
    from ropeway.transforms.expressions.tree import Expression


class Strings(Accessor):
    """What Python's `str` and `re` do; null of null. Characters are code points of Unicode."""

    def lower(self) -> Expression:
        """All letters small.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").str.lower(), x="ΑΣ")
        'ας'
        """
        return self._of.call("str.lower")

    def upper(self) -> Expression:
        """All letters large, which may be more of them.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").str.upper(), x="straße")
        'STRASSE'
        """
        return self._of.call("str.upper")

    def strip(self, characters: str | None = None) -> Expression:
        """Without white space at both ends, or without the `characters` that are named.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").str.strip(), x="\u2003a b\\n")
        'a b'
        >>> value_of(rw.col("x").str.strip("ab"), x="abcba")
        'c'
        """
        return self._of.call("str.strip", characters=characters)

    def lstrip(self, characters: str | None = None) -> Expression:
        """The same at the beginning.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").str.lstrip("0"), x="007")
        '7'
        """
        return self._of.call("str.lstrip", characters=characters)

    def rstrip(self, characters: str | None = None) -> Expression:
        """The same at the end.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").str.rstrip(), x=" a ")
        ' a'
        """
        return self._of.call("str.rstrip", characters=characters)

    def len(self) -> Expression:
        """How many characters there are.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").str.len(), x="né")
        2
        """
        return self._of.call("str.len")

    def contains(self, literal: str) -> Expression:
        """Whether `literal` stands in it, letter by letter; for patterns there is `matches`.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").str.contains("."), x="abc")
        False
        """
        return self._of.call("str.contains", literal=literal)

    def starts_with(self, literal: str) -> Expression:
        """Whether it begins with `literal`.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").str.starts_with(""), x="abc")
        True
        """
        return self._of.call("str.starts_with", literal=literal)

    def ends_with(self, literal: str) -> Expression:
        """Whether it ends with `literal`.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").str.ends_with("BC"), x="abc")
        False
        """
        return self._of.call("str.ends_with", literal=literal)

    def replace(self, old: str, new: str) -> Expression:
        """Each `old` replaced by `new`, from the left.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").str.replace("aa", "b"), x="aaa")
        'ba'
        """
        return self._of.call("str.replace", old=old, new=new)

    def slice(self, start: int, length: int | None = None) -> Expression:
        """The characters from `start` on, from the end if below 0, `length` at most.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").str.slice(-3, 2), x="abcde")
        'cd'
        >>> value_of(rw.col("x").str.slice(9), x="abc")
        ''
        """
        return self._of.call("str.slice", start=start, length=length)

    def split(self, separator: str) -> Expression:
        """The parts between separators, as a list.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").str.split(","), x="a,,b")
        ['a', '', 'b']
        """
        return self._of.call("str.split", separator=separator)

    def matches(self, pattern: str) -> Expression:
        """Whether a pattern of Python's `re` is found anywhere in it; ^ and $ bind it to the ends.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").str.matches(r"\\d"), x="a1")
        True
        >>> value_of(rw.col("x").str.matches(r"^\\d+$"), x="a1")
        False
        """
        return self._of.call("str.matches", pattern=pattern)

    def extract(self, pattern: str, group: int | str = 1) -> Expression:
        """What a group of a pattern matched where it is found first; null where it is not. Group 0 is the whole.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").str.extract(r"(\\d+)-(\\d+)", 2), x="at 10-20")
        '20'
        >>> value_of(rw.col("x").str.extract(r"(x)?"), x="abc") is None
        True
        """
        return self._of.call("str.extract", pattern=pattern, group=group)

    def pad(self, width: int, side: str = "left", fill: str = " ") -> Expression:
        """As long as `width`, by characters of `fill` at one side.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").str.pad(5, fill="*"), x="abc")
        '**abc'
        >>> value_of(rw.col("x").str.pad(2), x="abc")
        'abc'
        """
        return self._of.call("str.pad", width=width, side=side, fill=fill)

    def zfill(self, width: int) -> Expression:
        """As long as `width`, by zeros behind a sign.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").str.zfill(5), x="-7")
        '-0007'
        """
        return self._of.call("str.zfill", width=width)
