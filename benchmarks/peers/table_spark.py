"""ropeway on Spark, from Parquet files to a Parquet table."""

from typing import TYPE_CHECKING

import ropeway as rw
from benchmarks import definition
from benchmarks.engines import with_spark as engine
from benchmarks.tables import Data

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["answer", "engine"]


def answer(session: "SparkSession", data: Data) -> rw.BackfillResult:
    to = f"parquet:{data.folder}/answers_spark"
    written: rw.BackfillResult = definition.backfill(data, spark=session, to=to, mode="overwrite")
    return written
