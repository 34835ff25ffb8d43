"""The headline features, declared once for both engines of ropeway."""

import pyarrow as pa

import ropeway as rw
from benchmarks.data import AGGREGATES, FEATURES, WINDOWS, Data

_VIEW = "v"


def view(data: Data) -> rw.FeatureView:
    """20 features over `data.events`, which are read from their files when they are needed."""
    events = rw.Source("events", f"parquet:{data.events}", "time")
    aggregates = [rw.count(), rw.sum("value"), rw.mean("value"), rw.min("value"), rw.max("value")]
    named = zip(aggregates, AGGREGATES, strict=True)
    return rw.FeatureView(
        _VIEW, rw.Entity("key"), events, [aggregate.alias(name).over(*WINDOWS) for aggregate, name in named]
    )


def rows(data: Data) -> str:
    """The address of the queries."""
    return f"parquet:{data.queries}"


def plainly_named(table: pa.Table) -> pa.Table:
    """`id` and the features under the names that all runners use."""
    return table.select(["id", *(f"{_VIEW}__{name}" for name in FEATURES)]).rename_columns(["id", *FEATURES])
