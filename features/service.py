"""`FeatureService`: the features that one model reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import pyarrow as pa

from ropeway.features import code
from ropeway.features.declaration import Declaration, without_defaults
from ropeway.features.definition import definition_hash
from ropeway.features.display import html_table
from ropeway.features.mapping import FixedMapping
from ropeway.features.names import checked_mapping, checked_name, checked_text
from ropeway.features.output import Output
from ropeway.features.view import FeatureView, refuse_clashes
from ropeway.transforms.errors import DeclarationError


@dataclass(frozen=True, init=False, eq=False, repr=False)
class FeatureService(Declaration):
    """The features that one model reads, from any number of views, in an order that is a contract.

    `features` are views, as they are, selected (`view[["count_7d"]]`), under another name or for other columns of
    the rows. Immutable; compares by value.

    >>> import ropeway as rw
    >>> flights = rw.Source("flights", "delta:data/flights", "departed_at")
    >>> airport = rw.FeatureView("airport", rw.Entity("airport"), flights, [rw.count().over("1d"), rw.mean("delay")])
    >>> rw.FeatureService("delays", features=[
    ...     airport.with_name("origin").with_join_key_map({"airport": "origin"}),
    ...     airport[["count_1d"]].with_name("dest").with_join_key_map({"airport": "dest"}),
    ... ]).names
    ('origin__count_1d', 'origin__delay_mean', 'dest__count_1d')
    """

    name: str
    views: tuple[FeatureView, ...]
    description: str
    owner: str
    tags: FixedMapping

    def __init__(
        self,
        name: str,
        features: Sequence[FeatureView],
        *,
        description: str = "",
        owner: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> None:
        what = f"service {checked_name(name, 'a feature service')!r}"
        if not isinstance(features, list | tuple) or not all(isinstance(view, FeatureView) for view in features):
            raise DeclarationError(f"features of {what}: expected a list of FeatureViews, got {features!r}.")
        if not features:
            raise DeclarationError(f"{what} has no features: name at least one FeatureView.")
        self._set(
            name=name,
            views=tuple(features),
            description=checked_text(description, f"description of {what}"),
            owner=checked_text(owner, f"owner of {what}"),
            tags=checked_mapping(tags, f"tags of {what}"),
        )
        refuse_clashes(self.outputs(), f"Give one of the views in {what} another name, with .with_name('name').")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in their order."""
        return tuple(output.name for output in self.outputs())

    def outputs(self) -> tuple[Output, ...]:
        """The columns of all views, in their order."""
        return tuple(output for view in self.views for output in view.outputs())

    def schema(self, *, spark: Any = None) -> pa.Schema:
        """Names and types of the columns; reads the schemas of the sources, with `spark` if one needs a session."""
        return pa.schema([field for view in self.views for field in view.schema(spark=spark)])

    @property
    def definition_hash(self) -> str:
        """A hash of what decides the values, the same as that of a list of the same views."""
        return definition_hash(self.views)

    def __repr__(self) -> str:
        return code.call(
            "FeatureService",
            code.quoted(self.name),
            code.listed(map(repr, self.views)),
            *code.notes(self.description, self.owner, self.tags),
        )

    def _repr_html_(self) -> str:
        return html_table(f"Feature service {self.name}", self.views)

    def _stored(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "features": [view.to_dict() for view in self.views],
            **without_defaults({"description": self.description, "owner": self.owner, "tags": dict(self.tags)}),
        }

    @classmethod
    def _restored(cls, data: Mapping[str, Any]) -> Self:
        return cls(**{**data, "features": [FeatureView.from_dict(view) for view in data["features"]]})
