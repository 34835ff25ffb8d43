"""Ways to make a case simpler, each a generator of candidates that are smaller by something."""

import datetime as dt
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.fuzz.case import Case, Feature, Source, Table, Values, View, Window
from tests.fuzz.expressions import Column, Expression
from tests.fuzz.kinds import EPOCH, micros_of

#: instants in microseconds, by table (None: the rows) and column
Times = dict[tuple[str | None, str], list[int | None]]


def _with_view(case: Case, number: int, view: View) -> Case:
    return replace(case, views=tuple(view if i == number else one for i, one in enumerate(case.views)))


def _with_feature(case: Case, v: int, f: int, feature: Feature) -> Case:
    view = case.views[v]
    features = tuple(feature if i == f else one for i, one in enumerate(view.features))
    return _with_view(case, v, replace(view, features=features))


def _with_source(case: Case, number: int, source: Source) -> Case:
    return replace(case, sources=tuple(source if i == number else one for i, one in enumerate(case.sources)))


def _with_table(case: Case, name: str, table: Table) -> Case:
    return replace(case, tables={**case.tables, name: table})


def _with_columns(table: Table, columns: Mapping[str, Values]) -> Table:
    return replace(table, columns={**table.columns, **columns})


# ---- declarations


def _parts(of: Expression | None) -> Iterator[Expression | None]:
    if of is not None:
        yield None
        yield from of.parts()


def sources(case: Case) -> Iterator[Case]:
    """Sources without filters, tiebreaks, late rows; tables as they are."""
    for i, source in enumerate(case.sources):
        for where in _parts(source.where):
            yield _with_source(case, i, replace(source, where=where))
        for at in range(len(source.tiebreak)):
            yield _with_source(case, i, replace(source, tiebreak=source.tiebreak[:at] + source.tiebreak[at + 1 :]))
        if source.available_at is not None:
            yield _with_source(case, i, replace(source, available_at=None))
    for name, table in case.tables.items():
        if table.raw:
            yield _with_table(case, name, replace(table, raw={}))
        if table.chunk is not None:
            yield _with_table(case, name, replace(table, chunk=None))


def views(case: Case) -> Iterator[Case]:
    """Views with fewer keys and without options."""
    for i, view in enumerate(case.views):
        for key in view.keys if len(view.keys) > 1 else ():
            yield _with_view(case, i, replace(view, keys={name: of for name, of in view.keys.items() if name != key}))
        if view.closed != "left":
            yield _with_view(case, i, replace(view, closed="left"))
        for ttl in _lengths(view.ttl):
            yield _with_view(case, i, replace(view, ttl=ttl))


def features(case: Case) -> Iterator[Case]:
    """Features without options, and with plainer windows and inputs."""
    for v, view in enumerate(case.views):
        for f, feature in enumerate(view.features):
            for one in _features(feature):
                yield _with_feature(case, v, f, one)


def _features(feature: Feature) -> Iterator[Feature]:
    for where in _parts(feature.where):
        yield replace(feature, where=where)
    if feature.bounded:
        yield replace(feature, windows=(), rows=None, calendar=None, closed=None, offset=0)
    if feature.rows is not None:
        yield replace(feature, rows=None)
        yield from (replace(feature, rows=rows) for rows in _smaller(feature.rows) if rows > 0)
    if feature.calendar is not None:
        yield replace(feature, calendar=None)
        for calendar in (("day", "UTC"), (feature.calendar[0], "UTC"), ("day", feature.calendar[1])):
            yield replace(feature, calendar=calendar)
    if feature.by is not None:
        yield replace(feature, by=None)
    for i, (name, value) in enumerate(feature.parameters):
        for least in (1, 2, 3) if name == "n" else (0.0, 0.5, 1.0) if name == "q" else (4,):
            if least < value:
                parameters = (*feature.parameters[:i], (name, least), *feature.parameters[i + 1 :])
                yield replace(feature, parameters=parameters)
    if feature.closed is not None:
        yield replace(feature, closed=None)
        yield from (replace(feature, closed="left") for _ in [0] if feature.closed != "left")
    for offset in _smaller(feature.offset):
        yield replace(feature, offset=offset)
    if not feature.skip_null and not feature.plain:
        yield replace(feature, skip_null=True)
    if feature.plain:
        yield replace(feature, plain=False)
    for i, window in enumerate(feature.windows):
        written = f'"{window.micros}us"'
        for text in [written] if window.text != written else []:
            yield replace(
                feature, windows=(*feature.windows[:i], Window(window.micros, text), *feature.windows[i + 1 :])
            )
        for micros in _smaller(window.micros):
            if micros > 0:
                smaller = Window(micros, f'"{micros}us"')
                yield replace(feature, windows=(*feature.windows[:i], smaller, *feature.windows[i + 1 :]))
    if feature.input is not None and feature.kind == "float64":
        yield from (replace(feature, input=part) for part in feature.input.parts() if isinstance(part, Column))


