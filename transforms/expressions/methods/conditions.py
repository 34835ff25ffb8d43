"""What is missing, what is one of some values, what another type makes of a value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.expressions import literals
from ropeway.transforms.expressions.casting import type_name
from ropeway.transforms.expressions.methods.base import Operand
from ropeway.transforms.expressions.rows import is_missing

if TYPE_CHECKING:
    import pyarrow as pa

    from ropeway.transforms.expressions.tree import Expression


class Conditions(Operand):
    """Methods of values of any kind."""

    def is_null(self) -> Expression:
        """Whether the value is missing: null or NaN. Never null itself.

        >>> import ropeway as rw
        >>> rw.col("x").is_null()
        col("x").is_null()
        """
        return self.call("is_null")

    def is_not_null(self) -> Expression:
        """Whether the value is there: neither null nor NaN. Never null itself.

        >>> import ropeway as rw
        >>> rw.col("x").is_not_null()
        col("x").is_not_null()
        """
        return self.call("is_not_null")

    def isin(self, values: Iterable[object]) -> Expression:
        """Whether the value is one of `values`, which are constants; null where it is missing.

        >>> import ropeway as rw
        >>> rw.col("origin").isin(["JFK", "EWR"])
        col("origin").isin(["JFK", "EWR"])
        """
        if isinstance(values, str | bytes | Operand) or not isinstance(values, Iterable):
            raise DeclarationError(f"isin({values!r}): expected a list of constants, such as isin(['a', 'b']).")
        constants = [literals.constant(value) for value in values]
        for constant in constants:
            if is_missing(constant):
                raise DeclarationError("isin() can't find what is missing: join .is_null() to it with |.")
        return self.call("is_in", *constants)

    def between(self, lower: object, upper: object) -> Expression:
        """Whether the value is `lower` or more and `upper` or less; three-valued, as the two comparisons joined by &.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> rw.col("x").between(1, rw.col("most"))
        ((col("x") >= 1) & (col("x") <= col("most")))
        >>> value_of(rw.col("x").between(1, rw.col("most")), x=0, most=None)  # above what, it is not between
        False
        """
        return self.call("greater_equal", lower).call("and", self.call("less_equal", upper))

    def fill_null(self, value: object) -> Expression:
        """The value, or another one where it is missing; `rw.coalesce` of the two, whose type may be wider.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").fill_null(0), x=float("nan"))
        0.0
        """
        return self.call("coalesce", value)

    def clip(self, lower: object = None, upper: object = None) -> Expression:
        """The value, but `lower` if it is less and `upper` if it is more; where lower > upper, `upper`.

        A bound that is missing is none; a value that is missing stays so.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").clip(0, rw.col("most")), x=-3, most=None), value_of(rw.col("x").clip(0, 1), x=None)
        (0, None)
        """
        return self.call("clip", lower, upper)

    def cast(self, to: str | pa.DataType, *, strict: bool = True) -> Expression:
        """The value in another type: "bool", "int64", "float64", "string", "date", "timestamp" (without a zone),
        "timestamp[UTC]", "decimal(12, 2)", or such a type of Arrow.

        What does not fit raises `DataError`, with a value that does not; with `strict=False` it is null.

        - Floats become integers only if they are whole: round them first. Decimals lose no digit either. A number is
          False if it is 0, else True.
        - The text of a float is the shortest that gives it back, as Python's `repr`; "inf" and "-inf" have one too. A
          decimal has all its digits, a boolean is "true" or "false", times are as `isoformat` writes them.
        - Text becomes a number, a boolean, a date or a timestamp if it is one as a whole, without white space:
          "2024-01-31", "2024-01-31 12:00:00.5", "2024-01-31T12:00Z". A float of more digits than a decimal has does
          not fit: cast(0.1) is the decimal 0.1, by the float's text.
        - A timestamp has the date of UTC; `.dt.date(tz=...)` tells another.

        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").cast("string"), x=1e16), value_of(rw.col("x").cast("int64"), x="007")
        ('1e+16', 7)
        >>> value_of(rw.col("x").cast("int64", strict=False), x=2.5) is None
        True
        >>> value_of(rw.col("x").cast("int64"), x=2.5)
        Traceback (most recent call last):
        ropeway.transforms.errors.DataError: col("x").cast("int64"): 1 of 1 values of type double do not fit into ...
        """
        return self.call("cast", to=type_name(to), strict=strict)
