"""`FeatureView`: named features of one entity from one source."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

import pyarrow as pa

from ropeway.features import code
from ropeway.features.aggregates import last
from ropeway.features.declaration import Declaration, without_defaults
from ropeway.features.definition import definition_hash, view_definition
from ropeway.features.display import html_table
from ropeway.features.entity import Entity
from ropeway.features.feature import Feature
from ropeway.features.mapping import FixedExpressions, FixedMapping
from ropeway.features.names import (
    SEPARATOR,
    checked_column,
    checked_mapping,
    checked_text,
    checked_view_name,
)
from ropeway.features.output import Output
from ropeway.features.source import Source
from ropeway.transforms import durations
from ropeway.transforms.aggregates.picks import Last
from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.expressions import Expression
from ropeway.transforms.expressions.evaluator import check_columns
from ropeway.transforms.expressions.tree import Reference
from ropeway.transforms.windows import Closed, Window, checked_closed

if TYPE_CHECKING:
    from ropeway.transforms.pipeline import FittedPipeline


@dataclass(frozen=True, init=False, eq=False, repr=False)
class FeatureView(Declaration):
    """Named features of one entity, computed from one source. Immutable; compares by value.

    features: what `rw.count()` and its like give; a bare string is the plain field: the newest row's value of that
        column, null or not.
    closed: which edges of a window belong to it, unless `.over` says otherwise. "left" is `[t-w, t)`: nothing that
        happened at t itself takes part.
    ttl: the window of features without `.over`; None is all history.

    Columns are named `{view}__{column}_{aggregate}_{window}`, or `{view}__{alias}`. The name of a view has no `__`
    in it and no `_` at its end, so that the two can be told apart. `join_keys` maps each join key of the entity to
    the column of the rows that holds it; `features` are those declared, `outputs()` those selected.

    >>> import ropeway as rw
    >>> flights = rw.Source("flights", "delta:data/flights", "departed_at", available_at="known_at")
    >>> plane = rw.FeatureView("plane", rw.Entity("tailnum"), flights, [rw.count().over("1d", "7d"), "dest"])
    >>> [output.name for output in plane.outputs()]
    ['plane__count_1d', 'plane__count_7d', 'plane__dest']
    >>> plane[["count_7d"]].with_name("partner").with_join_key_map({"tailnum": "partner_tailnum"}).outputs()[0].name
    'partner__count_7d'
    """

    name: str
    entity: Entity
    source: Source
    features: tuple[Feature, ...]
    closed: Closed
    ttl: str | None
    description: str
    owner: str
    tags: FixedMapping
    #: the name that was declared, whatever `with_name` made of it
    base_name: str
    join_keys: FixedMapping
    #: the short names that were selected, None for all
    selected: tuple[str, ...] | None

    #: the argument that lists the features
    _listed: ClassVar[str] = "features"

    def __init__(
        self,
        name: str,
        entity: Entity,
        source: Source,
        features: Sequence[Feature | str],
        *,
        closed: Closed = "left",
        ttl: str | timedelta | None = None,
        description: str = "",
        owner: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> None:
        what = f"view {checked_view_name(name)!r}"
        if not isinstance(entity, Entity):
            raise DeclarationError(f"entity of {what}: expected an Entity, got {entity!r}.")
        if not isinstance(source, Source):
            raise DeclarationError(f"source of {what}: expected a Source, got {source!r}.")
        if closed is None:
            raise DeclarationError(f'closed of {what}: expected "left", "right", "both" or "neither", got None.')
        if ttl is not None and durations.micros(ttl, "ttl") <= 0:
            raise DeclarationError(f"ttl of {what}: {ttl!r} is not longer than nothing. Leave it out for all history.")
        self._set(
            name=name,
            entity=entity,
            source=source,
            features=_checked_features(features, what),
            closed=checked_closed(closed),
            ttl=None if ttl is None else durations.text(ttl),
            description=checked_text(description, f"description of {what}"),
            owner=checked_text(owner, f"owner of {what}"),
            tags=checked_mapping(tags, f"tags of {what}"),
            base_name=name,
            join_keys=FixedMapping({key: key for key in entity.join_keys}),
            selected=None,
        )
        self._check_features(what)
        refuse_clashes(self._all_outputs(), "Give one of them another name, with .alias('name').")

    def _check_features(self, what: str) -> None:
        """Raise `DeclarationError` for a feature that such a view can't have."""
        for feature in self.features:
            if feature.is_ahead:
                raise DeclarationError(
                    f"features of {what}: {feature!r} looks ahead of the time that is asked for, as a feature must "
                    f"not: declare it as a label, in a LabelView."
                )
        if self.source.is_static:
            _check_static(self)
        if self.source.available_at is not None:
            _check_late(self)
        if self.source.row_key:
            _check_changes(self)

    def __getitem__(self, names: str | Sequence[str]) -> Self:
        """The view with only the features of these short names, in this order."""
        wanted = (names,) if isinstance(names, str) else tuple(names) if isinstance(names, list | tuple) else ()
        if not wanted:
            raise DeclarationError(f"view {self.name!r}[{names!r}]: expected short names, such as view[['count_7d']].")
        there = [output.short for output in self.outputs()]
        missing = [name for name in wanted if name not in there]
        if missing:
            raise DeclarationError(
                f"view {self.name!r} has no feature {', '.join(map(repr, missing))}. There are: {', '.join(there)}."
            )
        repeated = [name for name in wanted if wanted.count(name) > 1]
        if repeated:
            raise DeclarationError(f"view {self.name!r}: feature {repeated[0]!r} is selected twice.")
        return self._with(selected=wanted)

    def with_name(self, name: str) -> Self:
        """The view under another name, for instance to use it in two roles."""
        return self._with(name=checked_view_name(name))

    def with_join_key_map(self, join_key_map: Mapping[str, str]) -> Self:
        """The view for rows that name join keys otherwise: a join key of the entity -> a column of the rows."""
        what = f"with_join_key_map of view {self.name!r}"
        renamed = checked_mapping(join_key_map, what)
        for key, column in renamed.items():
            checked_column(column, what)
            if key not in self.join_keys:
                raise DeclarationError(
                    f"{what}: {key!r} is no join key of entity {self.entity.name!r}. Expected join keys -> columns of "
                    f"the rows; the join keys are: {', '.join(self.join_keys)}."
                )
        return self._with(join_keys=FixedMapping({**self.join_keys, **renamed}))

    @property
    def declared(self) -> Self:
        """The view as it was declared: all its features, under its first name, for rows with its entity's join keys."""
        keys = FixedMapping({key: key for key in self.entity.join_keys})
        return self._with(name=self.base_name, join_keys=keys, selected=None)

    def over_source(self, source: Source) -> Self:
        """The view over another source, which has the columns that it needs."""
        return self._with(source=source)

    def outputs(self) -> tuple[Output, ...]:
        """The columns of the view, in their order."""
        outputs = self._all_outputs()
        if self.selected is None:
            return outputs
        by_name = {output.short: output for output in outputs}
        return tuple(by_name[name] for name in self.selected)

    def schema(self, *, spark: Any = None) -> pa.Schema:
        """Names and types of the columns; reads the schema of the source, with `spark` if it needs a session.

        Raises `SchemaError` for columns that are not there or of a type that makes no sense.
        """
        source = self.source_schema(spark=spark)
        return pa.schema([(output.name, output.type(source)) for output in self.outputs()])

    def source_schema(self, *, spark: Any = None) -> pa.Schema:
        """The columns of the source, under the names that features use, among which the join keys must be."""
        source = self.source.typed(self.source.raw_schema(spark=spark))
        what = f"view {self.name!r}, join keys of entity {self.entity.name!r} in source {self.source.name!r}"
        check_columns(self.entity.join_keys, source.names, what)
        return source

    @property
    def definition_hash(self) -> str:
        """A hash of what decides the values: not of owner, description and tags, nor of how a window was written."""
        return definition_hash([self])

    def definition(self) -> dict[str, Any]:
        """What decides the values, as JSON data: what `definition_hash` is the hash of."""
        return view_definition(self)

    def _all_outputs(self) -> tuple[Output, ...]:
        history = Window() if self.ttl is None else dataclasses.replace(Window.of(self.ttl), text="")
        return tuple(
            Output(
                view=self.name,
                name=f"{self.name}{SEPARATOR}{short}",
                short=short,
                aggregate=feature.aggregate,
                input=feature.input,
                filter=feature.filter,
                window=dataclasses.replace(window, closed=window.closed or self.closed),
                feature=feature,
                other=feature.other,
                category=feature.category,
                exploded=feature.exploded,
            )
            for feature in self.features
            for short, window in zip(feature.short_names(), feature.windows or (history,), strict=True)
        )

    def __repr__(self) -> str:
        made = self._declaring()
        if self.selected is not None:
            made += f"[{code.listed(map(code.quoted, self.selected))}]"
        if self.name != self.base_name:
            made += f".with_name({code.quoted(self.name)})"
        renamed = code.mapping(self._renamed_keys())
        return made if renamed is None else f"{made}.with_join_key_map({renamed})"

    def _declaring(self) -> str:
        """The code that declares the view, before it was given a role."""
        return code.call(
            "FeatureView",
            code.quoted(self.base_name),
            repr(self.entity),
            repr(self.source),
            code.listed(_feature_text(feature) for feature in self.features),
            *code.keyword("closed", None if self.closed == "left" else code.quoted(self.closed)),
            *code.keyword("ttl", self.ttl and code.quoted(self.ttl)),
            *code.notes(self.description, self.owner, self.tags),
        )

    def _repr_html_(self) -> str:
        return html_table(f"Feature view {self.name}", [self])

    def _renamed_keys(self) -> dict[str, str]:
        return {key: column for key, column in self.join_keys.items() if key != column}

    def _stored(self) -> dict[str, Any]:
        return {
            "name": self.base_name,
            "entity": self.entity.to_dict(),
            "source": self.source.to_dict(),
            self._listed: [feature.to_dict() for feature in self.features],
            **self._stored_rules(),
            **without_defaults(
                {
                    "description": self.description,
                    "owner": self.owner,
                    "tags": dict(self.tags),
                    "selected": None if self.selected is None else list(self.selected),
                    "with_name": self.name if self.name != self.base_name else None,
                    "with_join_key_map": self._renamed_keys(),
                }
            ),
        }

    def _stored_rules(self) -> dict[str, Any]:
        """What is stored of that which holds for all features."""
        return {"closed": self.closed, **without_defaults({"ttl": self.ttl})}

    @classmethod
    def _restored(cls, data: Mapping[str, Any]) -> Self:
        declared = dict(data)
        selected = declared.pop("selected", None)
        name = declared.pop("with_name", None)
        renamed = declared.pop("with_join_key_map", {})
        parts = {
            "entity": Entity.from_dict(declared["entity"]),
            "source": Source.from_dict(declared["source"]),
            cls._listed: [Feature.from_dict(feature) for feature in declared[cls._listed]],
        }
        view = cls(**{**declared, **parts}).with_join_key_map(renamed)
        view = view if name is None else view.with_name(name)
        return view if selected is None else view[selected]


