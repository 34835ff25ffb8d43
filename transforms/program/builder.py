"""Builds a program: transforms say what they do to their inputs, and it is put in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms.errors import SchemaError
from ropeway.transforms.expressions.kinds import kind_of
from ropeway.transforms.instructions.run import CODES
from ropeway.transforms.kernels.scalars import BINARY, UNARY
from ropeway.transforms.program.functions import Cast, Codes, Function, OfEach

#: where a value stands: in a column (of the table, or out of a function), or in a register of floats or integers; a
#: "vector" is a column that is loaded into several registers of floats
Store = Literal["column", "number", "integer", "vector"]


@dataclass(frozen=True)
class Value:
    """A value of each row on its way through a program."""

    store: Store
    place: int
    #: of a column its own; float64 of a register of floats, int64 or a type of times of one of integers
    type: pa.DataType

    @property
    def is_number(self) -> bool:
        """Whether `Builder.number` takes it."""
        return kind_of(self.type) in ("bool", "int", "float", "decimal", "null")

    @property
    def is_time(self) -> bool:
        """Whether it is an instant, a date, a time of day or a duration, which `Builder.integer` takes."""
        return kind_of(self.type) in ("timestamp", "date", "time", "duration")


@dataclass
class Instruction:
    """One instruction, on registers that are numbered without regard to how long they are needed."""

    op: int
    out: int
    width: int
    inputs: tuple[int, ...]
    count: int
    floats: int
    ints: int
    more: int
    #: whether the numbers of its inputs stand in the integers of the program, from `ints` on
    listed: bool


@dataclass
class Call:
    """A function, of columns by their numbers, into columns from number `out` on."""

    function: Function
    inputs: tuple[int, ...]
    out: int


@dataclass(frozen=True)
class Check:
    """A code that must not be -1; `shown` is the value that it is the code of, `message` what is wrong then."""

    code: Value
    shown: Value
    message: str


@dataclass
class Builder:
    """A program on its way; `inputs` are the names and types of the columns of the table that it reads.

    >>> import pyarrow as pa
    >>> made = Builder(pa.schema([("x", pa.float64())]))
    >>> half = made.scaled(made.column("x"), 0.5, 0.0)
    >>> from ropeway.transforms.program import Program
    >>> Program.of(made, {"half": half}).row({"x": 3})
    array([1.5])
    """

    inputs: pa.Schema
    columns: list[pa.DataType] = field(default_factory=list)
    registers: int = 0
    steps: list[Instruction | Call] = field(default_factory=list)
    floats: list[npt.NDArray[np.float64]] = field(default_factory=list)
    ints: list[npt.NDArray[np.int64]] = field(default_factory=list)
    loads: dict[tuple[int, Store], int] = field(default_factory=dict)
    #: how many registers a vector is loaded into, by the first of them
    widths: dict[int, int] = field(default_factory=dict)
    exports: dict[int, int] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    _sizes: list[int] = field(default_factory=lambda: [0, 0])
    _codes: dict[tuple[int, int], Value] = field(default_factory=dict)
    _of_columns: dict[int, frozenset[int]] = field(default_factory=dict)
    _of_registers: dict[int, frozenset[int]] = field(default_factory=dict)
    _followed: tuple[int, int, int] = (0, 0, 0)

    def __post_init__(self) -> None:
        self.columns = list(self.inputs.types)
        self._of_columns = {at: frozenset([at]) for at in range(len(self.columns))}

    # ---- values

    def column(self, name: str) -> Value:
        """A column of the table."""
        place = self.inputs.get_field_index(name)
        return Value("column", place, self.inputs.types[place])

    def number(self, value: Value) -> Value:
        """The value in a register of floats: booleans are 0 and 1, integers the nearest float, missing is NaN."""
        if value.store == "number":
            return value
        if value.store == "integer":
            return self.emit("to_float", [value])[0]
        if not value.is_number:
            raise SchemaError(f"expected numbers, got {value.type}")
        return self._loaded(value, "number", pa.float64())

    def integer(self, value: Value) -> Value:
        """Integers, booleans and times in a register of integers; times as microseconds, dates as those of midnight."""
        if value.store == "integer":
            return value
        if value.store == "number" or kind_of(value.type) not in (
            "bool",
            "int",
            "timestamp",
            "date",
            "time",
            "duration",
        ):
            raise SchemaError(f"expected integers or times, got {value.type}")
        return self._loaded(value, "integer", value.type if value.is_time else pa.int64())

    def vector(self, value: Value, width: int) -> list[Value]:
        """The numbers of a column of the type `functions.VECTOR` in so many registers; NaN in all where it is null."""
        known: tuple[int, Store] = (value.place, "vector")
        if known not in self.loads:
            first = self.loads[known] = self._new_registers(width)
            self.widths[first] = width
        return [Value("number", self.loads[known] + at, pa.float64()) for at in range(width)]

    def loaded(self) -> dict[int, int]:
        """The column that each register is loaded from, of those that are."""
        return {
            first + at: column for (column, _), first in self.loads.items() for at in range(self.widths.get(first, 1))
        }

    def as_type(self, value: Value, kind: pa.DataType) -> Value:
        """The value in a column of another type of its kind: integers as floats, times in other units."""
        column = self.object(value)
        return column if column.type == kind else self.call(Cast(kind), [column])[0]

    def object(self, value: Value) -> Value:
        """The value in a column, as functions take it."""
        if value.store == "column":
            return value
        if value.place not in self.exports:
            self.exports[value.place] = self._new_column(value.type)
        return Value("column", self.exports[value.place], value.type)

    def _loaded(self, value: Value, store: Store, kind: pa.DataType) -> Value:
        known = (value.place, store)
        if known not in self.loads:
            self.loads[known] = self._new_registers(1)
        return Value(store, self.loads[known], kind)

    def _new_registers(self, number: int) -> int:
        first = self.registers
        self.registers += number
        return first

    def _new_column(self, kind: pa.DataType) -> int:
        self.columns.append(kind)
        return len(self.columns) - 1

    def sources(self, value: Value) -> tuple[str, ...]:
        """The columns of the table that a value depends on, in their order."""
        self._follow()
        found = self._of_columns[value.place] if value.store == "column" else self._of_registers[value.place]
        return tuple(self.inputs.names[at] for at in sorted(found))

    def _follow(self) -> None:
        """What new steps depend on."""
        now = len(self.steps), len(self.loads), len(self.exports)
        if now == self._followed:
            return
        loaded = self.loaded()
        exported = {column: register for register, column in self.exports.items()}

        def of_column(column: int) -> frozenset[int]:
            if column in exported:
                return of_register(exported[column])
            return self._of_columns[column]

        def of_register(register: int) -> frozenset[int]:
            return of_column(loaded[register]) if register in loaded else self._of_registers[register]

        for step in self.steps[self._followed[0] :]:
            if isinstance(step, Call):
                of = frozenset().union(*(of_column(one) for one in step.inputs))
                self._of_columns |= dict.fromkeys(range(step.out, step.out + len(step.function.types)), of)
            else:
                of = frozenset().union(*(of_register(one) for one in step.inputs))
                self._of_registers |= dict.fromkeys(range(step.out, step.out + step.width), of)
        self._followed = now
        self._of_registers |= {register: of_register(register) for register in loaded}
        self._of_columns |= {column: of_column(column) for column in exported}

    # ---- steps

    def emit(
        self,
        name: str,
        inputs: Sequence[Value],
        *,
        outputs: int = 1,
        floats: Iterable[float] | npt.NDArray[np.float64] = (),
        ints: Iterable[int] | npt.NDArray[np.int64] = (),
        count: int = 0,
        more: int = 0,
        together: bool = False,
        into: pa.DataType | None = None,
    ) -> list[Value]:
        """One instruction by its name; its outputs are floats, or integers of the type `into`.

        together: for those of `instructions.groups`, which take any number of inputs.
        """
        places = tuple(value.place for value in inputs)
        numbers = np.asarray(list(floats) if not isinstance(floats, np.ndarray) else floats, np.float64).ravel()
        words = np.asarray(list(ints) if not isinstance(ints, np.ndarray) else ints, np.int64).ravel()
        if together:
            words = np.concatenate([np.asarray(places, np.int64), words])
            count = len(places)
        at = self._placed(0, self.floats, numbers)
        of = self._placed(1, self.ints, words)
        out = self._new_registers(outputs)
        self.steps.append(Instruction(CODES[name], out, outputs, places, count, at, of, more, together))
        store: Store = "number" if into is None else "integer"
        kind = pa.float64() if into is None else into
        return [Value(store, out + i, kind) for i in range(outputs)]

    def _placed(self, which: int, held: list[Any], values: npt.NDArray[Any]) -> int:
        at = self._sizes[which]
        if len(values):
            held.append(values)
            self._sizes[which] += len(values)
        return at

    def call(self, function: Function, inputs: Sequence[Value]) -> list[Value]:
        """The outputs of a function of columns."""
        places = tuple(self.object(value).place for value in inputs)
        made = [self._new_column(kind) for kind in function.types]
        self.steps.append(Call(function, places, made[0]))
        return [Value("column", place, kind) for place, kind in zip(made, function.types, strict=True)]

    def require(self, code: Value, shown: Value, message: str) -> None:
        """Raise `DataError` for rows in which a code is -1; `message` ends with what was expected."""
        self.checks.append(Check(code, shown, message))

    # ---- what is wanted most

    def unary(self, name: str, value: Value) -> Value:
        """A function of one float (`kernels.scalars.UNARY`)."""
        return self.emit("unary", [self.number(value)], more=UNARY.index(name))[0]

    def binary(self, name: str, one: Value, other: Value) -> Value:
        """A function of two floats (`kernels.scalars.BINARY`)."""
        return self.emit("binary", [self.number(one), self.number(other)], more=BINARY.index(name))[0]

    def scaled(self, value: Value, factor: float, plus: float) -> Value:
        """value * factor + plus, each rounded."""
        return self.emit("scale_shift", [self.number(value)], floats=[factor, plus])[0]

    def standard(self, value: Value, minus: float, over: float) -> Value:
        """(value - minus) / over, each rounded."""
        return self.emit("shift_scale", [self.number(value)], floats=[minus, over])[0]

    def each(self, value: Value, function: Any, kind: pa.DataType) -> Value:
        """A Python function of each value of a column, None of None; it must be a plain function of a module."""
        return self.call(OfEach(function, kind), [value])[0]

    def codes(self, value: Value, categories: pa.Array) -> Value:
        """The number of each value in a list of categories, -1 if it is not in it, NaN if it is missing.

        Categories of numbers are floats or int64 and rise; those of text and bytes stand in any order. Equal lists
        of one column are looked up once.
        """
        known = (value.place if value.store == "column" else -1 - value.place, id(categories))
        if known not in self._codes:
            self._codes[known] = self._coded(value, categories)
        return self._codes[known]

    def _coded(self, value: Value, categories: pa.Array) -> Value:
        kind = kind_of(categories.type)
        if kind == "float":
            table = categories.to_numpy(zero_copy_only=False)
            return self.emit("find", [self.number(value)], floats=table, count=len(table))[0]
        if kind == "int":
            table = categories.to_numpy(zero_copy_only=False).astype(np.int64)
            whole = self.integer(value)
            return self.emit("find_integer", [whole], ints=table, count=len(table))[0]
        return self.number(self.call(Codes(categories), [value])[0])
