"""`FeatureService`: the features that one model reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from ropeway.features import code
from ropeway.features.chain import AppliedSource
from ropeway.features.declaration import Declaration, without_defaults
from ropeway.features.definition import definition_hash
from ropeway.features.display import html_table
from ropeway.features.labels import LabelView
from ropeway.features.mapping import FixedExpressions, FixedMapping
from ropeway.features.names import checked_mapping, checked_name, checked_output_name, checked_text
from ropeway.features.output import Output
from ropeway.features.source import Source
from ropeway.features.view import FeatureView, refuse_clashes
from ropeway.transforms.errors import DeclarationError, SchemaError
from ropeway.transforms.expressions import Expression, output_type

if TYPE_CHECKING:
    from ropeway.transforms.pipeline import FittedPipeline


@dataclass(frozen=True, init=False, eq=False, repr=False)
class FeatureService(Declaration):
    """The features that one model reads, from any number of views, in an order that is a contract.

    `features` are views, as they are, selected (`view[["count_7d"]]`), under another name or for other columns of
    the rows; and `LabelView`s, for the rows that a model learns from. Immutable; compares by value.

    derived: columns that follow those of the views: a name -> an expression over their columns, and over derived ones
        before it. Null of null, as in all expressions.
    transform: a fitted pipeline over the features and derived columns, whose outputs take their place: what the model
        sees. The rows' own columns and labels stay as they are.

    >>> import ropeway as rw
    >>> flights = rw.Source("flights", "delta:data/flights", "departed_at")
    >>> airport = rw.FeatureView("airport", rw.Entity("airport"), flights, [rw.count().over("1d"), rw.mean("delay")])
    >>> rw.FeatureService("delays", features=[
    ...     airport.with_name("origin").with_join_key_map({"airport": "origin"}),
    ...     airport[["count_1d"]].with_name("dest").with_join_key_map({"airport": "dest"}),
    ... ]).names
    ('origin__count_1d', 'origin__delay_mean', 'dest__count_1d')
    >>> rw.FeatureService("shares", [airport], derived={"late": rw.col("airport__delay_mean") > 15}).names
    ('airport__count_1d', 'airport__delay_mean', 'late')
    """

    name: str
    views: tuple[FeatureView, ...]
    derived: FixedExpressions
    transform: FittedPipeline | None
    description: str
    owner: str
    tags: FixedMapping

    def __init__(
        self,
        name: str,
        features: Sequence[FeatureView],
        *,
        derived: Mapping[str, Expression] | None = None,
        transform: FittedPipeline | None = None,
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
            derived=FixedExpressions(),
            transform=None,
            description=checked_text(description, f"description of {what}"),
            owner=checked_text(owner, f"owner of {what}"),
            tags=checked_mapping(tags, f"tags of {what}"),
        )
        refuse_clashes(self.outputs(), f"Give one of the views in {what} another name, with .with_name('name').")
        self._set(derived=_checked_derived(derived, self.names, what))
        self._set(transform=_checked_transform(transform, self.names, self._labels, what))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in their order: those of the views, then derived ones.

        Of a transform those of its outputs, then labels.
        """
        if self.transform is not None:
            return (*self.transform.names, *self._labels)
        return (*(output.name for output in self.outputs()), *self.derived)

    @property
    def _labels(self) -> tuple[str, ...]:
        return tuple(one.name for view in self.views if isinstance(view, LabelView) for one in view.outputs())

    @property
    def has_labels(self) -> bool:
        """Whether some of its columns are labels, which are not known at the time that is asked for."""
        return any(isinstance(view, LabelView) for view in self.views)

    def outputs(self) -> tuple[Output, ...]:
        """The columns of all views, in their order."""
        return tuple(output for view in self.views for output in view.outputs())

    def schema(self, *, spark: Any = None) -> pa.Schema:
        """Names and types of the columns; reads the schemas of the sources, with `spark` if one needs a session."""
        schema = pa.schema([field for view in self.views for field in view.schema(spark=spark)])
        for name, expression in self.derived.items():
            try:
                schema = schema.append(pa.field(name, output_type(expression, schema)))
            except SchemaError as error:
                raise SchemaError(f"service {self.name!r}, derived {name!r}: {error}") from error
        if self.transform is not None:
            return pa.schema([*self.transform.schema, *(schema.field(name) for name in self._labels)])
        return schema

    def applied_to(self, source: Source, *, name: str | None = None, where: Expression | None = None) -> AppliedSource:
        """`source` with the columns of this service for each of its rows, as of the row's timestamp.

        It is a source for further views, to any depth: features of features. The rows need the join keys of all views.
        A transform of the service is its model's, and takes no part.

        name: by default `{source}_with_{service}`. where: only rows for which this holds take part, after `source`'s
            own condition; it may speak of the features.

        >>> import ropeway as rw
        >>> flights = rw.Source("flights", "delta:data/flights", "departed_at")
        >>> plane = rw.FeatureView("plane", rw.Entity("tailnum"), flights, [rw.mean("arr_delay").over("1d")])
        >>> known = rw.FeatureService("planes", [plane]).applied_to(flights)
        >>> rw.FeatureView("airport", rw.Entity("origin"), known, [rw.max("plane__arr_delay_mean_1d").over("1h")]).name
        'airport'
        """
        return AppliedSource(source, self.name, self.views, self.derived, name=name, where=where)

    @property
    def definition_hash(self) -> str:
        """A hash of what decides the values, the same as that of a list of the same views if nothing is derived."""
        return definition_hash(self.views, self.derived, self.transform)

    def __repr__(self) -> str:
        return code.call(
            "FeatureService",
            code.quoted(self.name),
            code.listed(map(repr, self.views)),
            *code.keyword("derived", code.expressions(self.derived)),
            *code.keyword("transform", None if self.transform is None else repr(self.transform)),
            *code.notes(self.description, self.owner, self.tags),
        )

    def _repr_html_(self) -> str:
        return html_table(f"Feature service {self.name}", self.views, self.derived)

    def _stored(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "features": [view.to_dict() for view in self.views],
            **without_defaults(
                {
                    "derived": [[name, expression.to_dict()] for name, expression in self.derived.items()],
                    "transform": None if self.transform is None else self.transform.to_dict(),
                    "description": self.description,
                    "owner": self.owner,
                    "tags": dict(self.tags),
                }
            ),
        }

    @classmethod
    def _restored(cls, data: Mapping[str, Any]) -> Self:
        parts: dict[str, Any] = {
            "features": [FeatureView.from_dict(view) for view in data["features"]],
            "derived": {name: Expression.from_dict(stored) for name, stored in data.get("derived", ())},
        }
        if "transform" in data:
            from ropeway.transforms.pipeline import FittedPipeline

            parts["transform"] = FittedPipeline.from_dict(data["transform"])
        return cls(**{**data, **parts})


