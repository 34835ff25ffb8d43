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
#: of a view: the number of the chain that it is in (None: it is one of the case), and its own
Place = tuple[int | None, int]


def _views(case: Case) -> Iterator[tuple[Place, View]]:
    """All views, also those of chains."""
    for v, view in enumerate(case.views):
        yield (None, v), view
    for number, source in enumerate(case.sources):
        for v, view in enumerate(source.inner):
            yield (number, v), view


def _with_view(case: Case, place: Place, view: View) -> Case:
    number, v = place
    if number is None:
        return replace(case, views=tuple(view if i == v else one for i, one in enumerate(case.views)))
    source = case.sources[number]
    inner = tuple(view if i == v else one for i, one in enumerate(source.inner))
    return _with_source(case, number, replace(source, inner=inner))


def _with_feature(case: Case, place: Place, f: int, feature: Feature) -> Case:
    view = dict(_views(case))[place]
    features = tuple(feature if i == f else one for i, one in enumerate(view.features))
    return _with_view(case, place, replace(view, features=features))


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
    """Sources without filters, tiebreaks, late rows, features of their own; tables as they are."""
    for i, source in enumerate(case.sources):
        for where in _parts(source.where):
            yield _with_source(case, i, replace(source, where=where))
        if source.base is not None:
            yield from _less_chained(case, i)
            continue
        for at in range(len(source.tiebreak)):
            if not source.row_key or source.tiebreak[at] != "seq":
                tiebreak = source.tiebreak[:at] + source.tiebreak[at + 1 :]
                yield _with_chains(case, i, replace(source, tiebreak=tiebreak))
        if source.row_key:
            yield _with_source(case, i, replace(source, row_key=(), op=None))
            for at in range(len(source.row_key) if len(source.row_key) > 1 else 0):
                row_key = source.row_key[:at] + source.row_key[at + 1 :]
                yield _with_source(case, i, replace(source, row_key=row_key))
        elif source.available_at is not None:
            yield _with_chains(case, i, replace(source, available_at=None))
    for name, table in case.tables.items():
        if table.raw:
            yield _with_table(case, name, replace(table, raw={}))
        if table.chunk is not None:
            yield _with_table(case, name, replace(table, chunk=None))


def _less_chained(case: Case, number: int) -> Iterator[Case]:
    """A chain over what its base is over, and without derived columns; views of its base, if they read no feature."""
    source = case.sources[number]
    assert source.base is not None
    base = case.sources[source.base]
    if base.base is not None:
        yield _with_source(case, number, replace(source, base=base.base))
    if source.derived:
        yield _with_source(case, number, replace(source, derived=()))
    views = tuple(replace(one, source=source.base) if one.source == number else one for one in case.views)
    if views != case.views:
        yield replace(case, views=views).pruned()


def _with_chains(case: Case, number: int, source: Source) -> Case:
    """The case with another source, and chains over it to match."""
    case = _with_source(case, number, source)
    for i, one in enumerate(case.sources):
        if one.base == number:
            same = replace(one, available_at=source.available_at, tiebreak=source.tiebreak)
            case = _with_chains(case, i, same)
    return case


def views(case: Case) -> Iterator[Case]:
    """Views with fewer keys and without options; no derived columns."""
    for place, view in _views(case):
        for key in view.keys if len(view.keys) > 1 else ():
            keys = {name: of for name, of in view.keys.items() if name != key}
            yield _with_view(case, place, replace(view, keys=keys))
        if view.closed != "left":
            yield _with_view(case, place, replace(view, closed="left"))
        if view.complete_until is not None:
            yield _with_view(case, place, replace(view, complete_until=None))
        for ttl in _lengths(view.ttl):
            yield _with_view(case, place, replace(view, ttl=ttl))
    for i in range(len(case.derived)):
        if not any(case.derived[i][0] in one.columns() for _, one in case.derived):
            yield replace(case, derived=case.derived[:i] + case.derived[i + 1 :])


