"""Cases of vectorizers; scikit-learn takes no missing text, so these rows are compared as missing."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.feature_extraction import text as sk

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case


@dataclass(frozen=True)
class Vectors:
    """What a vectorizer of scikit-learn says of each column; benchmarks time it beside the transform of its case."""

    kind: Any
    named: bool
    options: dict[str, Any]

    @property
    def transformer(self) -> Any:
        """A new one, which is not fitted."""
        return self.kind(**self.options)

    def __call__(self, fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        blocks = []
        for name in columns:
            one = self.transformer.fit(fit[name].dropna())
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # of log 0 of hashes that cancel out
                made = one.transform(apply[name].fillna("")).toarray().astype(np.float64)
            made[apply[name].isna()] = np.nan
            names = one.get_feature_names_out() if self.named else range(made.shape[1])
            blocks.append(pd.DataFrame(made, columns=[f"{name}_{term}" for term in names]))
        return pd.concat(blocks, axis=1)


TEXT = ("notes", "words")


def case(name: str, columns: tuple[str, ...] = TEXT, **options: Any) -> Case:
    """A vectorizer with the same options here and there."""
    ours, theirs = getattr(T, name), getattr(sk, name)
    return Case(ours(**options), columns, Vectors(theirs, name != "HashingVectorizer", options), ulps=8)


CASES = [
    case("CountVectorizer"),
    case("CountVectorizer", ngram_range=(1, 2), stop_words="english", min_df=3, max_df=0.4),
    case("CountVectorizer", ("notes",), analyzer="char", ngram_range=(1, 3), min_df=20, strip_accents="unicode"),
    case(
        "CountVectorizer", ("notes",), analyzer="char_wb", ngram_range=(2, 9), min_df=30, lowercase=False, binary=True
    ),
    case("CountVectorizer", token_pattern="[a-z]+", strip_accents="ascii", max_features=4),
    case("CountVectorizer", vocabulary=("late", "the", "nowhere", "flight")),
    case("TfidfVectorizer"),
    case("TfidfVectorizer", sublinear_tf=True, smooth_idf=False, norm="l1", min_df=0.05),
    case("TfidfVectorizer", use_idf=False, norm=None, binary=True, stop_words=["late"], token_pattern=r"\w+"),
    case("HashingVectorizer", n_features=64),
    case(
        "HashingVectorizer",
        ("notes",),
        n_features=50,
        alternate_sign=False,
        norm="l1",
        analyzer="char",
        ngram_range=(2, 2),
    ),
    case("HashingVectorizer", n_features=8, norm=None, ngram_range=(1, 2)),
]
