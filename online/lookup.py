"""Lookups: the features of a service for some rows, out of an online store, in one round trip."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ropeway.connectors.frames import is_spark, to_arrow
from ropeway.connectors.online.keys import Encode, encoder
from ropeway.connectors.online.store import OnlineStore, Stored
from ropeway.features.instants import micros_of, text_of
from ropeway.features.labels import LabelView
from ropeway.features.service import FeatureService
from ropeway.features.view import FeatureView, as_views
from ropeway.online.computed import Computed, Outputs
from ropeway.online.vectors import Slots, Vectors
from ropeway.transforms.errors import StoreError, UsageError

#: plans that are kept: the services that a process looks up, times its stores
_KEPT = 64
_PLANS: OrderedDict[tuple[int, int], tuple[Any, OnlineStore, Lookup]] = OrderedDict()


def lookup(
    service: FeatureService | FeatureView | Sequence[FeatureView], rows: Any, store: OnlineStore, *, at: Any = None
) -> Vectors:
    """The features of a service for some rows, as a backfill at the instant of the last `materialize` says them.

    rows: entities, one dict of scalars for one row, a dict of lists, a list of dicts, or a frame of pandas, polars or
        Arrow, with the columns of all join keys; others are allowed. A missing key is an entity of which nothing is
        known, as is one that is not in the store: counts are 0, and all else is missing.
    at: None, or the instant as of which the store was written; any other raises, for values are those of that instant.

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
    known = id(service), id(store)
    kept = _PLANS.get(known)
    if kept is None:
        kept = service, store, Lookup(service, store)
        _PLANS[known] = kept
        if len(_PLANS) > _KEPT:
            _PLANS.popitem(last=False)
    return kept[2](rows, at=at)


class Lookup:
    """The plan of a service in a store, made once: which records are asked for, and where in them features stand."""

    def __init__(self, service: FeatureService | FeatureView | Sequence[FeatureView], store: OnlineStore) -> None:
        self._store = store
        self._stored: list[Stored] = []
        self._encoders: list[list[tuple[str, Encode]]] = []
        records: dict[tuple[bytes, tuple[str, ...]], int] = {}
        wanted = []
        for view in as_views(service):
            if isinstance(view, LabelView):
                raise UsageError(
                    f"{view.name!r} is a label: what is not known at the time of a request is not looked up."
                )
            stored = described(view, store)
            columns = tuple(view.join_keys[key] for key in stored.keys)
            record = records.setdefault((stored.prefix, columns), len(records))
            if record == len(self._stored):
                self._stored.append(stored)
                kinds = stored.keys.values()
                self._encoders.append([
                    (column, encoder(kind, column)) for column, kind in zip(columns, kinds, strict=True)
                ])  # fmt: skip
            wanted += [(one.name, record, stored.schema.get_field_index(one.short)) for one in view.outputs()]
        layouts = [one.layout for one in self._stored]
        self.slots = Slots.of(layouts, wanted)
        self._outputs: Outputs | None = None
        if isinstance(service, FeatureService) and Outputs.wanted(service):
            self._outputs = Outputs(service, self.slots.schema)
        self._layouts = layouts
        self._nothing = [bytes.fromhex(one.nothing) for one in self._stored]
        self._prefixes = [one.prefix for one in self._stored]
        self._columns = tuple(dict.fromkeys(column for some in self._encoders for column, _ in some))
        self._width = sum(layout.words for layout in layouts)
        self._is_fixed = all(layout.is_fixed for layout in layouts)
        starts = self.slots.starts
        self._heads = np.stack([starts, starts + 1], axis=1).ravel()
        self._expected = np.concatenate([np.frombuffer(one[:16], np.int64) for one in self._nothing])

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return self.slots.names if self._outputs is None else tuple(self._outputs.schema.names)

    def __call__(self, rows: Any, *, at: Any = None) -> Vectors:
        """As `lookup`."""
        given, size = columns_of(rows, self._columns)
        if at is not None:
            self._check(at)
        keys: list[bytes | None] = [None] * (size * len(self._prefixes))
        for record, (prefix, encoders) in enumerate(zip(self._prefixes, self._encoders, strict=True)):
            if len(encoders) == 1:
                ((column, encode),) = encoders
                for row, value in enumerate(given[column]):
                    made = encode(value)
                    if made is not None:
                        keys[row * len(self._prefixes) + record] = prefix + made
                continue
            for row in range(size):
                parts = [encode(given[column][row]) for column, encode in encoders]
                if None not in parts:
                    keys[row * len(self._prefixes) + record] = prefix + b"".join(parts)  # type: ignore[arg-type]
        found = self._read(self._found(keys), size)
        return found if self._outputs is None else Computed(found, self._outputs)

    def _found(self, keys: list[bytes | None]) -> list[bytes | None]:
        if None not in keys:
            return self._store.get(keys) if keys else []  # type: ignore[arg-type]
        there = [key for key in keys if key is not None]
        found = iter(self._store.get(there) if there else [])
        return [None if key is None else next(found) for key in keys]

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
                return Vectors(self.slots, words, records)
        for at, record in enumerate(records):
            self._layouts[at % number].check(record)
        return Vectors(self.slots, np.frombuffer(data, np.int64).reshape(size, self._width), records)

    def _check(self, at: Any) -> None:
        """Raise `UsageError` unless the store was written as of this instant."""
        asked = micros_of(at, "at")
        for one in self._stored:
            now = self._store.describe(one.view, one.tag)
            if now is not None and now.until != asked:
                assert now.until is not None
                raise UsageError(
                    f"at={text_of(asked)}: view {one.view!r} holds values as of {text_of(now.until)}, and no other "
                    f"instant's. Leave at out."
                )


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
