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
from tests.features.samples import rich_service

EVERY = [feature for view in rich_service().views for feature in view.features]


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
    ],
)
def test_names(feature: Feature, names: tuple[str, ...]) -> None:
    assert feature.short_names() == names


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
