"""ropeway in one process, without a JVM."""

from collections.abc import Sequence

import pyarrow as pa

from benchmarks.engines import with_ropeway as engine
from benchmarks.tables import Data
from benchmarks.width import definition
from benchmarks.width.features import PARTS

__all__ = ["PARTS", "answer", "engine"]


def answer(_: None, data: Data, parts: Sequence[str] = PARTS) -> pa.Table:
    found: pa.Table = definition.backfill(data, parts, **engine.limits())
    return found
