"""Functions of one number, column by column, that learn nothing: logarithms, powers, roundings, limits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from ropeway.transforms.catalogue.base import OfColumn, State, is_whole
from ropeway.transforms.catalogue.parameters import finite
from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.program import Builder, Value

__all__ = [
    "Abs", "ArcSin", "ArcSinh", "Ceil", "Clip", "Exp", "Floor", "Log", "Log1p", "Logit", "Power", "Reciprocal", "Round",
    "Sigmoid", "Sign", "Sqrt", "Square",
]  # fmt: skip


@dataclass(frozen=True, repr=False)
class _Function(OfColumn):
    """A function of one float, by its name in `kernels.scalars`."""

    function: ClassVar[str]

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [made.unary(self.function, value)]


@dataclass(frozen=True, repr=False)
class Abs(_Function):
    """The absolute value.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [-2.0, 0.5, None]})
    >>> (rw.Pipeline("p")["x"] >> T.Abs()).fit(frame).transform(frame)["x"].tolist()
    [2.0, 0.5, nan]
    """

    function = "abs"
    oracle = "numpy.abs"


@dataclass(frozen=True, repr=False)
class Sign(_Function):
    """-1, 0 or 1.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [-2.0, -0.0, None]})
    >>> (rw.Pipeline("p")["x"] >> T.Sign()).fit(frame).transform(frame)["x"].tolist()
    [-1.0, 0.0, nan]
    """

    function = "sign"
    oracle = "numpy.sign"


@dataclass(frozen=True, repr=False)
class Square(_Function):
    """The square; infinite from about 1.3e154 on.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [-2.0, 1e200, None]})
    >>> (rw.Pipeline("p")["x"] >> T.Square()).fit(frame).transform(frame)["x"].tolist()
    [4.0, inf, nan]
    """

    function = "square"
    oracle = "numpy.square"


@dataclass(frozen=True, repr=False)
class Sqrt(_Function):
    """The square root; missing below 0.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [4.0, -1.0]})
    >>> (rw.Pipeline("p")["x"] >> T.Sqrt()).fit(frame).transform(frame)["x"].tolist()
    [2.0, nan]
    """

    function = "sqrt"
    oracle = "numpy.sqrt"


@dataclass(frozen=True, repr=False)
class Exp(_Function):
    """e to the power of x; infinite above about 709.8.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [0.0, 1000.0, None]})
    >>> (rw.Pipeline("p")["x"] >> T.Exp()).fit(frame).transform(frame)["x"].tolist()
    [1.0, inf, nan]
    """

    function = "exp"
    oracle = "numpy.exp"


@dataclass(frozen=True, repr=False)
class Log1p(_Function):
    """log(1 + x), with all digits where x is small; missing for x <= -1.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [0.0, 1e-20, -1.0]})
    >>> (rw.Pipeline("p")["x"] >> T.Log1p()).fit(frame).transform(frame)["x"].tolist()
    [0.0, 1e-20, nan]
    """

    function = "log1p"
    oracle = "numpy.log1p"


@dataclass(frozen=True, repr=False)
class Reciprocal(_Function):
    """1 / x; missing for 0, where feature_engine raises and numpy has an infinite one.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [4.0, 0.0, None]})
    >>> (rw.Pipeline("p")["x"] >> T.Reciprocal()).fit(frame).transform(frame)["x"].tolist()
    [0.25, nan, nan]
    """

    function = "reciprocal"
    oracle = "numpy.divide"


@dataclass(frozen=True, repr=False)
class Sigmoid(_Function):
    """1 / (1 + e^-x): any number to one between 0 and 1; `Logit` is its inverse.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [0.0, -1000.0, None]})
    >>> (rw.Pipeline("p")["x"] >> T.Sigmoid()).fit(frame).transform(frame)["x"].tolist()
    [0.5, 0.0, nan]
    """

    function = "sigmoid"
    oracle = "scipy.special.expit"


@dataclass(frozen=True, repr=False)
class Logit(_Function):
    """log(x / (1 - x)) of a share between 0 and 1; missing at both and outside, where scipy is infinite at 0 and 1.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [0.5, 1.0, None]})
    >>> (rw.Pipeline("p")["x"] >> T.Logit()).fit(frame).transform(frame)["x"].tolist()
    [0.0, nan, nan]
    """

    function = "logit"
    oracle = "scipy.special.logit"


@dataclass(frozen=True, repr=False)
class Floor(_Function):
    """The largest whole number that is not above.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.7, -1.2, None]})
    >>> (rw.Pipeline("p")["x"] >> T.Floor()).fit(frame).transform(frame)["x"].tolist()
    [1.0, -2.0, nan]
    """

    function = "floor"
    oracle = "numpy.floor"


@dataclass(frozen=True, repr=False)
class Ceil(_Function):
    """The smallest whole number that is not below.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.2, -1.7, None]})
    >>> (rw.Pipeline("p")["x"] >> T.Ceil()).fit(frame).transform(frame)["x"].tolist()
    [2.0, -1.0, nan]
    """

    function = "ceil"
    oracle = "numpy.ceil"


@dataclass(frozen=True, repr=False)
class Log(OfColumn):
    """The logarithm to base "e", "2" or "10"; missing for x <= 0, where feature_engine raises.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1000.0, 0.0, -1.0]})
    >>> (rw.Pipeline("p")["x"] >> T.Log(base="10")).fit(frame).transform(frame)["x"].tolist()
    [3.0, nan, nan]
    """

    base: Literal["e", "2", "10"] = "e"
    oracle = "feature_engine.transformation.LogTransformer"

    def __post_init__(self) -> None:
        self._one_of("base", "e", "2", "10")

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [made.unary(logarithm(self.base), value)]


def logarithm(base: str) -> str:
    """The name of the function, by its base."""
    return "log" if base == "e" else f"log{base}"


@dataclass(frozen=True, repr=False)
class ArcSinh(OfColumn):
    """asinh((x - loc) / scale): about a logarithm of large numbers of either sign, and straight around 0.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [0.0, 1e300, -1e300]})
    >>> (rw.Pipeline("p")["x"] >> T.ArcSinh()).fit(frame).transform(frame)["x"].round(3).tolist()
    [0.0, 691.469, -691.469]
    """

    loc: float = 0.0
    scale: float = 1.0
    oracle = "feature_engine.transformation.ArcSinhTransformer"

    def __post_init__(self) -> None:
        finite(self, "loc")
        finite(self, "scale", above=0)

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        plain = self.loc == 0 and self.scale == 1
        return [made.unary("asinh", value if plain else made.standard(value, self.loc, self.scale))]


@dataclass(frozen=True, repr=False)
class ArcSin(OfColumn):
    """asin(sqrt x) of a share from 0 to 1, whose variance then hardly depends on it; missing outside.

    feature_engine raises for values outside.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [0.0, 0.25, 1.5]})
    >>> (rw.Pipeline("p")["x"] >> T.ArcSin()).fit(frame).transform(frame)["x"].round(4).tolist()
    [0.0, 0.5236, nan]
    """

    oracle = "feature_engine.transformation.ArcsinTransformer"

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [made.unary("asin", made.unary("sqrt", value))]


@dataclass(frozen=True, repr=False)
class Power(OfColumn):
    """x to the power of `exponent`; missing where that is no number: of a negative x with a fraction, of 0 below 0.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [-2.0, 0.0, None]})
    >>> (rw.Pipeline("p")["x"] >> T.Power(-2)).fit(frame).transform(frame)["x"].tolist()
    [0.25, nan, nan]
    """

    exponent: float
    oracle = "numpy.power"

    def __post_init__(self) -> None:
        finite(self, "exponent")

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return made.emit("power", [made.number(value)], floats=[self.exponent])


@dataclass(frozen=True, repr=False)
class Clip(OfColumn):
    """Numbers no lower than `lower` and no higher than `upper`; None: no limit on that side.

    Infinite values are clipped like others, so it may stand before what refuses them.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [-1.0, float("inf"), None]})
    >>> (rw.Pipeline("p")["x"] >> T.Clip(0, 9)).fit(frame).transform(frame)["x"].tolist()
    [0.0, 9.0, nan]
    """

    lower: float | None = None
    upper: float | None = None
    oracle = "pandas.Series.clip"

    def __post_init__(self) -> None:
        given = [name for name in ("lower", "upper") if getattr(self, name) is not None]
        finite(self, *given)
        if not given or (len(given) == 2 and not self.lower <= self.upper):  # type: ignore[operator]
            raise DeclarationError(f"{self!r}: expected a lower limit, an upper one that is not below it, or both.")

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        low = -math.inf if self.lower is None else self.lower
        high = math.inf if self.upper is None else self.upper
        return made.emit("clip", [made.number(value)], floats=[low, high])


@dataclass(frozen=True, repr=False)
class Round(OfColumn):
    """Rounded to `digits` decimals, of a half to the even one; -2 rounds to hundreds.

    As numpy does it, by a product and a quotient: 2.675 is 2.68, where Python's `round` says 2.67, for the float is
    a little below the half. Numbers too large to have such decimals stay as they are.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [2.675, 0.125, 1e300]})
    >>> (rw.Pipeline("p")["x"] >> T.Round(2)).fit(frame).transform(frame)["x"].tolist()
    [2.68, 0.12, 1e+300]
    """

    digits: int = 0
    oracle = "numpy.round"

    def __post_init__(self) -> None:
        if not is_whole(self.digits, -300) or self.digits > 300:
            raise DeclarationError(f"Round(digits={self.digits!r}): expected a whole number from -300 to 300.")

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        if self.digits == 0:
            return [made.unary("round", value)]
        scale = float(10 ** abs(self.digits))
        return made.emit("round_to", [made.number(value)], floats=[scale], more=int(self.digits < 0))
