"""Delta tables through a Spark session: frames and SQL only, so that Spark Connect answers too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from ropeway.connectors import delta_log
from ropeway.connectors.address import Address
from ropeway.connectors.arrow_types import difference, has_ntz, storable
from ropeway.connectors.base import Commit, Mode, Written
from ropeway.connectors.spark_frames import plainly, quoted, select
from ropeway.connectors.spark_types import arrow_schema
from ropeway.transforms.errors import TableError, TableExistsError, TableNotFoundError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_NTZ = "timestampNtz"
#: Delta's names for having lost to another writer
LOST = re.compile(r"DELTA_(PATH_EXISTS|PROTOCOL_CHANGED|METADATA_CHANGED|CONCURRENT_[A-Z_]+)")


def exists(address: Address, spark: SparkSession) -> bool:
    """Whether the table, and its version if the address names one, is there."""
    try:
        opened(address, spark)
    except TableNotFoundError:
        return False
    return True


def schema(address: Address, spark: SparkSession) -> pa.Schema:
    """The table's columns in plain Arrow types."""
    return arrow_schema(opened(address, spark).schema, str(address))


def version(address: Address, spark: SparkSession) -> int:
    """The newest version."""
    with plainly(address):
        return int(_history(address, spark, 1).collect()[0]["version"])


def versions(address: Address, spark: SparkSession) -> list[int]:
    """The versions in the log."""
    with plainly(address):
        return sorted(int(one["version"]) for one in _history(address, spark).collect())


def rows(address: Address, spark: SparkSession) -> int:
    """From the statistics of the log, or from the footers of the files: Delta answers a count without a column so."""
    return opened(address, spark).count()


def scan(address: Address, columns: Sequence[str], spark: SparkSession) -> DataFrame:
    """These columns, lazily."""
    return select(opened(address, spark), columns, str(address))


def write(address: Address, data: DataFrame, mode: Mode, commit: Commit, spark: SparkSession) -> Written:
    """One commit with all of `data`."""
    writer = (
        data.write.format("delta")
        .mode(mode)
        .option("userMetadata", commit.text())
        .option("txnAppId", delta_log.application(commit.run_id))
        .option("txnVersion", "1")
    )
    there = exists(address, spark)
    if not there:  # a table that is there keeps the properties it has
        writer = writer.options(**delta_log.KEEP)
    if mode == "overwrite" and there:
        stored = storable(arrow_schema(data.schema, str(address)), str(address))
        if difference(schema(address, spark), stored):
            allow(address, stored, spark)
            writer = writer.option("overwriteSchema", "true")
    try:
        writer.save(address.location)
    except Exception as error:
        lost = LOST.search(str(error))
        if lost is None:
            raise
        if (raced := find_run(address, commit.run_id, spark)) is not None:
            return raced
        if lost[1] == "PATH_EXISTS":
            raise TableExistsError(f"{address} exists already: another writer made it meanwhile") from error
        raise delta_log.overtaken(address, lost[0]) from error
    written = find_run(address, commit.run_id, spark)
    if written is None:
        raise delta_log.forgotten(address, commit.run_id)
    return written


def find_run(address: Address, run_id: str, spark: SparkSession) -> Written | None:
    """The commit of this run among the newest of the history."""
    try:
        with plainly(address):
            newest = _history(address, spark, delta_log.HISTORY)
            commits = newest.select("version", "userMetadata", "operationMetrics").collect()
    except TableNotFoundError:
        return None
    return delta_log.found([one.asDict() for one in commits], run_id)


def opened(address: Address, spark: SparkSession) -> DataFrame:
    """The table at the address's version, lazily; raises `TableNotFoundError`."""
    reader = spark.read.format("delta")
    if address.version is not None:
        reader = reader.option("versionAsOf", address.version)
    with plainly(address):
        frame = reader.load(address.location)
        frame.schema  # noqa: B018 - Spark Connect looks at the table no earlier
        return frame


def _history(address: Address, spark: SparkSession, limit: int | None = None) -> DataFrame:
    """The commits, newest first."""
    most = "" if limit is None else f" LIMIT {limit}"
    return spark.sql(f"DESCRIBE HISTORY {named(address)}{most}")


def named(address: Address) -> str:
    """The table's name in SQL."""
    if "${" in address.location:
        raise TableError(f"{address}: Spark's SQL puts a variable in the place of ${{ in a path: rename the folder")
    return f"delta.{quoted(address.location)}"


def allow(address: Address, stored: pa.Schema, spark: SparkSession) -> None:
    """Let the table hold times without a zone, which Delta does not switch on by itself for a table that is there."""
    if not any(has_ntz(one.type) for one in stored):
        return
    table = named(address)
    features = spark.sql(f"DESCRIBE DETAIL {table}").select("tableFeatures").collect()[0][0]
    if _NTZ not in (features or []):
        spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ('delta.feature.{_NTZ}' = 'supported')")
