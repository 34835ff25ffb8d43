"""What a case of a transform is, and how all of them are found."""

import importlib
import pkgutil
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import tests.transforms.catalogue as here
from ropeway.transforms import catalogue
from ropeway.transforms.catalogue.base import Transform


@dataclass(frozen=True)
class Case:
    """A transform of some columns, and what an oracle says of the same.

    expected: of the frame to fit on, that to transform, and the names of the columns; it gives the outputs as a frame
    with their names, or as an array whose names are not compared. None: what is right is tested apart, as `apart` says.
    ulps: how many units in the last place a number may differ from the oracle's; 0: the same bits.
    within: how far it may differ beside, where the oracle itself is computed another way.
    y: the target. changed: what is done to both frames before. refuses_missing: a row without any value is an error.
    """

    transform: Transform
    columns: tuple[str, ...]
    expected: Callable[[pd.DataFrame, pd.DataFrame, list[str]], Any] | None = None
    apart: str = ""
    ulps: float = 4
    within: float = 0.0
    y: str | None = None
    changed: Callable[[pd.DataFrame], pd.DataFrame] | None = None
    refuses_missing: bool = False

    def __repr__(self) -> str:
        return f"{self.transform!r} of {', '.join(self.columns)}"


def cases() -> list[Case]:
    """The cases of all files of this folder."""
    made: list[Case] = []
    for found in pkgutil.iter_modules(here.__path__):
        module = importlib.import_module(f"{here.__name__}.{found.name}")
        made += getattr(module, "CASES", [])
    return made


def classes() -> dict[str, type[Transform]]:
    """Every transform of the catalogue by its name."""
    made: dict[str, type[Transform]] = {}
    for family, names in catalogue.FAMILIES.items():
        module = importlib.import_module(f"ropeway.transforms.catalogue.{family}")
        made |= {name: getattr(module, name) for name in names}
    return made


def sklearn(transformer: Any, y: str | None = None, *, named: bool = True) -> Callable[..., Any]:
    """What a transformer of scikit-learn says."""

    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        from sklearn.base import clone

        one = clone(transformer)
        # to scikit-learn None is a category like any other, and NaN is missing
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of unknown categories, which are asked for here
            one.fit(fit[columns].replace({None: np.nan}), None if y is None else fit[y])
            made = one.transform(apply[columns].replace({None: np.nan}))
        made = made.toarray() if hasattr(made, "toarray") else np.asarray(made)
        return pd.DataFrame(made, columns=list(one.get_feature_names_out()) if named else None)

    return expected


def feature_engine(transformer: Any, y: str | None = None, *, new: bool = False) -> Callable[..., Any]:
    """What a transformer of feature_engine says; new: only of the columns that it adds."""

    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        from sklearn.base import clone

        one = clone(transformer)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            one.fit(fit[columns].astype(float), None if y is None else fit[y])
            made: pd.DataFrame = one.transform(apply[columns].astype(float))
        return made.drop(columns=columns) if new else made

    return expected


def rowwise(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """What a function of the columns says, as one column of this name."""

    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        with np.errstate(all="ignore"):
            made = function(*(apply[column].astype(float).to_numpy() for column in columns))
        return pd.DataFrame({name.format("_".join(columns), *columns): np.asarray(made, np.float64)})

    return expected


def each(function: Callable[[pd.Series], Any]) -> Callable[..., Any]:
    """What a function says of each column, under the column's own name."""

    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        with np.errstate(all="ignore"):
            return pd.DataFrame({name: np.asarray(function(apply[name])) for name in columns})

    return expected
