"""Microseconds of one row through a pipeline: `fitted.row()`, and scikit-learn's `transform` of one row."""

import argparse
import time
from collections.abc import Callable
from typing import Any

from benchmarks.transforming import data, stages

#: pipelines by name: of ropeway, of scikit-learn, and their rows
PIPELINES: dict[str, tuple[Callable[[], Any], Callable[[], Any], Callable[[], Any]]] = {
    "numbers": (stages.fifty, stages.fifty_of_sklearn, stages.numbers),
    "mixed": (stages.thirty, stages.thirty_of_sklearn, stages.mixed),
}
RUNNERS = ("ropeway", "sklearn_array", "sklearn_frame")
_ROUNDS = 5


def figures(asked: argparse.Namespace) -> dict[str, Any]:
    """The microseconds of a call, the best of five rounds over all rows or a second."""
    ours, theirs, rows = PIPELINES[asked.line]
    frame = rows()
    y = data.target("label", len(frame))
    if asked.runner == "ropeway":
        row = ours().fit(frame, y=y).row()
        return {"micros": _best(row, frame.to_dict("records"), asked.seconds)}
    if asked.runner == "sklearn_frame":
        fitted = theirs().fit(frame, y)
        given = [frame.iloc[at : at + 1] for at in range(len(frame))]
    else:
        whole = frame.to_numpy()
        fitted = stages.placed(theirs(), frame).fit(whole, y)
        given = [whole[at : at + 1] for at in range(len(frame))]
    return {"micros": _best(fitted.transform, given, asked.seconds)}


def _best(call: Callable[[Any], Any], given: list[Any], seconds: float) -> float:
    best = float("inf")
    for one in given[:50]:
        call(one)
    for _ in range(_ROUNDS):
        begun, done = time.perf_counter(), 0
        for one in given:
            call(one)
            done += 1
            if done % 20 == 0 and time.perf_counter() - begun > seconds / _ROUNDS:
                break
        best = min(best, (time.perf_counter() - begun) / done)
    return best * 1e6
