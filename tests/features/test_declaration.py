"""What all declarations share."""

from typing import Any

import pytest

import ropeway as rw
from tests.features.samples import rich_service


@pytest.mark.parametrize(
    ("kind", "data", "message"),
    [
        (rw.Entity, {}, "Expected what Entity.to_dict() gives, got {}."),
        (rw.Entity, None, "Expected what Entity.to_dict() gives, got None."),
        (rw.Entity, rich_service().views[0].source.to_dict(), "Expected what Entity.to_dict() gives, got {'format': 1"),
        (
            rw.Entity,
            {"format": 2, "kind": "Entity", "name": "x", "join_keys": ["x"]},
            "This Entity is stored in format 2, and this version of ropeway reads format 1: read it with the version",
        ),
        (
            rw.Entity,
            {"format": 1, "kind": "Entity", "name": "x"},
            "This stored Entity is broken: KeyError('join_keys').",
        ),
        (rw.Source, {"format": 1, "kind": "Source", "frame": "x"}, "This stored Source is broken: TypeError("),
        (
            rw.FeatureView,
            {"format": 1, "kind": "FeatureView", "entity": 5},
            "Expected what Entity.to_dict() gives, got 5.",
        ),
        (rw.FeatureService, {"format": 1, "kind": "FeatureService"}, "This stored FeatureService is broken: KeyError"),
        (
            rw.Feature,
            {"format": 1, "kind": "Feature", "aggregate": "frobnicate"},
            "The aggregate 'frobnicate' of a stored feature is unknown to this version of ropeway: expected one of ",
        ),
        (
            rw.Feature,
            {"format": 1, "kind": "Feature", "aggregate": "sum", "parameters": {"x": 1}},
            "is broken: TypeError",
        ),
        (
            rw.Feature,
            {"format": 1, "kind": "Feature", "aggregate": "correlation", "input": {"column": "x"}},
            "This stored Feature is broken: correlation() has 2 to 2 inputs, got {",
        ),
        (rw.Feature, {"format": 1, "kind": "Feature", "aggregate": "sum"}, "broken: sum() has 1 to 1 inputs, got {"),
    ],
)
def test_a_stored_form_that_is_none(kind: Any, data: Any, message: str) -> None:
    with pytest.raises(rw.DeclarationError) as caught:
        kind.from_dict(data)
    assert message in str(caught.value)
