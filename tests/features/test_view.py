"""Feature views: what they hold, select, rename and refuse."""

import json
import pickle
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

import ropeway as rw
from ropeway.features.view import as_views
from tests.features.samples import FLIGHTS, flights, new_service, rich_service

PLANE = rw.Entity("plane", ["tailnum"])
ROUTE = rw.Entity("route", ["origin", "dest"])


def view(*features: Any, **options: Any) -> rw.FeatureView:
    return rw.FeatureView(**{"name": "v", "entity": PLANE, "source": flights(), "features": list(features), **options})


def names(made: Any) -> list[str]:
    return [output.name for output in made.outputs()]


HISTORY = view(rw.count().over("1d", "7d"), rw.mean("arr_delay").over("7d"), "dest", rw.last("dest"))


def test_names_stand_in_declared_order_windows_innermost() -> None:
    assert names(HISTORY) == ["v__count_1d", "v__count_7d", "v__arr_delay_mean_7d", "v__dest", "v__dest_last"]


def test_a_bare_string_is_the_newest_row_s_value() -> None:
    assert view("dest") == view(rw.last("dest", skip_null=False).alias("dest"))
    assert view("dest").outputs()[0].short == "dest"


def test_ttl_is_the_window_of_features_without_one_and_stands_in_no_name() -> None:
    made = view(rw.count(), rw.sum("x").over("1d"), ttl="90m")
    assert names(made) == ["v__count", "v__x_sum_1d"]
    assert [output.window.micros for output in made.outputs()] == [5_400_000_000, 86_400_000_000]
    assert view(rw.count(), ttl=timedelta(minutes=90)) == view(rw.count(), ttl="90m")
    assert view(rw.count(), ttl="500ms").outputs()[0].window.micros == 500_000


def test_closed_of_the_view_holds_where_over_says_nothing() -> None:
    made = view(rw.count().over("1d"), rw.count().over("7d", closed="left"), rw.count(), closed="right")
    assert [output.window.closed for output in made.outputs()] == ["right", "left", "right"]
    assert [output.window.closed for output in HISTORY.outputs()] == ["left"] * 5


def test_selecting() -> None:
    assert names(HISTORY[["dest", "count_7d"]]) == ["v__dest", "v__count_7d"]
    assert HISTORY["count_7d"] == HISTORY[["count_7d"]]
    assert HISTORY["dest", "count_7d"] == HISTORY[["dest", "count_7d"]]
    assert names(HISTORY[["dest", "count_7d"]][["count_7d"]]) == ["v__count_7d"]
    assert HISTORY[["dest"]] != HISTORY
    assert len(HISTORY.outputs()) == 5


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (
            ["count_30d", "x"],
            "view 'v' has no feature 'count_30d', 'x'. There are: count_1d, count_7d, arr_delay_mean_7d,",
        ),
        ("v__count_7d", "view 'v' has no feature 'v__count_7d'"),
        ([], "view 'v'[[]]: expected short names, such as view[['count_7d']]."),
        (0, "view 'v'[0]: expected short names"),
        (["dest", "dest"], "view 'v': feature 'dest' is selected twice."),
    ],
)
def test_selecting_what_is_not_there(wanted: Any, message: str) -> None:
    with pytest.raises(rw.DeclarationError) as caught:
        HISTORY[wanted]
    assert message in str(caught.value)
    with pytest.raises(rw.DeclarationError, match=r"There are: dest\.$"):
        HISTORY[["dest"]][["count_7d"]]


def test_another_name() -> None:
    assert names(HISTORY.with_name("partner")[["dest"]]) == ["partner__dest"]
    assert HISTORY.with_name("partner").base_name == "v"
    assert HISTORY.with_name("a").with_name("v") == HISTORY
    assert HISTORY.with_name("partner") != HISTORY
    with pytest.raises(rw.DeclarationError, match="must not contain '__'"):
        HISTORY.with_name("a__b")


def test_other_columns_of_the_rows() -> None:
    traffic = view(rw.count(), entity=ROUTE)
    assert traffic.join_keys == {"origin": "origin", "dest": "dest"}
    mapped = traffic.with_join_key_map({"origin": "from"})
    assert mapped.join_keys == {"origin": "from", "dest": "dest"}
    assert list(mapped.join_keys) == ["origin", "dest"]
    assert mapped.with_join_key_map({"dest": "to"}) == traffic.with_join_key_map({"origin": "from", "dest": "to"})
    assert mapped.with_join_key_map({"origin": "origin"}) == traffic
    for wrong, message in [
        (
            {"from": "origin"},
            "with_join_key_map of view 'v': 'from' is no join key of entity 'route'. Expected join keys",
        ),
        ({"origin": ""}, "with_join_key_map of view 'v': expected the name of a column, got ''."),
        ("origin", "with_join_key_map of view 'v': expected a dict of strings to strings, got 'origin'."),
    ]:
        with pytest.raises(rw.DeclarationError) as caught:
            traffic.with_join_key_map(wrong)  # type: ignore[arg-type]
        assert message in str(caught.value)


