"""What the naive oracle says of a case, output by output, in the words in which answers are compared."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa

from tests import oracle
from tests.fuzz.case import Case, Feature, Source, Table, View
from tests.fuzz.expressions import Binary, Column, Expression
from tests.fuzz.kinds import micros_of

#: where the oracle reads the times of events and of rows; no column has such names
AT, KNOWN = "/at", "/known"
#: the time of a static table's rows: before every query
_ALWAYS = -(2**80)


@dataclass(frozen=True)
class Asked:
    """One output: its view, feature and window by number (-1: no window), what the oracle is asked, the answer's type.

    The type is code. Derived columns are those of the view -1.
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
                yield Asked(v, f, w, _wanted(case, view, feature, w), feature.answer())
    for number, (name, made) in enumerate(case.derived):
        kind = "pa.float64()" if isinstance(made, Binary) and made.sign in "+-*/" else "pa.bool_()"
        yield Asked(-1, number, -1, oracle.Wanted("derived", name), kind)


def _wanted(case: Case, view: View, feature: Feature, window: int) -> oracle.Wanted:
    bounded = feature.bounded
    columns = [taken.name if isinstance(taken, Column) else taken.text() for taken in feature.inputs]
    calendar, tz = feature.calendar or (None, "UTC")
    parameters = dict(feature.parameters)
    if "gap" in parameters:
        parameters["gap"] = int(parameters["gap"].removesuffix("us"))
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
        ahead=feature.ahead,
        complete_until=_complete(case, view) if view.labels else None,
        **parameters,
    )


def _complete(case: Case, view: View) -> int:
    """Up to when labels are known: the newest row of the table, whatever the source leaves out."""
    if view.complete_until is not None:
        return view.complete_until
    source = case.sources[view.source]
    assert source.timestamp is not None
    times = _instants(case.tables[source.table], source.timestamp, source.unit)
    return max((at for at in times if at is not None), default=_ALWAYS)


@dataclass(frozen=True)
class History:
    """The rows of a source that pass its filter, or its changes, of which some do; and which columns overflow."""

    rows: list[dict[str, Any]]
    changes: oracle.Changes | None = None
    overflown: frozenset[str] = frozenset()


def events(case: Case, number: int) -> list[dict[str, Any]]:
    """The rows of a source that pass its filter, as plain values, with their times and the inputs of features."""
    return histories(case)[number].rows


def histories(case: Case) -> list[History]:
    """What there is of each source: rows as plain values, with their times and the inputs of features."""
    made: list[History] = []
    for number, source in enumerate(case.sources):
        chained = None if source.base is None else _chained(case, source, made)
        rows = _rows(case, source) if chained is None else chained.rows
        rows = rows if source.where is None or source.row_key else [row for row in rows if _passes(source, row)]
        views = [*case.views, *(view for other in case.sources for view in other.inner)]
        features = [feature for view in views if view.source == number for feature in view.features]
        for taken in (one for feature in features for one in feature.inputs if not isinstance(one, Column)):
            for row in rows:
                row[taken.text()] = taken.value(row)
        changes = None
        if source.row_key:
            changes = oracle.Changes(rows, source.row_key, KNOWN, source.op, source.tiebreak)
        made.append(History(rows, changes, frozenset() if chained is None else chained.overflown))
    return made


def _passes(source: Source, row: Mapping[str, Any]) -> bool:
    return source.where is None or source.where.value(row) is True


def _rows(case: Case, source: Source) -> list[dict[str, Any]]:
    table = case.tables[source.table]
    rows = table.rows()
    if source.timestamp is None:
        times: list[int | None] = [_ALWAYS] * len(rows)
    else:
        times = _instants(table, source.timestamp, source.unit)
    known = times if source.available_at is None else _instants(table, source.available_at, source.unit)
    return [{**row, AT: at, KNOWN: seen} for row, at, seen in zip(rows, times, known, strict=True)]


def _chained(case: Case, source: Source, made: list[History]) -> History:
    """The rows of the base of a chain, each with the answers as of its own time; `made` is of the sources before."""
    assert source.base is not None
    base = made[source.base]
    rows = [dict(row) for row in base.rows]
    overflown = set(base.overflown)
    more: dict[str, list[Any]] = {}
    for view in source.inner:
        for feature in view.features:
            name = f"{view.name}__{feature.name}"
            wanted = _wanted(case, view, feature, 0 if feature.windows else -1)
            answers = _answers(case, made, view, feature, wanted, rows)
            if oracle.OVERFLOW in answers:
                overflown.add(name)
                answers = [None] * len(rows)
            more[name] = [_listed(one, feature.answer()) for one in answers]
    for name, answers in more.items():
        for row, answer in zip(rows, answers, strict=True):
            row[name] = answer
    for name, derived in source.derived:
        if overflown.intersection(derived.columns()):
            overflown.add(name)
        for row in rows:
            row[name] = derived.value(row)
    return History(rows, None, frozenset(overflown))


def _answers(
    case: Case, made: list[History], view: View, feature: Feature, wanted: oracle.Wanted, rows: list[dict[str, Any]]
) -> list[Any]:
    """The answers about one output; all of an overflow where the rows of its source have one."""
    source, history = case.sources[view.source], made[view.source]
    read = {*view.keys, *feature.columns, *(() if source.where is None else source.where.columns())}
    if history.overflown & read:
        return [oracle.OVERFLOW] * max(1, len(rows))
    return oracle.answers(
        wanted, rows, history.changes or history.rows, keys=view.keys, time=AT, query_time=AT,
        available=None if source.available_at is None else KNOWN, tiebreak=source.tiebreak,
        where=lambda row: _passes(source, row),
    )  # fmt: skip


def questions(case: Case) -> list[dict[str, Any]]:
    """The rows to compute for, as plain values, with their times."""
    times = _instants(case.rows, case.at, case.unit)
    return [{**row, AT: at} for row, at in zip(case.rows.rows(), times, strict=True)]


def _instants(table: Table, name: str, unit: str | None) -> list[int | None]:
    column = table.columns[name]
    return [None if value is None else micros_of(column.kind, unit, value) for value in column.values]


def expected(case: Case) -> list[list[Any]]:
    """For each output the answers of the oracle, row by row, as `plain` gives those of an engine."""
    if any(source.base is not None for source in case.sources):
        case = case.pruned()  # what a chain could be asked, and is not, is no error
    rows = questions(case)
    known = histories(case)
    made: list[list[Any]] = []
    named: dict[str, list[Any]] = {}
    for one in asked(case):
        if one.view < 0:
            name, derived = case.derived[one.feature]
            found = _derived(derived, named, len(rows))
        else:
            view = case.views[one.view]
            feature = view.features[one.feature]
            name = f"{view.called(one.view)}__{view.short_names()[one.feature]}"
            found = [_listed(value, one.kind) for value in _answers(case, known, view, feature, one.wanted, rows)]
        named[name] = found
        made.append(found)
    return made


def _derived(derived: Expression, named: dict[str, list[Any]], rows: int) -> list[Any]:
    """A column of the answers before it; all of an overflow where one of them has one."""
    columns = {name: named[name] for name in derived.columns()}
    if any(value is oracle.OVERFLOW for column in columns.values() for value in column):
        return [oracle.OVERFLOW] * max(1, rows)
    return [derived.value({name: column[at] for name, column in columns.items()}) for at in range(rows)]


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
