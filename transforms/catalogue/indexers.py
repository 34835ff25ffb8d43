"""Categories as numbers as Spark has them, and lists of labels as columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.catalogue.base import Input, OfColumn, State
from ropeway.transforms.catalogue.categories import plain_value
from ropeway.transforms.catalogue.encoding import taken
from ropeway.transforms.errors import DeclarationError, SchemaError
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.statistics import Counts, Distinct, Statistic
from ropeway.transforms.statistics.counts import Counted
from ropeway.transforms.statistics.distinct import Values

__all__ = ["MultiLabelBinarizer", "StringIndexer", "VectorIndexer"]


@dataclass(frozen=True, repr=False)
class StringIndexer(OfColumn):
    """The number of a category, from 0: by default the most frequent is 0, of equally frequent ones the lesser text.

    string_order_type: "frequencyDesc", "frequencyAsc", "alphabetDesc" or "alphabetAsc". Numbers and booleans are
    ordered as text, as Spark orders them: 10 before 9. handle_invalid: "error" for unseen and for missing values,
    "keep" gives both the number after all others. Spark's "skip" leaves rows out, which no transform of rows can.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"to": ["JFK", "MIA", "EWR", "MIA"]})
    >>> fitted = (rw.Pipeline("p")["to"] >> T.StringIndexer(handle_invalid="keep")).fit(frame)
    >>> [float(fitted.row()({"to": to})[0]) for to in ("MIA", "EWR", "JFK", "new", None)]
    [0.0, 1.0, 2.0, 3.0, 3.0]
    """

    takes = "category"
    string_order_type: Literal["frequencyDesc", "frequencyAsc", "alphabetDesc", "alphabetAsc"] = "frequencyDesc"
    handle_invalid: Literal["error", "keep"] = "error"
    oracle = "pyspark.ml.feature.StringIndexer"

    def __post_init__(self) -> None:
        self._one_of("string_order_type", "frequencyDesc", "frequencyAsc", "alphabetDesc", "alphabetAsc")
        self._one_of("handle_invalid", "error", "keep")

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        return {} if known else {"counts": Counts()}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        found: Counted = known["counts"]
        shown = [_as_text(one) for one in found.values.to_pylist()]
        order = sorted(range(len(shown)), key=lambda at: shown[at], reverse=self.string_order_type == "alphabetDesc")
        if self.string_order_type.startswith("frequency"):
            sign = -1 if self.string_order_type == "frequencyDesc" else 1
            order.sort(key=lambda at: sign * int(found.counts[at]))
        places = np.empty(len(order), np.int64)
        places[order] = np.arange(len(order))
        return {"column": column.name, "categories": found.values, "places": places}

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        places = state["places"].astype(np.float64)
        other = float(len(places)) if self.handle_invalid == "keep" else -1.0
        outputs = taken(made, made.codes(value, state["categories"]), np.concatenate([places, [other, other]]))
        if self.handle_invalid == "error":
            made.require(outputs[0], value, _invalid(self, state["column"]))
        return outputs


@dataclass(frozen=True, repr=False)
class VectorIndexer(OfColumn):
    """Columns of up to `max_categories` different numbers as the number of each, rising from 0; others as they are.

    0.0, if it is there, is number 0, so that what is sparse stays so. handle_invalid: "error" for numbers of such a
    column that were not there when it was fitted, "keep" gives them the number after all others. Missing stays
    missing (in Spark's vectors NaN is a value, and null an error).

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"engines": [2.0, -1.0, 0.0, 4.0], "x": [0.5, 1.5, 2.5, 3.5]})
    >>> p = rw.Pipeline("p")["engines"] >> T.VectorIndexer(max_categories=4)
    >>> p.fit(frame).transform(frame)["engines"].tolist()
    [2.0, 1.0, 0.0, 3.0]
    """

    takes = "number"
    max_categories: int = 20
    handle_invalid: Literal["error", "keep"] = "error"
    oracle = "pyspark.ml.feature.VectorIndexer"

    def __post_init__(self) -> None:
        self._positive("max_categories")
        if self.max_categories < 2:
            raise DeclarationError(f"{self!r}: expected max_categories to be 2 or more.")
        self._one_of("handle_invalid", "error", "keep")

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        return {} if known else {"values": Distinct()}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        found: Values = known["values"]
        if len(found.values) > self.max_categories:
            return {"column": column.name, "categories": None, "places": None}
        order = sorted(range(len(found.values)), key=lambda at: (found.values[at] != 0.0, found.values[at]))
        places = np.empty(len(order), np.int64)
        places[order] = np.arange(len(order))
        return {"column": column.name, "categories": found.values, "places": places}

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        number = made.number(value)
        if state["categories"] is None:
            return [number]
        places = state["places"].astype(np.float64)
        other = float(len(places)) if self.handle_invalid == "keep" else -1.0
        code = made.emit("find", [number], floats=state["categories"], count=len(places))[0]
        outputs = taken(made, code, np.concatenate([places, [other, np.nan]]))
        if self.handle_invalid == "error":
            made.require(outputs[0], value, _invalid(self, state["column"]))
        return outputs


@dataclass(frozen=True)
class _Memberships:
    """For each of some labels 1 where a list holds it, else 0."""

    labels: pa.Array

    @property
    def types(self) -> tuple[pa.DataType, ...]:
        return (pa.float64(),) * len(self.labels)

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        (array,) = arrays
        elements = array.flatten()
        if elements.type != self.labels.type:
            elements = elements.cast(self.labels.type)
        lengths = pc.list_value_length(array).fill_null(0).to_numpy()
        rows = np.repeat(np.arange(len(array)), lengths)
        codes = pc.index_in(elements, value_set=self.labels)
        known = codes.is_valid().to_numpy(zero_copy_only=False)
        dense = np.zeros((len(self.labels), len(array)))
        dense[codes.fill_null(0).to_numpy()[known], rows[known]] = 1.0
        missing = array.is_null().to_numpy(zero_copy_only=False) if array.null_count else None
        return [pa.array(one, mask=missing) for one in dense]

    def row(self, *values: Any) -> Sequence[Any]:
        (value,) = values
        if value is None:
            return [None] * len(self.labels)
        held = set(value)
        return [float(label in held) for label in self._known]

    @property
    def _known(self) -> list[Any]:
        found: list[Any] | None = self.__dict__.get("_found")
        if found is None:
            found = self.labels.to_pylist()
            object.__setattr__(self, "_found", found)
        return found


@dataclass(frozen=True, repr=False)
class MultiLabelBinarizer(OfColumn):
    """Of a column of lists one output for each label that was there when it was fitted: 1 where the list holds it.

    classes: the labels, in the order of their outputs; else all, rising. How often a list holds a label is no matter,
    and labels that are none of them are left aside (scikit-learn warns). An empty list is 0 in all outputs, a missing
    one missing. Outputs are named `{column}_{label}`.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"tags": [["late", "far"], [], ["late", "late"]]})
    >>> (rw.Pipeline("p")["tags"] >> T.MultiLabelBinarizer()).fit(frame).transform(frame).to_dict("list")
    {'tags_far': [1.0, 0.0, 0.0], 'tags_late': [1.0, 0.0, 1.0]}
    """

    takes = "list"
    classes: Sequence[Any] | None = None
    oracle = "sklearn.preprocessing.MultiLabelBinarizer"

    def __post_init__(self) -> None:
        if self.classes is None:
            return
        object.__setattr__(self, "classes", tuple(plain_value(one) for one in self.classes))
        if None in self.classes or len(set(self.classes)) < len(self.classes) or not self.classes:
            raise DeclarationError(f"{self!r}: expected different labels, at least one.")

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        return {} if known or self.classes is not None else {"counts": Counts()}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        if self.classes is None:
            return {"classes": known["counts"].values}
        try:
            return {"classes": pa.array(self.classes, column.type.value_type)}
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError) as error:
            raise SchemaError(
                f"{self!r} of column {column.name!r}: its labels are no values of {column.type.value_type}."
            ) from error

    def names_of(self, column: str, state: State) -> Sequence[str]:
        return [f"{column}_{label}" for label in state["classes"].to_pylist()]

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return made.call(_Memberships(state["classes"]), [value]) if len(state["classes"]) else []


def _invalid(what: object, column: str) -> str:
    return (
        f"no value of column {column!r} that {what!r} knows. Fit on rows that have it, or take handle_invalid='keep'."
    )


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else value.hex() if isinstance(value, bytes) else str(value)
