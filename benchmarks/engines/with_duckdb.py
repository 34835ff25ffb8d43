"""DuckDB: answers stand in memory, as an Arrow table."""

from pathlib import Path

import duckdb
import pyarrow as pa


def start(threads: int) -> duckdb.DuckDBPyConnection:
    session = duckdb.connect()
    session.execute(f"SET threads = {threads}")
    session.execute("SET enable_progress_bar = false")
    return session


def finish(answer: pa.Table) -> None:
    """Nothing is left to do."""


def table(answer: pa.Table) -> pa.Table:
    return answer


def files(folder: Path) -> str:
    """A folder of Parquet files in a FROM clause."""
    return f"read_parquet('{folder}/*.parquet')"
