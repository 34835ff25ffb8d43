"""Spark SQL: range frames over the union of events and queries, which share one shuffle and one sort.

Times are compared as integers. The mean is the sum over the count, which spares a fifth.
"""

from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as f

from benchmarks.data import FEATURES, MICROSECONDS, WINDOWS
from benchmarks.engines import with_spark as engine
from benchmarks.tables import Data

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["answer", "engine"]


def answer(session: "SparkSession", data: Data) -> "DataFrame":
    by_key = Window.partitionBy("key").orderBy("at")
    aggregates = [
        getattr(f, function)("value").over(by_key.rangeBetween(-MICROSECONDS[name], -1)).alias(f"{function}_{name}")
        for name in WINDOWS
        for function in ("count", "sum", "min", "max")
    ]
    means = {f"mean_{name}": f.try_divide(f"sum_{name}", f"count_{name}") for name in WINDOWS}
    asked = _union(session, data).select("id", *aggregates).where(f.col("id").isNotNull())
    return asked.withColumns(means).select("id", *FEATURES)


def _union(session: "SparkSession", data: Data) -> "DataFrame":
    """Events and queries, which alone have an id, under each other: id, key, at in microseconds, value."""
    at = f.unix_micros("time").alias("at")
    events = session.read.parquet(str(data.events)).select(f.lit(None).cast("bigint").alias("id"), "key", at, "value")
    queries = session.read.parquet(str(data.queries)).select("id", "key", at, f.lit(None).cast("double").alias("value"))
    return events.unionAll(queries)
