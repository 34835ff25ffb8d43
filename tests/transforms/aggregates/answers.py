"""What aggregates answer by numpy, Python's own counting and sorting, or the compiled kernels: one judge for each.

A judge is given an aggregate, the type of its input, rows in no order, the time asked for, and the answer.
"""

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from ropeway.transforms.aggregates import Aggregate
from ropeway.transforms.aggregates.base import Row
from ropeway.transforms.columns import column_of
from ropeway.transforms.hashing import value_hashes
from ropeway.transforms.kernels import sketch
from tests.oracle import missing, order

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
Judge = Callable[[Any, pa.DataType, Sequence[Row], int, Any], None]


def in_time(rows: Sequence[Row], skip_null: bool = True) -> list[Any]:
    """Values from the oldest to the newest, None where missing."""
    ranked = sorted(rows, key=lambda row: (row.at, row.ties, order(row.value)))
    values = [None if missing(row.value) else row.value for row in ranked]
    return [value for value in values if not (skip_null and value is None)]


def present(rows: Sequence[Row]) -> list[Any]:
    return sorted((row.value for row in rows if not missing(row.value)), key=order)


def numbers(rows: Sequence[Row]) -> list[float]:
    return [float(value) for value in present(rows)]


def near(wanted: float | None) -> Any:
    return None if wanted is None else pytest.approx(wanted, rel=1e-9, abs=1e-9, nan_ok=True)


# ---- times and lists


def time_since_last(aggregate: Aggregate, taken: pa.DataType, rows: Sequence[Row], t: int, answer: Any) -> None:
    ats = [row.at for row in rows if not missing(row.value)]
    assert answer == ((t - max(ats)) / 1e6 if ats else None)


def time_since_first(aggregate: Aggregate, taken: pa.DataType, rows: Sequence[Row], t: int, answer: Any) -> None:
    ats = [row.at for row in rows if not missing(row.value)]
    assert answer == ((t - min(ats)) / 1e6 if ats else None)


def session_start(aggregate: Any, taken: pa.DataType, rows: Sequence[Row], t: int, answer: Any) -> None:
    ats = sorted(row.at for row in rows)
    begins = [
        at for before, at in zip([None, *ats], ats, strict=False) if before is None or at - before > aggregate.micros
    ]
    assert answer == (EPOCH + dt.timedelta(microseconds=begins[-1]) if begins else None)


def same_list(answer: Any, wanted: list[Any]) -> None:
    assert repr(answer) == repr(wanted or None)


def first_n(aggregate: Any, taken: pa.DataType, rows: Sequence[Row], t: int, answer: Any) -> None:
    same_list(answer, in_time(rows, aggregate.skip_null)[: aggregate.n])


def last_n(aggregate: Any, taken: pa.DataType, rows: Sequence[Row], t: int, answer: Any) -> None:
    same_list(answer, in_time(rows, aggregate.skip_null)[::-1][: aggregate.n])


def top_n(aggregate: Any, taken: pa.DataType, rows: Sequence[Row], t: int, answer: Any) -> None:
    same_list(answer, present(rows)[::-1][: aggregate.n])


def bottom_n(aggregate: Any, taken: pa.DataType, rows: Sequence[Row], t: int, answer: Any) -> None:
    same_list(answer, present(rows)[: aggregate.n])


def longest_streak(aggregate: Aggregate, taken: pa.DataType, rows: Sequence[Row], t: int, answer: Any) -> None:
    held = in_time(rows)
    runs = [len(list(run)) for holds, run in groupby(held) if holds]
    assert answer == (max(runs, default=0) if held else None)


# ---- tallies


def ranked(rows: Sequence[Row]) -> list[tuple[Any, int]]:
    """Each value and how often it is there, the most frequent first."""
    counts = Counter(0.0 if value == 0.0 and isinstance(value, float) else value for value in present(rows))
    return sorted(counts.items(), key=lambda item: (-item[1], order(item[0])))


def count_distinct(aggregate: Aggregate, taken: pa.DataType, rows: Sequence[Row], t: int, answer: Any) -> None:
    assert answer == len(ranked(rows))


def mode(aggregate: Aggregate, taken: pa.DataType, rows: Sequence[Row], t: int, answer: Any) -> None:
    assert repr(answer) == repr(ranked(rows)[0][0] if ranked(rows) else None)


def mode_share(aggregate: Aggregate, taken: pa.DataType, rows: Sequence[Row], t: int, answer: Any) -> None:
    assert answer == (ranked(rows)[0][1] / len(present(rows)) if present(rows) else None)


def entropy(aggregate: Aggregate, taken: pa.DataType, rows: Sequence[Row], t: int, answer: Any) -> None:
    shares = [count / len(present(rows)) for _, count in ranked(rows)]
    assert answer == (near(-sum(p * math.log(p) for p in shares)) if shares else None)
    assert answer is None or (answer > 0.0 if len(shares) > 1 else repr(answer) == "0.0")


def histogram(aggregate: Any, taken: pa.DataType, rows: Sequence[Row], t: int, answer: Any) -> None:
    same_list(answer, ranked(rows)[: aggregate.n])


