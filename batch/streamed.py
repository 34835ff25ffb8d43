"""The local engine for data larger than memory: the parts of a pass one by one, with rows on disk until their turn.

Sources and rows are read some row groups at a time, cut into parts by key (`parts.py`) and put on disk by part
(`spill.py`). A part is then held alone and answered by the code that answers all rows of a run without a limit, and its
answers are put on disk by block of the rows that asked, from where they come back in the order of the rows.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ropeway.batch import memory
from ropeway.batch.changes import Changing
from ropeway.batch.derived import with_derived
from ropeway.batch.local import filtered, scanned
from ropeway.batch.memory import Budget, of_event, of_query, shown, width_of, width_of_types
from ropeway.batch.parts import Kind, Parts, kept, split
from ropeway.batch.plan import Chained, Pass, Plan
from ropeway.batch.progress import Progress
from ropeway.batch.pruning import bounds_of, extent_of
from ropeway.batch.refined import FILL, MOST_PARTS, Part, refined
from ropeway.batch.spill import Spill
from ropeway.batch.stock import Stock
from ropeway.connectors.table import FrameTable, Table, open_table
from ropeway.transforms.passes import work as passes
from ropeway.transforms.passes.clock import Clock
from ropeway.transforms.passes.values import asking
from ropeway.transforms.passes.work import Work
from ropeway.transforms.threads import threads

_log = logging.getLogger("ropeway")
#: the number of a row, beside what it asks
ROW = "__ropeway_row"
#: bytes of a batch that goes to a writer, of which one of Delta tables holds some thirty
_BATCH = 2**20


@dataclass(frozen=True)
class Streamed:
    """What was done: parts, how many of them were slices of a large key, rows of the largest, bytes put on disk."""

    parts: int = 0
    slices: int = 0
    largest: int = 0
    spilled: int = 0

    def __add__(self, other: Streamed) -> Streamed:
        return Streamed(
            self.parts + other.parts,
            self.slices + other.slices,
            max(self.largest, other.largest),
            self.spilled + other.spilled,
        )


class Answers:
    """The features of rows, on disk by the blocks in which the rows are read."""

    def __init__(self, plan: Plan, asked: Stock, spills: Sequence[Spill], streamed: Streamed) -> None:
        self.streamed = streamed
        self._plan, self._asked, self._spills = plan, asked, spills

    def columns(self) -> list[pa.ChunkedArray]:
        """The columns of `plan.outputs` for all rows, in their order."""
        blocks = [self._block(number) for number in range(len(self._asked.starts) - 1)]
        whole = pa.concat_tables(blocks) if blocks else self._plan.outputs.empty_table()
        return list(whole.columns)

    def reader(self) -> pa.RecordBatchReader:
        """The rows' own columns and the features, batch by batch, once."""
        schema = pa.schema([*self._plan.rows, *self._plan.outputs])
        return pa.RecordBatchReader.from_batches(schema, self._batches(schema))

    def _batches(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        for number, own in enumerate(self._asked.read(self._plan.rows.names)):
            table = pa.table([*own.columns, *self._block(number).columns], schema=schema)
            yield from table.to_batches(max_chunksize=max(1, int(_BATCH / width_of(table))))

    def _block(self, number: int) -> pa.Table:
        """The columns of `plan.outputs` for the rows of one block."""
        begin, end = self._asked.starts[number : number + 2]
        found: dict[str, pa.ChunkedArray] = {}
        for spill in self._spills:
            table = spill.read(number)
            order = np.empty(end - begin, np.int64)
            order[table[ROW].to_numpy() - begin] = np.arange(end - begin)
            ordered = table.drop_columns([ROW]).take(pa.array(order))
            found.update(zip(ordered.column_names, ordered.columns, strict=True))
        features = pa.table([found[name] for name in self._plan.features.names], schema=self._plan.features)
        return pa.table(with_derived(self._plan, features), schema=self._plan.outputs)


@contextmanager
def answered(
    plan: Plan, rows: Table, limit: int, clock: Clock, progress: Progress, *, own: bool = False, holds: int = 0
) -> Iterator[Answers]:
    """The features of `rows` while this process holds about `limit` bytes more than before, and no more.

    own: whether the rows' own columns will be wanted beside them. holds: bytes that their writer will hold. Rows in the
    middle of a run are on disk, in the system's temporary folder. What is a frame of this process is held anyway, and
    does not count.
    """
    budget = Budget(limit, holds)
    needed = [name for made in plan.passes for name in asking(made.work)]
    outputs = sum(8.0 if pa.types.is_primitive(kind) else 32.0 for kind in plan.outputs.types)
    with ExitStack() as stack:
        rows = stack.enter_context(_on_disk(rows, limit, clock, progress))
        asked = Stock(rows, plan.rows.names if own else list(dict.fromkeys(needed)), budget, beside=outputs)
        spills, streamed = [], Streamed()
        for made in plan.passes:
            schema = pa.schema([(ROW, pa.int64()), *((ask.name, ask.kind) for ask in made.work.asks)])
            spills.append(stack.enter_context(Spill(schema, len(asked.starts) - 1, clock)))
            table = stack.enter_context(_on_disk(made.table, limit, clock, progress))
            one = _Pass(replace(made, table=table), asked, spills[-1], budget, clock).run(progress)
            _log.info(
                "source %r: parts %d, of them slices of large keys %d; rows of the largest %d; %s on disk",
                made.source.name, one.parts, one.slices, one.largest, shown(one.spilled),
            )  # fmt: skip
            streamed += one
        yield Answers(plan, asked, spills, streamed)


@contextmanager
def _on_disk(table: Table, limit: int, clock: Clock, progress: Progress) -> Iterator[Table]:
    """A chain as a table on disk, which holds its rows with their features; any other table as it is."""
    if isinstance(table, Changing):
        _log.warning("memory_limit: the changes of %s are put together in memory", table.base)
        yield FrameTable(scanned(table, table.schema().names, clock, progress), None)
        return
    if not isinstance(table, Chained):
        yield table
        return
    with TemporaryDirectory(prefix="ropeway-") as folder:
        base = table.base
        if table.where is not None:
            with _on_disk(base, limit, clock, progress) as rows:
                stock = Stock(rows, rows.schema().names, Budget(limit))
                kept = (batch for one in stock.read() for batch in filtered(table, one).to_batches())
                base = _written(Path(folder) / "kept.parquet", stock.schema, kept, clock)
        with answered(table.inner, base, limit, clock, progress, own=True) as answers:
            reader = answers.reader()
            made = _written(Path(folder) / "rows.parquet", reader.schema, reader, clock)
        yield made


def _written(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch], clock: Clock) -> Table:
    with pq.ParquetWriter(path, schema) as writer:
        for batch in batches:
            with clock("spill"):
                writer.write_batch(batch)
    return open_table(f"parquet:{path}")


