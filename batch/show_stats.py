"""`show_stats`: what there is in the columns of a frame, from one pass over its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from ropeway.batch.pipelines import LocalData
from ropeway.batch.stats import Stats
from ropeway.batch.stats_asking import Asking
from ropeway.connectors.frames import column_names, kind_of
from ropeway.transforms.errors import SchemaError, UsageError
from ropeway.transforms.pipeline.engines import Data, engine_of
from ropeway.transforms.pipeline.proposal import register_stats

#: the name of a label that is given as values
_LABEL = "y"


def show_stats(frame: Any, y: Any = None, columns: Sequence[str] | None = None) -> Stats:
    """Statistics of the columns of a frame of pandas, polars, Arrow or Spark; all columns if None are named.

    y: the label, the name of a column, or values for each row of a frame of this process; each column is then
    compared with it: numbers by Pearson's correlation, a category and a number by the correlation ratio, two categories
    by Cramer's V (without correction). Columns or labels of more than 1,000 categories are not compared.

    On Spark it is one pass over the rows, which stay where they are. The same bits whatever the order of rows, the
    partitions and the engine. Up to 65,536 distinct values of a column all is exact; beyond, the number of distinct
    values is about right (0.4 %), and quantiles and the histogram are of values with fewer bits, by which they are off
    by less than `error`. Text with more distinct values, some of which are frequent, takes a second pass that counts
    these. Moments and correlations are always of exact sums (correlations of values cut to 55 bits below the column's
    largest). Integers beyond 2^53 are taken as the nearest floats.

    >>> import pandas as pd, ropeway as rw
    >>> flights = pd.DataFrame({"delay": [1.0, 9.0, None, 2.0], "to": ["JFK", "EWR", "EWR", None]})
    >>> stats = rw.show_stats(flights, y="delay")
    >>> stats["to"].measure, stats["to"].correlation  # each category has one delay: it tells all
    ('correlation ratio', 1.0)
    """
    names = _names(frame, y, columns)
    data = _without_nanoseconds(engine_of(frame).data(frame, y, [*names], []))
    label = data.target
    if label is not None and not isinstance(y, str):
        names = [*names, label]
    asking = Asking(data.schema, names, label)
    found = asking.answered(data, asking.asked())
    again = asking.second(found)
    if again:
        found |= asking.answered(data, again)
    made = {name: asking.column(name, found) for name in names}
    rows = next(iter(made.values())).rows
    shown = {name: one for name, one in made.items() if name != label or isinstance(y, str)}
    matrix = asking.matrix(found)
    if label is not None and not isinstance(y, str):
        renamed = tuple(_LABEL if name == label else name for name in matrix[0])
        return Stats(rows, shown, _LABEL, (renamed, matrix[1]))
    return Stats(rows, shown, label, matrix)


def _names(frame: Any, y: Any, columns: Sequence[str] | None) -> list[str]:
    what = kind_of(frame)
    there = column_names(frame)
    if isinstance(columns, str):
        raise UsageError(f"columns={columns!r}: expected a list of names, such as [{columns!r}].")
    names = list(dict.fromkeys(there if columns is None else columns))
    missing = [name for name in names if name not in there]
    if missing:
        raise SchemaError(
            f"the {what} has no column {', '.join(map(repr, missing))}. It has: {', '.join(there) or 'none'}."
        )
    if isinstance(y, str) and y in there and y not in names:
        names.append(y)
    if not names:
        raise UsageError(f"the {what} has no columns of which there could be statistics.")
    return names


def _without_nanoseconds(data: Data) -> Data:
    """Times of this process in whole microseconds, rounded down; those of Spark are."""
    if not isinstance(data, LocalData):
        return data
    table = data.table
    for at, field in enumerate(table.schema):
        kind = field.type
        if (
            pa.types.is_timestamp(kind) or pa.types.is_duration(kind) or pa.types.is_time64(kind)
        ) and kind.unit == "ns":
            micros = pa.timestamp("us", kind.tz) if pa.types.is_timestamp(kind) else pa.time64("us")
            micros = pa.duration("us") if pa.types.is_duration(kind) else micros
            table = table.set_column(at, field.name, table.column(at).cast(micros, safe=False))
    return replace(data, table=table)


register_stats(Stats, show_stats)
