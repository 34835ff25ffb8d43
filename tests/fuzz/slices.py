"""A backfill cut into parts and time slices as on Spark, but in this process: thousands of cuts in a second."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from ropeway.batch.changes import Changing
from ropeway.batch.derived import with_derived
from ropeway.batch.parts import Sample, ahead_of, hashes_of, is_cuttable, kept, parts_of, span_of, times_of
from ropeway.batch.plan import Chained, Pass, Plan, plan
from ropeway.batch.target import Features
from ropeway.connectors.table import Table
from ropeway.features.view import as_views, derived_of
from ropeway.transforms.passes import work
from tests.by_parts import answers_by_parts

#: rows of a part, about, and of a chunk in which rows are cut
ROWS = 15
CHUNK = 40


def in_slices(rows: pa.Table, features: Features, **timed: Any) -> pa.Table:
    """What `rw.backfill` gives for Arrow rows, computed part by part; a part has about `ROWS` rows."""
    made = plan(rows.schema, as_views(features), derived=derived_of(features), **timed)
    return work.with_columns(rows, made.outputs.names, _answered(made, rows))


def _answered(made: Plan, rows: pa.Table) -> list[pa.ChunkedArray]:
    done: dict[str, pa.ChunkedArray] = {}
    for one in made.passes:
        found = _by_part(one, rows)
        done.update(zip(found.column_names, found.columns, strict=True))
    return with_derived(made, pa.table([done[name] for name in made.features.names], schema=made.features))


def _scanned(table: Table, columns: Sequence[str]) -> pa.Table:
    """Columns of a table; the rows of a chain are computed in slices too."""
    if isinstance(table, Changing):
        return table.changes.versions(_scanned(table.base, table.reads(columns))).select(list(columns))
    if not isinstance(table, Chained):
        found: pa.Table = table.scan(columns)
        return found
    own = _scanned(table.base, table.base.schema().names)
    return work.with_columns(own, table.inner.outputs.names, _answered(table.inner, own)).select(list(columns))


def _by_part(made: Pass, rows: pa.Table) -> pa.Table:
    one = made.work
    events = kept(one, _scanned(made.table, made.source.raw_names(one.columns)).rename_columns(list(one.columns)))
    samples = []
    for table, happened in ((events, True), (rows, False)):
        times = times_of(one, table, events=happened)
        if times is not None:
            found, missing = hashes_of(one, table, events=happened)
            samples.append(Sample(found[missing == 0], times[missing == 0], 1.0))
    reach = span_of(one), ahead_of(one)
    parts = parts_of(samples, (len(events) + len(rows)) // ROWS, *reach, cuttable=is_cuttable(one))
    hot = tuple(replace(hot, cuts=hot.cuts[1::2], first=0) for hot in parts.hot[:1])
    again = replace(parts, count=3, hot=hot, level=1)
    # a large key is cut in two steps, and events come in chunks: slices are told of more than one
    return answers_by_parts(one, events, rows, [parts, replace(again, count=again.count + again.slices)], CHUNK)
