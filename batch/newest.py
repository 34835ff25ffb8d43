"""Up to when a source is complete: the newest timestamp that it has, known or not, whatever its `where` leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from ropeway.batch.changes import Changing
from ropeway.connectors.frames import is_spark
from ropeway.connectors.pieces import extent
from ropeway.connectors.spark_frames import quoted
from ropeway.connectors.table import Table
from ropeway.features.source import Source
from ropeway.transforms import instants

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

#: before every instant: a source without rows is complete up to nowhere
NEVER = -(2**63)


def newest_of(source: Source, table: Table) -> int:
    """The newest timestamp in microseconds: from statistics of files where they tell, else from the column."""
    assert source.timestamp is not None
    if isinstance(table, Changing):
        table = table.base
    raw = source.raw_names([source.timestamp])[0]
    whole = source.timestamp_unit if pa.types.is_integer(table.schema().field(raw).type) else None
    pieces = table.pieces([raw])
    if pieces and (ends := extent(pieces, raw, whole)) is not None:
        return ends[1]
    found = _greatest(table.scan([raw]))
    if not found[0].is_valid:
        return NEVER
    what = f"timestamp {source.timestamp!r} of source {source.name!r}"
    return int(instants.micros(pa.chunked_array([found]), source.timestamp_unit, what)[0])


def _greatest(column: Any) -> pa.Array:
    """The greatest value of the only column of a table or a Spark frame, in an array of one."""
    if is_spark(column):
        return _on_spark(column)
    return pa.repeat(pc.max(column.column(0)), 1)


def _on_spark(frame: DataFrame) -> pa.Array:
    from pyspark.sql import functions as f

    found = frame.agg(f.max(quoted(frame.columns[0]))).toArrow().column(0)
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
