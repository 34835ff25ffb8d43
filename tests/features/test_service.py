"""Feature services."""

import json
import pickle
from typing import Any

import pyarrow as pa
import pytest

import ropeway as rw
from ropeway.features.view import derived_of
from tests.features.samples import FLIGHTS, flights, new_service, rich_service

PLANE = rw.Entity("plane", ["tailnum"])
HISTORY = rw.FeatureView("history", PLANE, flights(), [rw.count().over("1d"), rw.mean("arr_delay"), "dest"])


def test_columns_stand_in_the_order_of_the_views() -> None:
    service = rw.FeatureService("s", features=[HISTORY[["dest"]], HISTORY.with_name("w"), HISTORY[["count_1d"]]])
    assert service.names == ("history__dest", "w__count_1d", "w__arr_delay_mean", "w__dest", "history__count_1d")
    assert service.views == (HISTORY[["dest"]], HISTORY.with_name("w"), HISTORY[["count_1d"]])
    assert tuple(output.name for output in service.outputs()) == service.names


def test_it_is_a_value_and_comes_back() -> None:
    service = rich_service()
    assert service == rich_service()
    assert hash(service) == hash(rich_service())
    assert service != rw.FeatureService("delays", features=service.views)
    assert rw.FeatureService.from_dict(json.loads(json.dumps(service.to_dict()))) == service
    assert pickle.loads(pickle.dumps(service)) == service
    with pytest.raises(AttributeError):
        service.views = ()  # type: ignore[misc]


def test_one_with_labels_and_derived_columns_comes_back() -> None:
    service = new_service()
    assert service == new_service()
    assert hash(service) == hash(new_service())
    assert rw.FeatureService.from_dict(json.loads(json.dumps(service.to_dict()))) == service
    assert pickle.loads(pickle.dumps(service)) == service
    names = {name: getattr(rw, name) for name in rw.__all__ if name in repr(service)}
    assert eval(repr(service), names) == service
    assert service.has_labels
    assert not rich_service().has_labels
    assert [type(view).__name__ for view in service.views] == [*["FeatureView"] * 4, *["LabelView"] * 2]


X = rw.col("history__count_1d")


def test_derived_columns_follow_the_others() -> None:
    service = rw.FeatureService("s", [HISTORY], derived={"twice": X * 2, "more": rw.col("twice") > X})
    assert service.names[-3:] == ("history__dest", "twice", "more")
    assert list(service.derived) == ["twice", "more"]
    assert service.derived == {"twice": X * 2, "more": rw.col("twice") > X}
    assert derived_of(service) is service.derived
    assert derived_of(HISTORY) == {}
    assert derived_of([HISTORY]) == {}
    assert rw.FeatureService("s", [HISTORY]).derived == {}
    assert rw.FeatureService("s", [HISTORY], derived={}) == rw.FeatureService("s", [HISTORY])
    one, other = {"a": X, "b": X}, {"b": X, "a": X}
    assert rw.FeatureService("s", [HISTORY], derived=one) != rw.FeatureService("s", [HISTORY], derived=other)
    assert service.to_dict()["derived"][1][0] == "more"
    assert 'derived={"twice": col("history__count_1d") * 2, "more": col("twice") > col("history__' in repr(service)
    with pytest.raises(TypeError):
        service.derived["twice"] = X  # type: ignore[index]


@pytest.mark.parametrize(
    ("derived", "message"),
    [
        (
            ["x"],
            "derived of service 's': expected a dict such as {'ratio': rw.col('a__x_sum') / rw.col('a__count')}, got",
        ),
        (
            {"x": 5},
            "derived 'x' of service 's': expected an expression such as rw.col('a__x_sum') / 2, got 5 of type int",
        ),
        ({"x": rw.count()}, "derived 'x' of service 's': expected an expression such as"),
        ({"": X}, "The name of a derived column of service 's' must be a string that is not empty"),
        ({"a b": X}, "The name of a derived column of service 's' becomes part of column names, which hold no ' '"),
        (
            {"history__dest": X},
            "derived 'history__dest' of service 's': there is a column of that name. Choose another",
        ),
        (
            {"x": rw.col("count_1d") + 1},
            "derived 'x' of service 's': (col(\"count_1d\") + 1) reads 'count_1d', and there is no such column. There",
        ),
        (
            {"x": rw.col("count_1d") + 1},
            "There are: history__count_1d, history__arr_delay_mean, history__dest.",
        ),
        ({"x": rw.col("y"), "y": X}, "derived 'x' of service 's': col(\"y\") reads 'y', and there is no such column."),
        ({"x": rw.col("x")}, "derived 'x' of service 's': col(\"x\") reads 'x'"),
    ],
)
def test_what_can_t_be_derived(derived: Any, message: str) -> None:
    with pytest.raises(rw.DeclarationError) as caught:
        rw.FeatureService("s", [HISTORY], derived=derived)
    assert message in str(caught.value)


def test_schema_of_derived_columns(arrow_schemas: list[Any]) -> None:
    source = rw.Source("flights", FLIGHTS.empty_table(), "departed_at")
    view = rw.FeatureView("v", PLANE, source, [rw.count(), "dest"])
    half = {"half": rw.col("v__count") / 2, "few": rw.col("half") < 1}
    assert rw.FeatureService("s", [view], derived=half).schema() == pa.schema(
        [("v__count", pa.int64()), ("v__dest", pa.string()), ("half", pa.float64()), ("few", pa.bool_())]
    )
    with pytest.raises(rw.SchemaError, match=r"service 's', derived 'x': .*: \* of"):
        rw.FeatureService("s", [view], derived={"x": rw.col("v__dest") * 2}).schema()


def test_text() -> None:
    view = rw.FeatureView("v", rw.Entity("k"), rw.Source("s", "delta:s", "t"), [rw.count()])
    assert repr(rw.FeatureService("a", [view], owner="ml")) == (
        'FeatureService(\n    "a",\n    [FeatureView("v", Entity("k"), Source("s", "delta:s", "t"), [count()])],\n'
        '    owner="ml",\n)'
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": ""}, "The name of a feature service must be a string that is not empty"),
        ({"features": []}, "service 's' has no features: name at least one FeatureView."),
        ({"features": HISTORY}, "features of service 's': expected a list of FeatureViews, got FeatureView("),
        ({"features": [rw.count()]}, "features of service 's': expected a list of FeatureViews, got [count()]."),
        ({"features": ["history"]}, "features of service 's': expected a list of FeatureViews, got ['history']."),
        ({"tags": {"a": 1}}, "tags of service 's': expected a dict of strings to strings"),
        ({"owner": 5}, "owner of service 's': expected a string, got 5"),
        ({"description": 5}, "description of service 's': expected a string, got 5"),
        (
            {"features": [HISTORY, HISTORY[["dest"]].with_join_key_map({"tailnum": "other"})]},
            """alias("dest"). Give one of the views in service 's' another name, with .with_name('name').""",
        ),
    ],
)
def test_what_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(rw.DeclarationError) as caught:
        rw.FeatureService(**{"name": "s", "features": [HISTORY], **options})
    assert message in str(caught.value)


def test_schema(arrow_schemas: list[Any]) -> None:
    source = rw.Source("flights", FLIGHTS.empty_table(), "departed_at")
    view = rw.FeatureView("v", PLANE, source, [rw.count(), "dest"])
    service = rw.FeatureService("s", [view, view[["dest"]].with_name("w")])
    assert service.schema(spark=5) == pa.schema(
        [("v__count", pa.int64()), ("v__dest", pa.string()), ("w__dest", pa.string())]
    )
    assert arrow_schemas == [5, 5]
