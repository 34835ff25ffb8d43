"""Random backfills: tables, rows and a declaration, with what the naive oracle says of them."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

import ropeway as rw
from tests import oracle

Draw = Callable[[st.SearchStrategy[Any]], Any]

LISTED = ("first_n", "last_n", "top_n", "bottom_n", "histogram")
TALLIED = ("count_distinct", "approx_count_distinct", "mode", "mode_share", "entropy", *LISTED)
ORDERED = ("count", "min", "max", "first", "last", *TALLIED, "time_since_first", "time_since_last")
PAIRED = ("correlation", "weighted_mean")
SHAPES = ("median", "quantile", "skew", "kurtosis", "trend", *PAIRED)
NUMBERS = (*ORDERED, "sum", "mean", "var", "std", *SHAPES)
VECTORS = ("vector_sum", "vector_mean", "vector_max")
FLAGS = (
    "count", "any", "all", "sum", "mean", "var", "first", "last", "time_since_last", "longest_streak", *TALLIED,
    *SHAPES,
)  # fmt: skip

_FLOATS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(-1e3, 1e3),
    st.sampled_from([0.0, -0.0, 1e16, -1e16, 1.0, 0.1, 5e-324, 1.7e308, -1.7e308, math.inf]),
)

#: for each kind of column: its Arrow type, its values, and the aggregates that make sense of it
KINDS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any], tuple[str, ...]]] = {
    "float": (pa.float64(), _FLOATS, NUMBERS),
    "float32": (pa.float32(), st.floats(width=32), NUMBERS),
    "int": (pa.int64(), st.one_of(st.integers(-5, 5), st.integers(-(2**63), 2**63 - 1)), NUMBERS),
    "int8": (pa.int8(), st.integers(-128, 127), NUMBERS),
    "bool": (pa.bool_(), st.booleans(), FLAGS),
    "string": (pa.string(), st.sampled_from(["", "a", "b", "é", "z", "\U0001f600", "￿"]), ORDERED),
    "bytes": (pa.binary(), st.binary(max_size=2), ORDERED),
    "date": (pa.date32(), st.dates(), ORDERED),
    "decimal": (
        pa.decimal128(12, 3),
        st.integers(-(10**12) + 1, 10**12 - 1).map(lambda n: Decimal(n).scaleb(-3)),
        NUMBERS,
    ),
}

#: types of keys, each with values that would collide if they were pasted together
KEYS: dict[str, tuple[pa.DataType, list[Any]]] = {
    "int": (pa.int64(), [1, 11, -3]),
    "string": (pa.string(), ["a", "ab", "b", ""]),
    "bool": (pa.bool_(), [True, False]),
}

#: where days begin at other times of the day than midnight, at times
ZONES = (None, "UTC", "Europe/Berlin", "America/Sao_Paulo", "America/St_Johns", "Pacific/Apia", "Asia/Kathmandu")
#: among them hours before clocks change there
BEGINNINGS = (
    0, -7, 1_357_000_000_000_000, 1_711_830_000_000_000, 1_508_028_000_000_000, 1_289_082_000_000_000,
    1_325_150_000_000_000,
)  # fmt: skip

CLOSED = st.sampled_from(["left", "right", "both", "neither"])


@dataclass(frozen=True)
class Case:
    """One random backfill; `wanted` says for the oracle what `view` declares, output by output."""

    events: pa.Table
    rows: pa.Table
    view: rw.FeatureView
    wanted: tuple[oracle.Wanted, ...]
    keys: dict[str, str]
    available: str | None
    tiebreak: tuple[str, ...]

    @cached_property
    def expected(self) -> list[list[Any]]:
        """For each output the answers of the oracle, row by row."""
        events, rows = _plain(self.events), _plain(self.rows)
        return [
            oracle.answers(
                one, rows, events, keys=self.keys, query_time="event_timestamp", available=self.available,
                tiebreak=self.tiebreak,
            )
            for one in self.wanted
        ]  # fmt: skip

    def overflows(self) -> bool:
        """Whether some sum does not fit into its type, so that there is no answer."""
        return any(one is oracle.OVERFLOW for column in self.expected for one in column)


@dataclass
class _Table:
    fields: list[tuple[str, pa.DataType]]
    columns: dict[str, list[Any]] = field(default_factory=dict)

    def arrow(self) -> pa.Table:
        return pa.table({name: pa.array(self.columns[name], kind) for name, kind in self.fields})


def _plain(table: pa.Table) -> list[dict[str, Any]]:
    """Rows as dicts, times as int microseconds."""
    columns = {
        name: table[name].cast(pa.int64()) if pa.types.is_timestamp(table[name].type) else table[name]
        for name in table.column_names
    }
    return pa.table(columns).to_pylist()  # type: ignore[no-any-return]


@st.composite
def cases(draw: Draw, kinds: tuple[str, ...] = tuple(KINDS), most_rows: int = 40) -> Case:
    """A random table of events, rows, and a view of one to six features."""
    n = draw(st.integers(0, most_rows))
    m = draw(st.integers(0, 12))
    span = draw(st.sampled_from([2, 12, 1000, 2 * 10**11, 10**12]))
    begin = draw(st.sampled_from(BEGINNINGS))
    chosen = draw(st.lists(st.sampled_from(sorted(KEYS)), min_size=1, max_size=2))
    kind = draw(st.sampled_from(kinds))
    keys = {f"k{i}": f"r{i}" for i in range(len(chosen))}
    stamp = pa.timestamp("us", tz=draw(st.sampled_from([None, "UTC"])))
    late = draw(st.booleans())
    times = st.integers(0, span)
    tiebreak = draw(st.sampled_from([(), ("b",), ("b", "c")]))
    closed = draw(CLOSED)
    features, wanted = [], []
    for i in range(draw(st.integers(1, 6))):
        feature, one = draw(_features(kind, span, closed))
        features.append(feature.alias(f"f{i}"))
        wanted.append(one)

    events = _Table([(f"k{i}", KEYS[name][0]) for i, name in enumerate(chosen)])
    rows = _Table([(f"r{i}", KEYS[name][0]) for i, name in enumerate(chosen)])
    for i, name in enumerate(chosen):
        key = st.sampled_from([*KEYS[name][1], *KEYS[name][1], None])
        events.columns[f"k{i}"] = draw(st.lists(key, min_size=n, max_size=n))
        rows.columns[f"r{i}"] = draw(st.lists(key, min_size=m, max_size=m))
    happened = [begin + t for t in draw(st.lists(times, min_size=n, max_size=n))]
    delays = st.one_of(st.just(0), st.integers(-span, 2 * span))
    events.columns |= {
        "t": happened,
        "a": [t + d for t, d in zip(happened, draw(st.lists(delays, min_size=n, max_size=n)), strict=True)],
        "x": draw(st.lists(st.one_of(st.none(), KINDS[kind][1], KINDS[kind][1]), min_size=n, max_size=n)),
        "w": draw(st.lists(st.sampled_from([True, True, False, None]), min_size=n, max_size=n)),
        "b": draw(st.lists(st.sampled_from([None, 1, 2]), min_size=n, max_size=n)),
        "c": draw(st.lists(st.sampled_from([None, "x", "y"]), min_size=n, max_size=n)),
    }
    events.fields += [("t", stamp), ("a", stamp), ("x", KINDS[kind][0])]
    events.fields += [("w", pa.bool_()), ("b", pa.int32()), ("c", pa.string())]
    read = {name for one in wanted for name in (one.column, one.other)}
    for name, (of_column, values) in _besides(kind).items():
        some = st.lists(st.one_of(st.none(), values, values), min_size=n, max_size=n)
        events.columns[name] = draw(some) if name in read else [None] * n  # to draw them costs most
        events.fields.append((name, of_column))
    asked = st.lists(st.one_of(times, st.integers(-3, span + 3)), min_size=m, max_size=m)
    rows.columns["event_timestamp"] = [begin + t for t in draw(asked)]
    rows.fields.append(("event_timestamp", stamp))

    table = events.arrow()
    source = rw.Source("s", table, "t", available_at="a" if late else None, tiebreak=tiebreak)
    view = rw.FeatureView("v", rw.Entity("e", list(keys)), source, features, closed=closed).with_join_key_map(keys)
    return Case(table, rows.arrow(), view, tuple(wanted), keys, "a" if late else None, tiebreak)


def _besides(kind: str) -> dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]]:
    """Columns beside x, and what is in them: numbers, lists of what is in x, and vectors of whole numbers."""
    of_x, values, _ = KINDS[kind]
    return {
        "y": (pa.float64(), st.one_of(_FLOATS, st.integers(-2, 3).map(float))),
        "l": (pa.list_(of_x), st.lists(st.one_of(st.none(), values, values), max_size=3)),
        "v": (pa.list_(pa.float64()), st.lists(st.one_of(st.none(), _FLOATS, _FLOATS), min_size=2, max_size=2)),
    }


@st.composite
def _features(draw: Draw, kind: str, span: int, closed: str) -> tuple[rw.Feature, oracle.Wanted]:
    name = draw(st.sampled_from((*KINDS[kind][2], *VECTORS)))
    columns = ["x", "y"] if name in PAIRED else ["v"] if name in VECTORS else ["x"]
    if name in ("count", "time_since_first", "time_since_last"):
        columns = draw(st.sampled_from([["x"], []]))
    parameters = _parameters(draw, name)
    feature = getattr(rw, name)(*columns, **parameters)
    options: dict[str, Any] = dict(parameters)
    if columns == ["x"] and _sometimes(draw):
        columns, options["explode"] = ["l"], True
        feature = getattr(rw, name)("l", **parameters).explode()
    if name not in (*LISTED, *VECTORS) and _sometimes(draw):
        options["by"] = draw(st.sampled_from(["b", "c", "w"]))
        feature = feature.by(options["by"])
    window = _window(draw, span, rows=name not in VECTORS)
    if window:
        own = draw(st.one_of(st.none(), CLOSED))
        offset = draw(st.sampled_from([0, 0, 2, max(2, span // 5)]))
        feature = _over(feature, window, own, offset)
        closed, options = own or closed, {**options, **window, "offset": offset}
    if draw(st.booleans()):
        feature, options["where"] = feature.where(rw.col("w")), lambda row: row["w"] is True
    column, other = [*columns, None, None][:2]
    return feature, oracle.Wanted(name, column, closed=closed, other=other, **options)


def _sometimes(draw: Draw) -> bool:
    return bool(draw(st.integers(0, 3)) == 0)


def _parameters(draw: Draw, name: str) -> dict[str, Any]:
    if name in ("first", "last"):
        return {"skip_null": draw(st.booleans())}
    if name in ("first_n", "last_n"):
        return {"n": draw(st.integers(1, 4)), "skip_null": draw(st.booleans())}
    if name in ("top_n", "bottom_n"):
        return {"n": draw(st.integers(1, 4))}
    if name == "histogram":
        return {"n": draw(st.sampled_from([None, 1, 2, 5]))}
    if name == "quantile":
        return {"q": draw(st.one_of(st.sampled_from([0.0, 0.25, 0.5, 0.9, 1.0]), st.floats(0, 1)))}
    return {"precision": draw(st.sampled_from([4, 12, 14]))} if name == "approx_count_distinct" else {}


def _window(draw: Draw, span: int, *, rows: bool) -> dict[str, Any]:
    """A width, a calendar's period, a number of rows, or one of the first two with it; nothing of all history."""
    made: dict[str, Any] = {}
    width = draw(st.sampled_from([None, 1, max(1, span // 3), 2 * span]))
    if width is not None:
        made["width"] = width
    elif _sometimes(draw):
        made["calendar"] = draw(st.sampled_from(["day", "week", "month", "quarter", "year"]))
        made["tz"] = draw(st.sampled_from(ZONES)) or "UTC"
    if rows and _sometimes(draw):
        made["rows"] = draw(st.integers(1, 5))
    return made


def _over(feature: rw.Feature, window: dict[str, Any], closed: str | None, offset: int) -> Any:
    options = {name: value for name, value in window.items() if name != "width"}
    widths = [f"{window['width']}us"] if "width" in window else []
    over: Any = feature.over
    return over(*widths, closed=closed, offset=f"{offset}us", **options)


def same(got: Any, wanted: Any, kind: pa.DataType) -> bool:
    """Whether two answers are one: floats in every bit but for NaN's, decimals as exact numbers, `Near` ones nearly."""
    if pa.types.is_floating(kind) and isinstance(wanted, int):
        wanted = float(wanted)
    return oracle.same(got, wanted)