def features(case: Case) -> Iterator[Case]:
    """Features without options, and with plainer windows and inputs."""
    for place, view in _views(case):
        for f, feature in enumerate(view.features):
            for one in _features(feature):
                yield _with_feature(case, place, f, one)


def _features(feature: Feature) -> Iterator[Feature]:
    for where in _parts(feature.where):
        yield replace(feature, where=where)
    if feature.bounded and not feature.ahead:
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
        if name == "gap":
            yield from (replace(feature, parameters=(("gap", f"{gap}us"),)) for gap in _smaller(_gap(value)) if gap)
            continue
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


def _gap(text: str) -> int:
    return int(text.removesuffix("us"))


def _lengths(length: int | None) -> Iterator[int | None]:
    if length is not None:
        yield None
        yield from (one for one in _smaller(length) if one > 0)


# ---- values


def plain_keys(case: Case) -> Iterator[Case]:
    """Keys numbered as int64, equal where they were equal; not of chains, where columns are keys on both sides."""
    if any(source.base is not None for source in case.sources):
        return
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
    """The case with these instants, in columns of microseconds; what labels say of time stays."""
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
            yield _until(_timed(case, _shifted(found, shift)), -shift)
    if far > 3:
        for by in (10**6, 1000, 10, 2):
            yield _divided(case, found, by)
    for key, values in found.items():
        for i, at in enumerate(values):
            for smaller in _smaller(at or 0):
                yield _timed(case, {**found, key: [*values[:i], smaller, *values[i + 1 :]]})


def _until(case: Case, shift: int, by: int = 1) -> Case:
    """The case where labels are known up to another time."""
    for place, view in _views(case):
        if view.complete_until is not None:
            case = _with_view(case, place, replace(view, complete_until=(view.complete_until + shift) // by))
    return case


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
    made = _until(made, 0, by)
    for place, view in _views(made):
        if view.ttl is not None:
            made = _with_view(made, place, replace(view, ttl=max(1, view.ttl // by)))
        for f, feature in enumerate(view.features):
            lengths = [max(1, window.micros // by) for window in feature.windows]
            windows = tuple(Window(one, f'"{one}us"') for one in lengths)
            less = tuple((n, f"{max(1, _gap(v) // by)}us" if n == "gap" else v) for n, v in feature.parameters)
            smaller = replace(feature, windows=windows, offset=feature.offset // by, parameters=less)
            made = _with_feature(made, place, f, smaller)
    return made


def values(case: Case) -> Iterator[Case]:
    """Columns of values (not times, not keys) all alike, then each value plainer by itself."""
    fixed = _fixed(case)
    for name, table in case.tables.items():
        for column, of in table.columns.items():
            if column not in fixed:
                for smaller in _columns(of):
                    yield _with_table(case, name, _with_columns(table, {column: smaller}))


def _fixed(case: Case) -> set[str]:
    """Columns that say more than their values: keys, times, and what tells changes."""
    names = {name for _, view in _views(case) for name in view.keys}
    for source in case.sources:
        names |= {name for name in (source.timestamp, source.available_at, source.op) if name is not None}
        names |= {*source.row_key, "seq"}
    return names


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
    fixed = _fixed(case)
    for name, table in case.tables.items():
        for column, of in table.columns.items():
            for plainer, others in _PLAIN_KINDS.items():
                if of.kind in others and column not in fixed:
                    yield _retyped(case, name, column, plainer)


def _retyped(case: Case, name: str, column: str, kind: str) -> Case:
    table = case.tables[name]
    made = _with_table(case, name, _with_columns(table, {column: Values(kind, table.columns[column].values)}))
    for place, view in _views(case):
        for f, feature in enumerate(view.features):
            if case.sources[view.source].table == name:
                taken = replace(feature, kind=kind) if feature.input == Column(column) else feature
                taken = replace(taken, by=(column, kind)) if taken.by and taken.by[0] == column else taken
                made = _with_feature(made, place, f, taken)
    return made


#: in the order in which they are tried
WAYS: tuple[Callable[[Case], Iterator[Case]], ...] = (sources, views, features, plain_keys, kinds, times, values)
