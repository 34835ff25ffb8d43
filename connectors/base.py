"""What every kind of table answers, and what it can do, as data."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import pyarrow as pa

from ropeway.connectors.arrow_types import difference, storable
from ropeway.connectors.commits import Commit, Written
from ropeway.connectors.pieces import Piece
from ropeway.connectors.ranges import Entry, Presence, Staged, unseen
from ropeway.connectors.registry import having
from ropeway.connectors.spark_types import arrow_schema
from ropeway.connectors.streams import Rows
from ropeway.transforms.errors import (
    CapabilityError,
    SchemaError,
    TableError,
    TableExistsError,
    TableNotFoundError,
    UsageError,
)

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from ropeway.connectors.address import Address

__all__ = ["Capabilities", "Commit", "Connector", "Engine", "Mode", "Written", "check_names", "no_such_table"]

#: what happens to a table that exists: nothing is written, rows are added, or it is replaced, its schema too
Mode = Literal["error", "append", "overwrite"]
Engine = Literal["local", "spark"]

#: what a connector is asked for, in the words of the error that says it can't
_CAN = {
    "write": "write a table",
    "append": "add rows to a table",
    "overwrite": "replace a table",
    "versions": "read an earlier version of a table",
    "transactions": "remember which run wrote a table",
    "ranges": "replace some dates of a table and leave the others, which a range of instants needs",
}


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What a connector can do; whatever is False raises a `CapabilityError` that names the connectors that can.

    versions: earlier states of a table stay readable. transactions: a run is found again by its id, and never
    written twice. ranges: some dates of a table are replaced in one step, as a range of instants needs.

    >>> from ropeway.connectors.registry import connector
    >>> connector("sql").capabilities.write
    False
    """

    engines: frozenset[Engine] = frozenset({"local", "spark"})
    write: bool = False
    append: bool = False
    overwrite: bool = False
    versions: bool = False
    transactions: bool = False
    ranges: bool = False


