"""Arrow types as tables know them: without encodings, with instants in UTC microseconds, and how they differ."""

from collections.abc import Callable, Iterable

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as t

from ropeway.transforms.errors import DataError, SchemaError

Change = Callable[[pa.DataType], pa.DataType]

#: the next larger signed type; Spark's Parquet reader chooses the same
_SIGNED = {
    pa.uint8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    pa.uint64(): pa.decimal128(20, 0),
}
#: offsets of a plain string or list are int32
_LARGEST = 2**31 - 1


def plain(kind: pa.DataType) -> pa.DataType:
    """The type of the same values without an encoding: no dictionaries, large, view or fixed-size layouts.

    Inner fields are nullable and bear Arrow's usual names, so that equal types compare equal whoever wrote them.

    >>> print(plain(pa.dictionary(pa.int8(), pa.large_string())), plain(pa.list_(pa.float16(), 3)))
    string list<item: float>
    """
    return _mapped(kind, _decoded)


def tabular(kind: pa.DataType) -> pa.DataType:
    """The type in which a table of an address gives values: plain, signed, zoned times in UTC, microseconds.

    Nanoseconds stay: whether they are whole microseconds is for those to say who use the column as a time.

    >>> print(tabular(pa.timestamp("ms", "Europe/Berlin")), tabular(pa.uint32()), tabular(pa.timestamp("ns")))
    timestamp[us, tz=UTC] int64 timestamp[ns]
    """
    return _mapped(kind, _in_utc)


def storable(schema: pa.Schema, what: str, *, nulls: bool = False) -> pa.Schema:
    """`schema` in the types that Delta, Parquet and Spark share; raises `SchemaError` for columns that have none.

    `nulls` lets columns pass that have no type since they hold nothing: a frame has those, a table doesn't.

    >>> storable(pa.schema([("id", pa.uint8()), ("at", pa.timestamp("ns"))]), "the table")
    id: int16
    at: timestamp[us]
    """
    repeated = sorted({name for name in schema.names if schema.names.count(name) > 1})
    if repeated:
        raise SchemaError(f"{what} has more than one column {repeated[0]!r}: rename all but one")
    fields = [pa.field(one.name, _mapped(one.type, _micros)) for one in schema]
    homeless = [
        f"{one.name!r} ({one.type})"
        for one in fields
        if not (_is_storable(one.type) or (nulls and t.is_null(one.type)))
    ]
    if homeless:
        raise SchemaError(
            f"{what}: no table can hold the type of column {', '.join(homeless)}: cast it to a number, string, date, "
            f"timestamp, list, map or struct, or leave it out"
        )
    return pa.schema(fields)


def has_ntz(kind: pa.DataType) -> bool:
    """Whether there are times without a zone in it, for which Delta has a feature of its own.

    >>> has_ntz(pa.list_(pa.timestamp("us"))), has_ntz(pa.timestamp("us", "UTC"))
    (True, False)
    """
    if t.is_timestamp(kind):
        return kind.tz is None
    return any(has_ntz(kind.field(at).type) for at in range(kind.num_fields))


def same(left: pa.DataType, right: pa.DataType) -> bool:
    """Whether two types are one but for nullability and the names of list items."""
    return bool(plain(left).equals(plain(right)))


def difference(there: pa.Schema, here: pa.Schema) -> str:
    """How two schemas differ, in words; empty if they don't. Order and nullability are no difference.

    >>> difference(pa.schema([("a", pa.int64()), ("b", pa.string())]), pa.schema([("b", pa.int64())]))
    "column 'a' is only there; column 'b' is string there and int64 here"
    """
    parts = [f"column {name!r} is only there" for name in there.names if name not in here.names]
    parts += [f"column {name!r} is only here" for name in here.names if name not in there.names]
    for name in here.names:
        if name in there.names and not same(there.field(name).type, here.field(name).type):
            parts.append(f"column {name!r} is {there.field(name).type} there and {here.field(name).type} here")
    return "; ".join(parts)


