"""polars: answers stand in memory."""

import polars as pl
import pyarrow as pa


def start(threads: int) -> None:
    if pl.thread_pool_size() != threads:
        raise SystemExit(f"polars has {pl.thread_pool_size()} threads, not {threads}: set POLARS_MAX_THREADS")


def finish(answer: pl.DataFrame) -> None:
    """Nothing is left to do."""


def table(answer: pl.DataFrame) -> pa.Table:
    return answer.to_arrow()
