"""Sources as they were known before an instant: their rows in memory, less all that came at it or later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from ropeway.connectors.frames import is_spark
from ropeway.connectors.table import open_table
from ropeway.features.chain import AppliedSource
from ropeway.features.source import Source
from ropeway.features.view import FeatureView
from ropeway.transforms import instants
from ropeway.transforms.columns import Ints
from ropeway.transforms.expressions import Expression, evaluate

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Tables = Mapping[Source, pa.Table]


def loaded(views: Sequence[FeatureView], spark: SparkSession | None) -> dict[Source, pa.Table]:
    """Each source that is read, chains' too, in memory: the columns that a declaration names, under its names."""
    sources = dict.fromkeys(source for view in views for source in view.source.sources)
    named = set(_named(views))
    made = {}
    for source in sources:
        table = open_table(source.table, spark=None if source.is_frame and not is_spark(source.table) else spark)
        columns = [name for name in source.typed(table.schema()).names if name in named]
        found = table.scan(source.raw_names(columns))
        made[source] = (found.toArrow() if is_spark(found) else found).rename_columns(columns)
    return made


@dataclass(frozen=True)
class Known:
    """The rows of a source that take part, and for each the instant at which it is there and known."""

    table: pa.Table
    since: Ints | None

    @classmethod
    def of(cls, source: Source, table: pa.Table) -> Known:
        """The source's rows less those that its condition leaves out, which need no time."""
        if source.timestamp is None:
            return cls(table, None)
        if source.row_key:  # a change is there once it is known, whatever time it says, and `where` is about versions
            assert source.available_at is not None
            what = f"available_at of source {source.name!r}"
            return cls(table, instants.micros(table.column(source.available_at), source.timestamp_unit, what))
        if source.where is not None:
            table = table.filter(evaluate(source.where, table))
        what = f"of source {source.name!r}"
        since = instants.micros(table.column(source.timestamp), source.timestamp_unit, f"timestamp {what}")
        if source.available_at is not None:
            late = instants.micros(table.column(source.available_at), source.timestamp_unit, f"available_at {what}")
            since = np.maximum(since, late)
        return cls(table, since)

    def before(self, instant: int) -> pa.Table:
        """What was there before the instant; all rows of a static table."""
        return self.table if self.since is None else self.table.filter(pa.array(self.since < instant))


def over(views: Iterable[FeatureView], tables: Tables) -> list[FeatureView]:
    """The same views, to the ends of their chains, over these tables in place of their sources'."""
    return [view.over_source(_moved(view.source, tables)) for view in views]


def _moved(source: Source, tables: Tables) -> Source:
    if isinstance(source, AppliedSource):
        views = tuple(over(source.views, tables))
        base = _moved(source.base, tables)
        return AppliedSource(base, source.service, views, source.derived, name=source.name, where=source.further)
    return source.over(tables[source])


def _named(views: Iterable[FeatureView]) -> list[str]:
    """All columns that views name anywhere, of whichever source."""
    found: list[str] = []
    for view in views:
        found += [*view.join_keys, *view.join_keys.values(), *_of_source(view.source)]
        for output in view.outputs():
            found += _columns(output.input, output.other, output.filter)
            found += [] if output.category is None else [output.category]
    return found


def _of_source(source: Source) -> list[str]:
    own = [name for name in (source.timestamp, source.available_at, source.op) if name is not None]
    own += [*source.tiebreak, *source.row_key]
    own += _columns(source.where)
    if isinstance(source, AppliedSource):
        own += [*_of_source(source.base), *_named(source.views), *_columns(*source.derived.values())]
    return own


def _columns(*expressions: Expression | None) -> list[str]:
    return [name for one in expressions if one is not None for name in one.columns()]