def as_types(table: pa.Table, schema: pa.Schema, what: str) -> pa.Table:
    """`table` with the types of `schema`, column by column; raises `DataError` for a value that its type can't hold."""
    columns = [
        cast(column, one.type, f"{what}, column {one.name!r}")
        for column, one in zip(table.columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=schema) if columns else table


def cast(column: pa.ChunkedArray, kind: pa.DataType, what: str) -> pa.ChunkedArray:
    """`column` as `kind`, the same values; raises `DataError` where one does not fit."""
    if column.type.equals(kind):
        return column
    try:
        return pa.chunked_array([part for chunk in column.chunks for part in _cast(chunk, kind)], kind)
    except pa.ArrowInvalid as error:
        hint = ""
        if t.is_timestamp(kind) and "lose data" in str(error):
            hint = f": {kind} holds whole microseconds, so round the times to them first"
        raise DataError(f"{what} does not fit into {kind}: {error}{hint}") from error


def _cast(chunk: pa.Array, kind: pa.DataType) -> Iterable[pa.Array]:
    if t.is_run_end_encoded(chunk.type):
        chunk = pc.run_end_decode(chunk)
    if t.is_list_view(chunk.type) or t.is_large_list_view(chunk.type):
        return [pa.array(chunk.to_pylist(), kind)]  # Arrow's own cast leaves out an offset when there are nulls
    if chunk.nbytes > _LARGEST and len(chunk) > 1 and not t.is_primitive(kind):
        middle = len(chunk) // 2
        return [*_cast(chunk.slice(0, middle), kind), *_cast(chunk.slice(middle), kind)]
    return [chunk.cast(kind)]


def _mapped(kind: pa.DataType, change: Change) -> pa.DataType:
    """`kind` with `change` made to it and, from the outside in, to the types inside it."""
    kind = change(kind)
    if t.is_list(kind):
        return pa.list_(_mapped(kind.value_type, change))
    if t.is_map(kind):
        return pa.map_(_mapped(kind.key_type, change), _mapped(kind.item_type, change))
    if t.is_struct(kind):
        return pa.struct([(one.name, _mapped(one.type, change)) for one in kind])
    return kind


def _decoded(kind: pa.DataType) -> pa.DataType:
    if t.is_dictionary(kind) or t.is_run_end_encoded(kind):
        return _decoded(kind.value_type)
    if t.is_large_string(kind) or t.is_string_view(kind):
        return pa.string()
    if t.is_large_binary(kind) or t.is_binary_view(kind) or t.is_fixed_size_binary(kind):
        return pa.binary()
    if t.is_large_list(kind) or t.is_fixed_size_list(kind) or t.is_list_view(kind) or t.is_large_list_view(kind):
        return pa.list_(kind.value_type)
    if t.is_decimal(kind) and kind.precision <= 38:
        return pa.decimal128(kind.precision, kind.scale)
    return {pa.float16(): pa.float32(), pa.date64(): pa.date32()}.get(kind, kind)


def _in_utc(kind: pa.DataType) -> pa.DataType:
    kind = _decoded(kind)
    if t.is_timestamp(kind):
        return pa.timestamp("ns" if kind.unit == "ns" else "us", None if kind.tz is None else "UTC")
    return _SIGNED.get(kind, kind)


def _micros(kind: pa.DataType) -> pa.DataType:
    kind = _in_utc(kind)
    return pa.timestamp("us", kind.tz) if t.is_timestamp(kind) else kind


def _is_storable(kind: pa.DataType) -> bool:
    if t.is_list(kind):
        return _is_storable(kind.value_type)
    if t.is_map(kind):
        return _is_storable(kind.key_type) and _is_storable(kind.item_type)
    if t.is_struct(kind):
        return kind.num_fields > 0 and all(_is_storable(one.type) for one in kind)
    return bool(
        t.is_integer(kind)
        or t.is_floating(kind)
        or t.is_boolean(kind)
        or t.is_decimal128(kind)
        or t.is_string(kind)
        or t.is_binary(kind)
        or t.is_date32(kind)
        or t.is_timestamp(kind)
    )
