"""Functions as a user would write them, in a module of their own."""

import datetime as dt
import math
import re

import ropeway as rw

LIMIT = 15.0
WORDS = ("late", "cancelled")


def clipped(x: float, low: float) -> float:
    return max(x, low)


@rw.transform(["float64", "int64"], "float64")
def scaled(x: float, n: int) -> float | None:
    if n == 0:
        return None
    return clipped(x, -LIMIT) * math.sqrt(abs(float(n))) if abs(x) < 1e100 else math.nan


@rw.transform(["float64", "bool"], "bool")
def is_late(delay: float, cancelled: bool) -> bool:
    return cancelled or delay > LIMIT


@rw.transform(["string"], "float64")
def number_in(text: str) -> float | None:
    found = re.search(r"\d+", text)
    return None if found is None else float(found[0]) + (text in WORDS)


@rw.transform(["string", "float64"], "string", takes_missing=True)
def label(text: str | None, x: float | None) -> str:
    return "none" if text is None or x is None else f"{text}:{x:.1f}"


@rw.transform(["timestamp"], "int64")
def quarter(at: dt.datetime) -> int | None:
    return (at.month - 1) // 3 + 1 if at > dt.datetime(1900, 1, 1) else None
