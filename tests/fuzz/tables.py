"""Draws tables: keys with none, one, two and most rows; ties, missing values, late rows; and rows on window edges."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, nan
from random import Random
from typing import Any

from tests.fuzz.case import Table, Values
from tests.fuzz.kinds import KEYS, KINDS, TIMES, Edge, micros_of, of_micros

#: where instants lie: the first one, and how far they reach
_FRAMES = [
    (0, 2), (-7, 12), (0, 40), (1_357_000_000_000_000, 1000), (1_357_000_000_000_000, 10**9),
    (1_357_000_000_000_000, 10**12), (-(10**12), 10**13), (1_711_756_800_000_000, 2 * 10**11),
    (1_289_000_000_000_000, 2 * 10**11),
]  # fmt: skip
#: clocks change there in the last two of these frames, at midnight or over it; and some others
ZONES = (
    "UTC", "Europe/Berlin", "America/St_Johns", "America/New_York", "America/Sao_Paulo", "Asia/Kathmandu",
    "Pacific/Apia",
)  # fmt: skip
#: beyond what Spark and nanoseconds can say; a sort can't pack such times beside the numbers of rows
_FAR = [(0, 2**57), (-(2**61), 2**62), (2**61 - 41, 40), (-(2**61), 40)]
#: where the sum of a time and a window does not fit int64, and kernels stop at its ends
ENDS = [(-(2**62), 2**63 - 2), (2**63 - 41, 40), (-(2**63), 40)]

_SIZES = [(0, 2), (1, 12), (5, 60), (5, 60), (30, 150), (30, 150), (100, 400)]
_LARGE = (1500, 4000)
_HALF_HOUR = 1_800_000_000

#: kinds that hold any instant of int64 microseconds
_FINE = ("stamp_us", "stamp_us_utc", "int64")


@dataclass(frozen=True)
class Frame:
    """Where instants lie, and the unit of those that are integers."""

    begin: int
    span: int
    unit: str
    #: kinds of columns that hold such instants
    kinds: tuple[str, ...]


def frame(random: Random, on_spark: bool, ends: bool) -> Frame:
    """How instants lie in one case."""
    far = not on_spark and random.random() < 0.1
    if far or ends:
        return Frame(*random.choice(ENDS if ends else _FAR), "us", _FINE)
    begin, span = random.choice(_FRAMES)
    return Frame(begin, span, random.choice(["us", "us", "ms", "s"]), (*_FINE * 4, *TIMES))


@dataclass(frozen=True)
class Keys:
    """The join keys of a case: their kinds on each side, the keys that there are, and the weight of each."""

    events: tuple[str, ...]
    rows: tuple[str, ...]
    pools: tuple[tuple[Any, ...], ...]
    there: list[tuple[Any, ...]]
    weights: list[float]


def keys(random: Random) -> Keys:
    """Keys of one to three columns: all alike, one with most rows, or some with few and some with many."""
    families = [random.choice(KEYS) for _ in range(random.choice([1, 1, 1, 2, 2, 3]))]
    pools = tuple(values for _, values in families)
    there = [
        tuple(None if random.random() < 0.04 else random.choice(pool) for pool in pools)
        for _ in range(random.choice([1, 2, 3, 5, 10, 40, 150]))
    ]
    shape = random.choice(["even", "even", "hot", "falling"])
    if shape == "hot":
        weights = [9.0 * len(there), *[1.0] * (len(there) - 1)]
    else:
        weights = [1.0 if shape == "even" else (i + 1) ** -1.3 for i in range(len(there))]
    kinds = [(random.choice(names), random.choice(names)) for names, _ in families]
    events, rows = zip(*kinds, strict=True)
    return Keys(events, rows, pools, there, weights)


def _key_column(kind: str, values: Sequence[Any]) -> Values:
    timed = kind in TIMES and kind.startswith("stamp")
    return Values(kind, tuple(of_micros(kind, None, v) if timed and v is not None else v for v in values))


def events(random: Random, keys: Keys, frame: Frame, on_spark: bool, *, large: bool = True) -> tuple[Table, list[int]]:
    """A table of events, and the key of each by its number in `keys.there`; rarely a `large` one.

    Its columns are keys `k0` .., times `t` and `a`, values `x0` .., a condition `w`, small numbers `b`.
    """
    least, most = _LARGE if large and random.random() < 0.04 else random.choice(_SIZES)
    n = random.randint(least, most)
    of = random.choices(range(len(keys.there)), keys.weights, k=n)
    columns = {f"k{i}": _key_column(kind, [keys.there[at][i] for at in of]) for i, kind in enumerate(keys.events)}
    happened = _happened(random, frame, n)
    kind = random.choice(frame.kinds)
    columns["t"] = Values(kind, tuple(of_micros(kind, frame.unit, at) for at in happened))
    # rounded, as the table says it
    happened = [micros_of(kind, frame.unit, value) for value in columns["t"].values]
    kind = random.choice(frame.kinds)
    columns["a"] = Values(kind, tuple(of_micros(kind, frame.unit, at) for at in _known(random, frame, happened)))
    kinds = [name for name, one in KINDS.items() if one.on_spark or not on_spark]
    for i in range(random.randint(1, 4)):
        often = ["float64", "float64", "int64"] * 6 + ["vector", "texts"] * 2
        columns[f"x{i}"] = values(random, random.choice([*kinds, *often]), of)
    columns["w"] = values(random, "bool", of)
    columns["b"] = Values("int32", tuple(random.choice([None, 1, 2]) for _ in range(n)))
    return Table(columns, _renamed(random, columns)), of


def changes(random: Random, keys: Keys, frame: Frame, on_spark: bool) -> tuple[Table, list[int]]:
    """A table of changes as `events` has it, and the key of each.

    Besides, columns that name the row that changes, `id` and sometimes `part`, mostly `op`, and `seq`, which orders
    all of them. Operations are drawn as if there were no state: rows are deleted that are not there, and inserted that
    are. What a deletion deletes is in its row, or is null.
    """
    table, of = events(random, keys, frame, on_spark, large=False)
    n = len(of)
    ids = random.randint(1, max(1, n // random.choice([1, 2, 5, 20])))
    own = [random.randrange(ids) for _ in range(n)]
    more = {
        "id": random.choice(
            [Values("int64", tuple(own)), Values("string", tuple("id " + "x" * (one % 3) + str(one) for one in own))]
        ),
        "seq": Values("int64", tuple(random.sample(range(n), n))),
    }
    if random.random() < 0.2:
        more["part"] = Values("int32", tuple(random.randint(0, 1) for _ in range(n)))
    columns = dict(table.columns)
    if random.random() < 0.85:
        rate = random.choice([0.1, 0.3, 0.6])
        ops = ["delete" if random.random() < rate else random.choice(["insert", "update"]) for _ in range(n)]
        more["op"] = Values(random.choice(["string", "string", "large_string", "dictionary"]), tuple(ops))
        if random.random() < 0.5:
            empty = [name for name in columns if name == "t" or name[0] == "x"]
            for name in empty:
                values = zip(columns[name].values, ops, strict=True)
                columns[name] = Values(
                    columns[name].kind, tuple(None if op == "delete" else value for value, op in values)
                )
    return Table({**columns, **more}, {**table.raw, **_renamed(random, more)}), of


def static(random: Random, keys: Keys, on_spark: bool) -> Table:
    """A table with one row per key, and keys that are missing, which may repeat."""
    chosen = list(dict.fromkeys(key for key in keys.there if None not in key and random.random() < 0.7))
    chosen += [key for key in keys.there if None in key]
    random.shuffle(chosen)
    columns = {f"k{i}": _key_column(kind, [key[i] for key in chosen]) for i, kind in enumerate(keys.events)}
    kinds = [name for name, one in KINDS.items() if (one.on_spark or not on_spark) and "last" in one.aggregates]
    columns["x0"] = values(random, random.choice(kinds), range(len(chosen)))
    columns["w"] = values(random, "bool", range(len(chosen)))
    return Table(columns, _renamed(random, columns))


def values(random: Random, kind: str, of: Sequence[int]) -> Values:
    """A column of values, of one to three profiles by key, with none, some, half or all missing."""
    profiles = KINDS[kind].profiles
    chosen = random.sample(profiles, min(len(profiles), random.randint(1, 3)))
    holes = random.choice([0.0, 0.0, 0.0, 0.05, 0.5]) if random.random() < 0.98 else 1.0
    odd = random.choice([0.0, 0.0, 0.0, 0.0, 0.03, 0.3]) if kind.startswith("float") else 0.0

    of_key = [chosen[key % len(chosen)] for key in range(max(of, default=0) + 1)]
    sizes = Counter(of)
    draws = [one.of(random, sizes[key]) if isinstance(one, Edge) else one for key, one in enumerate(of_key)]

    def draw(key: int) -> Any:
        if random.random() < holes:
            return None
        return random.choice([nan, inf, inf, -inf, -0.0]) if random.random() < odd else draws[key](random)

    return Values(kind, tuple(draw(key) for key in of))


def rows(
    random: Random,
    keys: Keys,
    frame: Frame,
    tables: Sequence[tuple[Table, Sequence[int]]],
    lengths: Sequence[int],
    on_spark: bool,
) -> Table:
    """Rows to compute for: keys `r0` .., a number `row` and times `asked`, most on an edge of a window of their key.

    Windows are of these lengths, events in these tables, with the number of the key of each. Some rows come twice,
    some have keys that no event has.
    """
    m = random.randint(
        *random.choice([(2, 12), (5, 40), (20, 120)] if on_spark else [(0, 1), (2, 12), (5, 40), (20, 120)])
    )
    asked: list[tuple[Any, ...]] = []
    times: list[int] = []
    for _ in range(m):
        drawn = random.random()
        at = frame.begin + random.randint(-3, frame.span + 3)
        key = random.choice(keys.there)
        table, of = random.choice(tables)
        if drawn < 0.1:
            key = tuple(random.choice(pool) for pool in keys.pools)
        elif drawn < 0.9 and of:
            place = random.randrange(len(of))
            key = keys.there[of[place]]
            column = table.columns[random.choice("tta")]
            if drawn < 0.6 and column.values[place] is not None:
                at = micros_of(column.kind, frame.unit, column.values[place])
                at += random.choice([0, *lengths]) + random.choice([0, 0, 0, -1, 1])
        if drawn < 0.25:
            at = frame.begin + frame.span + 1
        asked.append(key)
        times.append(at)
    for _ in range(m // 4 if random.random() < 0.5 else 0):
        twice, place = random.randrange(m), random.randrange(m)
        asked[place], times[place] = asked[twice], times[twice]
    kind = random.choice(frame.kinds)
    columns = {f"r{i}": _key_column(one, [key[i] for key in asked]) for i, one in enumerate(keys.rows)}
    columns["row"] = Values("int64", tuple(range(m)))
    inside = [min(max(at, -(2**63)), 2**63 - 1) for at in times]
    columns["asked"] = Values(kind, tuple(of_micros(kind, frame.unit, at) for at in inside))
    return Table(columns)


def _happened(random: Random, frame: Frame, n: int) -> list[int]:
    """Instants of events: anywhere, at a few only, at even steps, or about half hours; in order or not."""
    shape = random.choice(["anywhere", "anywhere", "few", "even", "half hours"])
    if shape == "few":
        few = [frame.begin + random.randint(0, frame.span) for _ in range(random.randint(1, 4))]
        drawn = [random.choice(few) for _ in range(n)]
    elif shape == "even":
        step = max(1, frame.span // max(1, n))
        drawn = [frame.begin + min(frame.span, i * step) for i in range(n)]
    elif shape == "half hours" and frame.span > _HALF_HOUR:
        # days begin there, in most time zones
        drawn = [(frame.begin + random.randint(0, frame.span)) // _HALF_HOUR * _HALF_HOUR for _ in range(n)]
        drawn = [at + random.choice([0, 0, 0, -1, 1]) for at in drawn]
    else:
        drawn = [frame.begin + random.randint(0, frame.span) for _ in range(n)]
    order = random.choice(["as drawn", "as drawn", "sorted", "reversed"])
    return drawn if order == "as drawn" else sorted(drawn, reverse=order == "reversed")


def _known(random: Random, frame: Frame, happened: Sequence[int]) -> list[int]:
    """When each became known: at once, before, some later, or nearly all later."""
    late = random.choice([0.0, 0.2, 0.9])
    far = max(1, random.choice([1, frame.span // 4, 2 * frame.span]))
    drawn = [
        at + random.randint(1, far) if random.random() < late else at - random.choice([0, 0, far]) for at in happened
    ]
    return [min(max(at, -(2**63)), 2**63 - 1) for at in drawn]


def _renamed(random: Random, columns: dict[str, Values]) -> dict[str, str]:
    if random.random() < 0.75:
        return {}
    return {name: f"{name}_there" for name in columns if random.random() < 0.5}
