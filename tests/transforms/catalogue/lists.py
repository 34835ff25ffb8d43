"""Cases of lists."""

import math
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case, each

BOTH = ("lists", "stops")


def of_list(function: Callable[[list[Any]], Any]) -> Callable[..., Any]:
    """What a function says of each list, nothing where there is none."""
    return each(
        lambda column: pd.Series([None if one is None else function(list(one)) for one in column], dtype=object)
    )


def of_numbers(function: Callable[[list[float]], float]) -> Callable[..., Any]:
    """What a function says of the numbers of each list that are there."""

    def of(values: list[Any]) -> float:
        some = [one for one in values if one is not None and not math.isnan(one)]
        return function(some) if some or function is sum else math.nan

    return of_list(of)


def element(at: int) -> Callable[[list[Any]], Any]:
    return lambda some: some[at] if -len(some) <= at < len(some) else None


def top(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    made: dict[str, list[Any]] = {}
    for name in columns:
        for at in range(3):
            made[f"{name}_{at}"] = [None if one is None else element(at)(list(one)) for one in apply[name]]
    return pd.DataFrame(made)


CASES = [
    Case(T.ListLength(), BOTH, of_list(lambda some: float(len(some)))),
    Case(T.ListElement(), BOTH, of_list(element(0))),
    Case(T.ListElement(-2), BOTH, of_list(element(-2))),
    Case(T.ListSlice(1, -1), BOTH, of_list(lambda some: some[1:-1])),
    Case(T.ListSlice(-3), ("stops",), of_list(lambda some: some[-3:])),
    Case(T.ListContains("the"), ("stops",), of_list(lambda some: float("the" in some))),
    Case(T.ListSum(), ("lists", "vector"), of_numbers(sum)),
    Case(T.ListMean(), ("lists", "vector"), of_numbers(statistics.fmean), within=1e-15),
    Case(T.ListMin(), ("lists", "vector"), of_numbers(min), ulps=0),
    Case(T.ListMax(), ("lists", "vector"), of_numbers(max), ulps=0),
    Case(T.ListStd(), ("lists", "vector"), of_numbers(lambda some: float(np.std(some))), within=1e-15),
    Case(
        T.ListStd(ddof=1), ("lists",), of_numbers(lambda some: statistics.stdev(some) if len(some) > 1 else math.nan),
        within=1e-15,
    ),
    Case(T.TopKOfList(), BOTH, top),
]  # fmt: skip
