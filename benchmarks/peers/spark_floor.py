"""What the headline work costs on Spark before anything is computed, if Spark itself reads and shuffles the rows.

The same files, the union of their rows shuffled by key, the same rows and columns to Python and back through Arrow;
but batches are passed on as they come, and the answers are zeros: no sort, no sweep.
"""

import math
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyspark.sql import functions as f

from benchmarks.data import FEATURES
from benchmarks.engines import with_spark as engine
from benchmarks.engines.with_spark import finish
from benchmarks.tables import Data, rows_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["answer", "engine", "stages"]

_ROWS_PER_PARTITION = 1_500_000  # of three columns: a task stays well below half a GiB
_SCHEMA = "id bigint, key bigint, time timestamp" + "".join(
    f", {name} {'bigint' if name.startswith('count') else 'double'}" for name in FEATURES
)


def answer(session: "SparkSession", data: Data) -> "DataFrame":
    return _shuffled(session, data).mapInArrow(_zeros, _SCHEMA)


def stages(session: "SparkSession", data: Data) -> dict[str, float]:
    """Each part with all before it, the better of two runs, less the time of those before."""
    until = {
        "scan": _seconds(lambda: finish(_union(session, data))),
        "shuffle": _seconds(lambda: finish(_shuffled(session, data))),
        "hand over to Python and back": _seconds(lambda: finish(answer(session, data))),
    }
    before = [0.0, *until.values()]
    return {name: seconds - before[number] for number, (name, seconds) in enumerate(until.items())}


def _seconds(part: Callable[[], None]) -> float:
    taken = []
    for _ in range(2):
        begun = time.perf_counter()
        part()
        taken.append(time.perf_counter() - begun)
    return min(taken)


def _union(session: "SparkSession", data: Data) -> "DataFrame":
    no_id, no_value = f.lit(None).cast("bigint").alias("id"), f.lit(None).cast("double").alias("value")
    events = session.read.parquet(str(data.events)).select(no_id, "key", "time", "value")
    return events.unionAll(session.read.parquet(str(data.queries)).select("id", "key", "time", no_value))


def _shuffled(session: "SparkSession", data: Data) -> "DataFrame":
    partitions = math.ceil((rows_of(data.events) + rows_of(data.queries)) / _ROWS_PER_PARTITION)
    return _union(session, data).repartition(partitions, "key")


def _zeros(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        asked = batch.filter(batch.column("id").is_valid()).select(["id", "key", "time"])
        counts, values = np.zeros(len(asked), np.int64), np.zeros(len(asked), np.float64)
        answers = [counts if name.startswith("count") else values for name in FEATURES]
        columns = [*asked.columns, *(pa.array(answer) for answer in answers)]
        yield pa.RecordBatch.from_arrays(columns, names=[*asked.schema.names, *FEATURES])
