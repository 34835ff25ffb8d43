"""DuckDB: every query joined with the events of its key in the longest window, then grouped, a filter per window."""

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
        f"{function}(e.value) FILTER (e.t >= q.t - {MICROSECONDS[name]}) AS {function}_{name}"
        for name in WINDOWS
        for function in ("count", "sum", "min", "max")
    ]
    means = [f"sum_{name} / nullif(count_{name}, 0) AS mean_{name}" for name in WINDOWS]
    return f"""
        WITH e AS (SELECT key, epoch_us(time) AS t, value FROM {files(data.events)}),
        q AS (SELECT id, key, epoch_us(time) AS t FROM {files(data.queries)}),
        grouped AS (
            SELECT q.id, {", ".join(aggregates)}
            FROM q LEFT JOIN e ON e.key = q.key AND e.t < q.t AND e.t >= q.t - {max(MICROSECONDS.values())}
            GROUP BY q.id
        ),
        whole AS (SELECT *, {", ".join(means)} FROM grouped)
        SELECT id, {", ".join(FEATURES)} FROM whole ORDER BY id
    """
