"""Pipelines over frames: of this process in threads, of Spark in one pass of `mapInArrow` each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ropeway.batch.folds import by_hash, by_position
from ropeway.batch.inputs import as_fitted
from ropeway.batch.spark import unwrapped
from ropeway.connectors.arrow_types import plain
from ropeway.connectors.frames import column_names, is_spark, kind_of, to_arrow
from ropeway.connectors.spark_frames import mapped, numbered, quoted, slots
from ropeway.connectors.spark_types import arrow_schema, spark_schema, spark_type
from ropeway.transforms import threads
from ropeway.transforms.errors import SchemaError, UsageError
from ropeway.transforms.pipeline.engines import Asked, Data, Engine, Folds, fold_name, register_engines
from ropeway.transforms.pipeline.fitted import FittedPipeline
from ropeway.transforms.program import Columns, Program
from ropeway.transforms.program.functions import as_floats, decoded
from ropeway.transforms.program.program import nullable
from ropeway.transforms.statistics import State, Statistic, packed, unpacked
from ropeway.transforms.statistics.columns import as_encoded

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

#: rows of which one state is made
_CHUNK = 1 << 18
#: states that wait to be merged
_FULL = 8
#: tasks of a pass per core, and states of tasks that are merged at once
_TASKS, _MERGED = 4, 16
_STATES = "number int, part int, state binary"
_TARGET = "__target__"
#: rows of an Arrow batch on the way back to the JVM
_BATCH = 65_536


@dataclass(frozen=True)
class LocalData:
    """Rows of this process to fit on; `frame` is what they came in."""

    frame: Any
    table: pa.Table
    target: str | None
    names: tuple[str, ...]

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([(field.name, plain(field.type)) for field in self.table.schema])

    def summaries(self, program: Program, asked: Sequence[Asked]) -> Sequence[Any]:
        size = self.table.num_rows
        workers = threads.threads() if size > threads.FEW else 1
        parts = -(-max(1, -(-size // _CHUNK)) // workers) * workers  # as many for each thread
        rows = max(1, -(-size // parts))
        table = self.table.select(list(program.columns)) if program.columns else self.table
        held = Held(asked)
        threads.each(
            lambda part: held.add(summarised(program, asked, table.slice(part * rows, rows))),
            parts, workers,
        )  # fmt: skip
        found: list[Any] = [None] * len(asked)

        def finish(at: int) -> None:
            found[at] = asked[at][0].finish(held.merged(at))

        threads.each(finish, len(asked), workers)
        return found

    def outputs(self, program: Program) -> Any:
        return _like(self.frame, program, self.table)

    def matrix(self, program: Program) -> tuple[Any, Any]:
        found = program.run(self.table)
        rows = np.column_stack(found) if found else np.empty((self.table.num_rows, 0))
        return rows, None if self.target is None else self.table.column(self.target).to_numpy()


class Held:
    """States of the pieces of a table; they are merged on the way, so that few are held however many pieces there are.

    Threads may add to it at once: states merge in any order.
    """

    def __init__(self, asked: Sequence[Asked]) -> None:
        self._asked = asked
        self._states: list[list[State]] = [[] for _ in asked]
        self._lock = Lock()

    def add(self, states: Sequence[State]) -> None:
        """Add the states of one piece."""
        for at, state in enumerate(states):
            with self._lock:
                self._states[at].append(state)
                full = len(self._states[at]) >= _FULL
                some = self._states[at] if full else []
                if full:
                    self._states[at] = []
            if some:
                merged = self._asked[at][0].merge(some)
                with self._lock:
                    self._states[at].append(merged)

    def merged(self, at: int) -> State:
        """The state of a statistic over all pieces, of which there is at least one."""
        return self._asked[at][0].merge(self._states[at])


class LocalEngine:
    """Frames of pandas, polars and Arrow."""

    def data(self, frame: Any, y: Any, columns: Sequence[str] | None, folds: Sequence[Folds]) -> Data:
        names = column_names(frame)
        if isinstance(y, str):
            _check_target(y, names, kind_of(frame))
        target = y if isinstance(y, str) else None
        wanted = _wanted(names, columns, target, kind_of(frame))
        table = to_arrow(frame, wanted, encoded=True)
        if y is not None and target is None:
            table, target = _with_target(table, y), _TARGET
        for one in folds:
            assert target is not None
            table = table.append_column(fold_name(one), pa.array(by_position(table.column(target), *one)))
        return LocalData(frame, table, target, tuple(names))

    def transform(self, fitted: FittedPipeline, frame: Any) -> Any:
        return _like(frame, fitted.program, _given(fitted, fitted.program, frame))

    def predict(self, fitted: FittedPipeline, frame: Any, method: str) -> Any:
        found = fitted.numbers.run(_given(fitted, fitted.numbers, frame))
        return getattr(fitted.estimator, method)(np.column_stack(found))


def _given(fitted: FittedPipeline, program: Program, frame: Any) -> pa.Table | Columns:
    """The columns that a program reads, in the types in which it was fitted; floats of pandas are not copied."""
    _check_columns(fitted, program, column_names(frame), kind_of(frame))
    if not isinstance(frame, pd.DataFrame):
        return as_fitted(to_arrow(frame, program.columns, encoded=True), fitted.inputs)
    floats: dict[str, Any] = {
        name: frame[name].to_numpy()
        for name in program.columns
        if frame.dtypes[name] == np.float64 and fitted.inputs.field(name).type == pa.float64()
    }
    others = [name for name in program.columns if name not in floats]
    rest = as_fitted(to_arrow(frame, others, encoded=True), fitted.inputs)
    return Columns({**floats, **{name: rest.column(name) for name in others}}, len(frame))


def _check_columns(fitted: FittedPipeline, program: Program, there: Sequence[str], what: str) -> None:
    missing = [name for name in program.columns if name not in there]
    if missing:
        raise SchemaError(
            f"pipeline {fitted.name!r} reads {', '.join(map(repr, missing))}, and the {what} has no such column. It "
            f"has: {', '.join(there) or 'none'}."
        )


def _like(frame: Any, program: Program, table: pa.Table | Columns) -> Any:
    """The outputs of a program as a frame of the kind of `frame`, with its index."""
    names = list(program.layout.outputs)
    found = program.run(table)
    if isinstance(frame, pd.DataFrame):
        return _pandas(names, found, frame.index)
    columns = list(found)

    def work(at: int) -> None:
        columns[at] = nullable(columns[at]) if isinstance(columns[at], np.ndarray) else columns[at]

    threads.each(work, len(columns), threads.threads() if table.num_rows > threads.FEW else 1)
    made = pa.table(columns, names=names) if names else pa.table({"": pa.nulls(table.num_rows)}).select([])
    if isinstance(frame, pa.RecordBatch):
        return pa.RecordBatch.from_arrays([column.combine_chunks() for column in made.columns], names=names)
    if isinstance(frame, pa.Table):
        return made
    import polars as pl

    return pl.from_arrow(made)


def _pandas(names: Sequence[str], found: Sequence[Any], index: Any) -> pd.DataFrame:
    """Numbers stand in one block, which is not copied; others as Arrow gives them, integers and booleans plain."""
    numbers = [at for at, one in enumerate(found) if isinstance(one, np.ndarray)]
    if len(numbers) == len(found) and found:
        return pd.DataFrame(found[0].base.T, columns=list(names), index=index, copy=False)
    columns = {
        name: one if isinstance(one, np.ndarray) else one.to_pandas() for name, one in zip(names, found, strict=True)
    }
    made = pd.DataFrame(columns, index=range(len(index)), copy=False)
    made.index = index
    return made


def _wanted(names: Sequence[str], columns: Sequence[str] | None, target: str | None, what: str) -> list[str]:
    """The columns of a frame that are needed to fit."""
    missing = [name for name in columns or () if name not in names]
    if missing:
        raise SchemaError(
            f"a pipeline selects {', '.join(map(repr, missing))}, and the {what} has no such column. It has: "
            f"{', '.join(names) or 'none'}."
        )
    return [name for name in names if columns is None or name in columns or name == target]


def _check_target(y: str, names: Sequence[str], what: str) -> None:
    if y not in names:
        raise SchemaError(f"y={y!r}: the {what} has no such column. It has: {', '.join(names) or 'none'}.")


def _with_target(table: pa.Table, y: Any) -> pa.Table:
    values = y.to_arrow() if hasattr(y, "to_arrow") else y
    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(np.asarray(values), from_pandas=True)
    if len(array) != table.num_rows:
        raise UsageError(f"y has {len(array):,} values for {table.num_rows:,} rows: give one for each.")
    return table.append_column(_TARGET, array)


def summarised(program: Program, asked: Sequence[Asked], table: pa.Table) -> list[State]:
    """The states of statistics of one piece of a table."""
    columns: list[Any] = [_array(one) for one in program.run(table, 1, encoded=True)]
    made: dict[tuple[str, int], Any] = {}
    times = Counter(at for statistic, of in asked for place, at in enumerate(of) if _takes_encoded(statistic, place))

    def once(how: str, at: int, of: Callable[[Any], Any]) -> Any:
        if (how, at) not in made:
            made[how, at] = of(columns[at])
        return made[how, at]

    def as_asked(statistic: Statistic, place: int, at: int) -> Any:
        if statistic.form == "number":
            return columns[at] if isinstance(columns[at], np.ndarray) else once("float", at, as_floats)
        if not _takes_encoded(statistic, place):
            return columns[at] if isinstance(columns[at], np.ndarray) else once("plain", at, decoded)
        return once("encoded", at, as_encoded) if times[at] > 1 else columns[at]

    return [statistic.of([as_asked(statistic, *one) for one in enumerate(of)]) for statistic, of in asked]


def _takes_encoded(statistic: Statistic, place: int) -> bool:
    return statistic.takes_encoded == "all" or (statistic.takes_encoded == "first" and place == 0)


def _array(column: Any) -> Any:
    if not isinstance(column, pa.ChunkedArray):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


# ---- Spark


@dataclass(frozen=True)
class SparkData:
    """Rows on Spark to fit on; folds are known by a hash of a row's own values."""

    frame: DataFrame
    schema: pa.Schema
    target: str | None
    folds: tuple[Folds, ...]
    names: tuple[str, ...]

    def summaries(self, program: Program, asked: Sequence[Asked]) -> Sequence[Any]:
        columns = [name for name in program.columns if not name.startswith("__fold_")]
        over = columns if not self.folds else [name for name in self.schema.names if not name.startswith("__fold_")]
        rows = numbered(self.frame.select(*(quoted(name) for name in over)))
        work = partial(_summarise, program, asked, over, self.folds, _MERGED)
        tasks = _TASKS * slots(self.frame.sparkSession)
        made = mapped(rows.coalesce(tasks), work, _STATES)
        while tasks > _MERGED:  # so that few states of each statistic come to the driver, however many tasks there are
            tasks = -(-tasks // _MERGED)
            made = mapped(made.repartition(tasks, "number", "part"), partial(_merge, asked, _MERGED), _STATES)
        with unwrapped():
            found = made.collect()
        states: dict[int, list[State]] = {}
        for number, state in sorted((row["number"], bytes(row["state"])) for row in found):
            states.setdefault(number, []).append(unpacked(state))
        empty = summarised(program, asked, self.schema.empty_table().select(list(program.columns)))
        return [one.finish(one.merge(states.get(at, []) or [empty[at]])) for at, (one, _) in enumerate(asked)]

    def outputs(self, program: Program) -> Any:
        return _spark_outputs(
            self.frame, program, self.folds, [n for n in self.schema.names if not n.startswith("__fold_")]
        )

    def matrix(self, program: Program) -> tuple[Any, Any]:
        assert self.target is not None
        table = self.frame.toArrow()
        table = with_folds(table, self.folds)
        return np.column_stack(program.run(table)), table.column(self.target).to_numpy()


class SparkEngine:
    """Frames of Spark: fitted and transformed where they are."""

    def data(self, frame: Any, y: Any, columns: Sequence[str] | None, folds: Sequence[Folds]) -> Data:
        names = list(frame.columns)
        if y is not None and not isinstance(y, str):
            raise UsageError(f"y of a Spark frame is the name of one of its columns, not a {type(y).__name__}.")
        if y is not None:
            _check_target(y, names, "Spark frame")
        wanted = _wanted(names, columns, y, "Spark frame")
        chosen = frame.select(*(quoted(name) for name in wanted))
        schema = arrow_schema(chosen.schema)
        for one in folds:
            schema = schema.append(pa.field(fold_name(one), pa.int64()))
        return SparkData(chosen, schema, y, tuple(folds), tuple(names))

    def transform(self, fitted: FittedPipeline, frame: Any) -> Any:
        program = fitted.program
        _check_columns(fitted, program, list(frame.columns), "Spark frame")
        return _spark_outputs(frame, program, (), list(program.columns), fitted.inputs)

    def predict(self, fitted: FittedPipeline, frame: Any, method: str) -> Any:
        program = fitted.numbers
        _check_columns(fitted, program, list(frame.columns), "Spark frame")
        columns = list(program.columns)
        rows = numbered(frame.select(*(quoted(name) for name in columns)))
        work = partial(_predict, program, columns, fitted.inputs, fitted.estimator, method)
        word = spark_type(predicted(fitted.estimator)).simpleString()
        kind = f"prediction {word}" if method == "predict" else "probability array<double>"
        return mapped(rows, work, kind)


def predicted(estimator: Any) -> pa.DataType:
    """The type of what an estimator predicts: of its classes, if these are text; else a float."""
    classes = np.asarray(getattr(estimator, "classes_", []))
    return pa.string() if classes.dtype.kind in "OUS" else pa.float64()


def _spark_outputs(
    frame: DataFrame, program: Program, folds: Sequence[Folds], columns: Sequence[str], inputs: pa.Schema | None = None
) -> DataFrame:
    rows = numbered(frame.select(*(quoted(name) for name in columns)))
    schema = pa.schema([(name, value.type) for name, value in program.layout.outputs.items()])
    return mapped(rows, partial(_transform, program, columns, folds, inputs), spark_schema(schema))


def _transform(
    program: Program, columns: Sequence[str], folds: Sequence[Folds], inputs: pa.Schema | None,
    batches: Iterable[pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:  # fmt: skip
    names = list(program.layout.outputs)
    for table in tables(columns, folds, inputs, batches):
        found = program.run(table, 1)
        made = [nullable(one) if isinstance(one, np.ndarray) else one for one in found]
        yield from pa.table(made, names=names).to_batches(max_chunksize=_BATCH)


def _predict(
    program: Program, columns: Sequence[str], inputs: pa.Schema, estimator: Any, method: str,
    batches: Iterable[pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:  # fmt: skip
    for table in tables(columns, (), inputs, batches):
        found = np.asarray(getattr(estimator, method)(np.column_stack(program.run(table, 1))))
        if method == "predict":
            column, name = pa.array(found).cast(predicted(estimator)), "prediction"
        else:
            column, name = pa.array(list(found.astype(np.float64)), pa.list_(pa.float64())), "probability"
        yield pa.RecordBatch.from_arrays([column], names=[name])


def _summarise(
    program: Program, asked: Sequence[Asked], columns: Sequence[str], folds: Sequence[Folds], merged: int,
    batches: Iterable[pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:  # fmt: skip
    from pyspark import TaskContext

    held, pieces = Held(asked), 0
    for table in tables(columns, folds, None, batches):
        held.add(summarised(program, asked, table))
        pieces += 1
    if pieces:
        context = TaskContext.get()
        part = 0 if context is None else context.partitionId()
        for at in range(len(asked)):  # one by one: together they may be larger than a batch can be
            yield _as_batch(at, part // merged, packed(held.merged(at)))


def _merge(asked: Sequence[Asked], merged: int, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The states of the same statistic and part as one."""
    held: dict[tuple[int, int], State] = {}
    for batch in batches:
        for row in batch.to_pylist():
            key = row["number"], row["part"]
            state: State = unpacked(row["state"])
            held[key] = asked[key[0]][0].merge([held[key], state]) if key in held else state
    for (number, part), state in held.items():
        yield _as_batch(number, part // merged, packed(state))


def _as_batch(number: int, part: int, state: bytes) -> pa.RecordBatch:
    columns = [pa.array([number], pa.int32()), pa.array([part], pa.int32()), pa.array([state], pa.binary())]
    return pa.RecordBatch.from_arrays(columns, names=["number", "part", "state"])


def tables(
    columns: Sequence[str], folds: Sequence[Folds], inputs: pa.Schema | None, batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.Table]:
    """Batches of a task as tables of these names, of about as many rows as a state is made of."""
    held: list[pa.RecordBatch] = []
    rows = 0

    def gathered() -> pa.Table:
        table = pa.Table.from_batches(held).rename_columns(list(columns))
        return with_folds(table if inputs is None else as_fitted(table, inputs), folds)

    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        if rows >= _CHUNK:
            yield gathered()
            held, rows = [], 0
    if rows:
        yield gathered()


def with_folds(table: pa.Table, folds: Sequence[Folds]) -> pa.Table:
    """A table with the fold of each row, by a hash of all its values."""
    for one in folds:
        made: npt.NDArray[np.int64] = by_hash(table, *one)
        table = table.append_column(fold_name(one), pa.array(made))
    return table


_ENGINES: Mapping[bool, Engine] = {False: LocalEngine(), True: SparkEngine()}


def _engine(frame: Any) -> Engine:
    if not is_spark(frame):
        kind_of(frame)  # raises for what is no frame
    return _ENGINES[is_spark(frame)]


register_engines(_engine)
