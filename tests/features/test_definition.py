"""The definition hash: what changes it, what does not, and that no release changes it by accident."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import ropeway as rw
from ropeway.features.definition import definition, definition_hash
from tests.features.samples import flights, rich_service

GOLDEN = Path(__file__).parents[1] / "golden" / "service.json"
PLANE = rw.Entity("plane", ["tailnum"])


def view(*features: Any, **options: Any) -> rw.FeatureView:
    return rw.FeatureView(**{"name": "v", "entity": PLANE, "source": flights(), "features": list(features), **options})


def test_the_golden_file() -> None:
    """If this fails, tables written by earlier releases are no longer known to be of the same definition.

    Then say so in the change log, raise `definition._VERSION` or `declaration.FORMAT`, and keep reading the old one.
    """
    golden = json.loads(GOLDEN.read_text())
    service = rich_service()
    assert service.to_dict() == golden["stored"]
    assert definition(service.views) == golden["definition"]
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
