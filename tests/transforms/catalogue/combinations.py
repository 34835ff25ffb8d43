"""Cases of columns combined."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from feature_engine.creation import MathFeatures, RelativeFeatures
from scipy.spatial import distance

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case, feature_engine, rowwise

FUNCTIONS = ("sum", "mean", "prod", "min", "max", "std", "var", "median")
PLAIN = ("y", "whole", "unit", "positive")


def _math(columns: tuple[str, ...], missing: str = "raise") -> Callable[..., Any]:
    one = MathFeatures(variables=list(columns), func=list(FUNCTIONS), missing_values=missing)
    return feature_engine(one, new=True)


def _kept(columns: tuple[str, ...]) -> Callable[..., Any]:
    """pandas leaves missing values out: here a row with one is missing."""

    def expected(fit: pd.DataFrame, apply: pd.DataFrame, names: list[str]) -> pd.DataFrame:
        made: pd.DataFrame = _math(columns, "ignore")(fit, apply, names)
        return made.mask(apply[names].isna().any(axis=1))

    return expected


def _relative(func: tuple[str, ...], reference: tuple[str, ...], fill: float | None = None) -> Callable[..., Any]:
    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> Any:
        one = RelativeFeatures(
            variables=[name for name in columns if name not in reference], reference=list(reference), func=list(func),
            fill_value=fill, missing_values="ignore",
        )  # fmt: skip
        return feature_engine(one, new=True)(fit, apply, columns)

    return expected


def _pairs(word: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        last = apply[columns[-1]].astype(float)
        with np.errstate(all="ignore"):
            made = {f"{name}_{word}_{columns[-1]}": function(apply[name].astype(float), last) for name in columns[:-1]}
        return pd.DataFrame(made)

    return expected


def _vectors(function: Callable[..., float]) -> Callable[..., Any]:
    return lambda *columns: [
        function(row[: len(row) // 2], row[len(row) // 2 :]) for row in np.column_stack(columns).tolist()
    ]


CASES = [
    Case(T.Ratio(), ("x", "y", "small"), _pairs("div", lambda a, b: a / b.replace(0, np.nan)), ulps=0),
    Case(T.Ratio(fill_value=-1), ("y", "whole"), _pairs("div", lambda a, b: (a / b).where(b != 0, -1.0)), ulps=0),
    Case(T.Difference(), ("x", "holes", "y"), _pairs("sub", lambda a, b: a - b), ulps=0),
    Case(
        T.PctChange(), ("y", "unit", "whole"),
        _pairs("pct", lambda a, b: [
            np.nan if two == 0 else pd.Series([two, one]).pct_change()[1] for one, two in zip(a, b, strict=True)
        ]), ulps=0,
    ),
    Case(T.Compare(">="), ("y", "holes"), _pairs("ge", lambda a, b: (a >= b).where(b.notna())), ulps=0),
    Case(T.Compare("<"), ("y", "small", "whole"), _pairs("lt", lambda a, b: a < b), ulps=0),
    Case(T.Compare("!="), ("small", "whole"), _pairs("ne", lambda a, b: a != b), ulps=0),
    Case(T.MathFeatures(FUNCTIONS), PLAIN, _math(PLAIN), ulps=16, within=1e-12),
    Case(
        T.MathFeatures(FUNCTIONS), ("holes", "y", "positive"), _kept(("holes", "y", "positive")), ulps=16, within=1e-12,
    ),
    Case(
        T.MathFeatures(FUNCTIONS, missing_values="ignore"), ("holes", "y", "positive"),
        _math(("holes", "y", "positive"), "ignore"), ulps=16, within=1e-12,
    ),
    Case(
        T.MathFeatures("sum", new_variables_names=("all",)), ("y", "unit"), rowwise("all", lambda a, b: a + b), ulps=0,
    ),
    Case(
        T.RelativeFeatures(reference=("unit", "whole"), func=("add", "sub", "mul", "pow")),
        ("positive", "unit", "y", "whole"), _relative(("add", "sub", "mul", "pow"), ("unit", "whole")),
    ),
    Case(
        T.RelativeFeatures(reference=("small",), func=("div", "truediv", "floordiv", "mod"), fill_value=-1),
        ("y", "small", "whole"), _relative(("div", "truediv", "floordiv", "mod"), ("small",), -1), ulps=0,
    ),
    Case(
        T.DotProduct(), PLAIN, rowwise("dot_product_{}", _vectors(lambda a, b: float(np.dot(a, b)))), within=1e-12,
    ),
    Case(T.EuclideanDistance(), PLAIN, rowwise("euclidean_distance_{}", _vectors(distance.euclidean))),
    Case(
        T.CosineSimilarity(), PLAIN,
        rowwise("cosine_similarity_{}", _vectors(lambda a, b: 1 - distance.cosine(a, b))), within=1e-15,
    ),
]  # fmt: skip
