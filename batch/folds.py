"""Folds of training rows: which rows are left out when the others teach an encoding."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ropeway.connectors.arrow_types import plain
from ropeway.transforms.errors import DataError

Ints = npt.NDArray[np.int64]
Kind = Literal["auto", "classes", "rows"]


def by_position(target: pa.ChunkedArray, cv: int, seed: int | None, kind: Kind = "auto") -> Ints:
    """The fold of each row, as scikit-learn's KFold, or StratifiedKFold of a target of classes, deals them.

    seed: shuffles the rows; None leaves them in their order. kind: "classes" gives each fold its share of every class,
    "rows" takes no note of them; "auto" looks at the target. Raises `DataError` for fewer rows than folds.
    """
    size = len(target)
    if size < cv:
        raise DataError(f"{size:,} rows can't be dealt to {cv} folds. Fit on more rows, or take a smaller cv.")
    # numpy's legacy generator, for it is scikit-learn's
    random = None if seed is None else np.random.RandomState(seed)
    if kind == "classes" or (kind == "auto" and is_classes(target)):
        return _stratified(target, cv, random)
    rows = np.arange(size)
    if random is not None:
        random.shuffle(rows)
    made = np.empty(size, np.int64)
    made[rows] = np.repeat(np.arange(cv), [size // cv + (fold < size % cv) for fold in range(cv)])
    return made


def _stratified(target: pa.ChunkedArray, cv: int, random: np.random.RandomState | None) -> Ints:
    """Each class dealt by itself; classes are numbered as they appear, so that the first rows say where to begin."""
    classes, names = pd.factorize(target.to_numpy(), use_na_sentinel=False)
    in_order = np.sort(classes)
    shares = np.array([np.bincount(in_order[fold::cv], minlength=len(names)) for fold in range(cv)])
    made = np.empty(len(classes), np.int64)
    for number in range(len(names)):
        folds = np.arange(cv).repeat(shares[:, number])
        if random is not None:
            random.shuffle(folds)
        made[classes == number] = folds
    return made


def is_classes(target: pa.ChunkedArray) -> bool:
    """Whether a target is of classes: text, booleans, or integers; floats are measures, as in scikit-learn."""
    kind = plain(target.type)
    if pa.types.is_floating(kind):
        values = target.to_numpy()
        return bool((np.rint(values) == values).all())
    return bool(pa.types.is_string(kind) or pa.types.is_boolean(kind) or pa.types.is_integer(kind))


def by_hash(table: pa.Table, cv: int, seed: int | None, kind: Kind = "auto") -> Ints:  # noqa: ARG001  dealt alike
    """The fold of each row by a hash of its values: the same wherever a row stands; equal rows share one.

    `kind` is no matter: what a hash deals has about its share of each class.
    """
    found = np.full(table.num_rows, 0 if seed is None else seed, np.uint64)
    for column in table.columns:
        values = column.cast(pa.int64()) if pa.types.is_temporal(column.type) else column
        if pa.types.is_nested(values.type):
            array = np.array([repr(one) for one in values.to_pylist()], object)
        else:
            array = values.fill_null(0).to_numpy() if pa.types.is_integer(values.type) else values.to_numpy()
        found = pd.util.hash_array(found ^ pd.util.hash_array(array, categorize=False))
    made: Ints = (found % np.uint64(cv)).astype(np.int64)
    return made
