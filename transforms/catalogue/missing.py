"""Missing values: put something in their place, or say where they are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.catalogue.base import Input, State, Transform
from ropeway.transforms.errors import SchemaError
from ropeway.transforms.expressions.kinds import kind_of
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.statistics import Counts, Distinct, Missing, Moments, Statistic

__all__ = ["MissingIndicator", "SimpleImputer"]


@dataclass(frozen=True)
class _Filled:
    """A constant where a column has no value."""

    value: Any
    type: pa.DataType

    @property
    def types(self) -> tuple[pa.DataType, ...]:
        return (self.type,)

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        return (pc.fill_null(arrays[0], pa.scalar(self.value, self.type)),)

    def row(self, *values: Any) -> Sequence[Any]:
        return (self.value if values[0] is None else values[0],)


@dataclass(frozen=True)
class _Absent:
    """1 where a column has no value, else 0."""

    types = (pa.float64(),)

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        return (arrays[0].is_null().cast(pa.float64()),)

    def row(self, *values: Any) -> Sequence[Any]:
        return (float(values[0] is None),)


def absent(made: Builder, value: Value) -> Value:
    """1 where there is no value, else 0."""
    if value.is_number:
        return made.emit("is_missing", [made.number(value)])[0]
    return made.call(_Absent(), [value])[0]


@dataclass(frozen=True, repr=False)
class SimpleImputer(Transform):
    """Missing values replaced by one value per column, which is learned, or given.

    strategy: "mean", "median", "most_frequent" (of several the least, as scikit-learn takes it), or "constant", which
    is `fill_value`; without one 0 of numbers, "missing_value" of text. add_indicator: behind all columns one more for
    each that had a missing value when it was fitted, named `missingindicator_{column}`, 1 where it is missing.

    A column in which all is missing stays missing (scikit-learn drops it), unless it is filled with a constant. Text
    takes the last two strategies.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.0, 4.0, None]})
    >>> (rw.Pipeline("p")["x"] >> T.SimpleImputer(add_indicator=True)).fit(frame).transform(frame).to_numpy().tolist()
    [[1.0, 0.0], [4.0, 0.0], [2.5, 1.0]]
    """

    takes = "category"
    strategy: Literal["mean", "median", "most_frequent", "constant"] = "mean"
    fill_value: Any = None
    add_indicator: bool = False
    oracle = "sklearn.impute.SimpleImputer"

    def __post_init__(self) -> None:
        self._one_of("strategy", "mean", "median", "most_frequent", "constant")

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        for one in inputs:
            is_text = kind_of(one.type) in ("string", "binary")
            if is_text and self.strategy in ("mean", "median"):
                raise SchemaError(
                    f"{self!r} of column {one.name!r}: there is no {self.strategy} of {one.type}. Take "
                    f'strategy="most_frequent" or "constant".'
                )
            if (
                self.strategy == "constant"
                and self.fill_value is not None
                and is_text != isinstance(self.fill_value, str | bytes)
            ):
                raise SchemaError(f"{self!r} of column {one.name!r}: the fill_value is no value of {one.type}.")

    def wants(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Mapping[str, Any]:
        if known:
            return {}
        of: dict[str, Statistic] = {
            "mean": Moments(),
            "median": Distinct(),
            "most_frequent": Counts(),
            "constant": Missing(),
        }
        if self.strategy == "constant" and not self.add_indicator:
            return {}
        return {str(at): (of[self.strategy], (at,)) for at in range(len(inputs))}

    def learn(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Sequence[State]:
        states = []
        for at, one in enumerate(inputs):
            found = known.get(str(at))
            states.append({"value": self._value(one, found), "missing": bool(found is not None and found.missing)})
        return states

    def _value(self, column: Input, found: Any) -> Any:
        if self.strategy == "constant":
            plain = "missing_value" if kind_of(column.type) == "string" else 0.0
            return plain if self.fill_value is None else self.fill_value
        if self.strategy == "most_frequent":
            return found.values[int(found.counts.argmax())].as_py() if found.size else None
        value = found.mean if self.strategy == "mean" else found.median
        return None if math.isnan(value) else value

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [*inputs, *(f"missingindicator_{inputs[at]}" for at in self._indicated(states))]

    def _indicated(self, states: Sequence[State]) -> list[int]:
        return [at for at, state in enumerate(states) if self.add_indicator and state["missing"]]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        filled = [_filled(made, value, state["value"]) for value, state in zip(inputs, states, strict=True)]
        return [*filled, *(absent(made, inputs[at]) for at in self._indicated(states))]


def _filled(made: Builder, value: Value, filling: Any) -> Value:
    if value.is_number:
        number = made.number(value)
        return number if filling is None else made.emit("fill", [number], floats=[float(filling)])[0]
    return value if filling is None else made.call(_Filled(filling, value.type), [value])[0]


@dataclass(frozen=True, repr=False)
class MissingIndicator(Transform):
    """1 where a value is missing, else 0, of each column that had a missing value when it was fitted.

    features: "missing-only", or "all" columns. Outputs are named `missingindicator_{column}`.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.0, None], "y": [1.0, 2.0]})
    >>> (rw.Pipeline("p")["x", "y"] >> T.MissingIndicator()).fit(frame).transform(frame).to_dict("list")
    {'missingindicator_x': [0.0, 1.0]}
    """

    takes = "any"
    features: Literal["missing-only", "all"] = "missing-only"
    oracle = "sklearn.impute.MissingIndicator"

    def __post_init__(self) -> None:
        self._one_of("features", "missing-only", "all")

    def wants(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Mapping[str, Any]:
        if known or self.features == "all":
            return {}
        return {str(at): (Missing(), (at,)) for at in range(len(inputs))}

    def learn(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Sequence[State]:
        return [{"missing": self.features == "all" or bool(known[str(at)].missing)} for at in range(len(inputs))]

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [f"missingindicator_{name}" for name, state in zip(inputs, states, strict=True) if state["missing"]]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        return [absent(made, value) for value, state in zip(inputs, states, strict=True) if state["missing"]]
