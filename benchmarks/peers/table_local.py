"""ropeway in one process, from Parquet files to a Parquet table."""

import ropeway as rw
from benchmarks import definition
from benchmarks.engines import with_ropeway as engine
from benchmarks.tables import Data

__all__ = ["answer", "engine"]


def answer(_: None, data: Data) -> rw.BackfillResult:
    to = f"parquet:{data.folder}/answers_local"
    written: rw.BackfillResult = definition.backfill(data, to=to, mode="overwrite", **engine.limits())
    return written
