"""Pipelines on Spark: states of many tasks."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import ropeway as rw
from ropeway import transforms as T
from ropeway.batch import pipelines
from ropeway.connectors.spark_frames import slots, to_spark
from ropeway.transforms.pipeline.archive import files_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def frame() -> pd.DataFrame:
    random = np.random.default_rng(3)
    words = np.array(["JFK", "LGA", "EWR", None], object)
    return pd.DataFrame({
        "delay": random.normal(size=400), "to": words[random.integers(0, 4, 400)],
        "whole": random.integers(0, 9, 400),
    })  # fmt: skip


def on_spark(spark: "SparkSession", some: pd.DataFrame) -> Any:
    return to_spark(pa.Table.from_pandas(some, preserve_index=False), spark)


def test_states_of_tasks_are_merged_before_they_come_to_the_driver(
    spark: "SparkSession", monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with many more tasks than there are here: merged three at a time, and again."""
    p = rw.Pipeline("p")["delay"] >> [T.SimpleImputer(strategy="median"), T.RobustScaler()]
    p = p["to"] >> T.OneHotEncoder()
    here = p.fit(frame())
    monkeypatch.setattr(pipelines, "_MERGED", 3)
    monkeypatch.setattr(pipelines, "slots", lambda _: 3)
    there = p.fit(on_spark(spark, frame()).repartition(12))
    assert files_of(there) == files_of(here)


def test_a_session_says_how_many_tasks_it_runs(spark: "SparkSession") -> None:
    assert slots(spark) == spark.sparkContext.defaultParallelism
    assert slots(object()) == 64  # type: ignore[arg-type]  # as one of Spark Connect, which has no context