def test_roles_chain_in_any_order() -> None:
    mapping = {"tailnum": "partner"}
    one = HISTORY[["dest"]].with_name("p").with_join_key_map(mapping)
    other = HISTORY.with_join_key_map(mapping).with_name("p")[["dest"]]
    assert one == other
    assert hash(one) == hash(other)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"features": []}, "view 'v' has no features: name at least one, such as rw.count().over('7d')."),
        ({"features": "dest"}, "features of view 'v': expected a list such as [rw.count(), 'dest'], got 'dest'."),
        ({"features": rw.count()}, "features of view 'v': expected a list such as [rw.count(), 'dest'], got count()."),
        (
            {"features": [sum]},
            "is no feature. Expected what rw.count(), rw.mean('x') and the like give (not Python's own",
        ),
        ({"features": [rw.col("x")]}, "features of view 'v': col(\"x\") is no feature."),
        ({"features": [""]}, "features of view 'v': expected the name of a column, got ''."),
        (
            {"features": [rw.mean(rw.col("x") * 2)]},
            'mean(col("x") * 2) computes its input, which gives it no name: add',
        ),
        ({"name": ""}, "The name of a feature view must be a string that is not empty"),
        ({"name": "a__b"}, "must not contain '__' nor end in '_'"),
        ({"name": "a b"}, "The name of a feature view becomes part of column names"),
        ({"entity": "plane"}, "entity of view 'v': expected an Entity, got 'plane'."),
        ({"entity": [PLANE]}, "entity of view 'v': expected an Entity, got [Entity("),
        ({"source": "delta:x"}, "source of view 'v': expected a Source, got 'delta:x'."),
        ({"closed": "open"}, "closed='open': expected one of 'left', 'right', 'both', 'neither'."),
        ({"closed": None}, 'closed of view \'v\': expected "left", "right", "both" or "neither", got None.'),
        ({"ttl": "0d"}, "ttl of view 'v': '0d' is not longer than nothing. Leave it out for all history."),
        ({"ttl": timedelta(days=-1)}, "is not longer than nothing"),
        ({"ttl": "soon"}, "'soon' is no ttl: write a whole number"),
        ({"ttl": 5}, "5 is no ttl"),
        ({"tags": {"a": 1}}, "tags of view 'v': expected a dict of strings to strings"),
        ({"owner": 5}, "owner of view 'v': expected a string, got 5"),
        ({"description": None}, "description of view 'v': expected a string, got None"),
    ],
)
def test_what_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(rw.DeclarationError) as caught:
        view(rw.count(), **options)
    assert message in str(caught.value)


def test_two_features_of_one_name_are_both_named() -> None:
    cases: list[tuple[list[Any], str]] = [
        ([rw.count().over("1d"), rw.count().where(rw.col("x") > 1).over("1d")], "v__count_1d"),
        ([rw.last("x"), rw.last("x", skip_null=False)], "v__x_last"),
        ([rw.count().over("7d", "7d")], "v__count_7d"),
        ([rw.count().over("7d", closed="both"), rw.count().over("7d", offset="1d")], "v__count_7d"),
        (["dest", rw.count().alias("dest")], "v__dest"),
        ([rw.mean("x").over("7d"), rw.count().alias("x_mean").over("1d", "7d")], "v__x_mean_7d"),
    ]
    for features, name in cases:
        with pytest.raises(rw.DeclarationError) as caught:
            view(*features)
        assert f"Two features would both be the column {name!r}: " in str(caught.value)
        assert "Give one of them another name, with .alias('name')." in str(caught.value)
    with pytest.raises(rw.DeclarationError) as caught:
        view(rw.count().over("1d"), rw.count().where(rw.col("x") > 1).over("1d"))
    assert 'count().over("1d") and count().over("1d").where(col("x") > 1).' in str(caught.value)


