"""Cases of the time between two instants."""

import datetime as dt
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from feature_engine import datetime as fe

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case

TIMES = ("at", "seen", "then")
HALF_LIFE = np.timedelta64(3650, "D")


def subtracted(unit: str) -> Callable[..., Any]:
    """What feature_engine says."""

    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        some = apply[columns].fillna(pd.Timestamp(0))
        kind: Any = fe.DatetimeSubtraction
        one = kind(variables=columns[:-1], reference=columns[-1], output_unit=unit)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made: pd.DataFrame = one.fit(some).transform(some).drop(columns=columns)
        return made.mask(apply[columns[:-1]].isna().set_axis(list(made), axis=1))

    return expected


def of_pairs(name: str, function: Callable[[Any, Any], Any], other: Any = None) -> Callable[..., Any]:
    """What a function says of each time and its other one, NaN where one is missing."""

    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        made = {}
        for column in columns if other is not None else columns[:-1]:
            pairs = zip(apply[column], [other] * len(apply) if other is not None else apply[columns[-1]], strict=True)
            made[name.format(column, columns[-1])] = [
                math.nan if pd.isna(a) or pd.isna(b) else float(function(a, b)) for a, b in pairs
            ]
        return pd.DataFrame(made)

    return expected


def _day(at: pd.Timestamp) -> np.datetime64:
    return np.datetime64(at.to_pydatetime().date(), "D")


def _age(born: pd.Timestamp, now: pd.Timestamp) -> int:
    if now < born:
        return -_age(now, born)
    years = now.year - born.year
    return years - (now.to_pydatetime().replace(year=2000) < born.to_pydatetime().replace(year=2000))


def _bucket(born: pd.Timestamp, now: pd.Timestamp) -> int:
    return sum(_age(born, now) >= edge for edge in (-20, 0, 18, 40))


# pandas rounds the age on its way once more, which the power makes larger: 64 units for an age of 30 half-lives
HOLIDAYS = ["2001-01-01", "1999-12-25", "1999-12-26", "2010-03-03"]


def _worked(a: pd.Timestamp, b: pd.Timestamp) -> float:
    days = [_day(one.tz_localize("UTC").tz_convert("Asia/Tokyo").tz_localize(None)) for one in (a, b)]
    return float(np.busday_count(days[0], days[1], "0111011", HOLIDAYS))


CASES = [
    Case(T.DatetimeSubtraction(), TIMES, subtracted("D"), ulps=1),
    Case(T.DatetimeSubtraction("M"), TIMES, subtracted("M"), ulps=1),
    Case(T.DatetimeSubtraction("ns"), TIMES, subtracted("ns"), ulps=1),
    Case(
        T.TimeSince("2000-02-29T12:00:00+01:00", "h"), ("at", "seen"),
        of_pairs("{}_since", lambda a, b: (a - b) / pd.Timedelta("1h"), pd.Timestamp("2000-02-29 11:00")), ulps=1,
    ),
    Case(
        T.DaysUntil("2012-12-21"), ("at", "seen"),
        of_pairs("{}_until", lambda a, b: (b - a) / pd.Timedelta("1D"), pd.Timestamp("2012-12-21")), ulps=1,
    ),
    Case(T.DaysUntil(), ("seen", "then"), of_pairs("{}_until_{}", lambda a, b: (b - a) / pd.Timedelta("1D")), ulps=1),
    Case(
        T.ExponentialDecay("3650d"), ("seen", "then"),
        of_pairs("{}_decay_{}", lambda a, b: 0.5 ** max((b - a) / HALF_LIFE, 0.0)), ulps=64,
    ),
    Case(
        T.ExponentialDecay(dt.timedelta(days=3650), reference="2012-12-21"), ("at", "seen"),
        of_pairs("{}_decay", lambda a, b: 0.5 ** max((b - a) / HALF_LIFE, 0.0), pd.Timestamp("2012-12-21")),
        ulps=64,
    ),
    Case(T.AgeBucket((-20, 0, 18, 40)), ("seen", "then"), of_pairs("{}_age_{}", _bucket), ulps=0),
    Case(
        T.AgeBucket((-1e5, 0, 90.5), unit="h", reference="2012-12-21"), ("seen",),
        of_pairs(
            "{}_age", lambda a, b: sum((b - a) / pd.Timedelta("1h") >= one for one in (-1e5, 0, 90.5)),
            pd.Timestamp("2012-12-21"),
        ), ulps=0,
    ),
    Case(
        T.BusinessDays(), ("at", "seen", "then"),
        of_pairs("{}_to_{}", lambda a, b: np.busday_count(_day(a), _day(b))), ulps=0,
    ),
    Case(
        T.BusinessDays("0111011", HOLIDAYS, tz="Asia/Tokyo"), ("at", "then"), of_pairs("{}_to_{}", _worked), ulps=0,
    ),
]  # fmt: skip
