"""The Spark engine: one shuffle per pass, then each part sorted and swept by the kernels in `mapInArrow`.

Tasks read a table's files themselves where they can, else what Spark scans. They cut rows into parts by entity key
(`parts.py`) and pack the rows of a part into parcels (`parcels.py`), which Spark shuffles. A task then holds one part,
answers its queries by the code of the local engine, and packs them, with their answers, for the next pass. There is no
join back, no sort by the JVM, and nothing but samples is collected to the driver.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa

from ropeway.batch import parcels, sizes
from ropeway.batch.changes import UNTIL, Changing, on_spark
from ropeway.batch.derived import chosen
from ropeway.batch.facts import Facts
from ropeway.batch.narrowed import narrowed
from ropeway.batch.parts import Kind, Parts, Share, kept, split
from ropeway.batch.plan import Chained, Pass, Plan
from ropeway.batch.pruning import Extent, bounds_of
from ropeway.batch.report import Task, task
from ropeway.connectors.pieces import Bounds, Piece, cut, extent
from ropeway.connectors.spark_frames import mapped, numbered, quoted
from ropeway.connectors.spark_types import spark_schema, spark_type
from ropeway.connectors.table import Table
from ropeway.transforms import errors
from ropeway.transforms.expressions import Expression, evaluate
from ropeway.transforms.passes import work as passes
from ropeway.transforms.passes.clock import Clock
from ropeway.transforms.passes.history import merged
from ropeway.transforms.passes.work import Work

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

#: rows per Arrow batch on the way back to the JVM
BATCH = 65_536
#: rows of pieces that one task reads, one piece after the other
ROWS_PER_TASK = 4_000_000

_ROPEWAY_ERROR = re.compile(
    r"ropeway\.transforms\.errors\.(\w+): (.*?)(?=\n\n|\n\s+at |\nJVM stacktrace|\Z)", re.DOTALL
)


@dataclass(frozen=True)
class Step:
    """A pass as tasks know it: `schema` is that of its events. Pickled to executors."""

    number: int
    work: Work
    schema: pa.Schema
    parts: Parts
    facts: Facts | None = None

    def tell(self, what: str, done: Task) -> None:
        """What a task of this pass has done, if the driver wants to know."""
        if self.facts is not None:
            self.facts.tell(self.number, what, done)


@dataclass(frozen=True)
class Stock:
    """The rows of one side where they are: pieces that tasks read, else a frame that Spark scans.

    Only those for which `where` holds.
    """

    frame: DataFrame
    pieces: list[Piece] | None
    names: tuple[str, ...]
    where: Expression | None = None

    def packed(self, step: Step, *, queries: bool) -> DataFrame:
        """A frame of parcels for this step."""
        if self.pieces is None:
            pack = partial(_pack, step, queries, self.names, self.where)
            rows = narrowed(self.frame.toDF(*self.names), self.where if queries else step.work.where)
            return mapped(numbered(rows), pack, parcels.SCHEMA)
        spark = self.frame.sparkSession
        usual = int(spark.conf.get("spark.sql.shuffle.partitions") or 1)
        size = sum(piece.rows for piece in self.pieces)
        tasks = max(1, min(len(self.pieces), max(-(-size // ROWS_PER_TASK), min(usual, size // sizes.FEWEST_ROWS))))
        # the first and the last piece, and so on: files of one size but the last
        shares = [self.pieces[at::tasks] for at in range(tasks)]
        numbers = spark.range(0, tasks, 1, tasks)
        read = partial(_read_and_pack, step, queries, self.names, self.where, shares)
        return mapped(numbers, read, parcels.SCHEMA)


def features(
    plan: Plan,
    rows: Table,
    facts: Facts | None = None,
    times: tuple[int, int] | None = None,
    where: Expression | None = None,
) -> DataFrame:
    """`rows` with the columns of `plan.outputs` after their own; lazy but for samples; no promised order.

    Tasks tell `facts`, if given, what they did. `times` are the rows' first and last instant, where they are known.
    Only those rows for which `where` holds.
    """
    from pyspark.sql import functions as f
    from pyspark.sql.types import StructField, StructType

    asked, steps, sources = layout(plan, rows, times)
    asked = replace(asked, where=where)
    steps = [replace(step, facts=facts) for step in steps]
    fields = [*asked.frame.schema.fields, *(StructField(one.name, spark_type(one.type)) for one in plan.outputs)]
    waiting = asked.packed(steps[0], queries=True)
    for number, (step, source) in enumerate(zip(steps, sources, strict=True), 1):
        both = source.packed(step, queries=False).unionAll(waiting)
        shuffled = both.repartitionById(step.parts.count, f.col("part"))
        if number < len(steps):
            waiting = mapped(shuffled, partial(_forward, step, steps[number]), parcels.SCHEMA)
    names = [field.name for field in fields]
    light = replace(plan, passes=())
    return mapped(shuffled, partial(_finish, steps[-1], light, names), StructType(fields))


def layout(plan: Plan, rows: Table, times: tuple[int, int] | None = None) -> tuple[Stock, list[Step], list[Stock]]:
    """The rows, and for each pass its step and its events; looks at samples.

    Of files, row groups are left out that lie too far from the times of the rows to matter to them.
    """
    asked = stock(rows, None, rows.schema().names)
    times = _times(plan, asked) if times is None else times
    size: int | None = None
    if asked.pieces is None:
        # to count the rows of a chain would compute all that comes before it
        size = rows.rows() if isinstance(rows, Chained) else None
        size = asked.frame.select().limit(sizes.COUNTED + 1).count() if size is None else size
    steps: list[Step] = []
    sources: list[Stock] = []
    answers = 0
    for made in plan.passes:
        bounds = bounds_of(made, Extent(times, {}))
        source = stock(made.table, made.source.raw_names(made.work.columns), made.work.columns, bounds)
        events = _events(made, source)
        step = Step(len(steps), made.work, pa.schema([made.schema.field(name) for name in made.work.columns]), Parts(1))
        answers += len(made.work.asks)
        if asked.pieces is None:
            known = None if size is None or size > sizes.COUNTED else size
            queries = sizes.Side(known, 8.0 * len(asked.names))
        else:
            queries = _side(step.work, asked, None, events=False)
        parts = sizes.parts_for(asked.frame.sparkSession, step.work, events, queries, answers)
        steps.append(replace(step, parts=parts))
        sources.append(source)
    return asked, steps, sources


def _events(made: Pass, source: Stock) -> sizes.Side:
    """What there is of the events of a pass; of a chain that is seen from its rows alone, if these hold the keys."""
    table, work = made.table, made.work
    while isinstance(table, Chained):
        table = table.base
    if isinstance(table, Changing) and table is made.table:
        names = [name for name in work.columns if name != UNTIL]
        base = stock(table.base, made.source.raw_names(names), names)
        rows = table.rows() if base.pieces is None else None
        return _side(replace(work, where=None, until=None), base, rows, events=True)
    if table is not made.table and not isinstance(table, Changing):
        names = table.schema().names
        wanted = [key.source for key in work.keys]
        wanted += [name for name in (work.timestamp, work.available_at) if name is not None]
        if set(wanted) <= set(names):
            work, source = replace(work, where=None), stock(table, names, names)
    return _side(work, source, table.rows() if source.pieces is None else None, events=True)


def _side(work: Work, stock: Stock, rows: int | None, *, events: bool) -> sizes.Side:
    if stock.pieces is not None:
        return sizes.side_of_pieces(work, stock.pieces, stock.names, events=events)
    if rows is not None and rows <= sizes.ROWS_PER_PARTITION:
        return sizes.Side(rows, 8.0 * len(stock.names))
    return sizes.side_of_frame(work, stock.frame.toDF(*stock.names), rows, events=events)


def _times(plan: Plan, asked: Stock) -> tuple[int, int] | None:
    """The first and the last instant of the rows, if the statistics of their files tell."""
    if asked.pieces is None or plan.timestamp is None:
        return None
    whole = pa.types.is_integer(plan.rows.field(plan.timestamp).type)
    return extent(asked.pieces, plan.timestamp, plan.passes[0].work.query_unit if whole else None)


def stock(table: Table, columns: Sequence[str] | None, names: Sequence[str], bounds: Sequence[Bounds] = ()) -> Stock:
    """The columns of a table, which are to be called `names`; rows outside of the bounds may be left out."""
    if isinstance(table, Chained):
        computed = features(table.inner, table.base, where=table.where)
        return Stock(computed.select(*(quoted(name) for name in columns or names)), None, tuple(names))
    if isinstance(table, Changing):
        raw = list(columns or names)
        schema = spark_schema(pa.schema([table.schema().field(name) for name in raw]))
        versions = on_spark(table.changes, table.base.scan(table.reads(raw)), raw, schema)
        return Stock(versions, None, tuple(names))
    found = table.pieces(list(columns or names))
    return Stock(table.scan(columns), None if found is None else cut(found, bounds), tuple(names))


# ---- what runs in tasks


def _pack(
    step: Step, queries: bool, names: Sequence[str], where: Expression | None, batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """What Spark scanned, as parcels."""
    _lighten()
    tables = (one.rename_columns(list(names)) for one in batches)
    yield from _parcels(step, tables, Clock(), where, queries=queries)


def _read_and_pack(
    step: Step,
    queries: bool,
    names: Sequence[str],
    where: Expression | None,
    shares: Sequence[Sequence[Piece]],
    batches: Iterable[pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:
    """The shares with the numbers in `batches`, as parcels."""
    _lighten()
    clock = Clock()

    def read() -> Iterator[pa.Table]:
        for number in [number for batch in batches for number in batch.column(0).to_pylist()]:
            for piece in shares[number]:
                with clock("read"):
                    table = piece.read().rename_columns(list(names))
                yield table

    yield from _parcels(step, read(), clock, where, queries=queries)


def _parcels(
    step: Step,
    tables: Iterable[pa.RecordBatch | pa.Table],
    clock: Clock,
    where: Expression | None = None,
    *,
    queries: bool,
) -> Iterator[pa.RecordBatch]:
    sums: dict[int, list[pa.Table]] = {}
    for table in parcels.gathered(tables):
        clock.moved("read", table.nbytes)
        with clock("split"):
            some = table if where is None else table.filter(evaluate(where, table))
            taken = some if queries else kept(step.work, some)
            shares = list(split(step.work, taken, step.parts, Kind.QUERIES if queries else Kind.EVENTS))
            for share in shares:
                if share.kind is Kind.SUMS:
                    sums.setdefault(share.part, []).append(share.rows)
            batch = parcels.packed(share for share in shares if share.kind is not Kind.SUMS)
        clock.moved("shuffle", batch.nbytes)
        yield batch
    if sums:
        with clock("split"):
            batch = parcels.packed(Share(part, Kind.SUMS, merged(step.work, some)) for part, some in sums.items())
        clock.moved("shuffle", batch.nbytes)
        yield batch
    step.tell("queries" if queries else "events", task(clock))


def _answered(step: Step, batches: Iterable[pa.RecordBatch], clock: Clock) -> pa.Table | None:
    """The queries of one part with their answers; None if there is none."""
    _lighten()
    held = list(batches)
    queries = parcels.unpacked(held, Kind.QUERIES)
    if queries is None:
        return None
    events = parcels.unpacked(held, Kind.EVENTS)
    if events is None:
        events = step.schema.empty_table()
    sums = parcels.unpacked(held, Kind.SUMS)
    arrays = passes.run(replace(step.work, where=None), events, queries, 1, clock, sums)
    part = held[0].column(0)[0].as_py()
    halo = step.parts.halo_rows(step.work, part, events)
    slices = int(step.parts.is_slice(part))
    step.tell("sweep", task(clock, events=len(events), queries=len(queries), halo=halo, slices=slices))
    return passes.with_columns(queries, [ask.name for ask in step.work.asks], arrays)


def _forward(step: Step, following: Step, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Answered queries as parcels of the pass that follows."""
    rows = _answered(step, batches, Clock())
    if rows is not None:
        yield from _parcels(following, [rows], Clock(), queries=True)


def _finish(
    step: Step, plan: Plan, names: Sequence[str], batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    rows = _answered(step, batches, Clock())
    if rows is not None:
        yield from chosen(plan, rows, names).to_batches(max_chunksize=BATCH)


def _lighten() -> None:
    """What a worker need not carry into a task.

    Memory that Arrow's allocator keeps from the task before: 1 GiB of 2.2, of which hardly any was used again. And jars
    on Python's path, where they hold no Python: before each task Spark has Python read all their directories anew,
    which took 33 ms a task, more than most of what is done here.
    """
    pa.default_memory_pool().release_unused()
    for path in [one for one in sys.path if one.endswith(".jar")]:
        sys.path.remove(path)
        sys.path_importer_cache.pop(path, None)


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
