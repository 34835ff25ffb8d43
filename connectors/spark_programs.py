"""Programs as columns of Spark, where all that they do is arithmetic of floats that the JVM rounds to the same bits.

Then no row goes to Python and back, which takes Spark longer than the arithmetic. A missing value is null here, and
NaN never is.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ropeway.connectors.spark_expressions.sides import without_nan
from ropeway.connectors.spark_frames import quoted
from ropeway.transforms.expressions.kinds import kind_of
from ropeway.transforms.instructions.fields import COUNT, FLOATS, MORE, OP, OUT, A, B
from ropeway.transforms.instructions.run import CODES
from ropeway.transforms.kernels.scalars import UNARY
from ropeway.transforms.program.layout import Layout

if TYPE_CHECKING:
    from pyspark.sql import Column

_NAMES = {code: name for name, code in CODES.items()}
#: operations in all outputs together. What code Spark makes of more is too long for the JVM to compile: over 300,000
#: rows of 20 columns, 5 operations each, it took half of the time of a pass of Python, of 40 columns 1.6 times as long
MOST = 100
#: categories that are compared one by one
_FEW = 16


@dataclass(frozen=True)
class _Asked:
    """An instruction: its columns, its numbers, COUNT and MORE."""

    a: Column
    b: Column
    other: Column
    floats: Sequence[float]
    count: int
    more: int


#: gives the columns of an instruction, or None where the JVM is not exactly equal for these numbers
_Way = Callable[[_Asked], "Sequence[Column] | None"]


def native(layout: Layout, given: pa.Schema, inputs: pa.Schema) -> list[Column] | None:
    """The outputs of a program over a frame's columns; None where Spark can't say the same.

    given: the frame's types. inputs: those that the pipeline was fitted on.
    """
    from pyspark.sql import functions as f

    if len(layout.segments) != 1 or layout.checks:
        return None
    (segment,) = layout.segments
    if segment.calls or segment.integers or segment.vectors or segment.exports:
        return None
    names = [layout.inputs.names[load.column] for load in segment.numbers]
    if not all(_is_number(given.field(name).type, inputs.field(name).type) for name in names):
        return None
    nothing = f.lit(None).cast("double")
    held: dict[int, _Register] = {}
    for load, name in zip(segment.numbers, names, strict=True):
        held[load.register] = _Register(without_nan(f.col(quoted(name)).cast("double")).column, 1)
    for code in segment.codes.tolist():
        way = _WAYS.get(_NAMES[code[OP]])
        places = [code[A], code[B], code[MORE]]
        a, b, other = (held[place].column if place in held else nothing for place in places)
        floats = layout.floats[code[FLOATS] : code[FLOATS] + 2].tolist()
        made = None if way is None else way(_Asked(a, b, other, floats, code[COUNT], code[MORE]))
        if made is None:
            return None
        # a place that this instruction does not read may hold anything, and makes its size no less than it is
        size = 1 + sum(held[place].size for place in set(places) if place in held)
        held |= {code[OUT] + at: _Register(column, size) for at, column in enumerate(made)}
    columns, total = [], 0
    for value in layout.outputs.values():
        if value.store == "integer":
            return None
        if value.store == "number":
            columns.append(held[value.place].column)
            total += held[value.place].size
            continue
        name = layout.inputs.names[value.place]
        if given.field(name).type != inputs.field(name).type:
            return None
        columns.append(f.col(quoted(name)))
    return columns if total <= MOST else None


@dataclass(frozen=True)
class _Register:
    column: Column
    #: operations that it is made of
    size: int


def _is_number(given: pa.DataType, fitted: pa.DataType) -> bool:
    """Whether a column is cast to doubles as a fitted pipeline reads it."""
    exact = kind_of(given) in ("bool", "int", "float")
    return exact and (kind_of(given) == kind_of(fitted) or kind_of(fitted) == "float")


def _finite(numbers: Sequence[float]) -> bool:
    return all(map(math.isfinite, numbers))


def _exact(column: Column) -> list[Column]:
    return [without_nan(column).column]


def _constant(of: _Asked) -> list[Column]:
    from pyspark.sql import functions as f

    return [f.lit(None if math.isnan(of.floats[0]) else of.floats[0]).cast("double")]


def _of_two(sign: Callable[[Any, Any], Any]) -> _Way:
    return lambda of: _exact(sign(of.a, of.b))


def _divide(of: _Asked) -> list[Column]:
    from pyspark.sql import functions as f

    return _exact(f.try_divide(of.a, of.b))


def _shift_scale(of: _Asked) -> list[Column] | None:
    shift, scale = of.floats
    return [(of.a - shift) / scale] if _finite(of.floats) and scale != 0.0 else None


def _scale_shift(of: _Asked) -> list[Column] | None:
    scale, shift = of.floats
    return [of.a * scale + shift] if _finite(of.floats) and scale != 0.0 else None


def _clip(of: _Asked) -> list[Column] | None:
    from pyspark.sql import functions as f

    low, high = of.floats
    if math.isnan(low) or math.isnan(high) or 0.0 in (low, high):  # of zeros the sign would be the JVM's choice
        return None
    return [f.when(of.a < low, f.lit(low)).when(of.a > high, f.lit(high)).otherwise(of.a)]


def _least(of: _Asked) -> list[Column]:
    from pyspark.sql import functions as f

    return [f.when(of.b < of.a, of.b).when(of.b.isNotNull(), of.a)]


def _greatest(of: _Asked) -> list[Column]:
    from pyspark.sql import functions as f

    return [f.when(of.b > of.a, of.b).when(of.b.isNotNull(), of.a)]


def _fill(of: _Asked) -> list[Column]:
    from pyspark.sql import functions as f

    return [of.a if math.isnan(of.floats[0]) else f.coalesce(of.a, f.lit(of.floats[0]))]


def _is_missing(of: _Asked) -> list[Column]:
    return [of.a.isNull().cast("double")]


def _is_present(of: _Asked) -> list[Column]:
    return [of.a.isNotNull().cast("double")]


def _choose(of: _Asked) -> list[Column]:
    from pyspark.sql import functions as f

    return [f.when(of.a != 0.0, of.b).when(of.a == 0.0, of.other)]


def _coalesce(of: _Asked) -> list[Column]:
    from pyspark.sql import functions as f

    return [f.coalesce(of.a, of.b)]


def _compared(sign: Callable[[Any, Any], Any]) -> _Way:
    return lambda of: [sign(of.a, of.b).cast("double")]


def _threshold(of: _Asked) -> list[Column] | None:
    return None if math.isnan(of.floats[0]) else [(of.a > of.floats[0]).cast("double")]


def _one_hot(of: _Asked) -> list[Column] | None:
    from pyspark.sql import functions as f

    if of.count > _FEW:
        return None
    return [f.coalesce((of.a == float(number)).cast("double"), f.lit(0.0)) for number in range(of.count)]


def _unary(of: _Asked) -> list[Column] | None:
    from pyspark.sql import functions as f

    a = of.a
    name = UNARY[of.more]
    ways: Mapping[str, Callable[[], Column]] = {
        "abs": lambda: f.abs(a),
        "square": lambda: a * a,
        "sign": lambda: f.when(a > 0.0, 1.0).when(a < 0.0, -1.0).when(a.isNotNull(), 0.0),
        "reciprocal": lambda: f.try_divide(f.lit(1.0), a),
        "sqrt": lambda: f.when(a >= 0.0, f.sqrt(a)),
        "round": lambda: f.rint(a),
        "degrees": lambda: a * (180.0 / math.pi),
        "radians": lambda: a * (math.pi / 180.0),
    }
    return [ways[name]()] if name in ways else None


_WAYS: Mapping[str, _Way] = {
    "constant": _constant,
    "add": _of_two(operator.add),
    "subtract": _of_two(operator.sub),
    "multiply": _of_two(operator.mul),
    "divide": _divide,
    "shift_scale": _shift_scale,
    "scale_shift": _scale_shift,
    "clip": _clip,
    "least": _least,
    "greatest": _greatest,
    "fill": _fill,
    "is_missing": _is_missing,
    "is_present": _is_present,
    "unary": _unary,
    "less": _compared(operator.lt),
    "less_equal": _compared(operator.le),
    "equal": _compared(operator.eq),
    "not_equal": _compared(operator.ne),
    "choose": _choose,
    "coalesce": _coalesce,
    "threshold": _threshold,
    "one_hot": _one_hot,
}
