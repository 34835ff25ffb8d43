"""Columns made of columns for models that are straight: polynomials, splines, interactions, cosines."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ropeway.transforms.catalogue.base import Input, OfColumn, State, Transform, is_whole
from ropeway.transforms.catalogue.parameters import all_finite, infinite_of, is_finite, is_tuple, rising
from ropeway.transforms.errors import DeclarationError, SchemaError
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.statistics import Distinct, Moments, Statistic

__all__ = ["DCT", "ElementwiseProduct", "Interaction", "PolynomialFeatures", "SplineTransformer"]

Floats = npt.NDArray[np.float64]

_OUTSIDE = {"constant": 0, "error": 0, "linear": 1, "continue": 2, "periodic": 3}


@dataclass(frozen=True, repr=False)
class PolynomialFeatures(Transform):
    """All products of powers of the columns up to a degree, in scikit-learn's order and by its names: `x^2`, `x y`.

    degree: the highest, or the lowest and the highest. interaction_only: no column more than once in a product.
    include_bias: first a column of ones, `1`, which is 1 also where all is missing. A product with a missing factor is
    missing.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [2.0, None], "y": [3.0, 4.0]})
    >>> (rw.Pipeline("p")["x", "y"] >> T.PolynomialFeatures()).fit(frame).transform(frame).to_dict("records")
    [{'1': 1.0, 'x': 2.0, 'y': 3.0, 'x^2': 4.0, 'x y': 6.0, 'y^2': 9.0},
     {'1': 1.0, 'x': nan, 'y': 4.0, 'x^2': nan, 'x y': nan, 'y^2': 16.0}]
    """

    degree: int | tuple[int, int] = 2
    interaction_only: bool = False
    include_bias: bool = True
    oracle = "sklearn.preprocessing.PolynomialFeatures"

    def __post_init__(self) -> None:
        low, high = self._degrees()
        if not (is_whole(low, 0) and is_whole(high, 0) and low <= high):
            raise DeclarationError(
                f"PolynomialFeatures(degree={self.degree!r}): expected a whole number, 0 or more, or a lower and a "
                f"higher one."
            )
        if high == 0 and not self.include_bias:
            raise DeclarationError("PolynomialFeatures(degree=0, include_bias=False): that is no column at all.")

    def _degrees(self) -> tuple[Any, Any]:
        degree: Any = self.degree
        if isinstance(degree, tuple):
            return degree if len(degree) == 2 else (-1, -1)
        return 0, degree

    def _products(self, width: int) -> list[tuple[int, ...]]:
        """The columns of each product, by their numbers."""
        low, high = self._degrees()
        chosen = itertools.combinations if self.interaction_only else itertools.combinations_with_replacement
        products = [one for degree in range(max(low, 1), high + 1) for one in chosen(range(width), degree)]
        return [(), *products] if self.include_bias else products

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [
            " ".join(
                inputs[at] if power == 1 else f"{inputs[at]}^{power}"
                for at, power in ((at, product.count(at)) for at in sorted(set(product)))
            )
            or "1"
            for product in self._products(len(inputs))
        ]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        numbers = [made.number(value) for value in inputs]
        # each product is one column times a shorter product, as scikit-learn multiplies
        known: dict[tuple[int, ...], Value] = {(at,): number for at, number in enumerate(numbers)}

        def product(of: tuple[int, ...]) -> Value:
            if of not in known:
                known[of] = (
                    made.emit("multiply", [product(of[1:]), numbers[of[0]]])[0]
                    if of
                    else made.emit("constant", [], floats=[1.0])[0]
                )
            return known[of]

        return [product(of) for of in self._products(len(inputs))]


@dataclass(frozen=True, repr=False)
class SplineTransformer(OfColumn):
    """Basis splines of a number: a straight model of them is a smooth curve. Names are `{column}_sp_{number}`.

    knots: "uniform" from the least value to the greatest, "quantile" where values are dense, or a tuple of rising
    numbers. extrapolation, beyond the outer knots: "constant", "linear", "continue" (the polynomial of the last
    piece), "periodic" (the column is an angle or an hour), or "error", a `DataError`. include_bias=False leaves out the
    last spline, for all together are 1. n_knots + degree - 1 columns, n_knots - 1 periodic ones.

    A missing value is missing in all columns, or 0 (handle_missing="zeros"); scikit-learn's default raises. A column
    without spread comes out as zeros.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> fitted = (rw.Pipeline("p")["x"] >> T.SplineTransformer(3, degree=1)).fit(pd.DataFrame({"x": [0.0, 4.0]}))
    >>> fitted.transform(pd.DataFrame({"x": [1.0, 99.0]})).to_dict("list")
    {'x_sp_0': [0.5, 0.0], 'x_sp_1': [0.5, 0.0], 'x_sp_2': [0.0, 1.0]}
    """

    n_knots: int = 5
    degree: int = 3
    knots: Literal["uniform", "quantile"] | tuple[float, ...] = "uniform"
    extrapolation: Literal["constant", "linear", "continue", "error", "periodic"] = "constant"
    include_bias: bool = True
    handle_missing: Literal["keep", "zeros"] = "keep"
    oracle = "sklearn.preprocessing.SplineTransformer"

    def __post_init__(self) -> None:
        self._one_of("extrapolation", *_OUTSIDE)
        self._one_of("handle_missing", "keep", "zeros")
        if not is_whole(self.n_knots, 2):
            raise DeclarationError(f"SplineTransformer(n_knots={self.n_knots!r}): expected a whole number, 2 or more.")
        if not is_whole(self.degree, 0):
            raise DeclarationError(f"SplineTransformer(degree={self.degree!r}): expected a whole number, 0 or more.")
        if isinstance(self.knots, str):
            self._one_of("knots", "uniform", "quantile")
        else:
            rising(self, "knots", 2)
        if self.extrapolation == "periodic" and self._base <= self.degree:
            raise DeclarationError(f"{self!r}: periodic splines need more knots than their degree.")

    @property
    def _base(self) -> int:
        return self.n_knots if isinstance(self.knots, str) else len(self.knots)

    @property
    def _width(self) -> int:
        return self._base - 1 + (0 if self.extrapolation == "periodic" else self.degree)

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        if known or not isinstance(self.knots, str):
            return {}
        return {"values": Distinct()} if self.knots == "quantile" else {"moments": Moments()}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        error = 0.0
        if "values" in known:
            found = known["values"]
            all_finite(self, column.name, infinite_of(found))
            base, error = found.quantiles(100 * np.linspace(0, 1, self.n_knots) / 100), found.error
        elif "moments" in known:
            seen = known["moments"]
            all_finite(self, column.name, seen.infinite)
            base = np.linspace(seen.minimum, seen.maximum, self.n_knots)
        else:
            base = np.array(self.knots, np.float64)
        if not np.isfinite(base).all():  # no value at all
            base = np.linspace(0.0, 1.0, self._base)
        return {"knots": self._with_outer(base), "error": error}

    def _with_outer(self, base: Floats) -> Floats:
        """The knots with as many beyond each end as the degree says (Eilers and Marx 1996)."""
        degree = self.degree
        if self.extrapolation == "periodic":
            period = base[-1] - base[0]
            return np.concatenate([base[-(degree + 1) : -1] - period, base, base[1 : degree + 1] + period])
        low, high = base[1] - base[0], base[-1] - base[-2]
        return np.concatenate([
            np.linspace(base[0] - degree * low, base[0] - low, degree), base,
            np.linspace(base[-1] + high, base[-1] + degree * high, degree),
        ])  # fmt: skip

    def names_of(self, column: str, state: State) -> Sequence[str]:
        return [f"{column}_sp_{at}" for at in range(self._width - (not self.include_bias))]

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        number, knots, degree = made.number(value), state["knots"], self.degree
        count = len(knots) - degree - 1
        if self.extrapolation == "error":
            ends = [float(knots[degree]), float(knots[count])]
            inside = made.emit("outside", [number], floats=ends)[0]
            made.require(inside, value, f"expected values from {ends[0]:g} to {ends[1]:g}, by {self!r}.")
            # the check is made of what an output depends on
            number = made.emit("choose", [made.emit("is_present", [number])[0], number, inside])[0]
        floats = [knots]
        if self.extrapolation == "linear":
            floats += [*_at(knots, degree, degree, knots[degree]), *_at(knots, degree, count - 1, knots[count])]
        splines = made.emit(
            "splines", [number], outputs=self._width, floats=np.concatenate(floats), count=count,
            more=8 * degree + _OUTSIDE[self.extrapolation],
        )  # fmt: skip
        if self.handle_missing == "zeros":
            splines = [made.emit("fill", [one], floats=[0.0])[0] for one in splines]
        return splines if self.include_bias else splines[:-1]


def _at(knots: Floats, degree: int, span: int, x: float) -> tuple[Floats, Floats]:
    """The values and the slopes of all splines at one of the knots."""
    values, slopes = np.zeros((2, len(knots) - degree - 1))
    some = _basis(knots, degree, span, x)
    values[span - degree : span + 1] = some
    if degree:
        # a slope is made of the splines of one degree less
        lower = _basis(knots, degree - 1, span, x)
        for r in range(degree):
            width = knots[span + r + 1] - knots[span + r + 1 - degree]
            part = degree * lower[r] / width if width != 0.0 else 0.0
            slopes[span - degree + r] -= part
            slopes[span - degree + r + 1] += part
    return values, slopes


def _basis(knots: Floats, degree: int, span: int, x: float) -> list[float]:
    """The splines that are not 0 between two knots, as the instruction computes them."""
    some = [1.0]
    for k in range(1, degree + 1):
        old, some = some, [0.0] * (k + 1)
        for n in range(1, k + 1):
            right, left = float(knots[span + n]), float(knots[span + n - k])
            share = old[n - 1] / (right - left) if right != left else 0.0
            some[n - 1] += share * (right - x)
            some[n] = share * (x - left)
    return some


@dataclass(frozen=True, repr=False)
class Interaction(Transform):
    """Products of columns, one of each group: `x:y`.

    sizes: how many columns are in each group, in their order; by default one, so that all columns make one product.
    Groups of two and three columns make six products, the last group's columns running fastest, as in Spark, where the
    groups are vectors. A product with a missing factor is missing.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [2.0], "a": [3.0], "b": [5.0]})
    >>> (rw.Pipeline("p")["x", "a", "b"] >> T.Interaction(sizes=(1, 2))).fit(frame).transform(frame).to_dict("list")
    {'x:a': [6.0], 'x:b': [10.0]}
    """

    sizes: tuple[int, ...] | None = None
    oracle = "pyspark.ml.feature.Interaction"

    def __post_init__(self) -> None:
        if self.sizes is not None and not is_tuple(self.sizes, lambda one: is_whole(one, 1)):
            raise DeclarationError(f"Interaction(sizes={self.sizes!r}): expected a tuple of whole numbers, 1 or more.")

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        if self.sizes is not None and sum(self.sizes) != len(inputs):
            raise SchemaError(f"{self!r}: groups of {sum(self.sizes)} columns, and there are {len(inputs)}.")

    def _products(self, width: int) -> list[tuple[int, ...]]:
        ends = list(itertools.accumulate(self.sizes or (1,) * width))
        return list(itertools.product(*(range(first, end) for first, end in zip([0, *ends[:-1]], ends, strict=True))))

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [":".join(inputs[at] for at in product) for product in self._products(len(inputs))]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        numbers = [made.number(value) for value in inputs]
        return [
            made.emit("product", [numbers[at] for at in product], together=True)[0]
            for product in self._products(len(inputs))
        ]


@dataclass(frozen=True, repr=False)
class ElementwiseProduct(Transform):
    """Each column times a weight of its own.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [2.0, None], "y": [3.0, 4.0]})
    >>> p = rw.Pipeline("p")["x", "y"] >> T.ElementwiseProduct(weights=(10, 0))
    >>> p.fit(frame).transform(frame).to_dict("list")
    {'x': [20.0, nan], 'y': [0.0, 0.0]}
    """

    weights: tuple[float, ...]
    oracle = "pyspark.ml.feature.ElementwiseProduct"

    def __post_init__(self) -> None:
        if not is_tuple(self.weights, is_finite):
            raise DeclarationError(f"ElementwiseProduct(weights={self.weights!r}): expected a tuple of finite numbers.")

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        if len(self.weights) != len(inputs):
            raise SchemaError(f"{self!r}: {len(self.weights)} weights for {len(inputs)} columns. Give one for each.")

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        return [made.scaled(value, float(one), 0.0) for value, one in zip(inputs, self.weights, strict=True)]


@dataclass(frozen=True, repr=False)
class DCT(Transform):
    """The columns of a row as a sum of cosines (the discrete cosine transform II, orthonormal): `dct_0` and so on.

    The first is the mean times the root of their number, later ones say how fast the row changes. inverse: back (the
    transform III). A row with a missing value is missing in all columns.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"a": [1.0], "b": [1.0], "c": [1.0], "d": [1.0]})
    >>> (rw.Pipeline("p")[T.all_columns()] >> T.DCT()).fit(frame).transform(frame).round(12).abs().to_dict("list")
    {'dct_0': [2.0], 'dct_1': [0.0], 'dct_2': [0.0], 'dct_3': [0.0]}
    """

    inverse: bool = False
    oracle = "scipy.fft.dct"

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [f"dct_{at}" for at in range(len(inputs))]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        size = len(inputs)
        # the angle's multiple of pi / 2n stays below 4n, where the cosine is as exact as it gets
        weights = np.array([
            [math.sqrt((1 if k == 0 else 2) / size) * math.cos(math.pi * ((2 * i + 1) * k % (4 * size)) / (2 * size))
             for i in range(size)]
            for k in range(size)
        ])  # fmt: skip
        weights = weights.T if self.inverse else weights
        floats = np.concatenate([np.zeros(size), weights.ravel(), np.zeros(size)])
        numbers = [made.number(value) for value in inputs]
        return made.emit("matrix", numbers, outputs=size, floats=floats, together=True, more=size)
