"""Feature services."""

import json
import pickle
from typing import Any

import pyarrow as pa
import pytest

import ropeway as rw
from tests.features.samples import FLIGHTS, flights, rich_service

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
