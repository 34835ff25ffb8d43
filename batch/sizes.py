"""How many parts a pass needs on Spark, and which keys are too large for one: from footers, counts and samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from ropeway.batch.parcels import gathered
from ropeway.batch.parts import Parts, Sample, hashes_of, kept, no_sample, parts_of, span_of, times_of
from ropeway.batch.work import Work
from ropeway.connectors.pieces import Piece, extent
from ropeway.connectors.spark_frames import quoted
from ropeway.transforms.instants import Unit
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


@dataclass(frozen=True)
class Side:
    """The events or the queries of a pass: `rows` is None where they are not known, `width` in bytes per row."""

    rows: int | None
    width: float
    sample: Sample

    @property
    def weighed(self) -> Sample:
        """The sample, with weights that add up to the number of rows; a guess where that is not known."""
        rows = UNKNOWN * ROWS_PER_PARTITION if self.rows is None else self.rows
        size = len(self.sample.hashes)
        return Sample(self.sample.hashes, self.sample.times, rows / size if size else 0.0)


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
    sides = [events.weighed, queries.weighed]
    if not len(events.sample.hashes):  # nothing is known of their keys
        return Parts(count, (), span_of(work))
    return parts_of(sides, count, span_of(work))


def side_of_pieces(work: Work, pieces: Sequence[Piece], names: Sequence[str], *, events: bool) -> Side:
    """From footers, and rows of some pieces, each of which stands for its neighbours too."""
    rows = sum(piece.rows for piece in pieces)
    chosen = sorted({round(at) for at in np.linspace(0, len(pieces) - 1, SAMPLED_PIECES).tolist()} if pieces else ())
    tables = [pieces[at].sample(SAMPLED // len(chosen)).rename_columns(list(names)) for at in chosen]
    samples = [_sampled(work, table, events=events) for table in tables]
    size = sum(len(table) for table in tables)
    stamp = work.timestamp if events else work.query_time
    if stamp is not None and stamp in names and len(chosen) > 1:
        at = list(names).index(stamp)
        unit = work.timestamp_unit if events else work.query_unit
        samples = _for_all(samples, chosen, [_Stretch.of(piece, piece.wanted.names[at], unit) for piece in pieces])
    return Side(rows, sum(table.nbytes for table in tables) / size if size else 0.0, _joined(samples))


@dataclass(frozen=True)
class _Stretch:
    """A piece: its rows, and from when to when they lie and those of its first row group; None where nobody knows."""

    rows: int
    whole: tuple[int, int] | None
    first: tuple[int, int] | None

    @staticmethod
    def of(piece: Piece, column: str, unit: Unit | None) -> _Stretch:
        whole = pa.types.is_integer(piece.wanted.field(column).type)
        ends = [extent([one], column, unit if whole else None) for one in (piece, piece.first())]
        return _Stretch(piece.rows, ends[0], ends[1])


def _for_all(samples: Sequence[Sample], chosen: Sequence[int], pieces: Sequence[_Stretch]) -> list[Sample]:
    """A sample for each piece: of the nearest one that was looked at, as much as it has rows, moved to its time.

    Where a table is in the order of time, so that some pieces say nothing of the time of others, cuts are even so.
    """
    total = sum(piece.rows for piece in pieces)
    made = []
    for number, piece in enumerate(pieces):
        at = int(np.abs(np.array(chosen) - number).argmin())
        one, size = samples[at], len(samples[at].hashes)
        rows = slice(0, max(1, round(size * len(chosen) * piece.rows / total)))
        times = one.times[rows]
        source, target = pieces[chosen[at]].first, piece.whole
        if source is not None and target is not None and source[0] < source[1]:
            part = (times.astype(np.float64) - source[0]) / (source[1] - source[0])
            times = (target[0] + part * (target[1] - target[0])).astype(np.int64)
        made.append(Sample(one.hashes[rows], times, 1.0))
    return made


def side_of_frame(work: Work, frame: DataFrame, rows: int | None, *, events: bool) -> Side:
    """From a job that looks at a sample; where the number of rows is not known, at `COUNTED` of them at most."""
    names = [key.source if events else key.rows for key in work.keys]
    stamp = work.timestamp if events else work.query_time
    names += [stamp] if work.timestamp is not None and stamp is not None else []
    names += list(work.where.columns()) if events and work.where is not None else []
    width = sum(8.0 if field.dataType.simpleString() in _NARROW else 32.0 for field in frame.schema)
    keyed = frame.select(*(quoted(name) for name in dict.fromkeys(names)))
    some = keyed.limit(COUNTED + 1) if rows is None else keyed.sample(min(1.0, SAMPLED / max(1, rows)), seed=1)
    stride = 1 if rows is not None else COUNTED // SAMPLED
    sketched = some.mapInArrow(partial(_sketch, work, events, stride), _SKETCH).collect()
    seen = sum(row.seen for row in sketched)
    samples = [
        Sample(np.frombuffer(row.hashes, np.uint64), np.frombuffer(row.times, np.int64), 1.0) for row in sketched
    ]
    if rows is None and seen <= COUNTED:
        rows = seen
    return Side(rows, width, _joined(samples))


_NARROW = {"bigint", "double", "int", "float", "boolean", "timestamp", "timestamp_ntz", "date", "smallint", "tinyint"}
_SKETCH = "seen bigint, hashes binary, times binary"


def _sketch(work: Work, events: bool, stride: int, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """How many rows a task saw, and hashes and times of some; runs in a task."""
    for table in gathered(batches):
        some = table.take(pa.array(some_rows(len(table), -(-len(table) // stride))))
        sample = _sampled(work, some, events=events)
        yield pa.RecordBatch.from_arrays(
            [
                pa.array([len(table)], pa.int64()),
                pa.array([sample.hashes.tobytes()], pa.binary()),
                pa.array([sample.times.tobytes()], pa.binary()),
            ],
            names=["seen", "hashes", "times"],
        )


def _sampled(work: Work, table: pa.Table, *, events: bool) -> Sample:
    table = kept(work, table) if events else table
    found, missing = hashes_of(work, table, events=events)
    times = times_of(work, table, events=events)
    # rows without a key are spread like as many small keys
    found = np.where(missing != 0, np.arange(len(found), dtype=np.uint64), found)
    return Sample(found, np.zeros(len(found), np.int64) if times is None else times, 1.0)


def _joined(samples: Sequence[Sample]) -> Sample:
    if not samples:
        return no_sample()
    return Sample(np.concatenate([one.hashes for one in samples]), np.concatenate([one.times for one in samples]), 1.0)
