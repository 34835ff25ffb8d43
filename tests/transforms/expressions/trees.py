"""Random trees of all operations, typed so that most of them make sense, and tables for them."""

import datetime as dt
import math
from collections.abc import Callable
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

import ropeway as rw
from ropeway.transforms.expressions import Expression

Draw = Callable[[st.SearchStrategy[Any]], Any]

SMALLEST, LARGEST = -(2**63), 2**63 - 1
FLOATS = [0.0, -0.0, math.inf, -math.inf, math.nan, 1e308, 5e-324, 0.1, 2.5, -1.5, 1e16, 2.0**53 + 2, 9.3e18, -1.0, 3.0]
TEXTS = [
    "", "a", "A b", "Straße", "ΑΣ", "İı", "\U0001f600x", " \u2003x\t", "007", "-7", "2.50", "1e3", "inf", "nan",
    "true", "2024-02-29", "1969-12-31T23:59:59.999999", "2024-01-01 12:00+02:00", "a,b,,c",
    "9223372036854775808", "１２", "1_0",
]  # fmt: skip
INSTANTS = [
    dt.datetime(1969, 12, 31, 23, 59, 59, 999999), dt.datetime(1970, 1, 1), dt.datetime(2024, 3, 31, 0, 59, 59),
    dt.datetime(2024, 3, 31, 1), dt.datetime(2024, 10, 27, 0, 30), dt.datetime(2024, 10, 27, 1, 30, 0, 5),
    dt.datetime(2024, 12, 30, 18, 40), dt.datetime(1900, 2, 28, 12, 0, 0, 1), dt.datetime(2021, 1, 3, 23, 30),
    dt.datetime(1890, 6, 1, 4, 5, 6),
]  # fmt: skip
ZONES = [None, None, "UTC", "Europe/Paris", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]

ints = st.one_of(st.integers(-4, 4), st.sampled_from([SMALLEST, LARGEST, 2**53 + 1, -1250, 1350]))
floats = st.one_of(st.sampled_from(FLOATS), st.floats(-100, 100))
texts = st.one_of(st.sampled_from(TEXTS), st.text(max_size=4))
instants = st.one_of(
    st.sampled_from(INSTANTS), st.datetimes(dt.datetime(1880, 1, 1), dt.datetime(2100, 1, 1))
)  # fmt: skip
dates = st.one_of(st.sampled_from([at.date() for at in INSTANTS]), st.dates(dt.date(1880, 1, 1), dt.date(2100, 1, 1)))
durations = st.one_of(
    st.sampled_from([dt.timedelta(0), dt.timedelta(microseconds=-1), dt.timedelta(hours=25)]),
    st.timedeltas(dt.timedelta(days=-40), dt.timedelta(days=40)),
)
decimals = st.decimals(-1000, 1000, places=2)

#: a column's type, and values for it
COLUMNS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "i": (pa.int64(), ints),
    "small": (pa.int8(), st.integers(-128, 127)),
    "x": (pa.float64(), floats),
    "single": (pa.float32(), st.one_of(st.floats(width=32), st.sampled_from([0.0, -0.0, math.inf, math.nan]))),
    "b": (pa.bool_(), st.booleans()),
    "s": (pa.string(), texts),
    "coded": (pa.dictionary(pa.int32(), pa.string()), texts),
    "t": (pa.timestamp("us"), instants),
    "z": (pa.timestamp("us", "Asia/Tokyo"), instants.map(lambda at: at.replace(tzinfo=dt.UTC))),
    "d": (pa.date32(), dates),
    "u": (pa.duration("us"), durations),
    "m": (pa.decimal128(12, 2), decimals),
    "li": (pa.list_(pa.int64()), st.lists(st.one_of(st.none(), st.integers(-3, 3)), max_size=4)),
    "lf": (pa.list_(pa.float32()), st.lists(st.sampled_from([None, 0.0, -0.0, math.nan, 1.5]), max_size=3)),
    "ls": (pa.list_(pa.string()), st.lists(st.one_of(st.none(), texts), max_size=3)),
    "p": (
        pa.map_(pa.string(), pa.float64()),
        st.lists(st.tuples(st.sampled_from(["a", "b", "é"]), st.sampled_from([None, 1.5, math.nan, -0.0])), max_size=3),
    ),
    "nothing": (pa.null(), st.none()),
}
SCHEMA = pa.schema([(name, kind) for name, (kind, _) in COLUMNS.items()])
ROWS = st.lists(
    st.fixed_dictionaries({name: st.one_of(values, values, st.none()) for name, (_, values) in COLUMNS.items()}),
    max_size=5,
)


