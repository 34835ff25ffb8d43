"""The plan as text: what will be read, sorted or shuffled, and computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ropeway.batch.local import scanned
from ropeway.batch.parts import Parts, kept
from ropeway.batch.plan import Chained, Pass, Plan, plan
from ropeway.batch.progress import Progress
from ropeway.batch.ranges import planned
from ropeway.batch.ranges_known import EntitiesOnSpark
from ropeway.batch.spark import layout
from ropeway.batch.target import Features
from ropeway.connectors.frames import is_spark
from ropeway.connectors.table import Table, open_table
from ropeway.features.instants import Instants
from ropeway.features.view import as_views, derived_of, transform_of
from ropeway.transforms.passes.clock import Clock
from ropeway.transforms.passes.history import is_whole
from ropeway.transforms.passes.values import asking
from ropeway.transforms.passes.work import laid_out
from ropeway.transforms.threads import threads

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


#: rows of a table up to which keys are counted on this machine, so that an explanation never takes long
LOOKED_AT = 20_000_000


class Explanation(str):
    """Text that a notebook shows as it reads."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def explain(
    entity_df: Any,
    features: Features,
    *,
    timestamp: str = "event_timestamp",
    timestamp_unit: str | None = None,
    spark: SparkSession | None = None,
) -> Explanation:
    """What `backfill` with these arguments would do, as text; raises what it would raise before work starts.

    On this machine keys and times are looked at (below), so that what is wrong with these is raised too.

    Which keys are too large for one task, or on this machine for one tile, and into how many slices they are cut: on
    Spark that is known from samples of the tables, as `backfill` takes them, on this machine from all keys of tables
    of up to 20,000,000 rows; tiles are as many as suit its threads. For a range of instants, `rw.instants(...)`, it
    looks up who is asked about.

    >>> import pandas as pd, ropeway as rw
    >>> flights = pd.DataFrame({"tail": ["N1"], "at": pd.to_datetime(["2013-01-01"]), "delay": [5.0]})
    >>> view = rw.FeatureView("plane", rw.Entity("tail"), rw.Source("flights", flights, "at"),
    ...                       [rw.mean("delay").over("7d")])
    >>> rows = pd.DataFrame({"tail": ["N1"], "event_timestamp": pd.to_datetime(["2013-01-02"])})
    >>> rw.explain(rows, view)
    backfill of 1 feature by the local engine: 1 pass over 1 source
    rows: tail string, event_timestamp timestamp[ns]
    <BLANKLINE>
    pass 1: source 'flights' (pandas frame, 1 row) for view plane
      key       tail = rows.tail, as string
      time      at; the rows ask at t = rows.event_timestamp
      reads     3 of 3 columns: tail, at, delay
      sorts     by key and time
      tiles     1; the largest of 2 rows
      plane__delay_mean_7d  double  mean of col("delay") in [t-7d, t)
    """
    if isinstance(entity_df, Instants):
        return _of_range(entity_df, features, spark)
    if is_spark(entity_df):
        spark = spark or entity_df.sparkSession
    table = open_table(entity_df, spark=spark)
    made = plan(
        table.schema(), as_views(features), timestamp=timestamp, timestamp_unit=timestamp_unit, spark=spark,
        derived=derived_of(features), transform=transform_of(features),
    )  # fmt: skip
    if spark is not None:
        _, steps, _ = layout(made, table)
        return Explanation("\n".join(_lines(made, [_parts(step.parts) for step in steps], on_spark=True)))
    known = [rows for one in (table, *(one.table for one in made.passes)) if (rows := one.rows()) is not None]
    small = len(known) == 1 + len(made.passes) and max(known) <= LOOKED_AT
    return Explanation("\n".join(_lines(made, [_tiles(one, table) for one in made.passes] if small else [])))


def _of_range(asked: Instants, features: Features, spark: SparkSession | None) -> Explanation:
    made, entities = planned(features, spark)
    try:
        if isinstance(entities, EntitiesOnSpark):
            entities.look(asked)
        rows = sum(entities.counts([(asked.start, asked.last)], asked.every))
        lines = _lines(made, [], on_spark=spark is not None)
        lines[1] += f"; who is known by then at {_many(len(asked), 'instant')}: {_many(rows, 'row')}"
        return Explanation("\n".join(lines))
    finally:
        entities.close()


def _lines(made: Plan, cuts: Sequence[str], *, on_spark: bool = False) -> list[str]:
    engine = "Spark" if on_spark else "the local engine"
    sources = len({one.source.name for one in made.passes})
    inner = _inner(made)
    lines = [
        f"backfill of {_many(len(made.outputs), 'feature')} by {engine}: {_many(len(made.passes), 'pass')} over "
        f"{_many(sources, 'source')}"
        + (f", {_many(inner, 'pass')} for the rows of chains" if inner else "")
        + (f", {_many(len(made.passes) + inner, 'shuffle')}" if on_spark else ""),
        "rows: " + ", ".join(f"{field.name} {field.type}" for field in made.rows),
    ]
    carried = len(made.rows)
    for number, one in enumerate(made.passes, 1):
        cut = cuts[number - 1] if cuts else None
        lines += _chain_lines(one, str(number), on_spark=on_spark)
        lines += ["", *_pass_lines(one, str(number), carried, made, cut, on_spark=on_spark)]
        carried += len(one.work.asks)
    if made.derived:
        width = max(len(name) for name, _ in made.derived)
        kinds = made.columns
        lines += ["", "derived:"]
        lines += [f"  {name:{width}}  {kinds.field(name).type}  {expression!r}" for name, expression in made.derived]
    if made.transform is not None:
        first, *rest = made.transform.explain().splitlines()
        lines += ["", f"transform: {first}", *(f"  {line}" for line in rest)]
    return lines


