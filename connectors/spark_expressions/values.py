"""Strings, instants, lists and maps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pyarrow as pa

from ropeway.connectors.spark_expressions.sides import COMPARED, Asked, Side, Way, all_as, as_kind, column_as_read
from ropeway.transforms.aggregates.base import widened
from ropeway.transforms.expressions.conditions import common_type
from ropeway.transforms.expressions.kinds import kind_of

if TYPE_CHECKING:
    from pyspark.sql import Column

_DAY = 86_400_000_000


def _text(name: str) -> Way:
    def text(of: Asked) -> Side | None:
        from pyspark.sql import functions as f

        columns = all_as(of.sides, pa.string())
        if columns is None:
            return None
        options = {option: f.lit(value) for option, value in of.options.items()}
        column = columns[0]
        if name == "len":
            return Side(f.char_length(column).cast("bigint"), of.kind, (0, 2**31))
        if name == "replace":
            return Side(f.replace(column, options["old"], options["new"]), of.kind)
        if name == "concat":
            return Side(f.concat(*columns), of.kind)
        return Side(getattr(f, name)(column, options["literal"]), of.kind, (0, 1))

    return text


def _days(micros: Column) -> Column:
    """Days since 1970, rounded down."""
    from pyspark.sql import functions as f

    day = f.lit(_DAY).cast("bigint")
    before = f.call_function("div", micros + 1, day) - 1
    return f.when(micros >= 0, f.call_function("div", micros, day)).otherwise(before)


def date_of(side: Side) -> Column:
    """The date in UTC, whatever the session's zone."""
    from pyspark.sql import functions as f

    if side.kind == pa.timestamp("us", "UTC"):
        made: Column = f.date_from_unix_date(_days(f.unix_micros(side.column)).cast("int"))
        return made
    column: Column = side.column.cast("date")
    return column


def _field(name: str, most: int) -> Way:
    def field(of: Asked) -> Side | None:
        from pyspark.sql import functions as f

        if kind_of(of.sides[0].kind) == "null" or of.options["tz"] not in (None, "UTC"):
            return None
        return Side(getattr(f, name)(date_of(of.sides[0])).cast("bigint"), of.kind, (-most, most))

    return field


def _clock(unit: int, count: int) -> Way:
    def clock(of: Asked) -> Side | None:
        from pyspark.sql import functions as f

        if of.sides[0].kind != pa.timestamp("us", "UTC") or of.options["tz"] not in (None, "UTC"):
            return None
        of_day = f.pmod(f.unix_micros(of.sides[0].column), f.lit(unit * count).cast("bigint"))
        return Side(f.call_function("div", of_day, f.lit(unit).cast("bigint")), of.kind, (0, count))

    return clock


def _dated(of: Asked) -> Side | None:
    if kind_of(of.sides[0].kind) == "null" or of.options["tz"] not in (None, "UTC"):
        return None
    return Side(date_of(of.sides[0]), of.kind)


def _size(of: Asked) -> Side | None:
    from pyspark.sql import functions as f

    if kind_of(of.sides[0].kind) == "null":
        return None
    column = of.sides[0].column  # of null an older Spark gives -1
    return Side(f.when(column.isNotNull(), f.size(column)).cast("bigint"), of.kind, (0, 2**31))


def _get(of: Asked) -> Side | None:
    from pyspark.sql import functions as f

    at = of.options["index"]
    if kind_of(of.sides[0].kind) == "null" or abs(at) >= 2**31:
        return None
    column = of.sides[0].column
    return column_as_read(f.get(column, f.lit(at) if at >= 0 else f.size(column) + at), of.sides[0].kind.value_type)


def _contains(of: Asked) -> Side | None:
    from pyspark.sql import functions as f

    listed, wanted = of.sides
    if kind_of(listed.kind) == "null" or kind_of(wanted.kind) == "null":
        return None
    common = common_type(widened(listed.kind.value_type), wanted.kind)
    column = as_kind(wanted, common) if kind_of(common) in COMPARED else None
    inside = column_as_read(f.lit(None), listed.kind.value_type)
    if column is None or inside is None or as_kind(inside, common) is None:
        return None

    def equal(one: Column) -> Column:
        side = column_as_read(one, listed.kind.value_type)
        assert side is not None
        found = as_kind(side, common)
        assert found is not None
        return f.coalesce(found == column, f.lit(False))

    there = listed.column.isNotNull() & wanted.column.isNotNull()
    return Side(f.when(there, f.exists(listed.column, equal)), of.kind, (0, 1))


VALUES: Mapping[str, Way] = {
    "concat": _text("concat"),
    "str.len": _text("len"),
    "str.contains": _text("contains"),
    "str.starts_with": _text("startswith"),
    "str.ends_with": _text("endswith"),
    "str.replace": _text("replace"),
    "dt.year": _field("year", 300_000),
    "dt.month": _field("month", 12),
    "dt.day": _field("day", 31),
    "dt.day_of_week": _field("weekday", 6),
    "dt.day_of_year": _field("dayofyear", 366),
    "dt.week": _field("weekofyear", 53),
    "dt.quarter": _field("quarter", 4),
    "dt.hour": _clock(3_600_000_000, 24),
    "dt.minute": _clock(60_000_000, 60),
    "dt.second": _clock(1_000_000, 60),
    "dt.microsecond": _clock(1, 1_000_000),
    "dt.date": _dated,
    "list.len": _size,
    "list.get": _get,
    "list.contains": _contains,
    "map.len": _size,
}
