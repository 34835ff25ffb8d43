"""The definition hash: what changes it, what does not, and that no release changes it by accident."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import ropeway as rw
from ropeway.features.definition import definition, definition_hash
from tests.features.samples import flights, new_service, rich_service

GOLDEN = Path(__file__).parents[1] / "golden"
#: what was declared when the first file was written, and what was added after that
SERVICES = {"service.json": rich_service, "learning.json": new_service}
PLANE = rw.Entity("plane", ["tailnum"])


def view(*features: Any, **options: Any) -> rw.FeatureView:
    return rw.FeatureView(**{"name": "v", "entity": PLANE, "source": flights(), "features": list(features), **options})


@pytest.mark.parametrize("name", SERVICES)
def test_the_golden_files(name: str) -> None:
    """If this fails, tables written by earlier releases are no longer known to be of the same definition.

    Then say so in the change log, raise `definition._VERSION` or `declaration.FORMAT`, and keep reading the old one.
    """
    golden = json.loads((GOLDEN / name).read_text())
    service = SERVICES[name]()
    assert service.to_dict() == golden["stored"]
    assert definition(service.views, service.derived) == golden["definition"]
    assert service.definition_hash == golden["definition_hash"]
    restored = rw.FeatureService.from_dict(golden["stored"])
    assert restored == service
    assert restored.definition_hash == golden["definition_hash"]


BASE = view(rw.sum("x").over("7d"), rw.last("dest"))


@pytest.mark.parametrize(
    "same",
    [
        view(rw.sum("x").over("7d"), rw.last("dest"), description="d", owner="o", tags={"a": "b"}),
        view(rw.sum("x").over("7d"), rw.last("dest"), entity=rw.Entity("aircraft", ["tailnum"])),
        view(rw.sum("x").over(timedelta(days=7)), rw.last("dest")),
        view(rw.sum("x").over("7d", closed="left"), rw.last("dest")),
        view(rw.sum(rw.col("x")).over("7d"), rw.last("dest")),
        view(rw.last("dest"), rw.sum("x").over("7d"))[["x_sum_7d", "dest_last"]],
        view(rw.sum("x").over("7d"), rw.last("dest"), name="w").with_name("v"),
        view(rw.sum("x").over("7d").alias("x_sum_7d"), rw.last("dest")),
        view(
            rw.sum("x").over("7d"),
            rw.last("dest"),
            source=rw.Source("s", "delta:data/flights", "departed_at", owner="o"),
        ),
    ],
    ids=range(9),
)
def test_what_does_not_decide_the_values(same: rw.FeatureView) -> None:
    assert same.definition_hash == BASE.definition_hash


@pytest.mark.parametrize(
    "other",
    [
        view(rw.sum("x").over("7d"), rw.last("dest"), name="w"),
        view(rw.sum("x").over("7d"), rw.last("dest")).with_name("w"),
        view(rw.sum("x").over("7d"), rw.last("dest")).with_join_key_map({"tailnum": "tail"}),
        view(rw.last("dest"), rw.sum("x").over("7d")),
        view(rw.sum("x").over("7d")),
        view(rw.sum("x").over("7d"), rw.last("dest"), rw.count()),
        view(rw.sum("x").over("168h").alias("x_sum_7d"), rw.last("dest"), closed="right"),
        view(rw.sum("x").over("7d"), rw.last("dest"), ttl="1d"),
        view(rw.sum("x").over("7d", offset="1us"), rw.last("dest")),
        view(rw.sum("x").over("7d").where(rw.col("y") > 0), rw.last("dest")),
        view(rw.mean("x").over("7d").alias("x_sum_7d"), rw.last("dest")),
        view(rw.sum("y").over("7d").alias("x_sum_7d"), rw.last("dest")),
        view(rw.sum("x").over("7d"), rw.last("dest", skip_null=False)),
        view(rw.sum("x").over("7d"), rw.last("dest"), entity=rw.Entity("plane", ["tail"])),
        view(rw.sum("x").over("7d"), rw.last("dest"), source=flights(available_at="known_at")),
        view(rw.sum("x").over("7d"), rw.last("dest"), source=flights(tiebreak=["flight"])),
        view(rw.sum("x").over("7d"), rw.last("dest"), source=flights(timestamp_unit="s")),
        view(rw.sum("x").over("7d"), rw.last("dest"), source=flights(where=rw.col("y") > 0)),
        view(rw.sum("x").over("7d"), rw.last("dest"), source=flights(field_mapping={"a": "x"})),
        view(rw.sum("x").over("7d"), rw.last("dest"), source=rw.Source("flights", "delta:data/f2", "departed_at")),
        view(rw.sum("x").over("7d"), rw.last("dest"), source=rw.Source("flights", "delta:data/flights", "at")),
    ],
    ids=range(21),
)
def test_what_decides_the_values(other: rw.FeatureView) -> None:
    assert other.definition_hash != BASE.definition_hash


def test_all_that_is_said_of_rows_and_windows_decides_the_values() -> None:
    """Under one name, so that the name decides nothing."""
    made = [
        rw.sum("x"),
        rw.sum("x").by("c"),
        rw.sum("x").by("d"),
        rw.sum("x").explode(),
        rw.weighted_mean("x", "y"),
        rw.weighted_mean("x", "z"),
        rw.last_n("x", 2),
        rw.last_n("x", 3),
        rw.quantile("x", 0.5),
        rw.quantile("x", 0.9),
        rw.sum("x").over("7d"),
        rw.sum("x").over("7d", rows=5),
        rw.sum("x").over("7d", rows=6),
        rw.sum("x").over(rows=5),
        rw.sum("x").over(calendar="day"),
        rw.sum("x").over(calendar="week"),
        rw.sum("x").over(calendar="day", tz="Asia/Tokyo"),
        rw.sum("x").over(calendar="day", rows=5),
        rw.sum("x").over(rw.windows("7d", times=2)[1]),
    ]
    assert len({view(one.alias("n")).definition_hash for one in made}) == len(made)


def test_how_a_series_was_written_does_not_decide_the_values() -> None:
    series = view(rw.sum("x").over(rw.windows("7d", times=2)[1]).alias("n"))
    assert series.definition_hash == view(rw.sum("x").over("7d", offset="7d").alias("n")).definition_hash


def test_derived_columns_decide_the_values_in_their_order() -> None:
    def hashed(**derived: rw.Expression) -> str:
        return rw.FeatureService("s", [BASE], derived=derived).definition_hash

    x = rw.col("v__x_sum_7d")
    assert hashed() == BASE.definition_hash
    assert len({hashed(), hashed(a=x), hashed(b=x), hashed(a=x * 2), hashed(a=x, b=x), hashed(b=x, a=x)}) == 6
    assert hashed(a=x, b=x) == definition_hash([BASE], {"a": x, "b": x})
    assert definition([BASE], {"a": x})["derived"] == [["a", {"column": "v__x_sum_7d"}]]


def test_the_hash_of_a_stored_service_is_its_own() -> None:
    service = new_service()
    restored = rw.FeatureService.from_dict(json.loads(json.dumps(service.to_dict())))
    assert restored.definition_hash == service.definition_hash
    for view in service.views:
        json.dumps(view.definition())


def test_a_service_hashes_as_its_views() -> None:
    service = rw.FeatureService("s", [BASE, BASE.with_name("w")])
    assert service.definition_hash == definition_hash([BASE, BASE.with_name("w")])
    assert rw.FeatureService("t", [BASE], owner="o").definition_hash == BASE.definition_hash
    assert len(BASE.definition_hash) == 64


def test_a_frame_hashes_by_its_name_and_schema(arrow_schemas: list[Any]) -> None:
    def hashed(name: str, **columns: pa.Array) -> str:
        return view(rw.count(), source=rw.Source(name, pa.table(columns), "t")).definition_hash

    t = pa.array([0], pa.timestamp("us"))
    assert hashed("s", t=t, x=pa.array([1])) == hashed("s", t=t, x=pa.array([2]))
    assert hashed("s", t=t, x=pa.array([1])) != hashed("s", t=t, x=pa.array([1.0]))
    assert hashed("s", t=t, x=pa.array([1])) != hashed("s", t=t, y=pa.array([1]))
    assert hashed("s", t=t, x=pa.array([1])) != hashed("r", t=t, x=pa.array([1]))
