"""ropeway on Spark."""

from typing import TYPE_CHECKING

from benchmarks import definition
from benchmarks.engines import with_spark as engine
from benchmarks.tables import Data

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["answer", "engine"]


def answer(session: "SparkSession", data: Data) -> "DataFrame":
    frame: DataFrame = definition.backfill(data, spark=session)
    return frame
