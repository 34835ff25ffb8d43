"""The schema of any table, for the layer of declarations, which knows no table by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ropeway.connectors.table import open_table
from ropeway.features.schemas import register_schema_reader

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def read_schema(table: Any, spark: SparkSession | None = None) -> pa.Schema:
    """The columns of an address or a frame, from metadata where there is some.

    >>> import pyarrow as pa
    >>> read_schema(pa.table({"dest": pa.array(["JFK"]).dictionary_encode()}))
    dest: string
    """
    return open_table(table, spark=spark).schema()


register_schema_reader(read_schema)
