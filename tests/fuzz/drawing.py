"""Draws cases: declarations over the tables of `tables.py`. A case is its seed and number, and no more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from tests.fuzz import tables
from tests.fuzz.case import Case, Derived, Feature, Source, Table, Values, View, Window
from tests.fuzz.expressions import (
    METHODS,
    Binary,
    Called,
    Column,
    Expression,
    Filled,
    Inverse,
    Joined,
    Literal,
    Missing,
    OneOf,
)
from tests.fuzz.kinds import AGES, KINDS, LISTED, MOMENTS, OF_ROWS, PAIRED, VECTORS, micros_of

_CLOSED = ("left", "left", "right", "both", "neither")
_UNITS = {"ms": 10**3, "s": 10**6, "m": 6 * 10**7, "h": 36 * 10**8, "d": 864 * 10**8, "w": 7 * 864 * 10**8}
#: instants for which a time zone has a local time
_LOCAL = 2 * 10**16
#: instants that Python's datetime can say
_DATED = 2 * 10**17
#: features that the oracle knows nearly, of which others can't be computed
_NEAR = ("approx_count_distinct", "entropy", "median", "quantile", "skew", "kurtosis", "trend", *PAIRED)
#: kinds of columns by their types, for those that are features
_OF_TYPE = {one.text: name for name, one in reversed(KINDS.items())}
#: a window is at most 100,000 years long
_LONGEST = 3 * 10**18


def drawn(seed: int, number: int, *, on_spark: bool = False, ends: bool = False) -> Case:
    """The case of that number.

    on_spark: only what Spark has, and more views, since each run costs a second there.
    ends: times at the ends of int64.
    """
    random = Random(f"{seed}:{number}:{on_spark}")
    frame = tables.frame(random, on_spark, ends)
    keys = tables.keys(random)
    chained = random.random() < 0.1
    table, of = tables.events(random, keys, frame, on_spark, large=not chained)
    lengths = _lengths(random, frame, table)
    found = {"events": table}
    histories = [(table, of)]
    sources = [_source(random, table, frame.unit) for _ in range(random.choice([1, 1, 2]))]
    if random.random() < 0.2:
        found["planes"] = tables.static(random, keys, on_spark)
        sources.append(Source("planes", None, where=_maybe(random, 0.2, found["planes"])))
    if random.random() < 0.1:
        found["changes"], changed = tables.changes(random, keys, frame, on_spark)
        histories.append((found["changes"], changed))
        lengths = sorted({*lengths, *_lengths(random, frame, found["changes"])})
        sources.append(_changing(random, found["changes"], frame.unit))
    rows = tables.rows(random, keys, frame, histories, lengths, on_spark)
    width = len(keys.events)
    # on Spark each source and each set of keys costs a shuffle
    joins = [sorted(random.sample(range(width), random.randint(1, width))) for _ in range(1 if on_spark else 3)]
    drawing = Drawing(random, frame, lengths, joins, found)
    for _ in range(random.choice([1, 1, 2]) if chained else 0):
        sources.append(drawing.chain(sources))
    # rows may name keys and time as sources and `backfill` do without being told
    names = {f"r{i}": f"k{i}" for i in range(width)} if random.random() < 0.5 else {}
    names |= {"asked": "event_timestamp"} if random.random() < 0.7 else {}
    joined = {f"k{i}": names.get(f"r{i}", f"r{i}") for i in range(width)}
    views = [drawing.view(sources, joined) for _ in range(random.randint(8, 14) if on_spark else random.randint(1, 4))]
    if not chained and any(one.table == "events" for one in sources) and random.random() < 0.05:
        found["events"], sources = _without_times(random, table, sources)
    derived: Derived = ()
    if random.random() < 0.1:
        views, derived = _derived(random, views)
    renamed = replace(rows, columns={names.get(name, name): one for name, one in rows.columns.items()})
    unit = frame.unit if rows.columns["asked"].kind == "int64" else None
    return Case(found, tuple(sources), tuple(views), renamed, names.get("asked", "asked"), unit, derived)


def shuffled(case: Case, random: Random) -> tuple[Case, list[int]]:
    """The case with its rows in another order and other chunks, and where each row was."""
    order = list(range(len(case.rows)))
    random.shuffle(order)
    moved = {}
    for name, table in case.tables.items():
        places = list(range(len(table)))
        random.shuffle(places)
        moved[name] = replace(table.take(places), chunk=random.choice([None, 1, 3, 1000]) if len(table) else None)
    return replace(case, tables=moved, rows=case.rows.take(order)), order


def _lengths(random: Random, frame: tables.Frame, table: Table) -> list[int]:
    """Lengths of windows: some that begin at a row, some of everything, some of nearly nothing."""
    stamps = table.columns["t"]
    times = [micros_of(stamps.kind, frame.unit, value) for value in stamps.values[:200] if value is not None]
    found = {random.randint(1, 2), random.randint(1, frame.span + 1), frame.span // 3 + 1, 2 * frame.span + 1}
    if times:
        found |= {abs(random.choice(times) - random.choice(times)) for _ in range(4)}
    return sorted({min(one, _LONGEST) for one in found if one > 0})


@dataclass(frozen=True)
class Drawing:
    """What views are drawn from: lengths of windows, the numbers of keys by which they join, and tables."""

    random: Random
    frame: tables.Frame
    lengths: Sequence[int]
    joins: Sequence[Sequence[int]]
    tables: Mapping[str, Table]

    def view(self, sources: Sequence[Source], columns: Mapping[str, str], *, labels: float = 0.1) -> View:
        """A view of one of the sources, some of them labels; rows name keys as `columns` say."""
        random = self.random
        number = random.choice([*range(len(sources)), *(i for i, one in enumerate(sources) if one.base is not None)])
        source = sources[number]
        static = source.timestamp is None
        joined = {name: columns[name] for name in (columns if static else [f"k{i}" for i in random.choice(self.joins)])}
        if static:
            features = _static_features(random, self.tables[source.table])
            return View(number, joined, tuple(features), random.choice(_CLOSED))
        ahead = random.random() < labels
        late = source.available_at is not None and not ahead
        features = _features(
            random, _seen(random, sources, number, self.tables), self.lengths, self.frame, late=late, ahead=ahead,
            changing=bool(source.row_key),
        )  # fmt: skip
        if ahead:
            dated = abs(self.frame.begin) + 4 * self.frame.span < _DATED
            until = self.frame.begin + random.randint(-3, 2 * self.frame.span)
            return View(
                number, joined, tuple(features), labels=True,
                complete_until=until if dated and random.random() < 0.5 else None,
            )  # fmt: skip
        ttl = random.choice(self.lengths) if random.random() < 0.2 else None
        return View(number, joined, tuple(features), random.choice(_CLOSED), ttl)

    def chain(self, sources: Sequence[Source]) -> Source:
        """One of the sources with features of its rows, which may be chains themselves."""
        random, number = self.random, len(sources)
        last = [number - 1] * 3 if sources[-1].base is not None else []
        bases = [i for i, one in enumerate(sources) if one.timestamp is not None and not one.row_key]
        base = random.choice([*bases, *last])
        columns = {f"k{i}": f"k{i}" for i in range(max(map(max, self.joins)) + 1)}
        whole = _is_whole(sources, base)
        inner: list[View] = []
        for i in range(random.choice([1, 1, 2])):
            view = self.view(sources, {name: name for name in _keys(self.tables["events"])} | columns, labels=0.0)
            # features of rows that a filter leaves out are computed, and may be an error
            features = [one for one in view.features if whole or not _may_overflow(one)] or [Feature("count")]
            named = tuple(
                replace(one, plain=False, windows=one.windows[:1], name=f"f{f}") for f, one in enumerate(features)
            )
            inner.append(replace(view, features=named, name=f"c{number}v{i}"))
        derived: Derived = ()
        floats = _floats(inner)
        if floats and random.random() < 0.3:
            derived = ((f"c{number}__d", _expression(random, floats)),)
        made = Source(
            sources[base].table,
            sources[base].timestamp,
            sources[base].unit,
            sources[base].available_at,
            sources[base].tiebreak,
            base=base,
            inner=tuple(inner),
            derived=derived,
        )
        return replace(made, where=_maybe(random, 0.3, _seen(random, [*sources, made], number, self.tables)))


def _keys(table: Table) -> list[str]:
    return [name for name in table.columns if name[0] == "k"]


def _is_whole(sources: Sequence[Source], number: int) -> bool:
    """Whether no filter of a source, or of what it is made of, leaves out rows."""
    source = sources[number]
    return source.where is None and (source.base is None or _is_whole(sources, source.base))


def _may_overflow(feature: Feature) -> bool:
    return feature.aggregate in ("sum", "vector_sum") and "float" not in str(feature.kind)


def _seen(random: Random, sources: Sequence[Source], number: int, tables: Mapping[str, Table]) -> Table:
    """A table with the columns of a source; those that are features have no values to draw from."""
    source = sources[number]
    if source.base is None:
        return tables[source.table]
    base = _seen(random, sources, source.base, tables)
    own = {
        f"{view.name}__{feature.name}": Values(_OF_TYPE[feature.answer()], ())
        for view in source.inner
        for feature in view.features
        if feature.aggregate not in _NEAR and feature.answer() in _OF_TYPE
    }
    own |= {name: Values("float64" if _is_number(one) else "bool", ()) for name, one in source.derived}
    features = [name for name in own if "last" in KINDS[own[name].kind].aggregates]
    kept = dict(base.columns)
    if features and random.random() < 0.5:  # only features of features
        kept = {name: one for name, one in kept.items() if name[0] not in "xw"}
    return replace(base, columns={**kept, **own})


def _derived(random: Random, views: list[View]) -> tuple[list[View], Derived]:
    """One or two columns that are computed of features, which are given names."""
    named = [
        replace(view, name=f"v{v}", features=tuple(replace(one, name=f"f{f}") for f, one in enumerate(view.features)))
        for v, view in enumerate(views)
    ]
    floats = _floats(named)
    if not floats:
        return views, ()
    first = ("d0", _expression(random, floats))
    more = [*floats, "d0"] if _is_number(first[1]) else floats
    return named, (first, *([("d1", _expression(random, more))] if random.random() < 0.5 else []))


def _floats(views: Sequence[View]) -> list[str]:
    """Features that are one float64, known exactly."""
    return [
        f"{view.name}__{feature.name}"
        for view in views
        for feature in view.features
        if feature.aggregate not in _NEAR and feature.answer() == "pa.float64()" and len(feature.windows) < 2
        and not feature.plain
    ]  # fmt: skip


def _expression(random: Random, names: Sequence[str]) -> Binary:
    sign = random.choice(["/", "/", "+", "-", "*", ">", "<="])
    other: Expression = Column(random.choice(names))
    if random.random() < 0.2:
        other = Literal(random.choice([0.0, 2.0, -0.5]))
    return Binary(Column(random.choice(names)), sign, other)


def _is_number(expression: Expression) -> bool:
    return isinstance(expression, Binary) and expression.sign in "+-*/"


def _changing(random: Random, table: Table, unit: str) -> Source:
    whole = [table.columns[name].kind for name in "ta"]
    return Source(
        "changes",
        "t",
        unit if "int64" in whole else None,
        "a",
        random.choice([("seq",), ("seq",), ("b", "seq")]),
        _maybe(random, 0.2, table),
        row_key=tuple(name for name in ("id", "part") if name in table.columns),
        op="op" if "op" in table.columns else None,
    )


def _source(random: Random, table: Table, unit: str) -> Source:
    late = random.random() < 0.4
    whole = [table.columns["t"].kind, *([table.columns["a"].kind] if late else [])]
    ordered = ["b", *(name for name in table.columns if name[0] in "xw" and "last" in _kind(table, name).aggregates)]
    tiebreak = random.sample(ordered, min(len(ordered), random.choice([0, 0, 1, 2])))
    return Source(
        "events",
        "t",
        unit if "int64" in whole else None,
        "a" if late else None,
        tuple(tiebreak),
        _maybe(random, 0.2, table),
    )


def _without_times(random: Random, table: Table, sources: Sequence[Source]) -> tuple[Table, list[Source]]:
    """Rows without a time, in a table whose sources leave them out."""
    holes = {at for at in range(len(table)) if random.random() < 0.2}
    columns = dict(table.columns)
    for name in ("t", "a"):
        stamps = columns[name]
        columns[name] = replace(stamps, values=tuple(None if i in holes else v for i, v in enumerate(stamps.values)))
    there = Missing(Column("t"), wanted=False)
    kept = [
        one
        if one.table != "events"
        else replace(one, where=there if one.where is None else Joined(there, "&", one.where))
        for one in sources
    ]
    return replace(table, columns=columns), kept


def _kind(table: Table, name: str) -> Any:
    return KINDS[table.columns[name].kind]


def _features(
    random: Random,
    table: Table,
    lengths: Sequence[int],
    frame: tables.Frame,
    *,
    late: bool,
    ahead: bool,
    changing: bool,
) -> list[Feature]:
    made = []
    plain = {name for name in _of_values(table) if "last" in _kind(table, name).aggregates and "__" not in name}
    for _ in range(random.randint(1, 7)):
        if plain and not ahead and random.random() < 0.08:
            made.append(_plain(table, plain.pop()))
            continue
        of_rows = not late and random.random() < 0.05
        feature = _of_rows(random, table, lengths) if of_rows else _feature(random, table)
        if ahead:
            chosen = random.sample(lengths, min(len(lengths), random.choice([1, 1, 2])))
            windows = tuple(Window(length, _written(random, length)) for length in chosen)
            feature = replace(feature, windows=windows, ahead=True)
        elif random.random() < 0.7:
            chosen = random.sample(lengths, min(len(lengths), random.choice([1, 1, 2, 4])))
            offset = random.choice([0, 0, 0, 0, 1, 2, *random.sample(lengths[:3], 1)])
            windows = tuple(Window(length, _written(random, length)) for length in chosen)
            feature = replace(
                feature, windows=windows, closed=random.choice([None, *_CLOSED]), offset=min(offset, _LONGEST)
            )
        if not ahead:
            feature = _bounded(random, feature, frame, changing=changing)
        made.append(replace(feature, where=_maybe(random, 0.3, table)))
    return made


def _of_rows(random: Random, table: Table, lengths: Sequence[int]) -> Feature:
    gap = random.choice([1, 2, *lengths])
    feature = Feature(random.choice(OF_ROWS), parameters=(("gap", f"{gap}us"),))
    return replace(feature, by=_category(random, table)) if random.random() < 0.2 else feature


def _bounded(random: Random, feature: Feature, frame: tables.Frame, *, changing: bool) -> Feature:
    """The feature over the last rows of its windows, over a period of the calendar instead of them, or as it is."""
    local = abs(frame.begin) + 4 * frame.span < _LOCAL and feature.offset < _LOCAL
    if local and random.random() < 0.15:
        period = random.choice(["day", "day", "week", "month", "quarter", "year"])
        feature = replace(feature, windows=(), calendar=(period, random.choice(tables.ZONES)))
    # lists and vectors have no order by which rows that tie could be told
    ordered = feature.kind is None or feature.explode or KINDS[feature.kind].element is None
    if ordered and not changing and random.random() < 0.15:
        feature = replace(feature, rows=random.choice([1, 1, 2, 3, 5, 20]))
    return feature


def _static_features(random: Random, table: Table) -> list[Feature]:
    kind = table.columns["x0"].kind
    return [
        _plain(table, "x0"),
        Feature(
            random.choice(["first", "last"]), Column("x0"), kind, skip_null=random.random() < 0.5,
            where=_maybe(random, 0.5, table),
        ),
    ]  # fmt: skip


def _plain(table: Table, name: str) -> Feature:
    return Feature("last", Column(name), table.columns[name].kind, skip_null=False, plain=True)


def _feature(random: Random, table: Table) -> Feature:
    names = _of_values(table)
    name = random.choice([*names, *(one for one in names if one != "w")])
    kind = table.columns[name].kind
    taken: Expression = Column(name)
    drawn = random.random()
    element = KINDS[kind].element
    explode = element is not None and random.random() < 0.6
    if explode:
        kind = str(element)
    elif kind.startswith("float") and drawn < 0.15:
        other = random.choice([one for one in names if table.columns[one].kind.startswith("float")])
        plain = taken
        taken = random.choice([Binary(taken, random.choice("+-"), Column(other)), Binary(taken, "*", Literal(0.5))])
        if drawn < 0.06:
            taken = _called(plain, "float", "float", drawn) if drawn < 0.05 else Filled(plain, 0.5)
        kind = "float64"
    elif drawn < 0.15:
        taken, kind = condition(random, table, 0), "bool"
    aggregates = [one for one in KINDS[kind].aggregates if not (explode and one in PAIRED)]
    # the kernels of sums have the most ways to go
    aggregate = random.choice([*aggregates, *(["sum", *MOMENTS] if "sum" in aggregates else [])])
    if aggregate in ("count", *AGES) and not explode and random.random() < 0.5:
        feature = Feature(aggregate)
    else:
        skip_null = aggregate not in ("first", "last", "first_n", "last_n") or random.random() < 0.5
        feature = Feature(aggregate, taken, kind, skip_null=skip_null, parameters=_parameters(random, aggregate))
    if aggregate in PAIRED:
        numbers = [one for one in names if "mean" in _kind(table, one).aggregates]
        feature = replace(feature, other=Column(random.choice(numbers)))
    if aggregate not in (*LISTED, *VECTORS) and random.random() < 0.15:
        feature = replace(feature, by=_category(random, table))
    return replace(feature, explode=explode)


def _called(taken: Expression, of: str, gives: str, drawn: float) -> Called:
    """A method of a value, by the further digits of what was drawn, so that nothing after it is drawn otherwise."""
    methods = list(METHODS[of, gives])
    return Called(taken, (of, gives), methods[int(drawn * 1e6) % len(methods)])


def _of_values(table: Table) -> list[str]:
    """The columns that are aggregated: values, and features of a chain."""
    return [name for name in table.columns if name[0] in "xw" or "__" in name]


def _category(random: Random, table: Table) -> tuple[str, str]:
    category = random.choice([one for one in (*_of_values(table), "b") if _names_categories(table, one)])
    return category, table.columns[category].kind


def _names_categories(table: Table, name: str) -> bool:
    return "last" in _kind(table, name).aggregates and not table.columns[name].kind.startswith("float")


def _parameters(random: Random, aggregate: str) -> tuple[tuple[str, Any], ...]:
    if aggregate in ("first_n", "last_n", "top_n", "bottom_n"):
        return (("n", random.choice([1, 2, 3, 10])),)
    if aggregate == "histogram":
        return random.choice([(), (("n", 1),), (("n", 3),)])
    if aggregate == "quantile":
        return (("q", random.choice([0.0, 0.1, 0.25, 0.5, 0.9, 1.0, random.random()])),)
    if aggregate == "approx_count_distinct":
        return random.choice([(), (("precision", 4),), (("precision", 10),)])
    return ()


def _maybe(random: Random, share: float, table: Table) -> Expression | None:
    return condition(random, table, 2) if random.random() < share else None


def condition(random: Random, table: Table, depth: int) -> Expression:
    """A condition on columns of a table: joined, turned round, or a test of one."""
    drawn = random.random()
    if depth and drawn < 0.25:
        return Joined(condition(random, table, depth - 1), random.choice("&|"), condition(random, table, depth - 1))
    if depth and drawn < 0.35:
        return Inverse(condition(random, table, depth - 1))
    name = random.choice([name for name in table.columns if name[0] in "xwb" or "__" in name])
    kind = table.columns[name].kind
    column = Column(name)
    if kind == "bool" and drawn < 0.8:
        return column
    of = "int" if "int" in kind else "float" if kind.startswith("float") else kind
    there = [value for value in table.columns[name].values[:50] if value is not None]
    sign = random.choice(["==", "!=", "<", "<=", ">", ">="])
    if (of, "bool") in METHODS and drawn > 0.9:
        return _called(column, of, "bool", drawn)
    if "int" in kind and drawn < 0.85:
        return Binary(column, sign, Literal(random.choice([0, 1, 2, *there])))
    if kind.startswith("float") and drawn < 0.85:
        return Binary(column, sign, Literal(random.choice([0.0, 0.5, *(v for v in there if abs(v) < 1e300)])))
    if kind == "string" and drawn < 0.85:
        return OneOf(column, tuple(dict.fromkeys(["a", *there[:2]])))
    return Missing(column, random.random() < 0.5)


def _written(random: Random, micros: int) -> str:
    """A length as code: in any unit that divides it, or a timedelta."""
    ways = [f'"{micros}us"', f'"{micros}us"']
    ways += [f'"{micros // size}{unit}"' for unit, size in _UNITS.items() if micros % size == 0]
    if micros < 10**14:
        ways.append(f"datetime.timedelta(microseconds={micros})")
    return random.choice(ways)
