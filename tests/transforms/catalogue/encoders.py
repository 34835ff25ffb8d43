"""What category_encoders and feature_engine say, for the cases of encoders."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd


def of_category_encoders(make: Callable[..., Any], y: str | None = None, *, named: bool = True) -> Callable[..., Any]:
    """What an encoder says of each column, which numbers categories in the order in which they come: sorted here."""

    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        made = []
        for name in columns:
            rows = fit.sort_values(name, kind="stable", na_position="last").reset_index(drop=True)
            target = None if y is None else rows[y].astype(float)
            encoder = make(cols=[name])
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                encoder.fit(_categories(rows[[name]]), target)
                made.append(pd.DataFrame(encoder.transform(_categories(apply[[name]]))))
        wanted = pd.concat(made, axis=1).astype(float)
        return wanted if named else pd.DataFrame(wanted.to_numpy())

    return expected


def of_feature_engine(make: Callable[..., Any], y: str | None = None) -> Callable[..., Any]:
    """What a transformer says of all columns."""

    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = make(variables=columns).fit(_missing(fit[columns]), None if y is None else fit[y])
            return pd.DataFrame(made.transform(_missing(apply[columns])))

    return expected


def _categories(frame: pd.DataFrame) -> pd.DataFrame:
    return _missing(frame.astype(object))


def _missing(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.where(frame.notna(), np.nan)
