"""`Feature`: an aggregate of an expression over windows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from ropeway.features import code
from ropeway.features.declaration import Declaration, without_defaults
from ropeway.features.names import checked_output_name
from ropeway.transforms import durations
from ropeway.transforms.aggregates import AGGREGATES, Aggregate
from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.expressions import Expression
from ropeway.transforms.expressions.tree import Reference
from ropeway.transforms.windows import Closed, Window


@dataclass(frozen=True, eq=False, repr=False)
class Feature(Declaration):
    """An aggregate of a column or an expression, over windows before the time that is asked for; one output each.

    Made by `rw.count()`, `rw.mean("x")` and so on. `windows` is empty for all history, or the view's ttl; `filter` is
    what `.where` said, `name` what `.alias` said. Each method gives a new feature.

    >>> import ropeway as rw
    >>> rw.mean("arr_delay").over("1d", "7d").where(rw.col("origin") == "JFK").alias("jfk_delay")
    mean("arr_delay").over("1d", "7d").where(col("origin") == "JFK").alias("jfk_delay")
    """

    aggregate: Aggregate
    input: Expression | None = None
    windows: tuple[Window, ...] = ()
    filter: Expression | None = None
    name: str | None = None

    def over(
        self,
        *windows: str | timedelta,
        closed: Closed | None = None,
        offset: str | timedelta | None = None,
    ) -> Feature:
        """The feature over each of `windows`, lengths such as "90m" or "7d".

        closed: which edges of a window belong to it: "left", "right", "both", "neither"; None leaves it to the view.
        offset: moves both edges back in time; what is known is still judged at the time that is asked for.

        >>> import ropeway as rw
        >>> rw.count().over("1d", "7d", offset="1h")
        count().over("1d", "7d", offset="1h")
        """
        if self.windows:
            raise DeclarationError(f"{self!r} has its windows already: name all of them in one .over().")
        if not windows:
            raise DeclarationError(f"{self!r}.over(): name a window, such as '7d', or leave .over out for all history.")
        return dataclasses.replace(
            self, windows=tuple(Window.of(window, closed=closed, offset=offset) for window in windows)
        )

    def where(self, condition: Expression) -> Feature:
        """The feature of only those rows for which `condition` is true; null is not true. Twice: both must hold.

        >>> import ropeway as rw
        >>> rw.count().where(rw.col("delay") > 15)
        count().where(col("delay") > 15)
        """
        if not isinstance(condition, Expression):
            raise DeclarationError(
                f"{self!r}.where(): expected an expression such as col('delay') > 0, got {condition!r} of type "
                f"{type(condition).__name__}."
            )
        return dataclasses.replace(self, filter=condition if self.filter is None else self.filter & condition)

    def alias(self, name: str) -> Feature:
        """The feature under another name, which follows `{view}__`; with several windows `_{window}` follows it.

        >>> import ropeway as rw
        >>> rw.count().over("1d", "7d").alias("flights").short_names()
        ('flights_1d', 'flights_7d')
        """
        return dataclasses.replace(self, name=checked_output_name(name, "a feature"))

    def short_names(self) -> tuple[str, ...]:
        """What follows `{view}__` in the names of its outputs; raises `DeclarationError` where an alias is missing.

        >>> import ropeway as rw
        >>> rw.mean("x").over("1d", "7d").short_names(), rw.count().short_names()
        (('x_mean_1d', 'x_mean_7d'), ('count',))
        """
        texts = [window.text for window in self.windows]
        if self.name is not None:
            return (self.name,) if len(texts) < 2 else tuple(f"{self.name}_{text}" for text in texts)
        if self.input is not None and not isinstance(self.input, Reference):
            raise DeclarationError(f"{self!r} computes its input, which gives it no name: add .alias('name').")
        parts = [self.aggregate.name] if self.input is None else [self.input.name, self.aggregate.name]
        stem = "_".join(parts)
        return tuple(f"{stem}_{text}" for text in texts) or (stem,)

    def __repr__(self) -> str:
        made = aggregate_text(self.aggregate, self.input)
        for closed, offset in dict.fromkeys((window.closed, window.offset) for window in self.windows):
            same = [w for w in self.windows if (w.closed, w.offset) == (closed, offset)]
            made += code.call(
                ".over",
                *(code.quoted(window.text) for window in same),
                *code.keyword("closed", closed and code.quoted(closed)),
                *code.keyword("offset", code.quoted(_duration(offset)) if offset else None),
            )
        if self.filter is not None:
            made += code.call(".where", code.condition(self.filter))
        return made if self.name is None else made + code.call(".alias", code.quoted(self.name))

    def _stored(self) -> dict[str, Any]:
        return {
            "aggregate": self.aggregate.name,
            **without_defaults(
                {
                    "parameters": parameters(self.aggregate),
                    "input": None if self.input is None else self.input.to_dict(),
                    "windows": [_stored_window(window) for window in self.windows],
                    "where": None if self.filter is None else self.filter.to_dict(),
                    "alias": self.name,
                }
            ),
        }

    @classmethod
    def _restored(cls, data: Mapping[str, Any]) -> Self:
        if data["aggregate"] not in AGGREGATES:
            raise DeclarationError(
                f"The aggregate {data['aggregate']!r} of a stored feature is unknown to this version of ropeway: "
                f"expected one of {', '.join(AGGREGATES)}."
            )
        return cls(
            AGGREGATES[data["aggregate"]](**data.get("parameters", {})),
            None if "input" not in data else Expression.from_dict(data["input"]),
            tuple(_restored_window(window) for window in data.get("windows", ())),
            None if "where" not in data else Expression.from_dict(data["where"]),
            data.get("alias"),
        )


def parameters(aggregate: Aggregate) -> dict[str, Any]:
    """The parameters of an aggregate that differ from their defaults, so that later ones may be added."""
    fields = dataclasses.fields(aggregate)
    values = {field.name: getattr(aggregate, field.name) for field in fields}
    return {field.name: values[field.name] for field in fields if values[field.name] != field.default}


def aggregate_text(aggregate: Aggregate, taken: Expression | None) -> str:
    """An aggregate and its input as the code that declares them."""
    column = [] if taken is None else [code.condition(taken)]
    if isinstance(taken, Reference):
        column = [code.quoted(taken.name)]
    return code.call(aggregate.name, *column, *(f"{name}={value!r}" for name, value in parameters(aggregate).items()))


def _duration(micros: int) -> str:
    return durations.text(timedelta(microseconds=micros))


def _stored_window(window: Window) -> dict[str, Any]:
    return without_defaults(
        {
            "width": window.text,
            "closed": window.closed,
            "offset": _duration(window.offset) if window.offset else None,
        }
    )


def _restored_window(data: Mapping[str, Any]) -> Window:
    return Window.of(data["width"], closed=data.get("closed"), offset=data.get("offset"))
