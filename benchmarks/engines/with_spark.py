"""Spark: one kind of session for all, and answers that go to its `noop` format, which drops them."""

from typing import TYPE_CHECKING

import pyarrow as pa

import ropeway as rw
from benchmarks.engines import HEAP

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def start(threads: int) -> "SparkSession":
    """A session as ropeway gives it to all, with as many tasks at a time as there are threads."""
    return rw.spark_session(f"local[{threads}]", app_name="benchmark", **{"spark.driver.memory": HEAP})


def finish(answer: "DataFrame | rw.BackfillResult") -> None:
    """All rows and columns are computed, and dropped, unless they were written."""
    if not isinstance(answer, rw.BackfillResult):
        answer.write.format("noop").mode("overwrite").save()


def table(answer: "DataFrame") -> pa.Table:
    return answer.toArrow()
