"""Numbers as bins: given, or learned from how they are spread."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms.catalogue.base import Input, OfColumn, State, is_whole
from ropeway.transforms.catalogue.parameters import all_finite, finite, infinite_of, rising
from ropeway.transforms.clusters import centres_of
from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.statistics import Distinct, Moments, Statistic
from ropeway.transforms.statistics.distinct import Values

__all__ = [
    "Binarizer", "Bucketizer", "GeometricWidthDiscretiser", "HashedBucket", "KBinsDiscretizer",
    "PiecewiseLinearEncoder",
]  # fmt: skip

Floats = npt.NDArray[np.float64]

#: what numpy calls ways to take a quantile between ranks, by the two numbers of Hyndman and Fan (1996)
_BETWEEN = {
    "linear": (1.0, 1.0), "interpolated_inverted_cdf": (0.0, 1.0), "hazen": (0.5, 0.5), "weibull": (0.0, 0.0),
    "median_unbiased": (1 / 3, 1 / 3), "normal_unbiased": (3 / 8, 3 / 8),
}  # fmt: skip
_METHODS = ("averaged_inverted_cdf", "inverted_cdf", *_BETWEEN)


@dataclass(frozen=True, repr=False)
class Binarizer(OfColumn):
    """1 above a threshold, else 0; missing stays missing (scikit-learn raises).

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [0.0, 0.1, None]})
    >>> (rw.Pipeline("p")["x"] >> T.Binarizer()).fit(frame).transform(frame)["x"].tolist()
    [0.0, 1.0, nan]
    """

    threshold: float = 0.0
    oracle = "sklearn.preprocessing.Binarizer"

    def __post_init__(self) -> None:
        finite(self, "threshold")

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return made.emit("threshold", [made.number(value)], floats=[self.threshold])


@dataclass(frozen=True, repr=False)
class Bucketizer(OfColumn):
    """The number of the bucket, from 0, of a number; a bucket ends before its upper split, the last one with it.

    splits: rising; float("-inf") and float("inf") leave no number outside. handle_invalid: of a number outside "error"
    raises `DataError`, "skip" makes it missing, and a missing one stays missing; "keep" makes of both one more bucket,
    len(splits) - 1. (Spark keeps missing ones so, drops their rows to skip them, and always refuses numbers outside.)

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [0.0, 1.0, 2.0, 9.0, None]})
    >>> p = rw.Pipeline("p")["x"] >> T.Bucketizer(splits=(0.0, 1.0, 2.0), handle_invalid="skip")
    >>> p.fit(frame).transform(frame)["x"].tolist()
    [0.0, 1.0, 1.0, nan, nan]
    """

    splits: tuple[float, ...]
    handle_invalid: Literal["error", "skip", "keep"] = "error"
    oracle = "pyspark.ml.feature.Bucketizer"

    def __post_init__(self) -> None:
        rising(self, "splits", 3, infinite=True)
        self._one_of("handle_invalid", "error", "skip", "keep")

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        *inner, last = (float(one) for one in self.splits)
        number, size = made.number(value), len(inner)
        # what is above the last split begins right after it; nothing is after infinity
        edges = [*inner, math.nextafter(last, math.inf)] if last < math.inf else inner
        place = made.emit("bin", [number], floats=edges, count=len(edges))[0]
        outside = {"error": -1.0, "skip": math.nan, "keep": float(size)}[self.handle_invalid]
        missing = float(size) if self.handle_invalid == "keep" else math.nan
        table = [outside, *(float(at) for at in range(size)), *([outside] if last < math.inf else [])]
        code = made.emit("take", [place], floats=[*table, math.nan, missing], count=len(table), more=1)[0]
        if self.handle_invalid == "error":
            made.require(
                code, value, f"expected numbers from {self.splits[0]:g} to {self.splits[-1]:g}, by {self!r}. Take "
                f'handle_invalid="skip" or "keep", or infinite splits.'
            )  # fmt: skip
        return [code]


@dataclass(frozen=True, repr=False)
class KBinsDiscretizer(OfColumn):
    """The number of a bin of learned edges, from 0, or one column for each bin, `{column}_{bin}.0`, of 1 and 0.

    strategy: "uniform", bins of one width; "quantile", of about as many values each; "kmeans", around the means of
    clusters. A bin ends before its upper edge; lower and higher numbers fall into the first and the last bin. Edges
    closer than 1e-8 are one, so there may be fewer bins. quantile_method: as `numpy.quantile` has it, by default
    "averaged_inverted_cdf", as in scikit-learn from 1.9 on ("linear" before). encode: "onehot" (or "onehot-dense", the
    same) or "ordinal".

    Scikit-learn learns from 200,000 rows drawn at random; here it is all rows, exact up to a million distinct values,
    as with its `subsample=None`. A column without spread is one bin. Missing stays missing, or all 0 in columns of
    bins; scikit-learn raises.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.0, 2.0, 3.0, 100.0, None]})
    >>> (rw.Pipeline("p")["x"] >> T.KBinsDiscretizer(2, encode="ordinal")).fit(frame).transform(frame)["x"].tolist()
    [0.0, 0.0, 1.0, 1.0, nan]
    """

    n_bins: int = 5
    encode: Literal["onehot", "onehot-dense", "ordinal"] = "onehot"
    strategy: Literal["uniform", "quantile", "kmeans"] = "quantile"
    quantile_method: Literal[
        "averaged_inverted_cdf", "inverted_cdf", "linear", "interpolated_inverted_cdf", "hazen", "weibull",
        "median_unbiased", "normal_unbiased",
    ] = "averaged_inverted_cdf"  # fmt: skip
    oracle = "sklearn.preprocessing.KBinsDiscretizer"

    def __post_init__(self) -> None:
        if not is_whole(self.n_bins, 2):
            raise DeclarationError(f"KBinsDiscretizer(n_bins={self.n_bins!r}): expected a whole number, 2 or more.")
        self._one_of("encode", "onehot", "onehot-dense", "ordinal")
        self._one_of("strategy", "uniform", "quantile", "kmeans")
        self._one_of("quantile_method", *_METHODS)

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        if known:
            return {}
        return {"moments": Moments()} if self.strategy == "uniform" else {"values": Distinct()}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        if "moments" in known:
            found = known["moments"]
            all_finite(self, column.name, found.infinite)
            low, high = found.minimum, found.maximum
        else:
            found = known["values"]
            all_finite(self, column.name, infinite_of(found))
            low, high = (found.values[0], found.values[-1]) if len(found.values) else (0.0, 0.0)
        if not low < high:
            return {"edges": np.array([-math.inf, math.inf])}
        if self.strategy == "quantile":
            edges = quantiles(found, np.linspace(0, 100, self.n_bins + 1) / 100, self.quantile_method)
        else:
            edges = np.linspace(low, high, self.n_bins + 1)
        if self.strategy == "kmeans":
            centres = centres_of(found.values, found.counts, (edges[1:] + edges[:-1]) * 0.5)
            edges = np.concatenate([[low], (centres[1:] + centres[:-1]) * 0.5, [high]])
        if self.strategy != "uniform":
            edges = edges[np.ediff1d(edges, to_begin=math.inf) > 1e-8]
        return {"edges": edges}

    def names_of(self, column: str, state: State) -> Sequence[str]:
        if self.encode == "ordinal":
            return (column,)
        return [f"{column}_{at}.0" for at in range(len(state["edges"]) - 1)]

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        inner = state["edges"][1:-1]
        code = made.emit("bin", [made.number(value)], floats=inner, count=len(inner))
        width = len(inner) + 1
        return code if self.encode == "ordinal" else made.emit("one_hot", code, outputs=width, count=width)


def quantiles(found: Values, shares: Floats, method: str) -> Floats:
    """Quantiles by one of numpy's methods, in the same bits."""
    if method == "linear":
        return found.quantiles(shares)
    size = found.size
    if method in _BETWEEN:
        alpha, beta = _BETWEEN[method]
        at = size * shares + (alpha + shares * (1 - alpha - beta)) - 1
        part = at - np.floor(at)
    else:
        at = size * shares - 1
        whole = at == np.floor(at)
        part = np.where(whole, 0.0 if method == "inverted_cdf" else 0.5, 1.0)
    last = size - 1
    low, high = np.floor(at), np.floor(at) + 1
    # numpy's: beyond the ends both ranks are the end
    low, high = np.where(at >= last, last, low), np.where(at >= last, last, high)
    low, high = np.where(at < 0, 0, low).astype(np.int64), np.where(at < 0, 0, high).astype(np.int64)
    one, other = found.at(low), found.at(high)
    apart = other - one
    return np.where(part >= 0.5, other - apart * (1 - part), one + apart * part)


