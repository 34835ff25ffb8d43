"""Cases of columns made for straight models."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy.fft import dct, idct
from sklearn import preprocessing as sk

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case, each, sklearn


def _in_range(frame: pd.DataFrame) -> pd.DataFrame:
    """Without the extremes of x, of which products and polynomials are infinite and scikit-learn refuses them."""
    return frame.assign(x=frame["x"].clip(-6, 6))


def _inside(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(x=frame["x"].clip(-2, 2))


def _splines(**parameters: Any) -> Callable[..., Any]:
    return sklearn(sk.SplineTransformer(**parameters))


def _vectors(function: Callable[[np.ndarray], np.ndarray]) -> Callable[..., pd.DataFrame]:
    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        made = function(apply[columns].to_numpy(np.float64))
        return pd.DataFrame(made, columns=[f"dct_{at}" for at in range(len(columns))])

    return expected


def _interaction(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    a, b, c, d, e = columns
    return pd.DataFrame({
        f"{a}:{one}:{other}": apply[a] * apply[one] * apply[other] for one in (b, c) for other in (d, e)
    })  # fmt: skip


CASES = [
    Case(T.PolynomialFeatures(), ("x", "y", "small"), sklearn(sk.PolynomialFeatures()), ulps=0, changed=_in_range),
    Case(
        T.PolynomialFeatures((2, 4), include_bias=False), ("x", "y"),
        sklearn(sk.PolynomialFeatures((2, 4), include_bias=False)), ulps=0, changed=_in_range,
    ),
    Case(
        T.PolynomialFeatures(3, interaction_only=True), ("x", "y", "whole", "unit"),
        sklearn(sk.PolynomialFeatures(3, interaction_only=True)), ulps=0,
    ),
    Case(T.SplineTransformer(), ("x", "y", "flat"), _splines(), within=1e-15),
    Case(
        T.SplineTransformer(4, knots="quantile", include_bias=False, extrapolation="linear"), ("x", "small"),
        _splines(n_knots=4, knots="quantile", include_bias=False, extrapolation="linear"), within=1e-13,
    ),
    Case(
        T.SplineTransformer(6, degree=1, extrapolation="linear"), ("x",),
        _splines(n_knots=6, degree=1, extrapolation="linear"), within=1e-13,
    ),
    Case(
        T.SplineTransformer(4, degree=2, extrapolation="continue"), ("x", "y"),
        _splines(n_knots=4, degree=2, extrapolation="continue"), within=1e-12, changed=_in_range,
    ),
    Case(
        T.SplineTransformer(5, extrapolation="periodic"), ("x", "y", "unit"),
        _splines(n_knots=5, extrapolation="periodic"), within=1e-13, changed=_in_range,
    ),
    Case(
        T.SplineTransformer(knots=(-2.0, 0.0, 1.0, 2.0), extrapolation="error"), ("x",),
        _splines(knots=np.array([[-2.0], [0.0], [1.0], [2.0]]), extrapolation="error"), within=1e-15, changed=_inside,
    ),
    Case(
        T.SplineTransformer(handle_missing="zeros"), ("holes", "x"), _splines(handle_missing="zeros"), within=1e-15,
    ),
    Case(T.Interaction(sizes=(1, 2, 2)), ("whole", "y", "unit", "positive", "holes"), _interaction),
    Case(T.ElementwiseProduct((3.0,)), ("holes",), each(lambda column: column * 3.0), ulps=0),
    Case(T.DCT(), ("y", "unit", "whole", "small", "positive"), _vectors(lambda a: dct(a, norm="ortho")), within=1e-13),
    Case(
        T.DCT(inverse=True), ("y", "unit", "whole"), _vectors(lambda a: idct(a, norm="ortho")), within=1e-13,
    ),
]  # fmt: skip
