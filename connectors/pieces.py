"""A table in pieces that any process can read for itself: some row groups of one Parquet file each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from ropeway.connectors.arrow_types import as_types
from ropeway.transforms.instants import Unit
from ropeway.transforms.sampling import some_rows

#: rows and bytes of a piece, unless a row group has more: a worker holds one piece at a time
ROWS_PER_PIECE = 1_000_000
BYTES_PER_PIECE = 256 * 2**20

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = 86_400_000_000
_FIRST, _LAST = -(2**63), 2**63 - 1
#: nanoseconds of one unit
_UNITS = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}


@dataclass(frozen=True)
class Bounds:
    """Rows that matter have `column` from `least` to `most`: instants in microseconds, or integers as they are.

    Row groups where it, or one of `present`, is null are read anyway, since a null there may be an error; so are those
    with instants that int64 microseconds can't say.
    """

    column: str
    least: int
    most: int
    unit: Unit | None = None
    present: tuple[str, ...] = ()


@dataclass(frozen=True)
class Piece:
    """Row groups of a file; pickled to workers. `physical` names the columns in the file, `wanted` what they become.

    `schema` is the one to read with: all columns of the files, and those that only the names of folders hold.
    """

    fragment: ds.ParquetFileFragment
    physical: list[str]
    wanted: pa.Schema
    schema: pa.Schema
    what: str

    @property
    def rows(self) -> int:
        """From the file's footer."""
        return sum(one.num_rows for one in self.fragment.row_groups)

    def read(self, use_threads: bool = False) -> pa.Table:
        """The rows, in the order of the file."""
        table = self.fragment.to_table(schema=self.schema, columns=self.physical, use_threads=use_threads)
        return as_types(table.rename_columns(self.wanted.names), self.wanted, self.what)

    def select(self, names: Sequence[str]) -> Piece:
        """The same rows with some of the columns, which are named as they are `wanted`."""
        physical = dict(zip(self.wanted.names, self.physical, strict=True))
        wanted = pa.schema([self.wanted.field(name) for name in names])
        return replace(self, physical=[physical[name] for name in names], wanted=wanted)

    def largest(self) -> Piece:
        """The largest row group alone, the first of several."""
        groups = sorted(self.fragment.row_groups, key=lambda one: -one.num_rows)[:1]
        return replace(self, fragment=self.fragment.subset(row_group_ids=[one.id for one in groups]))

    def sample(self, rows: int) -> pa.Table:
        """About so many rows, evenly from the largest row group."""
        table = self.largest().read()
        return table.take(pa.array(some_rows(len(table), rows)))


def cut(pieces: Iterable[Piece], bounds: Sequence[Bounds] = (), rows: int | None = None) -> list[Piece]:
    """Pieces of `rows` (None: `ROWS_PER_PIECE`) at most or one row group, without those that `bounds` leave no row of.

    Reads the footer of each file. Statistics may be missing; then the row group stays.
    """
    most = ROWS_PER_PIECE if rows is None else rows
    return [part for piece in pieces for part in _cut(piece, bounds, most)]


def together(pieces: Sequence[Piece]) -> pa.Table:
    """All rows of some pieces of one table, in their order, read on all cores."""
    one = pieces[0]
    fragments = [piece.fragment for piece in pieces]
    dataset = ds.FileSystemDataset(fragments, one.schema, one.fragment.format, one.fragment.filesystem)
    return as_types(dataset.to_table(columns=one.physical).rename_columns(one.wanted.names), one.wanted, one.what)


def grouped(pieces: Iterable[Piece], rows: int) -> list[list[Piece]]:
    """Neighbouring pieces that have `rows` at most together, or one that has more.

    Small files are read many at a time so.
    """
    groups: list[list[Piece]] = []
    size = 0
    for piece in pieces:
        size += piece.rows
        if not groups or size > rows:
            groups.append([])
            size = piece.rows
        groups[-1].append(piece)
    return groups


def extent(pieces: Iterable[Piece], column: str, unit: Unit | None = None) -> tuple[int, int] | None:
    """The least and the greatest value of a column, as `Bounds` count; None where statistics don't tell, or of none."""
    ends = []
    for piece in pieces:
        name = dict(zip(piece.wanted.names, piece.physical, strict=True))[column]
        metadata = piece.fragment.metadata
        for group in (metadata.row_group(one.id) for one in piece.fragment.row_groups):
            found = {(one := group.column(at)).path_in_schema: one.statistics for at in range(group.num_columns)}
            known = None if (own := found.get(name)) is None else _extent(own, unit)
            if known is None:
                return None
            ends.append(known)
    return (min(least for least, _ in ends), max(most for _, most in ends)) if ends else None


def _cut(piece: Piece, bounds: Sequence[Bounds], most: int) -> Iterator[Piece]:
    metadata = piece.fragment.metadata
    groups = [one for one in piece.fragment.row_groups if not _outside(piece, metadata.row_group(one.id), bounds)]
    taken: list[int] = []
    rows = size = 0
    for group in groups:
        if taken and (rows + group.num_rows > most or size + group.total_byte_size > BYTES_PER_PIECE):
            yield replace(piece, fragment=piece.fragment.subset(row_group_ids=taken))
            taken, rows, size = [], 0, 0
        taken.append(group.id)
        rows += group.num_rows
        size += group.total_byte_size
    if taken:
        yield replace(piece, fragment=piece.fragment.subset(row_group_ids=taken))


def _outside(piece: Piece, group: Any, bounds: Sequence[Bounds]) -> bool:
    """Whether statistics, which may be missing, say that no row of this row group lies within all bounds."""
    if not bounds:
        return False
    found = {(column := group.column(at)).path_in_schema: column.statistics for at in range(group.num_columns)}
    names = dict(zip(piece.wanted.names, piece.physical, strict=True))
    for bound in bounds:
        own = found.get(names[bound.column])
        others = [found.get(names[name]) for name in bound.present]
        if own is None or any(one is None or not one.has_null_count or one.null_count for one in (own, *others)):
            continue
        extent = _extent(own, bound.unit)
        if extent is not None and (extent[1] < bound.least or extent[0] > bound.most):
            return True
    return False


def _extent(statistics: Any, unit: Unit | None) -> tuple[int, int] | None:
    """The least and the greatest value as bounds count; None if it is not known, or not within int64."""
    if not statistics.has_min_max:
        return None
    try:
        least, most = _number(statistics.min, unit), _number(statistics.max, unit)
    except OverflowError:  # a time that Python can't say
        return None
    if least is None or most is None or least < _FIRST or most > _LAST:
        return None
    return least, most


def _number(value: object, unit: Unit | None) -> int | None:
    """A value of the statistics as bounds count; None if it is of another kind."""
    if isinstance(value, datetime):
        whole = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        return (whole - _EPOCH) // _MICROSECOND
    if isinstance(value, date):
        return (value - _EPOCH.date()).days * _DAY
    if isinstance(value, int):
        return value if unit is None else value * _UNITS[unit] // 1000
    return None
