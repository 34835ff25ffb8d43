"""Cases of what is counted in texts."""

from typing import Any

import pandas as pd
from feature_engine.text import TextFeatures

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case


def _engineered(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    kind: Any = TextFeatures
    given = apply[columns]
    made: pd.DataFrame = (
        kind(variables=columns, drop_original=True).fit(given).transform(given.fillna("")).astype(float)
    )
    for name in made:
        column = next(one for one in columns if str(name).startswith(one))
        made.loc[given[column].isna(), name] = float("nan")
    return made


CASES = [Case(T.TextFeatures(), ("dest", "notes"), _engineered, ulps=1)]
