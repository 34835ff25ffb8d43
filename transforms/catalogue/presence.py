"""Missing values: where they are, what stands beside them, and numbers far from all others in their place."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.catalogue.base import Input, OfColumn, State, Transform
from ropeway.transforms.catalogue.encoding import checked_number
from ropeway.transforms.catalogue.missing import absent
from ropeway.transforms.errors import DeclarationError, SchemaError
from ropeway.transforms.expressions.kinds import NUMBERS, kind_of
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.statistics import Distinct, Moments, Statistic

__all__ = ["ArbitraryNumberImputer", "Coalesce", "EndTailImputer", "IsNull"]


@dataclass(frozen=True, repr=False)
class EndTailImputer(OfColumn):
    """Missing numbers replaced by one at the end of those that are there, or beyond it, so that a tree can tell them.

    imputation_method: "gaussian" is the mean plus `fold` standard deviations (of a sample: over n - 1), "iqr" the
    third quartile plus `fold` times the distance of the quartiles, "max" the maximum times `fold`, which is below it
    where it is negative. tail: "left" subtracts from the mean, or from the first quartile; "max" has no left one.
    Infinite values take no part. A column in which all is missing stays missing.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.0, 3.0, None]})
    >>> (rw.Pipeline("p")["x"] >> T.EndTailImputer("max")).fit(frame).transform(frame)["x"].tolist()
    [1.0, 3.0, 9.0]
    """

    imputation_method: Literal["gaussian", "iqr", "max"] = "gaussian"
    tail: Literal["right", "left"] = "right"
    fold: float = 3
    oracle = "feature_engine.imputation.EndTailImputer"

    def __post_init__(self) -> None:
        self._one_of("imputation_method", "gaussian", "iqr", "max")
        self._one_of("tail", "right", "left")
        checked_number(self, "fold", self.fold, 0)
        if self.fold == 0:
            raise DeclarationError(f"{self!r}: expected fold to be more than 0.")

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        return {} if known else {"of": Distinct() if self.imputation_method == "iqr" else Moments()}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        found = known["of"]
        if self.imputation_method == "max":
            return {"value": found.maximum * self.fold}
        if self.imputation_method == "gaussian":
            middle, apart = found.mean, found.deviation(1)
        else:
            low, high = found.quantiles([0.25, 0.75]).tolist()
            middle, apart = high if self.tail == "right" else low, high - low
        return {"value": middle + self.fold * apart if self.tail == "right" else middle - self.fold * apart}

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return made.emit("fill", [made.number(value)], floats=[state["value"]])


@dataclass(frozen=True, repr=False)
class ArbitraryNumberImputer(OfColumn):
    """Missing numbers replaced by one that you choose.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.0, None]})
    >>> (rw.Pipeline("p")["x"] >> T.ArbitraryNumberImputer(-1)).fit(frame).transform(frame)["x"].tolist()
    [1.0, -1.0]
    """

    arbitrary_number: float = 999
    oracle = "feature_engine.imputation.ArbitraryNumberImputer"

    def __post_init__(self) -> None:
        checked_number(self, "arbitrary_number", self.arbitrary_number, -math.inf)

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return made.emit("fill", [made.number(value)], floats=[self.arbitrary_number])


@dataclass(frozen=True, repr=False)
class IsNull(OfColumn):
    """1 where a value of any type is missing (null, None, NaN), else 0; outputs are named `{column}_isnull`.

    `MissingIndicator` does so for the columns that had missing values when it was fitted.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"to": ["JFK", None], "x": [float("nan"), 0.0]})
    >>> (rw.Pipeline("p")["to", "x"] >> T.IsNull()).fit(frame).transform(frame).to_dict("list")
    {'to_isnull': [0.0, 1.0], 'x_isnull': [1.0, 0.0]}
    """

    takes = "any"
    oracle = "pandas.isna"

    def names_of(self, column: str, state: State) -> Sequence[str]:
        return (f"{column}_isnull",)

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [absent(made, value)]


@dataclass(frozen=True)
class _First:
    """The first of some values that is there."""

    type: pa.DataType

    @property
    def types(self) -> tuple[pa.DataType, ...]:
        return (self.type,)

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        return (pc.coalesce(*arrays),)

    def row(self, *values: Any) -> Sequence[Any]:
        return (next((value for value in values if value is not None), None),)


@dataclass(frozen=True, repr=False)
class Coalesce(Transform):
    """Of several columns the first value that is there, as SQL's COALESCE; the output is named after the first column.

    Numbers of any types are floats then, other columns are all of one type. Where all is missing, so is the output.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"arrived": [5.0, None, None], "planned": [4, 7, 8]})
    >>> (rw.Pipeline("p")["arrived", "planned"] >> T.Coalesce()).fit(frame).transform(frame).to_dict("list")
    {'arrived': [5.0, 7.0, 8.0]}
    """

    takes = "any"
    oracle = "pandas.Series.where"

    def check(self, inputs: Sequence[Input]) -> None:
        first = inputs[0].type
        for one in inputs[1:]:
            if one.type != first and not (kind_of(one.type) in NUMBERS and kind_of(first) in NUMBERS):
                raise SchemaError(
                    f"{self!r}: expected columns of one type, or numbers; {inputs[0].name!r} is of type {first}, "
                    f"{one.name!r} of {one.type}."
                )

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [inputs[0]]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        if not all(value.is_number for value in inputs):
            return made.call(_First(inputs[0].type), inputs)
        found = made.number(inputs[0])
        for value in inputs[1:]:
            found = made.emit("coalesce", [found, made.number(value)])[0]
        return [found]
