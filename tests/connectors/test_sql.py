"""Queries as tables."""

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from ropeway.connectors.table import connector_of, open_table
from ropeway.transforms.errors import CapabilityError, SchemaError, TableError, TableNotFoundError, UsageError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.mark.parametrize(
    "text",
    [
        "SELECT id, id * 2 AS twice FROM range(3)",
        "-- comment\n /* SELECT nothing */ ( select id, id * 2 AS twice from range(3))",
        "WITH r AS (SELECT id FROM range(3)) SELECT id, id * 2 AS twice FROM r",
        "FROM range(3) |> SELECT id, id * 2 AS twice",
    ],
)
def test_a_query_is_a_table(spark: "SparkSession", text: str) -> None:
    table = open_table(f"sql:{text}", spark=spark)
    assert table.schema() == pa.schema([("id", pa.int64()), ("twice", pa.int64())])
    assert table.rows() is None
    assert table.version() is None
    assert table.scan(["twice"]).toArrow().sort_by("twice").to_pydict() == {"twice": [0, 2, 4]}
    connector, address = connector_of(f"sql:{text}")
    assert connector.exists(address, spark=spark)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("SELECT * FROM nowhere", TableNotFoundError, "`nowhere` cannot be found"),
        ("SELECT gate FROM range(3)", SchemaError, "`gate` cannot be resolved"),
        ("SELECT (1", UsageError, "is no query that Spark can read"),
        ("SELECT id + 'x' * true FROM range(3)", TableError, "Spark can't read it"),
        ("DROP TABLE flights", UsageError, "expected a query, which begins with SELECT or WITH"),
        ("INSERT INTO flights SELECT 1", UsageError, "expected a query"),
        ("flights", UsageError, "expected a query"),
    ],
)
def test_what_is_no_table(spark: "SparkSession", text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        open_table(f"sql:{text}", spark=spark).schema()
    if error is TableNotFoundError:
        connector, address = connector_of(f"sql:{text}")
        assert not connector.exists(address, spark=spark)


def test_a_query_needs_spark() -> None:
    for call in ("schema", "rows", "scan", "version"):
        with pytest.raises(CapabilityError, match=r"sql: tables are read by Spark only: pass spark="):
            getattr(open_table("sql:SELECT 1"), call)()
