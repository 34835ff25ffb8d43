"""Delta tables that are written date by date, in this process: files of our own, and commits that never overwrite.

A commit is asked for upon one version, and fails if another came in between, whatever that one did. So an attempt that
has not committed never will once its process has ended, and its files belong to nobody.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import deltalake
import pyarrow as pa
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.transaction import AddAction, RemoveAction

from ropeway.connectors import delta_local, delta_log
from ropeway.connectors.address import Address
from ropeway.connectors.arrow_types import has_ntz
from ropeway.connectors.commits import Commit, Written
from ropeway.connectors.delta_files import DataFile, Place, attempts, cant_write
from ropeway.connectors.locks import Lock, shared
from ropeway.connectors.ranges import Entry, Presence, Replacement, Staged
from ropeway.transforms.errors import TableError, TableExistsError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

#: beside the files of a table; Delta passes over names that begin with an underscore
FOLDER = "_ropeway"
#: the writer's features that files of our own need nothing for
_WRITES = {"appendOnly", "invariants", "timestampNtz", "changeDataFeed", "vacuumProtocolCheck"}
#: what a commit or a checkpoint that was cut off leaves in the log
_HALF = re.compile(r"(\d{20})\.(json|checkpoint\.parquet)#\d+|_last_checkpoint#\d+")
#: of a table with these, deltalake says nothing by its protocol
_MAPPED = "delta.columnMapping.mode"


def begin(address: Address, schema: pa.Schema, partition: str, commit: Commit, replaces: bool) -> None:
    """Make a table without rows."""
    if address.local is not None:
        (address.local / "_delta_log").mkdir(parents=True, exist_ok=True)  # says what the files there will be
    properties = deltalake.CommitProperties(
        custom_metadata={"userMetadata": commit.text()},
        # Of two that make a table the second would be retried on top of the first.
        max_commit_retries=0,
    )
    try:
        deltalake.DeltaTable.create(
            delta_local.path(address),
            schema,
            mode="overwrite" if replaces else "error",
            partition_by=[partition],
            configuration=dict(delta_log.KEEP),
            commit_properties=properties,
        )
    except (DeltaError, OSError) as error:
        if not replaces and delta_local.exists(address):
            raise TableExistsError(f"{address} exists already: another writer made it meanwhile") from error
        with delta_local.plainly(address):
            raise


def is_ours(address: Address) -> bool:
    """Whether files of our own may be added to the table: it lies on this machine, and asks nothing special of them."""
    if address.local is None or not delta_local.is_fit(address):
        return False
    table = delta_local.opened(address)
    protocol, metadata = table.protocol(), table.metadata()
    asked = set(protocol.writer_features or []) - _WRITES
    plain = protocol.min_writer_version <= 2 or protocol.writer_features is not None
    return plain and not asked and metadata.configuration.get(_MAPPED, "none") == "none"


class StagedFiles(Staged):
    """Rows in files of one attempt that no commit names yet."""

    def __init__(self, address: Address, schema: pa.Schema, partition: str, base: int) -> None:
        self._address = address
        self._schema = schema
        self._names: list[str] = []
        self._files: list[DataFile] = []
        fields = [one for one in schema if one.name != partition]
        self._place = Place(delta_local.path(address), uuid.uuid4().hex, base, pa.schema(fields), partition)

    def fill(self, data: pa.Table) -> StagedFiles:
        """Write the files of an Arrow table."""
        return self._filled(lambda place: place.write(data), data.column_names)

    def fill_on_spark(self, data: DataFrame) -> StagedFiles:
        """Write the files of a Spark frame, by its tasks."""
        return self._filled(lambda place: place.write_on_spark(data), data.columns)

    def _filled(self, write: Any, names: Sequence[str]) -> StagedFiles:
        # a column that these rows don't have is null in them
        there = pa.schema([one for one in self._place.schema if one.name in names])
        place = replace(self._place, schema=there)
        try:
            self._files = write(place)
        except OSError as error:
            self.close()
            raise cant_write(self._address, error) from error
        except BaseException:
            self.close()
            raise
        self._names = [one.path for one in self._files]
        self.rows = sum(one.rows for one in self._files)
        self._place.remove(kept=self._names)  # what tasks left that Spark started more than once
        return self

    def commit(self, base: int, replaced: Replacement, commit: Commit) -> Written | None:
        """Fails if there is any version after `base`, or if one since the files were written changed the partitions.

        The second is what `tidy` relies on: it may have taken the files away then.
        """
        between = delta_local.entries(self._address, self._place.base)
        if any(one.values(replaced.column) & set(replaced.values) for one in between):
            return None
        rows = self.rows or 0
        marked = Commit(commit.run_id, commit.definition_hash, {**commit.info, "attempt": self._place.attempt})
        application, number = replaced.transaction
        properties = deltalake.CommitProperties(
            custom_metadata={"userMetadata": marked.text()},
            app_transactions=[deltalake.Transaction(application, number)],
            max_commit_retries=0,
        )
        actions: list[AddAction | RemoveAction] = [
            AddAction(
                one.path, one.size, {replaced.column: one.value}, one.changed, data_change=True, stats=one.stats()
            )
            for one in self._files
        ]
        try:
            table = deltalake.DeltaTable(delta_local.path(self._address), version=base)
            if _needs_ntz(table, self._schema):
                table.alter.add_feature(
                    deltalake.TableFeatures.TimestampWithoutTimezone, allow_protocol_versions_increase=True
                )
                return None  # that was a version of its own
            table.create_write_transaction(
                actions,
                "overwrite",
                _deltas(table, self._schema),
                [replaced.column],
                [(replaced.column, "in", list(replaced.values))],
                commit_properties=properties,
            )
        except (DeltaError, OSError) as error:
            # the log says whether it came to pass: a checkpoint after the commit may be what failed
            later = delta_local.entries(self._address, base)
            landed = [one for one in later if one.commit is not None and one.commit.info.get("attempt") == self.attempt]
            if landed:
                return Written(landed[0].version, rows, marked)
            if isinstance(error, CommitFailedError) and later:
                return None
            if isinstance(error, OSError):
                raise cant_write(self._address, error) from error
            raise TableError(
                f"{self._address}: the commit failed: {error}. The table is as it was at its last commit"
            ) from error
        self._files = []
        return Written(base + 1, rows, marked)

    @property
    def attempt(self) -> str:
        """The mark of this attempt, in the names of its files and in its commit."""
        return self._place.attempt

    def close(self) -> None:
        """Remove the files if no commit names them; nobody else can commit them."""
        if self._files or not self._names:
            self._place.remove()
            self._files = []


def _deltas(table: deltalake.DeltaTable, schema: pa.Schema) -> deltalake.Schema:
    """The table's own schema if that is the one, so that a commit does not write it again."""
    there = table.schema()
    wanted = deltalake.Schema.from_arrow(schema)
    alike = [(one.name, str(one.type)) for one in there.fields] == [(one.name, str(one.type)) for one in wanted.fields]
    return there if alike else wanted


