"""Outputs: what a view gives, with everything resolved."""

from typing import Any

import pyarrow as pa
import pytest

import ropeway as rw
from ropeway.transforms.aggregates.count import Count
from ropeway.transforms.windows import Window
from tests.features.samples import FLIGHTS, flights


def view(*features: Any, **options: Any) -> rw.FeatureView:
    return rw.FeatureView("v", rw.Entity("plane", ["tailnum"]), flights(), list(features), **options)


def test_everything_is_resolved() -> None:
    condition = rw.col("dep_delay") > 0
    made = view(rw.count().over("1d", closed="both").where(condition), rw.last("dest"), ttl="30d", closed="right")
    first, second = made.outputs()
    assert (first.view, first.name, first.short) == ("v", "v__count_1d", "count_1d")
    assert first.aggregate == Count()
    assert first.input is None
    assert first.filter is condition
    assert first.window == Window.of("1d", closed="both")
    assert first.feature is made.features[0]
    assert second.window == Window(Window.of("30d").micros, "", "right", 0)
    assert view(rw.count()).outputs()[0].window == Window(None, "", "left", 0)
    assert first == view(rw.count().over("1d", closed="both").where(condition), closed="right", ttl="7d").outputs()[0]
    assert len({first, second, first}) == 2


def test_what_was_said_of_rows_and_windows_is_there() -> None:
    made = view(
        rw.correlation("fare", "distance").by("dest"),
        rw.count("stops").explode().over("7d", rows=5),
        rw.count().over(calendar="day", tz="Asia/Tokyo"),
    )
    first, second, third = made.outputs()
    assert first.other is made.features[0].other
    assert (first.category, first.exploded) == ("dest", False)
    assert (second.category, second.exploded, second.window.rows) == (None, True, 5)
    assert (third.window.calendar, third.window.tz, third.window.closed) == ("day", "Asia/Tokyo", "left")
    assert view(rw.count(), rw.count().over(rows=5), ttl="7d").outputs()[1].window.micros is None


@pytest.mark.parametrize(
    ("feature", "kind"),
    [
        (rw.count(), pa.int64()),
        (rw.count("stops"), pa.int64()),
        (rw.count(rw.col("arr_delay") > 0).alias("x"), pa.int64()),
        (rw.sum("distance"), pa.int64()),
        (rw.sum("diverted"), pa.int64()),
        (rw.sum("arr_delay"), pa.float64()),
        (rw.sum("fare"), pa.decimal128(38, 2)),
        (rw.sum(rw.col("fare") * 2).alias("x"), pa.decimal128(38, 2)),
        (rw.sum(rw.col("fare") * 2.0).alias("x"), pa.float64()),
        (rw.mean("distance"), pa.float64()),
        (rw.mean(rw.col("distance") / rw.col("flight")).alias("x"), pa.float64()),
        (rw.std("fare"), pa.float64()),
        (rw.min("distance"), pa.int64()),
        (rw.max("arr_delay"), pa.float64()),
        (rw.max("known_at"), pa.timestamp("us", "UTC")),
        (rw.max(rw.col("known_at") - rw.col("departed_at")).alias("x"), pa.duration("us")),
        (rw.last("carrier"), pa.string()),
        (rw.first("dest"), pa.string()),
        ("diverted", pa.bool_()),
        (rw.any(rw.col("arr_delay") > 15).alias("x"), pa.bool_()),
        (rw.all("diverted"), pa.bool_()),
        (rw.count_distinct("dest"), pa.int64()),
        (rw.last_n("dest", 3), pa.list_(pa.string())),
        (rw.top_n("distance", 3), pa.list_(pa.int64())),
        (rw.histogram("carrier"), pa.map_(pa.string(), pa.int64())),
        (rw.mode("fare"), pa.decimal128(9, 2)),
        (rw.median("fare"), pa.float64()),
        (rw.time_since_last(), pa.float64()),
        (rw.correlation("fare", "distance"), pa.float64()),
        (rw.longest_streak("diverted"), pa.int64()),
        (rw.vector_sum("numbers"), pa.list_(pa.float64())),
        (rw.sum("arr_delay").by("dest"), pa.map_(pa.string(), pa.float64())),
        (rw.count().by("carrier"), pa.map_(pa.string(), pa.int64())),
        (rw.mode("dest").by("distance"), pa.map_(pa.int64(), pa.string())),
        (rw.count().by("known_at"), pa.map_(pa.timestamp("us", "UTC"), pa.int64())),
        (rw.count().by("fare"), pa.map_(pa.decimal128(9, 2), pa.int64())),
        (rw.mode("stops").explode(), pa.string()),
        (rw.sum("numbers").explode(), pa.float64()),
        (rw.top_n("numbers", 2).explode(), pa.list_(pa.float64())),
        (rw.count("stops").explode().by("dest"), pa.map_(pa.string(), pa.int64())),
        (rw.max("arr_delay").over(*rw.windows("1d", times=2)), pa.float64()),
        (rw.max("arr_delay").over(calendar="day"), pa.float64()),
    ],
    ids=repr,
)
def test_types(feature: Any, kind: pa.DataType) -> None:
    assert view(feature).outputs()[0].type(FLIGHTS) == kind


@pytest.mark.parametrize(
    ("feature", "message"),
    [
        (
            rw.mean("delay").over("7d"),
            """view 'v', feature 'delay_mean_7d', mean("delay").over("7d"): col("delay"): there is no column 'delay'""",
        ),
        (rw.mean("dest"), "view 'v', feature 'dest_mean', mean(\"dest\"): mean() of a column of type string: expected"),
        (rw.sum("stops"), 'sum("stops"): sum() of a column of type list<'),
        (rw.any("distance"), "any() of a column of type int64: expected booleans; write a comparison such as"),
        (rw.last("stops"), "last() of a column of type list<"),
        (rw.correlation("dest", "fare"), "correlation() of a column of type string: expected numbers or booleans"),
        (rw.correlation("fare", "dest"), "correlation() of a column of type string: expected numbers or booleans"),
        (rw.weighted_mean("fare", "weight"), "col(\"weight\"): there is no column 'weight'"),
        (rw.vector_sum("stops"), "vector_sum() of a column of type list<"),
        (
            rw.count().by("kind"),
            "view 'v', feature 'count_by_kind', count().by(\"kind\"): by('kind'): there is no column 'kind'.",
        ),
        (
            rw.count().by("arr_delay"),
            "by('arr_delay'), a column of type double: expected whole numbers, texts, booleans",
        ),
        (rw.count().by("stops"), "by('stops'), a column of type list<"),
        (rw.count("dest").explode(), "explode() of a column of type string: expected lists. Leave .explode() out."),
        (rw.sum("stops").explode(), "sum() of a column of type string: expected numbers or booleans"),
        (
            rw.sum(rw.col("dest") + 1).alias("x"),
            'feature \'x\', sum(col("dest") + 1).alias("x"): (col("dest") + 1): + of',
        ),
        (
            rw.count().where(rw.col("x") > 0),
            "view 'v', feature 'count', where: (col(\"x\") > 0): there is no column 'x'",
        ),
        (
            rw.count().where(rw.col("distance")),
            "feature 'count', where: col(\"distance\") is of type int64, expected a cond",
        ),
    ],
)
def test_what_does_not_fit(feature: Any, message: str) -> None:
    with pytest.raises(rw.SchemaError) as caught:
        view(feature).outputs()[0].type(FLIGHTS)
    assert message in str(caught.value)
