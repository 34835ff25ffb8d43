"""`AppliedSource`: the rows of a source with features of their own, each as of the row's timestamp."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import pyarrow as pa

from ropeway.features import code
from ropeway.features.declaration import without_defaults
from ropeway.features.definition import definition
from ropeway.features.labels import LabelView
from ropeway.features.mapping import FixedExpressions
from ropeway.features.source import Source
from ropeway.features.view import FeatureView
from ropeway.transforms.errors import DeclarationError, SchemaError
from ropeway.transforms.expressions import Expression, output_type


@dataclass(frozen=True, init=False, eq=False, repr=False)
class AppliedSource(Source):
    """What `service.applied_to(source)` gives: rows of `base` with the columns of a service, as of their timestamp.

    It is a source like any other: views over it give features of features. A feature of a row is what a backfill of
    the base's rows says, so that by default nothing of the same instant is in it.
    """

    base: Source
    service: str
    views: tuple[FeatureView, ...]
    derived: FixedExpressions
    #: what was said beside the condition of the base
    further: Expression | None

    def __init__(
        self,
        base: Source,
        service: str,
        views: tuple[FeatureView, ...],
        derived: FixedExpressions,
        *,
        name: str | None = None,
        where: Expression | None = None,
    ) -> None:
        if not isinstance(base, Source):
            raise DeclarationError(f"service {service!r}.applied_to(): expected a Source, got {base!r}.")
        what = f"service {service!r} applied to source {base.name!r}"
        if base.is_static:
            raise DeclarationError(
                f"{what}: a static table (timestamp=None) has no times at which features of its rows would be known."
            )
        if where is not None and not isinstance(where, Expression):
            raise DeclarationError(
                f"{what}, where: expected an expression such as col('delay') > 0, got {where!r} of type "
                f"{type(where).__name__}."
            )
        if base.row_key:
            raise DeclarationError(
                f"{what}: its rows change (row_key), and features of a row would change with it. Apply the service to "
                f"a source of events."
            )
        labels = [view.name for view in views if isinstance(view, LabelView)]
        if labels:
            raise DeclarationError(
                f"{what}: the labels of {labels[0]!r} are not known at the time of a row. Apply features alone."
            )
        super().__init__(
            f"{base.name}_with_{service}" if name is None else name,
            base.table,
            base.timestamp,
            timestamp_unit=base.timestamp_unit,
            available_at=base.available_at,
            tiebreak=base.tiebreak,
            where=base.where if where is None else where if base.where is None else base.where & where,
            description=base.description,
            owner=base.owner,
            tags=base.tags,
        )
        self._set(base=base, service=service, views=views, derived=derived, further=where)

    @property
    def sources(self) -> tuple[Source, ...]:
        """All sources that are read, each once: that of the rows, and those of their features."""
        inner = [one for view in self.views for one in view.source.sources]
        return tuple(dict.fromkeys([*self.base.sources, *inner]))

    def raw_schema(self, *, spark: Any = None) -> pa.Schema:
        """The columns of the rows under the names that features use, then those of the service."""
        own = self.base.typed(self.base.raw_schema(spark=spark))
        more = pa.schema([field for view in self.views for field in view.schema(spark=spark)])
        for name, expression in self.derived.items():
            more = more.append(pa.field(name, output_type(expression, more)))
        taken = [name for name in more.names if name in own.names]
        if taken:
            raise SchemaError(
                f"source {self.name!r}: the rows of {self.base.name!r} have a column {taken[0]!r} already, which is "
                f"the name of a feature: rename the view by .with_name(), or the derived column; sessions take name=."
            )
        return pa.schema([*own, *more])

    def pinned(self, tables: Mapping[str, str]) -> Source:
        """The same over other addresses, which `tables` gives by those here."""
        views = tuple(view.over_source(view.source.pinned(tables)) for view in self.views)
        base = self.base.pinned(tables)
        return AppliedSource(base, self.service, views, self.derived, name=self.name, where=self.further)

    def filtered(self, condition: Expression) -> Source:
        """The same, of which a further condition must hold."""
        further = condition if self.further is None else self.further & condition
        return AppliedSource(self.base, self.service, self.views, self.derived, name=self.name, where=further)

    def definition(self) -> dict[str, Any]:
        """What decides the values of the rows."""
        return {
            "base": self.base.definition(),
            "features": definition(self.views, self.derived),
            "where": None if self.further is None else self.further.to_dict(),
        }

    def __repr__(self) -> str:
        named = self.name != f"{self.base.name}_with_{self.service}"
        made = code.call(
            "FeatureService",
            code.quoted(self.service),
            code.listed(map(repr, self.views)),
            *code.keyword("derived", code.expressions(self.derived)),
        )
        return made + code.call(
            ".applied_to",
            repr(self.base),
            *code.keyword("name", code.quoted(self.name) if named else None),
            *code.keyword("where", None if self.further is None else code.condition(self.further)),
        )

    def _compared(self) -> tuple[object, ...]:
        return self.name, self.base, self.service, self.views, self.derived, repr(self.further)

    def _stored(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "base": self.base.to_dict(),
            "service": self.service,
            "views": [view.to_dict() for view in self.views],
            **without_defaults(
                {
                    "derived": [[name, expression.to_dict()] for name, expression in self.derived.items()],
                    "where": None if self.further is None else self.further.to_dict(),
                }
            ),
        }

    @classmethod
    def _restored(cls, data: Mapping[str, Any]) -> Self:
        where = data.get("where")
        return cls(
            Source.from_dict(data["base"]),
            data["service"],
            tuple(FeatureView.from_dict(view) for view in data["views"]),
            FixedExpressions({name: Expression.from_dict(stored) for name, stored in data.get("derived", ())}),
            name=data["name"],
            where=None if where is None else Expression.from_dict(where),
        )