def approx_count_distinct(aggregate: Any, taken: pa.DataType, rows: Sequence[Row], t: int, answer: Any) -> None:
    """By the kernels, to the number: the row path has its own hash."""
    values = [row.value for row in rows if not missing(row.value)]
    highest = np.zeros(1 << aggregate.precision, np.int64)
    for hashed in value_hashes(column_of(pa.array(values, taken))) if values else ():
        register, rank = sketch.place(hashed, aggregate.precision)
        highest[register] = max(highest[register], rank)
    registers = np.bincount(highest, minlength=sketch.RANKS)
    assert answer == sketch.estimate(registers, aggregate.precision)
    assert aggregate.precision < 12 or answer == len(ranked(rows))


# ---- quantiles and powers


def quantile(aggregate: Any, taken: pa.DataType, rows: Sequence[Row], t: int, answer: Any) -> None:
    held = numbers(rows)
    if not any(map(math.isinf, held)):  # of which numpy says NaN, but not always
        assert answer == (near(float(np.quantile(held, aggregate.level))) if held else None)


def central(held: Sequence[float], power: int) -> float:
    return float(np.mean((np.array(held) - np.mean(held)) ** power))


def skew(aggregate: Aggregate, taken: pa.DataType, rows: Sequence[Row], t: int, answer: Any) -> None:
    held = numbers(rows)
    wanted: float | None = None
    if any(map(math.isinf, held)):
        wanted = math.nan
    elif len(set(held)) > 1:
        wanted = central(held, 3) / central(held, 2) ** 1.5
    assert answer == near(wanted)


def kurtosis(aggregate: Aggregate, taken: pa.DataType, rows: Sequence[Row], t: int, answer: Any) -> None:
    held = numbers(rows)
    wanted: float | None = None
    if any(map(math.isinf, held)):
        wanted = math.nan
    elif len(set(held)) > 1:
        wanted = central(held, 4) / central(held, 2) ** 2 - 3
    assert answer == near(wanted)


def trend(aggregate: Aggregate, taken: pa.DataType, rows: Sequence[Row], t: int, answer: Any) -> None:
    held = [(row.at / 86400e6, float(row.value)) for row in rows if not missing(row.value)]
    wanted: float | None = None
    if len({day for day, _ in held}) > 1:
        infinite = any(math.isinf(value) for _, value in held)
        wanted = math.nan if infinite else float(np.polyfit([day for day, _ in held], [x for _, x in held], 1)[0])
    assert answer == near(wanted)


def pairs(rows: Sequence[Row]) -> list[tuple[float, float]]:
    return [(float(row.value), float(row.other)) for row in rows if not missing(row.value) and not missing(row.other)]


def correlation(aggregate: Aggregate, taken: pa.DataType, rows: Sequence[Row], t: int, answer: Any) -> None:
    held = pairs(rows)
    wanted: float | None = None
    if any(math.isinf(x) or math.isinf(y) for x, y in held):
        wanted = math.nan
    elif len({x for x, _ in held}) > 1 and len({y for _, y in held}) > 1:
        wanted = float(np.corrcoef([x for x, _ in held], [y for _, y in held])[0, 1])
    assert answer == near(wanted)


def weighted_mean(aggregate: Aggregate, taken: pa.DataType, rows: Sequence[Row], t: int, answer: Any) -> None:
    held = pairs(rows)
    above, below = sum(x * w for x, w in held), sum(w for _, w in held)
    assert answer == near(above / below if below else None)


# ---- vectors


def by_place(rows: Sequence[Row], answer: Any, of: Callable[[list[Any]], Any]) -> None:
    vectors = [row.value for row in rows if row.value is not None]
    wanted = [[one for one in place if not missing(one)] for place in zip(*vectors, strict=True)]
    assert repr(answer) == repr([of(place) if place else None for place in wanted] or None)


def _sum(place: list[Any]) -> Any:
    return math.fsum(place) if isinstance(place[0], float) else sum(place)


def vector_sum(aggregate: Aggregate, taken: pa.DataType, rows: Sequence[Row], t: int, answer: Any) -> None:
    by_place(rows, answer, _sum)


def vector_mean(aggregate: Aggregate, taken: pa.DataType, rows: Sequence[Row], t: int, answer: Any) -> None:
    vectors = [row.value for row in rows if row.value is not None]
    wanted = [[float(one) for one in place if not missing(one)] for place in zip(*vectors, strict=True)]
    assert (answer or []) == [near(float(np.mean(place))) if place else None for place in wanted]


def vector_max(aggregate: Aggregate, taken: pa.DataType, rows: Sequence[Row], t: int, answer: Any) -> None:
    by_place(rows, answer, lambda place: max(place, key=order))


ANSWERS: dict[str, Judge] = {
    judge.__name__: judge
    for judge in (
        session_start, time_since_last, time_since_first, first_n, last_n, top_n, bottom_n, longest_streak,
        count_distinct, mode, mode_share, entropy, histogram, approx_count_distinct, quantile, skew, kurtosis,
        trend, correlation, weighted_mean, vector_sum, vector_mean, vector_max,
    )
} | {"median": quantile}  # fmt: skip
