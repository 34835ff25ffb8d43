"""Schemas of the tables of sources; reading them is the business of connectors, which stand above."""

import importlib
from typing import Any, Protocol

import pyarrow as pa

#: is imported when the first schema is wanted, and registers the reader
_HOME = "ropeway.connectors.schemas"


class SchemaReader(Protocol):
    """Gives the schema of an address or a frame, with the column names of the table itself."""

    def __call__(self, table: Any, *, spark: Any = None) -> pa.Schema:
        """`spark` is a session, for what only Spark can read."""


_registered: list[SchemaReader] = []


def register_schema_reader(reader: SchemaReader) -> None:
    """Make `reader` the one that is asked from now on."""
    _registered.append(reader)


def read_schema(table: Any, *, spark: Any = None) -> pa.Schema:
    """The Arrow schema of `table`, an address or a frame."""
    if not _registered:
        importlib.import_module(_HOME)
    return _registered[-1](table, spark=spark)
