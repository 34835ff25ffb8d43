"""A builder's steps in an order in which they can run, with as few registers as they need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms.instructions.fields import COUNT, FLOATS, INTS, MORE, OP, OUT, A, B
from ropeway.transforms.program.builder import Builder, Call, Check, Instruction, Store, Value

#: instructions below this one read a value of a row before they write it: an output may stand where an input stood
_VALUE_BY_VALUE = 100


@dataclass(frozen=True)
class Load:
    """A column into a register, of floats or of integers; a vector into several, of which this is the first."""

    column: int
    store: Store
    register: int
    width: int = 1


@dataclass(frozen=True)
class Segment:
    """Calls of functions, then instructions that are run together; `exports` are registers as columns for later."""

    calls: tuple[Call, ...]
    #: those of floats stand in registers in a row, and so do those of integers
    numbers: tuple[Load, ...]
    integers: tuple[Load, ...]
    vectors: tuple[Load, ...]
    codes: npt.NDArray[np.int64]
    exports: tuple[tuple[int, int, pa.DataType], ...]


@dataclass(frozen=True)
class Layout:
    """Segments in their order, over one file of registers; `outputs` say where they stand in the end."""

    inputs: pa.Schema
    columns: tuple[pa.DataType, ...]
    segments: tuple[Segment, ...]
    registers: int
    floats: npt.NDArray[np.float64]
    ints: npt.NDArray[np.int64]
    outputs: Mapping[str, Value]
    checks: tuple[Check, ...]

    @property
    def read(self) -> tuple[int, ...]:
        """The numbers of the table's columns that are read, rising."""
        of = {load.column for one in self.segments for load in (*one.numbers, *one.integers, *one.vectors)}
        of |= {column for one in self.segments for call in one.calls for column in call.inputs}
        of |= {value.place for value in self.outputs.values() if value.store == "column"}
        of |= {check.shown.place for check in self.checks if check.shown.store == "column"}
        return tuple(sorted(column for column in of if column < len(self.inputs)))


def laid_out(builder: Builder, outputs: Mapping[str, Value]) -> Layout:
    """The layout of a program that gives these outputs; what they don't need is left out."""
    checks = _wanted_checks(builder, outputs)
    wanted = [*outputs.values(), *(one for check in checks for one in (check.code, check.shown))]
    steps = _needed(builder, wanted)
    levels = _Levels(builder)
    by_level: dict[int, list[Instruction | Call]] = {}
    for step in steps:
        by_level.setdefault(levels.of(step), []).append(step)
    made = _Allocation(builder, wanted, checks, steps, levels)
    last = max(by_level, default=0)
    # exports of what is loaded alone make no step of their own
    segments = (
        tuple(made.segment(level, by_level.get(level, [])) for level in range(last + 1)) if steps or outputs else ()
    )
    floats = np.concatenate([np.empty(0), *builder.floats])
    return Layout(
        builder.inputs, tuple(builder.columns), segments, max(made.size, 1), floats, made.ints,
        {name: made.placed(value) for name, value in outputs.items()},
        tuple(replace(one, code=made.placed(one.code), shown=made.placed(one.shown)) for one in made.checks),
    )  # fmt: skip


def _needed(builder: Builder, wanted: Sequence[Value]) -> list[Instruction | Call]:
    """The steps that these values depend on, in order."""
    registers = {value.place for value in wanted if value.store != "column"}
    columns = {value.place for value in wanted if value.store == "column"}
    exported = {column: register for register, column in builder.exports.items()}
    loaded = builder.loaded()
    kept: list[Instruction | Call] = []

    def want_column(column: int) -> None:
        """This column too, and the register that it is made of."""
        columns.add(column)
        if column in exported and exported[column] not in registers:
            want_register(exported[column])

    def want_register(register: int) -> None:
        registers.add(register)
        if register in loaded and loaded[register] not in columns:
            want_column(loaded[register])

    for column in list(columns):
        want_column(column)
    for register in list(registers):
        want_register(register)
    for step in reversed(builder.steps):
        if isinstance(step, Call):
            if columns.intersection(range(step.out, step.out + len(step.function.types))):
                kept.append(step)
                for column in step.inputs:
                    want_column(column)
        elif registers.intersection(range(step.out, step.out + step.width)):
            kept.append(step)
            for register in step.inputs:
                want_register(register)
    return kept[::-1]


def _wanted_checks(builder: Builder, outputs: Mapping[str, Value]) -> tuple[Check, ...]:
    """The checks of codes that outputs depend on."""
    made: set[int] = set()
    for step in _needed(builder, list(outputs.values())):
        made |= {*step.inputs, *range(step.out, step.out + step.width)} if isinstance(step, Instruction) else set()
    made |= {value.place for value in outputs.values() if value.store == "number"}
    return tuple(check for check in builder.checks if check.code.place in made)


