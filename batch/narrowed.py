"""Rows that a condition leaves out, left out where Spark scans them: files may then be read in part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ropeway.connectors.spark_expressions import spark_filter
from ropeway.connectors.spark_types import arrow_schema

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from ropeway.transforms.expressions import Expression


def narrowed(frame: DataFrame, where: Expression | None) -> DataFrame:
    """The rows of `frame` for which `where` can be true; all of them where Spark would not say exactly the same.

    So no row is lost that counts, and no error: what has a column of Spark never raises. Whoever takes the rows
    evaluates the condition, as if nothing had been done here.
    """
    if where is None:
        return frame
    from pyspark.sql.types import StructType

    read = [field for field in frame.schema.fields if field.name in where.columns()]
    if any("collate" in field.dataType.simpleString() for field in read):  # such texts don't compare by their bytes
        return frame
    condition = spark_filter(where, arrow_schema(StructType(read)))
    return frame if condition is None else frame.where(condition)
