"""How many parts a pass needs on Spark, and which keys are too large for one: from footers, counts and samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from ropeway.batch.parcels import gathered
from ropeway.batch.parts import Parts, Sample, ahead_of, is_cuttable, kept, parts_of, span_of
from ropeway.connectors.pieces import Piece, extent
from ropeway.connectors.spark_frames import mapped, numbered, quoted
from ropeway.transforms.instants import Unit
from ropeway.transforms.passes.work import Work
from ropeway.transforms.sampling import some_rows

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: a partition of so many rows of a few columns keeps a task well below half a GiB
ROWS_PER_PARTITION = 1_500_000
#: and so many bytes of rows with their answers, where there are many columns
BYTES_PER_PARTITION = 128 * 2**20
#: smaller partitions cost more to start than they save
FEWEST_ROWS = 50_000
#: the rows of a frame are counted up to here, so that the count is bounded whatever the frame costs
COUNTED = 4_000_000
#: partitions for tables of unknown size, unless Spark is set to more
UNKNOWN = 200
#: rows of a sample, more or less, and from how many pieces of a table
SAMPLED = 200_000
SAMPLED_PIECES = 8
#: beyond it no time is moved
_FAR = 2.0**62


@dataclass(frozen=True)
class Side:
    """The events or the queries of a pass: `rows` is None where they are not known, `width` in bytes per row.

    `samples` stand for all rows together; there are none where nothing is known of keys and times.
    """

    rows: int | None
    width: float
    samples: tuple[Sample, ...] = ()


def parts_for(spark: SparkSession, work: Work, events: Side, queries: Side, answers: int) -> Parts:
    """The parts of a pass whose queries leave with so many answers."""
    usual = int(spark.conf.get("spark.sql.shuffle.partitions") or 1)
    if events.rows is None or queries.rows is None:
        count = max(usual, UNKNOWN)
    else:
        total = events.rows + queries.rows
        size = events.rows * events.width + queries.rows * (queries.width + 8 * answers)
        most = max(-(-total // ROWS_PER_PARTITION), -(-int(size) // BYTES_PER_PARTITION))
        count = max(1, most, min(usual, total // FEWEST_ROWS))
    if not events.samples:
        return Parts(count, (), span_of(work), ahead=ahead_of(work))
    samples = [*events.samples, *queries.samples]
    return parts_of(samples, count, span_of(work), ahead_of(work), cuttable=is_cuttable(work))


def side_of_pieces(work: Work, pieces: Sequence[Piece], names: Sequence[str], *, events: bool) -> Side:
    """From footers, and rows of some pieces, each of which stands for its neighbours too."""
    filled = [piece for piece in pieces if piece.rows]
    if not filled:
        return Side(0, 0.0)
    chosen = sorted({round(at) for at in np.linspace(0, len(filled) - 1, SAMPLED_PIECES).tolist()})
    tables = [filled[at].sample(SAMPLED // len(chosen)).rename_columns(list(names)) for at in chosen]
    near = np.abs(np.arange(len(filled))[:, None] - np.array(chosen)).argmin(axis=1)
    stamp = work.timestamp if events else work.query_time
    column = None if work.timestamp is None or stamp is None else list(names).index(stamp)
    unit = work.timestamp_unit if events else work.query_unit
    samples = []
    for at, table in enumerate(tables):
        neighbours = [filled[number] for number in np.flatnonzero(near == at)]
        weight = sum(piece.rows for piece in neighbours) / len(table)
        sample = replace(Sample.of(work, kept(work, table) if events else table, events=events), weight=weight)
        samples.append(sample if column is None else _moved(sample, filled[chosen[at]], neighbours, column, unit))
    size = sum(len(table) for table in tables)
    return Side(sum(piece.rows for piece in filled), sum(table.nbytes for table in tables) / size, tuple(samples))


def _moved(sample: Sample, looked_at: Piece, pieces: Sequence[Piece], column: int, unit: Unit | None) -> Sample:
    """The sample of one piece as one of several: to each a share of it, moved to the time that its statistics tell.

    So cuts are even where a table is in the order of time, and a piece says nothing of the time of its neighbours.
    """
    source = _times(looked_at.largest(), column, unit)
    if source is None or source[0] == source[1]:
        return sample
    times = sample.times.copy()
    ends = np.cumsum([piece.rows for piece in pieces]) * len(times) // sum(piece.rows for piece in pieces)
    for piece, begin, end in zip(pieces, [0, *ends[:-1]], ends, strict=True):
        target = _times(piece, column, unit)
        if target is not None:
            part = (times[begin:end].astype(np.float64) - source[0]) / (source[1] - source[0])
            moved = target[0] + part * (target[1] - target[0])
            times[begin:end] = np.clip(moved, -_FAR, _FAR).astype(np.int64)
    return replace(sample, times=times)


def _times(piece: Piece, column: int, unit: Unit | None) -> tuple[int, int] | None:
    """From when to when the rows of a piece lie, if statistics tell."""
    name = piece.wanted.names[column]
    return extent([piece], name, unit if pa.types.is_integer(piece.wanted.field(name).type) else None)


def side_of_frame(work: Work, frame: DataFrame, rows: int | None, *, events: bool) -> Side:
    """From a job that looks at a sample; where the number of rows is not known, at `COUNTED` of them at most."""
    names = [key.source if events else key.rows for key in work.keys]
    stamp = work.timestamp if events else work.query_time
    names += [stamp] if work.timestamp is not None and stamp is not None else []
    names += [work.available_at] if events and work.available_at is not None else []
    names += list(work.where.columns()) if events and work.where is not None else []
    width = sum(8.0 if field.dataType.simpleString() in _NARROW else 32.0 for field in frame.schema)
    keyed = frame.select(*(quoted(name) for name in dict.fromkeys(names)))
    some = keyed.limit(COUNTED + 1) if rows is None else keyed.sample(min(1.0, SAMPLED / max(1, rows)), seed=1)
    stride = 1 if rows is not None else COUNTED // SAMPLED
    sketch = partial(_sketch, work, events, stride, tuple(some.columns))
    sketched = mapped(numbered(some), sketch, _SKETCH).collect()
    seen, looked = sum(row.seen for row in sketched), sum(row.looked for row in sketched)
    if rows is None and seen <= COUNTED:
        rows = seen
    if not looked:
        return Side(rows, width)
    weight = (UNKNOWN * ROWS_PER_PARTITION if rows is None else rows) / looked
    samples = [
        Sample(np.frombuffer(row.hashes, np.uint64), np.frombuffer(row.times, np.int64), weight) for row in sketched
    ]
    return Side(rows, width, tuple(samples))


_NARROW = {"bigint", "double", "int", "float", "boolean", "timestamp", "timestamp_ntz", "date", "smallint", "tinyint"}
_SKETCH = "seen bigint, looked bigint, hashes binary, times binary"


def _sketch(
    work: Work, events: bool, stride: int, names: Sequence[str], batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """How many rows a task saw and looked at, and hashes and times of these; runs in a task."""
    for table in gathered(one.rename_columns(list(names)) for one in batches):
        some = table.take(pa.array(some_rows(len(table), -(-len(table) // stride))))
        sample = Sample.of(work, kept(work, some) if events else some, events=events)
        yield pa.RecordBatch.from_arrays(
            [
                pa.array([len(table)], pa.int64()),
                pa.array([len(some)], pa.int64()),
                pa.array([sample.hashes.tobytes()], pa.binary()),
                pa.array([sample.times.tobytes()], pa.binary()),
            ],
            names=["seen", "looked", "hashes", "times"],
        )
