"""Holds the answers of all runners against each other, and some against the naive oracle of the tests."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tests.oracle import Wanted, same
from tests.oracle import answers as naive

# Running sums of floats differ in their last digits; ropeway's are exact, and must agree in every bit.
NEAR = 1e-9
EXACT = ("ropeway_local", "ropeway_spark")


class DisagreementError(Exception):
    """Two runners give different answers to the same question."""


@dataclass(frozen=True)
class Question:
    """What the oracle is asked of one table of events; `wanted` is by the name of the feature."""

    events: Path
    keys: tuple[str, ...]
    wanted: Mapping[str, Wanted]
    time: str | None = "time"
    available: str | None = None
    tiebreak: tuple[str, ...] = ()


def agree(
    answers: Mapping[str, pa.Table],
    features: Sequence[str],
    rounded: Callable[[str], bool],
    exact: tuple[str, ...] = EXACT,
) -> None:
    """Raises `DisagreementError` unless all are equal; `exact` names those that must be equal in every bit.

    The others may differ in the last digits of those features that are `rounded`.
    """
    (first, wanted), *others = answers.items()
    for name, table in others:
        same = name in exact and first in exact
        for feature in ("id", *features):
            left, right = wanted.column(feature), table.column(feature)
            close = rounded(feature) and not same
            if not (_close(left, right) if close else _equal(left, right)):
                raise DisagreementError(f"{feature} of {name} differs from that of {first}{_example(left, right)}")


def agree_with_oracle(answers: pa.Table, queries: Path, questions: Sequence[Question], sample: int) -> None:
    """Raises `DisagreementError` unless the first `sample` answers are those of a naive loop: in every bit, but for
    those that the oracle itself gives as near."""
    asked = rows(pq.read_table(queries).sort_by("id").slice(0, sample))
    for question in questions:
        of_key = _by_key(question, asked)
        time = question.time or "time"
        for name, wanted in question.wanted.items():
            found = _micros(answers.column(name)).slice(0, sample).to_pylist()
            for query, answer in zip(asked, found, strict=True):
                events = of_key.get(tuple(query[key] for key in question.keys), [])
                keys = {key: key for key in question.keys}
                (right,) = naive(
                    wanted, [query], events, keys=keys, time=time, query_time="time",
                    available=question.available, tiebreak=question.tiebreak,
                )  # fmt: skip
                if not same(answer, right):
                    raise DisagreementError(f"{name} of query {query['id']} is {answer!r}; the oracle says {right!r}")


def _by_key(question: Question, asked: Sequence[Mapping[str, Any]]) -> dict[tuple[Any, ...], list[dict[str, Any]]]:
    """The events of the keys that are asked for; those of a static table happened before all else."""
    events = pq.read_table(question.events)
    first = question.keys[0]
    keys = pa.array(sorted({query[first] for query in asked if query[first] is not None}))
    found: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for event in rows(events.filter(pc.is_in(events.column(first), keys.cast(events.column(first).type)))):
        row = event if question.time else {**event, "time": 0}
        found.setdefault(tuple(row[key] for key in question.keys), []).append(row)
    return found


def rows(table: pa.Table) -> list[dict[str, Any]]:
    """The rows of a table, times as microseconds."""
    columns = {name: _micros(table.column(name)) for name in table.column_names}
    made: list[dict[str, Any]] = pa.table(columns).to_pylist()
    return made


def _micros(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column


def _equal(left: pa.ChunkedArray, right: pa.ChunkedArray) -> bool:
    return bool(left.combine_chunks().equals(right.cast(left.type).combine_chunks()))


def _close(left: pa.ChunkedArray, right: pa.ChunkedArray) -> bool:
    """Null in the same places, and no value further off than a running sum may be."""
    if not left.is_valid().equals(right.is_valid()):
        return False
    one, other = left.drop_null().to_numpy(), right.drop_null().to_numpy()
    return bool(np.allclose(one, other, rtol=NEAR, atol=NEAR))


def _example(left: pa.ChunkedArray, right: pa.ChunkedArray) -> str:
    pairs = enumerate(zip(left.to_pylist(), right.to_pylist(), strict=False))
    for row, (one, other) in pairs:
        if not _near(one, other):
            return f": query {row}: {other!r}, not {one!r}"
    return f": {len(right)} rows and {len(left)} rows, or in the last bits"


def _near(one: Any, other: Any) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=NEAR, abs_tol=NEAR)
    return bool(one == other)
