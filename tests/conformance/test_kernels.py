"""What every aggregate answers by its compiled kernel is what it answers row by row, in every bit.

Aggregates are found by themselves, with their examples and the types they take. Over windows, of rows in time and of
rows that become known late.
"""

from random import Random
from typing import Any

import pyarrow as pa
import pytest

import ropeway as rw
from ropeway.transforms.aggregates.base import Row
from tests.conformance.test_aggregates import CASES, HOUR, SAMPLES, Case, bits

#: of the queries: windows of some length, and all history
WIDTHS = (2 * HOUR, 4 * HOUR, None)


def backfilled(case: Case, rows: list[Row], late: list[int] | None, times: list[int]) -> list[list[Any]]:
    """By window the answers of the engine at these times."""
    kinds = [SAMPLES[at][0] for at in case.inputs]
    columns = {
        "k": pa.array(["a"] * len(rows)),
        "t": pa.array([row.at for row in rows], pa.timestamp("us")),
        "tie": pa.array([row.ties[0] for row in rows], pa.int64()),
        **{name: pa.array(_values(rows, name), kind) for name, kind in zip(("value", "other"), kinds, strict=False)},
    }
    if late is not None:
        columns["known"] = pa.array(late, pa.timestamp("us"))
    source = rw.Source("s", pa.table(columns), "t", available_at=None if late is None else "known", tiebreak=["tie"])
    first, second = (rw.col(name) if len(case.inputs) > at else None for at, name in enumerate(("value", "other")))
    feature = rw.Feature(case.aggregate, first, other=second)
    features = [
        (feature if width is None else feature.over(f"{width}us")).alias(f"f{at}") for at, width in enumerate(WIDTHS)
    ]
    view = rw.FeatureView("v", rw.Entity("k"), source, features)
    asked = pa.table({"k": ["a"] * len(times), "event_timestamp": pa.array(times, pa.timestamp("us"))})
    answer = rw.backfill(asked, view)
    return [answer[f"v__f{at}"].to_pylist() for at in range(len(WIDTHS))]


def _values(rows: list[Row], name: str) -> list[Any]:
    return [getattr(row, name) for row in rows]


def row_by_row(case: Case, rows: list[Row], late: list[int] | None, t: int, width: int | None) -> Any:
    """The answer of the monoid to the rows of a window that are known."""
    held = [
        row
        for at, row in enumerate(rows)
        if row.at < t and (width is None or row.at >= t - width) and (late is None or late[at] < t)
    ]
    Random(t).shuffle(held)
    return case.aggregate.finish(case.state(held), t)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_kernel_answers_as_the_aggregate_does_row_by_row(case: Case) -> None:
    random = Random(str(case))
    rows = case.draw(random, 24)
    delayed = [row.at + HOUR * random.choice([0, 0, 1, 3]) for row in rows]
    times = [HOUR * at for at in range(9)]
    overflows = case.aggregate.name in ("sum", "vector_sum") and not pa.types.is_floating(case.taken)
    for late in (None, delayed) if case.aggregate.takes_late else (None,):
        if overflows and _overflows(case, rows, late, times):
            continue
        found = backfilled(case, rows, late, times)
        for answers, width in zip(found, WIDTHS, strict=True):
            for t, answer in zip(times, answers, strict=True):
                assert bits(answer) == bits(row_by_row(case, rows, late, t, width)), (t, width, late)


def _overflows(case: Case, rows: list[Row], late: list[int] | None, times: list[int]) -> bool:
    try:
        for t in times:
            for width in WIDTHS:
                row_by_row(case, rows, late, t, width)
    except rw.DataError:
        return True
    return False
