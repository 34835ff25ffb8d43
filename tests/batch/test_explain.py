"""The plan: passes are shared, only what is needed is read, and the text says so."""

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import ropeway as rw
from ropeway.batch.plan import plan
from ropeway.connectors.table import open_table

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NOON = pd.Timestamp("2013-01-01 12:00")
FLIGHTS = pd.DataFrame(
    {"tail": ["a"], "origin": ["JFK"], "at": [NOON], "known": [NOON], "delay": [1.0], "flight": [1], "unused": [0]}
)
ROWS = pd.DataFrame({"tail": ["a"], "origin": ["JFK"], "dest": ["LGA"], "event_timestamp": [NOON]})

SOURCE = rw.Source("flights", FLIGHTS, "at", available_at="known", tiebreak=["flight"], where=rw.col("delay") > -99)
PLANE = rw.FeatureView("plane", rw.Entity("tail"), SOURCE, [rw.count().over("1d", "7d"), rw.mean("delay").over("7d")])
MORE = rw.FeatureView(
    "more", rw.Entity("t", ["tail"]), SOURCE, [rw.last("delay").where(rw.col("delay") > 0).alias("x")]
)
AIRPORT = rw.FeatureView("airport", rw.Entity("origin"), SOURCE, [rw.count().over("1d", offset="1h")])
FACTS = rw.FeatureView("facts", rw.Entity("tail"), rw.Source("planes", FLIGHTS, None), ["unused"])
SERVICE = rw.FeatureService(
    "all", [PLANE, AIRPORT, AIRPORT.with_name("dest").with_join_key_map({"origin": "dest"}), MORE, FACTS]
)


def test_views_of_one_source_and_key_share_a_pass_that_reads_what_it_needs() -> None:
    made = plan(open_table(ROWS).schema(), SERVICE.views)
    assert [(one.source.name, one.views) for one in made.passes] == [
        ("flights", ("airport",)), ("flights", ("dest",)), ("planes", ("facts",)), ("flights", ("plane", "more")),
    ]  # fmt: skip
    assert made.passes[3].work.columns == ("tail", "at", "known", "flight", "delay")
    assert made.passes[0].work.columns == ("origin", "at", "known", "delay")  # counts need no tiebreak
    assert made.passes[2].work.columns == ("tail", "unused")
    assert made.outputs.names == list(SERVICE.names)


def test_explain_says_what_each_pass_does() -> None:
    shown = rw.explain(ROWS, SERVICE)
    assert repr(shown) == str(shown)
    assert "backfill of 7 features by the local engine: 4 passes over 2 sources" in shown
    assert "at, known from known; the rows ask at t = rows.event_timestamp" in shown
    assert "sorts     by key and time, ties by flight" in shown
    assert "origin = rows.dest, as string" in shown
    assert 'where     (col("delay") > -99)' in shown
    assert "none: a static table, one row per key" in shown
    assert "count of rows in [t-1d-1h, t-1h)" in shown
    assert 'last of col("delay") where (col("delay") > 0) in (-inf, t)' in shown


def test_explain_says_what_spark_would_shuffle(spark: "SparkSession") -> None:
    shown = rw.explain(spark.createDataFrame(ROWS), SERVICE)
    assert "backfill of 7 features by Spark: 4 passes over 2 sources, 4 shuffles" in shown
    assert "shuffles  by origin; rows carry 4 columns" in shown
    assert "shuffles  by tail; rows carry 7 columns" in shown


def test_explain_counts_the_slices_of_large_keys() -> None:
    size = 200_000
    stamps = pa.array(np.arange(size), pa.timestamp("us"))
    table = pa.table({"tail": pa.array(np.arange(size) % 2 * (np.arange(size) % 50)), "at": stamps})
    source = rw.Source("flights", table, "at", where=rw.col("tail") >= 0)
    view = rw.FeatureView("plane", rw.Entity("tail"), source, [rw.count().over("1d")])
    rows = pa.table({"tail": [0, 1], "event_timestamp": stamps.slice(0, 2)})
    shown = rw.explain(rows, view)
    found = re.search(r"tiles +(\d+); 1 large key cut into (\d+) time slices; the largest of ([\d,]+) rows", shown)
    assert found is not None
    assert int(found[1]) > int(found[2]) >= 3
    assert int(found[3].replace(",", "")) < size // 4


def test_explain_a_range() -> None:
    source = rw.Source("flights", FLIGHTS, "at", available_at="known")
    view = rw.FeatureView("plane", rw.Entity("tail"), source, [rw.count().over("1d")])
    shown = rw.explain(rw.instants("2013-01-01", "2013-01-11", every="1d"), view)
    assert (
        "rows: tail string, event_timestamp timestamp[us, tz=UTC]; who is known by then at 10 instants: 9 rows" in shown
    )
    assert "sorts     by key and time" in shown


def test_explain_a_range_on_spark(spark: "SparkSession") -> None:
    source = rw.Source("flights", FLIGHTS, "at", available_at="known")
    view = rw.FeatureView("plane", rw.Entity("tail"), source, [rw.count().over("1d")])
    shown = rw.explain(rw.instants("2013-01-01", "2013-01-11", every="1d"), view, spark=spark)
    assert "at 10 instants: 9 rows" in shown
    assert "shuffles  by tail" in shown


def test_explain_refuses_what_backfill_refuses() -> None:
    with pytest.raises(rw.SchemaError, match="there is no column 'tail'"):
        rw.explain(ROWS.drop(columns="tail"), PLANE)
