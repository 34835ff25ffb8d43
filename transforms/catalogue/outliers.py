"""Outliers capped at limits that are learned, and numbers shifted by what is learned."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ropeway.transforms.catalogue.base import Input, OfColumn, State
from ropeway.transforms.catalogue.parameters import all_finite, infinite_of, is_finite
from ropeway.transforms.catalogue.shapes import logarithm
from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.statistics import Distinct, Moments, Statistic
from ropeway.transforms.statistics.distinct import Values

__all__ = ["LogCp", "Winsorizer"]

_FOLDS = {"gaussian": 3.0, "iqr": 1.5, "quantiles": 0.05, "mad": 3.29}
#: the median distance from the median of a normal distribution, as feature_engine rounds it
_MAD = 0.67449


@dataclass(frozen=True, repr=False)
class Winsorizer(OfColumn):
    """Numbers beyond a limit become the limit, which is learned.

    capping_method: "gaussian", the mean and `fold` standard deviations (ddof 0); "iqr", the quartiles and `fold`
    distances between them; "mad", the median and `fold` median distances from it over 0.67449; "quantiles", those of
    `fold` and 1 - `fold`. fold: "auto" is 3, 1.5, 3.29 and 0.05. tail: which ends are capped. add_indicators: behind
    all columns, 1 where a value was capped, named `{column}_left` and `{column}_right`.

    A column without spread by the method's measure is not capped (feature_engine raises): it has no outliers to speak
    of. Raises `DataError` for infinite values.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0, 1000.0]})
    >>> (rw.Pipeline("p")["x"] >> T.Winsorizer("iqr", tail="both")).fit(frame).transform(frame)["x"].tolist()
    [1.0, 2.0, 3.0, 4.0, 7.0]
    """

    capping_method: Literal["gaussian", "iqr", "quantiles", "mad"] = "gaussian"
    tail: Literal["right", "left", "both"] = "right"
    fold: float | Literal["auto"] = "auto"
    add_indicators: bool = False
    oracle = "feature_engine.outliers.Winsorizer"

    def __post_init__(self) -> None:
        self._one_of("capping_method", *_FOLDS)
        self._one_of("tail", "right", "left", "both")
        if self.fold != "auto" and not (is_finite(self.fold) and self.fold > 0):
            raise DeclarationError(f"Winsorizer(fold={self.fold!r}): expected 'auto' or a number above 0.")
        if self.capping_method == "quantiles" and self.fold != "auto" and self.fold >= 0.5:
            raise DeclarationError(f"Winsorizer(fold={self.fold!r}): expected a share below 0.5 for 'quantiles'.")

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        if known:
            return {}
        return {"moments": Moments()} if self.capping_method == "gaussian" else {"values": Distinct()}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        fold = _FOLDS[self.capping_method] if self.fold == "auto" else float(self.fold)
        if "moments" in known:
            found = known["moments"]
            all_finite(self, column.name, found.infinite)
            low = high = found.mean
            reach = fold * found.deviation()
        else:
            found = known["values"]
            all_finite(self, column.name, infinite_of(found))
            low, high, reach = self._limits(found, fold)
        flat = not (reach > 0.0 or high > low)
        return {"low": -math.inf if flat else low - reach, "high": math.inf if flat else high + reach}

    def _limits(self, found: Values, fold: float) -> tuple[float, float, float]:
        """What lies in the middle, and how far from it the limits are."""
        if self.capping_method == "quantiles":
            low, high = found.quantiles([fold, 1 - fold]).tolist()
            return low, high, 0.0
        if self.capping_method == "iqr":
            low, high = found.quantiles([0.25, 0.75]).tolist()
            return low, high, fold * (high - low)
        middle = found.median
        apart = np.abs(found.values - middle)
        order = np.argsort(apart, kind="stable")
        scale = Values(apart[order], found.counts[order], 0, 0).median / _MAD
        return middle, middle, fold * scale

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        sides = ("left", "right") if self.tail == "both" else (self.tail,)
        return [*inputs, *(f"{name}_{side}" for name in inputs if self.add_indicators for side in sides)]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        capped, said = [], []
        for value, state in zip(inputs, states, strict=True):
            number = made.number(value)
            low = state["low"] if self.tail != "right" else -math.inf
            high = state["high"] if self.tail != "left" else math.inf
            now = made.emit("clip", [number], floats=[low, high])[0]
            capped.append(now)
            if self.add_indicators and self.tail != "right":
                said += made.emit("less", [number, now])
            if self.add_indicators and self.tail != "left":
                said += made.emit("less", [now, number])
        return [*capped, *said]


@dataclass(frozen=True, repr=False)
class LogCp(OfColumn):
    """log(x + C), for numbers that are not all positive.

    C: "auto" is 0 where all values that it was fitted on are positive, else the distance of the least from 0, plus 1.
    base: "e", "2" or "10". A later value so low that x + C <= 0 comes out missing, where feature_engine raises.

    >>> from ropeway import transforms as T
    >>> import numpy as np, pandas as pd, ropeway as rw
    >>> fitted = (rw.Pipeline("p")["x"] >> T.LogCp(base="2")).fit(pd.DataFrame({"x": [-3.0, 4.0]}))
    >>> fitted.transform(pd.DataFrame({"x": [-3.0, 4.0, -4.0]}))["x"].tolist()
    [0.0, 3.0, nan]
    """

    C: float | Literal["auto"] = "auto"
    base: Literal["e", "2", "10"] = "e"
    oracle = "feature_engine.transformation.LogCpTransformer"

    def __post_init__(self) -> None:
        self._one_of("base", "e", "2", "10")
        if self.C != "auto" and not is_finite(self.C):
            raise DeclarationError(f"LogCp(C={self.C!r}): expected 'auto' or a finite number.")

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        return {} if known or self.C != "auto" else {"moments": Moments()}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        if self.C != "auto":
            return {"C": float(self.C)}
        found = known["moments"]
        all_finite(self, column.name, found.infinite)
        return {"C": 0.0 if not found.minimum <= 0.0 else abs(found.minimum) + 1.0}

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        moved = value if state["C"] == 0.0 else made.scaled(value, 1.0, state["C"])
        return [made.unary(logarithm(self.base), moved)]
