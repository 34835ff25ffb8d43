"""Folds of training rows are those of scikit-learn, which is not needed to deal them."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.model_selection import KFold, StratifiedKFold

import ropeway as rw
from ropeway import transforms as T
from ropeway.batch.folds import Kind, by_hash, by_position

RANDOM = np.random.default_rng(0)
TARGETS = {
    "measures": RANDOM.normal(size=103),
    "two classes": RANDOM.integers(0, 2, 103),
    "whole floats": RANDOM.integers(0, 3, 103).astype(float),
    "text": RANDOM.choice(["late", "early", "on time", "once"], 103, p=[0.6, 0.2, 0.19, 0.01]),
    "booleans": RANDOM.random(103) < 0.1,
}


@pytest.mark.parametrize("seed", [None, 0, 7])
@pytest.mark.parametrize("cv", [2, 5])
@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_folds_are_those_of_scikit_learn(target: Any, cv: int, seed: int | None) -> None:
    column = pa.chunked_array([pa.array(target)])
    measures = target.dtype.kind == "f" and bool((target % 1).any())
    kinds: list[tuple[Kind, Any]] = [("rows", KFold)] if measures else [("rows", KFold), ("classes", StratifiedKFold)]
    for kind, splitter in kinds:
        wanted = np.empty(len(target), np.int64)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a class of fewer rows than folds
            split = splitter(cv, shuffle=seed is not None, random_state=seed).split(target, target)
            for fold, (_, rows) in enumerate(split):
                wanted[rows] = fold
        assert by_position(column, cv, seed, kind).tolist() == wanted.tolist()
    assert by_position(column, cv, seed).tolist() == by_position(column, cv, seed, kinds[-1][0]).tolist()


def test_fewer_rows_than_folds_are_refused() -> None:
    frame = pd.DataFrame({"to": ["JFK", "EWR"], "y": [1.0, 2.0]})
    with pytest.raises(rw.DataError, match="2 rows can't be dealt to 5 folds"):
        (rw.Pipeline("p")["to"] >> T.TargetEncoder()).fit(frame, y="y")


def test_a_hash_deals_rows_with_lists_too() -> None:
    table = pa.table({"tags": [["a"], None, ["a"]], "x": [1.0, 2.0, 1.0]})
    folds = by_hash(table, 3, 0).tolist()
    assert folds[0] == folds[2]
