"""The kinds of values that operations tell apart, and conversions between Arrow types that say what did not fit."""

from typing import Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.aggregates.base import widened
from ropeway.transforms.errors import DataError

Values: TypeAlias = pa.ChunkedArray | pa.Array | pa.Scalar
Kind = Literal[
    "null", "bool", "int", "float", "decimal", "string", "binary", "timestamp", "date", "time", "duration",
    "list", "map", "other",
]  # fmt: skip

NUMBERS: frozenset[Kind] = frozenset({"bool", "int", "float", "decimal"})
INSTANTS: frozenset[Kind] = frozenset({"timestamp", "date"})

DURATION = pa.duration("us")
UTC = pa.timestamp("us", "UTC")

#: what int64 holds
SMALLEST, LARGEST = -(2**63), 2**63 - 1
#: digits that int64 needs
INT_DIGITS = 19
#: digits of a decimal128, which every engine has, and of a decimal256, which only Arrow has
DIGITS, WIDE_DIGITS = 38, 76

#: floats hold integers up to here, and powers of ten up to 10**22, without rounding
_EXACT_INT, _EXACT_POWER = 2**53, 22


def kind_of(kind: pa.DataType) -> Kind:
    """What an Arrow type holds, whatever its width or unit."""
    tests: list[tuple[Kind, bool]] = [
        ("null", pa.types.is_null(kind)),
        ("bool", pa.types.is_boolean(kind)),
        ("int", pa.types.is_integer(kind)),
        ("float", pa.types.is_floating(kind)),
        ("decimal", pa.types.is_decimal(kind)),
        ("string", pa.types.is_string(kind)),
        ("binary", pa.types.is_binary(kind)),
        ("timestamp", pa.types.is_timestamp(kind)),
        ("date", pa.types.is_date(kind)),
        ("time", pa.types.is_time(kind)),
        ("duration", pa.types.is_duration(kind)),
        ("list", pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)),
        ("map", pa.types.is_map(kind)),
    ]
    return next((name for name, holds in tests if holds), "other")


def decimal_digits(kind: pa.DataType) -> tuple[int, int]:
    """Digits before and after the point of a decimal, an integer or a boolean."""
    if pa.types.is_decimal(kind):
        return kind.precision - kind.scale, kind.scale
    return INT_DIGITS, 0


def converted(values: Values, kind: pa.DataType) -> Values:
    """`values` as `kind`. Naive times are read as UTC, dates as their midnight, integers as the nearest float.

    Raises `DataError` for values that `kind` does not hold, with their count and an example.
    """
    if values.type == kind:
        return values
    have, want = kind_of(values.type), kind_of(kind)
    if have == "decimal" and want == "float":
        return _floats(values)
    if have == "bool" and want in ("float", "decimal"):
        values = values.cast(pa.int64())
    try:
        return pc.cast(values, kind, safe=want != "float")
    except pa.ArrowInvalid as error:
        misfits = _misfits(values, kind)
        count = 0 if misfits is None or isinstance(misfits, pa.Scalar) else pc.sum(misfits).as_py()
        if not count:
            raise DataError(f"values of type {values.type} do not fit into {kind}: {error}") from error
        example = shown(values[pc.index(misfits, True).as_py()])
        raise DataError(
            f"{count:,} of {size(values):,} values of type {values.type} do not fit into {kind}, such as {example}."
        ) from error


def plain(column: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """A column in the type in which expressions read it: decoded, and widened."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return converted(column, widened(column.type))


def size(values: Values) -> int:
    """How many values there are; 1 for a constant."""
    return 1 if isinstance(values, pa.Scalar) else len(values)


def without_nan(values: Values) -> Values:
    """`values` with null in place of NaN; the same object where there is none."""
    if not pa.types.is_floating(values.type):
        return values
    if isinstance(values, pa.Scalar):
        return pa.scalar(None, values.type) if values.is_valid and np.isnan(values.as_py()) else values
    total = pc.sum(values).as_py()  # a tenth of the cost of a look at each value; inf - inf only costs that look
    if total is None or not np.isnan(total):
        return values
    return pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)


def shown(value: pa.Scalar) -> str:
    """A value in an error; times as their number, since not all of them are times of Python."""
    if kind_of(value.type) in ("timestamp", "duration"):
        return f"{value.value} ({value.type.unit})"
    if kind_of(value.type) in ("string", "binary"):
        return repr(value.as_py())
    return str(value.value if pa.types.is_date32(value.type) else value.as_py())


def _misfits(values: Values, kind: pa.DataType) -> Values | None:
    """True where a value does not fit into `kind`; None where that is not known."""
    if pa.types.is_integer(values.type):
        return pc.greater(values, pa.scalar(LARGEST, values.type))
    if pa.types.is_timestamp(values.type) or pa.types.is_duration(values.type):
        numbers = pc.cast(values, pa.int64())
        if values.type.unit == "ns":
            whole = pc.multiply(pc.divide(numbers, 1000), 1000)
            return pc.not_equal(whole, numbers)
        most = LARGEST // {"s": 1_000_000, "ms": 1_000, "us": 1}[values.type.unit]
        return pc.or_(pc.greater(numbers, most), pc.less(numbers, -most))
    if pa.types.is_date32(values.type) and pa.types.is_timestamp(kind):
        most = LARGEST // 86_400_000_000
        numbers = pc.cast(values, pa.int32())
        return pc.or_(pc.greater(numbers, most), pc.less(numbers, -most))
    return None


def _floats(values: Values) -> Values:
    """The float64 nearest to each decimal; Arrow's own cast is off by one bit for a third of the values."""
    if isinstance(values, pa.Scalar):
        return pa.scalar(float(values.as_py()) if values.is_valid else None, pa.float64())
    if isinstance(values, pa.ChunkedArray):
        return pa.chunked_array([_floats(chunk) for chunk in values.chunks], pa.float64())
    scale = values.type.scale
    if pa.types.is_decimal128(values.type) and 0 <= scale <= _EXACT_POWER and len(values):
        words = np.frombuffer(values.buffers()[1], np.int64, 2 * len(values), values.offset * 16)
        low, high = words[::2], words[1::2]
        small = (high == low >> 63) & (low >= -_EXACT_INT) & (low <= _EXACT_INT)
        valid = values.is_valid().to_numpy(zero_copy_only=False)
        if bool((small | ~valid).all()):
            return pa.array(low / 10.0**scale, mask=~valid)  # two exact numbers, one rounding
    return values.cast(pa.string()).cast(pa.float64())
