"""Categories as numbers: one column each, or one number for each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms.catalogue.base import Input, OfColumn, State
from ropeway.transforms.errors import DataError, DeclarationError, SchemaError
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.statistics import Counts, Statistic
from ropeway.transforms.statistics.counts import Counted

__all__ = ["OneHotEncoder", "OrdinalEncoder"]

#: of each column, or all that are there
Categories = Literal["auto"] | Sequence[Sequence[Any]]


def checked_categories(what: object, categories: Any) -> Categories:
    """Lists of categories as tuples, a missing one as None; raises `DeclarationError` for what are none."""
    if isinstance(categories, str):
        if categories != "auto":
            raise DeclarationError(f"{what!r}: categories are 'auto', or a list of categories for each column.")
        return "auto"
    lists = [one for one in categories if isinstance(one, str) or not hasattr(one, "__iter__")]
    if lists:
        raise DeclarationError(f"{what!r}: categories are 'auto', or a list for each column, and {lists[0]!r} is none.")
    made = tuple(tuple(plain_value(one) for one in some) for some in categories)
    for some in made:
        if not some or len(set(some)) < len(some):
            raise DeclarationError(f"{what!r}: expected different categories, at least one, got {list(some)!r}.")
        if None in some[:-1]:
            raise DeclarationError(
                f"{what!r}: a missing category (None, nan) is the last one, not so in {list(some)!r}."
            )
    return made


def plain_value(value: Any) -> Any:
    """A value of numpy as one of Python, NaN as None."""
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and math.isnan(value) else value


def given_categories(what: object, column: Input, categories: Sequence[Any], found: Counted) -> Counted:
    """The categories that were given, in their order, with their counts; `found` is what the rows have.

    Raises `SchemaError` for values of another type, and for numbers that do not rise.
    """
    present = [one for one in categories if one is not None]
    try:
        values = pa.array(present, column.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError) as error:
        raise SchemaError(
            f"{what!r} of column {column.name!r}: its categories {present!r} are no values of {column.type}."
        ) from error
    if not pa.types.is_string(column.type) and present != sorted(present):
        raise SchemaError(f"{what!r} of column {column.name!r}: categories that are no text must rise.")
    counts = dict(zip(found.values.to_pylist(), found.counts.tolist(), strict=True))
    missing = found.missing if None in categories else 0
    return Counted(values, np.array([counts.get(one, 0) for one in present], np.int64), missing)


@dataclass(frozen=True, repr=False)
class _Encoder(OfColumn):
    """What encoders of categories share: which categories there are, and which of them are rare."""

    takes = "category"
    categories: Categories = "auto"

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        if self.categories != "auto" and len(self.categories) != len(inputs):
            raise SchemaError(
                f"{self!r}: expected a list of categories for each of {len(inputs)} columns, got "
                f"{len(self.categories)}."
            )

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        return {} if known else {"counts": Counts()}

    def learn(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Sequence[State]:
        return [self._learned(at, column, known[f"{at}.counts"]) for at, column in enumerate(inputs)]

    def _learned(self, at: int, column: Input, found: Counted) -> State:
        raise NotImplementedError("a subclass learns")

    def _chosen(self, at: int, column: Input, found: Counted, *, every: bool) -> Counted:
        """The categories to encode; raises `DataError` for others if `every` one must be among them."""
        if self.categories == "auto":
            return found
        made = given_categories(self, column, self.categories[at], found)
        known = set(made.values.to_pylist())
        others = [one for one in found.values.to_pylist() if one not in known]
        others += [None] if found.missing and None not in self.categories[at] else []
        if every and others:
            raise DataError(
                f"{self!r} of column {column.name!r}: the rows have {', '.join(map(repr, others[:5]))}, which are none "
                f"of its categories. Add them, or take another handle_unknown."
            )
        return made


def rare(
    counts: npt.NDArray[np.int64], rows: int, min_frequency: float | None, max_categories: int | None
) -> list[bool]:
    """Which categories are infrequent, of their counts among all rows.

    As scikit-learn: fewer than `min_frequency` rows (a float is a share of all), and of those left the least frequent,
    of equals the earlier ones, until with the infrequent ones as one there are `max_categories`. That one counts even
    where it is empty: of three categories `max_categories=3` leaves two.
    """
    infrequent = np.zeros(len(counts), bool)
    if min_frequency is not None:
        least = min_frequency if isinstance(min_frequency, int) else min_frequency * rows
        infrequent = counts < least
    kept = len(counts) - int(infrequent.sum()) + 1
    if max_categories is not None and max_categories < kept:
        order = np.argsort(counts, kind="stable")
        infrequent[order[: len(order) - (max_categories - 1)]] = True
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

    categories: "auto", or a list for each column, in the order of their outputs; those of numbers rise, and a missing
    one (None, nan) is the last. drop: "first" leaves out the first column of each input, "if_binary" that of inputs
    with two categories (Spark drops the last by default), a list of categories that of each input. min_frequency,
    max_categories: rare categories share one column, `{column}_infrequent_sklearn`. handle_unknown: "error" for a
    category that was not there, "ignore" for all 0, "infrequent_if_exist" for the column of the rare ones. Outputs are
    named `{column}_{category}`.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"to": ["JFK", "EWR", None]})
    >>> (rw.Pipeline("p")["to"] >> T.OneHotEncoder()).fit(frame).transform(frame).to_dict("list")
    {'to_EWR': [0.0, 1.0, 0.0], 'to_JFK': [1.0, 0.0, 0.0], 'to_nan': [0.0, 0.0, 1.0]}
    """

    drop: Literal["first", "if_binary"] | Sequence[Any] | None = None
    handle_unknown: Literal["error", "ignore", "infrequent_if_exist"] = "error"
    min_frequency: float | None = None
    max_categories: int | None = None
    oracle = "sklearn.preprocessing.OneHotEncoder"

    def __post_init__(self) -> None:
        if self.drop is None or isinstance(self.drop, str):
            self._one_of("drop", None, "first", "if_binary")
        else:
            object.__setattr__(self, "drop", tuple(plain_value(one) for one in self.drop))
        object.__setattr__(self, "categories", checked_categories(self, self.categories))
        self._one_of("handle_unknown", "error", "ignore", "infrequent_if_exist")
        checked_frequency(self, self.min_frequency, self.max_categories)

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        if isinstance(self.drop, tuple) and len(self.drop) != len(inputs):
            raise SchemaError(
                f"{self!r}: expected a category to drop for each of {len(inputs)} columns, got {len(self.drop)}."
            )

    def _learned(self, at: int, column: Input, found: Counted) -> State:
        rows = found.size + found.missing
        chosen = self._chosen(at, column, found, every=self.handle_unknown == "error")
        with_missing = bool(chosen.missing) or (self.categories != "auto" and None in self.categories[at])
        counts = np.array([*chosen.counts.tolist(), *([chosen.missing] if with_missing else [])], np.int64)
        infrequent = rare(counts, rows, self.min_frequency, self.max_categories)
        labels = [*chosen.values.to_pylist(), *([None] if with_missing else [])]
        frequent = [label for label, is_rare in zip(labels, infrequent, strict=True) if not is_rare]
        shown = [_shown(label) for label in frequent]
        if any(infrequent):
            shown.append("infrequent_sklearn")
        codes = np.cumsum([not one for one in infrequent]) - 1
        places = np.where(infrequent, len(frequent), codes)
        drop = self._dropped(at, column, labels, infrequent, places.tolist(), len(shown))
        kept = [one for one in range(len(shown)) if one != drop]
        return {
            "column": column.name, "categories": chosen.values, "places": places.astype(np.int64), "shown": shown,
            "kept": kept, "missing": with_missing, "infrequent": any(infrequent),
        }  # fmt: skip

    def _dropped(
        self, at: int, column: Input, labels: list[Any], infrequent: list[bool], places: list[int], width: int
    ) -> int | None:
        """The number of the output that is left out."""
        if isinstance(self.drop, tuple):
            label = self.drop[at]
            if label not in labels:
                raise DataError(
                    f"{self!r} of column {column.name!r}: {label!r} is to be dropped, and is none of its categories."
                )
            if infrequent[labels.index(label)]:
                raise DataError(f"{self!r} of column {column.name!r}: {label!r} is infrequent, and can't be dropped.")
            return places[labels.index(label)]
        return 0 if self.drop == "first" or (self.drop == "if_binary" and width == 2) else None

    def names_of(self, column: str, state: State) -> Sequence[str]:
        return [f"{column}_{state['shown'][at]}" for at in state["kept"]]

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
        if len(state["kept"]) < len(state["shown"]):
            # what is dropped is no number of an output
            order = np.full(len(state["shown"]) + 2, -1.0)
            order[state["kept"]] = np.arange(len(state["kept"]))
            place = made.emit("take", [place], floats=order, count=len(state["shown"]), more=1)[0]
        width = len(state["kept"])
        return made.emit("one_hot", [place], outputs=width, count=width) if width else []


