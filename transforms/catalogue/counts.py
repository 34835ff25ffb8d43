"""Categories by how often they are there: as numbers, and rare ones as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.catalogue.base import Input, OfColumn, State, is_whole
from ropeway.transforms.catalogue.encoding import OfCategories, checked_number, taken
from ropeway.transforms.errors import DataError, DeclarationError, SchemaError
from ropeway.transforms.expressions.kinds import kind_of
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.statistics import Counts, Statistic
from ropeway.transforms.statistics.counts import Counted

__all__ = ["CountEncoder", "CountFrequencyEncoder", "RareLabelEncoder", "TopK"]


@dataclass(frozen=True, repr=False)
class CountEncoder(OfCategories):
    """How often a category was there when it was fitted; with `normalize` its share of all rows.

    Missing values are counted as a category of their own, and unseen ones are 0. `CountFrequencyEncoder` is
    feature_engine's, with shares of the rows that are not missing.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> fitted = (rw.Pipeline("p")["to"] >> T.CountEncoder()).fit(pd.DataFrame({"to": ["JFK", "JFK", None]}))
    >>> [float(fitted.row()({"to": to})[0]) for to in ("JFK", None, "new")]
    [2.0, 1.0, 0.0]
    """

    normalize: bool = False
    oracle = "category_encoders.CountEncoder"

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        return {} if known else {"counts": Counts()}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        found: Counted = known["counts"]
        if found.missing and self.handle_missing == "error":
            raise DataError(f"{self!r} of column {column.name!r}: it has missing values. Fill them before.")
        over = (found.size + found.missing or 1) if self.normalize else 1
        state = self._tabled(column, found.values, found.counts / over, 0.0)
        if self.handle_missing == "value":
            state["table"][-1] = found.missing / over
        return state


@dataclass(frozen=True, repr=False)
class CountFrequencyEncoder(OfColumn):
    """How often a category was there when it was fitted, or its share ("frequency") of rows that are not missing.

    unseen: "ignore" leaves a missing value, "encode" is 0, "raise" raises. missing_values: "raise", or "ignore", which
    leaves them missing.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"to": ["JFK", "JFK", "EWR", None]})
    >>> p = rw.Pipeline("p")["to"] >> T.CountFrequencyEncoder("frequency", missing_values="ignore")
    >>> p.fit(frame).transform(frame)["to"].round(3).tolist()
    [0.667, 0.667, 0.333, nan]
    """

    takes = "category"
    encoding_method: Literal["count", "frequency"] = "count"
    missing_values: Literal["raise", "ignore"] = "raise"
    unseen: Literal["ignore", "raise", "encode"] = "ignore"
    oracle = "feature_engine.encoding.CountFrequencyEncoder"

    def __post_init__(self) -> None:
        self._one_of("encoding_method", "count", "frequency")
        self._one_of("missing_values", "raise", "ignore")
        self._one_of("unseen", "ignore", "raise", "encode")

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        return {} if known else {"counts": Counts()}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        found: Counted = known["counts"]
        if self.missing_values == "raise":
            none_missing(self, column, found)
        over = (found.size or 1) if self.encoding_method == "frequency" else 1
        # -1 is refused
        unseen = {"ignore": np.nan, "raise": -1.0, "encode": 0.0}[self.unseen]
        missing = np.nan if self.missing_values == "ignore" else -1.0
        table = np.array([*(found.counts / over), unseen, missing])
        return {"column": column.name, "categories": found.values, "table": table}

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        made_of = taken(made, made.codes(value, state["categories"]), state["table"])
        if "raise" in (self.missing_values, self.unseen):
            made.require(
                made_of[0], value, f"no value that {self!r} takes of column {state['column']!r}. Take another "
                f"missing_values or unseen."
            )  # fmt: skip
        return made_of


@dataclass(frozen=True)
class _Kept:
    """Values of a list as they are, missing ones too unless they are refused, and all others as one."""

    values: pa.Array
    other: Any
    type: pa.DataType
    refused: str | None

    @property
    def types(self) -> tuple[pa.DataType, ...]:
        return (self.type,)

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        (array,) = arrays
        if self.refused is not None and array.null_count:
            raise DataError(f"{array.null_count:,} rows have a missing value: {self.refused}")
        if pa.types.is_floating(self.type):
            array = pc.add(array, pa.scalar(0.0, self.type))
        kept = pc.or_(pc.is_in(array, value_set=self.values), pc.is_null(array))
        return (pc.if_else(kept, array, pa.scalar(self.other, self.type)),)

    def row(self, *values: Any) -> Sequence[Any]:
        (value,) = values
        if value is None:
            if self.refused is not None:
                raise DataError(f"the row has a missing value: {self.refused}")
            return (None,)
        value = value + 0.0 if isinstance(value, float) else value
        return (value if value in self._set else self.other,)

    @property
    def _set(self) -> frozenset[Any]:
        found: frozenset[Any] | None = self.__dict__.get("_found")
        if found is None:
            found = frozenset(self.values.to_pylist())
            object.__setattr__(self, "_found", found)
        return found


@dataclass(frozen=True, repr=False)
class _Grouped(OfColumn):
    """Columns in which rare categories become one."""

    takes = "category"

    def _other(self) -> Any:
        raise NotImplementedError("a subclass says what stands for them")

    def _kept(self, column: Input, found: Counted) -> pa.Array:
        raise NotImplementedError("a subclass says which are frequent")

    def _refused(self, column: str) -> str | None:
        """What an error says of missing values, if they are refused."""
        return None

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        for one in inputs:
            try:
                pa.array([self._other()], one.type)
            except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError) as error:
                raise SchemaError(
                    f"{self!r} of column {one.name!r}: {self._other()!r} is no value of {one.type}. Give one that is."
                ) from error
            if kind_of(one.type) == "bool":
                raise SchemaError(f"{self!r} of column {one.name!r}: booleans have no third value.")

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        return {} if known else {"counts": Counts()}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        return {"column": column.name, "kept": self._kept(column, known["counts"])}

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        kept = state["kept"]
        return made.call(_Kept(kept, self._other(), kept.type, self._refused(state["column"])), [value])


@dataclass(frozen=True, repr=False)
class RareLabelEncoder(_Grouped):
    """Categories as they are, and those in fewer than a share `tol` of the rows as one, `replace_with`.

    Nothing is grouped in a column of up to `n_categories` categories, but unseen ones are `replace_with` there too.
    max_n_categories: only so many of the most frequent stay, of equals the lesser ones. missing_values: "raise", or
    "ignore", which leaves them missing; they count neither as a category nor as rows (feature_engine counts a missing
    one among `n_categories`). Columns stay of their type, so that numbers want a number for `replace_with`.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"to": ["JFK", "JFK", "EWR", "EWR", "MIA"]})
    >>> p = rw.Pipeline("p")["to"] >> T.RareLabelEncoder(tol=0.3, n_categories=2)
    >>> p.fit(frame).transform(frame)["to"].tolist()
    ['JFK', 'JFK', 'EWR', 'EWR', 'Rare']
    """

    tol: float = 0.05
    n_categories: int = 10
    max_n_categories: int | None = None
    replace_with: str | float = "Rare"
    missing_values: Literal["raise", "ignore"] = "raise"
    oracle = "feature_engine.encoding.RareLabelEncoder"

    def __post_init__(self) -> None:
        checked_number(self, "tol", self.tol, 0, 1)
        if not is_whole(self.n_categories, 0):
            raise DeclarationError(f"{self!r}: expected n_categories to be a whole number, 0 or more.")
        if self.max_n_categories is not None:
            self._positive("max_n_categories")
        self._one_of("missing_values", "raise", "ignore")

    def _other(self) -> Any:
        return self.replace_with

    def _kept(self, column: Input, found: Counted) -> pa.Array:
        if self.missing_values == "raise":
            none_missing(self, column, found)
        if len(found.values) <= self.n_categories:
            return found.values
        order = np.argsort(-found.counts, kind="stable")
        order = order[found.counts[order] / found.size >= self.tol][: self.max_n_categories]
        return found.values.take(pa.array(np.sort(order)))

    def _refused(self, column: str) -> str | None:
        if self.missing_values == "ignore":
            return None
        return (
            f"None is no value of column {column!r} that {self!r} takes. Fill it before, or take "
            f"missing_values='ignore'."
        )


@dataclass(frozen=True, repr=False)
class TopK(_Grouped):
    """The `k` most frequent categories as they are, all others, unseen ones too, as one: `other`.

    Of equally frequent ones the lesser stay. Missing stays missing, and is none of the `k`. Columns stay of their
    type, so that numbers want a number for `other`. Hopsworks has it as top_k_categorical_binner.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"to": ["JFK", "JFK", "MIA", "EWR", None]})
    >>> (rw.Pipeline("p")["to"] >> T.TopK(2)).fit(frame).transform(frame)["to"].tolist()
    ['JFK', 'JFK', 'other', 'EWR', None]
    """

    k: int = 10
    other: str | float = "other"
    oracle = "own reference"

    def __post_init__(self) -> None:
        self._positive("k")

    def _other(self) -> Any:
        return self.other

    def _kept(self, column: Input, found: Counted) -> pa.Array:
        order = np.argsort(-found.counts, kind="stable")[: self.k]
        return found.values.take(pa.array(np.sort(order)))


def none_missing(what: object, column: Input, found: Counted) -> None:
    """Raise `DataError` for a column with missing values."""
    if found.missing:
        raise DataError(
            f"{what!r} of column {column.name!r}: it has {found.missing:,} missing values. Fill them before, or take "
            f"missing_values='ignore'."
        )
