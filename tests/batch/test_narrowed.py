"""Conditions of sources that Spark's own scan knows, so that files are read in part: shown by its plan."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest

import ropeway as rw
from ropeway.batch.narrowed import narrowed
from ropeway.connectors.spark_frames import to_spark

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

EVENTS = pa.table(
    {
        "k": [1, 1, 1, 2, 2, 2],
        "t": pa.array(range(6), pa.timestamp("us", "UTC")),
        "x": [0.5, 2.5, math.nan, None, 3.5, math.inf],
        "n": pa.array([1, 2, 3, 4, None, 6], pa.int32()),
        "s": ["a", "b", "b", None, "b", "B"],
    }
)
ROWS = pd.DataFrame({"k": [1, 2], "event_timestamp": pd.to_datetime(["2024-01-01", "2024-01-01"], utc=True)})
ASKED = [rw.count(), rw.sum("x"), rw.last("s")]


def pushed(frame: "DataFrame", capsys: pytest.CaptureFixture[str]) -> str:
    """The filters that the scans of a plan were given."""
    capsys.readouterr()
    frame.explain(mode="formatted")
    return " ".join(re.findall(r"PushedFilters: \[(.*?)\]\n", capsys.readouterr().out))


def parquet(spark: "SparkSession", folder: Path) -> "DataFrame":
    to_spark(EVENTS, spark).write.parquet(str(folder / "events"))
    return spark.read.parquet(str(folder / "events"))


def delta(spark: "SparkSession", folder: Path) -> "DataFrame":
    to_spark(EVENTS, spark).write.format("delta").save(str(folder / "events"))
    return spark.read.format("delta").load(str(folder / "events"))


def catalog(spark: "SparkSession", folder: Path) -> "DataFrame":
    to_spark(EVENTS, spark).write.mode("overwrite").saveAsTable("narrowed_events")
    return spark.table("narrowed_events")


@pytest.mark.parametrize("read", [parquet, delta, catalog])
def test_the_scan_of_a_frame_knows_the_condition_of_its_source(
    read: Callable[[Any, Path], Any], spark: "SparkSession", tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = (rw.col("amount") > 1) & (rw.col("s") == "b") & (rw.col("n") <= 5)
    source = rw.Source("s", read(spark, tmp_path), "t", field_mapping={"x": "amount"}, where=where)
    view = rw.FeatureView("v", rw.Entity("k"), source, [rw.count(), rw.sum("amount")])
    made = rw.backfill(to_spark(pa.Table.from_pandas(ROWS), spark), view)
    found = pushed(made, capsys)
    assert "GreaterThan(x,1.0)" in found
    assert "EqualTo(s,b)" in found
    assert "LessThanOrEqual(n,5)" in found
    answers = {row.k: (row.v__count, row.v__amount_sum) for row in made.collect()}
    assert answers == {1: (1, 2.5), 2: (0, None)}  # NaN, which Spark holds above all numbers, is none


@pytest.mark.parametrize(
    ("where", "known"),
    [
        (rw.col("n") * 2 > 4, True),
        (rw.col("x").is_null(), True),
        (rw.col("x").fill_null(0) > 1, True),
        (rw.col("s").str.lower() == "b", False),
        ((rw.col("x") > 1) & (rw.col("s").str.lower() == "b"), False),
    ],
)
def test_the_answers_are_those_of_the_local_engine(where: rw.Expression, known: bool, spark: "SparkSession") -> None:
    frame = to_spark(EVENTS, spark)
    assert (narrowed(frame, where) is not frame) is known
    local = rw.FeatureView("v", rw.Entity("k"), rw.Source("s", EVENTS, "t", where=where), ASKED)
    there = rw.FeatureView("v", rw.Entity("k"), rw.Source("s", frame, "t", where=where), ASKED)
    expected = rw.backfill(pa.Table.from_pandas(ROWS), local).to_pylist()
    made = rw.backfill(to_spark(pa.Table.from_pandas(ROWS), spark), there).toArrow().sort_by("k").to_pylist()
    assert made == expected


def test_a_chain_passes_the_condition_of_its_base_on(
    spark: "SparkSession", tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = rw.Source("s", parquet(spark, tmp_path), "t", where=rw.col("x") > 1)
    before = rw.FeatureView("before", rw.Entity("k"), source, [rw.count()])
    chain = rw.FeatureService("seen", [before]).applied_to(source)
    view = rw.FeatureView("v", rw.Entity("k"), chain, [rw.sum("before__count"), rw.sum("x")])
    made = rw.backfill(to_spark(pa.Table.from_pandas(ROWS), spark), view)
    assert pushed(made, capsys).count("GreaterThan(x,1.0)") == 2  # as rows of the chain, and as their history
    assert {row.k: row.v__before__count_sum for row in made.collect()} == {1: 0, 2: 1}


def test_texts_that_compare_otherwise_stay(spark: "SparkSession") -> None:
    frame = to_spark(EVENTS, spark).selectExpr("k", "s collate UTF8_LCASE as s")
    assert narrowed(frame, rw.col("s") == "b") is frame
    assert narrowed(frame, rw.col("k") == 1) is not frame
    assert narrowed(frame, None) is frame
