"""Cases of counts of categories, and of rare ones as one."""

import category_encoders as ce
import pandas as pd
from feature_engine import encoding as fe

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case
from tests.transforms.catalogue.encoders import of_category_encoders, of_feature_engine

COLUMNS = ("carrier", "dest", "small", "flag")


def _top(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    made = {}
    for name in columns:
        values = sorted(fit[name].dropna().unique())
        best = sorted(values, key=lambda one: -(fit[name] == one).sum())[:2]
        other = "other" if isinstance(best[0], str) else -1
        made[name] = [None if pd.isna(one) else one if one in best else other for one in apply[name]]
    return pd.DataFrame(made)


CASES = [
    Case(T.CountEncoder(), COLUMNS, of_category_encoders(ce.CountEncoder)),
    Case(
        T.CountEncoder(normalize=True, handle_missing="return_nan"), ("dest",),
        of_category_encoders(lambda **some: ce.CountEncoder(normalize=True, handle_missing="return_nan", **some)),
    ),
    Case(
        T.CountFrequencyEncoder(), ("carrier",), of_feature_engine(fe.CountFrequencyEncoder), refuses_missing=True,
    ),
    Case(
        T.CountFrequencyEncoder("frequency", missing_values="ignore"), ("carrier", "dest"),
        of_feature_engine(
            lambda **some: fe.CountFrequencyEncoder("frequency", missing_values="ignore", **some),
        ),
    ),
    Case(
        T.CountFrequencyEncoder(unseen="encode", missing_values="ignore"), ("carrier",),
        of_feature_engine(lambda **some: fe.CountFrequencyEncoder(unseen="encode", **some)),
    ),
    Case(
        T.RareLabelEncoder(tol=0.1, n_categories=2), ("carrier",),
        of_feature_engine(lambda **some: fe.RareLabelEncoder(tol=0.1, n_categories=2, **some)), refuses_missing=True,
    ),
    Case(
        T.RareLabelEncoder(n_categories=2, max_n_categories=2, missing_values="ignore"), ("carrier", "dest"),
        of_feature_engine(
            lambda **some: fe.RareLabelEncoder(n_categories=2, max_n_categories=2, missing_values="ignore", **some),
        ),
    ),
    Case(
        T.RareLabelEncoder(tol=0.2, n_categories=3, replace_with=-1), ("small", "whole"),
        of_feature_engine(
            lambda **some: fe.RareLabelEncoder(tol=0.2, n_categories=3, replace_with=-1, ignore_format=True, **some),
        ),
        refuses_missing=True,
    ),
    Case(T.TopK(2), ("carrier", "dest"), _top),
    Case(T.TopK(2, other=-1), ("small",), _top),
]  # fmt: skip
