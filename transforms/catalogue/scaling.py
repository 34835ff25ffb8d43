"""Scalers of numbers: each column by itself to about the same size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ropeway.transforms.catalogue.base import Input, OfColumn, State, Transform
from ropeway.transforms.catalogue.parameters import all_finite
from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.statistics import Distinct, Moments, Statistic

__all__ = ["MaxAbsScaler", "MeanNormalizationScaler", "MinMaxScaler", "Normalizer", "RobustScaler", "StandardScaler"]


def _finite(column: Input, known: Any, what: object) -> Any:
    all_finite(what, column.name, known.infinite)
    return known


@dataclass(frozen=True, repr=False)
class StandardScaler(OfColumn):
    """Numbers less their mean, over their standard deviation (of the population: ddof 0, where Spark takes 1).

    A column without spread is only shifted; one without any value stays missing. Missing values stay missing and take
    no part. Mean and deviation are those of the exact sums, rounded once. Raises `DataError` for infinite values.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.0, 3.0, None]})
    >>> (rw.Pipeline("p")["x"] >> T.StandardScaler()).fit(frame).transform(frame)["x"].tolist()
    [-1.0, 1.0, nan]
    """

    with_mean: bool = True
    with_std: bool = True
    ddof: int = 0
    oracle = "sklearn.preprocessing.StandardScaler"

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        return {} if "moments" in known or not (self.with_mean or self.with_std) else {"moments": Moments()}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        if "moments" not in known:
            return {"mean": 0.0, "scale": 1.0}
        found = _finite(column, known["moments"], self)
        scale = found.deviation(self.ddof) if self.with_std else 1.0
        return {"mean": found.mean if self.with_mean else 0.0, "scale": scale if scale != 0.0 else 1.0}

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [made.standard(value, state["mean"], state["scale"])]


@dataclass(frozen=True, repr=False)
class MinMaxScaler(OfColumn):
    """Numbers moved so that the least becomes the one end of `feature_range` and the greatest the other.

    A column without spread becomes the lower end (where Spark takes the middle). `clip` keeps later values inside.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.0, 3.0, None]})
    >>> (rw.Pipeline("p")["x"] >> T.MinMaxScaler()).fit(frame).transform(frame)["x"].tolist()
    [0.0, 1.0, nan]
    """

    feature_range: tuple[float, float] = (0, 1)
    clip: bool = False
    oracle = "sklearn.preprocessing.MinMaxScaler"

    def __post_init__(self) -> None:
        low, high = self.feature_range
        if not low < high:
            raise DeclarationError(
                f"MinMaxScaler(feature_range={self.feature_range!r}): expected a lower and a higher one."
            )

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        return {} if known else {"moments": Moments()}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        found = _finite(column, known["moments"], self)
        low, high = self.feature_range
        apart = found.maximum - found.minimum
        scale = (high - low) / (apart if apart != 0.0 else 1.0)
        return {"scale": scale, "minimum": low - found.minimum * scale}

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        scaled = made.scaled(value, state["scale"], state["minimum"])
        return made.emit("clip", [scaled], floats=self.feature_range) if self.clip else [scaled]


@dataclass(frozen=True, repr=False)
class MaxAbsScaler(OfColumn):
    """Numbers over the largest of their absolute values; zeros stay zeros.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.0, -4.0, None]})
    >>> (rw.Pipeline("p")["x"] >> T.MaxAbsScaler()).fit(frame).transform(frame)["x"].tolist()
    [0.25, -1.0, nan]
    """

    oracle = "sklearn.preprocessing.MaxAbsScaler"

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        return {} if known else {"moments": Moments()}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        found = _finite(column, known["moments"], self)
        scale = max(abs(found.minimum), abs(found.maximum))
        return {"scale": scale if scale != 0.0 else 1.0}

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [made.standard(value, 0.0, state["scale"])]


@dataclass(frozen=True, repr=False)
class RobustScaler(OfColumn):
    """Numbers less their median, over the distance of two quantiles, which outliers hardly move.

    quantile_range: in percent. Quantiles lie on straight lines between ranks, exact up to a million distinct values;
    beyond it the state says how far they may be off. unit_variance: the distance is taken in that of a standard
    normal distribution.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0, 1000.0]})
    >>> (rw.Pipeline("p")["x"] >> T.RobustScaler()).fit(frame).transform(frame)["x"].tolist()
    [-1.0, -0.5, 0.0, 0.5, 498.5]
    """

    with_centering: bool = True
    with_scaling: bool = True
    quantile_range: tuple[float, float] = (25.0, 75.0)
    unit_variance: bool = False
    oracle = "sklearn.preprocessing.RobustScaler"

    def __post_init__(self) -> None:
        low, high = self.quantile_range
        if not 0 <= low <= high <= 100:
            raise DeclarationError(
                f"RobustScaler(quantile_range={self.quantile_range!r}): expected two rising percentages."
            )

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        return {} if known else {"values": Distinct()}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        from ropeway.transforms.kernels.scalars import normal_quantile

        found = known["values"]
        low, high = (share / 100 for share in self.quantile_range)
        scale = 1.0
        if self.with_scaling:
            one, other = found.quantiles(np.array([low, high])).tolist()
            scale = other - one if other != one else 1.0
            if self.unit_variance:
                scale = scale / (normal_quantile(high) - normal_quantile(low))
        return {"centre": found.median if self.with_centering else 0.0, "scale": scale, "error": found.error}

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [made.standard(value, state["centre"], state["scale"])]


@dataclass(frozen=True, repr=False)
class MeanNormalizationScaler(OfColumn):
    """Numbers less their mean, over the distance of the least from the greatest.

    A column without spread comes out as 0, where feature_engine raises. Raises `DataError` for infinite values.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.0, 2.0, 6.0], "flat": 7.0})
    >>> p = rw.Pipeline("p")["x", "flat"] >> T.MeanNormalizationScaler()
    >>> p.fit(frame).transform(frame).to_dict("list")
    {'x': [-0.4, -0.2, 0.6], 'flat': [0.0, 0.0, 0.0]}
    """

    oracle = "feature_engine.scaling.MeanNormalizationScaler"

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        return {} if known else {"moments": Moments()}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        found = _finite(column, known["moments"], self)
        apart = found.maximum - found.minimum
        return {"mean": found.mean, "range": apart if apart != 0.0 else 1.0}

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [made.standard(value, state["mean"], state["range"])]


@dataclass(frozen=True, repr=False)
class Normalizer(Transform):
    """The columns as a vector of each row, divided by its length.

    norm: "l2", the root of the sum of squares; "l1", the sum of absolute values; "max", the largest of them. A row of
    zeros stays as it is; one with a missing value is missing in all columns.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [3.0, 0.0, None], "y": [4.0, 0.0, 1.0]})
    >>> (rw.Pipeline("p")["x", "y"] >> T.Normalizer()).fit(frame).transform(frame).to_dict("list")
    {'x': [0.6, 0.0, nan], 'y': [0.8, 0.0, nan]}
    """

    norm: Literal["l1", "l2", "max"] = "l2"
    oracle = "sklearn.preprocessing.Normalizer"

    def __post_init__(self) -> None:
        self._one_of("norm", "l1", "l2", "max")

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        numbers = [made.number(value) for value in inputs]
        norm = ("l1", "l2", "max").index(self.norm)
        return made.emit("normalise", numbers, outputs=len(numbers), together=True, more=norm)
