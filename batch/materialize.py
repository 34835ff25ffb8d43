"""`materialize`: the features of a service, as of an instant, into an online store."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.batch import states
from ropeway.batch.backfill import backfill
from ropeway.connectors.online import keys as online_keys
from ropeway.connectors.online.records import NO_TIME
from ropeway.connectors.online.store import OnlineStore, Stored
from ropeway.features.aggregates import time_since_last
from ropeway.features.instants import Instants, micros_of, text_of
from ropeway.features.labels import LabelView
from ropeway.features.service import FeatureService
from ropeway.features.view import FeatureView, as_views
from ropeway.transforms.errors import CapabilityError, UsageError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_log = logging.getLogger("ropeway")

Ints = npt.NDArray[np.int64]

#: writes all records of a view
Write = Callable[[OnlineStore], Sequence[states.Told]]

#: rows of which records are made at once
_PIECE = 50_000
#: the name of a column beside the features: how long ago an entity's newest row was
_AGE = "rw_age"


@dataclass(frozen=True)
class MaterializedView:
    """What was written of one view: entities, those that were removed, bytes of records, the newest event, seconds."""

    view: str
    entities: int
    removed: int
    bytes: int
    newest: str | None
    seconds: float


@dataclass(frozen=True)
class MaterializeResult:
    """What `materialize` did: as of which instant, where, and by view."""

    store: str
    until: str
    mode: str
    views: tuple[MaterializedView, ...]

    @property
    def entities(self) -> int:
        """How many records were written, of all views."""
        return sum(one.entities for one in self.views)

    @property
    def bytes(self) -> int:
        """How many bytes they have."""
        return sum(one.bytes for one in self.views)


def materialize(
    service: FeatureService | FeatureView | Sequence[FeatureView],
    store: OnlineStore,
    *,
    until: Any,
    mode: Literal["values", "state"] = "values",
    spark: SparkSession | None = None,
) -> MaterializeResult:
    """Write the features of all entities as of an instant into an online store, from where `lookup` reads them.

    Each view is written whole, as it was declared: services and roles that share it share its records. A reader sees
    of each entity the record of this batch or the one before, never a mixture, and is never without one. What was
    written before of an entity that has fallen out of all windows is removed in the end. The same batch again changes
    nothing; one as of an earlier instant than another that has begun is refused. A run that was cut short leaves what
    it wrote, and is done again.

    until: the instant, as `rw.instants` takes it: rows before it take part, by the rules of a backfill.
    mode: "values" writes the features as they are at `until`. "state" writes what they are made of, the rows that
        windows may reach from now on and what earlier ones add up to, so that `lookup` answers for any later instant;
        what happened or became known after `until` is left to the next batch. Views of static tables stay values.
    spark: compute and write by the executors of this session; they open the store themselves.

    Raises `UsageError` for labels and for states without bound, `StoreError` where the store does not answer,
    `SupersededError` once a batch as of a later instant has begun, and what `backfill` raises.

    >>> import pandas as pd, ropeway as rw
    >>> table = pd.DataFrame({"tail": ["N1"], "at": pd.to_datetime(["2013-01-01"]), "delay": [5.0]})
    >>> view = rw.FeatureView("plane", rw.Entity("tail"), rw.Source("flights", table, "at"), [rw.mean("delay")])
    >>> done = rw.materialize(view, rw.OnlineStore("lmdb:online"), until="2013-02-01")
    >>> done.views[0].entities, done.views[0].newest
    (1, '2013-01-01')
    """
    if mode not in ("values", "state"):
        raise UsageError(f'mode={mode!r}: expected "values" or "state".')
    instant = micros_of(until, "until")
    views = list(dict.fromkeys(view.declared for view in _checked(service)))
    if spark is not None and not store.is_shared and not str(spark.conf.get("spark.master")).startswith("local"):
        raise CapabilityError(f"{store} is a folder of this machine, and the executors are on others: take redis://.")
    # all that can be wrong is found before anything is written
    asked = [_asked(view, mode, instant, spark) for view in views]
    done = tuple(_written(stored, store, instant, write) for stored, write in asked)
    return MaterializeResult(store.address, text_of(instant), mode, done)


def _checked(service: FeatureService | FeatureView | Sequence[FeatureView]) -> tuple[FeatureView, ...]:
    views = as_views(service)
    for view in views:
        if isinstance(view, LabelView):
            raise UsageError(f"{view.name!r} is a label: what is not known at the time of a request is not served.")
    return views


def _described(view: FeatureView, until: int, spark: SparkSession | None) -> Stored:
    source = view.source_schema(spark=spark)
    schema = pa.schema([(one.short, one.type(source)) for one in view.outputs()])
    keys = {key: online_keys.kind_of_key(source.field(key).type) for key in view.entity.join_keys}
    stored = Stored(view.name, view.definition_hash, schema, keys, begun=until)
    values = [
        [] if one.category is not None else one.aggregate.finish(one.aggregate.start(), until)
        for one in view.outputs()
    ]  # fmt: skip
    arrays = [pa.array([value], field.type) for value, field in zip(values, schema, strict=True)]
    (nothing,) = stored.layout.pack(arrays, np.array([NO_TIME]), NO_TIME)
    return replace(stored, nothing=nothing.hex())


def _asked(view: FeatureView, mode: str, until: int, spark: SparkSession | None) -> tuple[Stored, Write]:
    """What a store is told of a view, and what writes its records."""
    if mode == "state" and not view.source.is_static:
        found = states.described(view, until, spark)
        return found.stored, partial(states.written, found, until, spark)
    stored = _described(view, until, spark)
    return stored, partial(_values, view, stored, until, spark)


def _written(stored: Stored, store: OnlineStore, until: int, write: Write) -> MaterializedView:
    begun = time.perf_counter()
    store.begin(stored)
    told = write(store)
    removed = store.prune(stored)
    entities, size = sum(one[0] for one in told), sum(one[1] for one in told)
    newest = max((one[2] for one in told), default=NO_TIME)
    store.finish(replace(stored, until=until, entities=entities))
    made = MaterializedView(
        stored.view, entities, removed, size, None if newest == NO_TIME else text_of(newest),
        time.perf_counter() - begun,
    )  # fmt: skip
    _log.info("materialize %s into %r: %s", text_of(until), store, made)
    return made


def _values(
    view: FeatureView, stored: Stored, until: int, spark: SparkSession | None, store: OnlineStore
) -> Sequence[states.Told]:
    """Write the features as they are."""
    frame = backfill(Instants(until, until + 1, 1), _with_age(view), spark=spark, progress=False)
    work = partial(_store, stored, store, until, _reach(view), view.source.is_static)
    if spark is None:
        return [work(table) for table in _pieces(frame)]
    return states.told_by_tasks(frame, partial(_in_task, work, list(frame.columns)))


def _with_age(view: FeatureView) -> FeatureView:
    """The view with a column at its end, which says how long ago an entity's newest row was."""
    if view.source.is_static:
        return view
    features = [
        one if one.windows or view.ttl is None else one.over(view.ttl).alias(one.short_names()[0])
        for one in view.features
    ]  # fmt: skip
    return FeatureView(
        view.name, view.entity, view.source, [*features, time_since_last().alias(_AGE)], closed=view.closed
    )  # fmt: skip


