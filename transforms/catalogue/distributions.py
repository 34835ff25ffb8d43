"""Numbers brought to another distribution: normal or uniform, by a power or by rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ropeway.transforms.catalogue.base import Input, OfColumn, State
from ropeway.transforms.catalogue.parameters import all_finite, infinite_of, is_finite
from ropeway.transforms.errors import DataError, DeclarationError
from ropeway.transforms.likelihood import Likelihood
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.statistics import Distinct, Statistic

__all__ = ["PowerTransformer", "QuantileTransformer", "RankNorm"]

#: values of which `RankNorm` keeps the ranks
_RANKS = 1 << 16


@dataclass(frozen=True, repr=False)
class PowerTransformer(OfColumn):
    """Numbers as a power of them that is most like a normal distribution, then less their mean, over their deviation.

    method: "yeo-johnson" takes any sign (Yeo and Johnson 2000), "box-cox" positive numbers (1964): it raises
    `DataError` for others when it is fitted, and later ones come out missing (scikit-learn raises). The exponent is
    that of the greatest likelihood, within about 1e-6 of scikit-learn's, which stops as near as that. It is found on
    the distinct values in their order, exact up to a million of them, so it does not depend on the order of rows.

    A column without spread keeps its exponent 1 and comes out as 0.

    >>> from ropeway import transforms as T
    >>> import numpy as np, pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": np.exp([-2.0, -1.0, 0.0, 1.0, 2.0])})
    >>> p = rw.Pipeline("p")["x"] >> T.PowerTransformer(method="box-cox")
    >>> p.fit(frame).transform(frame)["x"].round(3).tolist()
    [-1.414, -0.707, 0.0, 0.707, 1.414]
    """

    method: Literal["yeo-johnson", "box-cox"] = "yeo-johnson"
    standardize: bool = True
    oracle = "sklearn.preprocessing.PowerTransformer"

    def __post_init__(self) -> None:
        self._one_of("method", "yeo-johnson", "box-cox")

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        return {} if known else {"values": Distinct()}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        found = known["values"]
        all_finite(self, column.name, infinite_of(found))
        positive = self.method == "box-cox"
        if positive and len(found.values) and found.values[0] <= 0.0:
            raise DataError(
                f"{self!r} of column {column.name!r}: the least value is {found.values[0]:g}, and Box-Cox takes "
                f'positive numbers. Take method="yeo-johnson", or T.Clip before.'
            )
        likelihood = Likelihood(found.values, found.counts, box_cox=positive)
        exponent = likelihood.best()
        mean, scale = 0.0, 1.0
        if self.standardize and len(found.values):
            mean, variance = likelihood.moments(exponent)
            scale = float(np.sqrt(variance)) if len(found.values) > 1 and variance > 0.0 else 1.0
        return {"exponent": exponent, "mean": mean, "scale": scale, "error": found.error}

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        name = "box_cox" if self.method == "box-cox" else "yeo_johnson"
        power = made.emit(name, [made.number(value)], floats=[state["exponent"]])[0]
        return [made.standard(power, state["mean"], state["scale"]) if self.standardize else power]


@dataclass(frozen=True, repr=False)
class QuantileTransformer(OfColumn):
    """The share of values below a number, as among those it was fitted on; or the normal value with that share below.

    The distribution is kept as `n_quantiles` quantiles with straight lines between them; of a value that several of
    them have, the middle of their shares. Beyond the ends: 0 and 1, or about -5.2 and 5.2 of a normal distribution.
    Scikit-learn takes the quantiles of 10,000 rows drawn at random, here they are those of all rows, exact up to a
    million distinct values: the same as its `subsample=None`. A column without spread comes out as 0, or -5.2.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.0, 2.0, 2.0, 2.0, 9.0]})
    >>> fitted = (rw.Pipeline("p")["x"] >> T.QuantileTransformer()).fit(frame)
    >>> fitted.transform(pd.DataFrame({"x": [1.0, 2.0, 5.5, 100.0]}))["x"].tolist()
    [0.0, 0.5, 0.875, 1.0]
    """

    n_quantiles: int = 1000
    output_distribution: Literal["uniform", "normal"] = "uniform"
    oracle = "sklearn.preprocessing.QuantileTransformer"

    def __post_init__(self) -> None:
        self._positive("n_quantiles")
        self._one_of("output_distribution", "uniform", "normal")

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        return {} if known else {"values": Distinct()}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        found = known["values"]
        all_finite(self, column.name, infinite_of(found))
        shares = np.linspace(0, 1, max(1, min(self.n_quantiles, found.size + found.missing)))
        quantiles = found.quantiles(shares * 100 / 100)
        return {"quantiles": np.maximum.accumulate(quantiles), "shares": shares, "error": found.error}

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        points = np.concatenate([state["quantiles"], state["shares"]])
        normal = int(self.output_distribution == "normal")
        return made.emit(
            "quantile_rank", [made.number(value)], floats=points, count=len(state["quantiles"]), more=normal
        )


@dataclass(frozen=True, repr=False)
class RankNorm(OfColumn):
    """The rank of a number among those it was fitted on, as the normal value that would have it (Blom 1958).

    Of rank r of n the share is (r - offset) / (n + 1 - 2 offset): never 0 or 1, so nothing is infinite. Values that
    are the same have the mean of their ranks; a value that was not there stands half a rank above those below it.
    output_distribution: "uniform" for the share itself. Unlike `QuantileTransformer` it keeps every rank, exact up to
    65,536 distinct values; beyond them values that are nearly the same share a rank.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.0, 5.0, 5.0, 1e9]})
    >>> (rw.Pipeline("p")["x"] >> T.RankNorm()).fit(frame).transform(frame)["x"].round(3).tolist()
    [-1.049, 0.0, 0.0, 1.049]
    """

    output_distribution: Literal["normal", "uniform"] = "normal"
    offset: float = 0.375
    oracle = "scipy.stats.rankdata and scipy.stats.norm.ppf"

    def __post_init__(self) -> None:
        self._one_of("output_distribution", "normal", "uniform")
        if not (is_finite(self.offset) and 0 <= self.offset < 0.5):
            raise DeclarationError(f"RankNorm(offset={self.offset!r}): expected a number from 0 to less than 0.5.")

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        return {} if known else {"values": Distinct(_RANKS)}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        found = known["values"]
        return {"values": found.values, "counts": found.counts, "error": found.error}

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        up_to = np.cumsum(state["counts"])
        size = int(up_to[-1]) if len(up_to) else 0
        # of values that are the same: the mean of the ranks from the one below on
        ranks = up_to - (state["counts"] - 1) / 2
        rank = made.emit(
            "mid_rank", [made.number(value)], floats=np.concatenate([state["values"], ranks, up_to]),
            count=len(up_to),
        )[0]  # fmt: skip
        share = made.standard(rank, self.offset, size + 1 - 2 * self.offset)
        return [made.unary("normal_quantile", share) if self.output_distribution == "normal" else share]
