"""Features: their methods, names, text and stored form."""

import json
import pickle
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ropeway as rw
from ropeway.features.feature import Feature
from ropeway.transforms.windows import Window
from tests.features.samples import new_service, rich_service

EVERY = [feature for service in (rich_service(), new_service()) for view in service.views for feature in view.features]


def test_each_method_gives_a_new_feature() -> None:
    plain = rw.count()
    assert plain.over("7d") is not plain
    assert plain.windows == ()
    assert plain.filter is None
    assert plain.name is None
    made = plain.over("1d", timedelta(hours=36), closed="both", offset="1h").where(rw.col("x") > 1).alias("n")
    assert made.windows == (Window.of("1d", closed="both", offset="1h"), Window.of("36h", closed="both", offset="1h"))
    assert made.filter is not None
    assert made.filter.same_as(rw.col("x") > 1)
    assert made.name == "n"
    with pytest.raises(AttributeError):
        made.name = "m"  # type: ignore[misc]


def test_the_order_of_methods_does_not_matter() -> None:
    condition = rw.col("x") > 1
    assert rw.count().over("1d").where(condition).alias("n") == rw.count().alias("n").where(condition).over("1d")


def test_where_twice_joins_both() -> None:
    made = rw.count().where(rw.col("x") > 1).where(rw.col("y").is_null())
    assert repr(made) == 'count().where((col("x") > 1) & col("y").is_null())'


def test_the_last_alias_counts() -> None:
    assert rw.count().alias("a").alias("b").name == "b"


@pytest.mark.parametrize(
    ("feature", "names"),
    [
        (rw.count(), ("count",)),
        (rw.count().over("7d"), ("count_7d",)),
        (rw.count("x").over("7d"), ("x_count_7d",)),
        (rw.last("dest"), ("dest_last",)),
        (rw.mean("x").over("1d", "7d"), ("x_mean_1d", "x_mean_7d")),
        (rw.mean(rw.col("x")).over("168h"), ("x_mean_168h",)),
        (rw.mean("x").over("1w", "7d"), ("x_mean_1w", "x_mean_7d")),
        (rw.mean("x").over(timedelta(days=7), timedelta(minutes=90)), ("x_mean_7d", "x_mean_90m")),
        (rw.sum("x").over("7d", closed="both", offset="1d").where(rw.col("y") > 0), ("x_sum_7d",)),
        (rw.first("x", skip_null=False).over("7d"), ("x_first_7d",)),
        (rw.sum("x").alias("total"), ("total",)),
        (rw.sum("x").over("7d").alias("total"), ("total",)),
        (rw.sum("x").over("7d", "30d").alias("total"), ("total_7d", "total_30d")),
        (rw.sum(rw.col("x") * 2).over("7d", "30d").alias("twice"), ("twice_7d", "twice_30d")),
        (rw.any("x"), ("x_any",)),
        (rw.std("a b").over("500ms"), ("a b_std_500ms",)),
        (rw.last_n("x", 3).over("30d"), ("x_last_n_30d",)),
        (rw.correlation("x", "y").over("7d"), ("x_y_correlation_7d",)),
        (rw.weighted_mean(rw.col("x") * 2, "y").over("7d").alias("m"), ("m",)),
        (rw.time_since_last(), ("time_since_last",)),
        (rw.time_since_last("x").over("7d"), ("x_time_since_last_7d",)),
        (rw.sum("x").by("c").over("7d"), ("x_sum_by_c_7d",)),
        (rw.count().by("c"), ("count_by_c",)),
        (rw.correlation("x", "y").by("c").over("7d"), ("x_y_correlation_by_c_7d",)),
        (rw.sum("x").by("c").over("7d", "30d").alias("n"), ("n_7d", "n_30d")),
        (rw.sum("x").explode().over("7d"), ("x_sum_7d",)),
        (rw.sum("x").over(rows=100), ("x_sum_rows100",)),
        (rw.sum("x").over("7d", "30d", rows=100), ("x_sum_7d_rows100", "x_sum_30d_rows100")),
        (rw.sum("x").over(calendar="month", tz="Europe/Berlin"), ("x_sum_month",)),
        (rw.sum("x").over(calendar="day", rows=3), ("x_sum_day_rows3",)),
        (rw.sum("x").over(*rw.windows("1d", times=2)), ("x_sum_1d_0", "x_sum_1d_1")),
        (
            rw.sum("x").over(*rw.windows("1d", times=2), "7d", rows=5),
            ("x_sum_1d_0_rows5", "x_sum_1d_1_rows5", "x_sum_7d_rows5"),
        ),
        (rw.sum("x").ahead("30d", "60d"), ("x_sum_30d", "x_sum_60d")),
    ],
)
def test_names(feature: Feature, names: tuple[str, ...]) -> None:
    assert feature.short_names() == names


