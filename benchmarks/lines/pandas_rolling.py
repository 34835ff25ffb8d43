"""pandas: `rolling` over the time of each key, events and queries under each other.

At one time queries come first: with closed="left" pandas leaves out the row itself, but not others of its time.
Skewness and kurtosis are those of a sample there, and are made those of the rows themselves.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from benchmarks.engines import with_pandas as engine
from benchmarks.lines import asked
from benchmarks.lines.lines import Line, chosen
from benchmarks.tables import DAY, Data

__all__ = ["answer", "engine"]


def answer(_: None, data: Data) -> pd.DataFrame:
    made = [_answer(data, line) for line in chosen(asked(), "pandas_rolling")]
    return pd.concat(made, axis="columns").reset_index()


def _answer(data: Data, line: Line) -> pd.DataFrame:
    ((name, wanted),) = line.columns.items()
    inputs = [column for column in (wanted.column, wanted.other) if column is not None]
    width = pd.Timedelta(wanted.width or 0, unit="us")
    queries, events = pd.read_parquet(data.queries), pd.read_parquet(data.events, columns=["key", "time", *inputs])
    rows = pd.concat([queries, events]).sort_values("time", kind="stable").set_index("time")
    if line.name == "trend":
        rows["day"] = np.where(rows["id"].isna(), (rows.index - rows.index[0]).total_seconds() / (DAY / 1e6), np.nan)
    found = []
    for _, history in rows.groupby("key"):
        answers = _WAYS[line.name](history, width)
        found.append(pd.DataFrame({"id": history["id"], name: answers}).dropna(subset=["id"]))
    return pd.concat(found).astype({"id": "int64"}).set_index("id").sort_index()


def _rolling(rows: pd.DataFrame, column: str, width: pd.Timedelta) -> "pd.api.typing.Rolling[pd.Series[float]]":
    return rows[column].rolling(width, closed="left", min_periods=1)


def _median(rows: pd.DataFrame, width: pd.Timedelta) -> "pd.Series[float]":
    return _rolling(rows, "value", width).median()


def _skew(rows: pd.DataFrame, width: pd.Timedelta) -> "pd.Series[float]":
    rolling = _rolling(rows, "value", width)
    n = rolling.count()
    return rolling.skew() * (n - 2) / np.sqrt(n * (n - 1))


def _kurtosis(rows: pd.DataFrame, width: pd.Timedelta) -> "pd.Series[float]":
    rolling = _rolling(rows, "value", width)
    n = rolling.count()
    return (rolling.kurt() * (n - 2) * (n - 3) / (n - 1) - 6) / (n + 1)


def _trend(rows: pd.DataFrame, width: pd.Timedelta) -> "pd.Series[float]":
    day = _rolling(rows, "day", width)
    return day.cov(rows["value"]) / day.var()


def _correlation(rows: pd.DataFrame, width: pd.Timedelta) -> "pd.Series[float]":
    return _rolling(rows, "other", width).corr(rows["value"])


_WAYS: dict[str, Callable[[pd.DataFrame, pd.Timedelta], "pd.Series[float]"]] = {
    "median": _median,
    "skew": _skew,
    "kurtosis": _kurtosis,
    "trend": _trend,
    "correlation": _correlation,
}
