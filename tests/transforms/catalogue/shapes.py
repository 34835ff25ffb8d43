"""Cases of functions of one number."""

from typing import Any

import numpy as np
import pandas as pd
from feature_engine import transformation as fe
from scipy import special

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case, each, feature_engine

X = ("x", "whole")


def _missing(values: Any) -> pd.Series:
    """numpy's infinite answers at the edge of a domain are missing here."""
    return pd.Series(values).replace([np.inf, -np.inf], np.nan)


def _reciprocal(column: pd.Series) -> pd.Series:
    return pd.Series(np.where(column == 0, np.nan, 1 / column))


CASES = [
    Case(T.Abs(), ("x",), each(np.abs), ulps=0),
    Case(T.Sign(), ("x",), each(np.sign), ulps=0),
    Case(T.Square(), ("x",), each(np.square), ulps=0),
    Case(T.Sqrt(), ("x",), each(np.sqrt), ulps=0),
    Case(T.Exp(), ("x",), each(lambda column: np.exp(column.astype(float)))),
    Case(T.Log(), ("positive", "y"), feature_engine(fe.LogTransformer())),
    Case(T.Log(base="2"), ("x",), each(lambda column: _missing(np.log2(column)))),
    Case(T.Log(base="10"), ("x",), each(lambda column: _missing(np.log10(column)))),
    Case(T.Log1p(), X, each(lambda column: _missing(np.log1p(column)))),
    Case(T.ArcSinh(), ("x",), each(np.arcsinh)),
    Case(T.ArcSinh(loc=3.0, scale=2.0), X, feature_engine(fe.ArcSinhTransformer(loc=3.0, scale=2.0))),
    Case(T.ArcSin(), ("unit",), feature_engine(fe.ArcsinTransformer())),
    Case(T.Reciprocal(), X, each(_reciprocal), ulps=0),
    Case(T.Power(3), ("x",), each(lambda column: np.power(column.astype(float), 3))),
    Case(T.Power(-0.5), ("x", "positive"), each(lambda column: _missing(np.power(column.astype(float), -0.5)))),
    Case(T.Logit(), ("unit", "x"), each(lambda column: _missing(pd.Series(special.logit(column))))),
    Case(T.Sigmoid(), X, each(special.expit)),
    Case(T.Floor(), ("x",), each(np.floor), ulps=0),
    Case(T.Ceil(), ("x",), each(np.ceil), ulps=0),
    Case(T.Round(), ("x", "y"), each(np.round), ulps=0),
    Case(T.Round(2), ("x", "y"), each(lambda column: np.round(column, 2)), ulps=1),
    Case(T.Round(-2), ("x", "y"), each(lambda column: np.round(column, -2)), ulps=1),
    Case(T.Clip(-1, 0.5), ("x", "holes"), each(lambda column: column.clip(-1, 0.5)), ulps=0),
    Case(T.Clip(lower=0), X, each(lambda column: column.clip(lower=0)), ulps=0),
]  # fmt: skip