def _lengths(length: int | None) -> Iterator[int | None]:
    if length is not None:
        yield None
        yield from (one for one in _smaller(length) if one > 0)


# ---- values


def plain_keys(case: Case) -> Iterator[Case]:
    """Keys numbered as int64, equal where they were equal."""
    pairs = {(case.sources[view.source].table, name, of) for view in case.views for name, of in view.keys.items()}
    for table, name, of in sorted(pairs):
        left, right = case.tables[table].columns[name], case.rows.columns[of]
        known: dict[Any, int] = {}
        numbered = [
            Values("int64", tuple(None if v is None else known.setdefault(v, len(known)) for v in side.plain()))
            for side in (left, right)
        ]
        made = _with_table(case, table, _with_columns(case.tables[table], {name: numbered[0]}))
        made = replace(made, rows=_with_columns(case.rows, {of: numbered[1]}))
        if repr(made) != repr(case):
            yield made


def _times(case: Case) -> Times:
    """All instants of a case."""
    found: Times = {(None, case.at): _micros(case.rows.columns[case.at], case.unit)}
    for source in case.sources:
        for name in (source.timestamp, source.available_at):
            if name is not None:
                found[source.table, name] = _micros(case.tables[source.table].columns[name], source.unit)
    return found


def _micros(column: Values, unit: str | None) -> list[int | None]:
    return [None if value is None else micros_of(column.kind, unit, value) for value in column.values]


def _timed(case: Case, times: Times) -> Case:
    """The case with these instants, in columns of microseconds."""
    made = replace(case, unit=None, sources=tuple(replace(source, unit=None) for source in case.sources))
    for (table, name), values in times.items():
        column = {name: Values("stamp_us", tuple(values))}
        if table is None:
            made = replace(made, rows=_with_columns(made.rows, column))
        else:
            made = _with_table(made, table, _with_columns(made.tables[table], column))
    return made


def times(case: Case) -> Iterator[Case]:
    """Times in microseconds; nearer to 1970 and to each other; each by itself."""
    found = _times(case)
    if any(table.columns[name].kind != "stamp_us" for table, name in _timed_columns(case)):
        yield _timed(case, found)
    known = [at for values in found.values() for at in values if at is not None]
    far = max(map(abs, known), default=0)
    for shift in (min(known, default=0), max(known, default=0)):
        if max((abs(at - shift) for at in known), default=0) < far:
            yield _timed(case, _shifted(found, shift))
    if far > 3:
        for by in (10**6, 1000, 10, 2):
            yield _divided(case, found, by)
    for key, values in found.items():
        for i, at in enumerate(values):
            for smaller in _smaller(at or 0):
                yield _timed(case, {**found, key: [*values[:i], smaller, *values[i + 1 :]]})


def _shifted(found: Times, shift: int) -> Times:
    return {key: [None if at is None else at - shift for at in values] for key, values in found.items()}


def _timed_columns(case: Case) -> Iterator[tuple[Table, str]]:
    yield case.rows, case.at
    for source in case.sources:
        yield from (
            (case.tables[source.table], one) for one in (source.timestamp, source.available_at) if one is not None
        )


