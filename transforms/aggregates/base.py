"""What an aggregate is: its name, the types it takes and gives, the kernel family that computes it, and its monoid."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import pyarrow as pa

from ropeway.transforms.errors import DeclarationError, SchemaError, UsageError
from ropeway.transforms.windows import is_positive

Family = Literal[
    "count",
    "moment",
    "extreme",
    "pick",
    "age",
    "nth",
    "tally",
    "sketch",
    "quantile",
    "power",
    "streak",
    "session",
    "vector",
]

#: what is kept of rows: plain data (numbers, texts, times, bytes, None, and tuples and dicts of them), never changed
State = Any

#: the value of a row where an aggregate has no column: each row takes part
ANY = True


@dataclass(frozen=True, slots=True)
class Row:
    """One row as an aggregate sees it, in Python values as Arrow's `to_pylist` gives them.

    `value` is that of the input, `other` that of the second input if there is one; None and NaN are missing. Where
    there is no column, the value is `ANY`. `at` is the row's time in microseconds, `ties` what orders rows of one
    time: things that compare with those of other rows.
    """

    value: Any
    other: Any = None
    at: int = 0
    ties: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Aggregate:
    """An aggregate without its input or windows; the fields of a subclass are its parameters.

    A family is the kernel that serves the aggregate: `count` (rows), `moment` (sums and sums of squares), `extreme`
    (the least or greatest value), `pick` (the oldest or newest row), `age` (when that was), `nth` (several rows),
    `tally` (how often each value is there), `sketch` (about how many values), `quantile`, `power` (sums of powers and
    products), `streak`, `session`, `vector` (number by number of a list). One run of a kernel serves all aggregates of
    its family that share an input and a filter, over all their windows.

    The same answers come row by row, from states: `start` is the state of no rows, `of` that of one row, and `merge`
    makes the state of all rows of two. That is a commutative monoid: neither the order of rows nor the way in which
    they are grouped changes a bit of an answer. `update` takes a row in, `revert` takes it out again, and `finish`
    says what the rows add up to.
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
    #: whether a row can be taken out of a state again, exactly
    reverts: ClassVar[bool] = False
    #: whether rows may become known later than they happen
    takes_late: ClassVar[bool] = True
    #: parameters with which it is documented and tested
    examples: ClassVar[tuple[Mapping[str, Any], ...]] = ({},)

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        """The type of the answer for an input of type `taken`; raises `SchemaError` where there is none.

        Of two inputs both must be of a type that is taken.
        """
        raise NotImplementedError("a subclass says its output type")

    def start(self) -> State:
        """The state of no rows."""
        raise NotImplementedError("a subclass says what it keeps of no rows")

    def of(self, row: Row) -> State:
        """The state of one row that takes part."""
        raise NotImplementedError("a subclass says what it keeps of a row")

    def merge(self, one: State, other: State) -> State:
        """The state of the rows of two states, which share none."""
        raise NotImplementedError("a subclass says how states go together")

    def negative(self, state: State) -> State:
        """What takes the rows of a state out of another that has them, if merged with it."""
        raise UsageError(f"{self.name}() can't take a row out again: merge states of the rows that stay.")

    def finish(self, state: State, t: int = 0) -> Any:
        """The answer for the rows of a state at the time `t`, as `to_pylist` gives it; None where there is none."""
        raise NotImplementedError("a subclass says what rows add up to")

    def takes(self, row: Row) -> bool:
        """Whether a row takes part: all its inputs have a value."""
        return not missing(row.value) and (self.inputs[0] < 2 or not missing(row.other))

    def update(self, state: State, row: Row) -> State:
        """The state of one row more."""
        return self.merge(state, self.of(row)) if self.takes(row) else state

    def revert(self, state: State, row: Row) -> State:
        """The state without one of its rows; raises `UsageError` where `reverts` is False."""
        gone = self.negative(self.of(row)) if self.takes(row) else self.negative(self.start())
        return self.merge(state, gone)

    def refuse(self, taken: pa.DataType, wanted: str) -> SchemaError:
        """The error for an input of a type that makes no sense here."""
        return SchemaError(f"{self.name}() of a column of type {taken}: expected {wanted}.")


def missing(value: Any) -> bool:
    """Whether there is no value: null and NaN are missing."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def ordered(value: Any) -> tuple[Any, ...]:
    """What sorts values: missing ones first, -0.0 before 0.0, texts by code points as their bytes in UTF-8 are.

    >>> sorted([0.0, -0.0, None, -1.0], key=ordered)
    [None, -1.0, -0.0, 0.0]
    """
    if missing(value):
        return (0,)
    return (1, value, math.copysign(1.0, value)) if isinstance(value, float) else (1, value)


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
        raise DeclarationError(f"{what}={given!r}: expected a whole number of 1 or more, below 2^31.")
