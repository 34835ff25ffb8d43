"""What the naive oracle says of a case, output by output, in the words in which answers are compared."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa

from tests import oracle
from tests.fuzz.case import Case, Feature, Table, View
from tests.fuzz.expressions import Column
from tests.fuzz.kinds import micros_of

#: where the oracle reads the times of events and of rows; no column has such names
AT, KNOWN = "/at", "/known"
#: the time of a static table's rows: before every query
_ALWAYS = -(2**80)


@dataclass(frozen=True)
class Asked:
    """One output: its view, feature and window by number (-1: no window), what the oracle is asked, the answer's type.

    The type is code.
    """

    view: int
    feature: int
    window: int
    wanted: oracle.Wanted
    kind: str


def asked(case: Case) -> Iterator[Asked]:
    """The outputs, in the order of the answer's columns."""
    for v, view in enumerate(case.views):
        for f, feature in enumerate(view.features):
            for w in range(len(feature.windows)) if feature.windows else [-1]:
                yield Asked(v, f, w, _wanted(view, feature, w), feature.answer())


def _wanted(view: View, feature: Feature, window: int) -> oracle.Wanted:
    bounded = feature.bounded
    columns = [taken.name if isinstance(taken, Column) else taken.text() for taken in feature.inputs]
    calendar, tz = feature.calendar or (None, "UTC")
    return oracle.Wanted(
        aggregate=feature.aggregate,
        column=columns[0] if columns else None,
        width=feature.windows[window].micros if window >= 0 else None if bounded else view.ttl,
        closed=(feature.closed or view.closed) if bounded else view.closed,
        offset=feature.offset if bounded else 0,
        skip_null=feature.skip_null and not feature.plain,
        where=(lambda row: True) if feature.where is None else feature.where.value,
        other=columns[1] if len(columns) > 1 else None,
        rows=feature.rows,
        calendar=calendar,
        tz=tz,
        by=None if feature.by is None else feature.by[0],
        explode=feature.explode,
        **dict(feature.parameters),
    )


def events(case: Case, number: int) -> list[dict[str, Any]]:
    """The rows of a source that pass its filter, as plain values, with their times and the inputs of features."""
    source = case.sources[number]
    table = case.tables[source.table]
    rows = table.rows()
    if source.timestamp is None:
        times: list[int | None] = [_ALWAYS] * len(rows)
    else:
        times = _instants(table, source.timestamp, source.unit)
    known = times if source.available_at is None else _instants(table, source.available_at, source.unit)
    made = [{**row, AT: at, KNOWN: seen} for row, at, seen in zip(rows, times, known, strict=True)]
    made = made if source.where is None else [row for row in made if source.where.value(row) is True]
    features = [feature for view in case.views if view.source == number for feature in view.features]
    for taken in (one for feature in features for one in feature.inputs if not isinstance(one, Column)):
        for row in made:
            row[taken.text()] = taken.value(row)
    return made


def questions(case: Case) -> list[dict[str, Any]]:
    """The rows to compute for, as plain values, with their times."""
    times = _instants(case.rows, case.at, case.unit)
    return [{**row, AT: at} for row, at in zip(case.rows.rows(), times, strict=True)]


def _instants(table: Table, name: str, unit: str | None) -> list[int | None]:
    column = table.columns[name]
    return [None if value is None else micros_of(column.kind, unit, value) for value in column.values]


def expected(case: Case) -> list[list[Any]]:
    """For each output the answers of the oracle, row by row, as `plain` gives those of an engine."""
    rows = questions(case)
    histories = [events(case, i) for i in range(len(case.sources))]
    made = []
    for one in asked(case):
        view = case.views[one.view]
        source = case.sources[view.source]
        found = oracle.answers(
            one.wanted, rows, histories[view.source], keys=view.keys, time=AT, query_time=AT,
            available=None if source.available_at is None else KNOWN, tiebreak=source.tiebreak,
        )  # fmt: skip
        made.append([_listed(value, one.kind) for value in found])
    return made


def _listed(value: Any, kind: str) -> Any:
    """A map as pairs, a sum of decimals as a decimal."""
    if isinstance(value, dict):
        return [(category, _listed(one, kind)) for category, one in value.items()]
    if isinstance(value, list):
        return [_listed(one, kind) for one in value]
    return _decimal(value, kind) if isinstance(value, Fraction) else value


def _decimal(value: Fraction, kind: str) -> Decimal:
    """The exact sum of decimals, as a decimal of the scale of its type."""
    scale = int(kind.rstrip(")").rpartition(", ")[2])
    whole = int(value * 10**scale)
    return Decimal((int(whole < 0), tuple(map(int, str(abs(whole)))), -scale))


def plain(column: pa.ChunkedArray) -> list[Any]:
    """Answers as plain values, of which `repr` tells all bits but those of NaN; times as microseconds."""
    return list(column.cast(_without_times(column.type)).to_pylist())


def _without_times(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_map(kind):
        return pa.map_(_without_times(kind.key_type), _without_times(kind.item_type))
    if pa.types.is_list(kind):
        return pa.list_(_without_times(kind.value_type))
    if pa.types.is_time32(kind):
        return pa.int32()
    timed = pa.types.is_timestamp(kind) or pa.types.is_time64(kind) or pa.types.is_duration(kind)
    return pa.int64() if timed else kind
