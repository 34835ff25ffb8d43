"""`LabelView`: what happens after the time that is asked for, for a model to learn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ropeway.features import code
from ropeway.features.declaration import without_defaults
from ropeway.features.display import html_table
from ropeway.features.entity import Entity
from ropeway.features.feature import Feature
from ropeway.features.instants import micros_of, text_of
from ropeway.features.names import checked_view_name
from ropeway.features.source import Source
from ropeway.features.view import FeatureView
from ropeway.transforms.errors import DeclarationError


@dataclass(frozen=True, init=False, eq=False, repr=False)
class LabelView(FeatureView):
    """Labels of one entity from one source: aggregates over `[t, t + w)`, the time after the one that is asked for.

    It is selected from, renamed and mapped to other columns as a `FeatureView` is, and stands beside them in a
    service. Each label needs `.ahead(...)`; the source needs a timestamp.

    A label whose time is not over is null, and not 0: it is known once `t + w <= complete_until`.
    complete_until: the instant up to which the source is complete, an ISO text, a date or a datetime, without a zone
        UTC; None is the source's newest timestamp. `complete_until` of the view is in microseconds since 1970.

    `available_at` of the source is ignored: a label is what happened, whenever that became known.

    >>> import ropeway as rw
    >>> flights = rw.Source("flights", "delta:data/flights", "departed_at", available_at="known_at")
    >>> later = rw.LabelView(
    ...     "later", rw.Entity("tailnum"), flights, [rw.max("arr_delay").ahead("1d", "7d")], complete_until="2014-01-01"
    ... )
    >>> [(output.name, output.window.describe()) for output in later.outputs()]
    [('later__arr_delay_max_1d', '[t, t+1d)'), ('later__arr_delay_max_7d', '[t, t+7d)')]
    """

    #: in microseconds since 1970 UTC; None is the source's newest timestamp
    complete_until: int | None

    _listed: ClassVar[str] = "labels"

    def __init__(
        self,
        name: str,
        entity: Entity,
        source: Source,
        labels: Sequence[Feature],
        *,
        complete_until: str | dt.date | None = None,
        description: str = "",
        owner: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> None:
        what = f"view {checked_view_name(name)!r}"
        if not isinstance(labels, list | tuple) or not labels:
            raise DeclarationError(
                f"labels of {what}: expected a list such as [rw.sum('x').ahead('30d')], got {labels!r}."
            )
        for label in labels:
            if not isinstance(label, Feature) or not label.is_ahead:
                raise DeclarationError(
                    f"labels of {what}: {label!r} does not look ahead of the time that is asked for. Expected what "
                    f"rw.sum('x').ahead('30d') and the like give; features belong into a FeatureView."
                )
        bound = None if complete_until is None else micros_of(complete_until, f"{what}: complete_until")
        self._set(complete_until=bound)
        super().__init__(name, entity, source, labels, description=description, owner=owner, tags=tags)

    @property
    def labels(self) -> tuple[Feature, ...]:
        """The labels that were declared."""
        return self.features

    def definition(self) -> dict[str, Any]:
        return {**super().definition(), **self._stored_rules()}

    def _check_features(self, what: str) -> None:
        if self.source.is_static:
            raise DeclarationError(
                f"{what} over source {self.source.name!r}, a static table (timestamp=None), has no labels, since "
                f"nothing in it happens at a time: name the timestamp of the source."
            )

    def _declaring(self) -> str:
        bound = self._bound()
        return code.call(
            "LabelView",
            code.quoted(self.base_name),
            repr(self.entity),
            repr(self.source),
            code.listed(map(repr, self.features)),
            *code.keyword("complete_until", bound and code.quoted(bound)),
            *code.notes(self.description, self.owner, self.tags),
        )

    def _repr_html_(self) -> str:
        return html_table(f"Label view {self.name}", [self])

    def _stored_rules(self) -> dict[str, Any]:
        return without_defaults({"complete_until": self._bound()})

    def _bound(self) -> str | None:
        return None if self.complete_until is None else text_of(self.complete_until)