def _reach(view: FeatureView) -> int | None:
    """The age, in microseconds, from which on an entity's rows are in no window; None if some window has no end."""
    reaches = [one.window.back for one in view.outputs()]
    return None if None in reaches or view.source.is_static else max(one for one in reaches if one is not None)


def _pieces(table: pa.Table) -> Iterator[pa.Table]:
    for first in range(0, table.num_rows, _PIECE):
        yield table.slice(first, _PIECE)


def _store(
    stored: Stored, store: OnlineStore, until: int, reach: int | None, is_static: bool, table: pa.Table
) -> states.Told:
    """Write the records of some entities: how many, their bytes, and the time of the newest row."""
    names = list(stored.keys)
    if is_static:
        newest = np.full(table.num_rows, NO_TIME, np.int64)
    else:
        ages = table.column(len(names) + 1 + len(stored.schema)).to_numpy()
        # a row that is not known yet leaves no trace, and its entity is one of which nothing is
        table, ages = table.filter(pa.array(~np.isnan(ages))), ages[~np.isnan(ages)]
        micros = np.rint(ages * 1e6).astype(np.int64)
        if reach is not None:
            kept = micros <= reach
            table, micros = table.filter(pa.array(kept)), micros[kept]
        newest = until - micros
    keys = online_keys.encoded([table.column(name) for name in names], list(stored.keys.values()), stored.prefix)
    columns = table.columns[len(names) + 1 : len(names) + 1 + len(stored.schema)]
    return states.put(stored, store, keys, stored.layout.pack(columns, newest, until), newest)


def _in_task(work: Any, columns: Sequence[str], batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for table in _pieces(pa.Table.from_batches([batch]).rename_columns(list(columns))):
            yield states.as_batch(work(table))
