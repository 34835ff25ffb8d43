"""Folds of training rows: which rows are left out when the others teach an encoding."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ropeway.connectors.arrow_types import plain

Ints = npt.NDArray[np.int64]


def by_position(target: pa.ChunkedArray, cv: int, seed: int | None) -> Ints:
    """The fold of each row, as scikit-learn's KFold, or StratifiedKFold of a target of classes, deals them.

    seed: shuffles the rows; None leaves them in their order.
    """
    from sklearn.model_selection import KFold, StratifiedKFold

    values = target.to_numpy()
    kind = StratifiedKFold if is_classes(target) else KFold
    made = np.empty(len(values), np.int64)
    split = kind(cv, shuffle=seed is not None, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a class of fewer rows than folds is missing from some: that is fine here
        for fold, (_, rows) in enumerate(split.split(np.empty((len(values), 0)), values)):
            made[rows] = fold
    return made


def is_classes(target: pa.ChunkedArray) -> bool:
    """Whether a target is of classes: text, booleans, or integers; floats are measures, as in scikit-learn."""
    kind = plain(target.type)
    if pa.types.is_floating(kind):
        values = target.to_numpy()
        return bool((np.rint(values) == values).all())
    return bool(pa.types.is_string(kind) or pa.types.is_boolean(kind) or pa.types.is_integer(kind))


def by_hash(table: pa.Table, cv: int, seed: int | None) -> Ints:
    """The fold of each row by a hash of its values: the same wherever a row stands; equal rows share one."""
    found = np.full(table.num_rows, 0 if seed is None else seed, np.uint64)
    for column in table.columns:
        values = column.cast(pa.int64()) if pa.types.is_temporal(column.type) else column
        array = values.fill_null(0).to_numpy() if pa.types.is_integer(values.type) else values.to_numpy()
        found = pd.util.hash_array(found ^ pd.util.hash_array(array, categorize=False))
    made: Ints = (found % np.uint64(cv)).astype(np.int64)
    return made
