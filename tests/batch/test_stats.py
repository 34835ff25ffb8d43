"""Statistics of frames against pandas and numpy, the same bits in any order and on Spark, and how they show."""

from __future__ import annotations

import json
import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import stats as scipy_stats

import ropeway as rw
from ropeway.batch import pipelines, stats_asking
from ropeway.batch.stats import sparkline
from ropeway.connectors.spark_frames import to_spark
from ropeway.transforms.statistics import Tops
from tests.transforms.catalogue.frames import training

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NUMBERS = ("x", "y", "positive", "whole", "small", "flat", "holes", "label", "late")


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    made = training()[[*NUMBERS, "flag", "carrier", "dest", "words", "at"]].copy()
    made["day"] = made["at"].dt.date
    made["inf"] = made["x"].where(made["x"] < 1, math.inf)
    made["none"] = np.nan
    made["lists"] = [[1] * (at % 3) for at in range(len(made))]
    return made


@pytest.fixture(scope="module")
def found(frame: pd.DataFrame) -> rw.Stats:
    return rw.show_stats(frame, y="late")


def same(one: rw.Stats, other: rw.Stats) -> bool:
    return repr(one.columns) == repr(other.columns) and repr(one.matrix) == repr(other.matrix) and one.y == other.y


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_those_of_pandas_and_numpy(frame: pd.DataFrame, found: rw.Stats, name: str) -> None:
    column, one = frame[name], found[name]
    wanted = column.describe(percentiles=[0.01, 0.25, 0.5, 0.75, 0.99])
    assert one.present == wanted["count"]
    assert one.nans == column.isna().sum()
    assert (one.nulls, one.rows) == (0, len(frame))
    assert one.distinct == column.nunique()
    assert not one.is_about
    assert one.mean == pytest.approx(wanted["mean"], rel=1e-13)
    assert one.std == pytest.approx(wanted["std"], rel=1e-12)
    assert (one.minimum, one.maximum) == (wanted["min"], wanted["max"])
    assert one.quantiles == tuple(np.quantile(column.dropna().to_numpy(float), [0.01, 0.25, 0.5, 0.75, 0.99]))
    assert (one.zeros, one.negative, one.infinite) == ((column == 0).sum(), (column < 0).sum(), 0)
    counts, edges = np.histogram(column.dropna(), 20)
    assert one.counts == tuple(counts)
    assert one.edges == tuple(edges)
    assert (one.skew is None) == (name == "flat")
    if one.skew is not None:
        assert one.skew == pytest.approx(scipy_stats.skew(column.dropna()), rel=1e-9)


def test_infinite_values_are_counted_and_take_no_other_part(frame: pd.DataFrame, found: rw.Stats) -> None:
    finite = frame["x"][frame["x"] < 1]
    one = found["inf"]
    assert one.infinite == len(frame) - len(finite)
    assert one.maximum == finite.max()
    assert one.quantiles is not None
    assert one.quantiles[2] == finite.median()
    assert one.mean == pytest.approx(finite.mean())


def test_values_are_counted(frame: pd.DataFrame, found: rw.Stats) -> None:
    for name in ("flag", "carrier", "dest"):
        assert dict(found[name].top or ()) == frame[name].value_counts().to_dict()
        assert found[name].nulls == frame[name].isna().sum()
    assert found["words"].distinct == frame["words"].nunique()
    sizes = frame["words"].str.len()
    assert found["words"].lengths == (sizes.min(), sizes.mean(), sizes.max())
    top = frame["words"].value_counts()
    assert [count for _, count in found["words"].top or ()] == top[:10].tolist()
    assert found["lists"].lengths == (0, 1.0, 2)
    assert (found["none"].mean, found["none"].quantiles, found["none"].counts) == (None, None, ())


def test_ties_go_to_the_least_value() -> None:
    assert rw.show_stats(pd.DataFrame({"to": ["b", "ä", "a", "b", "a"]}))["to"].top == (("a", 2), ("b", 2), ("ä", 1))


def test_times_have_a_first_and_a_last(frame: pd.DataFrame, found: rw.Stats) -> None:
    assert found["at"].first == str(frame["at"].min())
    assert found["at"].last == str(frame["at"].max())
    assert found["at"].distinct == frame["at"].nunique()
    assert found["day"].first == str(frame["day"].min())
    nanoseconds = pd.DataFrame({"at": pd.to_datetime([1_500, 999], unit="ns")})
    assert rw.show_stats(nanoseconds)["at"].first == "1970-01-01 00:00:00"


