"""Who is known when: for each entity the first microsecond at which a range has a row of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial, reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.connectors.arrow_types import storable
from ropeway.connectors.pieces import cut
from ropeway.connectors.spark_frames import mapped, numbered, quoted
from ropeway.connectors.spark_types import spark_schema
from ropeway.connectors.table import Table, open_table
from ropeway.features.chain import AppliedSource
from ropeway.features.instants import DAY, Instants
from ropeway.features.source import Source
from ropeway.features.view import FeatureView
from ropeway.transforms import instants, keys
from ropeway.transforms.errors import DataError, SchemaError, UsageError
from ropeway.transforms.expressions import Expression, col, evaluate
from ropeway.transforms.instants import Unit

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: the columns that a range adds to the join keys
TIME, DATE = "event_timestamp", "event_date"
#: the column of the first microsecond; no join key may have the name
FIRST = "__ropeway_first"

_ALWAYS, _NEVER = -(2**63), 2**63 - 1


@dataclass(frozen=True)
class Knowledge:
    """What of a source says when an entity is known; pickled to executors.

    `columns` are read from the table as `raw`; `keys` are the columns of the join keys, and become those of `schema`.
    """

    source: str
    raw: tuple[str, ...]
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    schema: pa.Schema
    timestamp: str | None
    available_at: str | None
    unit: Unit | None
    where: Expression | None
    at_once: bool

    def of(self, table: pa.Table) -> pa.Table:
        """For each key of some rows of the source the first microsecond at which it is known."""
        events = table.rename_columns(list(self.columns))
        if self.where is not None:
            try:
                events = events.filter(evaluate(self.where, events))
            except DataError as error:
                raise DataError(f"source {self.source!r}: {error}") from error
        columns = [
            keys.normalised(events.column(name), field.type, f"column {name!r} of source {self.source!r}")
            for name, field in zip(self.keys, self.schema, strict=False)
        ]
        made = pa.Table.from_arrays([*columns, pa.array(self._first(events))], schema=self.schema).combine_chunks()
        for name in self.schema.names[:-1]:
            if made.column(name).null_count:  # a null key is nobody
                made = made.filter(pc.is_valid(made.column(name)))
        return least([made])

    def _first(self, events: pa.Table) -> npt.NDArray[np.int64]:
        if self.timestamp is None:
            return np.full(len(events), _ALWAYS, np.int64)
        what = f"of source {self.source!r}"
        known = instants.micros(events.column(self.timestamp), self.unit, f"timestamp {self.timestamp!r} {what}")
        if self.available_at is not None:
            late = instants.micros(events.column(self.available_at), self.unit, f"available_at {what}")
            known = np.maximum(known, late)
        return known if self.at_once else np.minimum(known, _NEVER - 1) + 1


def knowledge(views: Sequence[FeatureView], spark: SparkSession | None) -> list[tuple[Knowledge, Table]]:
    """What to ask of which table, once for each source; raises what keeps the views from being about one entity."""
    named = list(views[0].join_keys.values())
    for view in views:
        if set(view.join_keys.values()) != set(named):
            raise UsageError(
                f"instants() asks about one entity per call: view {views[0].name!r} is about {', '.join(named)} and "
                f"view {view.name!r} about {', '.join(view.join_keys.values())}. Backfill them one by one, into tables "
                f"of their own."
            )
    for name in named:
        if name in (TIME, DATE, FIRST):
            raise SchemaError(f"a range of instants has a column {name!r} of its own: the join key needs another name.")
    views = [view.over_source(_rows_of(view)) for view in views]
    tables = {view.source: open_table(view.source.table, spark=spark) for view in views}
    schemas = {source: source.typed(table.schema()) for source, table in tables.items()}
    kinds = []
    for name in named:
        found = []
        for view in views:
            key = next(key for key, column in view.join_keys.items() if column == name)
            if key not in schemas[view.source].names:
                raise SchemaError(
                    f"entity {view.entity.name!r} of view {view.name!r}: source {view.source.name!r} has no column "
                    f"{key!r}. It has: {', '.join(schemas[view.source].names)}. Else use field_mapping."
                )
            found.append(schemas[view.source].field(key).type)
        kinds.append(_kind(found, f"join key {name!r}"))
    schema = pa.schema([*zip(named, kinds, strict=True), (FIRST, pa.int64())])
    made = {}
    for view in views:
        source = view.source
        of_row = {column: key for key, column in view.join_keys.items()}
        read = [of_row[name] for name in named]
        read += [name for name in (source.timestamp, source.available_at) if name is not None]
        read += [] if source.where is None else list(source.where.columns())
        columns = tuple(dict.fromkeys(read))
        one = Knowledge(
            source.name,
            tuple(source.raw_names(columns)),
            columns,
            tuple(of_row[name] for name in named),
            schema,
            source.timestamp,
            source.available_at,
            source.timestamp_unit,
            source.where,
            view.closed in ("right", "both"),
        )
        made[(source, one.keys, one.at_once)] = (one, tables[source])
    return list(made.values())


def _rows_of(view: FeatureView) -> Source:
    """The source of a view, of a chain that of its rows."""
    source = view.source
    while isinstance(source, AppliedSource):
        if source.further is not None:
            raise UsageError(
                f"instants(): who is known by view {view.name!r} depends on features of source {source.name!r}, since "
                f"it was applied with where=: put the condition into the features of the view."
            )
        source = source.base
    if source.op is not None:  # a deletion makes nobody known
        kept = col(source.op) != "delete"
        source = source.filtered(kept)
    return source


def _kind(kinds: Sequence[pa.DataType], what: str) -> pa.DataType:
    """The type of a join key's column: that of the sources, or the one in which theirs compare."""
    common = reduce(lambda left, right: keys.common_type(left, right, what), kinds, kinds[0])
    stored = storable(pa.schema([("key", one) for one in kinds[:1]]), what, nulls=True).field(0).type
    same = all(storable(pa.schema([("key", one)]), what, nulls=True).field(0).type == stored for one in kinds)
    return stored if same and not pa.types.is_null(stored) else common


