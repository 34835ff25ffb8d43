"""Pipelines within scikit-learn: its checks of estimators, searches, cross-validation, and names of parameters."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

import ropeway as rw
from ropeway import transforms as T

SCALED = rw.Pipeline("scaled")[T.numeric()] >> [T.SimpleImputer(), T.StandardScaler()]


def frame() -> pd.DataFrame:
    random = np.random.default_rng(1)
    made = pd.DataFrame({"x": random.normal(size=120), "c": random.choice(["a", "b", "c"], 120)})
    made["y"] = (made["x"] + (made["c"] == "a") + random.normal(size=120) > 0.3).astype("int64")
    return made


@pytest.mark.filterwarnings("ignore")  # the checks provoke warnings, and look for them
@pytest.mark.parametrize("pipeline", [SCALED, SCALED >> LogisticRegression()], ids=["transforms", "predicts"])
def test_it_passes_the_checks_of_estimators(pipeline: rw.Pipeline) -> None:
    found = check_estimator(rw.SklearnPipeline(pipeline), on_skip=None, on_fail=None)
    assert [one["check_name"] for one in found if one["status"] == "failed"] == []
    assert len(found) > 40


def test_a_search_sets_parameters_of_steps_and_of_the_estimator() -> None:
    rows = frame()
    p = SCALED["c"] >> T.OneHotEncoder(handle_unknown="ignore")
    grid = {
        "estimator__C": [0.01, 1.0],
        "standardscaler__with_std": [True, False],
        "onehotencoder__drop": [None, "first"],
    }
    found = GridSearchCV(rw.SklearnPipeline(p >> LogisticRegression()), grid, cv=3).fit(rows[["x", "c"]], rows["y"])
    assert set(found.best_params_) == set(grid)
    assert found.best_score_ > 0.6
    best = found.best_estimator_
    assert best.predict(rows[["x", "c"]]).tolist() == best.fitted_.predict(rows).tolist()


def test_target_encodings_are_cross_fitted_within_each_fold() -> None:
    random = np.random.default_rng(1)
    rows = pd.DataFrame({"id": random.integers(0, 100, 300).astype(str), "y": random.integers(0, 2, 300)})
    p = (rw.Pipeline("p")["id"] >> T.TargetEncoder()) >> LogisticRegression()
    scores = cross_val_score(rw.SklearnPipeline(p), rows[["id"]], rows["y"], cv=3, scoring="roc_auc")
    assert abs(scores.mean() - 0.5) < 0.12  # an id says nothing of a coin


def test_fit_transform_cross_fits_and_names_come_out() -> None:
    rows = frame()
    p = rw.Pipeline("p")["c"] >> T.TargetEncoder()
    made = rw.SklearnPipeline(p).set_output(transform="pandas")
    assert made.fit_transform(rows[["c"]], rows["y"])["c"].tolist() == p.fit_transform(rows, y="y")["c"].tolist()
    assert made.transform(rows[["c"]])["c"].tolist() == p.fit(rows, y="y").transform(rows)["c"].tolist()
    assert made.get_feature_names_out().tolist() == ["c"]


def test_it_stands_in_a_pipeline_of_scikit_learn() -> None:
    rows = frame()
    made = make_pipeline(rw.SklearnPipeline(SCALED), Ridge()).fit(rows[["x"]], rows["y"])
    assert made.predict(rows[["x"]].head(2)).shape == (2,)


def test_steps_of_one_kind_are_numbered_and_unknown_names_say_what_there_is() -> None:
    p = rw.Pipeline("p")["x"] >> [T.StandardScaler(), rw.Pipeline("q")["x"] >> T.StandardScaler().alias("z")]
    made = rw.SklearnPipeline(p)
    assert made.get_params()["standardscaler-2__with_mean"] is True
    changed = clone(made).set_params(**{"standardscaler-2__with_mean": False})
    assert repr(changed.pipeline).count("with_mean=False") == 1
    assert "with_mean=False" not in repr(made.pipeline)
    with pytest.raises(
        rw.UsageError, match=r"no step 'scaler'. There are: standardscaler-1, standardscaler-2, estimator"
    ):
        made.set_params(scaler__with_mean=False)
    with pytest.raises(
        rw.UsageError, match=r"standardscaler-1 has no parameter 'mean'. It has: ddof, with_mean, with_std"
    ):
        made.set_params(**{"standardscaler-1__mean": False})
