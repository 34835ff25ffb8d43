"""Which row groups of a source can't matter to the rows of a backfill: by the times and the keys that these have.

A row of a source matters if its time is not further after the newest row, nor before the oldest, than its windows
reach, and if its key can be that of a row. What lies outside is not read, if none of it could be an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from ropeway.batch.parts import ahead_of, reach_of, times_of
from ropeway.batch.plan import Pass
from ropeway.connectors.pieces import Bounds
from ropeway.transforms import keys
from ropeway.transforms.expressions import Expression, output_type
from ropeway.transforms.expressions.tree import Call, Reference, fold
from ropeway.transforms.instants import Unit
from ropeway.transforms.passes.work import Work

_FIRST, _LAST = -(2**63), 2**63 - 1
#: operations that answer for any values of the types in `_plain`, and never raise
_TOTAL = {
    "equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "and", "or", "not", "is_null",
    "is_not_null", "is_in", "when", "coalesce", "greatest", "least", "clip", "concat", "str.lower", "str.upper",
    "str.strip", "str.len", "str.contains", "str.starts_with", "str.ends_with", "str.replace", "str.slice",
    "str.matches", "str.extract",
}  # fmt: skip
_FLOATING = {
    "add", "subtract", "multiply", "divide", "negate", "modulo", "floor_divide", "power", "abs", "sign", "floor",
    "ceil", "trunc", "round", "sqrt", "exp", "log", "log1p", "log2", "log10",
}  # fmt: skip


@dataclass(frozen=True)
class Extent:
    """From where to where the rows of a backfill lie: their times in microseconds, and each integer key by its name.

    None where nothing is known, such as of rows that there are none of.
    """

    times: tuple[int, int] | None
    keys: dict[str, tuple[int, int]]


def extent_of(work: Work, tables: Iterable[pa.Table]) -> Extent:
    """The extent of all these rows; raises `DataError` for rows without a time."""
    times: list[tuple[int, int]] = []
    known: dict[str, list[tuple[int, int]]] = {}
    for table in tables:
        stamps = times_of(work, table, events=False)
        if stamps is not None and len(stamps):
            times.append((int(stamps.min()), int(stamps.max())))
        for key in work.keys:
            if pa.types.is_int64(key.kind):
                ends = pc.min_max(keys.normalised(table.column(key.rows), key.kind, f"column {key.rows!r} of the rows"))
                if ends["min"].is_valid:
                    known.setdefault(key.rows, []).append((ends["min"].as_py(), ends["max"].as_py()))
    return Extent(_joined(times), {name: found for name, ends in known.items() if (found := _joined(ends))})


def _joined(ends: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    return (min(a for a, _ in ends), max(b for _, b in ends)) if ends else None


def bounds_of(made: Pass, extent: Extent) -> list[Bounds]:
    """Outside of which a row of the source matters to none of the rows, under the names of the table.

    None for a static table, whose keys must be looked at for duplicates; nor where a row could be an error for
    another reason than a time that is null, which statistics tell.
    """
    work = made.work
    if work.timestamp is None or extent.times is None or not _is_calm(work, made.schema):
        return []
    oldest, newest = extent.times
    span = reach_of(work)
    raw = dict(zip(work.columns, made.source.raw_names(work.columns), strict=True))
    stamps = tuple(raw[name] for name in (work.timestamp, work.available_at) if name is not None)
    unit = work.timestamp_unit if pa.types.is_integer(made.schema.field(work.timestamp).type) else None
    least = _FIRST if span is None else max(_FIRST, oldest - span)
    most = min(_LAST, newest + ahead_of(work))
    found = [Bounds(raw[work.timestamp], least, most, unit, stamps)]
    found += [
        Bounds(raw[key.source], *extent.keys[key.rows], None, stamps)
        for key in work.keys
        if key.rows in extent.keys and pa.types.is_integer(made.schema.field(key.source).type)
    ]
    return found


# ---- what can be an error


def _is_calm(work: Work, schema: pa.Schema) -> bool:
    """Whether no row can raise, but for a null or an instant outside of int64 among its times."""
    stamps = [name for name in (work.timestamp, work.available_at) if name is not None]
    if not all(_is_instant(schema.field(name).type, work.timestamp_unit) for name in stamps[:1]):
        return False
    # of `available_at` statistics tell the nulls only
    if not all(_is_whole(schema.field(name).type, work.timestamp_unit) for name in stamps[1:]):
        return False
    if not all(_is_plain(schema.field(key.source).type) for key in work.keys):
        return False
    if not all(_is_plain(schema.field(name).type) for name in work.tiebreak):
        return False
    read = [*work.inputs, *work.filters, *([] if work.where is None else [work.where])]
    return all(_is_total(expression, schema) for expression in read)


def _is_instant(kind: pa.DataType, unit: Unit | None) -> bool:
    """Nanoseconds that are not whole microseconds are an error that statistics don't tell."""
    if pa.types.is_timestamp(kind):
        return bool(kind.unit != "ns")
    return bool(pa.types.is_date32(kind) or (pa.types.is_integer(kind) and unit != "ns"))


def _is_whole(kind: pa.DataType, unit: Unit | None) -> bool:
    """Instants that are microseconds already."""
    return bool((pa.types.is_timestamp(kind) and kind.unit == "us") or (pa.types.is_integer(kind) and unit == "us"))


def _is_plain(kind: pa.DataType) -> bool:
    """Types whose values are read as they are."""
    return bool(
        pa.types.is_boolean(kind)
        or (pa.types.is_integer(kind) and not pa.types.is_uint64(kind))
        or pa.types.is_floating(kind)
        or pa.types.is_string(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_date32(kind)
        or (pa.types.is_timestamp(kind) and kind.unit == "us")
    )


def _is_total(expression: Expression, schema: pa.Schema) -> bool:
    """Whether an expression has a value for any values of its columns."""

    def visit(node: Expression, operands: list[bool]) -> bool:
        if isinstance(node, Reference):
            return _is_plain(schema.field(node.name).type)
        if not isinstance(node, Call):
            return True
        kinds = [output_type(operand, schema) for operand in node.operands]
        # dates beside instants become microseconds, which may not fit; decimals may have too many digits
        same = not any(pa.types.is_date(kind) or pa.types.is_decimal(kind) for kind in kinds)
        floats = node.operation in _FLOATING and pa.types.is_floating(output_type(node, schema))
        return all(operands) and same and (node.operation in _TOTAL or floats)

    return fold(expression, visit)