def test_either_input_that_is_an_expression_needs_an_alias() -> None:
    for made in (rw.correlation(rw.col("x") * 2, "y"), rw.correlation("x", rw.col("y") * 2)):
        with pytest.raises(rw.DeclarationError, match=r"computes its input, which gives it no name: add \.alias"):
            made.short_names()
        assert made.alias("c").short_names() == ("c",)


@pytest.mark.parametrize(
    ("feature", "text"),
    [
        (rw.count().by("c").over("7d"), 'count().by("c").over("7d")'),
        (rw.count("tags").explode().by("c"), 'count("tags").explode().by("c")'),
        (rw.count().over(rows=5), "count().over(rows=5)"),
        (rw.count().over("7d", timedelta(days=2), rows=5), 'count().over("7d", "2d", rows=5)'),
        (
            rw.count().over(calendar="day", tz="Asia/Kathmandu", rows=3),
            'count().over(rows=3, calendar="day", tz="Asia/Kathmandu")',
        ),
        (rw.count().over(calendar="year", tz="UTC", offset="1d"), 'count().over(offset="1d", calendar="year")'),
        (rw.count().over(*rw.windows("1d", times=7)), 'count().over(*windows("1d", times=7))'),
        (rw.count().over(*rw.windows("1d", times=7)[2:4]), 'count().over(*windows("1d", times=4)[2:])'),
        (
            rw.count().over("7d", *rw.windows(timedelta(hours=36), times=2), "8d", offset="90m", closed="both"),
            'count().over("7d", *windows("36h", times=2), "8d", closed="both", offset="90m")',
        ),
        (
            rw.count().over(*reversed(rw.windows("1d", times=2))),
            'count().over(*windows("1d", times=2)[1:], *windows("1d", times=1))',
        ),
        (rw.count().ahead("30d", timedelta(days=60)), 'count().ahead("30d", "60d")'),
    ],
)
def test_text_of_windows_and_roles(feature: Feature, text: str) -> None:
    assert repr(feature) == text
    assert eval(text, {"count": rw.count, "windows": rw.windows}) == feature
    assert Feature.from_dict(json.loads(json.dumps(feature.to_dict()))) == feature


def test_options_apply_to_each_window_of_a_series() -> None:
    made = rw.count().over(*rw.windows("1d", times=2), closed="both", offset="1h", rows=5)
    day, hour = 86_400_000_000, 3_600_000_000
    assert made.windows == (
        Window(day, "1d_0_rows5", "both", hour, 5),
        Window(day, "1d_1_rows5", "both", day + hour, 5),
    )


def test_windows_ahead_are_labels() -> None:
    made = rw.count().ahead("30d")
    assert made.windows == (Window.in_front("30d"),)
    assert made.is_ahead
    assert not rw.count().over("30d").is_ahead
    assert not rw.count().is_ahead


