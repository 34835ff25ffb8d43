"""The Spark engine: one shuffle per pass, then each partition sorted and swept by the kernels in `mapInArrow`.

Events and queries are unioned and shuffled by entity key into partitions sized by rows. A task holds one partition,
and answers its queries by the code of the local engine. Queries leave with the columns they came with and the answers,
and go into the next pass: there is no join back, no sort by the JVM, and nothing is collected to the driver.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from ropeway.batch import carry
from ropeway.batch import work as passes
from ropeway.batch.carry import Carried, packable
from ropeway.batch.clock import Clock
from ropeway.batch.layout import Layout, layout
from ropeway.batch.plan import Pass, Plan
from ropeway.batch.work import Work
from ropeway.connectors.spark_types import spark_type
from ropeway.transforms import errors

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession
    from pyspark.sql.types import DataType

#: a partition of so many rows of a few columns keeps a task well below half a GiB
ROWS_PER_PARTITION = 1_500_000
#: smaller partitions cost more to start than they save
FEWEST_ROWS = 50_000
#: the rows of a frame are counted up to here, so that the count is bounded whatever the frame costs
COUNTED = 4_000_000
#: partitions for tables of unknown size, unless Spark is set to more
UNKNOWN = 200
#: rows per Arrow batch on the way back to the JVM
BATCH = 65_536

_TAG = "is_query"
_ROPEWAY_ERROR = re.compile(
    r"ropeway\.transforms\.errors\.(\w+): (.*?)(?=\n\n|\n\s+at |\nJVM stacktrace|\Z)", re.DOTALL
)


def features(plan: Plan, rows: DataFrame) -> DataFrame:
    """`rows` with the columns of `plan.outputs` after its own; lazy but for a bounded count; no promised order."""
    size = rows.select().limit(COUNTED + 1).count()
    frame = rows
    carried: list[Carried] = []
    for made in plan.passes:
        partitions = _partitions(rows.sparkSession, made.table.rows(), None if size > COUNTED else size)
        if made is plan.passes[-1]:
            frame = _passed(made, frame, partitions, None, carried)
            continue
        # the answers wait packed for the last pass
        packed = [ask for ask in made.work.asks if packable(ask.kind)]
        column = _free(f"answers {len(carried)}", frame.columns)
        pack = Carried(column, tuple(ask.name for ask in packed), tuple(ask.kind for ask in packed)) if packed else None
        frame = _passed(made, frame, partitions, pack, [])
        carried += [] if pack is None else [pack]
    return frame.select(*(_named(name) for name in [*rows.columns, *plan.outputs.names]))


def _partitions(spark: SparkSession, events: int | None, queries: int | None) -> int:
    """How many partitions hold a pass: by rows where they are known, else as many as Spark is set to or `UNKNOWN`."""
    usual = int(spark.conf.get("spark.sql.shuffle.partitions") or 1)
    if events is None or queries is None:
        return max(usual, UNKNOWN)
    total = events + queries
    return max(1, -(-total // ROWS_PER_PARTITION), min(usual, total // FEWEST_ROWS))


def _free(name: str, taken: Sequence[str]) -> str:
    """`name`, made longer until it is none of those that are taken."""
    return _free(name + "'", taken) if name in taken else name


def _passed(
    made: Pass, frame: DataFrame, partitions: int, pack: Carried | None, unpack: Sequence[Carried]
) -> DataFrame:
    """`frame` with the answers of one pass, those of `pack` in its column, and those of `unpack` out of theirs."""
    from pyspark.sql import functions as f
    from pyspark.sql.types import BinaryType, StructField, StructType

    work = made.work
    raw = made.source.raw_names(work.columns)
    events = made.table.scan(raw).toDF(*work.columns)
    types: dict[str, DataType] = {}
    left, right = _types(events, types), _types(frame, types)
    alike = [(key.source, key.rows) for key in work.keys if left[key.source] == right[key.rows]]
    slots = layout(list(left.items()), list(right.items()), alike)
    # keys of two types, such as int and bigint, are shuffled by the type in which they compare
    unlike = {f"k{i}": key for i, key in enumerate(work.keys) if left[key.source] != right[key.rows]}

    def side(table: DataFrame, columns: Mapping[str, str], is_query: bool) -> DataFrame:
        names = {slot: name for name, slot in columns.items()}
        selected = [
            (_named(names[slot]) if slot in names else f.lit(None).cast(types[kind])).alias(slot)
            for slot, kind in slots.slots.items()
        ]
        for slot, key in unlike.items():
            name = key.rows if is_query else key.source
            selected.append(_comparable(name, key.kind, (right if is_query else left)[name]).alias(slot))
        return table.select(f.lit(is_query).alias(_TAG), *selected)

    union = side(events, slots.events, False).unionAll(side(frame, slots.queries, True))
    shared = {key.source: slot for slot, key in unlike.items()}
    by = [f.col(shared.get(key.source, slots.events[key.source])) for key in work.keys]
    missing = by[0].isNull()
    for column in by[1:]:
        missing = missing | column.isNull()
    # rows with a null key match nothing: spread them by their times, or they would all meet in one partition
    times = [slots.queries[work.query_time]] if work.query_time is not None else []
    times += [slots.events[work.timestamp]] if work.timestamp is not None else []
    spread = f.when(missing, f.xxhash64(*(f.col(slot) for slot in dict.fromkeys(times)))) if times else f.lit(0)
    shuffled = union.repartition(partitions, *by, spread).drop(*unlike)
    there = {carried.column for carried in unpack}
    fields = [field for field in frame.schema.fields if field.name not in there]
    for carried in unpack:
        fields += [StructField(name, spark_type(kind)) for name, kind in zip(carried.names, carried.kinds, strict=True)]
    fields += [StructField(a.name, spark_type(a.kind)) for a in work.asks if pack is None or a.name not in pack.names]
    fields += [] if pack is None else [StructField(pack.column, BinaryType())]
    return shuffled.mapInArrow(partial(_answer, work, slots, pack, tuple(unpack)), StructType(fields))


def _types(frame: DataFrame, types: dict[str, DataType]) -> dict[str, str]:
    """The type of each column by its text; the types themselves go into `types`."""
    for column in frame.schema:
        types[column.dataType.simpleString()] = column.dataType
    return {column.name: column.dataType.simpleString() for column in frame.schema}


def _named(name: str) -> Column:
    from pyspark.sql import functions as f

    return f.col("`" + name.replace("`", "``") + "`")


def _comparable(name: str, kind: pa.DataType, spark_kind: str) -> Column:
    """A key column in the type in which keys compare; the session's time zone plays no part."""
    from pyspark.sql import functions as f

    column = _named(name)
    if not pa.types.is_timestamp(kind):
        return column.cast(spark_type(kind))
    if spark_kind == "timestamp_ntz":
        epoch = f.expr("timestamp_ntz'1970-01-01 00:00:00'")
        return f.timestamp_diff("MICROSECOND", epoch, column)
    return f.unix_micros(column)


