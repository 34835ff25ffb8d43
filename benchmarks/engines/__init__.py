"""What the runners of one engine share: a file each, with the same three functions.

    start(threads)    what a program does once before it works: a session, a connection; not timed
    finish(answer)    whatever is still to do until all answers are computed; timed
    table(answer)     the same answers as an Arrow table

The environment may name `BENCH_HEAP`, Java's heap in sessions of Spark, and `BENCH_MEMORY_LIMIT`, the memory that
ropeway in one process is told to keep to.
"""

import os
from typing import Any, Protocol

import pyarrow as pa

HEAP = os.environ.get("BENCH_HEAP", "3g")


class Engine(Protocol):
    """A file of this folder."""

    def start(self, threads: int) -> Any: ...

    def finish(self, answer: Any) -> None: ...

    def table(self, answer: Any) -> pa.Table: ...
