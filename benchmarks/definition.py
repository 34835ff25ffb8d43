"""The headline features, declared once for both engines of ropeway."""

from typing import Any

import pyarrow as pa

import ropeway as rw
from benchmarks.data import AGGREGATES, WINDOWS
from benchmarks.tables import Data

VIEW = "v"


def view(data: Data) -> rw.FeatureView:
    """20 features over `data.events`, which are read from their files when they are needed."""
    events = rw.Source("events", f"parquet:{data.events}", "time")
    aggregates = [rw.count(), rw.sum("value"), rw.mean("value"), rw.min("value"), rw.max("value")]
    named = zip(aggregates, AGGREGATES, strict=True)
    return rw.FeatureView(
        VIEW, rw.Entity("key"), events, [aggregate.alias(name).over(*WINDOWS) for aggregate, name in named]
    )


def plainly_named(answers: pa.Table) -> pa.Table:
    """The features under the names that all runners use."""
    return answers.rename_columns([name.removeprefix(f"{VIEW}__") for name in answers.column_names])


def backfill(data: Data, **options: Any) -> Any:
    """The features of all queries, by the engine and into the table that `options` of `ropeway.backfill` say."""
    rows = f"parquet:{data.queries}"
    return rw.backfill(rows, view(data), timestamp="time", progress=False, **options)
