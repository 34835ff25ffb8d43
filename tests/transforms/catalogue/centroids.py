"""Cases of centres."""

from typing import Any

import numpy as np
import pandas as pd

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case

START = ((80.0, 0.0, -1.0), (100.0, 0.0, 0.0), (120.0, 0.0, 1.0))


def kmeans(columns: list[str], fit: pd.DataFrame) -> Any:
    from sklearn.cluster import KMeans

    return KMeans(3, init=np.array(START), n_init=1).fit(fit[columns].dropna())


def distances(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    found = kmeans(columns, fit).transform(apply[columns].fillna(0.0))
    found[apply[columns].isna().any(axis=1)] = np.nan
    return pd.DataFrame(found, columns=[f"distancetocentroids{at}" for at in range(3)])


def labels(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    found = kmeans(columns, fit).predict(apply[columns].fillna(0.0)).astype(float)
    found[apply[columns].isna().any(axis=1)] = np.nan
    return pd.DataFrame({"distancetocentroids_label": found})


CASES = [
    Case(T.DistanceToCentroids(3, init=START), ("holes", "whole", "z"), distances, within=1e-9),
    Case(T.DistanceToCentroids(3, init=START, output="label"), ("y", "whole", "z"), labels, ulps=0),
    Case(
        T.DistanceToCentroids(4), ("y", "whole", "holes"),
        apart="that its sum of squares is as small as scikit-learn's: test_centroids",
    ),
]  # fmt: skip
