"""Lookups: the features of a service for some rows, out of an online store, in one round trip."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from ropeway.connectors.frames import is_spark, to_arrow
from ropeway.connectors.online.keys import encoder
from ropeway.connectors.online.store import OnlineStore, Stored
from ropeway.features.instants import micros_of, text_of
from ropeway.features.labels import LabelView
from ropeway.features.service import FeatureService
from ropeway.features.view import FeatureView, as_views
from ropeway.online.computed import Computed, Outputs
from ropeway.online.states import Columns, StateReader
from ropeway.online.vectors import Slots, Vectors
from ropeway.transforms.errors import DataError, StoreError, UsageError

#: plans that are kept: the services that a process looks up, times its stores
_KEPT = 64
_PLANS: OrderedDict[tuple[int, int], tuple[Any, OnlineStore, Lookup]] = OrderedDict()


def lookup(
    service: FeatureService | FeatureView | Sequence[FeatureView], rows: Any, store: OnlineStore, *, at: Any = None
) -> Vectors:
    """The features of a service for some rows: as a backfill says them at an instant.

    Of values that is the instant of the last `materialize`; of states now, or any later instant than that.

    rows: entities, one dict of scalars for one row, a dict of lists, a list of dicts, or a frame of pandas, polars or
        Arrow, with the columns of all join keys; others are allowed. A missing key is an entity of which nothing is
        known, as is one that is not in the store: counts are 0, and all else is missing.
    at: the instant, as `rw.instants` takes it; None is now, and of values the instant as of which the store was
        written. Values are those of no other instant, and states of no earlier one: then it raises.

    Raises `StoreError` if the store does not answer or holds no such view, `UsageError` for rows without a key or with
    one of another type, `DataError` for a record that was cut short or is another release's.

    >>> import pandas as pd, ropeway as rw
    >>> table = pd.DataFrame({"tail": ["N1"], "at": pd.to_datetime(["2013-01-01"]), "delay": [5.0]})
    >>> view = rw.FeatureView("plane", rw.Entity("tail"), rw.Source("flights", table, "at"), [rw.mean("delay")])
    >>> store = rw.OnlineStore("lmdb:online")
    >>> rw.materialize(view, store, until="2013-02-01").until
    '2013-02-01'
    >>> rw.lookup(view, {"tail": "N1"}, store).to_dicts()
    [{'plane__delay_mean': 5.0}]
    """
    plan = _plan(service, store)
    try:
        return plan(rows, at=at)
    except (DataError, UsageError):
        if not plan.is_stale():
            raise
    return _plan(service, store, anew=True)(rows, at=at)


async def alookup(
    service: FeatureService | FeatureView | Sequence[FeatureView], rows: Any, store: OnlineStore, *, at: Any = None
) -> Vectors:
    """`lookup` for a service that answers many at once: it waits for Redis without holding up the others.

    >>> import asyncio, pandas as pd, ropeway as rw
    >>> table = pd.DataFrame({"tail": ["N1"], "at": pd.to_datetime(["2013-01-01"]), "delay": [5.0]})
    >>> view = rw.FeatureView("plane", rw.Entity("tail"), rw.Source("flights", table, "at"), [rw.mean("delay")])
    >>> store = rw.OnlineStore("lmdb:online")
    >>> done = rw.materialize(view, store, until="2013-02-01")
    >>> asyncio.run(rw.alookup(view, {"tail": "N1"}, store)).to_dicts()
    [{'plane__delay_mean': 5.0}]
    """
    plan = _plan(service, store)
    try:
        return await plan.later(rows, at=at)
    except (DataError, UsageError):
        if not plan.is_stale():
            raise
    return await _plan(service, store, anew=True).later(rows, at=at)


def _plan(
    service: FeatureService | FeatureView | Sequence[FeatureView], store: OnlineStore, *, anew: bool = False
) -> Lookup:
    known = id(service), id(store)
    kept = _PLANS.get(known)
    if kept is None or anew:
        kept = service, store, Lookup(service, store)
        _PLANS[known] = kept
        if len(_PLANS) > _KEPT:
            _PLANS.popitem(last=False)
    return kept[2]


class _Group:
    """Views that are one record: their keys, and how it is read."""

    def __init__(self, number: int, view: FeatureView, stored: Stored, columns: tuple[str, ...]) -> None:
        self.number = number
        self.stored = stored
        self.columns = columns
        self.reader = StateReader(view, stored) if stored.mode == "state" else None
        self._prefix = stored.prefix
        self._encoders = [
            (column, encoder(kind, column)) for column, kind in zip(columns, stored.keys.values(), strict=True)
        ]  # fmt: skip

    def put_keys(self, given: Mapping[str, Sequence[Any]], keys: list[bytes | None], width: int) -> None:
        """Write the keys of its records among those of all groups, of which there are `width`."""
        if len(self._encoders) == 1:
            ((column, encode),) = self._encoders
            for row, value in enumerate(given[column]):
                made = encode(value)
                if made is not None:
                    keys[row * width + self.number] = self._prefix + made
            return
        columns = [[encode(value) for value in given[column]] for column, encode in self._encoders]
        for row, parts in enumerate(zip(*columns, strict=True)):
            if None not in parts:
                keys[row * width + self.number] = self._prefix + b"".join(parts)


class Lookup:
    """The plan of a service in a store, made once: which records are asked for, and where in them features stand."""

    def __init__(self, service: FeatureService | FeatureView | Sequence[FeatureView], store: OnlineStore) -> None:
        self._store = store
        groups: dict[tuple[bytes, tuple[str, ...]], _Group] = {}
        self._wanted: list[tuple[str, _Group, int]] = []
        for view in as_views(service):
            if isinstance(view, LabelView):
                raise UsageError(f"{view.name!r} is a label: what is not known at a request's time is not looked up.")
            stored = described(view, store)
            columns = tuple(view.join_keys[key] for key in stored.keys)
            group = groups.setdefault((stored.prefix, columns), _Group(len(groups), view.declared, stored, columns))
            self._wanted += [
                (one.name, group, stored.schema.get_field_index(one.short)) for one in view.outputs()
            ]  # fmt: skip
        self._groups = list(groups.values())
        self._columns = tuple(dict.fromkeys(column for group in self._groups for column in group.columns))
        of_values = [group for group in self._groups if group.reader is None]
        self._layouts = [group.stored.layout for group in of_values]
        places = {group.number: at for at, group in enumerate(of_values)}
        self._slots = Slots.of(
            self._layouts, [(name, places[one.number], at) for name, one, at in self._wanted if one.reader is None]
        )
        self._of_values = [group.number for group in of_values]
        self._nothing = [bytes.fromhex(group.stored.nothing) for group in of_values]
        self._width = sum(layout.words for layout in self._layouts)
        self._is_fixed = all(layout.is_fixed for layout in self._layouts)
        starts = self._slots.starts
        self._heads = np.stack([starts, starts + 1], axis=1).ravel()
        self._expected = np.concatenate(
            [np.empty(0, np.int64), *(np.frombuffer(one[:16], np.int64) for one in self._nothing)]
        )
        self._schema = pa.schema([(name, one.stored.schema.field(at).type) for name, one, at in self._wanted])
        self._outputs: Outputs | None = None
        if isinstance(service, FeatureService) and Outputs.wanted(service):
            self._outputs = Outputs(service, self._schema)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple((self._schema if self._outputs is None else self._outputs.schema).names)

    def __call__(self, rows: Any, *, at: Any = None) -> Vectors:
        """As `lookup`."""
        keys, size = self._keys(rows)
        there = [key for key in keys if key is not None]
        return self._answer(_placed(keys, self._store.get(there) if there else []), size, at)

    async def later(self, rows: Any, *, at: Any = None) -> Vectors:
        """As `alookup`."""
        keys, size = self._keys(rows)
        there = [key for key in keys if key is not None]
        return self._answer(_placed(keys, await self._store.aget(there) if there else []), size, at)

    def is_stale(self) -> bool:
        """Whether a view was materialised in another mode since the plan was made."""
        now = [self._store.describe(group.stored.view, group.stored.tag) for group in self._groups]
        return any(
            one is not None and one.mode != group.stored.mode for one, group in zip(now, self._groups, strict=True)
        )

    def _keys(self, rows: Any) -> tuple[list[bytes | None], int]:
        """The key of each record of each row, row by row, and how many rows there are."""
        given, size = columns_of(rows, self._columns)
        keys: list[bytes | None] = [None] * (size * len(self._groups))
        for group in self._groups:
            group.put_keys(given, keys, len(self._groups))
        return keys, size

    def _answer(self, records: Sequence[bytes | None], size: int, at: Any) -> Vectors:
        if len(self._of_values) == len(self._groups):
            if at is not None:
                self._check(at)
            found: Vectors = self._read(records, size)
        else:
            found = self._with_states(records, size, at)
        return found if self._outputs is None else Computed(found, self._outputs)

    def _with_states(self, records: Sequence[bytes | None], size: int, at: Any) -> Vectors:
        """Features of which some are computed now."""
        instant = time.time_ns() // 1000 if at is None else micros_of(at, "at")
        width, columns, ages = len(self._groups), dict[int, Sequence[Any]](), dict[int, Any]()
        for group in self._groups:
            if group.reader is not None:
                columns[group.number], ages[group.number] = group.reader(records[group.number :: width], instant)
        values = self._read([records[row * width + at] for row in range(size) for at in self._of_values], size)
        plain = zip(values.to_arrow().columns, values.ages.T, strict=True)  # in the order in which they are wanted
        made, aged = [], []
        for _, group, place in self._wanted:
            if group.reader is None:
                column, age = next(plain)
                made.append(column)
                aged.append(age)
            else:
                made.append(columns[group.number][place])
                aged.append(ages[group.number])
        return Columns(pa.table(made, schema=self._schema), np.stack(aged, axis=1))

    def _read(self, found: Sequence[bytes | None], size: int) -> Vectors:
        number = len(self._nothing)
        if None in found:
            found = [self._nothing[at % number] if one is None else one for at, one in enumerate(found)]
        records: Sequence[bytes] = found  # type: ignore[assignment]
        parts = records if self._is_fixed else [
            record[: 8 * self._layouts[at % number].words] for at, record in enumerate(records)
        ]  # fmt: skip
        data = b"".join(parts)
        if len(data) == 8 * self._width * size:
            words = np.frombuffer(data, np.int64).reshape(size, self._width)
            if self._is_fixed and (words[:, self._heads] == self._expected).all():
                return Vectors(self._slots, words, records)
        for at, record in enumerate(records):
            self._layouts[at % number].check(record)
        return Vectors(self._slots, np.frombuffer(data, np.int64).reshape(size, self._width), records)

    def _check(self, at: Any) -> None:
        """Raise `UsageError` unless the store was written as of this instant."""
        asked = micros_of(at, "at")
        for one in (group.stored for group in self._groups):
            now = self._store.describe(one.view, one.tag)
            if now is not None and now.until != asked:
                assert now.until is not None
                raise UsageError(
                    f"at={text_of(asked)}: view {one.view!r} holds values as of {text_of(now.until)}, and no other "
                    f"instant's. Leave at out."
                )


def _placed(keys: Sequence[bytes | None], found: list[bytes | None]) -> Sequence[bytes | None]:
    """What was found of the keys that there are, None for the others."""
    if len(found) == len(keys):
        return found
    each = iter(found)
    return [None if key is None else next(each) for key in keys]


def described(view: FeatureView, store: OnlineStore) -> Stored:
    """What a store says of a view; raises `StoreError` where it was not materialised."""
    base = view.declared
    stored = store.describe(base.name, bytes.fromhex(base.definition_hash[:16]))
    if stored is None or stored.until is None:
        others = [one for one in store.views() if one.view == base.name]
        if others:
            raise StoreError(
                f"{store} holds view {base.name!r} under another definition ({others[0].definition[:16]}) than this "
                f"({base.definition_hash[:16]}): materialise the service as it is now."
            )
        there = ", ".join(sorted({one.view for one in store.views()})) or "no view"
        raise StoreError(f"{store} holds {there}, and not {base.name!r}: materialise the service first.")
    return stored


def columns_of(rows: Any, names: Sequence[str]) -> tuple[dict[str, Sequence[Any]], int]:
    """The values of these columns, and how many rows there are."""
    if isinstance(rows, dict):
        try:
            found = {name: rows[name] for name in names}
        except KeyError as error:
            raise _missing(error.args[0], list(rows)) from None
        several = [isinstance(one, list | tuple | np.ndarray) for one in found.values()]
        if not any(several):
            return {name: (value,) for name, value in found.items()}, 1
        sizes = {len(one) for one, is_list in zip(found.values(), several, strict=True) if is_list}
        if not all(several) or len(sizes) > 1:
            raise UsageError("rows: expected lists of one length, or a value for each key.")
        return {name: _plain(one) for name, one in found.items()}, sizes.pop()
    if isinstance(rows, list | tuple):
        made: dict[str, list[Any]] = {name: [] for name in names}
        for row in rows:
            if not isinstance(row, Mapping):
                raise UsageError(f"rows: expected a list of dicts, got a {type(row).__name__} in it.")
            for name in names:
                if name not in row:
                    raise _missing(name, list(row))
                made[name].append(row[name])
        return dict(made), len(rows)
    if is_spark(rows):
        raise UsageError("rows: a lookup is for a few rows of this process; for a Spark frame take backfill().")
    there = list(getattr(rows, "column_names", None) or getattr(rows, "columns", []))
    for name in names:
        if name not in there:
            raise _missing(name, there)
    table = to_arrow(rows, list(names))
    return {name: table.column(name).to_pylist() for name in names}, table.num_rows


def _plain(values: Any) -> Sequence[Any]:
    plain: Sequence[Any] = values.tolist() if isinstance(values, np.ndarray) else values
    return plain


def _missing(name: str, there: Sequence[str]) -> UsageError:
    return UsageError(f"rows have no key {name!r}. They have: {', '.join(map(str, there)) or 'nothing'}.")
