"""Cases of what comes round again."""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pandas as pd
from feature_engine.creation import CyclicalFeatures

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case


def _cyclical(maxima: dict[str, float] | None) -> Callable[..., Any]:
    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        kind: Any = CyclicalFeatures
        one = kind(variables=columns, max_values=maxima, drop_original=True)
        made: pd.DataFrame = one.fit(fit[columns]).transform(apply[columns])
        return made

    return expected


def _waves(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    made = {}
    for name in columns:
        for period, micros in (("24h", 86_400_000_000), ("31556952s", 31_556_952_000_000)):
            for order in (1, 2, 3):
                for kind in ("sin", "cos"):
                    values = []
                    for at in apply[name]:
                        since = None if pd.isna(at) else (at - pd.Timestamp(0)) // pd.Timedelta("1us")
                        share = math.nan if since is None else float(Fraction(since * order, micros) % 1)
                        values.append(getattr(math, kind)(2 * math.pi * share))
                    made[f"{name}_{period}_{kind}{order}"] = values
    return pd.DataFrame(made)


CASES = [
    Case(T.CyclicalFeatures(), ("small", "whole"), _cyclical(None), within=1e-13),
    Case(
        T.CyclicalFeatures({"whole": 12, "y": 360.0}),
        ("whole", "y"),
        _cyclical({"whole": 12, "y": 360.0}),
        within=1e-13,
    ),
    Case(T.FourierFeatures(("24h", "31556952s"), order=3), ("at", "seen"), _waves, within=1e-15),
]
