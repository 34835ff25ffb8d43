"""`backfill`: point-in-time features for rows of any frame, on either engine, into a frame or a table."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

import ropeway.batch.spark as spark_engine
from ropeway.batch import frames, local
from ropeway.batch.facts import Facts
from ropeway.batch.memory import checked_limit
from ropeway.batch.overlap import warn_of_overlap
from ropeway.batch.plan import Plan, plan
from ropeway.batch.progress import Progress
from ropeway.batch.ranges import Compute, frame_of_range, write_range
from ropeway.batch.report import Report
from ropeway.batch.result import BackfillResult
from ropeway.batch.streamed import answered
from ropeway.batch.target import Features, Target
from ropeway.connectors.base import Mode
from ropeway.connectors.frames import is_spark, to_arrow
from ropeway.connectors.table import Table, open_table
from ropeway.features.instants import Instants
from ropeway.features.view import as_views, derived_of, transform_of
from ropeway.transforms.errors import UsageError
from ropeway.transforms.passes.clock import Clock

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_MODES = ("error", "append", "overwrite")
_ORDER = "__ropeway_row"
Result = TypeVar("Result", bound=BackfillResult)

_log = logging.getLogger("ropeway")


def backfill(
    entity_df: Any,
    features: Features,
    *,
    to: str | None = None,
    mode: Mode = "error",
    run_id: str | None = None,
    refresh: bool = False,
    timestamp: str = "event_timestamp",
    timestamp_unit: str | None = None,
    spark: SparkSession | None = None,
    progress: bool | None = None,
    memory_limit: int | str | None = None,
) -> Any:
    """`entity_df` with the features of each row as they were known at its time, or what was written `to` an address.

    The rows' own columns come first and as they were, then the features in declared order. A feature never uses what
    was not known before the row's time: a source's row counts from its timestamp (and `available_at`) on, exclusively
    with the default closed="left".

    entity_df: pandas, polars, Arrow or Spark frame, or an address; the same type comes back (for an address an Arrow
        table, on Spark a Spark frame), in the same order and with the same index; a Spark frame promises no order.
        Or `rw.instants(...)`: every entity known by then at each of these instants, with the column `event_date`.
    features: a service, a view, or a list of views.
    to, mode, run_id: write a table and return a `BackfillResult`. The mode says what happens if it exists: "error",
        "append" or "overwrite". The same run_id again changes nothing and returns the same result. A range of
        instants is written slice by slice, goes on in a table that holds part of it, and returns a `RangeResult`.
    refresh: for a range: compute all its dates again, those too that are finished.
    timestamp, timestamp_unit: the rows' time column; the unit ("s", "ms", "us", "ns") if it holds integers. Naive
        times are read as UTC.
    spark: compute on Spark. So do rows that are a Spark frame; all else runs on this machine, on all cores.
    progress: a bar for work that lasts; None shows it on a terminal only.
    memory_limit: bytes, or a text such as "2GiB", that this process may take beyond what it holds already; "256MiB" is
        the least. Tables are then read some row groups at a time, and rows wait on disk (`TMPDIR`) for their turn. Not
        counted are frames that are passed, and a result that is not written `to` a table. For this machine only.

    A row without a key matches nothing: counts are 0 and the rest is null, as for a key without rows in the window.
    Raises `RopewayError`: before any work for declarations, schemas and tables that don't fit (`SchemaError`,
    `TableExistsError` ...), and `DataError` for values without an answer; then nothing is written. Gives a
    `LeakageWarning` for a feature beside a label if its window holds the row's very instant, of the same source.

    >>> import pandas as pd, ropeway as rw
    >>> flights = pd.DataFrame({
    ...     "tail": ["N1", "N1"],
    ...     "departed": pd.to_datetime(["2013-01-01 08:00", "2013-01-01 12:00"]),
    ...     "landed": pd.to_datetime(["2013-01-01 11:00", "2013-01-01 15:00"]),
    ...     "delay": [5.0, 50.0],
    ... })
    >>> source = rw.Source("flights", flights, "departed", available_at="landed")
    >>> view = rw.FeatureView("plane", rw.Entity("tail"), source, [rw.count().over("1d"), rw.last("delay")])
    >>> rows = pd.DataFrame({"tail": ["N1", "N1"], "event_timestamp": pd.to_datetime(["2013-01-01 14:00"] * 2)})
    >>> rw.backfill(rows, view)[["plane__count_1d", "plane__delay_last"]]  # the flight in the air is not known yet
       plane__count_1d  plane__delay_last
    0                1                5.0
    1                1                5.0
    """
    if mode not in _MODES:
        raise UsageError(f"mode={mode!r}: expected one of {', '.join(map(repr, _MODES))}.")
    if to is None and (run_id is not None or mode != "error"):
        raise UsageError("mode and run_id say how a table is written: pass to= with its address.")
    limit = checked_limit(memory_limit)
    if limit is not None and (spark is not None or is_spark(entity_df)):
        raise UsageError(
            "memory_limit= is for work on this machine: on Spark the session bounds its tasks, by "
            "spark.executor.memory and spark.executor.pyspark.memory. Leave out one of the two."
        )
    views = as_views(features)
    warn_of_overlap(views)
    if isinstance(entity_df, Instants):
        if (timestamp, timestamp_unit) != ("event_timestamp", None):
            raise UsageError("a range of instants has its own event_timestamp: leave timestamp and timestamp_unit out.")
        return _range(entity_df, features, to, mode, run_id, refresh, spark, progress, limit)
    if refresh:
        raise UsageError("refresh= is for a range of instants, rw.instants(...), that is written to a table.")
    if is_spark(entity_df):
        spark = spark or entity_df.sparkSession
    table = open_table(entity_df, spark=spark)
    made = plan(
        table.schema(), views, timestamp=timestamp, timestamp_unit=timestamp_unit, spark=spark,
        derived=derived_of(features), transform=transform_of(features),
    )  # fmt: skip
    read = {
        "address": entity_df if isinstance(entity_df, str) else None,
        "version": table.version(),
        "timestamp": timestamp,
        "timestamp_unit": timestamp_unit,
    }
    target = None if to is None else Target(to, mode, run_id, features, made, read, spark)
    if target is not None and target.earlier is not None:
        return target.earlier
    if spark is not None:
        with Progress(progress).of_spark(spark), spark_engine.unwrapped():
            return _on_spark(entity_df, table, made, target, spark)
    clock, begun = Clock(), time.perf_counter()
    shown = Progress(progress)
    if limit is None:
        result = _locally(entity_df, table, made, target, clock, shown)
    else:
        result = _within(limit, entity_df, table, made, target, clock, shown)
    if target is None:
        _log.info("backfill of %d features: %s", len(made.outputs), clock)
        return result
    return _reported(result, Report.local(result.rows, time.perf_counter() - begun, clock))


def _reported(result: Result, report: Report) -> Result:
    """The result with its report, which is logged."""
    _log.info("%s", report)
    return replace(result, report=report)


def _range(
    asked: Instants,
    features: Features,
    to: str | None,
    mode: Mode,
    run_id: str | None,
    refresh: bool,
    spark: SparkSession | None,
    progress: bool | None,
    limit: int | None,
) -> Any:
    if refresh and to is None:
        raise UsageError("refresh= computes again what a table holds: pass to= with its address.")
    clock, begun = Clock(), time.perf_counter()
    facts = None if spark is None else Facts(spark)
    with computing(spark, Progress(progress), clock, facts, limit) as compute:
        if to is None:
            return frame_of_range(asked, features, spark=spark, compute=compute)
        result = write_range(
            asked, features, to=to, mode=mode, run_id=run_id, refresh=refresh, spark=spark, compute=compute
        )
    seconds = time.perf_counter() - begun
    if facts is None:
        return _reported(result, Report.local(result.rows, seconds, clock))
    return _reported(result, Report.of("spark", result.rows, seconds, facts.tasks))


@contextmanager
def computing(
    spark: SparkSession | None,
    progress: Progress | None = None,
    clock: Clock | None = None,
    facts: Facts | None = None,
    limit: int | None = None,
) -> Iterator[Compute]:
    """An engine for the time of the block, in which errors of tasks are raised as what they are."""
    shown = progress or Progress()
    with nullcontext() if spark is None else shown.of_spark(spark), spark_engine.unwrapped():
        yield partial(_computed, spark=spark, clock=clock or Clock(), progress=shown, facts=facts, limit=limit)


def _computed(
    made: Plan,
    rows: Any,
    times: tuple[int, int],
    *,
    spark: SparkSession | None,
    clock: Clock,
    progress: Progress,
    facts: Facts | None,
    limit: int | None,
) -> Any:
    """Rows, an Arrow table or with `spark` a Spark frame, with their features."""
    if spark is not None:
        return spark_engine.features(made, open_table(rows, spark=spark), facts, times)
    if limit is not None:
        return _within(limit, rows, open_table(rows), made, None, clock, progress)
    return frames.attached(rows, made.outputs.names, local.features(made, rows, clock, progress), frozenset())


def _locally(entity_df: Any, table: Table, made: Plan, target: Target | None, clock: Clock, progress: Progress) -> Any:
    whole = isinstance(entity_df, str) or target is not None
    with clock("read"):
        needed = [key.rows for one in made.passes for key in one.work.keys]
        needed += [made.timestamp] if made.timestamp is not None else []
        rows = table.scan(None if whole else list(dict.fromkeys(needed)))
    columns = local.features(made, rows, clock, progress)
    if not whole:
        return frames.attached(entity_df, made.outputs.names, columns, _counts(made))
    answer = frames.attached(rows, made.outputs.names, columns, frozenset())
    if target is None:
        return answer
    with clock("write"):
        return target.write(answer)


def _within(
    limit: int, entity_df: Any, table: Table, made: Plan, target: Target | None, clock: Clock, progress: Progress
) -> Any:
    """As `_locally`, with no more memory than the limit for all that is not in memory already."""
    holds = 0 if target is None else target.held
    with answered(made, table, limit, clock, progress, own=target is not None, holds=holds) as answers:
        clock.slices += answers.streamed.slices
        if target is not None:
            with clock("write"):
                return target.write(answers.reader())
        columns = answers.columns()
    own = table.scan() if isinstance(entity_df, str) else entity_df
    return frames.attached(own, made.outputs.names, columns, _counts(made))


def _on_spark(entity_df: Any, table: Table, made: Plan, target: Target | None, spark: SparkSession) -> Any:
    if target is not None:
        begun, facts = time.perf_counter(), Facts(spark)
        result = target.write(spark_engine.features(made, table, facts))
        return _reported(result, Report.of("spark", result.rows, time.perf_counter() - begun, facts.tasks))
    if isinstance(entity_df, str) or is_spark(entity_df):
        return spark_engine.features(made, table)
    # rows of this process come back to it, in their order
    numbered = to_arrow(entity_df)
    numbered = numbered.append_column(_ORDER, pa.array(range(len(numbered)), pa.int64()))
    answer = spark_engine.features(made, open_table(numbered, spark=spark)).toArrow().sort_by(_ORDER)
    columns = [answer.column(name).cast(made.outputs.field(name).type) for name in made.outputs.names]
    return frames.attached(entity_df, made.outputs.names, columns, _counts(made))


def _counts(made: Plan) -> frozenset[str]:
    """The features that are whole numbers for any row."""
    asks = [ask for one in made.passes for ask in one.work.asks]
    return frozenset(ask.name for ask in asks if ask.aggregate.counts and ask.category is None and not ask.window.ahead)
