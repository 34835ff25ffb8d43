"""Entities."""

import json
import pickle

import pytest

import ropeway as rw


def test_join_keys() -> None:
    assert rw.Entity("tailnum").join_keys == ("tailnum",)
    assert rw.Entity("plane", ["tailnum"]).join_keys == ("tailnum",)
    assert rw.Entity("route", join_keys=("origin", "dest")).join_keys == ("origin", "dest")


def test_it_is_a_value() -> None:
    entity = rw.Entity("route", ["origin", "dest"])
    assert entity == rw.Entity("route", ["origin", "dest"])
    assert entity != rw.Entity("route", ["dest", "origin"])
    assert entity != "route"
    assert len({entity, rw.Entity("route", ["origin", "dest"]), rw.Entity("route")}) == 2
    assert pickle.loads(pickle.dumps(entity)) == entity
    assert repr(entity) == 'Entity("route", ["origin", "dest"])'
    assert repr(rw.Entity("tailnum")) == 'Entity("tailnum")'
    with pytest.raises(AttributeError):
        entity.name = "x"  # type: ignore[misc]


def test_storing() -> None:
    entity = rw.Entity("route", ["origin", "dest"])
    stored = json.loads(json.dumps(entity.to_dict()))
    assert stored == {"format": 1, "kind": "Entity", "name": "route", "join_keys": ["origin", "dest"]}
    assert rw.Entity.from_dict(stored) == entity


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("",), "The name of an entity must be a string that is not empty, and '' is not."),
        ((5,), "The name of an entity must be a string"),
        (("plane", []), "Entity 'plane' has no join keys: name the columns that identify one."),
        (("plane", "tailnum"), "join_keys of entity 'plane': expected a list of column names, such as ['tailnum']"),
        (("plane", ["a", "a"]), "join_keys of entity 'plane': 'a' stands there twice."),
    ],
)
def test_what_is_refused(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(rw.DeclarationError) as caught:
        rw.Entity(*arguments)  # type: ignore[arg-type]
    assert message in str(caught.value)