def _divided(case: Case, found: Times, by: int) -> Case:
    """Times and windows alike."""
    made = _timed(case, {key: [None if at is None else at // by for at in values] for key, values in found.items()})
    for v, view in enumerate(made.views):
        if view.ttl is not None:
            made = _with_view(made, v, replace(view, ttl=max(1, view.ttl // by)))
        for f, feature in enumerate(view.features):
            lengths = [max(1, window.micros // by) for window in feature.windows]
            windows = tuple(Window(one, f'"{one}us"') for one in lengths)
            made = _with_feature(made, v, f, replace(feature, windows=windows, offset=feature.offset // by))
    return made


def values(case: Case) -> Iterator[Case]:
    """Columns of values (not times, not keys) all alike, then each value plainer by itself."""
    keys = {name for view in case.views for name in view.keys}
    for name, table in case.tables.items():
        timed = {one for source in case.sources for one in (source.timestamp, source.available_at)}
        for column, of in table.columns.items():
            if column not in keys and column not in timed:
                for smaller in _columns(of):
                    yield _with_table(case, name, _with_columns(table, {column: smaller}))


def _columns(of: Values) -> Iterator[Values]:
    for i, value in enumerate(of.values):
        for plainer in _plainer(value):
            yield replace(of, values=(*of.values[:i], plainer, *of.values[i + 1 :]))


def _plainer(value: Any) -> Iterator[Any]:
    """Values that are simpler, simplest first; none for the simplest."""
    candidates: list[Any] = []
    if isinstance(value, bool):
        candidates = [False]
    elif isinstance(value, int):
        candidates = list(_smaller(value))
    elif isinstance(value, float):
        candidates = [0.0, 1.0, 2.0, -1.0]
        candidates += (
            [float(round(value)), math.ldexp(1.0, math.frexp(value)[1])]
            if math.isfinite(value) and abs(value) < 1e300
            else []
        )
    elif isinstance(value, Decimal):
        scale = int(value.as_tuple().exponent)
        candidates = [Decimal((0, (0,), scale)), Decimal((0, (1,), scale))]
    elif isinstance(value, str):
        candidates = ["", "a", "b", value[:1]]
    elif isinstance(value, bytes):
        candidates = [b"", b"a", value[:1]]
    elif isinstance(value, list):
        places = [(i, one) for i, element in enumerate(value) for one in _plainer(element)]
        candidates = [[*value[:i], one, *value[i + 1 :]] for i, one in places]
    elif isinstance(value, dt.date):
        candidates = [EPOCH, EPOCH + dt.timedelta(days=1)]
    for one in candidates:
        if _cost(one) < _cost(value):
            yield one


def _cost(value: Any) -> tuple[int, str]:
    return len(repr(value)), repr(value)


def _smaller(value: int) -> Iterator[int]:
    """Integers nearer to 0, nearest first; steps by shares of the value, so that there are few on the way down."""
    steps = [value // 1000, value // 2, value - value // 4, value - value // 16, value - value // 256]
    steps += [value - value // 2**16, value - value // 2**32] if abs(value) > 2**32 else []
    steps += [value - 1] if 0 < value < 100 else []
    yield from (one for one in dict.fromkeys([0, 1, 2, *steps]) if abs(one) < abs(value))
    if value < 0:
        yield -value


_PLAIN_KINDS = {
    "float64": ("float32", "float16"),
    "int64": ("int32", "int16", "int8", "uint8", "uint16", "uint32", "uint64"),
    "string": ("large_string", "dictionary"),
    "binary": ("large_binary",),
    "date32": ("date64",),
}


def kinds(case: Case) -> Iterator[Case]:
    """Columns of values of the most common type that holds them."""
    keys = {name for view in case.views for name in view.keys}
    for name, table in case.tables.items():
        timed = {one for source in case.sources for one in (source.timestamp, source.available_at)}
        for column, of in table.columns.items():
            for plainer, others in _PLAIN_KINDS.items():
                if of.kind in others and column not in keys and column not in timed:
                    yield _retyped(case, name, column, plainer)


def _retyped(case: Case, name: str, column: str, kind: str) -> Case:
    table = case.tables[name]
    made = _with_table(case, name, _with_columns(table, {column: Values(kind, table.columns[column].values)}))
    for v, view in enumerate(case.views):
        for f, feature in enumerate(view.features):
            if case.sources[view.source].table == name and feature.input == Column(column):
                made = _with_feature(made, v, f, replace(feature, kind=kind))
            if case.sources[view.source].table == name and feature.by is not None and feature.by[0] == column:
                made = _with_feature(made, v, f, replace(made.views[v].features[f], by=(column, kind)))
    return made


#: in the order in which they are tried
WAYS: tuple[Callable[[Case], Iterator[Case]], ...] = (sources, views, features, plain_keys, kinds, times, values)
