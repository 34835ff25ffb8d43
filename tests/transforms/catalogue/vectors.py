"""Cases of vectors and maps."""

import math
from typing import Any

import pandas as pd

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case
from tests.transforms.catalogue.lists import of_list


def assembled(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    rows: list[Any] = []
    for x, vector, flag, holes in apply[columns].itertuples(index=False):
        rows.append(None if vector is None else [x, *vector, float(flag), None if math.isnan(holes) else holes])
    return pd.DataFrame({"features": pd.Series(rows, dtype=object)})


def unpacked(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    rows = [[math.nan] * 3 if one is None else list(one) for one in apply["vector"]]
    return pd.DataFrame(rows, columns=["vector_0", "vector_1", "vector_2"])


def entry(key: str, default: Any) -> Any:
    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        found = [None if one is None else default if one[key] is None else one[key] for one in apply["facts"]]
        return pd.DataFrame({f"facts_{key}": pd.Series(found, dtype=object)})

    return expected


CASES = [
    Case(T.VectorAssembler(), ("x", "vector", "flag", "holes"), assembled),
    Case(T.VectorSlicer((2, 0)), ("vector",), of_list(lambda some: [some[2], some[0]])),
    Case(
        T.VectorSlicer((1, 3)), ("stops",),
        of_list(lambda some: [some[at] if at < len(some) else None for at in (1, 3)]),
    ),
    Case(T.Unpack(3), ("vector",), unpacked, ulps=0),
    Case(T.MapGet("a"), ("facts",), entry("a", None)),
    Case(T.MapGet("b", default="none"), ("facts",), entry("b", "none")),
]  # fmt: skip
