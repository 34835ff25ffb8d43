"""What an expression is for one row, in plain Python and step by step; null is None, and NaN is None too.

Rows hold plain values; all instants are made aware and all decimals and floats are Python's. The types of nodes, which
say what a mixture of kinds becomes, are asked of the library.
"""

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from ropeway.transforms.expressions import Expression, output_type
from ropeway.transforms.expressions.tree import Call, Literal, Reference
from ropeway.transforms.kernels.scalars import BINARY, UNARY, binary, unary
from tests.oracle.calendars import begin

SMALLEST, LARGEST = -(2**63), 2**63 - 1
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICRO = dt.timedelta(microseconds=1)
PARTS = ("microsecond", "millisecond", "second", "minute", "hour")


class DoesNotFitError(Exception):
    """An answer that its type does not hold."""


def value(node: Expression, row: Mapping[str, Any], schema: pa.Schema) -> Any:
    """The value for a row as a user would see it."""
    kind = output_type(node, schema)
    found = computed(node, row, schema)
    if found is not None and pa.types.is_timestamp(kind) and kind.tz is None:
        return found.replace(tzinfo=None)
    return found


def computed(node: Expression, row: Mapping[str, Any], schema: pa.Schema) -> Any:
    if isinstance(node, Reference):
        return aware(present(row[node.name]))
    if isinstance(node, Literal):
        return aware(present(node.value))
    assert isinstance(node, Call)
    operands = [computed(operand, row, schema) for operand in node.operands]
    kind = output_type(node, schema)
    kinds = [output_type(operand, schema) for operand in node.operands]
    with localcontext(Context(prec=100)):
        found = present(operation(node, operands, kinds, kind))
    if type(found) is int and not SMALLEST <= found <= LARGEST:
        raise DoesNotFitError
    if isinstance(found, Decimal) and abs(found) >= Decimal(10) ** (kind.precision - kind.scale):
        raise DoesNotFitError
    return found


def present(found: Any) -> Any:
    return None if isinstance(found, float) and math.isnan(found) else found


def aware(found: Any) -> Any:
    if not isinstance(found, dt.datetime):
        return found
    return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)


def as_kind(found: Any, kind: pa.DataType) -> Any:
    """A value among others of a wider kind."""
    if found is None:
        return None
    if pa.types.is_floating(kind):
        return float(found)
    if pa.types.is_integer(kind):
        return int(found)
    if pa.types.is_decimal(kind):
        return Decimal(found).quantize(Decimal(1).scaleb(-kind.scale)) + 0
    if pa.types.is_timestamp(kind):
        return instant(found)
    return found


def instant(found: Any) -> Any:
    if isinstance(found, dt.date) and not isinstance(found, dt.datetime):
        return dt.datetime(found.year, found.month, found.day, tzinfo=dt.UTC)
    return found


def operation(node: Call, operands: list[Any], kinds: list[pa.DataType], kind: pa.DataType) -> Any:
    name, options = node.operation, dict(node.options)
    if name in ANY:
        return ANY[name](operands, kind)
    if any(one is None for one in operands):
        return None
    if name in ("str.strip", "str.lstrip", "str.rstrip"):
        return getattr(operands[0], name[4:])(options["characters"])
    if name == "cast":
        return cast(operands[0], kinds[0], kind, strict=options["strict"])
    if name.startswith("dt.") and name[3:] not in ("truncate", "total_seconds"):
        return field(name[3:], instant(operands[0]), options["tz"])
    if name == "dt.truncate":
        return truncated(operands[0], options["unit"], options["tz"])
    if name == "round":
        return rounded(operands[0], options["digits"])
    if name in OPTIONED:
        return OPTIONED[name](*operands, **options)
    if name in UNARY and pa.types.is_floating(kind):
        return unary(UNARY.index(name), float(operands[0]))
    if name in ("power", "atan2", "hypot"):
        return binary(BINARY.index(name), *map(float, operands))
    return PLAIN[name](*operands)


# ---- operations that see what is missing


def _any_true(operands: list[Any]) -> bool | None:
    return True if True in operands else None if None in operands else False


def _when(operands: list[Any], kind: pa.DataType) -> Any:
    *pairs, otherwise = operands
    for condition, taken in zip(pairs[::2], pairs[1::2], strict=True):
        if condition is True:
            return as_kind(taken, kind)
    return as_kind(otherwise, kind)


def _extreme(sign: int) -> Callable[[list[Any], pa.DataType], Any]:
    def extreme(operands: list[Any], kind: pa.DataType) -> Any:
        best = None
        for one in (as_kind(one, kind) for one in operands if one is not None):
            if best is None or (one > best if sign > 0 else one < best):
                best = one
        return best

    return extreme


