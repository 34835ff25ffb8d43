"""Cases of missing values: where they are, and numbers in their place."""

import pandas as pd
from feature_engine import imputation as fe

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case
from tests.transforms.catalogue.encoders import of_feature_engine

NUMBERS = ("x", "holes", "whole")


def _is_null(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return apply[columns].isna().astype(float).add_suffix("_isnull")


def _first(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    first, second = (apply[name] for name in columns)
    return pd.DataFrame({columns[0]: first.where(first.notna(), second)})


CASES = [
    *[
        Case(
            T.EndTailImputer(method, tail, fold=2), NUMBERS,  # type: ignore[arg-type]
            of_feature_engine(
                lambda method=method, tail=tail, **some: fe.EndTailImputer(method, tail, fold=2, **some),
            ),
        )
        for method, tail in (("gaussian", "right"), ("iqr", "left"), ("max", "right"))
    ],
    Case(
        T.ArbitraryNumberImputer(-7), NUMBERS,
        of_feature_engine(lambda **some: fe.ArbitraryNumberImputer(-7, **some)),
    ),
    Case(T.IsNull(), ("x", "holes", "dest", "at", "tags", "flag"), _is_null),
    Case(T.Coalesce(), ("holes", "small"), _first),
    Case(T.Coalesce(), ("dest", "carrier"), _first),
]  # fmt: skip
