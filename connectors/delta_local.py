"""Delta tables in this process: deltalake reads and writes the log, pyarrow reads the files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from operator import and_
from typing import Any
from urllib.parse import unquote, urlsplit

import deltalake
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs as pf
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.exceptions import TableNotFoundError as NoDeltaTable

from ropeway.connectors import delta_log
from ropeway.connectors.address import Address
from ropeway.connectors.arrow_types import as_types, difference, tabular
from ropeway.connectors.base import Commit, Mode, Written, check_names, no_such_table
from ropeway.connectors.pieces import Piece
from ropeway.connectors.ranges import Entry
from ropeway.connectors.streams import Rows, as_stored, rows_per_group
from ropeway.transforms.errors import TableError, TableExistsError, TableNotFoundError

#: what of the reader's features is done here; deltalake does those of the log by itself
_READS = {"timestampNtz", "deletionVectors", "columnMapping", "v2Checkpoint", "vacuumProtocolCheck"}
#: characters with which deltalake fails, finds another path, or no history
_UNFIT = set("%\\[]^|#?")
#: Of a reader of batches, of which not all are to be in memory, deltalake holds a file and a row group, and for each
#: column a dictionary: 215 MiB of 22 columns and 470 of 100 with these sizes, 830 MiB of 22 with its own.
HELD, HELD_BY_COLUMN = 160 * 2**20, 4 * 2**20
_STREAMED_FILE, _STREAMED_GROUP, _STREAMED_DICTIONARY = 32 * 2**20, 16 * 2**20, 128 * 2**10

# Spark writes times as INT96, which counts as nanoseconds unless told otherwise: those end in the years 1677 and 2262
_PARQUET = ds.ParquetFileFormat(
    read_options=ds.ParquetReadOptions(coerce_int96_timestamp_unit="us"),
    default_fragment_scan_options=ds.ParquetFragmentScanOptions(pre_buffer=True),
)


def exists(address: Address) -> bool:
    """Whether the table, and its version if the address names one, is there."""
    try:
        opened(address)
    except TableNotFoundError:
        return False
    return True


def schema(address: Address) -> pa.Schema:
    """The table's columns in plain Arrow types."""
    return _plain(opened(address))


def version(address: Address) -> int:
    """The newest version."""
    return int(opened(address).version())


def versions(address: Address) -> list[int]:
    """The versions in the log."""
    opened(address)
    return sorted(number for number, _ in _log(address)[1])


def rows(address: Address) -> int | None:
    """From the statistics of the log; None if a file has none."""
    table = opened(address)
    counts = _files(table).column("num_records")
    if counts.null_count:
        return None
    deleted = sum(int(kept.false_count) for kept in _kept(table).values())
    return int(sum(counts.to_pylist())) - deleted


def scan(address: Address, columns: Sequence[str]) -> pa.Table:
    """These columns, read on all cores; files in the order of their names."""
    table = opened(address)
    known = _plain(table)
    check_names(known.names, columns, str(address))
    wanted = pa.schema([known.field(name) for name in columns])
    physical = _physical(table, wanted, address)
    with plainly(address):
        dataset = _dataset(table, wanted, physical, address)
        kept = _kept(table)
        if kept:
            parts = [_undeleted(one, physical, kept) for one in dataset.get_fragments()]
            read = pa.concat_tables(parts).select(physical.names)
        else:
            read = dataset.to_table(columns=physical.names)
    return as_types(read.rename_columns(list(columns)), wanted, str(address))


def pieces(address: Address, columns: Sequence[str]) -> list[Piece] | None:
    """These columns file by file; None if rows of a file are deleted, or if the table needs Spark."""
    table = opened(address)
    known = _plain(table)
    check_names(known.names, columns, str(address))
    wanted = pa.schema([known.field(name) for name in columns])
    try:
        physical = _physical(table, wanted, address)
    except TableError:
        return None
    if not columns or _kept(table):
        return None
    with plainly(address):
        dataset = _dataset(table, wanted, physical, address)
        return [Piece(one, physical.names, wanted, physical, str(address)) for one in dataset.get_fragments()]


