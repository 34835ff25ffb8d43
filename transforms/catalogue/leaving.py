"""Categories by the target of other rows than the row itself: all others, or those before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from ropeway.transforms.catalogue.base import TARGET, Folds, Input, State, Want
from ropeway.transforms.catalogue.encoding import Floats, OfCategories, OfTarget, checked_number, taken
from ropeway.transforms.errors import DeclarationError, SchemaError
from ropeway.transforms.expressions.kinds import kind_of
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.program.functions import as_floats
from ropeway.transforms.program.program import micros
from ropeway.transforms.statistics import Combinations, GroupedMoments, Statistic
from ropeway.transforms.statistics.combinations import Combined
from ropeway.transforms.statistics.folded import Measured
from ropeway.transforms.statistics.moments import Groups, Known

__all__ = ["CatBoostEncoder", "LeaveOneOutEncoder"]

_ORDERS = ("bool", "int", "float", "decimal", "timestamp", "date")


@dataclass(frozen=True, repr=False)
class LeaveOneOutEncoder(OfCategories):
    """The mean of the target in a category; for a training row that of the category's other rows.

    A category of one row, and an unseen one, is the mean of all rows. Missing is a category of its own if it was
    there. Of two equal rows of a training frame the one with the greater target gets the lesser number, from which a
    tree can read the target: the mean of other folds (`TargetEncoder`) does not tell. category_encoders adds noise by
    `sigma` against that; here nothing is random.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"to": ["JFK", "JFK", "JFK", "EWR"], "delay": [1.0, 3.0, 5.0, 7.0]})
    >>> p = rw.Pipeline("p")["to"] >> T.LeaveOneOutEncoder()
    >>> p.fit(frame, y="delay").transform(frame)["to"].tolist(), p.fit_transform(frame, y="delay")["to"].tolist()
    ([3.0, 3.0, 3.0, 4.0], [4.0, 3.0, 2.0, 4.0])
    """

    supervised = True
    oracle = "category_encoders.LeaveOneOutEncoder"

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic | Want]:
        return {} if known else {"of": (GroupedMoments(), (0, TARGET))}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        found: Groups = known["of"]
        mean = Known.joined(found.known).mean
        rows = np.array([one.mean if one.size > 1 else mean for one in found.known])
        totals = np.array([[one.sum, float(one.size)] for one in found.known]).reshape(-1, 2)
        state = self._tabled(column, found.categories, rows, mean)
        training = self._tabled(column, found.categories, totals, np.array([np.nan, np.nan]))["table"]
        # 1 where there is an encoding at all
        there = np.where(np.isnan(state["table"]), np.nan, 1.0)
        return {**state, "training_table": np.column_stack([training, there]), "training_mean": mean}

    def build_training(
        self, made: Builder, inputs: Sequence[Value], states: Sequence[State], fold: Value | None, target: Value
    ) -> Sequence[Value]:
        outputs = []
        own = made.number(target)
        for value, state in zip(inputs, states, strict=True):
            total, count, there = taken(made, self._code(made, value, state), state["training_table"])
            others = made.emit("subtract", [total, own])[0]
            mean = made.emit("divide", [others, made.scaled(count, 1.0, -1.0)])[0]
            filled = made.emit("fill", [mean], floats=[state["training_mean"]])[0]
            outputs.append(made.emit("multiply", [filled, there])[0])
        return outputs


@dataclass(frozen=True, repr=False)
class CatBoostEncoder(OfTarget):
    """The mean of the target in a category with `a` rows of the general mean added, and for a training row that of the
    rows before it (ordered target statistics, Prokhorenkova et al. 2018).

    order: the name of one of the columns, of times or numbers, which says what comes before what; it is no output. A
    training row learns from the rows of its category whose order is less than its own: rows of one moment know nothing
    of each other, and what it learns was known at its time. category_encoders takes the order in which the rows stand,
    which a frame of Spark does not have, and which is no order of time in most; where the rows are sorted by `order`,
    without ties, its answers are the same. Without an order training rows are encoded by other folds than their own
    (`OfTarget`). A row without one comes last.

    Of other rows than those of training, unseen categories and those of a single row are the general mean; missing is
    a category of its own if it was there.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"to": ["JFK", "JFK", "JFK", "EWR"], "day": [3, 1, 2, 1], "delay": [1.0, 3.0, 5.0, 7.0]})
    >>> p = rw.Pipeline("p")["to", "day"] >> T.CatBoostEncoder(order="day")
    >>> p.fit(frame, y="delay").transform(frame)["to"].tolist(), p.fit_transform(frame, y="delay")["to"].tolist()
    ([3.25, 3.25, 3.25, 4.0], [4.0, 4.0, 3.5, 4.0])
    """

    a: float = 1
    order: str | None = None
    oracle = "category_encoders.CatBoostEncoder"

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_number(self, "a", self.a, 0)
        if self.order == "":
            raise DeclarationError(f"{self!r}: expected order to be the name of a column.")

    @property
    def folds(self) -> Folds | None:
        return super().folds if self.order is None else None

    def check(self, inputs: Sequence[Input]) -> None:
        super().check([one for one in inputs if one.name != self.order])
        orders = [one for one in inputs if one.name == self.order]
        if self.order is not None and not orders:
            names = ", ".join(one.name for one in inputs)
            raise SchemaError(f"{self!r}: the order {self.order!r} is none of its columns: {names}. Select it too.")
        if orders and kind_of(orders[0].type) not in _ORDERS:
            raise SchemaError(f"{self!r}: expected an order of times or numbers, got {orders[0].type}.")

    def encoded(self, column: Input, categories: Sequence[Measured], whole: Known) -> tuple[Sequence[float], float]:
        mean = whole.mean
        return [(one.sum + mean * self.a) / (one.size + self.a) if one.size > 1 else mean for one in categories], mean

    def wants(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Mapping[str, Want]:
        if self.order is None:
            return super().wants(inputs, known)
        if known:
            return {}
        names = [one.name for one in inputs]
        order = names.index(self.order)
        made: dict[str, Want] = {}
        for at in range(len(inputs)):
            if at != order:
                made |= {f"{at}.of": (GroupedMoments(), (at, TARGET))}
                made |= {f"{at}.rows": (Combinations(), (at, order, TARGET))}
        return made

    def learn(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Sequence[State]:
        if self.order is None:
            return super().learn(inputs, known)
        return [
            {"order": True} if one.name == self.order else self._ordered(one, known[f"{at}.of"], known[f"{at}.rows"])
            for at, one in enumerate(inputs)
        ]

    def _ordered(self, column: Input, found: Groups, rows: Combined) -> State:
        whole = Known.joined(found.known)
        values, mean = self.encoded(column, found.known, whole)
        state = self._tabled(column, found.categories, np.array(values), mean)
        keys, table = self._before(rows, mean)
        orders = rows.values[1]
        return {
            **state,
            "training_orders": _numbers(orders.drop_null()),
            "training_width": len(orders),
            "training_keys": keys,
            "training_table": np.concatenate([table, [mean, np.nan]]),
        }

    def _before(self, rows: Combined, mean: float) -> tuple[Floats, Floats]:
        """For each category at each place of the order, rising, its key, and the encoding by what came before it."""
        category, order, label = rows.codes
        target = as_floats(rows.values[2])[label]
        there = np.isfinite(target)
        sums = np.where(there, target, 0.0) * rows.counts
        sizes = np.where(there, rows.counts, 0)
        keys = category * len(rows.values[1]) + order
        first = np.flatnonzero(np.diff(keys, prepend=-1))  # of each key
        bounds = np.searchsorted(category, np.arange(len(rows.values[0]) + 1))
        before, seen = np.zeros(len(keys)), np.zeros(len(keys))
        for one, end in pairwise(bounds):
            before[one + 1 : end] = np.cumsum(sums[one : end - 1])
            seen[one + 1 : end] = np.cumsum(sizes[one : end - 1])
        with np.errstate(invalid="ignore", divide="ignore"):
            made = (before[first] + mean * self.a) / (seen[first] + self.a)
        return keys[first].astype(np.float64), np.where(seen[first] + self.a > 0, made, mean)

    def names_of(self, column: str, state: State) -> Sequence[str]:
        return () if "order" in state else (column,)

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return () if "order" in state else super().build_of(made, value, state)

    def build_training(
        self, made: Builder, inputs: Sequence[Value], states: Sequence[State], fold: Value | None, target: Value
    ) -> Sequence[Value]:
        if self.order is None:
            return super().build_training(made, inputs, states, fold, target)
        (order,) = [value for value, state in zip(inputs, states, strict=True) if "order" in state]
        outputs = []
        for value, state in zip(inputs, states, strict=True):
            if "order" in state:
                continue
            width = state["training_width"]
            orders = state["training_orders"]
            if order.is_time:
                at = made.emit("find_integer", [made.integer(order)], ints=orders, count=len(orders))[0]
            else:
                at = made.emit("find", [made.number(order)], floats=orders, count=len(orders))[0]
            at = made.emit("fill", [at], floats=[width - 1.0])[0]
            size = len(state["categories"])
            missing = np.nan if self.handle_missing == "return_nan" else size
            number = taken(made, self._code(made, value, state), np.array([*range(size), size, missing], np.float64))[0]
            key = made.emit("add", [made.scaled(number, float(width), 0.0), at])[0]
            keys = state["training_keys"]
            outputs += taken(made, made.emit("find", [key], floats=keys, count=len(keys))[0], state["training_table"])
        return outputs


def _numbers(orders: pa.Array) -> Any:
    """Times as microseconds, numbers as floats."""
    if pa.types.is_temporal(orders.type):
        return micros(orders).to_numpy(zero_copy_only=False)
    return as_floats(orders) + 0.0