class _HasViews(Protocol):
    """What a `FeatureService` is to this file, which stands below it."""

    @property
    def views(self) -> tuple[FeatureView, ...]: ...


def as_views(features: _HasViews | FeatureView | Sequence[FeatureView]) -> tuple[FeatureView, ...]:
    """The views of a service, of a view, or of a list of views, labels among them; raises `DeclarationError` else."""
    views = (features,) if isinstance(features, FeatureView) else getattr(features, "views", features)
    if not isinstance(views, list | tuple) or not all(isinstance(view, FeatureView) for view in views):
        raise DeclarationError(
            f"Expected a FeatureService, a FeatureView or a list of FeatureViews, got {features!r} of type "
            f"{type(features).__name__}."
        )
    if not views:
        raise DeclarationError("Expected a FeatureService, a FeatureView or a list of FeatureViews, got an empty list.")
    return tuple(views)


def derived_of(features: object) -> Mapping[str, Expression]:
    """The derived columns of a service, name -> expression; a view or a list of views has none."""
    derived: Mapping[str, Expression] = getattr(features, "derived", FixedExpressions())
    return derived


def transform_of(features: object) -> FittedPipeline | None:
    """The fitted pipeline of a service that has one."""
    transform: FittedPipeline | None = getattr(features, "transform", None)
    return transform