@dataclass(frozen=True, repr=False)
class GeometricWidthDiscretiser(OfColumn):
    """The number of a bin, from 0, of edges that lie ever farther apart: the least value + (greatest - least)^(i/bins).

    A bin ends with its upper edge, as pandas' `cut` has it. Of values less than 1 apart the powers fall and the edges
    with them; they are sorted then, as in feature_engine. A column without spread is one edge: the first bin.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [0.0, 5.0, 50.0, 1000.0, None]})
    >>> (rw.Pipeline("p")["x"] >> T.GeometricWidthDiscretiser(bins=3)).fit(frame).transform(frame)["x"].tolist()
    [0.0, 0.0, 1.0, 2.0, nan]
    """

    bins: int = 10
    oracle = "feature_engine.discretisation.GeometricWidthDiscretiser"

    def __post_init__(self) -> None:
        self._positive("bins")

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        return {} if known else {"moments": Moments()}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        found = known["moments"]
        all_finite(self, column.name, found.infinite)
        if not found.size:
            return {"edges": np.empty(0)}
        factor = (found.maximum - found.minimum) ** (1.0 / self.bins)
        return {"edges": np.sort([found.minimum + factor**at for at in range(1, self.bins)])}

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        edges = state["edges"]
        return made.emit("bin", [made.number(value)], floats=edges, count=len(edges), more=1)


