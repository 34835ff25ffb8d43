"""Frame type in, frame type out."""

from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import ropeway as rw

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NOON = pd.Timestamp("2013-01-01 12:00")
EVENTS = pd.DataFrame(
    {
        "k": ["a", "a"],
        "t": [NOON, NOON],
        "x": [1.5, 2.5],
        "n": [1, 2],
        "flag": [True, False],
        "word": ["v", "w"],
        "price": [Decimal("1.10"), Decimal("2.20")],
        "at": pd.to_datetime(["2012-01-01", "2012-01-02"], utc=True),
    }
)
FEATURES: list[rw.Feature | str] = [
    rw.count(),
    rw.sum("n"),
    rw.mean("x"),
    rw.any("flag"),
    "word",
    rw.sum("price"),
    rw.max("at"),
]
VIEW = rw.FeatureView("v", rw.Entity("k"), rw.Source("s", EVENTS, "t"), FEATURES)
NAMES = ["v__count", "v__n_sum", "v__x_mean", "v__flag_any", "v__word", "v__price_sum", "v__at_max"]
ANSWER = [2, 3, 2.0, True, "w", Decimal("3.30"), pd.Timestamp("2012-01-02", tz="UTC")]
ROWS = {"k": ["z", "a"], "event_timestamp": [NOON + pd.Timedelta("1h")] * 2}


def test_pandas() -> None:
    rows = pd.DataFrame(ROWS, index=[5, 3])
    made = rw.backfill(rows, VIEW)
    assert isinstance(made, pd.DataFrame)
    assert made.index.tolist() == [5, 3]
    assert made.columns.tolist() == ["k", "event_timestamp", *NAMES]
    assert made[NAMES].iloc[1].tolist() == ANSWER
    assert made[NAMES].iloc[0, 1:].isna().all()
    assert [str(kind) for kind in made[NAMES[:4]].dtypes] == ["int64", "Int64", "float64", "boolean"]
    assert rows.columns.tolist() == ["k", "event_timestamp"]  # the caller's own is left alone


def test_polars() -> None:
    made = rw.backfill(pl.DataFrame(ROWS), VIEW)
    assert isinstance(made, pl.DataFrame)
    assert made.columns == ["k", "event_timestamp", *NAMES]
    assert list(made.select(NAMES).row(1)) == ANSWER
    assert made["v__count"].to_list() == [0, 2]
    assert made["v__n_sum"].dtype == pl.Int64


def test_polars_as_a_source() -> None:
    source = rw.Source("s", pl.from_pandas(EVENTS.drop(columns="price")), "t")
    view = rw.FeatureView("v", rw.Entity("k"), source, FEATURES[:5])
    assert rw.backfill(pd.DataFrame(ROWS), view)[NAMES[:5]].iloc[1].tolist() == ANSWER[:5]


@pytest.mark.parametrize("batches", [False, True])
def test_arrow(batches: bool) -> None:
    rows = pa.table(ROWS)
    if batches:  # in chunks
        rows = pa.Table.from_batches(rows.to_batches(max_chunksize=1))
    made = rw.backfill(rows, VIEW)
    assert isinstance(made, pa.Table)
    assert made.select(["k", "event_timestamp"]).equals(rows)
    assert [made[name][1].as_py() for name in NAMES] == ANSWER
    kinds = [pa.int64(), pa.int64(), pa.float64(), pa.bool_(), pa.string(), pa.decimal128(38, 2)]
    assert [made.schema.field(name).type for name in NAMES] == [*kinds, pa.timestamp("us", tz="UTC")]


def test_spark(spark: "SparkSession") -> None:
    rows = spark.createDataFrame(pd.DataFrame(ROWS))
    made = rw.backfill(rows, VIEW)
    assert made.columns == ["k", "event_timestamp", *NAMES]
    assert made.schema[:2] == rows.schema
    (answer,) = made.where("k = 'a'").select(NAMES).toArrow().to_pylist()
    assert list(answer.values()) == ANSWER


def test_a_wide_pass_through_keeps_every_type_on_spark(spark: "SparkSession") -> None:
    sql = """
        select 'a' as k, timestamp_ntz'2013-01-01 13:00:00' as event_timestamp, cast(1 as tinyint) as tiny,
               array(1, null) as many, map('x', 1.5D) as by_name, named_struct('a b', 1, 'c', date'2013-01-01') as both,
               cast(1.5 as decimal(20, 3)) as price, binary('b') as raw, cast(null as string) as nothing, true as flag
    """
    rows = spark.sql(sql)
    made = rw.backfill(rows, VIEW)
    assert made.schema[: len(rows.columns)] == rows.schema
    assert made.select(rows.columns).collect() == rows.collect()
    assert made.select("v__count").collect()[0][0] == 2


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(rw.RopewayError, match="dict"):
        rw.backfill(ROWS, VIEW)
    with pytest.raises(rw.RopewayError, match="LazyFrame"):
        rw.backfill(pl.DataFrame(ROWS).lazy(), VIEW)


def test_dictionary_keys_and_numpy_strings() -> None:
    rows = pd.DataFrame(ROWS).astype({"k": "category"})
    assert rw.backfill(rows, VIEW)["v__count"].tolist() == [0, 2]
    rows = pd.DataFrame({**ROWS, "k": np.array(["z", "a"], dtype=object)})
    assert rw.backfill(rows, VIEW)["v__count"].tolist() == [0, 2]
