"""Drawings: whole SVG, everything in it, nothing from elsewhere."""

from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest

import ropeway as rw
from ropeway import transforms as T

FRAME = pd.DataFrame({"x<1>": [1.0, 2.0, 3.0, 9.0], "c": ["a", "b", "a", "b"], "y": [0, 1, 0, 1]})


def pipeline() -> rw.Pipeline:
    p = rw.Pipeline("a & b")["x<1>"] >> [T.SimpleImputer(), T.StandardScaler().alias("z")]
    p = p["z"] >> T.MinMaxScaler().alias("unit")
    return p["c"] >> (rw.Pipeline("inner")["c"] >> T.OneHotEncoder())


def texts(svg: str) -> list[str]:
    root = ET.fromstring(svg)
    return [one.text or "" for one in root.iter("{http://www.w3.org/2000/svg}text")]


def test_a_pipeline_draws_its_lines_and_those_inside() -> None:
    p = pipeline()
    assert texts(p._repr_html_()) == [
        "x<1>", "SimpleImputer()", "StandardScaler() as z", "z", "MinMaxScaler() as unit", "c", "Pipeline inner", "c",
        "OneHotEncoder()",
    ]  # fmt: skip
    assert "http" not in p._repr_html_().replace("http://www.w3.org/2000/svg", "")


def test_a_fitted_one_shows_what_comes_out_and_its_model(tmp_path: Path) -> None:
    from sklearn.linear_model import LinearRegression

    fitted = (pipeline() >> LinearRegression()).fit(FRAME, y="y")
    shown = texts(fitted.plot().svg)
    assert "(read by another line)" in shown
    assert "c_a, c_b" in shown
    assert shown[-1] == "LinearRegression"
    fitted.plot().save(tmp_path / "p.svg")
    assert (tmp_path / "p.svg").read_text() == fitted._repr_html_()


def test_importances_are_told_by_column() -> None:
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.linear_model import LinearRegression

    p = rw.Pipeline("p")["x<1>"] >> T.StandardScaler()
    p = p["c"] >> T.OneHotEncoder()
    p = p["x<1>", "c"] >> T.HashedCross(n_bins=5)
    fitted = (p >> LinearRegression()).fit(FRAME, y="y")
    of = np.abs(fitted.estimator.coef_)
    found = fitted.importance().set_index("column")
    assert found["importance"].to_dict() == pytest.approx({"x<1>": of[0] + of[3] / 2, "c": of[1] + of[2] + of[3] / 2})
    assert found["outputs"].to_dict() == {"x<1>": 2, "c": 3}
    assert found["importance"].is_monotonic_decreasing
    assert texts(fitted.plot_feature_importance(top=1).svg)[0] == found.index[0]
    forest = RandomForestRegressor(3, random_state=1).fit(fitted.transform(FRAME).to_numpy(), FRAME["y"])
    assert fitted.importance(forest)["importance"].sum() == pytest.approx(1.0)


def test_a_model_that_says_nothing_or_is_of_other_columns_is_refused() -> None:
    from sklearn.linear_model import LinearRegression
    from sklearn.neighbors import KNeighborsRegressor

    fitted = (rw.Pipeline("p")["x<1>"] >> T.StandardScaler()).fit(FRAME)
    with pytest.raises(rw.UsageError, match="give the model that was trained"):
        fitted.importance()
    with pytest.raises(rw.UsageError, match="neither feature_importances_ nor coef_"):
        fitted.importance(KNeighborsRegressor())
    other = LinearRegression().fit(np.ones((3, 2)), [1, 2, 3])
    with pytest.raises(rw.UsageError, match="trained on 2 columns, and pipeline 'p' gives 1"):
        fitted.importance(other)
