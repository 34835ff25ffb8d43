"""What is no transformer that can be kept, and columns that it was not fitted on."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import preprocessing
from sklearn.feature_extraction.text import CountVectorizer

import ropeway as rw
from ropeway import transforms as T

FRAME = pd.DataFrame({"x": [1.0, 2.0, 4.0], "y": [0.0, 1.0, 0.0]})
SCALER = preprocessing.StandardScaler().fit(FRAME)


def own(values: Any) -> Any:
    return values


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (preprocessing.StandardScaler, "expected a fitted transformer"),
        (5, "expected a fitted transformer"),
        (preprocessing.StandardScaler(), "has not been fitted"),
        (CountVectorizer().fit(["a word"]), "was not fitted on columns"),
        (preprocessing.FunctionTransformer(own).fit(FRAME), "can't be kept in a file: the estimator holds tests"),
    ],
)
def test_what_can_not_be_kept_is_refused_where_it_is_declared(given: Any, message: str) -> None:
    with pytest.raises(rw.DeclarationError, match=message):
        T.Wrap(given)


def test_other_columns_than_those_it_was_fitted_on_are_refused() -> None:
    for columns, message in ((["y", "x"], "fitted on x, y, in this order; got y, x"), (["x"], "fitted on x, y")):
        with pytest.raises(rw.SchemaError, match=message):
            (rw.Pipeline("p")[columns] >> T.Wrap(SCALER)).fit(FRAME)
    with pytest.raises(rw.SchemaError, match="fitted on 2 columns; got 1: x"):
        (rw.Pipeline("p")["x"] >> T.Wrap(preprocessing.StandardScaler().fit(FRAME.to_numpy()))).fit(FRAME)
    frame = pd.DataFrame({"x": pd.to_datetime(["2013-01-01"]), "y": [1.0]})
    with pytest.raises(rw.SchemaError, match=r"column 'x': expected numbers or text, got timestamp"):
        (rw.Pipeline("p")["x", "y"] >> T.Wrap(SCALER)).fit(frame)


def test_what_it_refuses_is_an_error_of_the_data() -> None:
    fitted = (rw.Pipeline("p")["x"] >> T.Wrap(preprocessing.PolynomialFeatures().fit(FRAME[["x"]]))).fit(FRAME)
    message = r"rows such as .*nan.* are refused by scikit-learn"
    with pytest.raises(rw.DataError, match=message):
        fitted.row()({"x": None})
    with pytest.raises(rw.DataError, match=message):
        fitted.transform(pd.DataFrame({"x": [np.nan]}))


def test_a_transformer_that_does_not_name_its_outputs_is_refused() -> None:
    silent: Any = preprocessing.FunctionTransformer(validate=True)  # does not name its outputs
    names = silent.fit(FRAME)
    with pytest.raises(rw.SchemaError, match="does not say how many outputs it has"):
        (rw.Pipeline("p")["x", "y"] >> T.Wrap(names)).fit(FRAME)


def test_what_is_done_to_the_transformer_later_does_not_show() -> None:
    scaler = preprocessing.StandardScaler().fit(FRAME)
    wrapped = T.Wrap(scaler)
    scaler.fit(FRAME * 100)
    made = (rw.Pipeline("p")["x", "y"] >> wrapped).fit(FRAME)
    assert np.array_equal(made.transform(FRAME), SCALER.transform(FRAME))
    assert repr(wrapped) == "Wrap(StandardScaler())"
