"""A function tried where it is declared: compiled and plain, on values at the ends and some between."""

from __future__ import annotations

import itertools
import math
import random
from typing import Any

import pyarrow as pa

from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.functions.compiled import Body

#: rows on which both are compared
ROWS = 300

_FLOATS = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.5, 1e-9, 1e9, 5e-324, 1.7e308, -1.7e308, math.inf, -math.inf, math.pi)
_INTS = (0, 1, -1, 2, 3, 7, -5, 100, 2**31, -(2**31), 2**53 + 1, 2**63 - 1, -(2**63))


def tried(name: str, body: Body, inputs: tuple[pa.DataType, ...], output: pa.DataType) -> None:
    """Raise `DeclarationError` for a row on which the compiled function and the one in Python differ."""
    if body.rows is None:
        return
    for values in _rows(inputs):
        plain, compiled = _answer(body.plain, values), _answer(body.one, values)
        if not _same(plain, compiled, output):
            shown = ", ".join(map(repr, values))
            raise DeclarationError(
                f"{name}({shown}): Python gives {_shown(plain)}, and compiled it gives {_shown(compiled)}. Guard the "
                f"function against such values (a missing answer is None or NaN), or declare it with compiled=False."
            )


def _rows(inputs: tuple[pa.DataType, ...]) -> list[tuple[Any, ...]]:
    some = random.Random(1)  # noqa: S311  the same rows each time
    pools = [_pool(kind, some) for kind in inputs]
    ends = [pool[: 15 if len(inputs) < 3 else 4] for pool in pools]
    rows = list(itertools.islice(itertools.product(*ends), ROWS))
    while len(rows) < ROWS:
        rows.append(tuple(some.choice(pool) for pool in pools))
    return rows


def _pool(kind: pa.DataType, some: random.Random) -> list[Any]:
    if pa.types.is_floating(kind):
        return [*_FLOATS, *(some.gauss(0, 10.0 ** some.randint(-3, 6)) for _ in range(60))]
    if pa.types.is_boolean(kind):
        return [False, True]
    return [*_INTS, *(some.randint(-1000, 1000) for _ in range(60))]


def _answer(function: Any, values: tuple[Any, ...]) -> Any:
    try:
        return function(*values)
    except Exception as error:  # noqa: BLE001  what it raises is its answer
        return error


def _same(plain: Any, compiled: Any, output: pa.DataType) -> bool:
    if isinstance(plain, Exception) or isinstance(compiled, Exception):
        return isinstance(plain, Exception) and isinstance(compiled, Exception)
    one, other = _as(plain, output), _as(compiled, output)
    return one is other or (one == other and math.copysign(1, one) == math.copysign(1, other))


def _as(value: Any, output: pa.DataType) -> Any:
    """A value as the output's type holds it; what it can't hold stays."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if pa.types.is_floating(output):
        return float(value)
    return int(value) if float(value) == value or isinstance(value, int) else value


def _shown(answer: Any) -> str:
    return f"{type(answer).__name__} ({answer})" if isinstance(answer, Exception) else repr(answer)
