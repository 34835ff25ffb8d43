"""ropeway on Spark: 20 stages in one pass."""

from typing import TYPE_CHECKING

from benchmarks.engines import with_spark as engine
from benchmarks.tables import Data
from benchmarks.transforming import data
from benchmarks.transforming.stages import ROWS, twenty
from ropeway import transforms as T

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["answer", "engine"]


def answer(session: "SparkSession", folder: Data) -> "DataFrame":
    frame = session.read.parquet(str(folder.folder))
    pipeline = twenty()["id"] >> T.Passthrough()
    fitted = pipeline.fit(data.frame("holes", ROWS, 10).assign(id=0.0))
    made: DataFrame = fitted.transform(frame)
    return made
