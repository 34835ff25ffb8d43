"""Cases of columns that are left out."""

import warnings
from collections.abc import Callable
from typing import Any

import pandas as pd
from sklearn import feature_selection as sk

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case, sklearn

NUMBERS = ("x", "y", "z", "unit", "whole", "small", "flat", "flag")
COUNTS = ("small", "positive", "unit", "flat")


def feature_engine(selector: Any) -> Callable[..., Any]:
    """What a selector of feature_engine keeps."""

    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            kept = list(selector().fit(fit[columns]).transform(apply[columns]))
        return apply[kept]

    return expected


def drop_constant(**parameters: Any) -> Callable[..., Any]:
    from feature_engine.selection import DropConstantFeatures

    return feature_engine(lambda: DropConstantFeatures(**parameters))


def drop_duplicate() -> Any:
    from feature_engine.selection import DropDuplicateFeatures

    return DropDuplicateFeatures(missing_values="ignore")


def drop_correlated() -> Any:
    from feature_engine.selection import DropCorrelatedFeatures

    return DropCorrelatedFeatures(threshold=0.3)


def scored(transformer: Any, y: str) -> Callable[..., Any]:
    """What scikit-learn keeps, which warns of columns without spread."""

    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return sklearn(transformer, y)(fit, apply, columns)

    return expected


def doubled(frame: pd.DataFrame) -> pd.DataFrame:
    frame["again"], frame["last"] = frame["holes"], frame["carrier"]
    frame["nearly"] = frame["x"].where(frame.index != frame.index[-1], 3.25)
    return frame


CASES = [
    Case(T.VarianceThreshold(), NUMBERS, sklearn(sk.VarianceThreshold())),
    Case(T.VarianceThreshold(0.5), (*NUMBERS, "holes"), sklearn(sk.VarianceThreshold(0.5))),
    Case(T.SelectKBest(k=3), NUMBERS, scored(sk.SelectKBest(k=3), "late"), y="late"),
    Case(T.SelectKBest(k="all"), NUMBERS, scored(sk.SelectKBest(k="all"), "late"), y="late"),
    Case(T.SelectKBest("chi2", k=2), COUNTS, scored(sk.SelectKBest(sk.chi2, k=2), "late"), y="late"),
    Case(T.SelectKBest("f_regression", k=2), NUMBERS, scored(sk.SelectKBest(sk.f_regression, k=2), "label"), y="label"),
    Case(T.SelectPercentile(percentile=30), NUMBERS, scored(sk.SelectPercentile(percentile=30), "late"), y="late"),
    Case(
        T.SelectPercentile("f_regression", percentile=50), NUMBERS,
        scored(sk.SelectPercentile(sk.f_regression, percentile=50), "label"), y="label",
    ),
    Case(T.DropConstantFeatures(), ("x", "flat", "carrier"), drop_constant()),
    Case(
        T.DropConstantFeatures(tol=0.3, missing_values="ignore"), ("flag", "dest", "holes", "small"),
        drop_constant(tol=0.3, missing_values="ignore"),
    ),
    Case(
        T.DropConstantFeatures(tol=0.4, missing_values="include"), ("flag", "dest", "carrier"),
        drop_constant(tol=0.4, missing_values="include"),
    ),
    Case(
        T.DropDuplicateFeatures(), ("x", "holes", "nearly", "again", "carrier", "dest", "last"),
        feature_engine(drop_duplicate), changed=doubled,
    ),
    Case(T.DropCorrelatedFeatures(0.3), ("z", "x", "y", "unit", "label", "flat"), feature_engine(drop_correlated)),
]  # fmt: skip
