"""Draws cases: declarations over the tables of `tables.py`. A case is its seed and number, and no more."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

from tests.fuzz import tables
from tests.fuzz.case import Case, Feature, Source, Table, View, Window
from tests.fuzz.expressions import Binary, Column, Expression, Inverse, Joined, Literal, Missing, OneOf
from tests.fuzz.kinds import AGES, KINDS, LISTED, MOMENTS, PAIRED, VECTORS, micros_of

_CLOSED = ("left", "left", "right", "both", "neither")
_UNITS = {"ms": 10**3, "s": 10**6, "m": 6 * 10**7, "h": 36 * 10**8, "d": 864 * 10**8, "w": 7 * 864 * 10**8}
#: instants for which a time zone has a local time
_LOCAL = 2 * 10**16
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
    table, of = tables.events(random, keys, frame, on_spark)
    lengths = _lengths(random, frame, table)
    rows = tables.rows(random, keys, frame, table, of, lengths, on_spark)
    found = {"events": table}
    sources = [_source(random, table, frame.unit) for _ in range(random.choice([1, 1, 2]))]
    if random.random() < 0.2:
        found["planes"] = tables.static(random, keys, on_spark)
        sources.append(Source("planes", None, where=_maybe(random, 0.2, found["planes"])))
    width = len(keys.events)
    # on Spark each source and each set of keys costs a shuffle
    joins = [sorted(random.sample(range(width), random.randint(1, width))) for _ in range(1 if on_spark else 3)]
    # rows may name keys and time as sources and `backfill` do without being told
    names = {f"r{i}": f"k{i}" for i in range(width)} if random.random() < 0.5 else {}
    names |= {"asked": "event_timestamp"} if random.random() < 0.7 else {}
    views = []
    for _ in range(random.randint(8, 14) if on_spark else random.randint(1, 4)):
        number = random.randrange(len(sources))
        static = sources[number].timestamp is None
        features = _static_features(random, found["planes"]) if static else _features(random, table, lengths, frame)
        ttl = random.choice(lengths) if not static and random.random() < 0.2 else None
        joined = {f"k{i}": names.get(f"r{i}", f"r{i}") for i in (range(width) if static else random.choice(joins))}
        views.append(View(number, joined, tuple(features), random.choice(_CLOSED), ttl))
    if any(source.timestamp is not None and random.random() < 0.05 for source in sources):
        found["events"], sources = _without_times(random, table, sources)
    renamed = replace(rows, columns={names.get(name, name): one for name, one in rows.columns.items()})
    unit = frame.unit if rows.columns["asked"].kind == "int64" else None
    return Case(found, tuple(sources), tuple(views), renamed, names.get("asked", "asked"), unit)


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
    times = [micros_of(stamps.kind, frame.unit, value) for value in stamps.values[:200]]
    found = {random.randint(1, 2), random.randint(1, frame.span + 1), frame.span // 3 + 1, 2 * frame.span + 1}
    if times:
        found |= {abs(random.choice(times) - random.choice(times)) for _ in range(4)}
    return sorted({min(one, _LONGEST) for one in found if one > 0})


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
        if one.timestamp is None
        else replace(one, where=there if one.where is None else Joined(there, "&", one.where))
        for one in sources
    ]
    return replace(table, columns=columns), kept


def _kind(table: Table, name: str) -> Any:
    return KINDS[table.columns[name].kind]


def _features(random: Random, table: Table, lengths: Sequence[int], frame: tables.Frame) -> list[Feature]:
    made = []
    plain = {name for name in table.columns if name[0] in "xw" and "last" in _kind(table, name).aggregates}
    for _ in range(random.randint(1, 7)):
        if plain and random.random() < 0.08:
            made.append(_plain(table, plain.pop()))
            continue
        feature = _feature(random, table)
        if random.random() < 0.7:
            chosen = random.sample(lengths, min(len(lengths), random.choice([1, 1, 2, 4])))
            offset = random.choice([0, 0, 0, 0, 1, 2, *random.sample(lengths[:3], 1)])
            windows = tuple(Window(length, _written(random, length)) for length in chosen)
            feature = replace(
                feature, windows=windows, closed=random.choice([None, *_CLOSED]), offset=min(offset, _LONGEST)
            )
        feature = _bounded(random, feature, frame)
        made.append(replace(feature, where=_maybe(random, 0.3, table)))
    return made


def _bounded(random: Random, feature: Feature, frame: tables.Frame) -> Feature:
    """The feature over the last rows of its windows, over a period of the calendar instead of them, or as it is."""
    local = abs(frame.begin) + 4 * frame.span < _LOCAL and feature.offset < _LOCAL
    if local and random.random() < 0.15:
        period = random.choice(["day", "day", "week", "month", "quarter", "year"])
        feature = replace(feature, windows=(), calendar=(period, random.choice(tables.ZONES)))
    # lists and vectors have no order by which rows that tie could be told
    ordered = feature.kind is None or feature.explode or KINDS[feature.kind].element is None
    if ordered and random.random() < 0.15:
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
    names = [name for name in table.columns if name[0] in "xw"]
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
        taken = random.choice([Binary(taken, random.choice("+-"), Column(other)), Binary(taken, "*", Literal(0.5))])
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
        category = random.choice([one for one in (*names, "b") if _names_categories(table, one)])
        feature = replace(feature, by=(category, table.columns[category].kind))
    return replace(feature, explode=explode)


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
    name = random.choice([name for name in table.columns if name[0] in "xwb"])
    kind = table.columns[name].kind
    column = Column(name)
    if kind == "bool" and drawn < 0.8:
        return column
    there = [value for value in table.columns[name].values[:50] if value is not None]
    sign = random.choice(["==", "!=", "<", "<=", ">", ">="])
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
