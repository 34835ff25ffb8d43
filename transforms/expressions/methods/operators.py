"""Python's operators, on either side of which a plain value may stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ropeway.transforms.expressions.methods.base import Operand

if TYPE_CHECKING:
    from ropeway.transforms.expressions.tree import Expression


class Operators(Operand):  # noqa: PLW1641  # an expression is hashed by its text
    """Arithmetic, comparisons and the connectives of conditions."""

    def __add__(self, other: object) -> Expression:
        return self.call("add", other)

    def __radd__(self, other: object) -> Expression:
        return self.reflected("add", other)

    def __sub__(self, other: object) -> Expression:
        return self.call("subtract", other)

    def __rsub__(self, other: object) -> Expression:
        return self.reflected("subtract", other)

    def __mul__(self, other: object) -> Expression:
        return self.call("multiply", other)

    def __rmul__(self, other: object) -> Expression:
        return self.reflected("multiply", other)

    def __truediv__(self, other: object) -> Expression:
        return self.call("divide", other)

    def __rtruediv__(self, other: object) -> Expression:
        return self.reflected("divide", other)

    def __mod__(self, other: object) -> Expression:
        return self.call("modulo", other)

    def __rmod__(self, other: object) -> Expression:
        return self.reflected("modulo", other)

    def __floordiv__(self, other: object) -> Expression:
        return self.call("floor_divide", other)

    def __rfloordiv__(self, other: object) -> Expression:
        return self.reflected("floor_divide", other)

    def __pow__(self, other: object) -> Expression:
        return self.call("power", other)

    def __rpow__(self, other: object) -> Expression:
        return self.reflected("power", other)

    def __neg__(self) -> Expression:
        return self.call("negate")

    def __abs__(self) -> Expression:
        return self.call("abs")

    def __eq__(self, other: object) -> Expression:  # type: ignore[override]  # a condition on rows
        return self.call("equal", other)

    def __ne__(self, other: object) -> Expression:  # type: ignore[override]  # a condition on rows
        return self.call("not_equal", other)

    def __lt__(self, other: object) -> Expression:
        return self.call("less", other)

    def __le__(self, other: object) -> Expression:
        return self.call("less_equal", other)

    def __gt__(self, other: object) -> Expression:
        return self.call("greater", other)

    def __ge__(self, other: object) -> Expression:
        return self.call("greater_equal", other)

    def __and__(self, other: object) -> Expression:
        return self.call("and", other)

    def __rand__(self, other: object) -> Expression:
        return self.reflected("and", other)

    def __or__(self, other: object) -> Expression:
        return self.call("or", other)

    def __ror__(self, other: object) -> Expression:
        return self.reflected("or", other)

    def __invert__(self) -> Expression:
        return self.call("not")
