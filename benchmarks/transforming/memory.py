"""The memory that `transform` of numbers takes, beside its input and its output."""

import argparse
from typing import Any

import pandas as pd
import pyarrow as pa

import ropeway as rw
from benchmarks.transforming import data, marks
from ropeway import transforms as T

#: in what the numbers come: an Arrow table, a pandas frame of columns, or one over a numpy array of rows
FRAMES = ("arrow", "pandas", "numpy")
COLUMNS = 10


def figures(asked: argparse.Namespace) -> dict[str, Any]:
    """Bytes of the input, and of what was taken beyond it, output and all."""
    frame = data.frame("numbers", asked.rows, COLUMNS)
    fitted = (rw.Pipeline("memory")[list(frame)] >> [T.SimpleImputer(), T.StandardScaler()]).fit(frame.head(10_000))
    fitted.transform(frame.head(100_000))
    if asked.line == "arrow":
        given: Any = pa.table({name: frame[name].to_numpy() for name in frame})
    elif asked.line == "numpy":
        given = pd.DataFrame(frame.to_numpy(copy=True, dtype="float64").copy("C"), columns=list(frame), copy=False)
    else:
        given = frame
    del frame
    size = asked.rows * COLUMNS * 8
    before = marks.lowered()
    made = fitted.transform(given)
    over = marks.highest() - before
    assert len(made) == len(given)
    return {"input": size, "over": over}