def test_an_expression_needs_an_alias() -> None:
    with pytest.raises(rw.DeclarationError) as caught:
        rw.mean(rw.col("a") - rw.col("b")).over("7d").short_names()
    assert str(caught.value) == (
        'mean(col("a") - col("b")).over("7d") computes its input, which gives it no name: add .alias(\'name\').'
    )


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (
            lambda count: count.over(),
            "count().over(): name a window, such as '7d', or leave .over out for all history.",
        ),
        (
            lambda count: count.over("1d").over("7d"),
            'count().over("1d") has its windows already: name all of them in one',
        ),
        (lambda count: count.over(None), "None is no window: write a whole number"),
        (lambda count: count.ahead(None), "None is no window: write a whole number"),
        (lambda count: count.over(closed="both"), "count().over(): name a window, such as '7d', or leave .over out"),
        (lambda count: count.ahead(), "count().ahead(): name a window, such as '7d', which begins at the time"),
        (lambda count: count.ahead("0d"), "A window must be longer than nothing, and '0d' is not."),
        (lambda count: count.ahead("1d").over("1d"), 'count().ahead("1d") has its windows already: name all of them'),
        (lambda count: count.over("1d").ahead("1d"), 'count().over("1d") has its windows already: name all of them'),
        (lambda count: count.over(rows=0), "rows=0: expected how many rows a window has at most, 1 or more."),
        (lambda count: count.over(calendar="decade"), "calendar='decade': expected one of 'day', 'week', 'month',"),
        (lambda count: count.over("1d", calendar="day"), "calendar='day' is a window by itself, beside '1d'"),
        (lambda count: count.over(tz="UTC"), "tz='UTC' is of a calendar window: add calendar='day', or leave tz out."),
        (lambda count: count.over(calendar="day", tz="Mars"), "tz='Mars' is no time zone: expected a name of the IANA"),
        (
            lambda count: count.over(*rw.windows("1d", times=2), calendar="day"),
            "calendar='day' is a window by itself, beside '1d'",
        ),
        (
            lambda count: count.over(Window.of("1d")),
            "is no window of a series: expected what rw.windows('1d', times=7) gives, or lengths such as '7d'.",
        ),
        (lambda count: count.over(Window()), "is no window of a series"),
        (lambda count: count.over(rw.windows("1d", times=2)), "is no window: write a whole number"),
        (lambda count: count.by("a").by("b"), 'count().by("a") has its category already: one .by() is all there is.'),
        (lambda count: count.by(rw.col("a")), 'count().by(): expected the name of a column, got col("a").'),
        (lambda count: count.by(["a"]), "count().by(): expected the name of a column, got ['a']."),
        (
            lambda _: rw.histogram("x").by("a"),
            'histogram("x").by(): histogram() gives several values, and a map holds one for each category: leave .by',
        ),
        (
            lambda count: count.explode(),
            "count().explode(): there is no column of lists: name one, as in count('tags')",
        ),
        (lambda _: rw.sum("x").explode().explode(), 'sum("x").explode() is exploded already: leave out one'),
        (lambda _: rw.vector_sum("x").explode(), "vector_sum() takes lists as they are: leave .explode out."),
        (lambda _: rw.correlation("x", "y").explode(), "correlation() takes two columns: leave .explode out."),
        (lambda count: count.over("0d"), "A window must be longer than nothing, and '0d' is not."),
        (lambda count: count.over(7), "7 is no window: write a whole number"),
        (lambda count: count.over(["1d"]), "['1d'] is no window"),
        (
            lambda count: count.over("1d", closed="open"),
            "closed='open': expected one of 'left', 'right', 'both', 'neither'",
        ),
        (lambda count: count.over("1d", offset="x"), "'x' is no offset"),
        (
            lambda count: count.where("x > 1"),
            "count().where(): expected an expression such as col('delay') > 0, got 'x > 1'",
        ),
        (lambda count: count.where(True), "got True of type bool"),
        (lambda count: count.where(rw.col("x") > 1 or rw.col("y") > 1), "Join conditions with & and |"),
        (lambda count: count.alias(""), "The name of a feature must be a string that is not empty"),
        (
            lambda count: count.alias("a b"),
            "The name of a feature becomes part of column names, which hold no ' ': 'a b'.",
        ),
    ],
)
def test_what_is_refused(act: Any, message: str) -> None:
    with pytest.raises(rw.DeclarationError) as caught:
        act(rw.count())
    assert message in str(caught.value)


