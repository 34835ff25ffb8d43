"""Cases of transforms to another distribution."""

import numpy as np
import pandas as pd
from scipy import stats
from sklearn import preprocessing as sk

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case, sklearn

NUMBERS = ("y", "z", "whole", "holes", "positive")
#: exponents differ by as much as scikit-learn's search leaves open
NEAR = 1e-6


def _tame(frame: pd.DataFrame) -> pd.DataFrame:
    """Without numbers of which a power differs by more than its exponent does."""
    return frame.assign(x=frame["x"].clip(-10, 10))


def _share(offset: float, ranks: np.ndarray, size: int) -> np.ndarray:
    return (ranks - offset) / (size + 1 - 2 * offset)


def _ranks(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str], offset: float) -> pd.DataFrame:
    made = {}
    for name in columns:
        seen = fit[name].dropna().astype(float).tolist()
        ranks = stats.rankdata(seen)
        of = dict(zip(seen, ranks, strict=True))
        found = [of.get(one, sum(other < one for other in seen) + 0.5) for one in apply[name].astype(float)]
        made[name] = np.where(apply[name].isna(), np.nan, _share(offset, np.array(found), len(seen)))
    return pd.DataFrame(made)


CASES = [
    Case(T.PowerTransformer(), NUMBERS, sklearn(sk.PowerTransformer()), within=NEAR),
    Case(
        T.PowerTransformer(standardize=False), ("x", "flat"), sklearn(sk.PowerTransformer(standardize=False)),
        within=NEAR, changed=_tame,
    ),
    Case(
        T.PowerTransformer(method="box-cox"), ("positive", "y", "unit"), sklearn(sk.PowerTransformer(method="box-cox")),
        within=NEAR,
    ),
    Case(
        T.QuantileTransformer(), ("x", "holes", "small", "flat"), sklearn(sk.QuantileTransformer(subsample=None)),
        within=1e-15,
    ),
    Case(
        T.QuantileTransformer(17), ("x", "whole", "small"),
        sklearn(sk.QuantileTransformer(n_quantiles=17, subsample=None)),
        within=1e-15,
    ),
    Case(
        T.QuantileTransformer(50, output_distribution="normal"), ("x", "holes", "small", "flat"),
        sklearn(sk.QuantileTransformer(n_quantiles=50, output_distribution="normal", subsample=None)),
        within=1e-13, ulps=64,
    ),
    Case(
        T.RankNorm(), ("x", "holes", "small"),
        lambda fit, apply, columns: _ranks(fit, apply, columns, 0.375).apply(stats.norm.ppf), within=1e-14,
    ),
    Case(
        T.RankNorm(output_distribution="uniform", offset=0.0), ("x", "small", "flat"),
        lambda fit, apply, columns: _ranks(fit, apply, columns, 0.0),
    ),
]  # fmt: skip
