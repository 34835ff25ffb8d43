"""Queries as tables: `sql:SELECT ...`, which Spark runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import pyarrow as pa

from ropeway.connectors.base import Capabilities, Connector
from ropeway.connectors.spark_frames import plainly, select
from ropeway.connectors.spark_types import arrow_schema
from ropeway.transforms.errors import TableNotFoundError, UsageError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from ropeway.connectors.address import Address

#: how a query begins, after comments; spark.sql would carry out anything else at once
_QUERY = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/|\()*(?:SELECT|WITH|VALUES|TABLE|FROM)\b", re.IGNORECASE | re.DOTALL)


class SqlConnector(Connector):
    """`sql:SELECT ...`: the text as it is, read-only, on Spark.

    >>> from ropeway.connectors.table import open_table
    >>> open_table("sql:SELECT 1 AS one").schema()
    Traceback (most recent call last):
    ropeway.transforms.errors.CapabilityError: sql:SELECT 1 AS one: sql: tables are read by Spark only: pass spark= ...
    """

    scheme: ClassVar[str] = "sql"
    capabilities: ClassVar[Capabilities] = Capabilities(engines=frozenset({"spark"}))

    def _exists(self, address: Address, spark: SparkSession | None) -> bool:
        try:
            self._open(address, spark)
        except TableNotFoundError:
            return False
        return True

    def _schema(self, address: Address, spark: SparkSession | None) -> pa.Schema:
        return arrow_schema(self._open(address, spark).schema, str(address))

    def _scan(self, address: Address, columns: Sequence[str], spark: SparkSession | None) -> DataFrame:
        return select(self._open(address, spark), columns, str(address))

    def _open(self, address: Address, spark: SparkSession | None) -> DataFrame:
        assert spark is not None  # the engines it has say so
        if _QUERY.match(address.path) is None:
            raise UsageError(f"{address}: expected a query, which begins with SELECT or WITH")
        with plainly(address):
            frame = spark.sql(address.path)
            frame.schema  # noqa: B018 - Spark Connect looks at the query no earlier
            return frame
