"""Cases of projections."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn import decomposition, kernel_approximation, random_projection

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case, sklearn

NUMBERS = ("x", "y", "z", "positive", "whole")
WIDE = (*NUMBERS, "unit", "small", "label", "lat", "lon", "flag")


def tame(frame: pd.DataFrame) -> pd.DataFrame:
    """Without the values of 1e300, of which the oracle makes nothing."""
    frame["x"] = frame["x"].clip(-1e6, 1e6)
    return frame


def whole_rows(transformer: Any) -> Callable[..., Any]:
    """What a transformer of scikit-learn says of the rows that are whole, fitted on such rows."""

    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        found = sklearn(transformer)(fit.dropna(subset=columns), apply[columns].fillna(0.0), columns)
        found[apply[columns].isna().any(axis=1).to_numpy()] = np.nan
        return pd.DataFrame(found)

    return expected


CASES = [
    # values of 1e6 times a component, which is within 1e-12
    Case(T.PCA(), NUMBERS, sklearn(decomposition.PCA()), within=1e-6, changed=tame),
    Case(
        T.PCA(n_components=2, whiten=True), NUMBERS, sklearn(decomposition.PCA(2, whiten=True)), within=1e-6,
        changed=tame,
    ),
    Case(T.PCA(n_components=0.9), ("x", "y", "holes"), whole_rows(decomposition.PCA(0.9)), within=1e-6, changed=tame),
    Case(T.PCA(n_components=1), ("y", "z", "flag"), sklearn(decomposition.PCA(1)), within=1e-11),
    Case(
        T.TruncatedSVD(n_components=3), ("y", "z", "whole", "small"),
        sklearn(decomposition.TruncatedSVD(3, algorithm="arpack")), within=1e-9,
    ),
    Case(
        T.GaussianRandomProjection(n_components=3, random_state=4), WIDE,
        sklearn(random_projection.GaussianRandomProjection(3, random_state=4)), within=1e-9, changed=tame,
    ),
    Case(
        T.SparseRandomProjection(n_components=3, random_state=4), WIDE,
        sklearn(random_projection.SparseRandomProjection(3, random_state=4)), within=1e-9, changed=tame,
    ),
    Case(
        T.SparseRandomProjection(n_components=2, density=1.0), WIDE,
        sklearn(random_projection.SparseRandomProjection(2, density=1.0, random_state=0)), within=1e-9, changed=tame,
    ),
    Case(
        T.RBFSampler(n_components=4), NUMBERS[1:],
        sklearn(kernel_approximation.RBFSampler(n_components=4, random_state=0)), within=1e-12,
    ),
    Case(
        T.RBFSampler(gamma="scale", n_components=3, random_state=2), ("y", "positive"),
        sklearn(kernel_approximation.RBFSampler(gamma="scale", n_components=3, random_state=2)), within=1e-12,
    ),
]  # fmt: skip
