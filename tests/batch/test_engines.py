"""Spark and the local engine give the same bits, whatever the partitions."""

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings

import ropeway as rw
from tests.cases import Case, cases, same

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@settings(max_examples=30)
@given(case=cases(most_rows=80))
def compare(spark: "SparkSession", case: Case) -> None:
    if case.overflows():
        with pytest.raises(rw.DataError, match="does not fit"):
            rw.backfill(case.rows, case.view, spark=spark)
        return
    check_same(rw.backfill(case.rows, case.view, spark=spark), rw.backfill(case.rows, case.view))


def check_same(left: pa.Table, right: pa.Table) -> None:
    """Two tables are equal in names, types, order and every bit."""
    assert left.schema.equals(right.schema)
    for field in right.schema:
        pairs = zip(left[field.name].to_pylist(), right[field.name].to_pylist(), strict=True)
        assert all(same(a, b, field.type) for a, b in pairs), field.name


def test_spark_answers_as_the_local_engine(spark: "SparkSession") -> None:
    compare(spark)


def flights(n: int = 6_000) -> pa.Table:
    random = np.random.default_rng(7)
    return pa.table(
        {
            "tail": pa.array(random.integers(0, 500, n), pa.int32()),
            "origin": pa.array(["JFK", "LGA", "EWR", None]).take(random.integers(0, 4, n)),
            "at": pa.array(random.integers(0, 10**12, n), pa.timestamp("us")),
            "known": pa.array(random.integers(0, 2 * 10**12, n), pa.timestamp("us")),
            "delay": random.normal(size=n) * 10.0 ** random.integers(-8, 8, n),
        }
    )


def service(table: object) -> rw.FeatureService:
    """Three passes: two entities over one source, one of them in two roles, and a late source."""
    at_once = rw.Source("flights", table, "at", tiebreak=["delay"])
    late = rw.Source("outcomes", table, "at", available_at="known")
    features = [rw.count().over("1d", "7d"), rw.mean("delay").over("7d"), rw.var("delay"), rw.last("delay")]
    plane = rw.FeatureView("plane", rw.Entity("tail"), at_once, features)
    airport = rw.FeatureView("airport", rw.Entity("origin"), at_once, features)
    outcome = rw.FeatureView("outcome", rw.Entity("tail"), late, [*features, rw.max("delay").over("2d")])
    return rw.FeatureService("all", [plane, airport.with_join_key_map({"origin": "dest"}), outcome])


def asked(n: int = 1_000) -> pa.Table:
    random = np.random.default_rng(8)
    return pa.table(
        {
            "row": np.arange(n),
            "tail": pa.array(random.integers(0, 600, n), pa.int64()),
            "dest": pa.array(["JFK", "LGA", "XXX", None]).take(random.integers(0, 4, n)),
            "event_timestamp": pa.array(random.integers(0, 10**12, n), pa.timestamp("us", tz="UTC")),
        }
    )


@pytest.mark.parametrize("partitions", [1, 7])
def test_passes_chain_on_spark_with_any_number_of_partitions(spark: "SparkSession", partitions: int) -> None:
    right = rw.backfill(asked(), service(flights()))
    before = spark.conf.get("spark.sql.shuffle.partitions")
    batch = spark.conf.get("spark.sql.execution.arrow.maxRecordsPerBatch")
    spark.conf.set("spark.sql.shuffle.partitions", partitions)
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", 999)
    try:
        frame = rw.backfill(spark.createDataFrame(asked().to_pandas()), service(spark.createDataFrame(flights())))
        assert frame.columns == right.column_names
        left = frame.toArrow().sort_by("row")
    finally:
        spark.conf.set("spark.sql.shuffle.partitions", before or "2")
        spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", batch or "65536")
    check_same(left.select(right.column_names[4:]), right.select(right.column_names[4:]))


def test_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = []
    for threads in ("1", "2", "5"):
        monkeypatch.setenv("ROPEWAY_THREADS", threads)
        answers.append(rw.backfill(asked(), service(flights())))
    check_same(answers[1], answers[0])
    check_same(answers[2], answers[0])


def test_a_prefix_of_history_gives_the_same_answers_for_its_time() -> None:
    table, rows = flights(), asked()
    middle = pa.scalar(5 * 10**11, pa.timestamp("us"))
    early = rows.filter(pa.compute.less_equal(rows["event_timestamp"].cast(pa.timestamp("us")), middle))
    known = table.filter(pa.compute.less(table["at"], middle))
    check_same(rw.backfill(early, service(known)), rw.backfill(early, service(table)))
    answers = rw.backfill(rows, service(table))
    kept = pa.compute.is_in(answers["row"], value_set=early["row"].combine_chunks())
    check_same(answers.filter(kept), rw.backfill(early, service(known)))