def test_numbers_are_correlated_as_pandas_does(frame: pd.DataFrame, found: rw.Stats) -> None:
    names = [name for name in found.correlations if name not in ("inf", "none", "flat")]
    wanted = frame[names].corr()
    apart = found.correlations.loc[names, names].to_numpy() - wanted.to_numpy()
    assert np.abs(apart).max() < 1e-12
    assert found.correlations["flat"].isna().all()
    assert found["x"].measure == "pearson"
    assert found["x"].correlation == pytest.approx(wanted.loc["x", "late"])
    assert found["flat"].correlation is None


def test_categories_are_compared_with_the_label(frame: pd.DataFrame, found: rw.Stats) -> None:
    known = frame.dropna(subset="dest")
    means = known.groupby("dest")["late"].transform("mean")
    wanted = math.sqrt(means.var(ddof=0) / known["late"].var(ddof=0))
    assert found["dest"].measure == "correlation ratio"
    assert found["dest"].correlation == pytest.approx(wanted)
    other = rw.show_stats(frame, y="dest")
    table = pd.crosstab(frame["carrier"], frame["dest"]).to_numpy()
    cramer = scipy_stats.contingency.association(table, "cramer")
    assert other["carrier"].measure == "Cramer's V"
    assert other["carrier"].correlation == pytest.approx(cramer)
    means = known.groupby("dest")["x"].transform("mean")
    assert other["x"].correlation == pytest.approx(math.sqrt(means.var(ddof=0) / known["x"].var(ddof=0)))
    true = rw.show_stats(frame, y="flag")
    assert true["x"].correlation == pytest.approx(frame["x"].corr(frame["flag"].astype(float)))


def test_too_many_categories_are_not_compared() -> None:
    frame = pd.DataFrame({"id": [f"u{at}" for at in range(1500)], "y": np.arange(1500.0)})
    assert rw.show_stats(frame, y="y")["id"].correlation is None


def test_a_label_may_be_given_as_values(frame: pd.DataFrame) -> None:
    some = frame[["x", "carrier"]]
    given = rw.show_stats(some, y=frame["late"].to_numpy())
    named = rw.show_stats(frame, y="late", columns=["x", "carrier"])
    assert list(given.columns) == ["x", "carrier"]
    assert given["x"] == named["x"]
    assert given["carrier"] == named["carrier"]
    assert list(given.correlations) == ["x", "y"]
    assert list(named.columns) == ["x", "carrier", "late"]


def test_frames_of_any_kind_and_rows_in_any_order_say_the_same(
    frame: pd.DataFrame, found: rw.Stats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipelines, "_CHUNK", 23)  # more pieces than wait to be merged
    assert same(rw.show_stats(frame.sample(frac=1.0, random_state=5), y="late"), found)
    some = ["x", "whole", "carrier", "flag"]
    wanted = rw.show_stats(frame[some], y="flag")
    assert same(rw.show_stats(pl.from_pandas(frame[some]), y="flag"), wanted)
    assert same(rw.show_stats(pa.Table.from_pandas(frame[some]), y="flag"), wanted)


def test_more_numbers_than_a_matrix_holds_are_correlated_with_the_label() -> None:
    random = np.random.default_rng(3)
    frame = pd.DataFrame(random.normal(size=(60, 60)), columns=[f"f{at}" for at in range(60)])
    found = rw.show_stats(frame, y="f7")
    assert found.correlations.empty
    assert found["f50"].correlation == pytest.approx(frame["f50"].corr(frame["f7"]))


