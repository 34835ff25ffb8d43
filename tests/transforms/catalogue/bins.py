"""Cases of bins."""

import math
from bisect import bisect_right
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from feature_engine.discretisation import GeometricWidthDiscretiser
from sklearn import preprocessing as sk

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case, each, feature_engine, sklearn
from tests.transforms.catalogue.crosses import _bits, _mixed

SPLITS = (-1.0, 0.0, 0.5, 2.0)
KBINS = ("x", "y", "whole", "small", "flat")


def _bucket(value: float, outside: float, missing: float) -> float:
    if math.isnan(value):
        return missing
    if not SPLITS[0] <= value <= SPLITS[-1]:
        return outside
    return float(min(bisect_right(SPLITS, value) - 1, len(SPLITS) - 2))


def _buckets(outside: float, missing: float) -> Callable[..., Any]:
    return each(lambda column: [_bucket(one, outside, missing) for one in column.astype(float)])


def _kbins(**parameters: Any) -> Callable[..., Any]:
    return sklearn(sk.KBinsDiscretizer(subsample=None, **parameters))


def _ramps(bins: int, *, clip: bool) -> Callable[..., Any]:
    """Gorishniy et al. 2022, equation 1, row by row."""

    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        made = {}
        for name in columns:
            edges = np.unique(np.nanquantile(fit[name], np.linspace(0, 1, bins + 1)))
            edges = edges if len(edges) > 1 else np.array([edges[0], edges[0] + 1])
            last = len(edges) - 2
            for at in range(last + 1):
                shares = []
                for value in apply[name].astype(float):
                    share = (value - edges[at]) / (edges[at + 1] - edges[at])
                    share = 0.0 if share < 0 and (clip or at > 0) else share
                    shares.append(1.0 if share > 1 and (clip or at < last) else share)
                made[f"{name}_{at}"] = shares
        return pd.DataFrame(made)

    return expected


def _hashed(value: Any) -> float:
    return math.nan if pd.isna(value) else float(_mixed(3 ^ _mixed(_bits(value))) % 97)


CASES = [
    Case(T.Binarizer(), ("x", "whole"), sklearn(sk.Binarizer()), ulps=0),
    Case(T.Binarizer(threshold=100), ("holes",), each(lambda c: np.where(c.isna(), np.nan, c > 100)), ulps=0),
    Case(T.Bucketizer((-1e301, 0.0, 1e301)), ("x", "holes"), each(lambda c: np.where(c.isna(), c, c >= 0)), ulps=0),
    Case(T.Bucketizer(SPLITS, handle_invalid="skip"), ("x", "unit", "holes"), _buckets(math.nan, math.nan), ulps=0),
    Case(T.Bucketizer(SPLITS, handle_invalid="keep"), ("x", "small", "holes"), _buckets(3.0, 3.0), ulps=0),
    Case(
        T.Bucketizer((-math.inf, 0.0, 100.0, math.inf)), ("x", "y"),
        each(lambda c: np.searchsorted([0.0, 100.0], c, side="right")), ulps=0,
    ),
    Case(T.KBinsDiscretizer(), KBINS, _kbins(encode="onehot-dense"), ulps=0),
    Case(
        T.KBinsDiscretizer(7, encode="ordinal", strategy="uniform"), KBINS,
        _kbins(n_bins=7, encode="ordinal", strategy="uniform"), ulps=0,
    ),
    Case(
        T.KBinsDiscretizer(4, encode="ordinal", strategy="kmeans"), ("y", "whole", "positive", "small", "flat"),
        _kbins(n_bins=4, encode="ordinal", strategy="kmeans"), ulps=0,
    ),
    Case(
        T.KBinsDiscretizer(9, strategy="kmeans"), ("small", "positive"), _kbins(n_bins=9, strategy="kmeans"), ulps=0,
    ),
    *(
        Case(
            T.KBinsDiscretizer(6, encode="ordinal", quantile_method=method), ("y", "small", "positive"),
            _kbins(n_bins=6, encode="ordinal", quantile_method=method), ulps=0,
        )
        for method in ("inverted_cdf", "linear", "hazen")
    ),
    Case(T.GeometricWidthDiscretiser(), ("y", "whole", "unit"), feature_engine(GeometricWidthDiscretiser()), ulps=0),
    Case(T.PiecewiseLinearEncoder(), ("x", "holes", "small", "flat"), _ramps(8, clip=False)),
    Case(T.PiecewiseLinearEncoder(4, clip=True), ("x", "holes"), _ramps(4, clip=True)),
    Case(
        T.HashedBucket(n_bins=97, seed=3), ("holes", "whole", "flag"), each(lambda c: [_hashed(one) for one in c]),
        ulps=0,
    ),
]  # fmt: skip
