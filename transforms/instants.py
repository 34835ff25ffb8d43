"""Instants: from any Arrow column of times to int64 microseconds UTC."""

from typing import Literal, cast, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.errors import DataError, SchemaError

Unit = Literal["s", "ms", "us", "ns"]

_PER_UNIT = {"s": 1_000_000, "ms": 1_000, "us": 1}


def checked_unit(unit: str | None) -> Unit | None:
    """`unit` itself if it is one, or None; else an error."""
    if unit is not None and unit not in get_args(Unit):
        raise SchemaError(f"timestamp_unit={unit!r}: expected one of {', '.join(map(repr, get_args(Unit)))}.")
    return cast("Unit | None", unit)


def check_type(kind: pa.DataType, unit: Unit | None, what: str) -> None:
    """Raise `SchemaError` unless a column of type `kind` holds instants; integers do if a unit is given."""
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return
    if pa.types.is_integer(kind):
        if unit is None:
            raise SchemaError(
                f'{what} is of type {kind}: integers are times only with timestamp_unit="s", "ms", "us" or "ns".'
            )
        return
    raise SchemaError(f"{what} is of type {kind}: expected a timestamp, a date, or an integer with a timestamp_unit.")


def micros(column: pa.ChunkedArray, unit: Unit | None, what: str) -> npt.NDArray[np.int64]:
    """int64 microseconds since 1970 UTC; naive times are read as UTC, dates as their midnight.

    `what` names the column in errors. Raises `DataError` for nulls, for nanoseconds that are not whole microseconds
    and for times outside of int64.
    """
    if column.null_count:
        at = int(pc.index(pc.is_null(column), True).as_py())
        raise DataError(
            f"{what} is null in {column.null_count:,} of {len(column):,} rows, first in row {at}: every row needs a "
            f"time. Drop such rows, with where=rw.col(...).is_not_null(), or fill them."
        )
    kind = column.type
    try:
        if pa.types.is_date(kind):
            column = column.cast(pa.timestamp("s")) if pa.types.is_date32(kind) else column.cast(pa.timestamp("ms"))
            kind = column.type
        if pa.types.is_timestamp(kind):
            unit = cast("Unit", kind.unit)
        whole = column.cast(pa.int64())
        if unit == "ns":
            numbers = _flat(whole)
            wrong = numbers % 1000 != 0
            if wrong.any():
                raise DataError(
                    f"{what} has nanoseconds that are not whole microseconds in {int(wrong.sum()):,} of "
                    f"{len(numbers):,} rows, such as {numbers[wrong][0]} ns: time is exact to the microsecond here. "
                    f"Round them yourself, so that you decide which way."
                )
            return numbers // 1000
        factor = _PER_UNIT[cast("str", unit)]
        return _flat(whole if factor == 1 else pc.multiply_checked(whole, factor))
    except pa.ArrowInvalid as error:
        raise DataError(f"{what} holds times outside of what int64 microseconds can say: {error}") from error


def _flat(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    array = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if isinstance(array, pa.ChunkedArray):  # a column without chunks
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], column.type)
    return cast("npt.NDArray[np.int64]", array.to_numpy(zero_copy_only=False))
