"""ropeway on Spark: the same 20 stages in one pass of Python, as those are that Spark's own columns can't compute."""

from typing import TYPE_CHECKING

from benchmarks.engines import with_spark as engine
from benchmarks.tables import Data
from benchmarks.transforming import ropeway_spark
from ropeway.connectors import spark_programs

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["answer", "engine"]


def answer(session: "SparkSession", folder: Data) -> "DataFrame":
    spark_programs.MOST = 0
    return ropeway_spark.answer(session, folder)
