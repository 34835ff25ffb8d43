"""What connectors ask of Spark, by the DataFrame API only, so that Spark Connect answers too."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING
from zipimport import zipimporter

import numpy as np
import pyarrow as pa
import pyarrow.types as t

from ropeway.connectors.arrow_types import as_types, storable
from ropeway.connectors.base import check_names, no_such_table
from ropeway.connectors.spark_types import spark_schema
from ropeway.transforms.errors import MissingDependencyError, SchemaError, TableError, TableNotFoundError, UsageError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

    from ropeway.connectors.address import Address

    OfBatches = Callable[[Iterator[pa.RecordBatch]], Iterable[pa.RecordBatch]]

#: Spark's names for a table that is not there
_MISSING = {
    "PATH_NOT_FOUND",
    "UNABLE_TO_INFER_SCHEMA",
    "DELTA_TABLE_NOT_FOUND",
    "DELTA_PATH_DOES_NOT_EXIST",
    "DELTA_TABLE_ONLY_OPERATION",
    "DELTA_MISSING_DELTA_TABLE",
}
#: "[NAME] What went wrong. SQLSTATE: 42" amid the traces of Java; the last is the first cause
_CAUSE = re.compile(r"\[([A-Z][A-Z_.0-9]+)\] ([^\n]+?)(?: SQLSTATE[^\n]*)?(?=\n|$)")
#: Spark holds a frame as rows inside its plan up to 48 MB, by default, and sends them anew with each action: a million
#: rows of three longs took 3 s a count, and 0.2 s as Arrow batches of this size
_BATCH = 100_000
_SLOTS = 64
_SMALL = 1_000_000
_AS_BATCHES = {
    "spark.sql.execution.arrow.localRelationThreshold": "0",
    "spark.sql.execution.arrow.maxRecordsPerBatch": str(_BATCH),
}


def select(frame: DataFrame, columns: Sequence[str], what: str) -> DataFrame:
    """These columns of `frame` in this order, by their exact names, dots and all."""
    check_names(frame.columns, columns, what)
    return frame.select(*(quoted(name) for name in columns))


def quoted(name: str) -> str:
    """A column's or a path's name as Spark reads it literally.

    >>> quoted("a.b`c")
    '`a.b``c`'
    """
    return "`" + name.replace("`", "``") + "`"


def numbered(frame: DataFrame) -> DataFrame:
    """The same columns under names without dots, which `mapInArrow` would take apart."""
    return frame.toDF(*(f"c{at}" for at in range(len(frame.columns))))


def slots(spark: SparkSession) -> int:
    """How many tasks a session runs at a time; a guess where it does not say, as by Spark Connect."""
    from pyspark.errors import PySparkException

    try:
        return max(1, int(spark.sparkContext.defaultParallelism))
    except (PySparkException, AttributeError):
        return _SLOTS


def mapped(frame: DataFrame, function: OfBatches, schema: StructType | str) -> DataFrame:
    """What `function` makes of the batches of each task."""
    return frame.mapInArrow(partial(_in_task, function), schema)


def _in_task(function: OfBatches, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Runs in a task.

    Before each task Spark has Python look anew for modules, for which Python 3.11 reads all of pyspark.zip, once for
    each of the 15 packages that it holds: 0.1 s of CPU per task. Finders that are forgotten here are made again
    from what was read, if anything is imported.
    """
    for path, finder in list(sys.path_importer_cache.items()):
        if isinstance(finder, zipimporter):
            sys.path_importer_cache.pop(path, None)
    yield from function(batches)


def to_spark(table: pa.Table, spark: SparkSession) -> DataFrame:
    """An Arrow table as a Spark frame: instants stay instants, times without a zone stay so, whatever the session's.

    Types without a place in Spark widen as `arrow_types.storable` says; times in nanoseconds must be whole
    microseconds, else `DataError`.
    """
    schema = storable(table.schema, "the frame", nulls=True)
    table = as_types(table, schema, "the frame")
    columns = [_compact(column) if t.is_nested(column.type) else column for column in table.columns]
    table = pa.Table.from_arrays(columns, schema=schema)
    with _settings(spark, _AS_BATCHES if table.nbytes > _SMALL else {}):
        return spark.createDataFrame(table, spark_schema(schema))


def _compact(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The same values without an offset: Spark takes lists apart by their buffers and fails on slices with nulls."""
    return pa.chunked_array([chunk.take(pa.array(np.arange(len(chunk)))) for chunk in column.chunks], column.type)


@contextmanager
def _settings(spark: SparkSession, values: Mapping[str, str]) -> Iterator[None]:
    before = {name: spark.conf.get(name) for name in values}
    try:
        for name, value in values.items():
            spark.conf.set(name, value)
        yield
    finally:
        for name, old in before.items():
            if old is not None:
                spark.conf.set(name, old)


@contextmanager
def plainly(address: Address) -> Iterator[None]:
    """Turn what Spark says of a table into the error of ropeway that says it."""
    from pyspark.errors import ParseException, PySparkException

    # A task that fails while Spark looks at files comes as an error of py4j, which Spark Connect does without.
    py4j = sys.modules.get("py4j.protocol")
    failures = (PySparkException,) if py4j is None else (PySparkException, py4j.Py4JJavaError)
    try:
        yield
    except failures as error:
        causes = [("", "")] if isinstance(error, ParseException) else _CAUSE.findall(str(error))
        name, why = causes[-1] if causes else ("", "")
        why = why or _first_lines(error)
        if isinstance(error, ParseException):
            raise UsageError(f"{address} is no query that Spark can read: {why}") from error
        if name in _MISSING:
            raise no_such_table(address) from error
        if name in ("DELTA_VERSION_NOT_FOUND", "TABLE_OR_VIEW_NOT_FOUND"):
            raise TableNotFoundError(f"{address}: {why}") from error
        if name == "DATA_SOURCE_NOT_FOUND":
            raise MissingDependencyError(
                f"{address}: this Spark session can't read {address.scheme} tables. Start one by rw.spark_session(), "
                f"or give yours the packages and settings of spark-defaults.conf"
            ) from error
        if name.startswith("UNRESOLVED_COLUMN"):
            raise SchemaError(f"{address}: {why}") from error
        raise TableError(f"{address}: Spark can't read it: {why}") from error


def _first_lines(error: Exception) -> str:
    return " ".join(str(error).split("\n\nJVM stacktrace")[0].split("\n\n== SQL")[0].split("SQLSTATE")[0].split())