def part(address: Address, columns: Sequence[str], partition: str, values: Sequence[str]) -> pa.Table:
    """These columns of the partitions with these values; the files of others are not opened."""
    table = opened(address)
    known = _plain(table)
    check_names(known.names, [*columns, partition], str(address))
    wanted = pa.schema([known.field(name) for name in dict.fromkeys([*columns, partition])])
    physical = _physical(table, wanted, address)
    kind = wanted.field(partition).type
    asked = pa.array(values).cast(kind)
    with plainly(address):
        dataset = _dataset(table, wanted, physical, address)
        kept = _kept(table)
        inside = ds.field(physical.names[wanted.names.index(partition)]).isin(asked)
        if kept:
            parts = [_undeleted(one, physical, kept) for one in dataset.get_fragments(filter=inside)]
            read = pa.concat_tables(parts) if parts else physical.empty_table()
        else:
            read = dataset.to_table(columns=physical.names, filter=inside)
    return as_types(read.rename_columns(wanted.names), wanted, str(address)).select(list(columns))


def paths(address: Address) -> list[str]:
    """The files of the newest version, as the log names them."""
    return [str(one) for one in _files(opened(Address(address.scheme, address.path))).column("path").to_pylist()]


def write(address: Address, data: Rows, mode: Mode, commit: Commit) -> Written:
    """One commit with all of `data`."""
    with as_stored(data, str(address)) as stored:
        return _write(address, stored, mode, commit)


def _write(address: Address, data: Rows, mode: Mode, commit: Commit) -> Written:
    table = opened(address) if exists(address) else None
    # Asked of the very state that the commit stands on: whoever commits the same run after it makes this one fail.
    if table is not None and _knows(table, commit.run_id):
        return _found(address, commit.run_id)
    if table is not None and mode == "error":
        raise TableExistsError(f"{address} exists already: another writer made it meanwhile")
    if table is None and address.local is not None:
        (address.local / "_delta_log").mkdir(parents=True, exist_ok=True)  # says what the files there will be
    try:
        _commit(path(address) if table is None else table, data, mode, commit)
    except (CommitFailedError, DeltaError):
        if (raced := find_run(address, commit.run_id)) is not None:
            return raced
        if table is None and exists(address):  # two made it at once
            if not isinstance(data, pa.Table):  # what was read from it is gone
                raise delta_log.overtaken(address, "it made the table") from None
            return _write(address, data, mode, commit)
        with plainly(address):
            raise
    return _found(address, commit.run_id)


def _commit(table: deltalake.DeltaTable | str, data: Rows, mode: Mode, commit: Commit) -> None:
    replaces = (
        mode == "overwrite" and isinstance(table, deltalake.DeltaTable) and bool(difference(_plain(table), data.schema))
    )
    makes = not isinstance(table, deltalake.DeltaTable)
    deltalake.write_deltalake(
        table,
        data,
        **({} if isinstance(data, pa.Table) else _in_little_memory(data.schema)),
        mode="error" if makes else mode,
        schema_mode="overwrite" if replaces else None,
        partition_by=[] if replaces else None,
        configuration=dict(delta_log.KEEP) if makes else None,
        commit_properties=deltalake.CommitProperties(
            custom_metadata={"userMetadata": commit.text()},
            app_transactions=[deltalake.Transaction(delta_log.application(commit.run_id), 1)],
            # Of two that make a table the second would be retried on top of the first, whatever its mode and schema.
            max_commit_retries=0 if makes else None,
        ),
    )


def _in_little_memory(schema: pa.Schema) -> dict[str, Any]:
    properties = deltalake.WriterProperties(
        max_row_group_size=rows_per_group(schema, _STREAMED_GROUP), dictionary_page_size_limit=_STREAMED_DICTIONARY
    )
    return {"target_file_size": _STREAMED_FILE, "writer_properties": properties}


def find_run(address: Address, run_id: str) -> Written | None:
    """The commit of this run, by the table's transactions and then its history."""
    newest = Address(address.scheme, address.path)
    try:
        return _found(newest, run_id) if _knows(opened(newest), run_id) else None
    except TableNotFoundError:
        return None