def least(tables: Sequence[pa.Table]) -> pa.Table:
    """One row for each key, with the least of its times."""
    table = pa.concat_tables(tables)
    names = table.column_names[:-1]
    return table.group_by(names, use_threads=False).aggregate([(FIRST, "min")]).rename_columns(table.column_names)


class Entities:
    """Who is known when, on one machine: looked up once, when it is first asked for, sorted by time and key."""

    def __init__(self, views: Sequence[FeatureView]) -> None:
        self._knowledge = knowledge(views, None)

    @cached_property
    def _table(self) -> pa.Table:
        found = [one.schema.empty_table() for one, _ in self._knowledge]
        for one, table in self._knowledge:
            pieces = table.pieces(list(one.raw))
            if pieces is None:
                found.append(one.of(table.scan(list(one.raw))))
            else:
                found += [one.of(piece.read(use_threads=True)) for piece in cut(pieces)]
        made = least(found)
        return made.sort_by([(FIRST, "ascending"), *((name, "ascending") for name in made.column_names[:-1])])

    @cached_property
    def _first(self) -> npt.NDArray[np.int64]:
        first: npt.NDArray[np.int64] = self._table.column(FIRST).to_numpy()
        return first

    @property
    def schema(self) -> pa.Schema:
        """Of the rows."""
        return rows_schema(self._knowledge[0][0].schema)

    def counts(self, spans: Sequence[tuple[int, int]], every: int) -> list[int]:
        """How many rows there are at the instants of each span."""
        return [int(np.searchsorted(self._first, times, side="right").sum()) for times in _times(spans, every)]

    def rows(self, spans: Sequence[tuple[int, int]], every: int) -> pa.Table:
        """The rows at all instants of the spans, in the order of time."""
        times = np.concatenate(list(_times(spans, every)))
        known = np.searchsorted(self._first, times, side="right")
        begins = np.cumsum(known) - known
        entities = self._table.drop_columns(FIRST).take(pa.array(np.arange(known.sum()) - np.repeat(begins, known)))
        stamps = pa.array(np.repeat(times, known)).cast(pa.timestamp("us", "UTC"))
        return entities.append_column(TIME, stamps)

    def close(self) -> None:
        """Nothing is held."""


