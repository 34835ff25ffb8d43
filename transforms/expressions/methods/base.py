"""What the methods of expressions are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ropeway.transforms.expressions.tree import Expression


class Operand:
    """Something that operations are called on."""

    def call(self, operation: str, *operands: object, **options: Any) -> Expression:
        """The operation of this name of the catalogue, on this and other operands."""
        raise NotImplementedError("an expression makes a call")

    def reflected(self, operation: str, other: object) -> Expression:
        """The same with this as the right operand."""
        raise NotImplementedError("an expression makes a call")


class Accessor:
    """The methods of one kind of values, such as `.str`."""

    def __init__(self, of: Operand) -> None:
        self._of = of
