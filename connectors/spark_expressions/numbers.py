"""Numbers: arithmetic and those functions that IEEE rounds. Integers only where none can overflow."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

from ropeway.connectors.spark_expressions.sides import ALL, Asked, Side, Way, all_as, as_kind, fits, without_nan
from ropeway.transforms.expressions.kinds import LARGEST, SMALLEST, kind_of

SIGNS: Mapping[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
}


def _arithmetic(of: Asked) -> Side | None:
    columns = all_as(of.sides, of.kind)
    sign = SIGNS[of.name]
    if columns is None or kind_of(of.kind) not in ("int", "float"):
        return None
    if pa.types.is_floating(of.kind):
        return without_nan(sign(*columns))
    a, b = (side.ends for side in of.sides)
    corners = [sign(x, y) for x in a for y in b]
    ends = min(corners), max(corners)
    return Side(sign(*columns), of.kind, ends) if fits(ends) else None


def _divide(of: Asked) -> Side | None:
    from pyspark.sql import functions as f

    columns = all_as(of.sides, of.kind)
    return None if columns is None else without_nan(f.try_divide(*columns))


def _modulo(of: Asked) -> Side | None:
    from pyspark.sql import functions as f

    columns = all_as(of.sides, of.kind)
    if columns is None or not pa.types.is_integer(of.kind):
        return None
    a, b = columns
    rest = f.try_mod(a, b)
    most = max(abs(end) for end in of.sides[1].ends)
    turned = (rest != 0) & ((rest < 0) != (b < 0))
    return Side(f.when(turned, rest + b).otherwise(rest), of.kind, (max(-most, SMALLEST), min(most, LARGEST)))


def _one_number(of: Asked) -> Side | None:
    """Signs, and whole numbers near integers, which these are themselves."""
    from pyspark.sql import functions as f

    column, name = as_kind(of.sides[0], of.kind), of.name
    if column is None or kind_of(of.kind) not in ("int", "float"):
        return None
    floating = pa.types.is_floating(of.kind)
    low, high = of.sides[0].ends
    if name == "sign":
        one, nothing = (f.lit(1.0), f.lit(0.0)) if floating else (f.lit(1).cast("bigint"), f.lit(0).cast("bigint"))
        return Side(f.when(column > 0, one).when(column < 0, -one).when(column == 0, nothing), of.kind, (-1, 1))
    if name in ("negate", "abs"):
        if not floating and low == SMALLEST:
            return None
        made = -column if name == "negate" else f.abs(column)
        ends = (-high, -low) if name == "negate" else (0, max(abs(low), abs(high)))
        return Side(made, of.kind, ALL if floating else ends)
    return None if floating else Side(column, of.kind, of.sides[0].ends)


def _curve(of: Asked) -> Side | None:
    """Of the functions of floats, those that IEEE rounds."""
    from pyspark.sql import functions as f

    column = as_kind(of.sides[0], of.kind)
    if column is None:
        return None
    return without_nan({
        "sqrt": lambda: f.sqrt(column),
        "degrees": lambda: column * (180.0 / math.pi),
        "radians": lambda: column * (math.pi / 180.0),
    }[of.name]())  # fmt: skip


NUMBERS: Mapping[str, Way] = {
    **dict.fromkeys(("add", "subtract", "multiply"), _arithmetic),
    "divide": _divide,
    "modulo": _modulo,
    **dict.fromkeys(("negate", "abs", "sign", "floor", "ceil", "trunc"), _one_number),
    **dict.fromkeys(("sqrt", "degrees", "radians"), _curve),
}