class Connector(ABC):
    """One kind of table, for both engines: with `spark` a call goes through that session, else through this process.

    A connector fills in the methods with an underscore; the public ones check first what the connector can do.
    Columns come in the types of `arrow_types.tabular`, in both engines alike.
    """

    scheme: ClassVar[str]
    capabilities: ClassVar[Capabilities]

    def exists(self, address: Address, *, spark: SparkSession | None = None) -> bool:
        """Whether there is a table, and the address's version of it."""
        self._check(address, spark)
        return self._exists(address, spark)

    def schema(self, address: Address, *, spark: SparkSession | None = None) -> pa.Schema:
        """The columns of `scan`, from metadata only; raises `TableNotFoundError` where there is no table."""
        self._check(address, spark)
        return self._schema(address, spark)

    def version(self, address: Address, *, spark: SparkSession | None = None) -> int | None:
        """The version that a read would see now; None where tables have no versions."""
        self._check(address, spark)
        return self._version(address, spark)

    def versions(self, address: Address, *, spark: SparkSession | None = None) -> list[int]:
        """The versions that the table's history names, oldest first."""
        self._require("versions", address)
        self._check(address, spark)
        return self._versions(address, spark)

    def rows(self, address: Address, *, spark: SparkSession | None = None) -> int | None:
        """How many rows there are, if metadata tells it without reading the data; else None."""
        self._check(address, spark)
        return self._rows(address, spark)

    def scan(self, address: Address, columns: Sequence[str], *, spark: SparkSession | None = None) -> Any:
        """These columns in this order: an Arrow table, or with `spark` a lazy Spark frame. Rows in no set order."""
        self._check(address, spark)
        return self._scan(address, columns, spark)

    def pieces(self, address: Address, columns: Sequence[str]) -> list[Piece] | None:
        """These columns in pieces that other processes of this machine can read; None where only `scan` can.

        Only tables on this machine's file system have pieces: elsewhere a reader needs what the session knows. None
        for a table that only Spark can read, too.
        """
        try:
            return None if address.local is None else self._pieces(address, columns)
        except TableError:
            return None

    def check_target(
        self, address: Address, schema: pa.Schema, *, mode: Mode, spark: SparkSession | None = None
    ) -> None:
        """Raises what `write` with this schema and mode would raise, before any work is done.

        "error" refuses a table that exists. "append" asks for the same columns and types, in any order. "overwrite"
        replaces rows and schema: who adds a feature and runs again wants the new column.
        """
        self._require("write", address)
        if mode != "error":
            self._require(mode, address)
        if address.version is not None:
            raise UsageError(f"{address}: a version that was written stays as it is; write to the address without it")
        self._check(address, spark)
        self._check_columns(address, storable(schema, f"{address}, to be written,"))
        there = self._exists(address, spark)
        if not there or mode == "overwrite":
            self._check_place(address, there)
        if not there:
            return
        if mode == "error":
            others = " or ".join(f'mode="{one}"' for one in ("append", "overwrite") if getattr(self.capabilities, one))
            raise TableExistsError(f"{address} exists already: choose another address, or pass {others}")
        if mode == "append":
            differs = difference(self._schema(address, spark), storable(schema, str(address)))
            if differs:
                raise SchemaError(
                    f"{address} exists with another schema, so no rows can be added ('there' is the table, 'here' the "
                    f'rows to add): {differs}. Choose another address, or mode="overwrite" to replace the table'
                )

    def write(
        self,
        address: Address,
        data: Rows | DataFrame,
        *,
        mode: Mode,
        commit: Commit,
        spark: SparkSession | None = None,
    ) -> Written:
        """Write an Arrow table or a reader of batches, or with `spark` a Spark frame, in one commit, all or nothing.

        A run that was committed before, by its run_id, changes nothing and is returned again.
        """
        self._require("write", address)
        if self.capabilities.transactions:
            earlier = self.find_run(address, commit.run_id, spark=spark)
            if earlier is not None:
                return earlier
        schema = data.schema if spark is None else arrow_schema(data.schema, str(address))
        self.check_target(address, schema, mode=mode, spark=spark)
        return self._write(address, data, mode, commit, spark)

    def find_run(self, address: Address, run_id: str, *, spark: SparkSession | None = None) -> Written | None:
        """What the run of this id wrote here, if it did."""
        self._require("transactions", address)
        self._check(address, spark)
        return self._find_run(address, run_id, spark)

    def log(self, address: Address, *, since: int = -1, spark: SparkSession | None = None) -> list[Entry]:
        """The commits after version `since`, oldest first, as far as the table remembers them."""
        self._require("transactions", address)
        self._check(address, spark)
        return self._log(address, since, spark)

    def require(self, capability: str, address: Address) -> None:
        """Raises `CapabilityError` unless this kind of table can do it, in a field's name of `Capabilities`."""
        self._require(capability, address)

    # ---- tables that are written date by date

    def begin(
        self,
        address: Address,
        schema: pa.Schema,
        *,
        partition: str,
        commit: Commit,
        replaces: bool,
        spark: SparkSession | None = None,
    ) -> None:
        """Make a table without rows, in partitions by one column; `replaces` puts it in the place of one that is there.

        Raises `TableExistsError` where another writer made a table meanwhile.
        """
        self._require("ranges", address)
        self._check_columns(address, storable(schema, f"{address}, to be written,"))
        self._begin(address, storable(schema, str(address)), partition, commit, replaces, spark)

    def part(
        self,
        address: Address,
        columns: Sequence[str],
        partition: str,
        values: Sequence[str],
        *,
        spark: SparkSession | None,
    ) -> Any:
        """Like `scan`, of the partitions with these values only; `values` as the log writes them."""
        self._require("ranges", address)
        return self._part(address, columns, partition, values, spark)

    def stage(
        self,
        address: Address,
        data: Any,
        schema: pa.Schema,
        *,
        partition: str,
        base: int,
        spark: SparkSession | None,
    ) -> Staged:
        """Make rows ready that will take the place of partitions of a table that is at version `base` or later.

        `schema` is that of the table once they are in it; columns that `data` lacks are null.
        """
        self._require("ranges", address)
        return self._stage(address, data, storable(schema, str(address)), partition, base, spark)

    def presence(self, address: Address) -> AbstractContextManager[Presence]:
        """Show others, for the time of a block, that a process writes to this table part by part."""
        return unseen()

    # ---- what a kind of table fills in

    @abstractmethod
    def _exists(self, address: Address, spark: SparkSession | None) -> bool: ...

    @abstractmethod
    def _schema(self, address: Address, spark: SparkSession | None) -> pa.Schema: ...

    @abstractmethod
    def _scan(self, address: Address, columns: Sequence[str], spark: SparkSession | None) -> Any: ...

    def _rows(self, address: Address, spark: SparkSession | None) -> int | None:
        return None

    def _pieces(self, address: Address, columns: Sequence[str]) -> list[Piece] | None:
        return None

    def _version(self, address: Address, spark: SparkSession | None) -> int | None:
        return None

    def _versions(self, address: Address, spark: SparkSession | None) -> list[int]:
        raise NotImplementedError

    def _check_columns(self, address: Address, schema: pa.Schema) -> None:  # noqa: B027 - most take any
        """Raise `SchemaError` for column names that this kind of table can't hold."""

    def _check_place(self, address: Address, there: bool) -> None:  # noqa: B027 - most have one everywhere
        """Raise where no table can be made, or the one that is `there` can't be replaced as a whole."""

    def _write(self, address: Address, data: Any, mode: Mode, commit: Commit, spark: SparkSession | None) -> Written:
        raise NotImplementedError

    def _find_run(self, address: Address, run_id: str, spark: SparkSession | None) -> Written | None:
        raise NotImplementedError

    def held_by_write(self, columns: int) -> int:
        """About how many bytes writing a reader of batches holds, of a table with so many columns."""
        return 0

    def _log(self, address: Address, since: int, spark: SparkSession | None) -> list[Entry]:
        raise NotImplementedError

    def _begin(
        self,
        address: Address,
        schema: pa.Schema,
        partition: str,
        commit: Commit,
        replaces: bool,
        spark: SparkSession | None,
    ) -> None:
        raise NotImplementedError

    def _part(
        self,
        address: Address,
        columns: Sequence[str],
        partition: str,
        values: Sequence[str],
        spark: SparkSession | None,
    ) -> Any:
        raise NotImplementedError

    def _stage(
        self, address: Address, data: Any, schema: pa.Schema, partition: str, base: int, spark: SparkSession | None
    ) -> Staged:
        raise NotImplementedError

    # ---- checks

    def _check(self, address: Address, spark: SparkSession | None) -> None:
        if ("local" if spark is None else "spark") not in self.capabilities.engines:
            there = "Spark" if spark is None else "one machine, without spark="
            raise CapabilityError(
                f"{address}: {self.scheme}: tables are read by {there} only"
                + (": pass spark=, such as rw.spark_session()" if spark is None else "")
            )
        if address.version is not None:
            self._require("versions", address)

    def _require(self, capability: str, address: Address) -> None:
        if not getattr(self.capabilities, capability):
            raise CapabilityError(
                f"{address}: {self.scheme}: can't {_CAN[capability]}; "
                f"these can: {', '.join(f'{scheme}:' for scheme in having(capability))}"
            )


def check_names(names: Sequence[str], columns: Sequence[str], what: str) -> None:
    """Raises `SchemaError` for the columns that are not among the names of a table.

    >>> check_names(["id", "at"], ["ID"], "delta:flights")
    Traceback (most recent call last):
    ropeway.transforms.errors.SchemaError: delta:flights has no column 'ID'. It has: id, at
    """
    unknown = [name for name in columns if name not in names]
    if unknown:
        raise SchemaError(f"{what} has no column {', '.join(map(repr, unknown))}. It has: {', '.join(names)}")


def no_such_table(address: Address) -> TableNotFoundError:
    """The error for an address with nothing behind it, which says where was looked."""
    if address.local is None:
        return TableNotFoundError(f"no such table: {address}. Check the path, and that this account may read it")
    found = "a folder or file, but no such table in it" if address.local.exists() else "nothing there"
    return TableNotFoundError(
        f"no such table: {address}. Looked at {address.local}: {found}. Check the path: a relative one counts from "
        f"the folder in which the program runs; the part before ':' says what kind of table is expected"
    )
