"""Cases of crossed columns."""

from collections import Counter
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case

_WORD = 2**64 - 1


def _mixed(word: int) -> int:
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & _WORD
    return word ^ (word >> 31)


def _bits(value: Any) -> int:
    if value is None:
        return 2**63
    if isinstance(value, str):
        return int.from_bytes(blake2b(value.encode(), digest_size=8).digest(), "little") >> 1
    return (
        int(value) & _WORD
        if isinstance(value, int | bool | np.integer | np.bool_)
        else int(np.float64(value + 0.0).view(np.uint64))
    )


def _crossed(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    made = []
    for values in apply[columns].itertuples(index=False):
        word = 5
        for value in values:
            word = _mixed(word ^ _mixed(_bits(value)))
        made.append(float(word % 97))
    return pd.DataFrame({"_".join(columns): made})


def _numbered(least: int, other: float) -> Any:
    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        def key(values: Any) -> tuple[Any, ...]:
            return tuple((pd.isna(one), 0 if pd.isna(one) else one) for one in values)

        there = Counter(key(values) for values in fit[columns].itertuples(index=False))
        frequent = sorted(one for one, count in there.items() if count >= least)
        numbers = {one: frequent.index(one) if one in frequent else len(frequent) for one in there}
        made = [float(numbers.get(key(values), other)) for values in apply[columns].itertuples(index=False)]
        return pd.DataFrame({"_".join(columns): made})

    return expected


CASES = [
    Case(T.HashedCross(n_bins=97, seed=5), ("carrier", "dest", "small", "x", "flag"), _crossed, ulps=0),
    Case(T.CrossedCategories(), ("carrier", "dest", "small"), _numbered(0, float("nan"))),
    Case(T.CrossedCategories(unknown_value=-1, min_frequency=9), ("dest", "flag", "carrier"), _numbered(9, -1.0)),
    Case(T.CrossedCategories(handle_unknown="error"), ("flag", "small"), _numbered(0, 0.0), refuses_missing=True),
]
