"""ropeway in one process, without a JVM."""

import pyarrow as pa

from benchmarks.engines import with_ropeway as engine
from benchmarks.lines import asked, definition
from benchmarks.tables import Data

__all__ = ["answer", "engine"]


def answer(_: None, data: Data) -> pa.Table:
    found: pa.Table = definition.backfill(data, asked(), **engine.limits())
    return found
