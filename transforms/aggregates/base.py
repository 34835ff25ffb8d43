"""What an aggregate is: its name, the types it takes and gives, and the kernel family that computes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import pyarrow as pa

from ropeway.transforms.errors import DeclarationError, SchemaError
from ropeway.transforms.windows import is_positive

Family = Literal[
    "count", "moment", "extreme", "pick", "age", "nth", "tally", "sketch", "quantile", "power", "streak", "vector"
]


@dataclass(frozen=True)
class Aggregate:
    """An aggregate without its input or windows; the fields of a subclass are its parameters.

    A family is the kernel that serves the aggregate: `count` (rows), `moment` (sums and sums of squares), `extreme`
    (the least or greatest value), `pick` (the oldest or newest row), `age` (when that was), `nth` (several rows),
    `tally` (how often each value is there), `sketch` (about how many values), `quantile`, `power` (sums of powers and
    products), `streak`, `vector` (number by number of a list). One run of a kernel serves all aggregates of its family
    that share an input and a filter, over all their windows.
    """

    #: as it stands in output names, such as `mean`
    name: ClassVar[str]
    family: ClassVar[Family]
    #: whether an empty window has an answer (0) and not null
    counts: ClassVar[bool] = False
    #: whether ties on the timestamp matter, so that `tiebreak` columns are read
    ordered: ClassVar[bool] = False
    #: how many inputs there are, at least and at most
    inputs: ClassVar[tuple[int, int]] = (1, 1)
    #: whether there is one number, text or time as an answer, so that `.by` can make a map of them
    scalar: ClassVar[bool] = True
    #: whether what a key's rows say to all history can be told in a few rows, however many there are
    brief: ClassVar[bool] = True
    #: parameters with which it is documented and tested
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = ({},)

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        """The type of the answer for an input of type `taken`; raises `SchemaError` where there is none.

        Of two inputs both must be of a type that is taken.
        """
        raise NotImplementedError("a subclass says its output type")

    def refuse(self, taken: pa.DataType, wanted: str) -> SchemaError:
        """The error for an input of a type that makes no sense here."""
        return SchemaError(f"{self.name}() of a column of type {taken}: expected {wanted}.")


def is_number(kind: pa.DataType) -> bool:
    """Whether values can be summed: integers, floats, decimals, booleans (as 0 and 1)."""
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_decimal128(widened(kind))
    )


def widened(kind: pa.DataType) -> pa.DataType:
    """The type of values as answers carry them: small ints as int64, float32 as float64, strings in one spelling."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_integer(kind):
        return pa.int64()
    if pa.types.is_floating(kind):
        return pa.float64()
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind) or pa.types.is_fixed_size_binary(kind):
        return pa.binary()
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", tz="UTC" if kind.tz is not None else None)
    if pa.types.is_date(kind):
        return pa.date32()
    if pa.types.is_decimal32(kind) or pa.types.is_decimal64(kind):
        return pa.decimal128(kind.precision, kind.scale)
    return kind


def is_ordered(kind: pa.DataType) -> bool:
    """Whether values have an order that every engine agrees on."""
    kind = widened(kind)
    return bool(
        is_number(kind)
        or pa.types.is_string(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_timestamp(kind)
        or pa.types.is_date(kind)
        or pa.types.is_duration(kind)
        or pa.types.is_time(kind)
    )


def checked_number(given: object, what: str) -> None:
    """Raise `DeclarationError` unless something is 1 or more."""
    if not is_positive(given):
        raise DeclarationError(f"{what}={given!r}: expected a whole number of 1 or more.")
