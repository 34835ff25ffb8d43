"""`fit` and `transform` of one line, of ropeway or of scikit-learn: seconds, and memory beyond input and output."""

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

import ropeway as rw
from benchmarks.transforming import data, marks
from benchmarks.transforming.lines import LINES, Line

#: what transforms a frame, and what fits, and then gives it
Transforms = Callable[[pd.DataFrame], Any]
Fit = Callable[[], Transforms]

RUNS = 3
_WARM = 500


def figures(asked: argparse.Namespace) -> dict[str, Any]:
    line = LINES[asked.line]
    act = ropeway if asked.runner == "ropeway" else sklearn
    frame, y = data.frame(line.kind, asked.rows, line.columns), data.target(line.y, asked.rows)
    warm, some = frame.head(_WARM), None if y is None else y[:_WARM]
    act(line, warm, some)()(warm)  # kernels and libraries are loaded
    taken, over, fitted = _timed(act(line, frame, y), asked.seconds)
    made = _timed(lambda: fitted(frame), asked.seconds)
    return {"fit": taken, "fit_over": over, "transform": made[0], "transform_over": made[1] - size(made[2])}


def ropeway(line: Line, frame: pd.DataFrame, y: Any) -> Fit:
    """What fits, and then gives what transforms."""
    pipeline = rw.Pipeline("line")[list(frame)] >> line.transform

    def fit() -> Transforms:
        return pipeline.fit(frame, y=y).transform

    return fit


def sklearn(line: Line, frame: pd.DataFrame, y: Any) -> Fit:
    """The same of scikit-learn, dense."""

    def fit() -> Transforms:
        text = line.kind == "text"
        fitted = clone(line.transformer).fit(frame[frame.columns[0]] if text else frame, y)

        def transform(some: pd.DataFrame) -> Any:
            made = fitted.transform(some[some.columns[0]] if text else some)
            return made.toarray() if hasattr(made, "toarray") else made

        return transform

    return fit


def size(made: Any) -> int:
    """The bytes of an answer; of values of Python only their addresses."""
    return int(made.memory_usage(index=False).sum()) if isinstance(made, pd.DataFrame) else int(np.asarray(made).nbytes)


def _timed(work: Callable[[], Any], seconds: float) -> tuple[list[float], int, Any]:
    """The seconds of each run, the most memory that one took, and the last answer."""
    taken: list[float] = []
    over, made = 0, None
    while len(taken) < RUNS and sum(taken) < seconds:
        made = None  # the one before is dropped first
        before = marks.lowered()
        begun = time.perf_counter()
        made = work()
        taken.append(time.perf_counter() - begun)
        over = max(over, marks.highest() - before)
    return taken, over, made
