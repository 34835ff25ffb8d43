"""ropeway in one process, without a JVM: answers stand in memory, as an Arrow table."""

import os
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from ropeway.transforms.threads import threads as threads_of_ropeway


def start(threads: int) -> None:
    if threads_of_ropeway() != threads:
        raise SystemExit(f"ropeway has {threads_of_ropeway()} threads, not {threads}: set ROPEWAY_THREADS")


def finish(answer: Any) -> None:
    """Nothing is left to do."""


def table(answer: pa.Table) -> pa.Table:
    return answer


def limits() -> Mapping[str, Any]:
    """What `backfill` is told about memory: nothing, unless the environment says."""
    limit = os.environ.get("BENCH_MEMORY_LIMIT")
    return {"memory_limit": int(limit) if limit.isdigit() else limit} if limit else {}
