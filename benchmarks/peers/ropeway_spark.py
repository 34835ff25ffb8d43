"""ropeway on Spark."""

from typing import TYPE_CHECKING

import pyarrow as pa

import ropeway as rw
from benchmarks import definition
from benchmarks.data import Data
from benchmarks.on_spark import finish, start

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["run", "start", "table"]


def run(session: "SparkSession", data: Data) -> None:
    finish(_frame(session, data))


def table(session: "SparkSession", data: Data) -> pa.Table:
    return definition.plainly_named(_frame(session, data).toArrow())


def _frame(session: "SparkSession", data: Data) -> "DataFrame":
    rows, view = definition.rows(data), definition.view(data)
    frame: DataFrame = rw.backfill(rows, view, timestamp="time", spark=session, progress=False)
    return frame