class _Levels:
    """In which segment a step runs: calls of functions before instructions, and after those whose answers they take."""

    def __init__(self, builder: Builder) -> None:
        self.columns = dict.fromkeys(range(len(builder.inputs)), 0)
        self.registers: dict[int, int] = {}
        self._loaded = builder.loaded()
        self._exported = {column: register for register, column in builder.exports.items()}

    def of(self, step: Instruction | Call) -> int:
        if isinstance(step, Call):
            level = max((self.of_column(column) for column in step.inputs), default=0)
            self.columns.update(dict.fromkeys(range(step.out, step.out + len(step.function.types)), level))
            return level
        level = max((self.of_register(register) for register in step.inputs), default=0)
        self.registers.update(dict.fromkeys(range(step.out, step.out + step.width), level))
        return level

    def of_column(self, column: int) -> int:
        if column in self._exported:
            return self.of_register(self._exported[column]) + 1
        return self.columns[column]

    def of_register(self, register: int) -> int:
        return self.of_column(self._loaded[register]) if register in self._loaded else self.registers[register]


@dataclass
class _Allocation:
    """Gives registers their places, and takes those back that are not needed any more."""

    builder: Builder
    wanted: Sequence[Value]
    checks: Sequence[Check]
    steps: Sequence[Instruction | Call]
    levels: _Levels
    size: int = 0
    ints: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))

    def __post_init__(self) -> None:
        self.ints = np.concatenate([np.empty(0, np.int64), *self.builder.ints])
        self._place: dict[int, int] = {}
        self._free: set[int] = set()
        order = self.steps
        self._ends: dict[int, int] = {}
        self._order = {id(step): at for at, step in enumerate(sorted(order, key=self.levels.of))}
        for step in order:
            if isinstance(step, Instruction):
                for register in step.inputs:
                    self._ends[register] = max(self._ends.get(register, -1), self._order[id(step)])
        wanted = {column for step in order if isinstance(step, Call) for column in step.inputs}
        wanted |= {value.place for value in self.wanted if value.store == "column"}
        self._exports = {r: c for r, c in self.builder.exports.items() if c in wanted}
        forever = {value.place for value in self.wanted if value.store != "column"} | set(self._exports)
        self._ends |= dict.fromkeys(forever, len(order) + 1)

    def segment(self, level: int, steps: list[Instruction | Call]) -> Segment:
        """The segment of the steps of one level."""
        loads: dict[Store, list[tuple[int, int]]] = {"number": [], "integer": []}
        vectors = []
        for (column, store), register in self.builder.loads.items():
            width = self.builder.widths.get(register, 1)
            needed = any(one in self._ends for one in range(register, register + width))
            if needed and self.levels.of_column(column) == level:
                if store == "vector":
                    first = self._taken(width)
                    self._place |= {register + i: first + i for i in range(width)}
                    vectors.append(Load(column, store, first, width))
                else:
                    loads[store].append((column, register))
        placed: dict[Store, tuple[Load, ...]] = {}
        for store, some in loads.items():
            first = self._taken(len(some))
            self._place |= {register: first + i for i, (_, register) in enumerate(some)}
            placed[store] = tuple(Load(column, store, first + i) for i, (column, _) in enumerate(some))
        codes = [self._code(step) for step in steps if isinstance(step, Instruction)]
        exports = tuple(
            (self._place[register], column, self.builder.columns[column])
            for register, column in self._exports.items()
            if self.levels.of_register(register) == level
        )
        return Segment(
            tuple(step for step in steps if isinstance(step, Call)), placed["number"], placed["integer"],
            tuple(vectors), np.array(codes, np.int64).reshape(-1, 8), exports,
        )  # fmt: skip

    def _code(self, step: Instruction) -> list[int]:
        inputs = [self._place[register] for register in step.inputs]
        if step.listed:
            self.ints[step.ints : step.ints + len(inputs)] = inputs
        at = self._order[id(step)]
        over = [register for register in dict.fromkeys(step.inputs) if self._ends[register] == at]
        in_place = step.op < _VALUE_BY_VALUE and step.width == 1
        if in_place:
            self._free |= {self._place[register] for register in over}
        out = self._taken(step.width)
        self._place |= {step.out + i: out + i for i in range(step.width)}
        if not in_place:
            self._free |= {self._place[register] for register in over}
        # what nothing reads: an output of several that is left aside
        self._free |= {out + i for i in range(step.width) if step.out + i not in self._ends}
        code = [0] * 8
        code[OP], code[OUT], code[COUNT], code[FLOATS], code[INTS] = step.op, out, step.count, step.floats, step.ints
        code[MORE] = step.more
        if not step.listed:
            for place, register in zip((A, B, MORE), inputs, strict=False):
                code[place] = register
        return code

    def _taken(self, width: int) -> int:
        """The first of so many free registers in a row."""
        run = 0
        for place in range(self.size):
            run = run + 1 if place in self._free else 0
            if run == width:
                first = place - width + 1
                self._free -= set(range(first, first + width))
                return first
        first = self.size - run  # grows what is free at the end
        self._free -= set(range(first, self.size))
        self.size = first + width
        return first

    def placed(self, value: Value) -> Value:
        """A value by the place of its register in the layout."""
        return value if value.store == "column" else replace(value, place=self._place[value.place])
