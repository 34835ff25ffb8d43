"""polars: every query joined with all events of its key, then grouped, by the streaming engine.

The in-memory engine takes twice as long and holds all pairs at once.
"""

import polars as pl

from benchmarks.data import FEATURES, MICROSECONDS, WINDOWS
from benchmarks.engines import with_polars as engine
from benchmarks.tables import Data

__all__ = ["answer", "engine"]


def answer(_: None, data: Data) -> pl.DataFrame:
    events = pl.scan_parquet(data.events / "*.parquet").select("key", pl.col("time").to_physical().alias("at"), "value")
    queries = pl.scan_parquet(data.queries / "*.parquet").select("id", "key", pl.col("time").to_physical())
    age = pl.col("time") - pl.col("at")
    pairs = queries.join(events, on="key").filter(age > 0, age <= max(MICROSECONDS.values()))
    columns = [column for name in WINDOWS for column in _window(name, age <= MICROSECONDS[name])]
    groups = pairs.group_by("id").agg(columns)
    counts = [pl.col(f"count_{name}").fill_null(0) for name in WINDOWS]
    whole = queries.select("id").join(groups, on="id", how="left").with_columns(counts)
    return whole.sort("id").select("id", *FEATURES).collect(engine="streaming")


def _window(name: str, inside: pl.Expr) -> list[pl.Expr]:
    value = pl.col("value").filter(inside)
    return [
        value.count().alias(f"count_{name}"),
        pl.when(value.count() > 0).then(value.sum()).alias(f"sum_{name}"),
        value.mean().alias(f"mean_{name}"),
        value.min().alias(f"min_{name}"),
        value.max().alias(f"max_{name}"),
    ]
