"""DuckDB: range frames over the union of events and queries, with named windows.

Times are compared as integers: with timestamps and intervals the same frames take three times as long. The mean is
the sum over the count, which spares a fifth.
"""

import duckdb
import pyarrow as pa

from benchmarks.data import FEATURES, MICROSECONDS, WINDOWS
from benchmarks.engines import with_duckdb as engine
from benchmarks.engines.with_duckdb import files
from benchmarks.tables import Data

__all__ = ["answer", "engine"]


def answer(session: duckdb.DuckDBPyConnection, data: Data) -> pa.Table:
    return session.sql(_statement(data)).to_arrow_table()


def _statement(data: Data) -> str:
    aggregates = [
        f"{function}(value) OVER w{name} AS {function}_{name}"
        for name in WINDOWS
        for function in ("count", "sum", "min", "max")
    ]
    means = [f"sum_{name} / nullif(count_{name}, 0) AS mean_{name}" for name in WINDOWS]
    frames = [
        f"w{name} AS (PARTITION BY key ORDER BY t RANGE BETWEEN {MICROSECONDS[name]} PRECEDING AND 1 PRECEDING)"
        for name in WINDOWS
    ]
    return f"""
        WITH history AS (
            SELECT NULL::BIGINT AS id, key, epoch_us(time) AS t, value FROM {files(data.events)}
            UNION ALL
            SELECT id, key, epoch_us(time), NULL FROM {files(data.queries)}
        ),
        framed AS (SELECT id, {", ".join(aggregates)} FROM history WINDOW {", ".join(frames)}),
        asked AS (SELECT *, {", ".join(means)} FROM framed WHERE id IS NOT NULL)
        SELECT id, {", ".join(FEATURES)} FROM asked ORDER BY id
    """
