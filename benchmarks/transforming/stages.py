"""Pipelines of many stages, for rows and for Spark, in ropeway and in scikit-learn."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn import impute
from sklearn import preprocessing as sk
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline

import ropeway as rw
from benchmarks.transforming import data
from ropeway import transforms as T

#: columns in series of stages, each with its own: 5 of 10 stages are 50
_PAIRS = (
    (T.SimpleImputer(), impute.SimpleImputer()),
    (T.StandardScaler(), sk.StandardScaler()),
    (T.RobustScaler(), sk.RobustScaler()),
    (T.MinMaxScaler(), sk.MinMaxScaler()),
    (T.PowerTransformer(), sk.PowerTransformer()),
    (T.MaxAbsScaler(), sk.MaxAbsScaler()),
    (T.QuantileTransformer(100), sk.QuantileTransformer(n_quantiles=100)),
    (T.StandardScaler(with_std=False), sk.StandardScaler(with_std=False)),
    (
        T.KBinsDiscretizer(8, encode="ordinal", strategy="uniform"),
        sk.KBinsDiscretizer(8, encode="ordinal", strategy="uniform"),
    ),
    (T.MinMaxScaler((-1, 1)), sk.MinMaxScaler(feature_range=(-1, 1))),
)  # fmt: skip
ROWS = 2_000


def numbers(rows: int = ROWS) -> pd.DataFrame:
    """Ten columns of numbers with holes."""
    return data.frame("holes", rows, 10)


def mixed(rows: int = ROWS) -> pd.DataFrame:
    """Four columns of numbers with holes, three of categories, two of text."""
    parts = (("n", "holes", 4), ("k", "categories", 3), ("t", "text", 2))
    made = [data.frame(kind, rows, count).add_prefix(name) for name, kind, count in parts]  # type: ignore[arg-type]
    return pd.concat(made, axis=1)


def fifty() -> rw.Pipeline:
    """50 stages of numbers: 5 lines of two columns, ten stages each."""
    return _lines(rw.Pipeline("numbers"), [(f"c{at}", f"c{at + 5}") for at in range(5)], len(_PAIRS))


def fifty_of_sklearn() -> Any:
    return _of_sklearn([[f"c{at}", f"c{at + 5}"] for at in range(5)], len(_PAIRS))


def twenty() -> rw.Pipeline:
    """20 stages of numbers: 5 lines of a column, four stages each."""
    return _lines(rw.Pipeline("numbers"), [(f"c{at}",) for at in range(5)], 4)


def four_of_sklearn() -> list[Any]:
    """The stages of one of its lines."""
    return [theirs for _, theirs in _PAIRS[:4]]


def placed(transformer: Any, frame: pd.DataFrame) -> Any:
    """The same of the columns of an array, which are known by their places."""
    places = {name: at for at, name in enumerate(frame)}
    return ColumnTransformer([(name, one, [places[at] for at in some]) for name, one, some in transformer.transformers])


def thirty() -> rw.Pipeline:
    """30 stages: 20 of numbers, 6 of categories, 4 of text."""
    made = _lines(rw.Pipeline("mixed"), [("nc0", "nc2"), ("nc1", "nc3")], len(_PAIRS))
    for at in range(3):
        made = made[f"kc{at}"] >> [T.SimpleImputer(strategy="most_frequent"), _ENCODERS[at][0]]
    for at in range(2):
        made = made[f"tc{at}"] >> [T.Lower(), T.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)]
    return made


def thirty_of_sklearn() -> Any:
    numeric = _of_sklearn([["nc0", "nc2"], ["nc1", "nc3"]], len(_PAIRS)).transformers
    kinds = [
        (f"k{at}", make_pipeline(impute.SimpleImputer(strategy="most_frequent"), _ENCODERS[at][1]), [f"kc{at}"])
        for at in range(3)
    ]
    lower = sk.FunctionTransformer(_lower)
    texts = [(f"t{at}", make_pipeline(lower, _ordinal()), [f"tc{at}"]) for at in range(2)]
    return ColumnTransformer([*numeric, *kinds, *texts])


def _ordinal() -> Any:
    return sk.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)


_ENCODERS = (
    (T.OneHotEncoder(handle_unknown="ignore"), sk.OneHotEncoder(handle_unknown="ignore", sparse_output=False)),
    (T.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), _ordinal()),
    (T.TargetEncoder(), sk.TargetEncoder(target_type="continuous")),
)


def _lower(frame: Any) -> Any:
    values = np.asarray(frame, object)
    return np.array([[one.lower() for one in row] for row in values], object)


def _lines(made: rw.Pipeline, columns: list[tuple[str, ...]], stages: int) -> rw.Pipeline:
    for some in columns:
        made = made[list(some)] >> [ours for ours, _ in _PAIRS[:stages]]
    return made


def _of_sklearn(columns: list[Any], stages: int) -> Any:
    return ColumnTransformer([
        (f"line {at}", make_pipeline(*(theirs for _, theirs in _PAIRS[:stages])), some)
        for at, some in enumerate(columns)
    ])  # fmt: skip