def _clip(operands: list[Any], kind: pa.DataType) -> Any:
    found, lower, upper = (as_kind(one, kind) for one in operands)
    if found is None:
        return None
    if lower is not None and found < lower:
        found = lower
    if upper is not None and found > upper:
        found = upper
    return found


ANY: dict[str, Callable[[list[Any], pa.DataType], Any]] = {
    "is_null": lambda of, _: of[0] is None,
    "is_not_null": lambda of, _: of[0] is not None,
    "and": lambda of, _: False if False in of else None if None in of else True,
    "or": lambda of, _: _any_true(of),
    "is_in": lambda of, _: None if of[0] is None else any(equal(of[0], other) for other in of[1:]),
    "when": _when,
    "coalesce": lambda of, kind: as_kind(next((one for one in of if one is not None), None), kind),
    "greatest": _extreme(1),
    "least": _extreme(-1),
    "clip": _clip,
    "list.contains": lambda of, _: None if None in of else any(equal(present(one), of[1]) for one in of[0]),
}


def equal(a: Any, b: Any) -> bool:
    return a is not None and bool(compared(a, b)[0] == compared(a, b)[1])


def compared(a: Any, b: Any) -> tuple[Any, Any]:
    """Two values as they compare: beside a float as floats, an instant beside a date as instants."""
    if isinstance(a, float) or isinstance(b, float):
        return float(a), float(b)
    if isinstance(a, dt.datetime) or isinstance(b, dt.datetime):
        return aware(instant(a)), aware(instant(b))
    if isinstance(a, str):
        return a.encode(), b.encode()
    return a, b


# ---- operations of what is there


def _sum(sign: int) -> Callable[[Any, Any], Any]:
    def summed(a: Any, b: Any) -> Any:
        if isinstance(a, float) or isinstance(b, float):
            return float(a) + sign * float(b)
        a, b = instant(a), instant(b)
        return a + b if sign > 0 else a - b

    return summed


def _product(a: Any, b: Any) -> Any:
    if isinstance(a, float) or isinstance(b, float):
        return float(a) * float(b)
    return a * b + 0 if isinstance(a, Decimal) or isinstance(b, Decimal) else a * b


def _quotient(a: Any, b: Any) -> float | None:
    if isinstance(a, dt.timedelta):
        a, b = a // MICRO, b // MICRO
    a, b = float(a), float(b)
    return a / b if b else None


def _rest(a: Any, b: Any) -> Any:
    if not b:
        return None
    return a % b if not (isinstance(a, float) or isinstance(b, float)) else float(a) % float(b)


def _floor_quotient(a: Any, b: Any) -> Any:
    if not b:
        return None
    return a // b if not (isinstance(a, float) or isinstance(b, float)) else float(a) // float(b)


def _compare(name: str) -> Callable[[Any, Any], bool]:
    def compare(a: Any, b: Any) -> bool:
        a, b = compared(a, b)
        return bool(
            {
                "equal": a == b, "not_equal": a != b, "less": a < b, "less_equal": a <= b, "greater": a > b,
                "greater_equal": a >= b,
            }[name]
        )  # fmt: skip

    return compare