@dataclass(frozen=True, repr=False)
class PiecewiseLinearEncoder(OfColumn):
    """How far a number is through each bin of learned quantiles: 1 for bins below it, a share of its own, 0 above.

    Columns `{column}_{bin}`, at most `n_bins`: equal quantiles make one edge. A neural network learns a curve of them
    where it would learn one slope of the number. Beyond the outer edges the first share goes below 0 and the last
    above 1, unless `clip` (Gorishniy et al. 2022, arXiv:2203.05556). A column without spread is one bin of width 1.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [0.0, 2.0, 10.0]})
    >>> fitted = (rw.Pipeline("p")["x"] >> T.PiecewiseLinearEncoder(n_bins=2)).fit(frame)
    >>> fitted.transform(pd.DataFrame({"x": [1.0, 6.0, 18.0]})).to_dict("list")
    {'x_0': [0.5, 1.0, 1.0], 'x_1': [0.0, 0.5, 2.0]}
    """

    n_bins: int = 8
    clip: bool = False
    oracle = "own reference"

    def __post_init__(self) -> None:
        self._positive("n_bins")

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        return {} if known else {"values": Distinct()}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        found = known["values"]
        all_finite(self, column.name, infinite_of(found))
        edges = np.unique(found.quantiles(np.linspace(0, 1, self.n_bins + 1))) if found.size else np.zeros(1)
        return {"edges": edges if len(edges) > 1 else np.array([edges[0], edges[0] + 1.0]), "error": found.error}

    def names_of(self, column: str, state: State) -> Sequence[str]:
        return [f"{column}_{at}" for at in range(len(state["edges"]) - 1)]

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        edges = state["edges"]
        return made.emit(
            "ramps", [made.number(value)], outputs=len(edges) - 1, floats=edges, count=len(edges),
            more=int(not self.clip),
        )  # fmt: skip


@dataclass(frozen=True, repr=False)
class HashedBucket(OfColumn):
    """A number hashed to one from 0 to `n_bins` - 1: for codes and keys of many values; missing stays missing.

    Integers by all their 64 bits, floats by theirs: 1 and 1.0 are not the same, so a column keeps its type. It is the
    same in every process, engine and release, and that of `HashedCross` of one column.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"flight": [1545, 1714, 1545]})
    >>> (rw.Pipeline("p")["flight"] >> T.HashedBucket(n_bins=100)).fit(frame).transform(frame)["flight"].nunique()
    2
    """

    n_bins: int = 1000
    seed: int = 0
    oracle = "own reference"

    def __post_init__(self) -> None:
        self._positive("n_bins")
        if not is_whole(self.seed, 0):
            raise DeclarationError(f"{self!r}: expected a seed that is a whole number, 0 or more.")

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        if pa.types.is_integer(value.type) or pa.types.is_boolean(value.type):
            word = made.integer(value)
        else:
            word = made.emit("to_bits", [made.number(value)], into=pa.int64())[0]
        return made.emit("hash_bucket", [word], count=self.n_bins, more=self.seed)
