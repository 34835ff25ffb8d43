"""ropeway on Spark."""

from typing import TYPE_CHECKING

from benchmarks.engines import with_spark as engine
from benchmarks.lines import asked, definition
from benchmarks.tables import Data

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["answer", "engine"]


def answer(session: "SparkSession", data: Data) -> "DataFrame":
    found: DataFrame = definition.backfill(data, asked(), spark=session)
    return found
