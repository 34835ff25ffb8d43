"""Conditions, choices between values, and casts."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import reduce
from typing import Any

import pyarrow as pa

from ropeway.connectors.spark_expressions.sides import COMPARED, Asked, Side, Way, all_as, as_kind, hull
from ropeway.connectors.spark_expressions.values import date_of
from ropeway.transforms.expressions.conditions import common_type
from ropeway.transforms.expressions.kinds import kind_of

COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "equal": operator.eq,
    "not_equal": operator.ne,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
}


def _compared(of: Asked) -> Side | None:
    one, other = (side.kind for side in of.sides)
    common = one if one == other else common_type(one, other)  # two times without a zone need no common one
    columns = all_as(of.sides, common) if kind_of(common) in COMPARED else None
    return None if columns is None else Side(COMPARISONS[of.name](*columns), of.kind, (0, 1))


def _connected(of: Asked) -> Side | None:
    columns = all_as(of.sides, of.kind)
    if columns is None:
        return None
    one, other = columns
    return Side(one & other if of.name == "and" else one | other, of.kind, (0, 1))


def _not(of: Asked) -> Side | None:
    column = as_kind(of.sides[0], of.kind)
    return None if column is None else Side(~column, of.kind, (0, 1))


def _is_null(of: Asked) -> Side | None:
    column = of.sides[0].column
    return Side(column.isNull() if of.name == "is_null" else column.isNotNull(), of.kind, (0, 1))


def _is_in(of: Asked) -> Side | None:
    from pyspark.sql import functions as f

    value, wanted = of.sides[0], of.sides[1:]
    if not wanted:
        return Side(f.when(value.column.isNotNull(), f.lit(False)), of.kind, (0, 1))
    if kind_of(value.kind) in ("int", "string", "date") and all(one.kind == value.kind for one in wanted):
        return Side(value.column.isin([one.column for one in wanted]), of.kind, (0, 1))
    # not IN for floats: its hash table tells 0.0 from -0.0
    equal = [_compared(replace(of, name="equal", sides=[value, one])) for one in wanted]
    found = [one.column for one in equal if one is not None]
    return Side(reduce(lambda a, b: a | b, found), of.kind, (0, 1)) if len(found) == len(wanted) else None


def _when(of: Asked) -> Side | None:
    from pyspark.sql import functions as f

    conditions = all_as(of.sides[:-1:2], pa.bool_())
    taken = [*of.sides[1::2], of.sides[-1]]
    values = all_as(taken, of.kind)
    if conditions is None or values is None:
        return None
    made = f.when(conditions[0], values[0])
    for condition, value in zip(conditions[1:], values[1:-1], strict=True):
        made = made.when(condition, value)
    return Side(made.otherwise(values[-1]), of.kind, hull(taken))


def _chosen(of: Asked) -> Side | None:
    from pyspark.sql import functions as f

    columns = all_as(of.sides, of.kind)
    if columns is None or (of.name != "coalesce" and kind_of(of.kind) not in COMPARED):
        return None
    return Side(columns[0] if len(columns) == 1 else getattr(f, of.name)(*columns), of.kind, hull(of.sides))


def _clip(of: Asked) -> Side | None:
    from pyspark.sql import functions as f

    columns = all_as(of.sides, of.kind) if kind_of(of.kind) in COMPARED else None
    if columns is None:
        return None
    value, lower, upper = columns
    above = f.when(value < lower, lower).otherwise(value)
    return Side(f.when(above > upper, upper).otherwise(above), of.kind, hull(of.sides))


def _cast(of: Asked) -> Side | None:
    have, want = kind_of(of.sides[0].kind), kind_of(of.kind)
    column = of.sides[0].column
    if (
        have == "null"
        or of.sides[0].kind == of.kind
        or (have, want) in (("bool", "int"), ("bool", "float"), ("int", "float"))
    ):
        made = as_kind(of.sides[0], of.kind)
        return None if made is None else Side(made, of.kind, of.sides[0].ends)
    if (have, want) in (("int", "bool"), ("float", "bool")):
        return Side(column != 0, of.kind, (0, 1))
    if (have, want) in (("int", "string"), ("bool", "string")):
        return Side(column.cast("string"), of.kind)
    if (have, want) == ("timestamp", "date"):
        return Side(date_of(of.sides[0]), of.kind)
    return None


CHOICES: Mapping[str, Way] = {
    **dict.fromkeys(COMPARISONS, _compared),
    **dict.fromkeys(("and", "or"), _connected),
    "not": _not,
    **dict.fromkeys(("is_null", "is_not_null"), _is_null),
    "is_in": _is_in,
    "when": _when,
    **dict.fromkeys(("coalesce", "greatest", "least"), _chosen),
    "clip": _clip,
    "cast": _cast,
}
