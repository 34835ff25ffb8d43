"""A layout as one function of Python for single rows: nothing is looked up, asked or looped over while a row waits.

A loop over the segments, calls and loads of a layout took 36 microseconds for a row of 13 values, 9 of them text; the
lines that it comes to, written out, take 6.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms.instructions.fields import MISSING
from ropeway.transforms.instructions.run import run
from ropeway.transforms.program.builder import Call
from ropeway.transforms.program.functions import Codes, OfEach
from ropeway.transforms.program.layout import Layout, Load, Segment

Floats = npt.NDArray[np.float64]
#: of the values of the columns that are read, in their order: the registers, and those columns that are asked for
Worked = Callable[[Sequence[Any]], tuple[Floats, dict[int, Any]]]


class Unrolled:
    """The lines of the function, and the things that they speak of."""

    def __init__(self, layout: Layout, readers: dict[int, Callable[[Any], Any]], ways: dict[str, Any]) -> None:
        self._layout = layout
        self._where = {column: at for at, column in enumerate(layout.read)}
        self._readers = readers
        self._bound: dict[str, Any] = {"empty": np.empty, "int64": np.int64, "run": run, "nan": math.nan, **ways}
        self._lines: list[str] = []

    def function(self, kept: Sequence[int]) -> Worked:
        """The function; `kept` are the columns that it gives beside the registers."""
        self._lines = [
            f"registers = empty(({self._layout.registers}, 1))",
            "integers = registers.view(int64)",
        ]
        for column in self._readers:
            self._read(column)
        for number, segment in enumerate(self._layout.segments):
            self._segment(segment, number)
        held = ", ".join(f"{column}: c{column}" for column in kept)
        body = "\n    ".join([*self._lines, f"return registers, {{{held}}}"])
        made: dict[str, Any] = {}
        exec(compile(f"def worked(given):\n    {body}\n", "<row>", "exec"), self._bound, made)  # noqa: S102  our lines
        worked: Worked = made["worked"]
        return worked

    def _bind(self, thing: object) -> str:
        name = f"k{len(self._bound)}"
        self._bound[name] = thing
        return name

    def _read(self, column: int) -> None:
        given, read = f"given[{self._where[column]}]", self._bind(self._readers[column])
        if pa.types.is_string(self._layout.columns[column]):  # mostly it is what it should be
            self._lines.append(f"c{column} = {given}")
            self._lines.append(f"if c{column}.__class__ is not str: c{column} = {read}(c{column})")
        else:
            self._lines.append(f"c{column} = {read}({given})")

    def _segment(self, segment: Segment, number: int) -> None:
        for call in segment.calls:
            self._call(call)
        if segment.numbers:
            values = ", ".join(self._given(load) for load in segment.numbers)
            first, loads = segment.numbers[0].register, self._bind(segment.numbers)
            last = first + len(segment.numbers)
            self._lines.append(f"registers[{first}:{last}, 0] = numbers(({values},), {loads})")
        for load in segment.vectors:
            last = load.register + load.width
            self._lines.append(f"spread(registers[{load.register}:{last}, 0], c{load.column})")
        for load in segment.integers:
            value = f"c{load.column}"
            self._lines.append(
                f"integers[{load.register}, 0] = {int(MISSING)} if {value} is None else as_integer({value})"
            )
        if len(segment.codes):
            floats, ints = self._bind(self._layout.floats), self._bind(self._layout.ints)
            self._lines.append(f"run({self._bind(segment.codes)}, {floats}, {ints}, registers, integers)")
        for register, column, kind in segment.exports:
            self._lines.append(f"c{column} = exported(registers, integers, {register}, {self._bind(kind)})")

    def _given(self, load: Load) -> str:
        """The value that a register is loaded from: as it is given, if it is a number of the row."""
        if load.column in self._where and load.column not in self._readers:
            return f"given[{self._where[load.column]}]"
        return f"c{load.column}"

    def _call(self, call: Call) -> None:
        inputs = [f"c{column}" for column in call.inputs]
        function = call.function
        if isinstance(function, Codes):
            (value,) = inputs
            self._lines.append(f"c{call.out} = None if {value} is None else {self._bind(function.code)}({value}, -1.0)")
        elif isinstance(function, OfEach):
            (value,) = inputs
            self._lines.append(f"c{call.out} = None if {value} is None else {self._bind(function.of)}({value})")
        else:
            outputs = "".join(f"c{call.out + at}, " for at in range(len(function.types)))
            self._lines.append(f"{outputs}= {self._bind(function.row)}({', '.join(inputs)})")
