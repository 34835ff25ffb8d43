"""polars: every query joined with all events of its key; for each window the pairs within it are grouped.

By the streaming engine: the in-memory engine takes twice as long and holds all pairs at once. All windows are
collected at once, so the pairs are made once; one grouping with a filter per window and aggregate takes 15 % more CPU.
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
    pairs = pairs.select("id", "value", age=age)
    ids = queries.select("id")
    first, *others = pl.collect_all([_window(ids, pairs, name) for name in WINDOWS], engine="streaming")
    whole = pl.concat([first, *(other.drop("id") for other in others)], how="horizontal")
    return whole.select("id", *FEATURES)


def _window(ids: pl.LazyFrame, pairs: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """The features of one window, in the order of the ids."""
    value = pl.col("value")
    groups = (
        pairs.filter(pl.col("age") <= MICROSECONDS[name])
        .group_by("id")
        .agg(
            value.count().alias(f"count_{name}"),
            value.sum().alias(f"sum_{name}"),
            value.mean().alias(f"mean_{name}"),
            value.min().alias(f"min_{name}"),
            value.max().alias(f"max_{name}"),
        )
    )
    return ids.join(groups, on="id", how="left").with_columns(pl.col(f"count_{name}").fill_null(0)).sort("id")