def refuse_clashes(outputs: Sequence[Output], hint: str) -> None:
    """Raise `DeclarationError` where two outputs would have one name."""
    seen: dict[str, Output] = {}
    for output in outputs:
        other = seen.setdefault(output.name, output)
        if other is not output:
            raise DeclarationError(
                f"Two features would both be the column {output.name!r}: {other.feature!r} and "
                f"{output.feature!r}. {hint}"
            )


def _checked_features(features: object, what: str) -> tuple[Feature, ...]:
    if not isinstance(features, list | tuple):
        raise DeclarationError(f"features of {what}: expected a list such as [rw.count(), 'dest'], got {features!r}.")
    if not features:
        raise DeclarationError(f"{what} has no features: name at least one, such as rw.count().over('7d').")
    made = []
    for feature in features:
        if isinstance(feature, str):
            checked_column(feature, f"features of {what}")
            made.append(last(feature, skip_null=False).alias(feature))
        elif isinstance(feature, Feature):
            made.append(feature)
        else:
            raise DeclarationError(
                f"features of {what}: {feature!r} is no feature. Expected what rw.count(), rw.mean('x') and the like "
                f"give (not Python's own functions), or the name of a column."
            )
    return tuple(made)


def _check_late(view: FeatureView) -> None:
    wrong = [feature for feature in view.features if not feature.aggregate.takes_late]
    if wrong:
        raise DeclarationError(
            f"view {view.name!r}, {wrong[0]!r}: source {view.source.name!r} has available_at, and rows that become "
            f"known late could change what was known of it. Leave available_at out, or the feature."
        )