class _Pass:
    """One pass: its answers are put into `answers`, by block."""

    def __init__(self, made: Pass, asked: Stock, answers: Spill, budget: Budget, clock: Clock) -> None:
        self._asked, self._answers, self._budget, self._clock = asked, answers, budget, clock
        self._work = made.work
        self._columns = asking(made.work)
        with clock("read"):
            bounds = bounds_of(made, extent_of(made.work, asked.read(self._columns)))
            self._source = Stock(made.table, made.source.raw_names(made.work.columns), budget, bounds=bounds)
        self._source_name = made.source.name
        self._events_schema = pa.schema(
            [one.with_name(name) for one, name in zip(self._source.schema, made.work.columns, strict=True)]
        )
        fields = [asked.schema.field(name) for name in self._columns]
        self._queries_schema = pa.schema([*fields, (ROW, pa.int64())])
        self._query_width = width_of_types(self._queries_schema.types) or asked.width + 8
        self._of_query = of_query(made.work, self._query_width)

    def run(self, progress: Progress) -> Streamed:
        before = self._clock.bytes.get("spill", 0)
        count = self._count()
        done = self._at_once(progress) if count == 1 else self._in_parts(count, progress)
        return done + Streamed(spilled=self._clock.bytes.get("spill", 0) - before)

    def _count(self) -> int:
        """How many parts there should be; large keys are seen to when the sizes of parts are known."""
        events, asked, budget = self._source.rows, self._asked.rows, self._budget
        need = events * of_event(self._work, self._source.width)
        total = need + asked * self._of_query
        if total <= budget.part and events + asked <= memory.MOST_ROWS:
            return 1
        return max(
            2,
            math.ceil(need / (FILL * budget.events)),
            math.ceil(total / (FILL * budget.part)),
            math.ceil((events + asked) / memory.MOST_ROWS),
        )

    def _at_once(self, progress: Progress) -> Streamed:
        """All of it fits into memory."""
        with progress.over([self._source_name], self._clock) as names:
            next(names)
            with self._clock("read"):
                events = self._source.whole().rename_columns(self._events_schema.names)
                queries = _joined(list(self._queries()), self._queries_schema)
            self._answer(self._work, events, queries)
        return Streamed(1, 0, len(events) + len(queries))

    def _in_parts(self, count: int, progress: Progress) -> Streamed:
        work, parts = replace(self._work, where=None), Parts(min(count, MOST_PARTS))
        done = Streamed()
        with (
            Spill(self._events_schema, parts.count, self._clock) as events,
            Spill(self._queries_schema, parts.count, self._clock) as queries,
        ):
            self._spread(self._queries(), queries, parts, Kind.QUERIES)
            self._spread(self._events(), events, parts, Kind.EVENTS)
            numbers = np.flatnonzero(events.rows + queries.rows)
            with progress.over([self._source_name] * len(numbers), self._clock) as names:
                for number, _ in zip(numbers, names, strict=True):
                    for part in refined(work, Part(events, queries, int(number)), self._budget, self._clock):
                        self._answer_part(work, part)
                        done += Streamed(1, int(part.is_slice), part.rows)
        return done

    def _spread(self, tables: Iterator[pa.Table], spill: Spill, parts: Parts, kind: Kind) -> None:
        """Put rows of one kind on disk by part."""
        while True:
            with self._clock("read"):
                table = next(tables, None)
            if table is None:
                return
            with self._clock("spill"):
                for share in split(self._work, table, parts, kind):
                    spill.add(share.part, share.rows)

    def _events(self) -> Iterator[pa.Table]:
        for table in self._source.read():
            yield kept(self._work, table.rename_columns(self._events_schema.names))

    def _queries(self) -> Iterator[pa.Table]:
        """What rows ask, with their numbers."""
        for begin, table in zip(self._asked.starts, self._asked.read(self._columns), strict=False):
            numbers = pa.array(np.arange(begin, begin + len(table)))
            yield table.append_column(ROW, numbers)

    def _answer_part(self, work: Work, part: Part) -> None:
        """The queries as many at a time as fit beside the events, which are sorted anew for each lot."""
        with self._clock("read"):
            events = part.events.read(part.number)
            sums = part.told()
        room = self._budget.part - len(events) * of_event(work, width_of(events))
        most = max(1, min(memory.MOST_ROWS, int(room / self._of_query)))
        size = most * self._query_width
        answered = False
        for lot in part.queries.chunks(part.number, size):
            for begin in range(0, len(lot), most):
                self._answer(work, events, lot.slice(begin, most), sums)
                answered = True
        if not answered:  # what is wrong with events is an error whoever asks
            self._answer(work, events, self._queries_schema.empty_table(), sums)

    def _answer(self, work: Work, events: pa.Table, queries: pa.Table, sums: pa.Table | None = None) -> None:
        """Answers by block. Queries stand in the order of the rows, which no cut has changed."""
        arrays = passes.run(work, events, queries, threads(), self._clock, sums)
        with _unseen(self._clock), self._clock("spill"):
            table = pa.table([queries[ROW], *arrays], schema=self._answers.schema)
            cuts = np.searchsorted(queries[ROW].to_numpy(), self._asked.starts)
            for block in np.flatnonzero(np.diff(cuts)):
                self._answers.add(int(block), table.slice(cuts[block], cuts[block + 1] - cuts[block]))


@contextmanager
def _unseen(clock: Clock) -> Iterator[None]:
    """A stage that a bar does not count, which knows those of a run without a limit."""
    ended, clock.ended = clock.ended, str
    try:
        yield
    finally:
        clock.ended = ended


def _joined(tables: list[pa.Table], schema: pa.Schema) -> pa.Table:
    return pa.concat_tables(tables) if tables else schema.empty_table()
