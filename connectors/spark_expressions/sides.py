"""What compilers of operations are given and give: a column of Spark with its type."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ropeway.connectors.spark_frames import quoted
from ropeway.transforms.aggregates.base import widened
from ropeway.transforms.expressions import literals
from ropeway.transforms.expressions.kinds import LARGEST, SMALLEST, kind_of
from ropeway.transforms.expressions.rows import is_missing
from ropeway.transforms.expressions.tree import Literal

if TYPE_CHECKING:
    from pyspark.sql import Column

Ends = tuple[int, int]

ALL: Ends = (SMALLEST, LARGEST)
#: kinds that Spark compares as we do, each with its own
COMPARED = ("bool", "int", "float", "string", "binary", "date", "timestamp")
_SPARK_NAMES = {"bool": "boolean", "int": "bigint", "float": "double", "string": "string", "date": "date"}


@dataclass(frozen=True)
class Side:
    """A column with its type; of integers between which two they lie. A float is never NaN, but null."""

    column: Column
    kind: pa.DataType
    ends: Ends = ALL


@dataclass(frozen=True)
class Asked:
    """An operation by its name, with its options, its operands, and the type of its answer."""

    name: str
    options: Mapping[str, Any]
    sides: Sequence[Side]
    kind: pa.DataType


#: gives the column, or None where Spark is not exactly equal for these types
Way = Callable[[Asked], "Side | None"]


def column_of(name: str, kind: pa.DataType) -> Side | None:
    """A column of a frame; None of a type that Spark does not have."""
    from pyspark.sql import functions as f

    return column_as_read(f.col(quoted(name)), kind)


def column_as_read(column: Column, kind: pa.DataType) -> Side | None:
    """A column of one of Spark's types in the type in which expressions read it."""
    wide = widened(kind)
    name = kind_of(wide)
    if name == "int":
        if pa.types.is_uint64(kind):
            return None
        width = kind.bit_width
        ends = (0, 2**width - 1) if pa.types.is_unsigned_integer(kind) else (-(2 ** (width - 1)), 2 ** (width - 1) - 1)
        return Side(column if pa.types.is_int64(kind) else column.cast("bigint"), wide, ends)
    if name == "float":
        return without_nan(column if pa.types.is_float64(kind) else column.cast("double"))
    if name == "timestamp" and kind.unit != "us":
        return None
    return Side(column, wide, (0, 1) if name == "bool" else ALL)


def constant(node: Literal) -> Side | None:
    """A constant, whatever zone the session shows times in."""
    from pyspark.sql import functions as f

    value, kind = node.value, literals.arrow(node.value).type
    name = kind_of(kind)
    if is_missing(value):
        return Side(f.lit(None), kind)
    if name in ("bool", "string"):
        return Side(f.lit(value), kind, (0, 1) if name == "bool" else ALL)
    if name == "int":
        assert isinstance(value, int)
        return Side(f.lit(value).cast("bigint"), kind, (value, value))
    if name == "float":
        return Side(f.lit(value), kind)
    if name == "date":
        return Side(f.lit(str(value)).cast("date"), kind)
    if name == "timestamp":
        if kind.tz is None:
            return Side(f.lit(str(value)).cast("timestamp_ntz"), kind)
        return Side(f.timestamp_micros(f.lit(literals.arrow(value).value)), kind)
    return None


def without_nan(column: Column) -> Side:
    """A column of doubles, null in place of NaN."""
    from pyspark.sql import functions as f

    return Side(f.nanvl(column, f.lit(None).cast("double")), pa.float64())


def as_kind(side: Side, kind: pa.DataType) -> Column | None:
    """A side in a wider type."""
    have, want = kind_of(side.kind), kind_of(kind)
    if have == "null":
        if want == "timestamp":
            return side.column.cast("timestamp_ntz" if kind.tz is None else "timestamp")
        return side.column.cast(_SPARK_NAMES[want]) if want in _SPARK_NAMES else None
    if side.kind == kind:
        return side.column
    if have in ("bool", "int") and want in ("int", "float"):
        return side.column.cast(_SPARK_NAMES[want])
    return None


def all_as(sides: Sequence[Side], kind: pa.DataType) -> list[Column] | None:
    """All sides in a wider type; None if one can't be."""
    columns = [column for column in (as_kind(side, kind) for side in sides) if column is not None]
    return columns if len(columns) == len(sides) else None


def hull(sides: Sequence[Side]) -> Ends:
    """Between which two integers lie all that one of these can be."""
    return min(side.ends[0] for side in sides), max(side.ends[1] for side in sides)


def fits(ends: Ends) -> bool:
    """Whether int64 holds all between these."""
    return ends[0] >= SMALLEST and ends[1] <= LARGEST
