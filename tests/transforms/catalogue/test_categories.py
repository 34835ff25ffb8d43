"""Encoders of categories: ties and limits as scikit-learn has them, and what they refuse."""

from typing import Any

import pandas as pd
import pytest
from sklearn import preprocessing as sk

import ropeway as rw
from ropeway import transforms as T

FRAME = pd.DataFrame({"to": ["b", "a", "c", "d", "b", "a", "c", "e"], "n": [1, 2, 3, 4, 1, 2, 3, 4]})


def fit(transform: Any, *columns: str) -> Any:
    return (rw.Pipeline("p")[list(columns or ("to",))] >> transform).fit(FRAME)


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6])
def test_of_equally_frequent_categories_the_same_ones_are_rare_as_in_scikit_learn(limit: int) -> None:
    made = fit(T.OneHotEncoder(max_categories=limit)).transform(FRAME)
    wanted = sk.OneHotEncoder(max_categories=limit, sparse_output=False).fit(FRAME[["to"]])
    assert list(made) == list(wanted.get_feature_names_out())
    assert made.to_numpy().tolist() == wanted.transform(FRAME[["to"]]).tolist()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: T.OneHotEncoder(drop="last"), "expected None or 'first' or 'if_binary'"),
        (lambda: T.OneHotEncoder(categories="all"), "categories are 'auto'"),
        (lambda: T.OneHotEncoder(categories=["a", "b"]), "'a' is none"),
        (lambda: T.OneHotEncoder(categories=[["a", "a"]]), "expected different categories"),
        (lambda: T.OrdinalEncoder(categories=[[None, "a"]]), "is the last one"),
        (lambda: T.OneHotEncoder(min_frequency=0), "number of rows from 1 on"),
        (lambda: T.OneHotEncoder(max_categories=0), "max_categories is a whole number"),
        (lambda: T.OrdinalEncoder(unknown_value=-1), "exactly where handle_unknown"),
    ],
)
def test_parameters_without_a_meaning_are_refused(make: Any, says: str) -> None:
    with pytest.raises(rw.DeclarationError, match=says):
        make()


@pytest.mark.parametrize(
    ("transform", "says"),
    [
        (T.OneHotEncoder(categories=[["a"], ["b"]]), "a list of categories for each of 1 columns, got 2"),
        (T.OneHotEncoder(drop=["a", "b"]), "a category to drop for each of 1 columns"),
        (T.OneHotEncoder(categories=[[1, 2]]), "are no values of string"),
    ],
)
def test_parameters_that_do_not_fit_the_columns_are_refused(transform: Any, says: str) -> None:
    with pytest.raises(rw.SchemaError, match=says):
        fit(transform)


@pytest.mark.parametrize(
    ("transform", "says"),
    [
        (T.OneHotEncoder(drop=["z"]), "'z' is to be dropped"),
        (T.OneHotEncoder(drop=["e"], min_frequency=2), "'e' is infrequent"),
        (T.OneHotEncoder(categories=[["a", "b"]]), "the rows have 'c', 'd', 'e'"),
        (
            T.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=2),
            "unknown_value=2 is the number of a category",
        ),
    ],
)
def test_rows_that_do_not_fit_the_parameters_are_refused(transform: Any, says: str) -> None:
    with pytest.raises(rw.DataError, match=says):
        fit(transform)


def test_categories_of_numbers_rise() -> None:
    with pytest.raises(rw.SchemaError, match="must rise"):
        fit(T.OrdinalEncoder(categories=[[2, 1, 3, 4]]), "n")


def test_an_unknown_category_is_named_with_its_column() -> None:
    made = fit(T.OrdinalEncoder())
    with pytest.raises(rw.DataError, match=r"'z'.*no category of column 'to'"):
        made.row()({"to": "z"})
