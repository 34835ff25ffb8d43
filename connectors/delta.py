"""Delta tables: versions, transactions, and the same table for Spark and, through deltalake, without a JVM."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, ClassVar

import pyarrow as pa

from ropeway.connectors import delta_local, delta_ranges, delta_spark, delta_spark_ranges
from ropeway.connectors.base import Capabilities, Commit, Connector, Mode, Written, no_such_table
from ropeway.connectors.pieces import Piece
from ropeway.connectors.ranges import Entry, Presence, Staged, unseen
from ropeway.transforms.errors import SchemaError, TableError, TableExistsError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from ropeway.connectors.address import Address

#: Delta keeps these out of names, since Parquet's first readers choked on them
_FORBIDDEN = " ,;{}()\n\t="


class DeltaConnector(Connector):
    """`delta:PATH`, `delta:PATH@version=3`.

    A run leaves its id, the definition hash and all of `Commit.info` as JSON in the commit's userMetadata, and its id
    as one of Delta's application transactions, so that of two attempts at one run only one is ever committed.

    >>> from ropeway.connectors.table import connector_of
    >>> connector, address = connector_of("delta:data/nothing_here")
    >>> connector.exists(address)
    False
    """

    scheme: ClassVar[str] = "delta"
    capabilities: ClassVar[Capabilities] = Capabilities(
        write=True, append=True, overwrite=True, versions=True, transactions=True, ranges=True
    )

    def _exists(self, address: Address, spark: SparkSession | None) -> bool:
        return delta_local.exists(address) if spark is None else delta_spark.exists(address, spark)

    def _schema(self, address: Address, spark: SparkSession | None) -> pa.Schema:
        return delta_local.schema(address) if spark is None else delta_spark.schema(address, spark)

    def _version(self, address: Address, spark: SparkSession | None) -> int:
        if address.version is not None:
            return address.version
        return delta_local.version(address) if spark is None else delta_spark.version(address, spark)

    def _versions(self, address: Address, spark: SparkSession | None) -> list[int]:
        return delta_local.versions(address) if spark is None else delta_spark.versions(address, spark)

    def _rows(self, address: Address, spark: SparkSession | None) -> int | None:
        return delta_local.rows(address) if spark is None else delta_spark.rows(address, spark)

    def _scan(self, address: Address, columns: Sequence[str], spark: SparkSession | None) -> Any:
        if spark is None:
            return delta_local.scan(address, columns)
        return delta_spark.scan(address, columns, spark)

    def _pieces(self, address: Address, columns: Sequence[str]) -> list[Piece] | None:
        return delta_local.pieces(address, columns)

    def _check_columns(self, address: Address, schema: pa.Schema) -> None:
        bad = [name for name in schema.names if not name or any(letter in _FORBIDDEN for letter in name)]
        if bad:
            raise SchemaError(
                f"{address}: Delta has no column names with any of {_FORBIDDEN!r}, here {', '.join(map(repr, bad))}: "
                f"rename by .alias() or .with_name()"
            )
        folded = Counter(name.lower() for name in schema.names)
        alike = [name for name in schema.names if folded[name.lower()] > 1]
        if alike:
            raise SchemaError(f"{address}: Delta holds {' and '.join(map(repr, alike))} for one column: rename one")

    def _check_place(self, address: Address, there: bool) -> None:
        path = address.local
        if there or path is None or not path.exists():
            return
        # With a log and no commit in it, a first write is under way there, or was ended before its commit. One look
        # at the folder answers for both: it may be made this very moment.
        names = [one.name for one in path.iterdir()] if path.is_dir() else [path.name]
        if names and "_delta_log" not in names:
            raise TableExistsError(
                f"{address}: {path} is there already and is no Delta table; choose a path where nothing is"
            )

    def _write(self, address: Address, data: Any, mode: Mode, commit: Commit, spark: SparkSession | None) -> Written:
        if spark is None:
            return delta_local.write(address, data, mode, commit)
        return delta_spark.write(address, data, mode, commit, spark)

    def held_by_write(self, columns: int) -> int:
        return delta_local.HELD + columns * delta_local.HELD_BY_COLUMN

    def _find_run(self, address: Address, run_id: str, spark: SparkSession | None) -> Written | None:
        return delta_local.find_run(address, run_id) if spark is None else delta_spark.find_run(address, run_id, spark)

    # ---- date by date

    def _log(self, address: Address, since: int, spark: SparkSession | None) -> list[Entry]:
        if not self._exists(address, spark):
            raise no_such_table(address)
        if spark is None or address.local is not None:
            return delta_local.entries(address, since)
        return delta_spark_ranges.entries(address, since, spark)

    def _begin(
        self,
        address: Address,
        schema: pa.Schema,
        partition: str,
        commit: Commit,
        replaces: bool,
        spark: SparkSession | None,
    ) -> None:
        if spark is None and address.local is None:
            raise _needs_spark(address)
        if spark is None or delta_local.is_fit(address):
            delta_ranges.begin(address, schema, partition, commit, replaces)
        else:
            delta_spark_ranges.begin(address, schema, partition, commit, replaces, spark)

    def _part(
        self,
        address: Address,
        columns: Sequence[str],
        partition: str,
        values: Sequence[str],
        spark: SparkSession | None,
    ) -> Any:
        if spark is None:
            return delta_local.part(address, columns, partition, values)
        return delta_spark_ranges.part(address, columns, partition, values, spark)

    def _stage(
        self, address: Address, data: Any, schema: pa.Schema, partition: str, base: int, spark: SparkSession | None
    ) -> Staged:
        if spark is not None and not delta_ranges.is_ours(address):
            return delta_spark_ranges.StagedFrame(address, data, schema, spark)
        if not delta_ranges.is_ours(address):
            raise _needs_spark(address)
        staged = delta_ranges.StagedFiles(address, schema, partition, base)
        return staged.fill(data) if spark is None else staged.fill_on_spark(data)

    def presence(self, address: Address) -> AbstractContextManager[Presence]:
        """By a lock in the table's folder, where that lies on this machine."""
        return delta_ranges.presence(address) if delta_local.is_fit(address) else unseen()


def _needs_spark(address: Address) -> TableError:
    return TableError(
        f"{address}: dates of this table are replaced by Spark only, since it lies in a store or asks special things "
        f"of its writers: pass spark="
    )
