"""The kinds of columns: their Arrow types, how values are drawn, what the oracle reads, and what can be asked.

Values are kept as they are handed to `pa.array`: times as integers of the type's unit, all else as plain Python.
"""

import datetime as dt
import struct
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from math import inf, ldexp, nan
from random import Random
from typing import Any

Draw = Callable[[Random], Any]

#: those whose answers are no single number, text or time
LISTED = ("first_n", "last_n", "top_n", "bottom_n", "histogram")
VECTORS = ("vector_sum", "vector_mean", "vector_max")
AGES = ("time_since_first", "time_since_last")
ORDERED = (
    "count", "min", "max", "first", "last", "count_distinct", "approx_count_distinct", "mode", "mode_share", "entropy",
    *LISTED, *AGES,
)  # fmt: skip
#: of two columns
PAIRED = ("correlation", "weighted_mean")
MOMENTS = ("sum", "mean", "var", "std")
NUMBERS = (*ORDERED, *MOMENTS, "median", "quantile", "skew", "kurtosis", "trend", *PAIRED)
FLAGS = (*NUMBERS, "any", "all", "longest_streak")
COUNTED = ("count",)
#: of rows alone, whatever they hold
OF_ROWS = ("session_start",)

EPOCH = dt.date(1970, 1, 1)
_PER_UNIT = {"s": 1_000_000, "ms": 1000, "us": 1}


@dataclass(frozen=True)
class Kind:
    """A type of columns. `text` and `answer` are code: the column's type, and that of its least value.

    profiles: ways to draw values, each for another part of the range.
    plain: from a value to what the oracle reads; times become microseconds.
    on_spark: whether Spark has such a column, and answers in the same type.
    element: the kind of what is in lists.
    """

    text: str
    answer: str
    profiles: "tuple[Draw | Edge, ...]"
    aggregates: tuple[str, ...]
    plain: Callable[[Any], Any] = lambda value: value
    on_spark: bool = True
    element: str | None = None


# ---- floats


