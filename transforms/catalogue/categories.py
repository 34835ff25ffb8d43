"""Categories as numbers: one column each, or one number for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ropeway.transforms.catalogue.base import Input, OfColumn, State
from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.statistics import Counts, Statistic
from ropeway.transforms.statistics.counts import Counted

__all__ = ["OneHotEncoder", "OrdinalEncoder"]


@dataclass(frozen=True, repr=False)
class _Encoder(OfColumn):
    """What encoders of categories share: which categories there are, and which of them are rare."""

    takes = "category"

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        return {} if known else {"counts": Counts()}


def rare(found: Counted, min_frequency: float | None, max_categories: int | None) -> list[bool]:
    """Which categories are infrequent, missing as the last one if it was there.

    As scikit-learn: fewer than `min_frequency` rows (a float is a share of all), and of those left the least frequent,
    of equals the later ones, until with the infrequent ones as one there are `max_categories`.
    """
    counts = np.array([*found.counts.tolist(), *([found.missing] if found.missing else [])], np.int64)
    infrequent = np.zeros(len(counts), bool)
    if min_frequency is not None:
        least = min_frequency if isinstance(min_frequency, int) else min_frequency * counts.sum()
        infrequent = counts < least
    kept = len(counts) - int(infrequent.sum()) + int(infrequent.any())
    if max_categories is not None and max_categories < kept:
        # a stable sort from the most frequent on: of equals the first ones stay
        order = np.argsort(-counts, kind="stable")[: max_categories - 1]
        infrequent = np.ones(len(counts), bool)
        infrequent[order] = False
    return [bool(one) for one in infrequent]


def checked_frequency(what: object, min_frequency: object, max_categories: object) -> None:
    """Raise `DeclarationError` for limits that make no sense."""
    is_count = isinstance(min_frequency, int) and not isinstance(min_frequency, bool) and min_frequency >= 1
    is_share = isinstance(min_frequency, float) and 0.0 < min_frequency < 1.0
    if min_frequency is not None and not (is_count or is_share):
        raise DeclarationError(f"{what!r}: min_frequency is a number of rows from 1 on, or a share of them below 1.0.")
    if max_categories is not None and (
        isinstance(max_categories, bool) or not isinstance(max_categories, int) or max_categories < 1
    ):
        raise DeclarationError(f"{what!r}: max_categories is a whole number, 1 or more.")


def unknown(what: object, column: str) -> str:
    """What an error says of a category that was not there when it was fitted."""
    return (
        f"no category of column {column!r} when {what!r} was fitted. Fit on rows that have it, or take another "
        f"handle_unknown."
    )


@dataclass(frozen=True, repr=False)
class OneHotEncoder(_Encoder):
    """One column of 0 and 1 for each category that was there when it was fitted, in rising order, missing (nan) last.

    drop: "first" leaves out the first column of each input, "if_binary" that of inputs with two categories (Spark
    drops the last by default). min_frequency, max_categories: rare categories share one column,
    `{column}_infrequent_sklearn`. handle_unknown: "error" for a category that was not there, "ignore" for all 0,
    "infrequent_if_exist" for the column of the rare ones. Outputs are named `{column}_{category}`.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"to": ["JFK", "EWR", None]})
    >>> (rw.Pipeline("p")["to"] >> T.OneHotEncoder()).fit(frame).transform(frame).to_dict("list")
    {'to_EWR': [0.0, 1.0, 0.0], 'to_JFK': [1.0, 0.0, 0.0], 'to_nan': [0.0, 0.0, 1.0]}
    """

    drop: Literal["first", "if_binary"] | None = None
    handle_unknown: Literal["error", "ignore", "infrequent_if_exist"] = "error"
    min_frequency: float | None = None
    max_categories: int | None = None
    oracle = "sklearn.preprocessing.OneHotEncoder"

    def __post_init__(self) -> None:
        self._one_of("drop", None, "first", "if_binary")
        self._one_of("handle_unknown", "error", "ignore", "infrequent_if_exist")
        checked_frequency(self, self.min_frequency, self.max_categories)

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        found: Counted = known["counts"]
        infrequent = rare(found, self.min_frequency, self.max_categories)
        labels = [*found.values.to_pylist(), *([None] if found.missing else [])]
        frequent = [label for label, is_rare in zip(labels, infrequent, strict=True) if not is_rare]
        shown = [_shown(label) for label in frequent]
        if any(infrequent):
            shown.append("infrequent_sklearn")
        codes = np.cumsum([not one for one in infrequent]) - 1
        places = np.where(infrequent, len(frequent), codes)
        first = 1 if self.drop == "first" or (self.drop == "if_binary" and len(shown) == 2) else 0
        return {
            "column": column.name, "categories": found.values, "places": places.astype(np.int64), "shown": shown,
            "first": first, "missing": bool(found.missing), "infrequent": any(infrequent),
        }  # fmt: skip

    def names_of(self, column: str, state: State) -> Sequence[str]:
        return [f"{column}_{label}" for label in state["shown"][state["first"] :]]

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        code = made.codes(value, state["categories"])
        unseen = -1.0
        if self.handle_unknown == "infrequent_if_exist" and state["infrequent"]:
            unseen = float(len(state["shown"]) - 1)
        known = state["places"].astype(np.float64)
        size = len(state["categories"])
        missing = known[size] if state["missing"] else unseen
        table = np.concatenate([known[:size], [unseen, missing]])
        place = made.emit("take", [code], floats=table, count=size, more=1)[0]
        if self.handle_unknown == "error":
            made.require(place, value, unknown(self, state["column"]))
        width = len(state["shown"]) - state["first"]
        if state["first"]:
            place = made.scaled(place, 1.0, -1.0)
        return made.emit("one_hot", [place], outputs=width, count=width) if width else []


@dataclass(frozen=True, repr=False)
class OrdinalEncoder(_Encoder):
    """The number of a category, from 0, in rising order (Spark's StringIndexer goes by frequency).

    min_frequency, max_categories: rare categories share the number after the others. handle_unknown: "error" for a
    category that was not there when it was fitted, "use_encoded_value" for `unknown_value`. A missing value is
    `encoded_missing_value`, NaN by default.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"to": ["JFK", "EWR", None]})
    >>> (rw.Pipeline("p")["to"] >> T.OrdinalEncoder()).fit(frame).transform(frame)["to"].tolist()
    [1.0, 0.0, nan]
    """

    handle_unknown: Literal["error", "use_encoded_value"] = "error"
    unknown_value: float | None = None
    encoded_missing_value: float = float("nan")
    min_frequency: float | None = None
    max_categories: int | None = None
    oracle = "sklearn.preprocessing.OrdinalEncoder"

    def __post_init__(self) -> None:
        self._one_of("handle_unknown", "error", "use_encoded_value")
        checked_frequency(self, self.min_frequency, self.max_categories)
        if (self.handle_unknown == "use_encoded_value") != (self.unknown_value is not None):
            raise DeclarationError(f"{self!r}: give unknown_value exactly where handle_unknown is 'use_encoded_value'.")

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        found: Counted = known["counts"]
        present = Counted(found.values, found.counts, 0)
        infrequent = rare(present, self.min_frequency, self.max_categories)
        codes = np.cumsum([not one for one in infrequent]) - 1
        places = np.where(infrequent, len(infrequent) - sum(infrequent), codes)
        return {"column": column.name, "categories": found.values, "places": places.astype(np.int64)}

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        code = made.codes(value, state["categories"])
        if self.handle_unknown == "error":
            made.require(code, value, unknown(self, state["column"]))
        unseen = -1.0 if self.unknown_value is None else float(self.unknown_value)
        table = np.concatenate([state["places"].astype(np.float64), [unseen, float(self.encoded_missing_value)]])
        return made.emit("take", [code], floats=table, count=len(state["categories"]), more=1)


def _shown(label: Any) -> str:
    """A category in the name of an output; a missing one is nan."""
    return "nan" if label is None else str(label)