def test_a_static_source_gives_fields() -> None:
    planes = rw.Source("planes", "delta:planes", None)
    condition = rw.col("active") == True  # noqa: E712
    made = view("seats", rw.first("model"), rw.last("engines").where(condition), source=planes)
    assert names(made) == ["v__seats", "v__model_first", "v__engines_last"]
    begin = "view 'v' over source 'planes', a static table (timestamp=None): "
    cases: list[tuple[list[Any], dict[str, Any], str]] = [
        (
            [rw.count()],
            {},
            "count() has no meaning, since each key has one row. Expected the name of a column, rw.last()",
        ),
        (
            [rw.last("x").over("7d")],
            {},
            'last("x").over("7d") has a window, where rows have no time. Leave .over() out.',
        ),
        ([rw.time_since_last()], {}, "time_since_last() has no meaning, since each key has one row."),
        ([rw.last("x").by("c")], {}, 'last("x").by("c") has no meaning, since each key has one row.'),
        ([rw.last("x").explode()], {}, 'last("x").explode() has no meaning, since each key has one row.'),
        ([rw.last("x").over(rows=5)], {}, 'last("x").over(rows=5) has a window, where rows have no time.'),
        ([rw.last("x").over(calendar="day")], {}, 'last("x").over(calendar="day") has a window, where rows have'),
        (["seats"], {"ttl": "7d"}, "a ttl makes no sense where rows have no time. Leave it out."),
    ]
    for features, options, message in cases:
        with pytest.raises(rw.DeclarationError) as caught:
            view(*features, source=planes, **options)
        assert begin + message in str(caught.value)


@pytest.mark.parametrize("made", [*rich_service().views, *new_service().views], ids=lambda made: made.name)
def test_a_view_is_a_value_and_comes_back(made: rw.FeatureView) -> None:
    assert rw.FeatureView.from_dict(json.loads(json.dumps(made.to_dict()))) == made
    assert pickle.loads(pickle.dumps(made)) == made
    assert hash(pickle.loads(pickle.dumps(made))) == hash(made)
    everything = {
        **vars(rw),
        **{name: getattr(rw, name) for name in rw.__all__ if name[0] != "_" and name not in ENGINES},
    }
    assert eval(repr(made), {**everything, "Decimal": __import__("decimal").Decimal}) == made
    with pytest.raises(AttributeError):
        made.name = "x"  # type: ignore[misc]


#: not needed to read declarations, and slower to load
ENGINES = ("backfill", "explain", "spark_session", "BackfillResult")


def test_views_compare_by_all_that_they_say() -> None:
    base = view(rw.count())
    assert base == view(rw.count())
    for other in [
        view(rw.count(), name="w"),
        view(rw.count(), entity=ROUTE),
        view(rw.count(), source=flights(available_at="known_at")),
        view(rw.count().over("1d")),
        view(rw.count(), closed="right"),
        view(rw.count(), ttl="7d"),
        view(rw.count(), description="d"),
        view(rw.count(), owner="o"),
        view(rw.count(), tags={"a": "b"}),
    ]:
        assert base != other
    assert len({base, view(rw.count()), view("dest")}) == 2


def test_text() -> None:
    made = view("dest", ttl="7d", closed="both")[["dest"]].with_name("p").with_join_key_map({"tailnum": "tail"})
    assert repr(made) == (
        'FeatureView(\n    "v",\n    Entity("plane", ["tailnum"]),\n    Source("flights", "delta:data/flights", '
        '"departed_at"),\n    ["dest"],\n    closed="both",\n    ttl="7d",\n)[["dest"]].with_name("p")'
        '.with_join_key_map({"tailnum": "tail"})'
    )


def test_schema(arrow_schemas: list[Any]) -> None:
    source = rw.Source("flights", FLIGHTS.empty_table(), "departed_at", field_mapping={"arr_delay": "delay"})
    made = view(rw.count().over("7d"), rw.max("delay"), "dest", source=source)
    assert made.schema() == pa.schema(
        [("v__count_7d", pa.int64()), ("v__delay_max", pa.float64()), ("v__dest", pa.string())]
    )
    assert made[["dest"]].schema(spark="session").names == ["v__dest"]
    assert arrow_schemas == [None, "session"]
    with pytest.raises(rw.SchemaError, match=r"view 'v', feature 'arr_delay_max'.*there is no column 'arr_delay'"):
        view(rw.max("arr_delay"), source=source).schema()
    with pytest.raises(rw.SchemaError) as caught:
        view(rw.count(), source=source, entity=rw.Entity("airport")).schema()
    assert str(caught.value).startswith(
        "view 'v', join keys of entity 'airport' in source 'flights': there is no column 'airport'. There are: tailnum,"
    )


def test_as_views() -> None:
    service = rich_service()
    assert as_views(service) == service.views
    assert as_views(HISTORY) == (HISTORY,)
    assert as_views([HISTORY, HISTORY.with_name("w")]) == (HISTORY, HISTORY.with_name("w"))
    for wrong, message in [
        (
            rw.count(),
            "Expected a FeatureService, a FeatureView or a list of FeatureViews, got count() of type Feature.",
        ),
        ("delays", "got 'delays' of type str"),
        ([HISTORY, "dest"], "of type list."),
        ([], "got an empty list."),
        (None, "got None of type NoneType"),
    ]:
        with pytest.raises(rw.DeclarationError) as caught:
            as_views(wrong)  # type: ignore[arg-type]
        assert message in str(caught.value)