@dataclass(frozen=True, repr=False)
class OrdinalEncoder(_Encoder):
    """The number of a category, from 0, in rising order (Spark's StringIndexer goes by frequency).

    categories: "auto", or a list for each column, whose order counts; those of numbers rise. min_frequency,
    max_categories: rare categories share the number after the others. handle_unknown: "error" for a category that was
    not there when it was fitted, "use_encoded_value" for `unknown_value`. A missing value is `encoded_missing_value`,
    NaN by default, whether one was there or not (scikit-learn takes one that was not there as unknown).

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
        object.__setattr__(self, "categories", checked_categories(self, self.categories))
        self._one_of("handle_unknown", "error", "use_encoded_value")
        checked_frequency(self, self.min_frequency, self.max_categories)
        if (self.handle_unknown == "use_encoded_value") != (self.unknown_value is not None):
            raise DeclarationError(f"{self!r}: give unknown_value exactly where handle_unknown is 'use_encoded_value'.")

    def _learned(self, at: int, column: Input, found: Counted) -> State:
        rows = found.size + found.missing
        present = Counted(found.values, found.counts, 0)
        chosen = self._chosen(at, column, present, every=self.handle_unknown == "error")
        infrequent = rare(chosen.counts, rows, self.min_frequency, self.max_categories)
        codes = np.cumsum([not one for one in infrequent]) - 1
        places = np.where(infrequent, len(infrequent) - sum(infrequent), codes)
        for name, value in (
            ("unknown_value", self.unknown_value),
            ("encoded_missing_value", self.encoded_missing_value),
        ):
            if value is not None and value in places.tolist():
                raise DataError(
                    f"{self!r} of column {column.name!r}: {name}={value!r} is the number of a category already; there "
                    f"are {len(places)}. Take a negative one."
                )
        return {"column": column.name, "categories": chosen.values, "places": places.astype(np.int64)}

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
