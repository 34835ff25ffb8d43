"""Cases of hashed columns."""

from typing import Any

import category_encoders as ce
import pandas as pd
from sklearn.feature_extraction import FeatureHasher

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case


def _hasher(**some: Any) -> Any:
    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> Any:
        rows = [
            {name: value for name, value in row.items() if not pd.isna(value)}
            for row in apply[columns].astype(object).to_dict("records")
        ]
        return FeatureHasher(**some).transform(rows).toarray()

    return expected


def _encoder(**some: Any) -> Any:
    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        rows = pd.DataFrame(
            {name: [None if pd.isna(one) else one for one in apply[name]] for name in columns}, dtype=object
        )
        encoder = ce.HashingEncoder(cols=columns, max_process=1, **some)
        return pd.DataFrame(encoder.fit(rows).transform(rows)).astype(float)

    return expected


CASES = [
    Case(
        T.FeatureHasher(n_features=16), ("carrier", "dest", "small", "holes", "flag", "words", "unit"),
        _hasher(n_features=16),
    ),
    Case(
        T.FeatureHasher(n_features=5, alternate_sign=False), ("carrier", "positive", "dest"),
        _hasher(n_features=5, alternate_sign=False),
    ),
    Case(T.HashingEncoder(), ("carrier", "dest", "small", "flag"), _encoder()),
    Case(
        T.HashingEncoder(n_components=3, hash_method="sha256"), ("carrier", "dest"),
        _encoder(n_components=3, hash_method="sha256"),
    ),
]  # fmt: skip
