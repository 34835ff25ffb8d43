"""The files of a Parquet table, the columns in their folders' names, and their schema, as Spark would find them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import and_
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs as pf
import pyarrow.parquet as pq

from ropeway.connectors.address import Address
from ropeway.connectors.arrow_types import plain, tabular
from ropeway.connectors.base import no_such_table
from ropeway.transforms.errors import TableError

_FORMAT = ds.ParquetFileFormat(
    read_options=ds.ParquetReadOptions(coerce_int96_timestamp_unit="us"),
    default_fragment_scan_options=ds.ParquetFragmentScanOptions(pre_buffer=True),
)
#: the folder of rows whose partition column is null
_NULL = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True)
class Files:
    """A table's files as a dataset, and the schema in which its columns are given."""

    dataset: ds.FileSystemDataset
    schema: pa.Schema


def find(address: Address, *, at: Path | None = None) -> Files:
    """The files of the table (in the folder `at`, if given); raises `TableNotFoundError` where there are none."""
    refuse_delta(address)
    path = at or address.local
    if path is None:
        files, root = pf.FileSystem.from_uri(address.path)
    else:
        files, root = pf.LocalFileSystem(), str(path)
    paths = _paths(files, root)
    if not paths:
        raise no_such_table(address)
    folders = [_folders(one.removeprefix(root)) for one in paths]
    if len({tuple(one) for one in folders}) > 1:
        raise TableError(f"{address}: the folders of the table are not named alike, such as {paths[0]} and {paths[-1]}")
    partitions = _typed(folders)
    physical = _FORMAT.inspect(paths[0], files)
    extra = [pa.field(name, kind) for name, (kind, _) in partitions.items()]
    inside = pa.schema([one for one in physical if one.name not in partitions])
    fragments = [
        _FORMAT.make_fragment(
            one,
            filesystem=files,
            partition_expression=_all(
                [_equal(name, values[number], kind) for name, (kind, values) in partitions.items()]
            ),
        )
        for number, one in enumerate(paths)
    ]
    dataset = ds.FileSystemDataset(fragments, pa.schema([*inside, *extra]), _FORMAT, files)
    with files.open_input_file(paths[0]) as opened:
        instants = iter([kind == "INT96" for kind in _physical_types(pq.ParquetFile(opened).schema)])
    known = [(one.name, tabular(_zoned(plain(one.type), instants))) for one in physical]
    return Files(dataset, pa.schema([one for one in known if one[0] not in partitions] + extra))


def refuse_delta(address: Address) -> None:
    """Raise for the folder of a Delta table: its files hold rows that were replaced, too."""
    if address.local is not None and (address.local / "_delta_log").is_dir():
        raise TableError(f"{address} is the folder of a Delta table; read it as delta:{address.path}")


def _paths(files: pf.FileSystem, root: str) -> list[str]:
    """The files at or below `root`, in order, without those that Spark hides: names that begin with `_` or `.`."""
    top = files.get_file_info(root)
    if top.type == pf.FileType.File:
        return [root]
    if top.type != pf.FileType.Directory:
        return []
    below = files.get_file_info(pf.FileSelector(root, recursive=True))
    parts = [(one, PurePosixPath(one.path.removeprefix(root)).parts) for one in below if one.is_file]
    hidden = re.compile(r"\.|_(?!.*=)")  # a folder _column=value is none
    return sorted(one.path for one, names in parts if not any(hidden.match(name) for name in names))


# ---- columns in the names of folders


def _folders(path: str) -> dict[str, str | None]:
    """What the folders of a file say, outermost first.

    >>> _folders("/year=2013/dest=__HIVE_DEFAULT_PARTITION__/part-0.parquet")
    {'year': '2013', 'dest': None}
    """
    pairs = [name.split("=", 1) for name in PurePosixPath(path).parts[:-1] if "=" in name]
    return {unquote(name): None if value == _NULL else unquote(value) for name, value in pairs}


def _typed(folders: Sequence[dict[str, str | None]]) -> dict[str, tuple[pa.DataType, list[Any]]]:
    """For each column its type and one value per file. The types are those that Spark reads from the same names.

    >>> _typed([{"n": "1"}, {"n": None}, {"n": "3000000000"}])
    {'n': (DataType(int64), [1, None, 3000000000])}
    """
    found: dict[str, tuple[pa.DataType, list[Any]]] = {}
    for name in folders[0]:
        texts = [one[name] for one in folders]
        for kind, pattern, read in _KINDS:
            if all(text is None or pattern.fullmatch(text) for text in texts):
                try:
                    values = [None if text is None else read(text) for text in texts]
                    found[name] = kind, pa.array(values, kind).to_pylist()
                    break
                except (ValueError, pa.ArrowInvalid, OverflowError):  # 2013-02-30, or a number too large for the type
                    continue
    return found


_KINDS: list[tuple[pa.DataType, re.Pattern[str], Callable[[str], Any]]] = [
    (pa.int32(), re.compile(r"[+-]?\d+"), int),
    (pa.int64(), re.compile(r"[+-]?\d+"), int),
    (pa.float64(), re.compile(r"[+-]?(\d{1,15}|\d+\.\d*|\.\d+)"), float),
    (pa.date32(), re.compile(r"\d{4}-\d{2}-\d{2}"), date.fromisoformat),
    (pa.string(), re.compile(r".*", re.DOTALL), str),
]


def _equal(name: str, value: Any, kind: pa.DataType) -> ds.Expression:
    return ds.field(name).is_null() if value is None else ds.field(name) == pa.scalar(value, kind)


def _all(conditions: Sequence[ds.Expression]) -> ds.Expression | None:
    return reduce(and_, conditions) if conditions else None


# ---- INT96


def _physical_types(schema: pq.ParquetSchema) -> Iterator[str]:
    return (schema.column(at).physical_type for at in range(len(schema)))


def _zoned(kind: pa.DataType, instants: Iterator[bool]) -> pa.DataType:
    """`kind` with UTC for the times that are stored as INT96, which are instants, though the files don't say so.

    `instants` says it of each leaf in the order of the file.
    """
    if pa.types.is_map(kind):
        return pa.map_(_zoned(kind.key_type, instants), _zoned(kind.item_type, instants))
    if pa.types.is_list(kind):
        return pa.list_(_zoned(kind.value_type, instants))
    if pa.types.is_struct(kind):
        return pa.struct([(one.name, _zoned(one.type, instants)) for one in kind])
    if isinstance(kind, pa.BaseExtensionType):
        _zoned(kind.storage_type, instants)
        return kind
    return pa.timestamp("us", "UTC") if next(instants) else kind
