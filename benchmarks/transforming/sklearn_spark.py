"""scikit-learn on Spark: a pandas UDF for each fitted transformer, one around the other: Spark runs them together."""

from typing import TYPE_CHECKING, Any

import pandas as pd
from pyspark.sql import functions as F
from sklearn.base import clone

from benchmarks.engines import with_spark as engine
from benchmarks.tables import Data
from benchmarks.transforming import data
from benchmarks.transforming.stages import ROWS, four_of_sklearn

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

__all__ = ["answer", "engine"]


def answer(session: "SparkSession", folder: Data) -> "DataFrame":
    frame = session.read.parquet(str(folder.folder))
    known = data.frame("holes", ROWS, 10)
    made = {"id": F.col("id")}
    for name in [f"c{at}" for at in range(5)]:
        column: Column = F.col(name)
        values = known[[name]].to_numpy()
        for stage in four_of_sklearn():
            fitted = clone(stage).fit(values)
            values = fitted.transform(values)
            column = _udf(fitted)(column)
        made[name] = column
    return frame.select(*(column.alias(name) for name, column in made.items()))


def _udf(fitted: Any) -> Any:
    def step(values: pd.Series) -> pd.Series:
        return pd.Series(fitted.transform(values.to_numpy().reshape(-1, 1))[:, 0])

    return F.pandas_udf(step, "double")  # type: ignore[attr-defined]