def _knows(table: deltalake.DeltaTable, run_id: str) -> bool:
    return table.transaction_version(delta_log.application(run_id)) is not None


def _found(address: Address, run_id: str) -> Written:
    with plainly(address):
        written = delta_log.found(_commits(address, delta_log.HISTORY), run_id)
    if written is None:
        raise delta_log.forgotten(address, run_id)
    return written


# ---- the log


def path(address: Address) -> str:
    """The path as deltalake takes it; raises `TableError` for one that it does not find its way with."""
    if address.local is None:
        return address.path
    text = str(address.local)
    unfit = _unfit(text)
    if unfit:
        raise TableError(
            f"{address}: without Spark, Delta tables can't lie under a path with {' '.join(map(repr, unfit))}: rename "
            f"the folder, or pass spark="
        )
    return text


def is_fit(address: Address) -> bool:
    """Whether deltalake finds its way to a path on this machine."""
    return address.local is not None and not _unfit(str(address.local))


def _unfit(text: str) -> list[str]:
    return sorted(letter for letter in set(text) if letter in _UNFIT or not letter.isprintable())


def opened(address: Address) -> deltalake.DeltaTable:
    """The table at the address's version; raises `TableNotFoundError`."""
    with plainly(address):
        try:
            return deltalake.DeltaTable(path(address), version=address.version)
        except NoDeltaTable as error:
            raise no_such_table(address) from error
        except DeltaError as error:
            known = [] if address.version is None else versions(Address(address.scheme, address.path))
            if address.version is None or address.version in known:
                raise
            raise TableNotFoundError(
                f"no such table: {address}. The table has the versions {known[0]} to {known[-1]}"
            ) from error


def _log(address: Address) -> tuple[pf.FileSystem, list[tuple[int, str]]]:
    """The number and the file of each commit, newest first.

    Read here, since deltalake numbers a history from the newest commit that it had seen before it listed them.
    """
    files, root = _place(address)
    found = files.get_file_info(pf.FileSelector(f"{root}/_delta_log"))
    commits = [(one.base_name.removesuffix(".json"), one.path) for one in found if one.extension == "json"]
    return files, sorted(((int(number), path) for number, path in commits if number.isdigit()), reverse=True)


def entries(address: Address, since: int = -1) -> list[Entry]:
    """The commits after version `since` up to the address's, oldest first."""
    last = address.version
    with plainly(address):
        files, log = _log(address)
        made = []
        for number, place in reversed(log):
            if number > since and (last is None or number <= last):
                with files.open_input_stream(place) as stream:
                    made.append(delta_log.entry(number, stream.read().splitlines()))
    return made


def _commits(address: Address, most: int) -> Iterator[dict[str, Any]]:
    """What the newest commits say of themselves, with their version."""
    files, log = _log(address)
    for number, path in log[:most]:
        with files.open_input_stream(path) as opened:
            actions = [json.loads(line) for line in opened.read().splitlines()]
        for one in actions:
            if "commitInfo" in one:
                yield {**one["commitInfo"], "version": number}


def _place(address: Address) -> tuple[pf.FileSystem, str]:
    """The file system of the table and its path there."""
    if address.local is None:
        files, root = pf.FileSystem.from_uri(address.path)
        return files, str(root)
    return pf.LocalFileSystem(), str(address.local)


@contextmanager
def plainly(address: Address) -> Iterator[None]:
    """Turn what deltalake and pyarrow say of a table into the error of ropeway that says it."""
    try:
        yield
    except CommitFailedError as error:
        raise delta_log.overtaken(address, str(error)) from error
    except FileNotFoundError as error:
        if isinstance(error, TableNotFoundError):
            raise
        raise TableError(
            f"{address}: a file of this version is gone, which a vacuum does to versions past its retention: {error}"
        ) from error
    except (DeltaError, pa.ArrowException) as error:
        raise TableError(
            f"{address}: the table can't be read or written without Spark: {error}. Pass spark="
        ) from error


