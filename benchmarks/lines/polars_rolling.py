"""polars: `rolling_sum_by` and its kin over events and queries under each other, key by key.

A label looks back in a time that runs backwards; categories are a part of the key, and each query asks for all of
them; a month is a part of the key, whose running sum it is.
"""

from typing import Any

import polars as pl

from benchmarks.engines import with_polars as engine
from benchmarks.lines import asked
from benchmarks.lines.data import LENGTH
from benchmarks.lines.lines import Line, chosen
from benchmarks.tables import Data
from tests.oracle import Wanted

__all__ = ["answer", "engine"]


def answer(_: None, data: Data) -> pl.DataFrame:
    made = [_answer(data, line).sort("id") for line in chosen(asked(), "polars_rolling")]
    return pl.concat([made[0].select("id"), *(one.drop("id") for one in made)], how="horizontal")


def _answer(data: Data, line: Line) -> pl.DataFrame:
    way = _WAYS.get(line.name)
    if way is not None:
        ((name, wanted),) = line.columns.items()
        return way(data, wanted, name)
    inputs = [column for one in line.wanted for column in (one.column, one.other) if column is not None]
    answers = [_aggregate(wanted).over("key").alias(name) for name, wanted in line.columns.items()]
    return _asked(_history(data, *dict.fromkeys(inputs)).with_columns(answers), *line.columns)


def _history(data: Data, *inputs: str | pl.Expr) -> pl.LazyFrame:
    """Queries and events, in order of key and time; a query has no values."""
    time = pl.col("time").to_physical()
    events = pl.scan_parquet(data.events / "*.parquet").select("key", time, *inputs)
    queries = pl.scan_parquet(data.queries / "*.parquet").select("id", "key", time)
    return pl.concat([queries, events], how="diagonal").sort("key", "time", maintain_order=True)


def _asked(rows: pl.LazyFrame, *names: str) -> pl.DataFrame:
    return rows.filter(pl.col("id").is_not_null()).select("id", *names).collect()


def _aggregate(wanted: Wanted) -> pl.Expr:
    if wanted.aggregate == "count":
        return _rolled(pl.col("id").is_null().cast(pl.Int64), "sum", wanted)
    value = pl.col(wanted.column or "")
    if wanted.aggregate == "weighted_mean":
        weight = pl.col(wanted.other or "")
        return _rolled(value * weight, "sum", wanted) / _rolled(weight, "sum", wanted)
    if wanted.aggregate == "quantile":
        return _rolled(value, "quantile", wanted, quantile=wanted.q, interpolation="linear")
    return _rolled(value, wanted.aggregate, wanted)


def _rolled(value: pl.Expr, aggregate: str, wanted: Wanted, time: str = "time", **options: Any) -> pl.Expr:
    """Of [t - width, t), or of (t - width, t] of a time that runs backwards."""
    closed = "right" if wanted.ahead else "left"
    rolled = getattr(value, f"rolling_{aggregate}_by")
    made: pl.Expr = rolled(time, window_size=f"{wanted.width}i", closed=closed, **options)
    return made


def _vector(data: Data, wanted: Wanted, name: str) -> pl.DataFrame:
    names = [f"number_{place}" for place in range(LENGTH)]
    numbers = [pl.col("vector").list.get(place).alias(one) for place, one in enumerate(names)]
    means = [_rolled(pl.col(one), "mean", wanted).over("key") for one in names]
    rows = _history(data, *numbers).with_columns(means)
    return _asked(rows.with_columns(pl.concat_list(names).alias(name)), name)


def _by(data: Data, wanted: Wanted, name: str) -> pl.DataFrame:
    time = pl.col("time").to_physical()
    events = pl.scan_parquet(data.events / "*.parquet").select("key", time, "kind", "value").collect().lazy()
    queries = pl.scan_parquet(data.queries / "*.parquet").select("id", "key", time)
    queries = queries.join(events.select(pl.col("kind").unique()), how="cross")
    history = pl.concat([queries, events], how="diagonal").sort("key", "kind", "time", maintain_order=True)
    total = _rolled(pl.col("value"), "sum", wanted).over("key", "kind")
    held = _rolled(pl.col("id").is_null().cast(pl.Int64), "sum", wanted).over("key", "kind")
    sums = history.with_columns(total.alias("total"), held.alias("held")).filter(pl.col("id").is_not_null())
    of_kind = pl.struct("kind", "total").filter(pl.col("held") > 0)
    return sums.sort("kind").group_by("id", maintain_order=True).agg(of_kind.alias(name)).collect()


def _month(data: Data, wanted: Wanted, name: str) -> pl.DataFrame:
    month = pl.col("time").cast(pl.Datetime("us")).dt.truncate("1mo")
    total = pl.col(wanted.column or "").fill_null(0.0).cum_sum().over("key", month)
    return _asked(_history(data, "value").with_columns(total.alias(name)), name)


def _label(data: Data, wanted: Wanted, name: str) -> pl.DataFrame:
    happened = pl.col("time").filter(pl.col("id").is_null()).max()
    over = pl.col("time") + wanted.width <= happened
    rows = _history(data, "value").with_columns(happens=-pl.col("time")).sort("key", "happens", maintain_order=True)
    total = _rolled(pl.col("value"), "sum", wanted, "happens").over("key")
    return _asked(rows.with_columns(pl.when(over).then(total).alias(name)), name)


_WAYS = {"vector": _vector, "by": _by, "month": _month, "label": _label}
