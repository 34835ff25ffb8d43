"""polars: each part by what suits it, then side by side.

Join and group: every query with all events of its key, and for each window the pairs within it are grouped. That is
the one way that knows of rows which become known late. A filter per window before the groups takes a third of the
time of a filter in each aggregate.
Rolling: prices, 60 of a product and never late, take half as long by `rolling` over one index (as in the headline);
visits, 16 of a customer, a half longer.
As-of join: what is last over all history. A static table is a join.
"""

from collections.abc import Sequence
from typing import Any

import polars as pl

from benchmarks.engines import with_polars as engine
from benchmarks.tables import Data
from benchmarks.width.features import LONGEST, MICROSECONDS, PARTS, PICKS, WINDOWS, Feature, Part, chosen, folder

__all__ = ["PARTS", "answer", "engine"]

_ROLLED = ("price",)


def answer(_: None, data: Data, parts: Sequence[str] = PARTS) -> pl.DataFrame:
    ids = _scan(data, "queries").select("id").sort("id").collect()
    columns = [frame for part in chosen(parts) for frame in _part(part, data)]
    names = [one.name for part in chosen(parts) for one in part.features]
    return pl.concat([ids, *columns], how="horizontal").select("id", *names)


def _part(part: Part, data: Data) -> list[pl.DataFrame]:
    """The features of one part, in the order of the ids and without them."""
    queries = _scan(data, "queries").select("id", *part.keys, pl.col("time").to_physical().alias("asked"))
    if not part.timed:
        named = [pl.col(one.column or "").alias(one.name) for one in part.features]
        events = _scan(data, part.source).select(*part.keys, *named)
        return pl.collect_all([_in_order(queries.join(events, on=part.keys, how="left"), part.features)])
    late = [pl.col("known").to_physical()] if part.late else []
    columns = dict.fromkeys([*part.keys, *part.inputs])
    events = _scan(data, part.source).select(*columns, "seq", pl.col("time").to_physical().alias("at"), *late)
    always = [_as_of(part, queries, events, one) for one in part.features if one.window is None]
    windows = {window: [one for one in part.features if one.window == window] for window in WINDOWS}
    if part.name in _ROLLED:
        return [*_rolled(part, queries, events, windows), *pl.collect_all(always)]
    return pl.collect_all([*_joined(part, queries, events, windows), *always], engine="streaming")


def _joined(
    part: Part, queries: pl.LazyFrame, events: pl.LazyFrame, windows: dict[str, list[Feature]]
) -> list[pl.LazyFrame]:
    age = pl.col("asked") - pl.col("at")
    known = [pl.col("known") < pl.col("asked")] if part.late else []
    ordered = events.sort("at", "seq").with_row_index("order")  # the order of tied rows, as one number
    pairs = queries.join(ordered, on=part.keys).filter(age > 0, age <= LONGEST, *known)
    pairs = pairs.select("id", "order", *part.inputs, age=age)
    frames = []
    for window, features in windows.items():
        inside = pairs.filter(pl.col("age") <= MICROSECONDS[window])
        groups = inside.group_by("id").agg(_aggregate(one, pl.len()) for one in features)
        counts = [pl.col(one.name).fill_null(0) for one in features if one.aggregate == "count"]
        whole = queries.select("id").join(groups, on="id", how="left").with_columns(counts)
        frames.append(_in_order(whole, features))
    return frames


def _rolled(
    part: Part, queries: pl.LazyFrame, events: pl.LazyFrame, windows: dict[str, list[Feature]]
) -> list[pl.DataFrame]:
    """Events and queries in one index, in which no window reaches from one key into another."""
    none: Any = None
    both = pl.concat(
        [events.with_columns(id=pl.lit(none, pl.Int64)), queries.rename({"asked": "at"})], how="diagonal"
    ).collect()
    at = pl.col("at")
    number = pl.struct(part.keys).rank("dense").cast(pl.Int64)
    apart = at.max() - at.min() + LONGEST + 1
    rows = both.select("id", "seq", *part.inputs, at=number * apart + at - at.min()).sort("at", "seq")
    happened = pl.col("id").is_null().sum()
    frames = [
        rows.lazy()
        .rolling("at", period=f"{MICROSECONDS[window]}i", closed="left")
        .agg(_aggregate(one, happened, ordered=True) for one in features)
        .drop("at")
        for window, features in windows.items()
    ]
    whole = pl.concat([rows.select("id"), *pl.collect_all(frames)], how="horizontal")
    return [whole.filter(pl.col("id").is_not_null()).sort("id").drop("id")]


def _aggregate(one: Feature, rows: pl.Expr, *, ordered: bool = False) -> pl.Expr:
    """One feature of the rows in a group; `rows` counts them, `ordered` says that they stand in order."""
    held = None if one.only is None else one.only.of(pl.col(one.only.column))
    if one.column is None:
        return (rows if held is None else held.sum()).cast(pl.Int64).alias(one.name)
    value = pl.col(one.column)
    if held is not None:
        value = value.filter(held)
    if one.aggregate in PICKS:
        order, value = pl.col("order").filter(value.is_not_null()), value.drop_nulls()
        if ordered:
            found = value.last() if one.aggregate == "last" else value.first()
        else:
            found = value.max_by(order) if one.aggregate == "last" else value.min_by(order)
        return found.alias(one.name)
    if one.aggregate == "sum":
        return pl.when(value.count() > 0).then(value.sum()).alias(one.name)  # polars gives 0 for the sum of nothing
    answer: pl.Expr = getattr(value, one.aggregate)()
    return answer.alias(one.name)


def _as_of(part: Part, queries: pl.LazyFrame, events: pl.LazyFrame, one: Feature) -> pl.LazyFrame:
    """The last value before each query."""
    values = events.select(*part.keys, "at", "seq", pl.col(one.column or "").alias(one.name)).drop_nulls(one.name)
    found = queries.sort("asked").join_asof(
        values.sort("at", "seq"),
        left_on="asked", right_on="at", by=part.keys, allow_exact_matches=False, check_sortedness=False,
    )  # fmt: skip
    return _in_order(found, [one])


def _in_order(answers: pl.LazyFrame, features: Sequence[Feature]) -> pl.LazyFrame:
    names = [one.name for one in features]
    return answers.select("id", *names).sort("id").select(names)


def _scan(data: Data, name: str) -> pl.LazyFrame:
    return pl.scan_parquet(f"{folder(data, name)}/*.parquet")