def table_of(rows: list[dict[str, Any]]) -> pa.Table:
    arrays = []
    for field in SCHEMA:
        coded = pa.types.is_dictionary(field.type)
        kind = field.type.value_type if coded else field.type
        array = pa.array([row[field.name] for row in rows], kind)
        arrays.append(array.dictionary_encode() if coded else array)
    return pa.table(arrays, schema=SCHEMA)


LEAVES: dict[str, tuple[list[str], st.SearchStrategy[Any]]] = {
    "int": (["i", "small"], ints),
    "float": (["x", "single"], floats),
    "bool": (["b"], st.booleans()),
    "string": (["s", "coded"], texts),
    "instant": (["t", "z", "d"], st.one_of(instants, instants.map(lambda at: at.replace(tzinfo=dt.UTC)), dates)),
    "duration": (["u"], durations),
    "decimal": (["m"], decimals),
    "list": (["li", "lf", "ls"], st.nothing()),
    "map": (["p"], st.nothing()),
}
NUMBERS = ["int", "float", "bool", "decimal"]
ORDERED = ["int", "float", "bool", "string", "instant", "duration", "decimal"]
CURVES = [
    "sqrt", "cbrt", "exp", "expm1", "log", "log1p", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan",
    "sinh", "cosh", "tanh", "degrees", "radians",
]  # fmt: skip
FIELDS = [
    "year", "month", "day", "hour", "minute", "second", "microsecond", "day_of_week", "day_of_year", "week", "quarter",
]  # fmt: skip
PATTERNS = [r"\d+", r"^[a-z]", r"(\w)(\w)?", r"(?P<n>\S*)\s", r"(,)", r"(?i)s", r"$"]
SMALL = st.integers(-3, 3)


@st.composite
def trees(draw: Draw, kind: str | None = None, depth: int = 4) -> Expression:
    """A tree whose values are of this kind, or of any."""
    return _tree(draw, kind or draw(st.sampled_from(list(LEAVES))), depth)


def _tree(draw: Draw, kind: str, depth: int) -> Expression:
    if depth <= 0 or draw(st.integers(0, 5)) == 0:
        return _leaf(draw, kind)
    shared = [_when, _coalesce] if kind in ("list", "map") else [_when, _coalesce, _extreme, _clip]
    own = OWN.get(kind, [])
    made = draw(st.sampled_from([*own, *own, *shared]))
    found: Expression = made(draw, kind, depth - 1)
    return found


def _leaf(draw: Draw, kind: str) -> Expression:
    columns, constants = LEAVES[kind]
    drawn = draw(st.integers(0, 9))
    if drawn == 0:
        return rw.lit(None) if draw(st.booleans()) else rw.col("nothing")
    if drawn < 4 and not constants.is_empty:
        return rw.lit(draw(constants))
    return rw.col(draw(st.sampled_from(columns)))


def _side(draw: Draw, kind: str, depth: int) -> Any:
    """An operand; beside another expression a constant may be plain."""
    return _tree(draw, kind, depth)


# ---- of any kind


def _alike(draw: Draw, kind: str, depth: int) -> Expression:
    """A value that goes with those of a kind."""
    if kind in NUMBERS and draw(st.integers(0, 3)) == 0:
        kind = draw(st.sampled_from(NUMBERS))
    return _tree(draw, kind, depth)


def _when(draw: Draw, kind: str, depth: int) -> Expression:
    chain = rw.when(_tree(draw, "bool", depth)).then(_alike(draw, kind, depth))
    if draw(st.booleans()):
        chain = chain.when(_tree(draw, "bool", depth)).then(_tree(draw, kind, depth - 1))
    return chain.otherwise(None if draw(st.booleans()) else _alike(draw, kind, depth))


def _coalesce(draw: Draw, kind: str, depth: int) -> Expression:
    if draw(st.booleans()):
        return _tree(draw, kind, depth).fill_null(_alike(draw, kind, depth))
    return rw.coalesce(*(_alike(draw, kind, depth) for _ in range(draw(st.integers(1, 3)))))


def _extreme(draw: Draw, kind: str, depth: int) -> Expression:
    sides = [_alike(draw, kind, depth) for _ in range(draw(st.integers(2, 3)))]
    return rw.greatest(*sides) if draw(st.booleans()) else rw.least(*sides)


