"""Answers back into the type of frame that the rows came in, in the caller's order and with the caller's index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pandas as pd
import pyarrow as pa

from ropeway.transforms.passes.work import with_columns

#: types that pandas holds with nulls only as its own nullable types
_NULLABLE = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}


def attached(
    frame: Any, names: Sequence[str], columns: Sequence[pa.Array | pa.ChunkedArray], counts: frozenset[str]
) -> Any:
    """`frame` (pandas, polars or Arrow) with more columns at its end; its own stay as they are, row by row.

    In pandas an integer or boolean feature is Int64 or boolean, since it may be null; those in `counts` never are,
    and stay int64.
    """
    if isinstance(frame, pd.DataFrame):
        new = pd.DataFrame({name: _series(column, name in counts) for name, column in zip(names, columns, strict=True)})
        new.index = frame.index
        return pd.concat([frame, new], axis=1)
    if isinstance(frame, pa.RecordBatch):
        frame = pa.Table.from_batches([frame])
    if isinstance(frame, pa.Table):
        return with_columns(frame, names, columns)
    import polars as pl

    return frame.with_columns([pl.Series(name, pl.from_arrow(c)) for name, c in zip(names, columns, strict=True)])


def _series(column: pa.Array | pa.ChunkedArray, never_null: bool) -> pd.Series[Any]:
    mapper = None if never_null else _NULLABLE.get
    return cast("pd.Series[Any]", column.to_pandas(types_mapper=mapper))
