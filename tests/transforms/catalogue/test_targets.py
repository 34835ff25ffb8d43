"""Encoders that learn from a target: training rows as scikit-learn encodes them, and what is refused."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import preprocessing as sk
from sklearn.model_selection import KFold, StratifiedKFold

import ropeway as rw
from ropeway import transforms as T
from tests.transforms.catalogue.frames import training

COLUMNS = ["carrier", "small"]


@pytest.mark.parametrize(("y", "stratified"), [("label", False), ("late", True), ("small", True), ("dest", True)])
@pytest.mark.parametrize("seed", [0, None])
def test_training_rows_are_encoded_as_scikit_learn_encodes_them(y: str, stratified: bool, seed: int | None) -> None:
    frame = training().dropna(subset=["dest"]).reset_index(drop=True)
    columns = ["carrier", "flag"]
    cv = (StratifiedKFold if stratified else KFold)(4, shuffle=seed is not None, random_state=seed)
    wanted = sk.TargetEncoder(cv=cv).fit_transform(frame[columns], frame[y])
    made = (rw.Pipeline("p")[columns] >> T.TargetEncoder(cv=4, random_state=seed)).fit_transform(frame, y=y)
    np.testing.assert_allclose(made.to_numpy(), wanted, rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: T.TargetEncoder(smooth=-1), "smooth=-1"),
        (lambda: T.TargetEncoder(cv=1), "2 or more"),
        (lambda: T.TargetEncoder(random_state=-1), "random_state"),
        (lambda: T.TargetEncoder(target_type="text"), "expected 'auto' or 'continuous'"),  # type: ignore[arg-type]
    ],
)
def test_parameters_without_a_meaning_are_refused(make: Any, says: str) -> None:
    with pytest.raises(rw.DeclarationError, match=says):
        make()


def test_targets_that_do_not_fit_are_refused() -> None:
    frame = training()

    def fit(transform: Any, y: Any) -> None:
        (rw.Pipeline("p")["flag"] >> transform).fit(frame, y=y)

    with pytest.raises(
        rw.SchemaError, match="expected a target of numbers or booleans, and 'carrier' is of type string"
    ):
        fit(T.TargetEncoder(target_type="continuous"), "carrier")
    with pytest.raises(rw.SchemaError, match="is of type timestamp"):
        fit(T.TargetEncoder(), "at")
    with pytest.raises(rw.DataError, match="expected two classes, and the target has 5"):
        fit(T.TargetEncoder(target_type="binary"), "carrier")
    with pytest.raises(rw.DataError, match="has fractions"):
        fit(T.TargetEncoder(target_type="multiclass"), "label")
    with pytest.raises(rw.DataError, match=r"2,000 different whole numbers: 0, 1, 2, 3, 4, .*target_type='continuous'"):
        (rw.Pipeline("p")["x"] >> T.TargetEncoder()).fit(pd.DataFrame({"x": ["a"] * 2000}), y=np.arange(2000))
    with pytest.raises(rw.SchemaError, match="for each of 1 columns"):
        fit(T.TargetEncoder(categories=[["a"], ["b"]]), "label")
