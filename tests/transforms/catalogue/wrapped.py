"""Cases of transformers of scikit-learn."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn import decomposition, preprocessing

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case
from tests.transforms.catalogue.frames import training


def fitted(transformer: Any, *columns: str) -> Any:
    return transformer.fit(training()[list(columns)])


def said(transformer: Any) -> Any:
    """What it says by itself."""

    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        made = transformer.transform(apply[columns])
        made = made.toarray() if hasattr(made, "toarray") else made
        return pd.DataFrame(made, columns=transformer.get_feature_names_out())

    return expected


POWERS = fitted(preprocessing.PowerTransformer(), "y", "holes")
HOT = fitted(preprocessing.OneHotEncoder(handle_unknown="ignore"), "carrier", "small")
TURNED = decomposition.PCA(2).fit(np.array(training()[["y", "z", "whole"]], float))


def turned(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(TURNED.transform(apply[columns].to_numpy(float)), columns=["pca0", "pca1"])


CASES = [
    Case(T.Wrap(POWERS), ("y", "holes"), said(POWERS)),
    Case(T.Wrap(HOT), ("carrier", "small"), said(HOT)),
    Case(T.Wrap(TURNED), ("y", "z", "whole"), turned, within=1e-12, refuses_missing=True),
    Case(T.Wrap(POWERS, by_row=False), ("y", "holes"), said(POWERS), ulps=0),
]  # fmt: skip
