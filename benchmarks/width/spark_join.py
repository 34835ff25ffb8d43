"""Spark SQL: for each part every query is joined with the events of its key, and the pairs are grouped by query.

That knows of late rows, which range frames do not. The parts are joined by id. The events of a key are few, so a hash
join is better than Spark's sort-merge join. Picking a string by an order lets Spark group by sorting only; of the
deliveries, which make the most pairs, picks are therefore grouped apart from the rest. Both together halve the CPU
seconds of that part; grouping the pairs of each window apart, as is best for polars, adds a quarter.
"""

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import functions as f

from benchmarks.engines import with_spark as engine
from benchmarks.tables import Data
from benchmarks.width.features import LONGEST, MICROSECONDS, PARTS, PICKS, Feature, Part, chosen, folder

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

__all__ = ["PARTS", "answer", "engine"]

_SPLIT = ("shop",)


def answer(session: "SparkSession", data: Data, parts: Sequence[str] = PARTS) -> "DataFrame":
    frames = [_part(session, part, data) for part in chosen(parts)]
    names = [one.name for part in chosen(parts) for one in part.features]
    return _by_id(frames).select("id", *names)


def _by_id(frames: "Sequence[DataFrame]") -> "DataFrame":
    return reduce(lambda left, right: left.join(right, "id"), frames)


def _part(session: "SparkSession", part: Part, data: Data) -> "DataFrame":
    """`id` and the features of one part; each query has a row, for no join drops one."""
    queries = session.read.parquet(folder(data, "queries"))
    queries = queries.select("id", *part.keys, f.unix_micros("time").alias("asked"))
    table = session.read.parquet(folder(data, part.source))
    events = table.select(*(f.col(key).alias(f"event_{key}") for key in part.keys), *_columns(part))
    near = reduce(lambda left, right: left & right, [f.col(key) == f.col(f"event_{key}") for key in part.keys])
    if not part.timed:
        found = queries.join(events, near, "left")
        return found.select("id", *(f.col(one.column or "").alias(one.name) for one in part.features))
    age = f.col("asked") - f.col("at")
    near &= age > 0
    if all(one.window for one in part.features):
        near &= age <= LONGEST
    if part.late:
        near &= f.col("known") < f.col("asked")
    groups = queries.join(events.hint("shuffle_hash"), near, "left").groupBy(*part.keys, "id")
    picks = [one for one in part.features if one.aggregate in PICKS and part.name in _SPLIT]
    others = [one for one in part.features if one not in picks]
    halves = [groups.agg(*(_aggregate(one, age) for one in some)).drop(*part.keys) for some in (others, picks) if some]
    return _by_id(halves)


def _columns(part: Part) -> "list[Column]":
    if not part.timed:
        return [f.col(name) for name in part.inputs]
    late = [f.unix_micros("known").alias("known")] if part.late else []
    return [f.col("seq"), f.unix_micros("time").alias("at"), *late, *(f.col(name) for name in part.inputs)]


def _aggregate(one: Feature, age: "Column") -> "Column":
    # a query without events has one pair, whose age is null
    inside = age <= MICROSECONDS[one.window] if one.window else age.isNotNull()
    if one.only is not None:
        inside &= one.only.of(f.col(one.only.column))
    if one.column is None:
        return f.count(f.when(inside, 1)).alias(one.name)
    column = f.col(one.column)
    if one.aggregate in PICKS:
        order = f.when(inside & column.isNotNull(), f.struct("at", "seq"))
        return (f.max_by if one.aggregate == "last" else f.min_by)(column, order).alias(one.name)
    function = {"mean": f.avg, "std": f.stddev_samp}.get(one.aggregate) or getattr(f, one.aggregate)
    return function(f.when(inside, column)).alias(one.name)
