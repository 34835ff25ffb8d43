"""The work of a view whose rows are the state of entities: one key, the number of an entity in a request."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from ropeway.features.passes import work_of
from ropeway.features.view import FeatureView
from ropeway.transforms.passes.work import Key, Work

#: the time column of a request
TIME = "rw_time"


def asking_rows(view: FeatureView, source: pa.Schema) -> pa.Schema:
    """Rows with a view's own keys, in the types of its source, and a time."""
    keys = [pa.field(key, source.field(key).type) for key in view.entity.join_keys]
    return pa.schema([*keys, (TIME, pa.timestamp("us", "UTC"))])


def work_over_keys(view: FeatureView, source: pa.Schema) -> Work:
    """The work of a view for such rows."""
    return work_of([view], source, asking_rows(view, source), TIME, None)


def work_over_states(view: FeatureView, source: pa.Schema, number: str) -> Work:
    """The same for rows of states, which have the number of their entity in place of keys; `where` holds for them."""
    work = work_over_keys(view, source)
    return replace(work, keys=(Key(number, number, pa.int64()),), where=None)