PLAIN: dict[str, Callable[..., Any]] = {
    "add": _sum(1),
    "subtract": _sum(-1),
    "multiply": _product,
    "divide": _quotient,
    "modulo": _rest,
    "floor_divide": _floor_quotient,
    "negate": lambda a: 0 - a if isinstance(a, Decimal) else -a,
    "not": lambda a: not a,
    "abs": abs,
    "sign": lambda a: (a > 0) - (a < 0),
    "floor": int,
    "ceil": int,
    "trunc": int,
    "concat": lambda *texts: "".join(texts),
    "str.lower": lambda text: text.lower(),
    "str.upper": lambda text: text.upper(),
    "str.len": len,
    "list.len": len,
    "map.len": len,
    "map.get": lambda pairs, key: next((item for one, item in reversed(pairs) if one == key), None),
    "dt.total_seconds": lambda duration: (duration // MICRO) / 1e6,
    **{name: _compare(name) for name in ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")},
}


def sliced(items: Any, start: int, length: int | None) -> Any:
    begin = max(len(items) + start, 0) if start < 0 else start
    return items[begin:] if length is None else items[begin : begin + length]


OPTIONED: dict[str, Callable[..., Any]] = {
    "str.contains": lambda text, literal: text.find(literal) >= 0,
    "str.starts_with": lambda text, literal: text[: len(literal)] == literal,
    "str.ends_with": lambda text, literal: text[len(text) - len(literal) :] == literal if literal else True,
    "str.replace": lambda text, old, new: new.join(text.split(old)),
    "str.slice": sliced,
    "list.slice": sliced,
    "str.split": lambda text, separator: re.split(re.escape(separator), text),
    "str.matches": lambda text, pattern: any(re.finditer(pattern, text)),
    "str.extract": lambda text, pattern, group: next((one.group(group) for one in re.finditer(pattern, text)), None),
    "str.pad": lambda text, width, side, fill: (
        fill * (width - len(text)) + text if side == "left" else text + fill * (width - len(text))
    ),
    "str.zfill": lambda text, width: (
        text[:1] + "0" * (width - len(text)) + text[1:] if text[:1] in ("+", "-") else "0" * (width - len(text)) + text
    ) if text else "0" * width,
    "list.get": lambda items, index: items[index] if -len(items) <= index < len(items) else None,
}  # fmt: skip


def rounded(a: Any, digits: int) -> Any:
    if not isinstance(a, float):
        unit = 10 ** max(-digits, 0)
        return round(Fraction(int(a), unit)) * unit  # a half goes to even here too
    if math.isinf(a):
        return a
    scale = 10.0 ** abs(digits)
    large = a * scale if digits >= 0 else a / scale
    if math.isinf(large):
        return a
    whole = math.copysign(float(round(large)), large)
    return whole / scale if digits >= 0 else whole * scale


# ---- times


def field(name: str, at: dt.datetime, tz: str | None) -> Any:
    local = at.astimezone(ZoneInfo(tz or "UTC"))
    derived = {
        "date": local.date(),
        "day_of_week": local.weekday(),
        "day_of_year": local.timetuple().tm_yday,
        "week": local.isocalendar()[1],
        "quarter": {1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 6: 2, 7: 3, 8: 3, 9: 3}.get(local.month, 4),
    }
    return derived[name] if name in derived else getattr(local, name)


def truncated(at: Any, unit: str, tz: str | None) -> Any:
    if not isinstance(at, dt.datetime):
        start = EPOCH + begin((instant(at) - EPOCH) // MICRO, unit, "UTC") * MICRO
        return start.date()
    if unit not in PARTS:
        return EPOCH + begin((at - EPOCH) // MICRO, unit, tz or "UTC") * MICRO
    local = at.astimezone(ZoneInfo(tz or "UTC"))
    finer = {
        "microsecond": dt.timedelta(0),
        "millisecond": dt.timedelta(microseconds=local.microsecond % 1000),
        "second": dt.timedelta(microseconds=local.microsecond),
        "minute": dt.timedelta(seconds=local.second, microseconds=local.microsecond),
        "hour": dt.timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond),
    }
    return at - finer[unit]


# ---- casts


def cast(a: Any, have: pa.DataType, want: pa.DataType, *, strict: bool) -> Any:
    try:
        return _cast(a, have, want)
    except (ValueError, ArithmeticError, DoesNotFitError) as error:
        if strict:
            raise DoesNotFitError from error
        return None


def _cast(a: Any, have: pa.DataType, want: pa.DataType) -> Any:
    if pa.types.is_string(want):
        return text_of(a, have)
    if isinstance(a, str):
        return read(a, want)
    if pa.types.is_boolean(want):
        return a != 0
    if pa.types.is_integer(want):
        if not math.isfinite(a) or Fraction(a) != int(a) or not SMALLEST <= int(a) <= LARGEST:
            raise DoesNotFitError
        return int(a)
    if pa.types.is_floating(want):
        return float(a)
    if pa.types.is_decimal(want):
        return decimal(Decimal(repr(a)) if isinstance(a, float) else Decimal(a), want)
    if pa.types.is_date(want):
        return a.date() if isinstance(a, dt.datetime) else a
    return instant(a)


def decimal(exact: Decimal, kind: pa.DataType) -> Decimal:
    scaled = exact * 10**kind.scale
    if not exact.is_finite() or scaled != int(scaled) or abs(int(scaled)) >= 10**kind.precision:
        raise DoesNotFitError
    return Decimal(int(scaled)).scaleb(-kind.scale)


def text_of(a: Any, have: pa.DataType) -> str:
    if isinstance(a, bool):
        return str(a).lower()
    if isinstance(a, dt.datetime):
        shown = a if have.tz is not None else a.replace(tzinfo=None)
        return shown.isoformat()
    if isinstance(a, Decimal):
        return f"{a:.{have.scale}f}"
    return str(a)


def read(text: str, want: pa.DataType) -> Any:
    if pa.types.is_boolean(want):
        if text.isascii() and text.lower() in ("true", "false"):
            return text.lower() == "true"
        raise DoesNotFitError
    if not text.isascii() or text != text.strip() or "_" in text:
        raise DoesNotFitError
    if pa.types.is_integer(want):
        if not SMALLEST <= int(text) <= LARGEST:
            raise DoesNotFitError
        return int(text)
    if pa.types.is_floating(want):
        return float(text)
    if pa.types.is_decimal(want):
        return decimal(Decimal(text), want)
    if pa.types.is_date(want):
        return dt.date(*map(int, text.split("-")))
    at = dt.datetime.fromisoformat(text)
    return aware(at).astimezone(dt.UTC)
