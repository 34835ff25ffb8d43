"""ropeway on Spark."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchmarks.engines import with_spark as engine
from benchmarks.tables import Data
from benchmarks.width import definition
from benchmarks.width.features import PARTS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["PARTS", "answer", "engine"]


def answer(session: "SparkSession", data: Data, parts: Sequence[str] = PARTS) -> "DataFrame":
    frame: DataFrame = definition.backfill(data, parts, spark=session)
    return frame
