"""Methods of lists and maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ropeway.transforms.expressions import literals
from ropeway.transforms.expressions.methods.base import Accessor

if TYPE_CHECKING:
    from ropeway.transforms.expressions.tree import Expression


class Lists(Accessor):
    """Lists, from 0 on or from the end if below 0; null of null."""

    def len(self) -> Expression:
        """How many values there are, missing ones too.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").list.len(), x=[1, None])
        2
        """
        return self._of.call("list.len")

    def get(self, index: int) -> Expression:
        """The value at `index`; null where there is none.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").list.get(-1), x=[1, 2])
        2
        >>> value_of(rw.col("x").list.get(2), x=[1, 2]) is None
        True
        """
        return self._of.call("list.get", index=index)

    def contains(self, value: object) -> Expression:
        """Whether `value` is in it, equal as `==` has it; null where `value` or the list is missing.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").list.contains(2.0), x=[1, 2])
        True
        >>> value_of(rw.col("x").list.contains(3), x=[1, None])
        False
        """
        return self._of.call("list.contains", value)

    def slice(self, start: int, length: int | None = None) -> Expression:
        """The values from `start` on, from the end if below 0, `length` at most.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").list.slice(-2, 1), x=[1, 2, 3])
        [2]
        >>> value_of(rw.col("x").list.slice(5), x=[1])
        []
        """
        return self._of.call("list.slice", start=start, length=length)


class Maps(Accessor):
    """Maps; null of null."""

    def get(self, key: object) -> Expression:
        """The value of a key, which is a constant; null where there is none. Of equal keys the last.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").map.get("b"), x={"a": 1}) is None
        True
        """
        return self._of.call("map.get", literals.constant(key))

    def len(self) -> Expression:
        """How many entries there are.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").map.len(), x={"a": 1, "b": None})
        2
        """
        return self._of.call("map.len")
