"""Columns left out: those that say nothing, say what others say, or say least of the target."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms.catalogue.base import TARGET, Input, State, Transform, Want
from ropeway.transforms.catalogue.projections import finite, moments_first, then_crossed
from ropeway.transforms.errors import DataError, DeclarationError, SchemaError
from ropeway.transforms.expressions.kinds import kind_of
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.statistics import Counts, Ends, GroupedMoments, Moments
from ropeway.transforms.statistics.ends import Span
from ropeway.transforms.statistics.equalities import Equalities
from ropeway.transforms.statistics.moments import Known, divided
from ropeway.transforms.statistics.products import Crossed, CrossMoments

__all__ = [
    "DropConstantFeatures",
    "DropCorrelatedFeatures",
    "DropDuplicateFeatures",
    "SelectKBest",
    "SelectPercentile",
    "VarianceThreshold",
]

Score = Literal["f_classif", "f_regression", "chi2"]


@dataclass(frozen=True, repr=False)
class _Selection(Transform):
    """What leaves columns out and passes the others on as they are: its state is which it keeps."""

    def kept(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Sequence[bool]:
        """Whether each column is kept."""
        raise NotImplementedError("a subclass decides")

    def learn(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Sequence[State]:
        kept = [bool(one) for one in self.kept(inputs, known)]
        if not any(kept):
            raise DataError(f"{self!r} keeps none of the columns {', '.join(one.name for one in inputs)}.")
        return [{"kept": kept}]

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [name for name, kept in zip(inputs, states[0]["kept"], strict=True) if kept]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        return [value for value, kept in zip(inputs, states[0]["kept"], strict=True) if kept]


@dataclass(frozen=True, repr=False)
class VarianceThreshold(_Selection):
    """The columns whose variance (of the population) is larger than `threshold`, as they are.

    Missing values take no part. Variances are exact: a column of one value has exactly 0. `DataError` if none is kept.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [0.1, 0.1, 0.1], "y": [1.0, 2.0, None]})
    >>> list((rw.Pipeline("p")["x", "y"] >> T.VarianceThreshold()).fit(frame).transform(frame))
    ['y']
    """

    threshold: float = 0.0
    oracle = "sklearn.feature_selection.VarianceThreshold"

    def __post_init__(self) -> None:
        if not self.threshold >= 0:
            raise DeclarationError(f"VarianceThreshold(threshold={self.threshold!r}): expected a number, 0 or more.")

    def wants(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Mapping[str, Want]:
        return moments_first(known, len(inputs))

    def kept(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Sequence[bool]:
        found = [finite(self, one.name, known[str(at)]) for at, one in enumerate(inputs)]
        return [one.variance() > self.threshold for one in found]


@dataclass(frozen=True, repr=False)
class _ByScore(_Selection):
    """What scores each column by the target, and keeps the best."""

    supervised = True
    score_func: Score = "f_classif"

    def __post_init__(self) -> None:
        self._one_of("score_func", "f_classif", "f_regression", "chi2")

    def check_target(self, target: Input) -> None:
        # classes may be anything
        if self.score_func == "f_regression":
            super().check_target(target)

    def wants(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Mapping[str, Want]:
        if self.score_func != "f_regression":
            return {} if known else {str(at): (GroupedMoments(), (TARGET, at)) for at in range(len(inputs))}
        if not known:
            return {**moments_first(known, len(inputs)), "target": (Moments(), (TARGET,))}
        if "crossed" in known:
            return {}
        each = [finite(self, one.name, known[str(at)]) for at, one in enumerate(inputs)]
        target = finite(self, "of the target", known["target"])
        return {"crossed": (CrossMoments.about([*each, target]), (*range(len(inputs)), TARGET))}

    def kept(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Sequence[bool]:
        if self.score_func == "f_regression":
            scores = _f_regression(known["crossed"])
        else:
            scores = np.empty(len(inputs))
            for at, one in enumerate(inputs):
                found = known[str(at)]
                of = [each for each, name in zip(found.known, found.categories, strict=True) if name.is_valid]
                if self.score_func == "chi2" and any(each.size and each.minimum < 0 for each in of):
                    raise DataError(f"{self!r} of column {one.name!r}: chi2 takes counts, and some are below 0.")
                scores[at] = _f_classif(of) if self.score_func == "f_classif" else _chi2(of)
        # what has no score comes after all that have one
        return self.best(np.where(np.isnan(scores), np.finfo(np.float64).min, scores))

    def best(self, scores: npt.NDArray[np.float64]) -> Sequence[bool]:
        """Whether the column of each score is kept."""
        raise NotImplementedError("a subclass decides")


@dataclass(frozen=True, repr=False)
class SelectKBest(_ByScore):
    """The `k` columns with the highest scores by the target, as they are and in their order; of equals the later ones.

    score_func: "f_classif" (F of an analysis of variance by class), "chi2" (of counts by class), or "f_regression" (F
    of the correlation with a number). k: "all" keeps all. Scores are of exact sums. Rows without a value take no part
    in a column's score; in "f_regression" rows that lack one in any column. Columns without spread come last.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.0, 2.0, 1.0, 2.0], "y": [5.0, 5.1, 7.0, 7.1], "late": [0, 0, 1, 1]})
    >>> list((rw.Pipeline("p")["x", "y"] >> T.SelectKBest(k=1)).fit(frame, y="late").transform(frame))
    ['y']
    """

    k: int | Literal["all"] = 10
    oracle = "sklearn.feature_selection.SelectKBest"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.k != "all":
            self._positive("k")

    def best(self, scores: npt.NDArray[np.float64]) -> Sequence[bool]:
        wanted = len(scores) if isinstance(self.k, str) else min(self.k, len(scores))
        kept = np.zeros(len(scores), bool)
        kept[np.argsort(scores, kind="stable")[len(scores) - wanted :]] = True
        return [bool(one) for one in kept]


@dataclass(frozen=True, repr=False)
class SelectPercentile(_ByScore):
    """The `percentile` percent of the columns with the highest scores by the target; of equals the first ones.

    Scores are those of `SelectKBest`.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.0, 2.0, 1.0, 2.0], "y": [5.0, 5.1, 7.0, 7.1], "late": [0, 0, 1, 1]})
    >>> p = rw.Pipeline("p")["x", "y"] >> T.SelectPercentile(percentile=50)
    >>> list(p.fit(frame, y="late").transform(frame))
    ['y']
    """

    percentile: float = 10
    oracle = "sklearn.feature_selection.SelectPercentile"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.percentile <= 100:
            raise DeclarationError(
                f"SelectPercentile(percentile={self.percentile!r}): expected a number above 0, up to 100."
            )

    def best(self, scores: npt.NDArray[np.float64]) -> Sequence[bool]:
        if self.percentile == 100:
            return [True] * len(scores)
        bound = np.percentile(scores, 100 - self.percentile)
        kept = scores > bound
        left = int(len(scores) * self.percentile / 100) - int(kept.sum())
        kept[np.flatnonzero(scores == bound)[: max(left, 0)]] = True
        return [bool(one) for one in kept]


def _f_classif(classes: Sequence[Known]) -> float:
    """The variance between classes over that within; rounded once. NaN of a column without spread."""
    classes = [one for one in classes if one.size]
    size, total = sum(one.size for one in classes), sum(one.total for one in classes)
    if len(classes) < 2 or size == len(classes):
        return math.nan
    # a square of a sum is in the unit of the sums twice, a sum of squares is given in it once
    squares = sum(one.squares for one in classes) << 2150
    among = sum(Fraction(one.total * one.total, one.size) for one in classes)
    between, within = among - Fraction(total * total, size), squares - among
    above, below = between * (size - len(classes)), within * (len(classes) - 1)
    if below == 0:
        return math.inf if above > 0 else math.nan
    ratio = above / below
    return divided(ratio.numerator, ratio.denominator)


def _chi2(classes: Sequence[Known]) -> float:
    """The differences from what each class would have by its size, squared, over that; rounded once."""
    size, total = sum(one.size for one in classes), sum(one.total for one in classes)
    if total == 0:
        return math.nan
    score = Fraction(0)
    for one in classes:
        if one.size:
            wanted = Fraction(total * one.size, size)
            score += (one.total - wanted) ** 2 / wanted
    score /= 1 << 2150
    return divided(score.numerator, score.denominator)


def _f_regression(found: Crossed) -> npt.NDArray[np.float64]:
    """By the correlation with the last column; 0 of a column without spread, the largest float of a perfect one."""
    among = found.correlation()[-1, :-1]
    square = among * among
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        scores = square / (1 - square) * (found.size - 2)
    scores = np.where(np.isnan(among), 0.0, scores)
    return np.where((square >= 1) | np.isinf(scores), np.finfo(np.float64).max, scores)


@dataclass(frozen=True, repr=False)
class DropConstantFeatures(_Selection):
    """The columns without those in which one value has a share of `tol` or more of the rows; 1: that have one value.

    missing_values: "raise" a `DataError` for columns with missing ones, "ignore" them, or "include" them as a value.
    Of a `tol` below 1, shares are of all rows. A column of missing values alone is not constant, unless "include".

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [7.0, 7.0, None], "y": [1.0, 2.0, 3.0]})
    >>> p = rw.Pipeline("p")["x", "y"] >> T.DropConstantFeatures(missing_values="ignore")
    >>> list(p.fit(frame).transform(frame))
    ['y']
    """

    takes = "any"
    tol: float = 1
    missing_values: Literal["raise", "ignore", "include"] = "raise"
    oracle = "feature_engine.selection.DropConstantFeatures"

    def __post_init__(self) -> None:
        if not 0 <= self.tol <= 1:
            raise DeclarationError(f"DropConstantFeatures(tol={self.tol!r}): expected a share from 0 to 1.")
        self._one_of("missing_values", "raise", "ignore", "include")

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        for one in inputs:
            if pa.types.is_nested(one.type):
                raise SchemaError(f"{self!r} of column {one.name!r}: values of {one.type} are not compared.")

    def wants(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Mapping[str, Want]:
        if known:
            return {}
        # of numbers it is enough to know the least and the greatest
        return {str(at): (Ends() if self._by_ends(one) else Counts(), (at,)) for at, one in enumerate(inputs)}

    def _by_ends(self, column: Input) -> bool:
        return self.tol == 1 and kind_of(column.type) in ("bool", "int", "float", "decimal")

    def kept(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Sequence[bool]:
        kept = []
        for at, one in enumerate(inputs):
            found = known[str(at)]
            if found.missing and self.missing_values == "raise":
                raise DataError(
                    f"{self!r} of column {one.name!r}: {found.missing:,} values are missing. Fill them before, or say "
                    f'missing_values="ignore" or "include".'
                )
            missing = found.missing if self.missing_values == "include" else 0
            if isinstance(found, Span):
                different = (0 if not found.size else 1 if found.minimum == found.maximum else 2) + bool(missing)
                kept.append(different != 1 or bool(found.infinite))
                continue
            counts = [*found.counts.tolist(), *([missing] if missing else [])]
            rows = found.size + found.missing
            constant = len(counts) == 1 if self.tol == 1 else max(counts, default=0) >= self.tol * rows
            kept.append(not constant)
        return kept


@dataclass(frozen=True, repr=False)
class DropDuplicateFeatures(_Selection):
    """The columns without those that hold in each row what an earlier one holds.

    Missing values are equal to each other. Columns of different types are different, also where their numbers are
    equal (feature_engine takes 1 and 1.0 as equal).

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.0, None], "y": [1.0, None], "z": [1.0, 2.0]})
    >>> list((rw.Pipeline("p")["x", "y", "z"] >> T.DropDuplicateFeatures()).fit(frame).transform(frame))
    ['x', 'z']
    """

    takes = "any"
    oracle = "feature_engine.selection.DropDuplicateFeatures"

    def wants(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Mapping[str, Want]:
        return {} if known else {"first": (Equalities(), tuple(range(len(inputs))))}

    def kept(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Sequence[bool]:
        return [first == at for at, first in enumerate(known["first"])]


@dataclass(frozen=True, repr=False)
class DropCorrelatedFeatures(_Selection):
    """The columns without those that are correlated, by more than `threshold`, with one that stays.

    Pearson's correlation, of either sign. By their names in rising order, each that is not dropped yet drops all behind
    it that are correlated with it, as in feature_engine. Rows with a missing value in any column take no part, where
    feature_engine has missing_values="raise". A column without spread is correlated with none.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"b": [1.0, 2.0, 3.0], "a": [-2.0, -4.0, -6.0], "c": [1.0, 0.0, 1.0]})
    >>> list((rw.Pipeline("p")["b", "a", "c"] >> T.DropCorrelatedFeatures()).fit(frame).transform(frame))
    ['a', 'c']
    """

    threshold: float = 0.8
    oracle = "feature_engine.selection.DropCorrelatedFeatures"

    def __post_init__(self) -> None:
        if not 0 <= self.threshold <= 1:
            raise DeclarationError(
                f"DropCorrelatedFeatures(threshold={self.threshold!r}): expected a number from 0 to 1."
            )

    def wants(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Mapping[str, Want]:
        return then_crossed(self, inputs, known, centred=True)

    def kept(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Sequence[bool]:
        with np.errstate(invalid="ignore"):
            high = np.abs(known["crossed"].correlation()) > self.threshold
        order = sorted(range(len(inputs)), key=lambda at: inputs[at].name)
        kept = [True] * len(inputs)
        for place, at in enumerate(order):
            if kept[at]:
                for other in order[place + 1 :]:
                    kept[other] = kept[other] and not high[at, other]
        return kept
