"""`Feature`: an aggregate of an expression over windows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from ropeway.features import code
from ropeway.features.declaration import Declaration, without_defaults
from ropeway.features.names import checked_column, checked_output_name
from ropeway.features.windows import (
    ahead_windows,
    declared_windows,
    restored_window,
    stored_window,
    windows_text,
)
from ropeway.transforms.aggregates import AGGREGATES, Aggregate
from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.expressions import Expression
from ropeway.transforms.expressions.tree import Reference
from ropeway.transforms.windows import Closed, Period, Window


@dataclass(frozen=True, eq=False, repr=False)
class Feature(Declaration):
    """An aggregate of a column or an expression, over windows before the time that is asked for; one output each.

    Made by `rw.count()`, `rw.mean("x")` and so on. `windows` is empty for all history, or the view's ttl; `filter` is
    what `.where` said, `name` what `.alias` said, `category` what `.by` said, `exploded` whether `.explode` was called;
    `other` is the second input of those aggregates that have two. Each method gives a new feature.

    >>> import ropeway as rw
    >>> rw.mean("arr_delay").over("1d", "7d").where(rw.col("origin") == "JFK").alias("jfk_delay")
    mean("arr_delay").over("1d", "7d").where(col("origin") == "JFK").alias("jfk_delay")
    """

    aggregate: Aggregate
    input: Expression | None = None
    windows: tuple[Window, ...] = ()
    filter: Expression | None = None
    name: str | None = None
    other: Expression | None = None
    category: str | None = None
    exploded: bool = False

    def over(
        self,
        *windows: str | timedelta | Window,
        closed: Closed | None = None,
        offset: str | timedelta | None = None,
        rows: int | None = None,
        calendar: Period | None = None,
        tz: str | None = None,
    ) -> Feature:
        """The feature over each of `windows`, lengths such as "90m" or "7d", or what `rw.windows` gives.

        closed: which edges of a window belong to it: "left", "right", "both", "neither"; None leaves it to the view.
        offset: moves both edges back in time; what is known is still judged at the time that is asked for.
        rows: no more than the newest so many rows, of each window, or of all history where no window is named. Rows
            that `.where` refuses, or that are not known yet, are not among them; rows without a value are.
        calendar: in place of a length, from the first instant of the "day", "week" (Monday), "month", "quarter" or
            "year" that it is at the time asked for, in the time zone `tz` (UTC by default), until that time.

        >>> import ropeway as rw
        >>> rw.count().over("1d", "7d", offset="1h")
        count().over("1d", "7d", offset="1h")
        >>> rw.mean("x").over("7d", rows=100).short_names(), rw.mean("x").over(rows=100).short_names()
        (('x_mean_7d_rows100',), ('x_mean_rows100',))
        >>> rw.sum("x").over(calendar="month", tz="Europe/Berlin").short_names()
        ('x_sum_month',)
        """
        return self._over(
            declared_windows(windows, closed=closed, offset=offset, rows=rows, calendar=calendar, tz=tz),
            "over",
            "or leave .over out for all history",
        )

    def ahead(self, *windows: str | timedelta) -> Feature:
        """The feature over each of these lengths from the time asked for on, `[t, t + w)`: a label of a `LabelView`.

        >>> import ropeway as rw
        >>> rw.count().ahead("30d").short_names()
        ('count_30d',)
        """
        return self._over(ahead_windows(windows), "ahead", "which begins at the time that is asked for")

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

    def by(self, category: str) -> Feature:
        """The feature of each value of a column: a map of category to answer, by category in order.

        Rows without a category belong to none; where there are no others, the map is empty.

        >>> import ropeway as rw
        >>> rw.count().by("dest").over("7d").short_names()
        ('count_by_dest_7d',)
        """
        if self.category is not None:
            raise DeclarationError(f"{self!r} has its category already: one .by() is all there is.")
        if not self.aggregate.scalar:
            raise DeclarationError(
                f"{self!r}.by(): {self.aggregate.name}() gives several values, and a map holds one for each category: "
                f"leave .by out, or take an aggregate such as mean() or mode()."
            )
        return dataclasses.replace(self, category=checked_column(category, f"{self!r}.by()"))

    def explode(self) -> Feature:
        """The feature of the elements of a column of lists: each counts as a row of its own, at the time of its row.

        >>> import ropeway as rw
        >>> rw.count_distinct("tags").explode().over("7d")
        count_distinct("tags").explode().over("7d")
        """
        if self.exploded:
            raise DeclarationError(f"{self!r} is exploded already: leave out one .explode().")
        if self.input is None:
            raise DeclarationError(
                f"{self!r}.explode(): there is no column of lists: name one, as in {self.aggregate.name}('tags')."
            )
        if self.other is not None or self.aggregate.family == "vector":
            takes = "two columns" if self.other is not None else "lists as they are"
            raise DeclarationError(f"{self!r}.explode(): {self.aggregate.name}() takes {takes}: leave .explode out.")
        return dataclasses.replace(self, exploded=True)

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
        parts = []
        for taken in self.inputs:
            if not isinstance(taken, Reference):
                raise DeclarationError(f"{self!r} computes its input, which gives it no name: add .alias('name').")
            parts.append(taken.name)
        stem = "_".join([*parts, self.aggregate.name, *([] if self.category is None else ["by", self.category])])
        return tuple(f"{stem}_{text}" for text in texts) or (stem,)

    @property
    def inputs(self) -> tuple[Expression, ...]:
        """What the aggregate reads: nothing, a column, or two."""
        return tuple(taken for taken in (self.input, self.other) if taken is not None)

    @property
    def is_ahead(self) -> bool:
        """Whether it looks ahead, as labels do."""
        return any(window.ahead for window in self.windows)

    def computed(self) -> str:
        """What is computed, without windows and filter, as the code that declares it.

        >>> import ropeway as rw
        >>> rw.sum("x").by("kind").over("7d").alias("n").computed()
        'sum("x").by("kind")'
        """
        made = code.call(
            self.aggregate.name,
            *(code.quoted(one.name) if isinstance(one, Reference) else code.condition(one) for one in self.inputs),
            *(f"{name}={value!r}" for name, value in parameters(self.aggregate).items()),
        )
        made += ".explode()" if self.exploded else ""
        return made if self.category is None else made + code.call(".by", code.quoted(self.category))

    def _over(self, made: tuple[Window, ...], method: str, otherwise: str) -> Feature:
        if self.windows:
            raise DeclarationError(f"{self!r} has its windows already: name all of them in one .{method}().")
        if not made:
            raise DeclarationError(f"{self!r}.{method}(): name a window, such as '7d', {otherwise}.")
        return dataclasses.replace(self, windows=made)

    def __repr__(self) -> str:
        made = self.computed() + windows_text(self.windows)
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
                    "other": None if self.other is None else self.other.to_dict(),
                    "explode": self.exploded or None,
                    "by": self.category,
                    "windows": [stored_window(window) for window in self.windows],
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
        aggregate = AGGREGATES[data["aggregate"]](**data.get("parameters", {}))
        taken = [None if name not in data else Expression.from_dict(data[name]) for name in ("input", "other")]
        least, most = aggregate.inputs
        if not least <= sum(one is not None for one in taken) <= most or (taken[1] is not None and taken[0] is None):
            raise DeclarationError(
                f"This stored Feature is broken: {aggregate.name}() has {least} to {most} inputs, got {data!r}."
            )
        return cls(
            aggregate,
            taken[0],
            tuple(restored_window(window) for window in data.get("windows", ())),
            None if "where" not in data else Expression.from_dict(data["where"]),
            data.get("alias"),
            taken[1],
            data.get("by"),
            data.get("explode", False),
        )


def parameters(aggregate: Aggregate) -> dict[str, Any]:
    """The parameters of an aggregate that differ from their defaults, so that later ones may be added."""
    fields = dataclasses.fields(aggregate)
    values = {field.name: getattr(aggregate, field.name) for field in fields}
    return {field.name: values[field.name] for field in fields if values[field.name] != field.default}