def _inner(made: Plan) -> int:
    """How many passes the rows of chains take."""
    inner = [one.table.inner for one in made.passes if isinstance(one.table, Chained)]
    return sum(len(one.passes) + _inner(one) for one in inner)


def _chain_lines(one: Pass, number: str, *, on_spark: bool) -> list[str]:
    """The passes that the rows of a chain take before; theirs are numbered 1.1, 1.2 and so on."""
    if not isinstance(one.table, Chained):
        return []
    lines: list[str] = []
    inner = one.table.inner
    for at, before in enumerate(inner.passes, 1):
        lines += _chain_lines(before, f"{number}.{at}", on_spark=on_spark)
        carried = len(inner.rows)
        lines += ["", *_pass_lines(before, f"{number}.{at}", carried, inner, None, on_spark=on_spark)]
    return lines


def _pass_lines(one: Pass, number: str, carried: int, made: Plan, cut: str | None, *, on_spark: bool) -> list[str]:
    work = one.work
    views = ", ".join(one.views)
    rows = one.table.rows()
    size = "" if rows is None else f", {_many(rows, 'row')}"
    keys = "; ".join(f"{key.source} = rows.{key.rows}, as {key.kind}" for key in work.keys)
    lines = [
        f"pass {number}: source {work.source!r} ({one.table}{size}) for view{'s' * (len(one.views) > 1)} {views}",
        f"  key       {keys}",
        f"  time      {_time(one, made)}",
        f"  reads     {len(work.columns)} of {_many(len(one.schema), 'column')}: {', '.join(work.columns)}",
    ]
    if work.where is not None:
        lines.append(f"  where     {work.where!r}")
    if on_spark:
        lines.append(
            f"  shuffles  by {', '.join(key.rows for key in work.keys)}; rows carry {_many(carried, 'column')}"
        )
    else:
        lines.append("  sorts     by key and time" + (f", ties by {', '.join(work.tiebreak)}" if work.tiebreak else ""))
    if whole := [ask.name for ask in work.asks if work.timestamp is not None and is_whole(ask)]:
        lines.append(
            f"  whole     keys are not cut: {', '.join(whole)} over all history {_needs(whole)} all rows of a key"
        )
    if cut is not None:
        lines.append(f"  {'parts' if on_spark else 'tiles':9} {cut}")
    width = max(len(ask.name) for ask in work.asks)
    kinds = max(len(str(ask.kind)) for ask in work.asks)
    for ask in work.asks:
        inputs = [repr(work.inputs[at]) for at in (ask.input, ask.other) if at is not None]
        of = f"{'elements of ' * ask.exploded}{' and '.join(inputs)}" if inputs else "rows"
        of += "" if ask.category is None else f" by {work.inputs[ask.category]!r}"
        where = "" if ask.filter is None else f" where {work.filters[ask.filter]!r}"
        span = "" if work.timestamp is None else f" in {ask.window.describe()}"
        lines.append(f"  {ask.name:{width}}  {ask.kind!s:{kinds}}  {ask.aggregate.name} of {of}{where}{span}")
    return lines


def _needs(names: Sequence[str]) -> str:
    return "needs" if len(names) == 1 else "need"


def _parts(parts: Parts) -> str:
    """By samples."""
    cut = len([one for one in parts.hot if one.cuts])
    size = "" if parts.largest is None else f"; the largest of about {parts.largest:,} rows"
    return f"{parts.count:,}{_large(cut, parts.slices)}{size}"


def _tiles(one: Pass, rows: Table) -> str:
    """By the true counts, for which keys and times are read."""
    work = one.work
    names = list(dict.fromkeys([key.source for key in work.keys] + ([work.timestamp] if work.timestamp else [])))
    if work.where is not None:
        names = list(dict.fromkeys([*names, *work.where.columns()]))
    events = kept(work, scanned(one.table, one.source.raw_names(names), Clock(), Progress()).rename_columns(names))
    sweep = laid_out(work, events, rows.scan(asking(work)), threads())
    return f"{sweep.tiles:,}{_large(sweep.cut, sweep.slices)}; the largest of {_many(sweep.largest, 'row')}"


def _large(keys: int, slices: int) -> str:
    return f"; {_many(keys, 'large key')} cut into {_many(slices, 'time slice')}" if keys else ""


def _time(one: Pass, made: Plan) -> str:
    work = one.work
    if work.timestamp is None:
        return "none: a static table, one row per key"
    known = f", known from {work.available_at}" if work.available_at is not None else ""
    return f"{work.timestamp}{known}; the rows ask at t = rows.{made.timestamp}"


def _many(number: int, noun: str) -> str:
    plural = noun + ("es" if noun.endswith("s") else "s")
    return f"{number:,} {noun if number == 1 else plural}"
