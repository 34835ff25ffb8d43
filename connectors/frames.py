"""Frames of this process as tables: pandas, polars, Arrow; and Spark frames, which stay where they are."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.types as t

from ropeway.connectors import objects
from ropeway.connectors.arrow_types import cast, plain
from ropeway.connectors.base import check_names
from ropeway.transforms import threads
from ropeway.transforms.errors import CapabilityError, SchemaError, UsageError


def is_spark(frame: object) -> bool:
    """Whether this is a Spark DataFrame, of a classic session or of Spark Connect.

    >>> is_spark(pd.DataFrame())
    False
    """
    pyspark = sys.modules.get("pyspark.sql")
    return pyspark is not None and isinstance(frame, pyspark.DataFrame)


def kind_of(frame: object) -> str:
    """What `frame` is, in words; raises `UsageError` for what is no table.

    >>> kind_of(pa.table({"a": [1]}))
    'Arrow table'
    >>> kind_of({"a": [1]})
    Traceback (most recent call last):
    ropeway.transforms.errors.UsageError: a table is an address or a frame of pandas, polars, Arrow or Spark, not a dict
    """
    if isinstance(frame, pd.DataFrame):
        return "pandas frame"
    if isinstance(frame, pa.Table | pa.RecordBatch):
        return "Arrow table"
    if is_spark(frame):
        return "Spark frame"
    polars = sys.modules.get("polars")
    if polars is not None and isinstance(frame, polars.DataFrame):
        return "polars frame"
    what = type(frame).__name__
    hint = ": call .collect() on it first" if polars is not None and isinstance(frame, polars.LazyFrame) else ""
    raise UsageError(f"a table is an address or a frame of pandas, polars, Arrow or Spark, not a {what}{hint}")


def column_names(frame: Any) -> list[str]:
    """The columns' names; raises `SchemaError` if they are not distinct strings."""
    names = list(frame.column_names if isinstance(frame, pa.Table | pa.RecordBatch) else frame.columns)
    kind = kind_of(frame)
    for name in names:
        if not isinstance(name, str):
            raise SchemaError(f"the {kind} has a column named {name!r}: names must be strings; rename it")
    repeated = [name for name in names if names.count(name) > 1] if len(set(names)) < len(names) else []
    if repeated:
        raise SchemaError(f"the {kind} has more than one column {repeated[0]!r}: rename all but one")
    return names


def to_arrow(frame: Any, columns: Sequence[str] | None = None, *, encoded: bool = False) -> pa.Table:
    """These columns (all, if None) as an Arrow table: the same values without encodings (`arrow_types.plain`).

    Units of time and time zones stay. In pandas None, NaT and NA are null; NaN is null in columns of objects and stays
    NaN in float columns. The index is left out. Raises `SchemaError` for a column that Arrow has no type for.

    encoded: text that repeats itself may come as a dictionary, of distinct values that are not null.

    >>> to_arrow(pd.DataFrame({"dest": ["JFK", None], "delay": [float("nan"), 2.0]})).to_pydict()
    {'dest': ['JFK', None], 'delay': [nan, 2.0]}
    """
    names = column_names(frame)
    check_names(names, columns or (), f"the {kind_of(frame)}")
    if is_spark(frame):
        raise CapabilityError(
            "a Spark frame is no table for the local engine: pass spark=, or rows that are a Spark frame, to compute "
            "on Spark, or frame.toArrow() to compute here"
        )
    chosen = names if columns is None else list(columns)
    words = _words(frame, chosen) if encoded and isinstance(frame, pd.DataFrame) else {}
    arrays = [words[name] if name in words else column(frame, name) for name in chosen]
    if not arrays:  # a table without columns keeps its number of rows
        return pa.table({"": pa.nulls(len(frame))}).select([])
    return pa.Table.from_arrays(arrays, names=chosen)


def _words(frame: pd.DataFrame, names: Sequence[str]) -> dict[str, pa.ChunkedArray]:
    """The columns of objects that are text, and have a gain by a dictionary."""
    held = {name: frame[name].to_numpy() for name in names if frame[name].dtype == object}
    found: dict[str, pa.ChunkedArray] = {}
    texts = list(held)

    def work(at: int) -> None:
        name = texts[at]
        if (made := objects.encoded(held[name])) is not None:
            found[name] = made

    threads.each(work, len(held), threads.threads() if len(frame) > threads.FEW else 1)
    return found


def column(frame: Any, name: str) -> pa.ChunkedArray:
    """One column as `to_arrow` gives it."""
    if isinstance(frame, pd.DataFrame):
        found = _from_pandas(frame[name], name)
    elif isinstance(frame, pa.RecordBatch):
        found = pa.chunked_array([frame.column(name)])
    elif isinstance(frame, pa.Table):
        found = frame.column(name)
    else:
        found = _from_polars(frame, name)
    return cast(found, plain(found.type), f"column {name!r}")


def _from_polars(frame: Any, name: str) -> pa.ChunkedArray:
    import polars as pl

    if frame.schema[name] == pl.Object:  # polars would hand over addresses in memory
        raise _untyped(name, "it holds Python objects")
    try:
        return frame.select(name).to_arrow().column(name)
    except (pa.ArrowException, pl.exceptions.PolarsError) as error:
        raise _untyped(name, str(error)) from error


def _from_pandas(series: pd.Series[Any], name: str) -> pa.ChunkedArray:
    if isinstance(series.dtype, pd.SparseDtype):
        series = pd.Series(series.to_numpy())
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "biuf":
        return pa.chunked_array([pa.array(series.to_numpy())])  # pandas' own way would make nulls of NaN
    try:
        found = pa.Array.from_pandas(series)
        if series.dtype == object and t.is_timestamp(found.type) and _has_nanoseconds(series):
            found = pa.Array.from_pandas(series, type=pa.timestamp("ns", found.type.tz))
    except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
        raise _untyped(name, str(error)) from error
    return found if isinstance(found, pa.ChunkedArray) else pa.chunked_array([found])


def _has_nanoseconds(series: pd.Series[Any]) -> bool:
    """Whether a time among Python objects has some; Arrow would cut them off."""
    return any(getattr(value, "nanosecond", 0) for value in series)


def _untyped(name: str, why: str) -> SchemaError:
    return SchemaError(
        f"column {name!r} has no type in Arrow ({why}): give all its values one type, such as by .astype, or drop it"
    )