def _check_changes(view: FeatureView) -> None:
    wrong = [feature for feature in view.features if any(window.rows is not None for window in feature.windows)]
    if wrong:
        raise DeclarationError(
            f"view {view.name!r}, {wrong[0]!r}: the rows of source {view.source.name!r} change (row_key), and "
            f"which are the last ones changes with them: use a window of some length."
        )


def _check_static(view: FeatureView) -> None:
    what = f"view {view.name!r} over source {view.source.name!r}, a static table (timestamp=None)"
    if view.ttl is not None:
        raise DeclarationError(f"{what}: a ttl makes no sense where rows have no time. Leave it out.")
    for feature in view.features:
        if feature.windows:
            raise DeclarationError(f"{what}: {feature!r} has a window, where rows have no time. Leave .over() out.")
        if not isinstance(feature.aggregate, Last) or feature.category is not None or feature.exploded:
            raise DeclarationError(
                f"{what}: {feature!r} has no meaning, since each key has one row. Expected the name of a column, "
                f"rw.last() or rw.first()."
            )


def _feature_text(feature: Feature) -> str:
    """A plain field as the string it was written as."""
    if isinstance(feature.input, Reference) and feature.name == feature.input.name:
        plain = last(feature.input, skip_null=False).alias(feature.name)
        return code.quoted(feature.name) if feature == plain else repr(feature)
    return repr(feature)
