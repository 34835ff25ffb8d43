"""DuckDB: range frames over the union of events and queries, with named windows.

Times are compared as integers: with timestamps and intervals the same frames take three times as long. The mean is
the sum over the count, which spares a fifth.
"""

from pathlib import Path

import duckdb
import pyarrow as pa

from benchmarks.data import FEATURES, MICROSECONDS, WINDOWS, Data


def start(threads: int) -> duckdb.DuckDBPyConnection:
    session = duckdb.connect()
    session.execute(f"SET threads = {threads}")
    session.execute("SET enable_progress_bar = false")
    return session


def run(session: duckdb.DuckDBPyConnection, data: Data) -> pa.Table:
    return session.sql(_statement(data)).to_arrow_table()


def table(session: duckdb.DuckDBPyConnection, data: Data) -> pa.Table:
    return run(session, data)


def files(folder: Path) -> str:
    """A folder of Parquet files in a FROM clause."""
    return f"read_parquet('{folder}/*.parquet')"


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