class EntitiesOnSpark:
    """Who is known when, as a frame that Spark keeps for the time of the run."""

    def __init__(self, views: Sequence[FeatureView], spark: SparkSession) -> None:
        self._knowledge = knowledge(views, spark)
        self._schema = self._knowledge[0][0].schema
        self._steps: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]] | None = None

    @cached_property
    def _frame(self) -> DataFrame:
        from pyspark.sql import functions as f

        frames = []
        for one, table in self._knowledge:
            scanned = table.scan(list(one.raw))
            frames.append(mapped(numbered(scanned), partial(_of_batches, one), spark_schema(one.schema)))
        names = [quoted(name) for name in self._schema.names[:-1]]
        together = reduce(lambda left, right: left.unionAll(right), frames)
        frame: DataFrame = together.groupBy(*names).agg(f.min(FIRST).alias(FIRST)).persist()
        return frame

    @property
    def schema(self) -> pa.Schema:
        """Of the rows."""
        return rows_schema(self._schema)

    def look(self, asked: Instants) -> None:
        """Count who becomes known before each instant: one row for each instant, at most, comes to the driver."""
        from pyspark.sql import functions as f

        after = f.greatest(f.col(FIRST), _long(asked.start)) - _long(asked.start)
        number = _up(after, asked.every)
        seen = self._frame.where(f.col(FIRST) <= _long(asked.last)).groupBy(number.alias("number")).count().collect()
        numbers = np.array([row["number"] for row in seen], np.int64)
        order = np.argsort(numbers)
        totals = np.cumsum(np.array([row["count"] for row in seen], np.int64)[order])
        self._steps = (asked.start + numbers[order] * asked.every, totals)

    def counts(self, spans: Sequence[tuple[int, int]], every: int) -> list[int]:
        """How many rows there are at the instants of each span."""
        assert self._steps is not None
        times, totals = self._steps
        upto = np.concatenate([[0], totals])
        return [int(upto[np.searchsorted(times, some, side="right")].sum()) for some in _times(spans, every)]

    def rows(self, spans: Sequence[tuple[int, int]], every: int) -> DataFrame:
        """The rows at all instants of the spans."""
        from pyspark.sql import functions as f

        names = [quoted(name) for name in self._schema.names[:-1]]
        arrays = []
        for first, last in joined(spans, every):
            begin = _long(first) + _long(every) * _up(f.greatest(f.col(FIRST), _long(first)) - _long(first), every)
            here = f.sequence(begin, _long(last), _long(every))
            arrays.append(f.when(f.col(FIRST) <= _long(last), here).otherwise(f.array().cast("array<bigint>")))
        stamps = arrays[0] if len(arrays) == 1 else f.concat(*arrays)
        exploded = self._frame.select(*names, f.explode(stamps).alias(TIME))
        return exploded.select(*names, f.timestamp_micros(f.col(TIME)).alias(TIME))

    def close(self) -> None:
        """Let Spark forget the frame, if it was asked for one."""
        if "_frame" in self.__dict__:
            self._frame.unpersist()


def _up(number: Any, step: int) -> Any:
    """The quotient of two bigints, rounded up, of a column that is not negative."""
    from pyspark.sql import functions as f

    return f.call_function("div", number + _long(step - 1), _long(step))


def _long(number: int) -> Any:
    from pyspark.sql import functions as f

    return f.lit(number).cast("bigint")


def with_date(frame: Any) -> Any:
    """The rows with their UTC date at the end; on Spark whatever the session's zone is."""
    if isinstance(frame, pa.Table):
        micros = frame.column(TIME).cast(pa.int64()).to_numpy()
        dates = pa.array(np.floor_divide(micros, DAY).astype(np.int32)).cast(pa.date32())
        return frame.append_column(DATE, dates)
    from pyspark.sql import functions as f

    micros = f.unix_micros(f.col(TIME))
    days = f.call_function("div", micros - f.pmod(micros, _long(DAY)), _long(DAY))
    return frame.withColumn(DATE, f.date_from_unix_date(days.cast("int")))


def rows_schema(entities: pa.Schema) -> pa.Schema:
    """The schema of the rows of a range."""
    return pa.schema([*list(entities)[:-1], (TIME, pa.timestamp("us", "UTC"))])


def joined(spans: Sequence[tuple[int, int]], every: int) -> list[tuple[int, int]]:
    """The same instants in as few spans as can be.

    >>> joined([(0, 2), (3, 5), (9, 9)], 1)
    [(0, 5), (9, 9)]
    """
    made: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if made and first <= made[-1][1] + every:
            made[-1] = (made[-1][0], max(made[-1][1], last))
        else:
            made.append((first, last))
    return made


def _times(spans: Sequence[tuple[int, int]], every: int) -> Iterator[npt.NDArray[np.int64]]:
    for first, last in spans:
        yield np.arange(first, last + 1, every, dtype=np.int64)


def _of_batches(one: Knowledge, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield from one.of(pa.Table.from_batches([batch])).to_batches()
