"""ropeway in one process, without a JVM."""

import pyarrow as pa

import ropeway as rw
from benchmarks import definition
from benchmarks.data import Data
from ropeway.transforms.threads import threads as threads_of_ropeway


def start(threads: int) -> None:
    if threads_of_ropeway() != threads:
        raise SystemExit(f"ropeway has {threads_of_ropeway()} threads, not {threads}: set ROPEWAY_THREADS")


def run(_: None, data: Data) -> pa.Table:
    answer: pa.Table = rw.backfill(definition.rows(data), definition.view(data), timestamp="time", progress=False)
    return answer


def table(_: None, data: Data) -> pa.Table:
    return definition.plainly_named(run(None, data))
