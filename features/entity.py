"""`Entity`: what features are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from ropeway.features import code
from ropeway.features.declaration import Declaration
from ropeway.features.names import checked_columns, checked_name
from ropeway.transforms.errors import DeclarationError


@dataclass(frozen=True, init=False, eq=False, repr=False)
class Entity(Declaration):
    """What features are about, such as a plane; `join_keys` are the columns that identify one, by default its name.

    The columns are those of sources. Rows that name them otherwise say so by `FeatureView.with_join_key_map`.

    >>> import ropeway as rw
    >>> rw.Entity("route", join_keys=["origin", "dest"]).join_keys
    ('origin', 'dest')
    >>> rw.Entity("tailnum").join_keys
    ('tailnum',)
    """

    name: str
    join_keys: tuple[str, ...]

    def __init__(self, name: str, join_keys: Sequence[str] | None = None) -> None:
        checked_name(name, "an entity")
        keys = (name,) if join_keys is None else checked_columns(join_keys, f"join_keys of entity {name!r}")
        if not keys:
            raise DeclarationError(f"Entity {name!r} has no join keys: name the columns that identify one.")
        self._set(name=name, join_keys=keys)

    def __repr__(self) -> str:
        keys = [] if self.join_keys == (self.name,) else [code.listed(map(code.quoted, self.join_keys))]
        return code.call("Entity", code.quoted(self.name), *keys)

    def _stored(self) -> dict[str, Any]:
        return {"name": self.name, "join_keys": list(self.join_keys)}

    @classmethod
    def _restored(cls, data: Mapping[str, Any]) -> Self:
        return cls(data["name"], data["join_keys"])
