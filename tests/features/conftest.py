"""A reader of schemas that knows Arrow tables, for tests of declarations by themselves."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from ropeway.features import schemas


@pytest.fixture
def arrow_schemas() -> Iterator[list[Any]]:
    """Reads the schemas of Arrow tables; gives the sessions that were handed to it."""
    sessions: list[Any] = []

    def read(table: Any, *, spark: Any = None) -> pa.Schema:
        sessions.append(spark)
        return table.schema

    before = list(schemas._registered)
    schemas.register_schema_reader(read)
    yield sessions
    schemas._registered[:] = before
