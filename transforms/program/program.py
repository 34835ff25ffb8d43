"""A program over the columns of a table, block by block, on all cores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms import threads
from ropeway.transforms.errors import DataError
from ropeway.transforms.expressions.kinds import converted
from ropeway.transforms.instructions.fields import MISSING
from ropeway.transforms.instructions.run import run
from ropeway.transforms.kernels.spread import spread
from ropeway.transforms.program.builder import Builder, Check, Value
from ropeway.transforms.program.functions import as_floats, decoded
from ropeway.transforms.program.layout import Layout, Segment, laid_out
from ropeway.transforms.program.rows import RowProgram

Floats = npt.NDArray[np.float64]

#: floats in all registers of a block: 1 MiB, which stays in a core's own cache
_BLOCK = 1 << 17
_FEWEST, _MOST = 256, 1 << 14
#: rows of which functions get arrays
_MORSEL = 1 << 16
#: values that an error shows
_SHOWN = 5


@dataclass(frozen=True)
class Columns:
    """What a program reads, by name: Arrow columns, and float64 arrays of numpy as they are, also rows of a matrix."""

    columns: Mapping[str, pa.ChunkedArray | Floats]
    num_rows: int

    def column(self, name: str) -> pa.ChunkedArray | Floats:
        """One of them."""
        return self.columns[name]


@dataclass(frozen=True, eq=False)
class Program:
    """Steps in an order in which they can run, and where the outputs stand after them."""

    layout: Layout

    @classmethod
    def of(cls, builder: Builder, outputs: Mapping[str, Value]) -> Program:
        """The program that gives these outputs of a builder."""
        return cls(laid_out(builder, outputs))

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the table's columns that are read."""
        return tuple(self.layout.inputs.names[at] for at in self.layout.read)

    @cached_property
    def row(self) -> RowProgram:
        """The program for single rows."""
        return RowProgram(self.layout)

    def run(
        self, table: pa.Table | pa.RecordBatch | Columns, workers: int | None = None, *, encoded: bool = False
    ) -> list[Floats | pa.ChunkedArray]:
        """The outputs in their order: numbers as float64 arrays with NaN for missing, others as Arrow columns.

        The float64 arrays are the rows of one array. `table` has the columns that are read, in the program's types;
        text may be in dictionaries, and stays so where it is given as it is if `encoded`.
        """
        layout = self.layout
        values = list(layout.outputs.values())
        size = table.num_rows
        numbers = [at for at, value in enumerate(values) if value.store == "number"]
        block = np.empty((len(numbers), size))
        made: list[Any] = [None] * len(values)
        for row, at in enumerate(numbers):
            made[at] = block[row]
        wide = max(_FEWEST, min(_MOST, _BLOCK // layout.registers))
        morsel = _MORSEL if len(layout.segments) == 1 else wide
        # columns of the table stay whole
        given = {
            at: value.place
            for at, value in enumerate(values)
            if value.store == "column" and value.place < len(layout.inputs)
        }
        others = [at for at, value in enumerate(values) if value.store != "number" and at not in given]
        parts = -(-size // morsel)
        found: list[list[pa.Array]] = [[] for _ in range(parts)]
        columns = {at: table.column(layout.inputs.names[at]) for at in layout.read}

        def work(part: int) -> None:
            first = part * morsel
            rows = min(morsel, size - first)
            held: dict[int, Any] = {at: _whole(one, first, rows) for at, one in columns.items()}
            into = block[:, first : first + rows]
            found[part] = _worked(layout, held, rows, wide, into, numbers, others, values, refused[part])

        refused = [[Refused() for _ in layout.checks] for _ in range(parts)]
        if numbers or others or layout.checks:
            threads.each(work, parts, (threads.threads() if workers is None else workers) if size > threads.FEW else 1)
        for at, check in enumerate(layout.checks):
            refuse(check, [part[at] for part in refused], size)
        for k, at in enumerate(others):
            made[at] = pa.chunked_array([part[k] for part in found], values[at].type)
        for at, place in given.items():
            whole = columns[place]
            whole = whole if isinstance(whole, pa.ChunkedArray) else pa.chunked_array([whole])
            made[at] = whole if encoded else decoded(whole)
        return made


@dataclass
class Refused:
    """Rows that failed a check: how many, and some of their values."""

    rows: int = 0
    shown: dict[str, None] = field(default_factory=dict)

    def look(self, registers: Floats, check: Check, held: Mapping[int, Any], first: int) -> None:
        """Look at one block of rows, which begins with row `first` of the columns."""
        wrong = np.flatnonzero(registers[check.code.place] == -1.0)
        self.rows += len(wrong)
        for at in wrong.tolist():
            if len(self.shown) >= _SHOWN:
                break
            in_column = check.shown.store == "column"
            value = held[check.shown.place][first + at] if in_column else registers[check.shown.place, at]
            value = value.as_py() if isinstance(value, pa.Scalar) else value
            self.shown[str(value) if isinstance(value, float) else repr(value)] = None


def refuse(check: Check, refused: Sequence[Refused], size: int) -> None:
    """Raise `DataError` for a check that some of `size` rows failed."""
    rows = sum(one.rows for one in refused)
    if rows:
        shown = list(dict.fromkeys(value for one in refused for value in one.shown))
        more = ", ..." if len(shown) >= _SHOWN else ""
        raise DataError(f"{rows:,} of {size:,} rows hold {', '.join(shown[:_SHOWN])}{more}: {check.message}")


def _whole(column: Any, first: int, rows: int) -> Any:
    if isinstance(column, np.ndarray):
        return column[first : first + rows]
    piece = column.slice(first, rows)
    if not isinstance(piece, pa.ChunkedArray):
        return piece
    if piece.num_chunks == 1:
        return piece.chunk(0)
    return pa.concat_arrays(piece.chunks) if piece.num_chunks else pa.array([], piece.type)


def _arrow(held: dict[int, Any], column: int) -> pa.Array:
    """A column as an Arrow array, which it is from then on."""
    if isinstance(held[column], np.ndarray):
        held[column] = pa.array(held[column])
    return held[column]


def _worked(
    layout: Layout, held: dict[int, Any], rows: int, wide: int, block: Floats, numbers: Sequence[int],
    others: Sequence[int], values: Sequence[Value], refused: Sequence[Refused],
) -> list[pa.Array]:  # fmt: skip
    """Fill `block` with the outputs that are numbers; the others are returned."""
    registers = np.empty((layout.registers, min(rows, wide)))
    runs = _runs([values[at].place for at in numbers])
    kept = {at: np.empty(rows, np.int64) for at in others if values[at].store == "integer"}
    for segment in layout.segments:
        for call in segment.calls:
            given = [_arrow(held, column) for column in call.inputs]
            takes = getattr(call.function, "takes_encoded", False)
            made = call.function.columns(given if takes else [decoded(one) for one in given])
            held.update({call.out + i: one for i, one in enumerate(made)})
        loads = [
            (load.register, *_prepared(held[load.column], load.store)) for load in (*segment.numbers, *segment.integers)
        ]
        exported = [(register, np.empty(rows)) for register, _, _ in segment.exports]
        vectors = [(load, _parts(held[load.column])) for load in segment.vectors]
        last = segment is layout.segments[-1]
        for first in range(0, rows, wide):
            end = min(rows, first + wide)
            some = registers if end - first == registers.shape[1] else np.empty((layout.registers, end - first))
            for load, (ends, places, found, missing) in vectors:
                spread(some[load.register : load.register + load.width], ends[first:], places, found, missing[first:])
            _step(layout, segment, loads, some, first, end)
            for register, into in exported:
                into[first:end] = some[register]
            if last:
                for check, one in zip(layout.checks, refused, strict=True):
                    one.look(some, check, held, first)
                for row, place, size in runs:
                    block[row : row + size, first:end] = some[place : place + size]
                for at, whole in kept.items():
                    whole[first:end] = some[values[at].place].view(np.int64)
            registers = some if rows <= wide else registers
        held.update(
            {
                column: _column(into, kind)
                for (_, into), (_, column, kind) in zip(exported, segment.exports, strict=True)
            }
        )
    return [
        _column(kept[at].view(np.float64), values[at].type) if at in kept else _arrow(held, values[at].place)
        for at in others
    ]


def _runs(places: Sequence[int]) -> list[tuple[int, int, int]]:
    """Outputs that stand in a row: the first one, its register, and how many they are."""
    made: list[tuple[int, int, int]] = []
    for row, place in enumerate(places):
        if made and place == made[-1][1] + made[-1][2]:
            made[-1] = (*made[-1][:2], made[-1][2] + 1)
        else:
            made.append((row, place, 1))
    return made


def _parts(array: pa.Array) -> tuple[npt.NDArray[Any], ...]:
    """Of a column of vectors: where each row ends, the places, the numbers, and which rows are missing."""
    ends = array.offsets.to_numpy()
    places, numbers = (array.values.field(at).to_numpy() for at in (0, 1))
    return ends, places, numbers, array.is_null().to_numpy(zero_copy_only=False)


def _step(layout: Layout, segment: Segment, loads: Sequence[Any], registers: Floats, first: int, end: int) -> None:
    integers = registers.view(np.int64)
    for register, values, mask in loads:
        into = registers if values.dtype.kind != "i" else integers
        into[register] = values[first:end]
        if mask is not None:
            into[register][mask[first:end]] = MISSING if into is integers else np.nan
    if len(segment.codes):
        run(segment.codes, layout.floats, layout.ints, registers, integers)


def _prepared(array: Any, store: str) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_] | None]:
    """The values of a column as float64 or int64, and where there is none, unless that is NaN."""
    if store == "number":
        return array if isinstance(array, np.ndarray) else as_floats(array), None
    mask = array.is_null().to_numpy(zero_copy_only=False) if array.null_count else None
    return micros(array).to_numpy(zero_copy_only=False), mask


def micros(array: pa.Array) -> pa.Array:
    """Integers, booleans and times of a column as int64, times in microseconds; 0 where there is none."""
    kind = array.type
    if pa.types.is_timestamp(kind):
        array = converted(array, pa.timestamp("us", kind.tz))
    elif pa.types.is_date(kind):
        array = converted(array, pa.timestamp("us"))
    elif pa.types.is_duration(kind):
        array = converted(array, pa.duration("us"))
    elif pa.types.is_time(kind):
        array = array.cast(pa.time64("us"))
    elif pa.types.is_boolean(kind):
        array = array.cast(pa.int8())
    return array.cast(pa.int64()).fill_null(0)


def _column(values: Floats, kind: pa.DataType) -> pa.Array:
    """A register as a column of this type."""
    if pa.types.is_float64(kind):
        return pa.array(values, from_pandas=True)
    whole = values.view(np.int64)
    array = pa.array(whole, mask=whole == MISSING)
    return array if kind == pa.int64() else _timed(array, kind)


def _timed(array: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_date(kind):
        return array.cast(pa.timestamp("us")).cast(kind)
    if pa.types.is_timestamp(kind):
        return array.cast(pa.timestamp("us", kind.tz)).cast(kind)
    return array.cast(pa.duration("us") if pa.types.is_duration(kind) else pa.time64("us")).cast(kind)


def nullable(values: Floats) -> pa.Array:
    """Floats of one of the arrays that `Program.run` gives as an Arrow array over the same memory; NaN is null."""
    missing = np.isnan(values)
    number = int(np.count_nonzero(missing))
    bits = pa.py_buffer(np.packbits(~missing, bitorder="little")) if number else None
    return pa.Array.from_buffers(pa.float64(), len(values), [bits, pa.py_buffer(values)], number)