def test_spark_says_the_same(spark: SparkSession, frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = frame.drop(columns="lists")
    plain["dotted.name"] = plain["small"]
    plain["many"] = np.char.add("w", np.random.default_rng(2).zipf(1.2, len(plain)).astype(str))
    here = pa.Table.from_pandas(plain, preserve_index=False)
    there = to_spark(here, spark).repartition(3)
    assert same(rw.show_stats(there, y="late"), rw.show_stats(here, y="late"))
    monkeypatch.setattr(stats_asking, "Tops", partial(Tops, 20))  # more values than that take a second pass
    twice = rw.show_stats(there, columns=["many"])
    assert twice["many"].is_about
    assert twice["many"].top
    assert same(twice, rw.show_stats(here, columns=["many"]))


def test_text_with_many_values_takes_a_second_pass() -> None:
    random = np.random.default_rng(2)
    words = np.where(random.random(70_000) < 0.3, "often", np.char.add("w", np.arange(70_000).astype(str)))
    words[:300] = "seldom"
    words = np.append(words, [f"more{at}" for at in range(60_000)])
    one = rw.show_stats(pd.DataFrame({"words": words}))["words"]
    assert one.is_about
    assert one.distinct == pytest.approx(len(set(words.tolist())), rel=0.05)
    assert one.top is not None
    assert one.top[:2] == (("often", (words == "often").sum()), ("seldom", 300))
    assert one.top_at_most is not None
    assert all(count >= one.top_at_most for _, count in one.top)
    ids = rw.show_stats(pd.DataFrame({"id": [f"u{at}" for at in range(70_000)]}))["id"]
    assert ids.top == ()
    assert "no value in more than" in repr(rw.Stats(70_000, {"id": ids}))


# ---- how they show


def test_all_of_it_is_json(found: rw.Stats) -> None:
    made = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert made["columns"]["x"]["quantiles"]["50%"] == (found["x"].quantiles or ())[2]
    assert made["columns"]["carrier"]["top"][0]["value"] == "AA"
    assert made["correlations"]["names"][0] == "x"


def test_a_frame_has_a_row_for_each_column(found: rw.Stats) -> None:
    made = found.to_frame()
    assert list(made.index) == list(found.columns)
    assert made.loc["x", "50%"] == (found["x"].quantiles or ())[2]
    assert made.loc["holes", "missing"] == found["holes"].nans / found.rows
    assert made.loc["x", "histogram"] == sparkline(found["x"])


def test_the_table_is_at_most_120_wide(frame: pd.DataFrame) -> None:
    wild = frame.rename(columns={"x": "x" * 200, "y": "line\nbreak", "carrier": "ü" * 30}).copy()
    wild["huge"] = np.where(wild["late"] == 1, -1.234567e-300, 1.7e308)
    text = repr(rw.show_stats(wild, y="late"))
    assert max(map(len, text.splitlines())) <= 120
    assert len(text.splitlines()) == 2 + wild.shape[1]


def test_a_sparkline_shows_where_anything_is() -> None:
    frame = pd.DataFrame({"x": [0.0] * 1000 + [20.0]})
    assert sparkline(rw.show_stats(frame)["x"]) == "█" + "▁" * 18 + "▂"


def test_html_is_escaped_and_runs_nothing(frame: pd.DataFrame) -> None:
    evil = "<script>alert('x')</script>"
    wild = frame[["x", "late"]].rename(columns={"x": evil})
    wild["to"] = "<img src=x onerror=1>"
    text = rw.show_stats(wild, y="late")._repr_html_()
    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;script&gt;" in text
    assert "&lt;img src=x" in text
    assert text.count("<svg") == 2
    assert "http" not in text


# ---- what can't be


def test_no_rows_and_no_columns() -> None:
    empty = rw.show_stats(pd.DataFrame({"x": np.empty(0), "to": np.empty(0, object)}))
    assert empty["x"].counts == ()
    assert empty["to"].top == () or empty["to"].kind == "other"
    assert "0 rows" in repr(empty)
    assert "0 rows" in empty._repr_html_()
    with pytest.raises(rw.UsageError, match="the pandas frame has no columns"):
        rw.show_stats(pd.DataFrame())


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda frame: rw.show_stats(frame, columns=["x", "gone"]), rw.SchemaError, "has no column 'gone'. It has: x,"),
        (lambda frame: rw.show_stats(frame, columns="x"), rw.UsageError, r"expected a list of names, such as \['x'\]"),
        (lambda frame: rw.show_stats(frame, y="gone"), rw.SchemaError, "y='gone': the pandas frame has no such"),
        (lambda frame: rw.show_stats(frame, y=[1]), rw.UsageError, "y has 1 values for 300 rows"),
        (lambda frame: rw.show_stats([1, 2]), rw.UsageError, "a table is an address or a frame"),
        (lambda frame: rw.show_stats(frame[["x"]])["y"], rw.SchemaError, "these statistics are of x, not of 'y'"),
    ],
)
def test_bad_input(frame: pd.DataFrame, call: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        call(frame)
