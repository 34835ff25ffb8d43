"""One way into a table, whatever it is: an address or a frame, for this process or for Spark."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ropeway.connectors import frames
from ropeway.connectors.address import Address, parse
from ropeway.connectors.arrow_types import storable
from ropeway.connectors.base import Connector, check_names
from ropeway.connectors.pieces import Piece
from ropeway.connectors.registry import connector
from ropeway.connectors.spark_frames import select, to_spark
from ropeway.connectors.spark_types import arrow_schema
from ropeway.transforms.errors import SchemaError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class Table(ABC):
    """A table that one engine reads. All answers are about the same state of it, however long it stays open."""

    @abstractmethod
    def schema(self) -> pa.Schema:
        """The columns as `scan` gives them."""

    @abstractmethod
    def rows(self) -> int | None:
        """How many rows there are, where that is known without reading them."""

    @abstractmethod
    def version(self) -> int | None:
        """The version that is read; None where tables have none."""

    @abstractmethod
    def scan(self, columns: Sequence[str] | None = None) -> Any:
        """These columns in this order, by default all: an Arrow table, or on Spark a lazy frame."""

    def pieces(self, columns: Sequence[str]) -> list[Piece] | None:
        """These columns in pieces that other processes can read, of the types of `schema`; None where none can."""
        return None


class StoredTable(Table):
    """The table behind an address. Its newest version is looked up once, and read from then on."""

    def __init__(self, address: Address, spark: SparkSession | None) -> None:
        self._written = address
        self._connector: Connector = connector(address.scheme)
        self._spark = spark

    def __str__(self) -> str:
        return str(self._written)

    @cached_property
    def _address(self) -> Address:
        return replace(self._written, version=self._connector.version(self._written, spark=self._spark))

    @cached_property
    def _known(self) -> pa.Schema:
        return self._connector.schema(self._address, spark=self._spark)

    @cached_property
    def _rows(self) -> int | None:
        return self._connector.rows(self._address, spark=self._spark)

    def schema(self) -> pa.Schema:
        """From the table's metadata, read once."""
        return self._known

    def rows(self) -> int | None:
        """From the table's metadata, read once."""
        return self._rows

    def version(self) -> int | None:
        """The address's own, or the newest when the table was first looked at."""
        return self._address.version

    def scan(self, columns: Sequence[str] | None = None) -> Any:
        """Read anew each time."""
        chosen = self._known.names if columns is None else columns
        return self._connector.scan(self._address, chosen, spark=self._spark)

    def pieces(self, columns: Sequence[str]) -> list[Piece] | None:
        """From the same version as all else."""
        found = self._connector.pieces(self._address, columns)
        if not found or any(one.type != self._known.field(one.name).type for one in found[0].wanted):
            return None
        return found


class FrameTable(Table):
    """A frame of this process, handed to either engine; each column is converted once."""

    def __init__(self, frame: Any, spark: SparkSession | None) -> None:
        self._kind = frames.kind_of(frame)
        self._frame = frame
        self._spark = spark
        self._columns: dict[str, pa.ChunkedArray] = {}
        self._names = frames.column_names(frame)
        if spark is None:
            frames.to_arrow(frame, [])  # a Spark frame is refused here

    def __str__(self) -> str:
        return self._kind

    def schema(self) -> pa.Schema:
        """In the types of `scan`; columns of Python objects are converted to find theirs.

        One for which Arrow has no type is of type null here, since rows may carry anything; `scan` refuses it.
        """
        if frames.is_spark(self._frame):
            return arrow_schema(self._frame.schema)
        known = pa.schema([(name, self._kind_of(name)) for name in self._names])
        return known if self._spark is None else storable(known, f"the {self._kind}", nulls=True)

    def rows(self) -> int | None:
        """The length; None for a Spark frame, which would have to be computed."""
        return None if frames.is_spark(self._frame) else len(self._frame)

    def version(self) -> int | None:
        """None."""
        return None

    def scan(self, columns: Sequence[str] | None = None) -> Any:
        """No copy where Arrow can look at the frame's own memory."""
        chosen = self._names if columns is None else list(columns)
        if frames.is_spark(self._frame):
            return select(self._frame, chosen, f"the {self._kind}")
        check_names(self._names, chosen, f"the {self._kind}")
        if not chosen:
            table = frames.to_arrow(self._frame, [])
        else:
            table = pa.Table.from_arrays([self._column(name) for name in chosen], names=chosen)
        return table if self._spark is None else to_spark(table, self._spark)

    def _kind_of(self, name: str) -> pa.DataType:
        try:
            return self._column(name).type
        except SchemaError:
            return pa.null()

    def _column(self, name: str) -> pa.ChunkedArray:
        if name not in self._columns:
            self._columns[name] = frames.column(self._frame, name)
        return self._columns[name]


class SomeColumns(Table):
    """Columns of a table under names of their own: `names`, name there -> name here."""

    def __init__(self, table: Table, names: Mapping[str, str]) -> None:
        self._table = table
        self._raw = {new: old for old, new in names.items()}

    def __str__(self) -> str:
        return str(self._table)

    def schema(self) -> pa.Schema:
        """Of these columns only."""
        known = self._table.schema()
        return pa.schema([known.field(old).with_name(new) for new, old in self._raw.items()])

    def rows(self) -> int | None:
        """As many as the table has."""
        return self._table.rows()

    def version(self) -> int | None:
        """That of the table."""
        return self._table.version()

    def scan(self, columns: Sequence[str] | None = None) -> Any:
        """As the table is scanned."""
        names = list(self._raw) if columns is None else list(columns)
        found = self._table.scan([self._raw[name] for name in names])
        return found.toDF(*names) if frames.is_spark(found) else found.rename_columns(names)

    def pieces(self, columns: Sequence[str]) -> list[Piece] | None:
        """Those of the table."""
        found = self._table.pieces([self._raw[name] for name in columns])
        if found is None:
            return None
        return [replace(one, wanted=pa.schema(map(_named, one.wanted, columns))) for one in found]


def _named(field: pa.Field, name: str) -> pa.Field:
    return field.with_name(name)


def open_table(table: Any, *, spark: SparkSession | None = None) -> Table:
    """The table that an address or a frame is, read by Spark if a session is given, else by this process.

    >>> import pandas as pd
    >>> table = open_table(pd.DataFrame({"tail": ["N1", "N2"], "seats": [2, 180]}))
    >>> table.rows(), table.scan(["seats"]).to_pydict()
    (2, {'seats': [2, 180]})
    """
    return StoredTable(parse(table), spark) if isinstance(table, str) else FrameTable(table, spark)


def connector_of(address: str) -> tuple[Connector, Address]:
    """The connector behind an address, and what to ask it about.

    >>> connector_of("parquet:data/flights")[1]
    Address(scheme='parquet', path='data/flights', version=None)
    """
    parsed = parse(address)
    return connector(parsed.scheme), parsed
