"""What selections of columns refuse, and their scores where rows are missing."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_selection import chi2, f_classif

import ropeway as rw
from ropeway import transforms as T
from ropeway.transforms.catalogue.selection import _chi2, _f_classif, _f_regression
from ropeway.transforms.statistics import GroupedMoments
from ropeway.transforms.statistics.products import Crossed


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: T.VarianceThreshold(-1), "expected a number, 0 or more"),
        (lambda: T.SelectKBest(k=0), "expected a whole number"),
        (lambda: T.SelectKBest("f_class"), "expected 'f_classif' or"),  # type: ignore[arg-type]
        (lambda: T.SelectPercentile(percentile=0), "above 0, up to 100"),
        (lambda: T.DropConstantFeatures(tol=2), "expected a share"),
        (lambda: T.DropConstantFeatures(missing_values="drop"), "expected 'raise' or"),  # type: ignore[arg-type]
        (lambda: T.DropCorrelatedFeatures(threshold=2), "from 0 to 1"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_is_declared(declare: Any, message: str) -> None:
    with pytest.raises(rw.DeclarationError, match=message):
        declare()


def fitted(transform: Any, frame: pd.DataFrame, y: str | None = None) -> Any:
    return (rw.Pipeline("p")[[one for one in frame if one != y]] >> transform).fit(frame, y=y)


def test_values_of_which_nothing_can_be_made_are_refused() -> None:
    with pytest.raises(rw.DataError, match="keeps none of the columns x"):
        fitted(T.VarianceThreshold(), pd.DataFrame({"x": [1.0, 1.0]}))
    with pytest.raises(rw.DataError, match="1 values are missing"):
        fitted(T.DropConstantFeatures(), pd.DataFrame({"x": [1.0, None, 2.0]}))
    with pytest.raises(rw.DataError, match="chi2 takes counts, and some are below 0"):
        fitted(T.SelectKBest("chi2"), pd.DataFrame({"x": [1.0, -1.0], "y": [0, 1]}), "y")
    with pytest.raises(rw.SchemaError, match=r"column 'x': values of list<.*> are not compared"):
        fitted(T.DropConstantFeatures(), pd.DataFrame({"x": [[1], [2]]}))


def test_scores_leave_out_rows_without_a_class_or_a_value() -> None:
    random = np.random.default_rng(0)
    classes = random.choice(["a", "b", "c"], 200).astype(object)
    values = random.integers(0, 9, 200).astype(float)
    classes[3], values[5] = None, np.nan
    whole = np.array([one is not None for one in classes]) & ~np.isnan(values)
    frame = pd.DataFrame({"x": values, "y": classes})
    assert fitted(T.SelectKBest(), frame, "y").names == ("x",)
    found = GroupedMoments().finish(GroupedMoments().of([classes, values])).known[:3]
    kept, of = values[whole].reshape(-1, 1), classes[whole].astype(str)
    assert _f_classif(found) == pytest.approx(f_classif(kept, of)[0][0], rel=1e-12)
    assert _chi2(found) == pytest.approx(chi2(kept, of)[0][0], rel=1e-12)


def test_columns_without_spread_have_no_score() -> None:
    def of(values: list[float]) -> Any:
        classes = np.array(["a", "a", "b", "b"])
        return GroupedMoments().finish(GroupedMoments().of([classes, np.array(values)])).known

    assert np.isnan(_f_classif(of([0.1] * 4)))
    assert _f_classif(of([0.1, 0.1, 0.2, 0.2])) == np.inf
    assert np.isnan(_f_classif(of([1.0, 2.0, 1.0, 2.0])[:1]))
    assert np.isnan(_chi2(of([0.0] * 4)))
    flat = Crossed(3, np.zeros(2), np.array([[0.0, 0.0], [0.0, 2.0]]), np.zeros((2, 2)))
    assert _f_regression(flat).tolist() == [0.0]
    line = Crossed(3, np.zeros(2), np.array([[4.0, 4.0], [4.0, 4.0]]), np.zeros((2, 2)))
    assert _f_regression(line).tolist() == [np.finfo(float).max]
