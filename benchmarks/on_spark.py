"""What the runners on Spark share: one kind of session, one end of the work."""

import math
from typing import TYPE_CHECKING

import ropeway as rw
from benchmarks.data import Data, rows_of
from benchmarks.peers import HEAP
from ropeway.batch.spark import ROWS_PER_PARTITION

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def start(threads: int) -> "SparkSession":
    """A session as ropeway gives it to all, with as many tasks at a time as there are threads."""
    return rw.spark_session(f"local[{threads}]", app_name="headline", **{"spark.driver.memory": HEAP})


def finish(frame: "DataFrame") -> None:
    """All rows and columns are computed, and dropped."""
    frame.write.format("noop").mode("overwrite").save()


def partitions(data: Data) -> int:
    """As many as ropeway makes of so many rows."""
    return math.ceil((rows_of(data.events) + rows_of(data.queries)) / ROWS_PER_PARTITION)
