"""Arrow types and Spark types, each way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.types as t

from ropeway.connectors.arrow_types import plain
from ropeway.transforms.errors import MissingDependencyError, SchemaError

if TYPE_CHECKING:
    from pyspark.sql.types import DataType, StructType

#: Arrow's type by the name of Spark's class, which both kinds of session share
_ARROW: dict[str, pa.DataType] = {
    "BooleanType": pa.bool_(),
    "ByteType": pa.int8(),
    "ShortType": pa.int16(),
    "IntegerType": pa.int32(),
    "LongType": pa.int64(),
    "FloatType": pa.float32(),
    "DoubleType": pa.float64(),
    "StringType": pa.string(),
    "BinaryType": pa.binary(),
    "DateType": pa.date32(),
    "TimestampType": pa.timestamp("us", "UTC"),  # an instant, whatever zone the session shows it in
    "TimestampNTZType": pa.timestamp("us"),  # the reading of a clock
    "NullType": pa.null(),
}
_SPARK = {kind: name for name, kind in _ARROW.items()}
_TEXTS = ("CharType", "VarcharType")


def arrow_type(kind: DataType) -> pa.DataType:
    """The Arrow type of a Spark type; raises `SchemaError` for intervals, variants and types of users.

    >>> from pyspark.sql.types import ArrayType, TimestampType
    >>> arrow_type(ArrayType(TimestampType()))
    ListType(list<item: timestamp[us, tz=UTC]>)
    """
    name = type(kind).__name__
    if name in _ARROW:
        return _ARROW[name]
    if name in _TEXTS:
        return pa.string()
    from pyspark.sql.types import ArrayType, DecimalType, MapType, StructType

    if isinstance(kind, DecimalType):
        return pa.decimal128(kind.precision, kind.scale)
    if isinstance(kind, ArrayType):
        return pa.list_(arrow_type(kind.elementType))
    if isinstance(kind, MapType):
        return pa.map_(arrow_type(kind.keyType), arrow_type(kind.valueType))
    if isinstance(kind, StructType):
        return pa.struct([(one.name, arrow_type(one.dataType)) for one in kind.fields])
    raise SchemaError(f"Spark's type {kind.simpleString()} has no column in Arrow that ropeway reads")


def arrow_schema(schema: StructType, what: str = "the Spark frame") -> pa.Schema:
    """The Arrow schema of a Spark schema; a `SchemaError` names the column that has no Arrow type.

    >>> from pyspark.sql.types import LongType, StructType, TimestampNTZType
    >>> arrow_schema(StructType().add("id", LongType()).add("at", TimestampNTZType()))
    id: int64
    at: timestamp[us]
    """
    fields = []
    for one in schema.fields:
        try:
            fields.append(pa.field(one.name, arrow_type(one.dataType)))
        except SchemaError as error:
            raise SchemaError(
                f"{what}, column {one.name!r}: {error}. Leave it out or cast it, such as by an address "
                f"sql:SELECT ... or by frame.drop({one.name!r})"
            ) from error
    return pa.schema(fields)


def spark_type(kind: pa.DataType) -> DataType:
    """The Spark type that holds an Arrow type; raises `SchemaError` where there is none.

    >>> print(spark_type(pa.map_(pa.string(), pa.timestamp("us"))).simpleString())
    map<string,timestamp_ntz>
    """
    try:
        from pyspark.sql import types
    except ImportError as error:
        raise MissingDependencyError(
            "tables on Spark need pyspark, which is not installed: pip install 'ropeway[spark]'"
        ) from error

    kind = plain(kind)
    if t.is_timestamp(kind) and kind.unit == "us":
        return types.TimestampNTZType() if kind.tz is None else types.TimestampType()
    if kind in _SPARK:
        made: DataType = getattr(types, _SPARK[kind])()
        return made
    if t.is_decimal128(kind):
        return types.DecimalType(kind.precision, kind.scale)
    if t.is_list(kind):
        return types.ArrayType(spark_type(kind.value_type))
    if t.is_map(kind):
        return types.MapType(spark_type(kind.key_type), spark_type(kind.item_type))
    if t.is_struct(kind):
        return types.StructType([types.StructField(one.name, spark_type(one.type)) for one in kind])
    raise SchemaError(f"Spark has no type for Arrow's {kind}; `arrow_types.storable` says what to cast it to")


def spark_schema(schema: pa.Schema) -> StructType:
    """The Spark schema of an Arrow schema, each column nullable.

    >>> print(spark_schema(pa.schema([("id", pa.int64())])).simpleString())
    struct<id:bigint>
    """
    from pyspark.sql.types import StructField, StructType

    return StructType([StructField(one.name, spark_type(one.type)) for one in schema])
