"""Encoders of category_encoders on the rows that they learned from, and what they refuse."""

import warnings
from typing import Any

import category_encoders as ce
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import ropeway as rw
from ropeway import transforms as T
from ropeway.batch.folds import by_position
from tests.transforms.catalogue.frames import training


def fit(transform: Any, columns: list[str], y: Any = "label", frame: pd.DataFrame | None = None) -> Any:
    return (rw.Pipeline("p")[columns] >> transform).fit(training() if frame is None else frame, y=y)


def trained(transform: Any, columns: list[str], y: str) -> pd.DataFrame:
    made: pd.DataFrame = (rw.Pipeline("p")[columns] >> transform).fit_transform(training(), y=y)
    return made


@pytest.mark.parametrize(
    "transform",
    [
        T.MEstimateEncoder(cv=3), T.JamesSteinEncoder(cv=3), T.QuantileEncoder(cv=3, random_state=None),
        T.CatBoostEncoder(cv=3), T.WOEEncoder(cv=3), T.OrderedOrdinalEncoder(cv=3),
    ],
    ids=repr,
)  # fmt: skip
def test_a_training_row_is_encoded_by_other_folds_than_its_own(transform: Any) -> None:
    columns = ["carrier", "dest", "small"]
    made = trained(transform, columns, "late")
    folds = by_position(pa.chunked_array([pa.array(training()["late"])]), 3, transform.random_state)
    frame = training()
    for fold in range(3):
        others = fit(transform, columns, "late", frame[folds != fold].reset_index(drop=True))
        wanted = others.transform(frame[folds == fold])
        pd.testing.assert_frame_equal(made[folds == fold], wanted, rtol=1e-12)


def _objects(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype(object).where(frame.notna(), np.nan)


def test_leaving_out_the_row_itself_is_what_category_encoders_does() -> None:
    columns = ["carrier", "dest", "small"]
    frame = _objects(training()[columns])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = ce.LeaveOneOutEncoder(cols=columns).fit_transform(frame, training()["label"])
    made = trained(T.LeaveOneOutEncoder(), columns, "label")
    pd.testing.assert_frame_equal(made, wanted.astype(float), rtol=1e-9)
    nan = trained(T.LeaveOneOutEncoder(handle_missing="return_nan"), ["dest"], "label")["dest"]
    assert nan.isna().tolist() == training()["dest"].isna().tolist()


@pytest.mark.parametrize("order", ["at", "x", "row"])
def test_catboost_learns_from_the_rows_before(order: str) -> None:
    frame = training().copy()
    frame["row"] = np.random.default_rng(0).permutation(len(frame))
    made = (rw.Pipeline("p")["carrier", "dest", order] >> T.CatBoostEncoder(a=2, order=order)).fit_transform(
        frame, y="label"
    )
    rows = frame.sort_values(order)
    some = _objects(rows[["carrier", "dest"]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = ce.CatBoostEncoder(cols=["carrier", "dest"], a=2).fit_transform(some, rows["label"])
    pd.testing.assert_frame_equal(made, wanted.loc[frame.index].astype(float), rtol=1e-9)


def test_rows_of_one_moment_know_nothing_of_each_other() -> None:
    frame = pd.DataFrame({"to": ["a", "a", "a", None], "day": [1, 1, 2, None], "y": [1.0, 0.0, 1.0, 0.0]})
    p = rw.Pipeline("p")["to", "day"] >> T.CatBoostEncoder(order="day")
    assert p.fit_transform(frame, y="y")["to"].tolist() == [0.5, 0.5, 0.5, 0.5]
    nan = rw.Pipeline("p")["to", "day"] >> T.CatBoostEncoder(order="day", handle_missing="return_nan")
    assert nan.fit_transform(frame, y="y")["to"].isna().tolist() == [False, False, False, True]
    row = p.fit(frame, y="y").row()
    assert row({"to": "a"}).tolist() == [0.625]  # serving needs no order


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: T.MEstimateEncoder(m=-1), "expected m to be a number, 0 or more"),
        (lambda: T.MEstimateEncoder(handle_unknown="ignore"), "expected 'value' or 'return_nan' or 'error'"),  # type: ignore[arg-type]
        (lambda: T.MEstimateEncoder(cv=0), "2 or more"),
        (lambda: T.JamesSteinEncoder(model="binary"), "'independent' or 'pooled' or 'beta'"),  # type: ignore[arg-type]
        (lambda: T.QuantileEncoder(quantile=2), "from 0 to 1"),
        (lambda: T.WOEEncoder(regularization="no"), "expected regularization"),  # type: ignore[arg-type]
        (lambda: T.WOEEncoder(fill_value=0), "expected fill_value"),
        (lambda: T.CatBoostEncoder(order=""), "the name of a column"),
    ],
)
def test_parameters_without_a_meaning_are_refused(make: Any, says: str) -> None:
    with pytest.raises(rw.DeclarationError, match=says):
        make()


def test_targets_and_columns_that_do_not_fit_are_refused() -> None:
    with pytest.raises(rw.SchemaError, match="a target of numbers or booleans"):
        fit(T.MEstimateEncoder(), ["dest"], "carrier")
    with pytest.raises(rw.DataError, match="a target of 0 and 1, both of them"):
        fit(T.WOEEncoder(), ["dest"], "small")
    with pytest.raises(rw.DataError, match="the same in all rows of 'a'"):
        fit(
            T.WOEEncoder(regularization=0, cv=2),
            ["to"],
            "y",
            pd.DataFrame({"to": ["a", "a", "b", "b"], "y": [1, 1, 0, 1]}),
        )
    with pytest.raises(rw.SchemaError, match="the order 'at' is none of its columns: dest"):
        fit(T.CatBoostEncoder(order="at"), ["dest"])
    with pytest.raises(rw.SchemaError, match="an order of times or numbers, got string"):
        fit(T.CatBoostEncoder(order="carrier"), ["dest", "carrier"])


def test_categories_that_are_refused_are_named() -> None:
    with pytest.raises(rw.DataError, match="it has missing values"):
        fit(T.MEstimateEncoder(handle_missing="error"), ["dest"])
    made = fit(T.MEstimateEncoder(handle_unknown="error"), ["carrier", "dest"])
    assert made.row()({"carrier": "AA", "dest": None})[1] == made.row()({"carrier": "AA", "dest": float("nan")})[1]
    with pytest.raises(rw.DataError, match=r"'new'.*none of the categories of column 'carrier'"):
        made.row()({"carrier": "new", "dest": "JFK"})
    with pytest.raises(rw.DataError, match=r"None.*none of the categories of column 'carrier'"):
        fit(T.MEstimateEncoder(handle_missing="error"), ["carrier"]).row()({"carrier": None})
