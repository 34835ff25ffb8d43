"""Delta tables that are written date by date where only Spark can: in stores, and with features of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from ropeway.connectors import delta_log, delta_spark
from ropeway.connectors.address import Address
from ropeway.connectors.commits import Commit, Written
from ropeway.connectors.ranges import Entry, Replacement, Staged
from ropeway.connectors.spark_frames import plainly, quoted, select
from ropeway.connectors.spark_types import spark_schema, spark_type
from ropeway.transforms.errors import TableExistsError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_COMMIT = re.compile(r"(\d{20})\.json")


def begin(
    address: Address, schema: pa.Schema, partition: str, commit: Commit, replaces: bool, spark: SparkSession
) -> None:
    """Make a table without rows."""
    writer = (
        spark.createDataFrame([], spark_schema(schema))
        .write.format("delta")
        .partitionBy(partition)
        .option("userMetadata", commit.text())
        .options(**delta_log.KEEP)
    )
    writer = writer.mode("overwrite").option("overwriteSchema", "true") if replaces else writer.mode("error")
    try:
        writer.save(address.location)
    except Exception as error:
        lost = delta_spark.LOST.search(str(error))
        if lost is None and not (not replaces and delta_spark.exists(address, spark)):
            raise
        raise TableExistsError(f"{address} exists already: another writer made it meanwhile") from error


def part(
    address: Address, columns: Sequence[str], partition: str, values: Sequence[str], spark: SparkSession
) -> DataFrame:
    """These columns of the partitions with these values."""
    from pyspark.sql import functions as f

    frame = delta_spark.opened(address, spark)
    kind = frame.schema[partition].dataType
    return select(
        frame.where(f.col(quoted(partition)).isin([f.lit(one).cast(kind) for one in values])), columns, str(address)
    )


def entries(address: Address, since: int, spark: SparkSession) -> list[Entry]:
    """The commits after version `since` up to the address's, oldest first, read by a job."""
    lines: dict[int, list[str]] = {}
    with plainly(address):
        # the path is literal: without this a bracket or a star in it would be a pattern
        reader = spark.read.option("__globPaths__", "false").option("pathGlobFilter", "*.json")
        read = reader.text(f"{address.location}/_delta_log")
        for row in read.select("value", "_metadata.file_name").collect():
            named = _COMMIT.fullmatch(row.file_name)
            if named and int(named[1]) > since and (address.version is None or int(named[1]) <= address.version):
                lines.setdefault(int(named[1]), []).append(row.value)
    return [delta_log.entry(number, lines[number]) for number in sorted(lines)]


class StagedFrame(Staged):
    """A Spark frame that is computed when it is committed."""

    def __init__(self, address: Address, data: DataFrame, schema: pa.Schema, spark: SparkSession) -> None:
        self._address = address
        self._data = data
        self._schema = schema
        self._spark = spark

    def commit(self, base: int, replaced: Replacement, commit: Commit) -> Written | None:
        """Fails if another replaced one of these partitions, or made the same transaction, since the work began."""
        self._widen()
        application, number = replaced.transaction
        values = ", ".join(f"'{one}'" for one in replaced.values)
        writer = (
            self._data.write.format("delta")
            .mode("overwrite")
            .option("replaceWhere", f"{quoted(replaced.column)} IN ({values})")
            .option("userMetadata", commit.text())
            .option("txnAppId", application)
            .option("txnVersion", str(number))
        )
        try:
            writer.save(self._address.location)
        except Exception as error:
            if delta_spark.LOST.search(str(error)) is None:
                raise
            return None
        # of two that make the same transaction, Delta passes over the second without a word
        for one in entries(self._address, base, self._spark):
            if one.commit == commit and one.transactions.get(application) == number:
                return Written(one.version, one.rows or 0, commit)
        return None

    def _widen(self) -> None:
        """Give the table the columns that it does not have yet, at their places."""
        there = delta_spark.schema(self._address, self._spark)
        table = delta_spark.named(self._address)
        before = None
        for one in self._schema:
            if one.name not in there.names:
                at = "FIRST" if before is None else f"AFTER {quoted(before)}"
                delta_spark.allow(self._address, pa.schema([one]), self._spark)
                kind = spark_type(one.type).simpleString()
                self._spark.sql(f"ALTER TABLE {table} ADD COLUMNS ({quoted(one.name)} {kind} {at})")
            before = one.name

    def close(self) -> None:
        """Nothing stands ready before the commit."""
