"""Counts, rare categories and contrasts: what they refuse, in words."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import ropeway as rw
from ropeway import transforms as T

FRAME = pd.DataFrame({"to": ["b", "a", None], "n": [1.0, -0.0, 0.0], "flag": [True, False, True]})


def fit(transform: Any, *columns: str) -> Any:
    return (rw.Pipeline("p")[list(columns or ("to",))] >> transform).fit(FRAME)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: T.CountFrequencyEncoder("share"), "expected 'count' or 'frequency'"),  # type: ignore[arg-type]
        (lambda: T.RareLabelEncoder(tol=2), "expected tol to be a number, from 0 to 1"),
        (lambda: T.RareLabelEncoder(n_categories=-1), "n_categories"),
        (lambda: T.RareLabelEncoder(max_n_categories=0), "max_n_categories"),
        (lambda: T.TopK(0), "whole number, 1 or more"),
        (lambda: T.BaseNEncoder(base=0), "a base of 1 or more"),
        (lambda: T.BinaryEncoder(base=3), "expected base 2"),
    ],
)
def test_parameters_without_a_meaning_are_refused(make: Any, says: str) -> None:
    with pytest.raises(rw.DeclarationError, match=says):
        make()


def test_what_stands_for_others_is_of_the_type_of_the_column() -> None:
    with pytest.raises(rw.SchemaError, match="'Rare' is no value of double"):
        fit(T.RareLabelEncoder(), "n")
    with pytest.raises(rw.SchemaError, match="booleans have no third value"):
        fit(T.TopK(other=True), "flag")


@pytest.mark.parametrize(
    "transform",
    [
        T.CountFrequencyEncoder(), T.RareLabelEncoder(), T.CountEncoder(handle_missing="error"),
        T.SumEncoder(handle_missing="error"),
    ],
    ids=repr,
)  # fmt: skip
def test_missing_values_are_refused_where_they_are_fitted(transform: Any) -> None:
    with pytest.raises(rw.DataError, match="missing values"):
        fit(transform)


def test_unseen_categories_are_refused_by_their_names() -> None:
    made = fit(T.CountFrequencyEncoder(unseen="raise", missing_values="ignore"))
    with pytest.raises(rw.DataError, match="'z'"):
        made.transform(pd.DataFrame({"to": ["a", "z"]}))


def test_both_zeros_are_one_category() -> None:
    assert fit(T.CountEncoder(), "n").transform(FRAME)["n"].tolist() == [1.0, 2.0, 2.0]
    assert fit(T.TopK(1, other=5.0), "n").transform(FRAME)["n"].tolist() == [5.0, 0.0, 0.0]
    assert fit(T.TopK(1, other=5.0), "n").row()({"n": -0.0}).tobytes() == np.zeros(1).tobytes()


def test_too_many_columns_are_refused() -> None:
    with pytest.raises(rw.DataError, match="40 categories would be 39 columns, more than 30"):
        (rw.Pipeline("p")["x"] >> T.PolynomialEncoder()).fit(pd.DataFrame({"x": range(40)}))


def test_a_single_category_has_no_contrast() -> None:
    made = (rw.Pipeline("p")["x", "y"] >> T.HelmertEncoder()).fit(pd.DataFrame({"x": ["a", "a"], "y": ["a", "b"]}))
    assert made.names == ("y_0",)
