"""Cases of learned limits."""

from collections.abc import Callable
from typing import Any

import pandas as pd
from feature_engine.outliers import Winsorizer
from feature_engine.transformation import LogCpTransformer

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case, feature_engine

NUMBERS = ("x", "whole", "holes", "positive")


def _winsorizer(**parameters: Any) -> Callable[..., pd.DataFrame]:
    one = feature_engine(Winsorizer(missing_values="ignore", **parameters))

    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        made: pd.DataFrame = one(fit, apply, columns)
        # of a missing value feature_engine says that it was not capped; here it is not known
        of_holes = made.filter(like="holes").mask(apply["holes"].isna())
        return made.assign(**{str(name): of_holes[name] for name in of_holes})

    return expected


CASES = [
    Case(T.Winsorizer(), NUMBERS, _winsorizer(), within=1e-12),
    Case(
        T.Winsorizer("iqr", tail="both", fold=0.5, add_indicators=True), NUMBERS,
        _winsorizer(capping_method="iqr", tail="both", fold=0.5, add_indicators=True),
    ),
    Case(
        T.Winsorizer("quantiles", tail="left", add_indicators=True), NUMBERS,
        _winsorizer(capping_method="quantiles", tail="left", add_indicators=True),
    ),
    Case(T.Winsorizer("mad", tail="both"), NUMBERS, _winsorizer(capping_method="mad", tail="both")),
    Case(T.Winsorizer("mad"), ("flat", "small"), apart="test_outliers.py: feature_engine raises of the first"),
    Case(T.LogCp(), ("y", "positive", "small"), feature_engine(LogCpTransformer())),
    Case(T.LogCp(60, base="10"), ("whole",), feature_engine(LogCpTransformer(C=60, base="10"))),
]  # fmt: skip