def _needs_ntz(table: deltalake.DeltaTable, schema: pa.Schema) -> bool:
    """Whether the table has to allow times without a zone first, which deltalake does for a new table only."""
    known = table.protocol().writer_features or []
    return "timestampNtz" not in known and any(has_ntz(one.type) for one in schema)


class HeldPresence(Presence):
    """A process that holds the table's lock."""

    def __init__(self, address: Address, lock: Lock) -> None:
        self._root = Path(delta_local.path(address))
        self._lock = lock

    def tidy(self, address: Address, entries: Sequence[Entry], column: str) -> list[str]:
        """Take away files that no commit names and none can name any more.

        Those are the files of an attempt that has committed others, and those of a partition that was replaced after
        their attempt had begun: it would see that, and not commit. As a second rope, all of it is left if another
        process holds the lock.
        """
        if not self._lock.alone():
            return []
        named = {path for one in entries for path in one.paths} | set(delta_local.paths(address))
        over = {one.commit.info.get("attempt") for one in entries if one.commit is not None}
        replaced = {value: one.version or 0 for one in entries for value in one.values(column)}
        gone = [
            file.path
            for file in attempts(self._root)
            if file.path not in named and (file.attempt in over or replaced.get(file.value, -1) > file.base)
        ]
        for path in gone:
            (self._root / path).unlink(missing_ok=True)
        newest = max((one.version for one in entries if one.version is not None), default=-1)
        for file in (self._root / "_delta_log").iterdir():
            half = _HALF.fullmatch(file.name)
            # once its version is there, a commit that was cut off can't be put in its place
            if half and (half[1] is None or int(half[1]) <= newest):
                file.unlink(missing_ok=True)
                gone.append(f"_delta_log/{file.name}")
        return gone


@contextmanager
def presence(address: Address) -> Iterator[Presence]:
    """Hold the table's lock for the time of the block."""
    root = Path(delta_local.path(address))
    folder = root / FOLDER
    try:
        with shared(folder / "lock") as lock:
            yield HeldPresence(address, lock)
    finally:
        with suppress(OSError):  # another is at work
            folder.rmdir()
