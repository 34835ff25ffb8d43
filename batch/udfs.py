"""Fitted pipelines as functions of Spark: in a select, or by name in SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa

from ropeway.batch.inputs import as_fitted
from ropeway.batch.pipelines import predicted
from ropeway.connectors.arrow_types import plain
from ropeway.connectors.spark_frames import quoted
from ropeway.connectors.spark_types import spark_schema, spark_type
from ropeway.transforms.errors import UsageError
from ropeway.transforms.pipeline.fitted import FittedPipeline

if TYPE_CHECKING:
    from pyspark.sql import Column, SparkSession
    from pyspark.sql.types import DataType


class ColumnFunction:
    """A pipeline as a function of columns, called with one for each of its inputs, in their order, or with none.

    With none it takes the frame's columns of those names. It gives a struct of the outputs, or a prediction.
    """

    def __init__(self, fitted: FittedPipeline, udf: Callable[..., Column]) -> None:
        self.inputs = fitted.program.columns
        self.udf = udf
        self._name = fitted.name

    def __call__(self, *columns: Column | str) -> Column:
        if columns and len(columns) != len(self.inputs):
            raise UsageError(
                f"pipeline {self._name!r} is a function of {len(self.inputs)} columns, {', '.join(self.inputs)}, and "
                f"got {len(columns)}. Without any it takes the columns of these names."
            )
        return self.udf(*(columns or [quoted(name) for name in self.inputs]))


def arrow_udf(fitted: FittedPipeline) -> ColumnFunction:
    """The pipeline as an Arrow UDF."""
    from pyspark.sql.pandas.functions import arrow_udf as as_udf

    work = _work(fitted)

    def prepared(*columns: pa.Array) -> pa.Array:
        return work(columns)

    return ColumnFunction(fitted, cast("Any", as_udf)(prepared, _answer(fitted)))


def pandas_udf(fitted: FittedPipeline) -> ColumnFunction:
    """The pipeline as a pandas UDF."""
    from pyspark.sql.pandas.functions import pandas_udf as as_udf

    work = _work(fitted)
    names = [] if fitted.estimator is not None else list(fitted.names)

    def made(columns: Sequence[pd.Series[Any]]) -> pa.Array:
        return work([pa.Array.from_pandas(one) for one in columns])

    def outputs(*columns: pd.Series) -> pd.DataFrame:
        found = made(columns)
        return pd.DataFrame({name: found.field(at).to_pandas() for at, name in enumerate(names)}, copy=False)

    def prediction(*columns: pd.Series) -> pd.Series:
        return pd.Series(made(columns).to_numpy(zero_copy_only=False))

    function = outputs if names else prediction
    function.__annotations__ = {"columns": pd.Series, "return": pd.DataFrame if names else pd.Series}
    return ColumnFunction(fitted, cast("Any", as_udf)(function, _answer(fitted)))


def register(fitted: FittedPipeline, spark: SparkSession, name: str) -> None:
    """Make the pipeline a function of SQL in this session, of its inputs in their order."""
    spark.udf.register(name, arrow_udf(fitted).udf)


def _answer(fitted: FittedPipeline) -> DataType:
    if fitted.estimator is None:
        return spark_schema(fitted.schema)
    return spark_type(predicted(fitted.estimator))


def _work(fitted: FittedPipeline) -> Callable[[Sequence[pa.Array]], pa.Array]:
    """What is done with a batch of columns; it is sent to tasks."""
    estimator = fitted.estimator
    program = fitted.program if estimator is None else fitted.numbers
    names, inputs = list(program.columns), fitted.inputs
    outputs = list(program.layout.outputs)

    def work(columns: Sequence[pa.Array]) -> pa.Array:
        plainly = [pa.chunked_array([one]).cast(plain(one.type)) for one in columns]
        found = program.run(as_fitted(pa.table(plainly, names=names), inputs), 1)
        if estimator is not None:
            return pa.array(np.asarray(estimator.predict(np.column_stack(found)))).cast(predicted(estimator))
        arrays = [
            pa.array(one, from_pandas=True) if isinstance(one, np.ndarray) else one.combine_chunks() for one in found
        ]
        return pa.StructArray.from_arrays(arrays, names=outputs)

    return work