@pytest.mark.parametrize("feature", EVERY, ids=repr)
def test_a_feature_comes_back_from_json_pickle_and_its_text(feature: Feature) -> None:
    assert Feature.from_dict(json.loads(json.dumps(feature.to_dict()))) == feature
    assert pickle.loads(pickle.dumps(feature)) == feature
    names = {name: getattr(rw, name) for name in rw.__all__ if name in repr(feature)}
    assert eval(repr(feature), {**names, "Decimal": __import__("decimal").Decimal}) == feature


def test_storing_leaves_out_defaults() -> None:
    assert rw.count().to_dict() == {"format": 1, "kind": "Feature", "aggregate": "count"}
    assert rw.last("x", skip_null=False).over("7d", offset="90m").to_dict() == {
        "format": 1,
        "kind": "Feature",
        "aggregate": "last",
        "parameters": {"skip_null": False},
        "input": {"column": "x"},
        "windows": [{"width": "7d", "offset": "90m"}],
    }


@given(
    st.timedeltas(min_value=timedelta(microseconds=1), max_value=timedelta(days=10**5)),
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=10**5)),
)
def test_windows_of_any_length_come_back(width: timedelta, offset: timedelta) -> None:
    feature = rw.count().over(width, closed="neither", offset=offset)
    assert Feature.from_dict(feature.to_dict()) == feature


def test_features_compare_by_value() -> None:
    assert rw.sum("x") == rw.sum(rw.col("x"))
    assert rw.sum("x") != rw.mean("x")
    assert rw.sum(rw.col("x") + 1) != rw.sum(rw.col("x") + 1.0)
    assert rw.last("x") != rw.last("x", skip_null=False)
    assert rw.sum("x") != rw.col("x").same_as(rw.col("x"))
    assert len({rw.sum("x"), rw.sum("x"), rw.sum("x").over("1d")}) == 2


def test_storing_the_rest_leaves_out_defaults_too() -> None:
    made = rw.correlation("x", "y").by("c").over(*rw.windows("1d", times=2), offset="1h", rows=5)
    assert made.to_dict() == {
        "format": 1,
        "kind": "Feature",
        "aggregate": "correlation",
        "input": {"column": "x"},
        "other": {"column": "y"},
        "by": "c",
        "windows": [
            {"width": "1d", "at": 0, "offset": "1h", "rows": 5},
            {"width": "1d", "at": 1, "offset": "1h", "rows": 5},
        ],
    }
    assert rw.sum("x").explode().over(calendar="day", tz="Asia/Tokyo").to_dict() == {
        "format": 1,
        "kind": "Feature",
        "aggregate": "sum",
        "input": {"column": "x"},
        "explode": True,
        "windows": [{"calendar": "day", "tz": "Asia/Tokyo"}],
    }
    assert rw.count().ahead("7d").to_dict()["windows"] == [{"width": "7d", "ahead": True}]


def test_features_compare_by_what_was_added() -> None:
    made = [
        rw.sum("x"),
        rw.sum("x").by("c"),
        rw.sum("x").by("d"),
        rw.sum("x").explode(),
        rw.sum("x").over("7d"),
        rw.sum("x").ahead("7d"),
        rw.sum("x").over("7d", rows=5),
        rw.sum("x").over(calendar="day"),
        rw.sum("x").over(calendar="day", tz="Asia/Tokyo"),
        rw.correlation("x", "y"),
        rw.correlation("x", "z"),
    ]
    assert len(set(made)) == len(made)
