"""States of entities into an online store: read, kept, packed; on this machine, or by the tasks of Spark."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.batch import local
from ropeway.batch.changes import Changing
from ropeway.batch.plan import Chained, Pass, plan
from ropeway.batch.progress import Progress
from ropeway.batch.spark import unwrapped
from ropeway.connectors.online import keys as online_keys
from ropeway.connectors.online.records import NO_TIME
from ropeway.connectors.online.states import StateLayout
from ropeway.connectors.online.store import Item, OnlineStore, Stored
from ropeway.connectors.spark_frames import mapped, numbered
from ropeway.features.states import TIME, asking_rows
from ropeway.features.view import FeatureView
from ropeway.transforms.errors import CapabilityError
from ropeway.transforms.passes.clock import Clock
from ropeway.transforms.passes.kept import check_kept, kept
from ropeway.transforms.passes.work import Work

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Ints = npt.NDArray[np.int64]
#: how many records were written, their bytes, and the time of the newest row
Told = tuple[int, int, int]

_TOLD = "written bigint, bytes bigint, newest bigint"


@dataclass(frozen=True)
class States:
    """A view whose states are to be written, and how its source is read."""

    stored: Stored
    made: Pass


def described(view: FeatureView, until: int, spark: SparkSession | None) -> States:
    """What is written of a view; raises `UsageError` where no state can tell of it."""
    source = view.source_schema(spark=spark)
    (made,) = plan(asking_rows(view, source), [view], timestamp=TIME, spark=spark).passes
    check_kept(made.work, f"view {view.name!r}")
    if spark is not None and isinstance(made.table, Chained | Changing):
        raise CapabilityError(
            f"view {view.name!r}: states of features of features are written by this machine alone: leave spark= out, "
            f'or take mode="values".'
        )
    kinds = {key: online_keys.kind_of_key(source.field(key).type) for key in view.entity.join_keys}
    schema = pa.schema([(one.short, ask.kind) for one, ask in zip(view.outputs(), made.work.asks, strict=True)])
    typed = made.source.typed(made.schema) if not isinstance(made.table, Chained) else made.schema
    text = typed.remove_metadata().serialize().to_pybytes().hex()
    return States(
        Stored(view.name, view.definition_hash, schema, kinds, mode="state", begun=until, source=text), made
    )  # fmt: skip


def written(states: States, until: int, spark: SparkSession | None, store: OnlineStore) -> Sequence[Told]:
    """Write the states of all entities as of an instant."""
    made = states.made
    raw = made.source.raw_names(made.work.columns)
    if spark is None:
        table = local.scanned(made.table, raw, Clock(), Progress(False)).rename_columns(list(made.work.columns))
        return [stored_states(states.stored, made.work, store, until, table)]
    frame: DataFrame = made.table.scan(raw)
    frame = numbered(frame.toDF(*made.work.columns))
    places = [made.work.columns.index(key.source) for key in made.work.keys]
    frame = frame.repartition(*(frame.columns[at] for at in places))
    work = partial(stored_states, states.stored, made.work, store, until)
    return told_by_tasks(frame, partial(_in_task, work, made.work.columns))


def stored_states(stored: Stored, work: Work, store: OnlineStore, until: int, events: pa.Table) -> Told:
    """Write the states of the entities of these rows, which are all of theirs."""
    found = kept(work, events, until)
    keys = online_keys.encoded(
        [found.keys.column(name) for name in stored.keys], list(stored.keys.values()), stored.prefix
    )  # fmt: skip
    records = StateLayout.of(stored, work).pack(
        found.rows, found.row_ends, found.sums, found.sum_ends, found.newest, until
    )
    return put(stored, store, keys, records, found.newest)


def put(
    stored: Stored, store: OnlineStore, keys: Iterable[bytes | None], records: Iterable[bytes], newest: Ints
) -> Told:
    """Write records, of which there is a key and a newest row each."""
    size = 0

    def items() -> Iterator[Item]:
        nonlocal size
        for key, record in zip(keys, records, strict=True):
            assert key is not None  # of rows without a key there is no record
            size += len(record)
            yield key, record

    written = store.write(stored, items())
    return written, size, int(newest.max(initial=NO_TIME))


def _in_task(
    work: Callable[[pa.Table], Told], columns: Sequence[str], batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    held = list(batches)
    if held:
        yield as_batch(work(pa.Table.from_batches(held).rename_columns(list(columns))))


def as_batch(told: Told) -> pa.RecordBatch:
    """What a task tells."""
    return pa.RecordBatch.from_arrays(
        [pa.array([one], pa.int64()) for one in told], names=["written", "bytes", "newest"]
    )  # fmt: skip


def told_by_tasks(frame: DataFrame, function: Any) -> Sequence[Told]:
    """What the tasks of a frame tell of what they wrote."""
    with unwrapped():
        found = mapped(numbered(frame), function, _TOLD).collect()
    return [(row["written"], row["bytes"], row["newest"]) for row in found]