def _checked_derived(derived: object, columns: Sequence[str], what: str) -> FixedExpressions:
    """The derived columns, each of which reads what stands before it."""
    if derived is None:
        return FixedExpressions()
    if not isinstance(derived, Mapping):
        raise DeclarationError(
            f"derived of {what}: expected a dict such as {{'ratio': rw.col('a__x_sum') / rw.col('a__count')}}, got "
            f"{derived!r}."
        )
    there = list(columns)
    for name, expression in derived.items():
        checked_output_name(name, f"a derived column of {what}")
        if not isinstance(expression, Expression):
            raise DeclarationError(
                f"derived {name!r} of {what}: expected an expression such as rw.col('a__x_sum') / 2, got "
                f"{expression!r} of type {type(expression).__name__}."
            )
        if name in there:
            raise DeclarationError(f"derived {name!r} of {what}: there is a column of that name. Choose another one.")
        missing = [column for column in expression.columns() if column not in there]
        if missing:
            raise DeclarationError(
                f"derived {name!r} of {what}: {expression!r} reads {', '.join(map(repr, missing))}, and there is no "
                f"such column. There are: {', '.join(there)}."
            )
        there.append(name)
    return FixedExpressions(derived)


def _checked_transform(
    transform: object, columns: Sequence[str], labels: Sequence[str], what: str
) -> FittedPipeline | None:
    """The fitted pipeline, which reads what stands in the service, and no label."""
    if transform is None:
        return None
    from ropeway.transforms.pipeline import FittedPipeline

    if not isinstance(transform, FittedPipeline):
        raise DeclarationError(
            f"transform of {what}: expected a fitted pipeline, what Pipeline.fit() gives, got {transform!r}."
        )
    for name in transform.program.columns:
        if name in labels:
            raise DeclarationError(f"transform of {what}: {name!r} is a label, which is not known when it is served.")
        if name not in columns:
            raise DeclarationError(
                f"transform of {what}: it reads {name!r}, and there is no such column. There are: {', '.join(columns)}."
            )
    clash = sorted(set(transform.names) & set(labels))
    if clash:
        raise DeclarationError(f"transform of {what}: its output {clash[0]!r} is the name of a label too. Rename one.")
    return transform
