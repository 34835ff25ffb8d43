"""Types of Arrow and of Spark, each way."""

import pyarrow as pa
import pytest
from pyspark.sql import types as s

from ropeway.connectors.spark_types import arrow_schema, arrow_type, spark_schema, spark_type
from ropeway.transforms.errors import SchemaError
from tests.connectors.samples import EVERY_TYPE


@pytest.mark.parametrize("name", EVERY_TYPE.column_names)
def test_each_way(name: str) -> None:
    kind = EVERY_TYPE.schema.field(name).type
    assert arrow_type(spark_type(kind)) == kind


def test_the_whole_schema() -> None:
    assert arrow_schema(spark_schema(EVERY_TYPE.schema)) == EVERY_TYPE.schema
    assert spark_schema(pa.schema([])) == s.StructType()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (s.CharType(3), pa.string()),
        (s.VarcharType(3), pa.string()),
        (s.StringType("UNICODE_CI"), pa.string()),
        (s.NullType(), pa.null()),
        (s.DecimalType(5, 5), pa.decimal128(5, 5)),
        (s.ArrayType(s.ShortType(), False), pa.list_(pa.int16())),
        (
            s.MapType(s.DateType(), s.ArrayType(s.TimestampType())),
            pa.map_(pa.date32(), pa.list_(pa.timestamp("us", "UTC"))),
        ),
    ],
)
def test_from_spark(kind: s.DataType, expected: pa.DataType) -> None:
    assert arrow_type(kind) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (pa.null(), s.NullType()),
        (pa.large_string(), s.StringType()),
        (pa.dictionary(pa.int8(), pa.int32()), s.IntegerType()),
        (pa.timestamp("us", "Asia/Tokyo"), s.TimestampType()),
        (pa.list_(pa.int8(), 2), s.ArrayType(s.ByteType())),
    ],
)
def test_to_spark(kind: pa.DataType, expected: s.DataType) -> None:
    assert spark_type(kind) == expected


@pytest.mark.parametrize(
    "kind", [pa.timestamp("ns"), pa.uint8(), pa.duration("us"), pa.list_(pa.uint64()), pa.time64("us")]
)
def test_arrow_types_that_spark_lacks(kind: pa.DataType) -> None:
    with pytest.raises(SchemaError, match="Spark has no type for Arrow's"):
        spark_type(kind)


@pytest.mark.parametrize("kind", [s.DayTimeIntervalType(), s.VariantType(), s.ArrayType(s.YearMonthIntervalType())])
def test_spark_types_that_arrow_lacks(kind: s.DataType) -> None:
    with pytest.raises(
        SchemaError, match=r"the rows, column 'odd': Spark's type .* has no column in Arrow .*drop\('odd'\)"
    ):
        arrow_schema(s.StructType().add("id", s.LongType()).add("odd", kind), "the rows")