def _bits(code: str, size: int) -> Draw:
    """Any finite value whatever its bits: the exponents are spread evenly over the whole range."""

    def draw(random: Random) -> float:
        while True:
            (value,) = struct.unpack(code, random.getrandbits(size).to_bytes(size // 8, "little"))
            if abs(value) < inf:
                return float(value)

    return draw


@dataclass(frozen=True)
class Edge:
    """Floats whose sum, or sum of squares, over all rows of a key just fits so many bits, or just does not.

    Kernels keep sums in 128 bits, and squares in 192, if the span of exponents and the number of rows allow it.
    """

    bits: int
    power: int

    def of(self, random: Random, rows: int) -> Draw:
        """Mantissas of 53 bits, nearly all large and at the top of the span, and few at the bottom."""
        room = self.bits - rows.bit_length() + random.choice([-1, 0, 1, 2, 2, 3])
        shift = room // self.power - 53

        def draw(random: Random) -> float:
            mantissa = 2**53 - 1 - 2 * random.getrandbits(random.choice([3, 49, 51]))
            sign = -1.0 if random.random() < 0.02 else 1.0
            return sign * ldexp(mantissa, (0 if random.random() < 0.12 else shift) - 60)

        return draw


def _float32(draw: Draw) -> Draw:
    def rounded(random: Random) -> float:
        return float(struct.unpack("<f", struct.pack("<f", draw(random)))[0])

    return rounded


_TAME, _GRID, _ODD = (
    lambda random: round(random.gauss(0, 100), 3),
    lambda random: random.randint(-16, 16) / 4,
    lambda random: random.choice([nan, inf, -inf, 0.0, -0.0, 5e-324, -5e-324, 1.0, 0.1]),
)

FLOATS: tuple[Draw | Edge, ...] = (
    _TAME,
    _TAME,
    _GRID,
    _ODD,
    lambda random: random.choice([0.0, -0.0, -0.0, nan]),
    lambda random: random.choice([1e16, -1e16, 1.0, -1.0, 2.0**53, -(2.0**53), 1e-9]),
    lambda random: random.choice([-1, 1]) * random.getrandbits(random.randint(1, 53)) * 5e-324,
    lambda random: random.choice([-1, 1, 1, 1]) * random.uniform(1e308, 1.797e308),
    _bits("<d", 64),
    *[Edge(127, 1), Edge(191, 2)] * 3,
)


# ---- everything else


def _whole(least: int, most: int) -> tuple[Draw, ...]:
    """Small numbers, those near either end, and any number of bits between."""

    def near(random: Random) -> int:
        return random.choice([least + random.randint(0, 3), most - random.randint(0, 3)])

    def wide(random: Random) -> int:
        drawn = random.getrandbits(random.randint(1, most.bit_length()))
        return min(most, drawn) if random.random() < 0.5 else max(least, -drawn)

    def small(random: Random) -> int:
        return random.randint(max(least, -9), min(most, 9))

    return small, small, near, near, wide


def _decimals(digits: int, scale: int) -> tuple[Draw, ...]:
    most = 10**digits - 1

    def decimal(whole: int) -> Decimal:
        # scaleb would round to the 28 digits of the context
        return Decimal((int(whole < 0), tuple(map(int, str(abs(whole)))), -scale))

    def drawing(draw: Draw) -> Draw:
        return lambda random: decimal(draw(random))

    return tuple(drawing(draw) for draw in _whole(-most, most))


def _choice(*values: Any) -> Draw:
    return lambda random: random.choice(values)


def _numbered(pattern: str, most: int) -> Draw:
    return lambda random: pattern.format(random.randint(0, most))


_TEXTS = (
    _choice("", "a", "b", "ab", "é", "z", "\U0001f600", "\uffff"),
    _numbered("a prefix that is long {:04}", 40),
    _numbered("{}", 10**9),
)
_BYTES = (
    _choice(b"", b"\x00", b"\x00\x00", b"a", b"\xff", b"a\x00"),
    lambda random: random.randbytes(random.randint(0, 20)),
)
_DAYS = (
    lambda random: EPOCH + dt.timedelta(days=random.randint(-3, 3)),
    lambda random: EPOCH + dt.timedelta(days=random.randint(-300_000, 2_900_000 // 2)),
)
_INSTANTS = (_whole(-9, 9)[0], lambda random: random.randint(-(10**9), 10**9))
_WIDE_INSTANTS = (*_INSTANTS, lambda random: random.randint(-(10**16), 10**16))


def _int(name: str, *, on_spark: bool = True) -> Kind:
    bits = int(name.removeprefix("u").removeprefix("int"))
    # a uint64 beyond int64 is an error of its own
    least, most = (0, min(2**bits, 2**63) - 1) if name.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return Kind(f"pa.{name}()", "pa.int64()", _whole(least, most), NUMBERS, on_spark=on_spark)


def _stamp(unit: str, zone: str | None) -> Kind:
    tz = f', tz="{zone}"' if zone else ""
    answer = 'pa.timestamp("us", tz="UTC")' if zone else 'pa.timestamp("us")'
    if unit == "ns":
        thousands = tuple((lambda random, draw=draw: 1000 * draw(random)) for draw in _INSTANTS)
        return Kind(f'pa.timestamp("ns"{tz})', answer, thousands, ORDERED, lambda value: value // 1000)
    profiles = _WIDE_INSTANTS if unit == "us" else _INSTANTS
    return Kind(f'pa.timestamp("{unit}"{tz})', answer, profiles, ORDERED, lambda value: value * _PER_UNIT[unit])


def _float(name: str, draws: "tuple[Draw | Edge, ...]") -> Kind:
    return Kind(f"pa.{name}()", "pa.float64()", draws, NUMBERS)


def _decimal(digits: int, scale: int) -> Kind:
    text = f"pa.decimal128({digits}, {scale})"
    return Kind(text, text, _decimals(digits, scale), NUMBERS)


def _lists(least: int, most: int, *draws: Draw) -> tuple[Draw, ...]:
    """Lists of so many values, some of them missing."""

    def of(draw: Draw) -> Draw:
        def listed(random: Random) -> list[Any]:
            return [None if random.random() < 0.1 else draw(random) for _ in range(random.randint(least, most))]

        return listed

    return tuple(map(of, draws))


def _vectors(element: str, length: int, draws: tuple[Draw, ...], *, fixed: bool = False) -> Kind:
    text = f"pa.list_(pa.{element}(){f', {length}' if fixed else ''})"
    profiles = _lists(length, length, *draws)
    return Kind(text, KINDS[element].answer, profiles, (*COUNTED, *VECTORS), on_spark=not fixed, element=element)


KINDS: dict[str, Kind] = {
    "float64": _float("float64", FLOATS),
    "float32": _float("float32", (*map(_float32, (_TAME, _ODD, _GRID)), _bits("<f", 32))),
    "float16": _float("float16", (_GRID, _bits("<e", 16))),
    **{name: _int(name) for name in ("int64", "int32", "int16", "int8", "uint8", "uint16", "uint32")},
    "uint64": _int("uint64", on_spark=False),  # a decimal there
    "bool": Kind("pa.bool_()", "pa.bool_()", (_choice(True, False),), FLAGS),
    "decimal": _decimal(12, 3),
    "wide_decimal": _decimal(38, 10),
    "whole_decimal": _decimal(20, 0),
    "string": Kind("pa.string()", "pa.string()", _TEXTS, ORDERED),
    "large_string": Kind("pa.large_string()", "pa.string()", _TEXTS, ORDERED),
    "dictionary": Kind("pa.dictionary(pa.int32(), pa.string())", "pa.string()", _TEXTS, ORDERED),
    "binary": Kind("pa.binary()", "pa.binary()", _BYTES, ORDERED),
    "large_binary": Kind("pa.large_binary()", "pa.binary()", _BYTES, ORDERED),
    "date32": Kind("pa.date32()", "pa.date32()", _DAYS, ORDERED),
    "date64": Kind("pa.date64()", "pa.date32()", _DAYS, ORDERED),
    "stamp_us": _stamp("us", None),
    "stamp_us_utc": _stamp("us", "UTC"),
    "stamp_ms": _stamp("ms", None),
    "stamp_s_tokyo": _stamp("s", "Asia/Tokyo"),
    "stamp_ns": _stamp("ns", None),
    "time32": Kind('pa.time32("ms")', 'pa.time32("ms")', (lambda random: random.randint(0, 86_399_999),), ORDERED,
                   on_spark=False),
    "time64": Kind('pa.time64("us")', 'pa.time64("us")', (lambda random: random.randint(0, 10**6),), ORDERED,
                   on_spark=False),
    "duration": Kind('pa.duration("us")', 'pa.duration("us")', _WIDE_INSTANTS, ORDERED, on_spark=False),
    "null": Kind("pa.null()", "pa.null()", (lambda random: None,), COUNTED),
    "list": Kind("pa.list_(pa.int64())", "pa.int64()", (_choice([], [1], [None]), *_lists(0, 4, *_whole(-9, 9))),
                 COUNTED, element="int64"),
    "texts": Kind("pa.list_(pa.string())", "pa.string()", _lists(0, 3, *_TEXTS), COUNTED, element="string"),
    "numbers": Kind("pa.list_(pa.float64())", "pa.float64()", _lists(0, 3, _TAME, _GRID, _ODD), COUNTED,
                    element="float64"),
}  # fmt: skip
KINDS |= {
    "vector": _vectors("float64", 3, (_TAME, _GRID, _ODD, _bits("<d", 64))),
    "whole_vector": _vectors("int64", 2, _whole(-(2**63), 2**63 - 1)),
    "fixed_vector": _vectors("float32", 2, (_GRID, _float32(_ODD)), fixed=True),
}

#: kinds of keys that can be equal, with values that all of them can hold, in microseconds where they are times
KEYS: tuple[tuple[tuple[str, ...], tuple[Any, ...]], ...] = (
    (("int64", "int32", "int8", "uint16", "uint64"), tuple(range(100))),
    (("int64",), (0, -1, 2**63 - 1, -(2**63), *(7**n for n in range(2, 22)))),
    (("string", "large_string", "dictionary"), ("", "a", "ab", "b", "1", "11", "é", *(f"key {n}" for n in range(60)))),
    (("binary", "large_binary"), (b"", b"a", b"a\x00", b"\x00", b"\xff")),
    (("bool",), (True, False)),
    (("date32", "date64"), tuple(EPOCH + dt.timedelta(days=n) for n in range(-5, 5))),
    (
        ("stamp_us", "stamp_us_utc", "stamp_ms", "stamp_s_tokyo", "stamp_ns"),
        tuple(range(-3_000_000, 9_000_000, 1_000_000)),
    ),
    (("decimal", "wide_decimal", "whole_decimal"), tuple(map(Decimal, range(-3, 20)))),
)

#: kinds of columns of times, and how many microseconds their smallest step is; integers take the source's unit
TIMES: dict[str, int] = {
    "stamp_us": 1, "stamp_us_utc": 1, "stamp_ms": 1000, "stamp_s_tokyo": 1_000_000, "stamp_ns": 1,
    "date32": 86_400_000_000, "int64": 0,
}  # fmt: skip


def step(kind: str, unit: str | None) -> int:
    """The microseconds between two instants that a column of times can tell apart; `unit` is that of integers."""
    return TIMES[kind] or _PER_UNIT[unit or "us"]


def of_micros(kind: str, unit: str | None, micros: int) -> Any:
    """An instant as a value of a column of times, rounded down to its step."""
    if kind == "date32":
        return EPOCH + dt.timedelta(days=micros // TIMES[kind])
    return micros * 1000 if kind == "stamp_ns" else micros // step(kind, unit)


def micros_of(kind: str, unit: str | None, value: Any) -> int:
    """The instant that a value of a column of times says."""
    if kind == "date32":
        return int((value - EPOCH).days) * TIMES[kind]
    return int(value // 1000 if kind == "stamp_ns" else value * step(kind, unit))