def _clip(draw: Draw, kind: str, depth: int) -> Expression:
    bounds = [None if draw(st.integers(0, 3)) == 0 else _tree(draw, kind, depth - 1) for _ in range(2)]
    return _tree(draw, kind, depth).clip(*bounds)


# ---- of one kind


def _arithmetic(draw: Draw, kind: str, depth: int) -> Expression:
    a, b = _tree(draw, kind, depth), _alike(draw, kind, depth)
    if draw(st.booleans()):
        a, b = b, a
    signs: list[Callable[[Any, Any], Any]] = [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b]
    if kind != "decimal":
        signs += [lambda a, b: a % b, lambda a, b: a // b]
    made: Expression = draw(st.sampled_from(signs))(a, b)
    return made


def _one_number(draw: Draw, kind: str, depth: int) -> Expression:
    a = _tree(draw, kind, depth)
    further = [] if kind in ("decimal", "duration") else ["sign", "floor", "ceil", "trunc", "round"]
    name = draw(st.sampled_from(["abs", "neg", *further]))
    if name == "neg":
        return -a
    made: Expression = a.round(draw(st.integers(-3, 3))) if name == "round" else getattr(a, name)()
    return made


def _int_of(draw: Draw, kind: str, depth: int) -> Expression:
    made = draw(st.integers(0, 6))
    if made == 0:
        return _tree(draw, "string", depth).str.len()
    if made == 1:
        return _tree(draw, "list", depth).list.len()
    if made == 2:
        return rw.col("li").list.slice(draw(SMALL), draw(st.one_of(st.none(), st.integers(0, 3)))).list.get(draw(SMALL))
    if made == 3:
        return _tree(draw, "map", depth).map.len()
    if made == 4:
        return _tree(draw, "duration", depth) // _tree(draw, "duration", depth)
    if made == 5:
        given = _tree(draw, draw(st.sampled_from(["float", "string", "bool", "decimal", "int"])), depth)
        return given.cast("int64", strict=draw(st.integers(0, 3)) == 0)
    at, name = _tree(draw, "instant", depth), draw(st.sampled_from(FIELDS))
    found: Expression = getattr(at.dt, name)(tz=draw(st.sampled_from(ZONES)))
    return found


def _float_of(draw: Draw, kind: str, depth: int) -> Expression:
    made = draw(st.integers(0, 8))
    number = draw(st.sampled_from(NUMBERS))
    if made <= 2:
        curve: Expression = getattr(_tree(draw, number, depth), draw(st.sampled_from(CURVES)))()
        return curve
    if made == 3:
        two = draw(st.sampled_from([rw.atan2, rw.hypot, lambda a, b: a**b]))
        return two(_tree(draw, number, depth), _tree(draw, "float", depth))  # type: ignore[no-any-return]
    if made == 4:
        return _tree(draw, number, depth) / _tree(draw, draw(st.sampled_from(NUMBERS)), depth)
    if made == 5:
        return _tree(draw, "map", depth).map.get(draw(st.sampled_from(["a", "é", "z"])))
    if made == 6:
        return _tree(draw, "duration", depth).dt.total_seconds()
    if made == 7:
        return rw.col("lf").list.get(draw(SMALL))
    given = _tree(draw, draw(st.sampled_from(["int", "string", "bool", "decimal"])), depth)
    return given.cast("float64", strict=draw(st.integers(0, 3)) == 0)


def _compared(draw: Draw, kind: str, depth: int) -> Expression:
    of = draw(st.sampled_from(ORDERED))
    a, b = _tree(draw, of, depth), _alike(draw, of, depth)
    signs: list[Callable[[Any, Any], Any]] = [
        lambda a, b: a == b, lambda a, b: a != b, lambda a, b: a < b, lambda a, b: a <= b, lambda a, b: a > b,
        lambda a, b: a.between(b, b), lambda a, b: b >= a,
    ]  # fmt: skip
    made: Expression = draw(st.sampled_from(signs))(a, b)
    return made


def _condition_of(draw: Draw, kind: str, depth: int) -> Expression:
    made = draw(st.integers(0, 6))
    if made == 0:
        return _tree(draw, draw(st.sampled_from(list(LEAVES))), depth).is_null()
    if made == 1:
        a, b = _tree(draw, "bool", depth), _tree(draw, "bool", depth)
        return a & b if draw(st.booleans()) else a | ~b
    if made == 2:
        of = draw(st.sampled_from(ORDERED))
        constants = draw(st.lists(LEAVES[of][1].filter(lambda one: one == one), max_size=3))
        return _tree(draw, of, depth).isin(constants)
    text = _tree(draw, "string", depth)
    if made == 3:
        found: Expression = getattr(text.str, draw(st.sampled_from(["contains", "starts_with", "ends_with"])))(
            draw(st.sampled_from(["", "a", ".", "ß", "00"]))
        )
        return found
    if made == 4:
        return text.str.matches(draw(st.sampled_from(PATTERNS)))
    if made == 5:
        return rw.col(draw(st.sampled_from(["li", "lf"]))).list.contains(_tree(draw, "float", depth))
    given = _tree(draw, draw(st.sampled_from(["int", "float", "string", "decimal"])), depth)
    return given.cast("bool", strict=False)


def _string_of(draw: Draw, kind: str, depth: int) -> Expression:
    text = _tree(draw, "string", depth)
    made = draw(st.integers(0, 9))
    if made == 0:
        return draw(st.sampled_from([text.str.lower(), text.str.upper(), text.str.strip(), text.str.lstrip("a0")]))  # type: ignore[no-any-return]
    if made == 1:
        return text.str.replace(draw(st.sampled_from(["a", "aa", "ß", "0"])), draw(st.sampled_from(["", "x", "aa"])))
    if made == 2:
        return text.str.slice(draw(SMALL), draw(st.one_of(st.none(), st.integers(0, 3))))
    if made == 3:
        return text.str.extract(draw(st.sampled_from(PATTERNS)), 0)
    if made == 4:
        return text.str.extract(r"(\w)(?P<n>\w)?", draw(st.sampled_from([1, 2, "n"])))
    if made == 5:
        return text.str.zfill(4) if draw(st.booleans()) else text.str.pad(4, side="right", fill="é")
    if made == 6:
        return text.str.split(draw(st.sampled_from([",", "aa", " "]))).list.get(draw(SMALL))
    if made == 7:
        return rw.concat(text, _tree(draw, "string", depth), draw(st.sampled_from(["", "-"])))
    if made == 8:
        return rw.col("ls").list.get(draw(SMALL))
    of = draw(st.sampled_from(["int", "float", "bool", "decimal", "instant", "string"]))
    return _tree(draw, of, depth).cast("string")


def _instant_of(draw: Draw, kind: str, depth: int) -> Expression:
    at, made = _tree(draw, "instant", depth), draw(st.integers(0, 4))
    if made == 0:
        return at + dt.timedelta(hours=draw(st.integers(-50, 50)))
    if made == 1:
        return at.dt.date(tz=draw(st.sampled_from(ZONES)))
    if made == 2:
        given = _tree(draw, "string", depth) if draw(st.booleans()) else at
        return given.cast(draw(st.sampled_from(["date", "timestamp", "timestamp[UTC]"])), strict=False)
    units = ["hour", "minute", "day", "week", "month", "quarter", "year", "second", "millisecond"]
    return at.dt.truncate(draw(st.sampled_from(units)), tz=draw(st.sampled_from(ZONES)))


def _duration_of(draw: Draw, kind: str, depth: int) -> Expression:
    if draw(st.booleans()):
        return _tree(draw, "instant", depth) - _tree(draw, "instant", depth)
    a, b = _tree(draw, "duration", depth), _tree(draw, "duration", depth)
    return draw(st.sampled_from([a + b, a - b, a % b, a * draw(SMALL)]))  # type: ignore[no-any-return]


def _decimal_of(draw: Draw, kind: str, depth: int) -> Expression:
    given = _tree(draw, draw(st.sampled_from(["int", "float", "string", "bool", "decimal"])), depth)
    return given.cast(draw(st.sampled_from(["decimal(12, 2)", "decimal(5, 0)", "decimal(30, 10)"])), strict=False)


def _list_of(draw: Draw, kind: str, depth: int) -> Expression:
    if draw(st.booleans()):
        return _tree(draw, "string", depth).str.split(draw(st.sampled_from([",", "a"])))
    return _tree(draw, "list", depth).list.slice(draw(SMALL), draw(st.one_of(st.none(), st.integers(0, 3))))


OWN: dict[str, list[Callable[[Draw, str, int], Expression]]] = {
    "int": [_arithmetic, _one_number, _int_of, _int_of],
    "float": [_arithmetic, _one_number, _float_of, _float_of],
    "decimal": [_arithmetic, _one_number, _decimal_of],
    "bool": [_compared, _compared, _condition_of, _condition_of],
    "string": [_string_of],
    "instant": [_instant_of],
    "duration": [_duration_of, _one_number],
    "list": [_list_of],
}