def _plain(table: deltalake.DeltaTable) -> pa.Schema:
    return pa.schema([pa.field(one.name, tabular(one.type)) for one in pa.schema(table.schema().to_arrow())])


def _files(table: deltalake.DeltaTable) -> pa.Table:
    return pa.table(table.get_add_actions()).sort_by("path")


def _kept(table: deltalake.DeltaTable) -> dict[str, pa.Array]:
    """For each file with deleted rows, by its path: whether each row is still there."""
    if "deletionVectors" not in (table.protocol().reader_features or []):
        return {}
    vectors = pa.table(table.deletion_vectors())
    paths = [unquote(urlsplit(path).path) for path in vectors.column("filepath").to_pylist()]
    return {path: vectors.column("selection_vector")[at].values for at, path in enumerate(paths)}


# ---- the files


def _physical(table: deltalake.DeltaTable, wanted: pa.Schema, address: Address) -> pa.Schema:
    """The columns of the files that hold `wanted`; their names differ in tables with column mapping."""
    protocol = table.protocol()
    unread = set(protocol.reader_features or []) - _READS
    mapping = table.metadata().configuration.get("delta.columnMapping.mode", "none")
    if mapping == "id":
        unread.add("columnMapping by id")
    if unread:
        raise TableError(f"{address}: the table uses {', '.join(sorted(unread))}, which needs Spark: pass spark=")
    if mapping == "none":
        return wanted
    nested = [one.name for one in wanted if _has_names(one.type)]
    if nested:
        raise TableError(
            f"{address}: the table maps column names, and inside the struct {nested[0]!r} this needs Spark: pass spark="
        )
    declared = {one.name: one for one in pa.schema(table.schema().to_arrow())}
    return pa.schema(
        [(declared[one.name].metadata[b"delta.columnMapping.physicalName"].decode(), one.type) for one in wanted]
    )


def _has_names(kind: pa.DataType) -> bool:
    if pa.types.is_map(kind):
        return _has_names(kind.key_type) or _has_names(kind.item_type)
    return pa.types.is_struct(kind) or (pa.types.is_list(kind) and _has_names(kind.value_type))


def _dataset(
    table: deltalake.DeltaTable, wanted: pa.Schema, physical: pa.Schema, address: Address
) -> ds.FileSystemDataset:
    """The files of the table; columns by which it is partitioned stand in the log, not in the files."""
    files, root = _place(address)
    names = dict(zip(wanted.names, physical.names, strict=True))
    partitioned = [name for name in table.metadata().partition_columns if name in names]
    fragments = []
    for one in _files(table).select(["path", *(["partition"] if partitioned else [])]).to_pylist():
        values = [(ds.field(names[name]), one["partition"][name], wanted.field(name).type) for name in partitioned]
        known = [field.is_null() if value is None else field == pa.scalar(value, kind) for field, value, kind in values]
        fragments.append(
            _PARQUET.make_fragment(
                _file(root, one["path"]),
                filesystem=files,
                partition_expression=reduce(and_, known) if known else None,
            )
        )
    return ds.FileSystemDataset(fragments, physical, _PARQUET, files)


def _file(root: str, path: str) -> str:
    """Where a file of the log lies: below the table, or, in a shallow clone, where it says."""
    if urlsplit(path).scheme:
        return unquote(urlsplit(path).path)
    return f"{root}/{unquote(path)}"


def _undeleted(fragment: ds.ParquetFileFragment, physical: pa.Schema, kept: dict[str, pa.Array]) -> pa.Table:
    if physical.names:
        read = fragment.to_table(schema=physical, columns=physical.names)
    else:  # a column of nothing, which keeps the number of rows until they are put together
        read = pa.table({"": pa.nulls(fragment.count_rows())})
    there = kept.get(fragment.path)
    if there is not None:
        if len(there) < len(read):  # a vector ends with the last deleted row
            there = pa.concat_arrays([there, pa.array([True] * (len(read) - len(there)))])
        read = read.filter(there)
    return read