def _answer(
    work: Work,
    slots: Layout,
    pack: Carried | None,
    unpack: Sequence[Carried],
    batches: Iterable[pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:
    """The queries of one partition with their answers; runs in a task."""
    events, queries = [], []
    for batch in batches:
        tag = batch.column(0)
        ones = tag.true_count
        # most batches come from one side, and need no copy
        asked, happened = _side(batch, slots.queries), _side(batch, slots.events)
        queries.append(asked if ones == len(tag) else asked.filter(tag))
        events.append(happened if ones == 0 else happened.filter(pc.invert(tag)))
    if not events:
        return
    rows = pa.Table.from_batches(queries)
    arrays = passes.run(work, pa.Table.from_batches(events), rows, 1, Clock())
    answers = dict(zip((ask.name for ask in work.asks), arrays, strict=True))
    for carried in unpack:
        earlier = carry.unpack(rows.column(carried.column), carried.kinds)
        rows = passes.with_columns(rows.drop_columns(carried.column), carried.names, earlier)
    if pack is not None:
        answers[pack.column] = carry.pack([answers.pop(name) for name in pack.names])
    yield from passes.with_columns(rows, list(answers), list(answers.values())).to_batches(max_chunksize=BATCH)


def _side(batch: pa.RecordBatch, columns: Mapping[str, str]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([batch.column(slot) for slot in columns.values()], names=list(columns))


@contextmanager
def unwrapped() -> Iterator[None]:
    """Turn a Spark job that failed for an error of ropeway's into that error."""
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as error:
        found = _ROPEWAY_ERROR.search(str(error))
        if found is None:
            raise
        kind = getattr(errors, found[1], errors.DataError)
        raise kind(found[2].strip()) from error
