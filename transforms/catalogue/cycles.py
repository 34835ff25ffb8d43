"""What comes round again: sines and cosines of a number, or of a time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ropeway.transforms import durations
from ropeway.transforms.catalogue.base import Input, OfColumn, State
from ropeway.transforms.errors import DataError, DeclarationError
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.statistics import Moments, Statistic

__all__ = ["CyclicalFeatures", "FourierFeatures"]


@dataclass(frozen=True, repr=False)
class CyclicalFeatures(OfColumn):
    """The sine and cosine of a number that comes round at a maximum, named `{column}_sin` and `{column}_cos`.

    max_values: a number per column, as {"hour": 24}; None: the greatest value when it was fitted. For hours from 0 to
    23 that makes 23 and 0 the same: give 24. Of infinite values it is missing.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"hour": [0, 6, None]})
    >>> p = rw.Pipeline("p")["hour"] >> T.CyclicalFeatures({"hour": 24})
    >>> p.fit(frame).transform(frame)["hour_sin"].tolist()
    [0.0, 1.0, nan]
    """

    max_values: Mapping[str, float] | None = None
    oracle = "feature_engine.creation.CyclicalFeatures"

    def __post_init__(self) -> None:
        given: Any = self.max_values
        if given is None:
            return
        wrong = not hasattr(given, "values") or any(
            not isinstance(one, int | float) or one == 0 or not math.isfinite(one) for one in given.values()
        )
        if wrong:
            raise DeclarationError(
                f"CyclicalFeatures(max_values={given!r}): expected a number for each column, none of them 0."
            )

    def wants_of(self, column: Input, known: Mapping[str, object]) -> Mapping[str, Statistic]:
        return {} if known or self.max_values is not None else {"of": Moments()}

    def learn_of(self, column: Input, known: Mapping[str, object]) -> State:
        if self.max_values is not None:
            if column.name not in self.max_values:
                raise DeclarationError(
                    f"CyclicalFeatures(max_values=...) has no number for column {column.name!r}, only for "
                    f"{', '.join(map(repr, self.max_values))}."
                )
            return {"maximum": float(self.max_values[column.name])}
        maximum = float(known["of"].maximum)  # type: ignore[attr-defined]
        if maximum == 0.0:
            raise DataError(
                f"the greatest value of column {column.name!r} is 0, of which nothing comes round. Give "
                f"max_values={{{column.name!r}: ...}}."
            )
        return {"maximum": maximum}

    def names_of(self, column: str, state: State) -> Sequence[str]:
        return (f"{column}_sin", f"{column}_cos")

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        angle = made.scaled(value, 2.0 * math.pi / state["maximum"], 0.0)
        return [made.unary("sin", angle), made.unary("cos", angle)]


@dataclass(frozen=True, repr=False)
class FourierFeatures(OfColumn):
    """Sines and cosines of a time for each period, at 1, 2 ... `order` turns per period.

    Named `{column}_{period}_sin1`, `_cos1`, `_sin2` and so on. periods: durations such as "24h" or "7d"; a year is
    "31556952s" on average. Periods begin at 1970-01-01 UTC, a Thursday. The part of a period that has passed is
    computed in whole microseconds, so that it is as right in year 9999 as in 1970.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"at": pd.to_datetime(["2013-01-01 06:00", None])})
    >>> p = rw.Pipeline("p")["at"] >> T.FourierFeatures(("24h",))
    >>> p.fit(frame).transform(frame)["at_24h_sin1"].tolist()
    [1.0, nan]
    """

    takes = "time"
    periods: Sequence[str] = ("24h", "7d")
    order: int = 1
    oracle = "numpy"

    def __post_init__(self) -> None:
        self._positive("order")
        periods = tuple(self.periods) if isinstance(self.periods, list | tuple) else (self.periods,)
        if not periods or any(durations.micros(one, "period") <= 0 for one in periods):
            raise DeclarationError(f"FourierFeatures(periods={self.periods!r}): expected durations, such as ('7d',).")
        names = tuple(durations.text(one) for one in periods)
        if len(set(names)) < len(names):
            raise DeclarationError(f"FourierFeatures(periods={self.periods!r}): one period stands there twice.")
        if self.order > 1000:
            raise DeclarationError(f"FourierFeatures(order={self.order!r}): expected 1000 or less.")
        object.__setattr__(self, "periods", names)

    def names_of(self, column: str, state: State) -> Sequence[str]:
        return [
            f"{column}_{period}_{one}{at + 1}"
            for period in self.periods
            for at in range(self.order)
            for one in ("sin", "cos")
        ]

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        whole = made.integer(value)
        return [
            one
            for period in self.periods
            for one in made.emit(
                "waves", [whole], outputs=2 * self.order, ints=[durations.micros(period), 0], count=self.order
            )
        ]
