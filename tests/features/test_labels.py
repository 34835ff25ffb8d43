"""Label views: what they hold, refuse and say."""

import datetime as dt
import json
import pickle
from typing import Any

import pyarrow as pa
import pytest

import ropeway as rw
from ropeway.features.view import as_views
from ropeway.transforms.windows import Window
from tests.features.samples import FLIGHTS, flights

PLANE = rw.Entity("plane", ["tailnum"])
BEGIN = 1_388_534_400_000_000


def labels(*made: Any, **options: Any) -> rw.LabelView:
    return rw.LabelView(**{"name": "v", "entity": PLANE, "source": flights(), "labels": list(made), **options})


LATER = labels(rw.max("arr_delay").ahead("1d", "7d"), rw.count().ahead("7d"), complete_until="2014-01-01")


def test_outputs_look_ahead() -> None:
    assert [output.name for output in LATER.outputs()] == ["v__arr_delay_max_1d", "v__arr_delay_max_7d", "v__count_7d"]
    assert LATER.outputs()[0].window == Window.in_front("1d")
    assert LATER.labels == LATER.features
    assert (LATER.name, LATER.entity, LATER.source) == ("v", PLANE, flights())
    assert LATER.join_keys == {"tailnum": "tailnum"}


def test_roles_are_those_of_feature_views() -> None:
    made = LATER[["count_7d"]].with_name("w").with_join_key_map({"tailnum": "partner"})
    assert isinstance(made, rw.LabelView)
    assert [output.name for output in made.outputs()] == ["w__count_7d"]
    assert made.join_keys == {"tailnum": "partner"}
    assert made.complete_until == BEGIN


@pytest.mark.parametrize(
    "until",
    [
        "2014-01-01",
        "2014-01-01T01:00:00+01:00",
        dt.date(2014, 1, 1),
        dt.datetime(2014, 1, 1),
        dt.datetime(2013, 12, 31, 19, tzinfo=dt.timezone(dt.timedelta(hours=-5))),
    ],
)
def test_complete_until_is_an_instant(until: Any) -> None:
    made = labels(rw.count().ahead("7d"), complete_until=until)
    assert made.complete_until == BEGIN
    assert made == labels(rw.count().ahead("7d"), complete_until="2014-01-01")
    assert 'complete_until="2014-01-01"' in repr(made)
    assert labels(rw.count().ahead("7d")).complete_until is None
    assert labels(rw.count().ahead("7d"), complete_until="1970-01-01").complete_until == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": []}, "labels of view 'v': expected a list such as [rw.sum('x').ahead('30d')], got []."),
        ({"labels": rw.count().ahead("7d")}, "labels of view 'v': expected a list such as"),
        (
            {"labels": [rw.count().over("7d")]},
            "labels of view 'v': count().over(\"7d\") does not look ahead of the time that is asked for.",
        ),
        ({"labels": [rw.count().ahead("7d"), rw.count()]}, "labels of view 'v': count() does not look ahead"),
        ({"labels": ["dest"]}, "labels of view 'v': 'dest' does not look ahead"),
        ({"complete_until": "soon"}, "view 'v': complete_until='soon' is no time: write it as '2013-01-01'"),
        ({"complete_until": 5}, "view 'v': complete_until=5: expected a text, a date or a datetime."),
        ({"source": "x"}, "source of view 'v': expected a Source, got 'x'."),
        ({"name": "a__b"}, "must not contain '__'"),
        ({"tags": {"a": 1}}, "tags of view 'v': expected a dict of strings to strings"),
        (
            {"source": rw.Source("planes", "delta:planes", None)},
            "view 'v' over source 'planes', a static table (timestamp=None), has no labels, since nothing in it",
        ),
        ({"labels": [rw.count().ahead("7d", "7d")]}, "Two features would both be the column 'v__count_7d'"),
        ({"labels": [rw.sum(rw.col("x") * 2).ahead("7d")]}, "add .alias('name')."),
    ],
)
def test_what_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(rw.DeclarationError) as caught:
        labels(rw.count().ahead("7d"), **options)
    assert message in str(caught.value)


def test_a_feature_view_has_no_labels() -> None:
    with pytest.raises(rw.DeclarationError) as caught:
        rw.FeatureView("v", PLANE, flights(), [rw.count(), rw.count().ahead("7d")])
    assert str(caught.value) == (
        "features of view 'v': count().ahead(\"7d\") looks ahead of the time that is asked for, as a feature must not: "
        "declare it as a label, in a LabelView."
    )


def test_it_is_a_value_and_comes_back() -> None:
    for made in (LATER, labels(rw.count().ahead("7d")), LATER[["count_7d"]].with_name("w")):
        stored = json.loads(json.dumps(made.to_dict()))
        assert stored["kind"] == "LabelView"
        assert rw.LabelView.from_dict(stored) == made
        assert rw.FeatureView.from_dict(stored) == made
        assert pickle.loads(pickle.dumps(made)) == made
        everything = {name: getattr(rw, name) for name in ("LabelView", "Entity", "Source", "max", "count")}
        assert eval(repr(made), everything) == made
    assert labels(rw.count().ahead("7d"), complete_until="2014-01-01") != labels(rw.count().ahead("7d"))
    with pytest.raises(rw.DeclarationError, match=r"Expected what LabelView\.to_dict\(\) gives"):
        rw.LabelView.from_dict(rw.FeatureView("v", PLANE, flights(), [rw.count()]).to_dict())


def test_what_is_stored() -> None:
    stored = LATER.to_dict()
    assert sorted(stored) == ["complete_until", "entity", "format", "kind", "labels", "name", "source"]
    assert stored["complete_until"] == "2014-01-01"


def test_the_hash_knows_when_labels_are_complete() -> None:
    made = [
        labels(rw.count().ahead("7d")),
        labels(rw.count().ahead("7d"), complete_until="2014-01-01"),
        labels(rw.count().ahead("7d"), complete_until="2014-01-02"),
        rw.FeatureView("v", PLANE, flights(), [rw.count().over("7d")]),
    ]
    assert len({view.definition_hash for view in made}) == 4
    assert labels(rw.count().ahead("7d"), owner="o").definition_hash == made[0].definition_hash
    assert labels(rw.count().ahead("168h").alias("count_7d")).definition_hash == made[0].definition_hash


def test_schema(arrow_schemas: list[Any]) -> None:
    source = rw.Source("flights", FLIGHTS.empty_table(), "departed_at")
    made = labels(
        rw.max("arr_delay").ahead("7d"), rw.any(rw.col("dep_delay") > 0).ahead("1d").alias("a"), source=source
    )
    assert made.schema() == pa.schema([("v__arr_delay_max_7d", pa.float64()), ("v__a", pa.bool_())])


def test_a_list_of_views_may_hold_labels() -> None:
    view = rw.FeatureView("w", PLANE, flights(), [rw.count()])
    assert as_views([view, LATER]) == (view, LATER)
    assert as_views(LATER) == (LATER,)


def test_a_notebook_shows_them() -> None:
    assert "<caption>Label view v: v by tailnum from flights</caption>" in LATER._repr_html_()
    assert "<td>[t, t+7d)</td>" in LATER._repr_html_()
