"""Categories by what the target is in them: means, weights of evidence, quantiles, ranks. After category_encoders."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from ropeway.transforms.catalogue.base import FOLD, TARGET, Input, State, Want
from ropeway.transforms.catalogue.encoding import Handled, OfTarget, checked_number
from ropeway.transforms.errors import DataError
from ropeway.transforms.program.functions import as_floats
from ropeway.transforms.statistics import Combinations, Statistic
from ropeway.transforms.statistics.combinations import Combined
from ropeway.transforms.statistics.distinct import Values
from ropeway.transforms.statistics.folded import Folded, Measured
from ropeway.transforms.statistics.moments import Known

__all__ = ["JamesSteinEncoder", "MEstimateEncoder", "OrderedOrdinalEncoder", "QuantileEncoder", "WOEEncoder"]


@dataclass(frozen=True, repr=False)
class MEstimateEncoder(OfTarget):
    """The mean of the target in a category with `m` rows of the general mean added (Micci-Barreca 2001, equation 7).

    Unseen categories are the general mean, and so are all of a column in which no value comes twice: an id tells
    nothing. Missing is a category of its own if it was there. What handle_unknown, handle_missing, cv and random_state
    say, `OfCategories` and `OfTarget` tell: training rows are encoded by other folds than their own.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"to": ["JFK", "JFK", "EWR"], "late": [1, 0, 0]})
    >>> fitted = (rw.Pipeline("p")["to"] >> T.MEstimateEncoder(m=2, cv=2)).fit(frame, y="late")
    >>> [round(float(fitted.row()({"to": to})[0]), 4) for to in ("JFK", "EWR", "new")]
    [0.4167, 0.2222, 0.3333]
    """

    m: float = 1.0
    oracle = "category_encoders.MEstimateEncoder"

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_number(self, "m", self.m, 0)

    def encoded(self, column: Input, categories: Sequence[Measured], whole: Known) -> tuple[Sequence[float], float]:
        mean = whole.mean
        if len(categories) == whole.size:
            return [mean] * len(categories), mean
        return [(one.sum + mean * self.m) / (one.size + self.m) for one in categories], mean


@dataclass(frozen=True, repr=False)
class JamesSteinEncoder(OfTarget):
    """The mean of the target in a category, drawn to the general mean the more, the less sure it is.

    model: "independent" weighs by each category's own variance (Morris 1983), "pooled" by one for all, which suits
    categories of equal size (Efron and Hastie 2016), "beta" by the number of rows (Romeijn 2017). category_encoders'
    "binary" rests on an optimiser whose answer differs between machines, and is left out. Few categories (two, three)
    are not drawn at all: the estimator wants more. Unseen, missing and ids are as those of `MEstimateEncoder`.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"to": ["JFK", "JFK", "EWR"], "delay": [1.0, 3.0, 5.0]})
    >>> fitted = (rw.Pipeline("p")["to"] >> T.JamesSteinEncoder(model="beta", cv=2)).fit(frame, y="delay")
    >>> [round(float(fitted.row()({"to": to})[0]), 4) for to in ("JFK", "EWR", "new")]
    [2.6, 3.5, 3.0]
    """

    model: Literal["independent", "pooled", "beta"] = "independent"
    oracle = "category_encoders.JamesSteinEncoder"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._one_of("model", "independent", "pooled", "beta")

    def encoded(self, column: Input, categories: Sequence[Measured], whole: Known) -> tuple[Sequence[float], float]:
        mean = whole.mean
        if len(categories) == whole.size:
            return [mean] * len(categories), mean
        weights = getattr(self, f"_{self.model}")(categories, whole)
        return [weight * one.mean + (1 - weight) * mean for weight, one in zip(weights, categories, strict=True)], mean

    def _independent(self, categories: Sequence[Measured], whole: Known) -> list[float]:
        count = len(categories)
        if count == 1:
            return [1.0]
        every = whole.variance(1)
        made = []
        for one in categories:
            own = one.variance(1) if one.size > 1 else 0.0
            drawn = own / (every + own) * (count - 3) / (count - 1) if every + own > 0.0 else 0.0
            made.append(min(max(1 - drawn, 0.0), 1.0))
        return made

    def _pooled(self, categories: Sequence[Measured], whole: Known) -> list[float]:
        count = len(categories)
        variance = whole.variance(1) / (whole.size / count)
        apart = math.fsum((one.mean - whole.mean) ** 2 for one in categories)
        drawn = min(max((count - 3) * variance / apart, 0.0), 1.0) if apart > 0.0 else 0.0
        return [1 - drawn] * count

    def _beta(self, categories: Sequence[Measured], whole: Known) -> list[float]:
        return [one.size / (one.size + whole.size) for one in categories]


@dataclass(frozen=True, repr=False)
class WOEEncoder(OfTarget):
    """The weight of evidence of a category: the log of its share of the rows with target 1 over that of those with 0.

    regularization: rows that are added to each of the four counts, so that there is a log in any case. With
    `regularization=0` it is feature_engine's WoEEncoder: a category with one class alone raises `DataError`, unless
    `fill_value` stands in for the share that is 0. ignore_unique: categories of one row are 0, as category_encoders
    has them; feature_engine counts them. Unseen is 0; missing is a category of its own if it was there.

    The target is 0 or 1, or a boolean. Training rows are encoded by other folds than their own (`OfTarget`), where
    without regularization and fill_value a category of one class is missing.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"to": ["JFK", "JFK", "JFK", "EWR", "EWR"], "late": [1, 1, 0, 0, 1]})
    >>> fitted = (rw.Pipeline("p")["to"] >> T.WOEEncoder(regularization=0, cv=2)).fit(frame, y="late")
    >>> [round(float(fitted.row()({"to": to})[0]), 4) for to in ("JFK", "EWR", "new")]
    [0.2877, -0.4055, 0.0]
    """

    regularization: float = 1.0
    fill_value: float | None = None
    ignore_unique: bool = True
    oracle = "category_encoders.WOEEncoder"

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_number(self, "regularization", self.regularization, 0)
        if self.fill_value is not None:
            checked_number(self, "fill_value", self.fill_value, 5e-324)

    def encoded(self, column: Input, categories: Sequence[Measured], whole: Known) -> tuple[Sequence[float], float]:
        ones, size = round(whole.sum), whole.size
        more = self.regularization
        made = []
        for one in categories:
            if self.ignore_unique and one.size == 1:
                made.append(0.0)
                continue
            own = round(one.sum)
            above, below = ones + 2 * more, size - ones + 2 * more
            good = (own + more) / above if above else 0.0
            bad = (one.size - own + more) / below if below else 0.0
            if self.fill_value is not None:
                good, bad = good or self.fill_value, bad or self.fill_value
            made.append(math.log(good / bad) if good and bad else math.nan)
        return made, 0.0

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        found: Folded = known["of"]
        _, whole = found.left_out()[0]
        if whole.total != whole.squares or not 0 < whole.sum < whole.size:
            raise DataError(
                f"{self!r}: expected a target of 0 and 1, both of them, got numbers from {whole.minimum} to "
                f"{whole.maximum}."
            )
        state = super().learn_of(column, known)
        single = np.isnan(state["table"][: len(state["categories"])])
        if single.any():
            first = state["categories"][int(single.argmax())].as_py()
            raise DataError(
                f"{self!r} of column {column.name!r}: the target is the same in all rows of {first!r}, of which there "
                f"is no log. Take a regularization or a fill_value, or group rare categories before."
            )
        return state


@dataclass(frozen=True, repr=False)
class QuantileEncoder(OfTarget):
    """A quantile of the target in a category with `m` rows of the general quantile added (Mougan et al. 2021).

    Quantiles lie on straight lines between ranks, as numpy's. What it learns from is every different pair of category
    and target, so a target of measures makes it as large as the rows. Unseen, missing, ids and training rows are as
    those of `MEstimateEncoder`.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"to": ["JFK", "JFK", "JFK", "EWR"], "delay": [1.0, 3.0, 80.0, 5.0]})
    >>> fitted = (rw.Pipeline("p")["to"] >> T.QuantileEncoder(cv=2)).fit(frame, y="delay")
    >>> [float(fitted.row()({"to": to})[0]) for to in ("JFK", "EWR", "new")]
    [3.25, 4.5, 4.0]
    """

    quantile: float = 0.5
    m: float = 1.0
    oracle = "category_encoders.QuantileEncoder"

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_number(self, "quantile", self.quantile, 0, 1)
        checked_number(self, "m", self.m, 0)

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic | Want]:
        return {} if known else {"of": (Combinations(), (0, TARGET, FOLD))}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        found: Combined = known["of"]
        category, label, fold = found.codes
        values = as_floats(found.values[1])[label]
        folds = as_floats(found.values[2])[fold]
        there = np.isfinite(values)
        every = []
        for out in (-1, *range(self.cv)):
            kept = there & (folds != out)
            rows, other = self._of(category[kept], values[kept], found.counts[kept], len(found.values[0]))
            every.append(self._tabled(column, found.values[0], rows, other))
        return {**every[0], "training_tables": np.column_stack([one["table"] for one in every[1:]])}

    def _of(self, category: Any, values: Any, counts: Any, size: int) -> tuple[Any, float]:
        """The encodings of all categories, and that of none."""
        order = np.argsort(values, kind="stable")
        other = self._quantile(values[order], counts[order])
        bounds = np.searchsorted(category, np.arange(size + 1))
        made = np.full(size, other)
        sizes = np.array([counts[one:end].sum() for one, end in pairwise(bounds)])
        if (sizes > 0).sum() == sizes.sum():
            return made, other
        for at in np.flatnonzero(sizes).tolist():
            some = slice(bounds[at], bounds[at + 1])
            own = self._quantile(values[some], counts[some])
            made[at] = (sizes[at] * own + other * self.m) / (sizes[at] + self.m)
        return made, other

    def _quantile(self, values: Any, counts: Any) -> float:
        return float(Values(values, counts, 0, 0).quantiles([self.quantile])[0])


@dataclass(frozen=True, repr=False)
class OrderedOrdinalEncoder(OfTarget):
    """The number of a category, from 0, in the order of the means of the target; of equal means the lesser one first.

    feature_engine's OrdinalEncoder(encoding_method="ordered"), whose order of equal means is any. Unseen and missing
    stay missing; with handle_unknown="value" unseen is -1, with handle_missing="value" missing is a category among
    the others. Training rows get the order of the other folds (`OfTarget`), a category that these don't have the place
    of the general mean.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"to": ["JFK", "JFK", "EWR", "MIA"], "delay": [1.0, 3.0, 5.0, 2.0]})
    >>> fitted = (rw.Pipeline("p")["to"] >> T.OrderedOrdinalEncoder(cv=2)).fit(frame, y="delay")
    >>> [float(fitted.row()({"to": to})[0]) for to in ("JFK", "MIA", "EWR", "new")]
    [0.0, 1.0, 2.0, nan]
    """

    handle_unknown: Handled = "return_nan"
    handle_missing: Handled = "return_nan"
    oracle = "feature_engine.encoding.OrdinalEncoder"

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        found: Folded = known["of"]
        if self.handle_missing == "return_nan":
            found = found.valid
        every = []
        for some, whole in found.left_out():
            means = np.where(some.sizes > 0, some.means, whole.mean)
            places = np.empty(len(means))
            places[np.argsort(means, kind="stable")] = np.arange(len(means))
            every.append(self._tabled(column, found.categories, places, -1.0))
        return {**every[0], "training_tables": np.column_stack([one["table"] for one in every[1:]])}
