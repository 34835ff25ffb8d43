"""Features of a request out of states: the batch kernels over the rows that are kept of its entities."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from ropeway.connectors.online.records import NO_TIME, age_of, instant
from ropeway.connectors.online.states import NUMBER, StateLayout
from ropeway.connectors.online.store import Stored
from ropeway.features.instants import text_of
from ropeway.features.states import TIME, work_over_keys, work_over_states
from ropeway.features.view import FeatureView
from ropeway.online.vectors import Floats, Mask, Vectors, refuse_others
from ropeway.transforms.errors import UsageError
from ropeway.transforms.passes.clock import Clock
from ropeway.transforms.passes.work import run


class StateReader:
    """The features of one view out of the states of some entities, at an instant."""

    def __init__(self, view: FeatureView, stored: Stored) -> None:
        source = stored.source_schema
        self._stored = stored
        self._layout = StateLayout.of(stored, work_over_keys(view, source))
        self._work = work_over_states(view, source, NUMBER)

    def __call__(self, records: Sequence[bytes | None], at: int) -> tuple[list[pa.Array], Floats]:
        """The columns of the view, in the order in which it declares them, and the age of each entity's newest row.

        Raises `UsageError` for an instant before that of a state.
        """
        events, sums = self._layout.unpack(records)
        times = [age_of(record) for record in records if record is not None]
        begun = max([instant(as_of) for as_of, _ in times] + [self._stored.until or NO_TIME])
        if at < begun:
            raise UsageError(
                f"at={text_of(at)}: the states of view {self._stored.view!r} are as of {text_of(begun)}, and tell of "
                f"no earlier instant. Take a backfill."
            )
        size = len(records)
        queries = pa.table({
            NUMBER: pa.array(np.arange(size)), TIME: pa.array(np.full(size, at), pa.timestamp("us", "UTC")),
        })  # fmt: skip
        found = run(self._work, events, queries, 1, Clock(), sums.rename_columns(["key 0", *sums.column_names[1:]]))
        newest = [np.nan if one is None else (at - instant(age_of(one)[1])) / 1e6 for one in records]
        return found, np.array(newest, np.float64)


class Columns(Vectors):
    """Features as columns."""

    def __init__(self, table: pa.Table, ages: Floats) -> None:
        self._table = table
        self._ages = ages

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._table.column_names)

    def __len__(self) -> int:
        return int(self._table.num_rows)

    @cached_property
    def mask(self) -> Mask:
        columns = [column.is_null().to_numpy() for column in self._table.columns]
        return np.stack(columns, axis=1) if columns else np.empty((len(self), 0), np.bool_)

    @cached_property
    def matrix(self) -> Floats:
        refuse_others(self._table.schema)
        made = np.empty((len(self), len(self.names)))
        for at, column in enumerate(self._table.columns):
            if pa.types.is_boolean(column.type):
                column = column.cast(pa.int8())  # noqa: PLW2901
            values = column.combine_chunks()
            if values.null_count:
                values = values.cast(pa.float64(), safe=False)
            made[:, at] = values.to_numpy(zero_copy_only=False)
        return made

    @property
    def ages(self) -> Floats:
        return self._ages

    @cached_property
    def _dicts(self) -> list[dict[str, Any]]:
        return list(self._table.to_pylist())

    def to_arrow(self) -> pa.Table:
        return self._table
