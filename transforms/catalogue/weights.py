"""Counts of terms as weights, and lists of terms as vectors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms import murmur
from ropeway.transforms.catalogue.base import Input, OfColumn, State, Transform, Want, is_whole
from ropeway.transforms.catalogue.vectorizers import inverse_frequencies
from ropeway.transforms.errors import DeclarationError, SchemaError
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.program.functions import VECTOR, vectors
from ropeway.transforms.statistics import Distinct, Statistic

__all__ = ["IDF", "HashingTF", "TfidfTransformer"]


@dataclass(frozen=True, repr=False)
class TfidfTransformer(Transform):
    """Counts of terms, a column each, weighed by how few rows have the term; named as they are.

    What `TfidfVectorizer` does with its counts, for counts of any kind, as scikit-learn has it. What is not 0 counts as
    there; sublinear_tf takes counts above 0 (of less it is missing). A missing count makes the row's numbers missing,
    unless norm is None, and does not count.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"late": [1, 0, 0], "flight": [1, 2, 0]})
    >>> p = rw.Pipeline("p")["late", "flight"] >> T.TfidfTransformer()
    >>> p.fit(frame).transform(frame).round(2).to_dict("list")
    {'late': [0.8, 0.0, 0.0], 'flight': [0.61, 1.0, 0.0]}
    """

    norm: Literal["l1", "l2"] | None = "l2"
    use_idf: bool = True
    smooth_idf: bool = True
    sublinear_tf: bool = False
    oracle = "sklearn.feature_extraction.text.TfidfTransformer"

    def __post_init__(self) -> None:
        self._one_of("norm", None, "l1", "l2")
        for name in ("use_idf", "smooth_idf", "sublinear_tf"):
            self._one_of(name, True, False)

    def wants(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Mapping[str, Want]:
        return {} if known or not self.use_idf else {str(at): (Distinct(), (at,)) for at in range(len(inputs))}

    def learn(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Sequence[State]:
        if not self.use_idf:
            return ()
        found = [known[str(at)] for at in range(len(inputs))]
        rows = np.array([int(one.counts[one.values != 0.0].sum()) for one in found], np.int64)
        size = found[0].size + found[0].missing
        return [{"idf": inverse_frequencies(rows, size, smooth=self.smooth_idf)}]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        outputs = []
        for at, value in enumerate(inputs):
            number = made.number(value)
            if self.sublinear_tf:
                zero = made.emit("constant", [number], floats=[0.0])[0]
                none = made.emit("equal", [number, zero])[0]
                more = made.scaled(made.unary("log", number), 1.0, 1.0)
                number = made.emit("choose", [none, zero, more])[0]
            if self.use_idf:
                weight = float(states[0]["idf"][at])
                # of a term that no row had the weight is infinite, and 0 of it is still 0
                number = made.scaled(number, weight if math.isfinite(weight) else 0.0, 0.0)
            outputs.append(number)
        if self.norm is None:
            return outputs
        norm = ("l1", "l2").index(self.norm)
        return made.emit("normalise", outputs, outputs=len(outputs), together=True, more=norm)


@dataclass(frozen=True, repr=False)
class IDF(OfColumn):
    """Counts of terms, a column each, times log((n + 1) / (n with the term + 1)), as Spark's IDF has it.

    n is the number of rows that it was fitted on. A term that fewer than `min_doc_freq` of them had becomes 0. Unlike
    scikit-learn's `TfidfTransformer` it adds no 1, so a term of all rows becomes 0, and divides by no norm.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"late": [1, 0], "flight": [1, 2]})
    >>> (rw.Pipeline("p")["late", "flight"] >> T.IDF()).fit(frame).transform(frame).round(2).to_dict("list")
    {'late': [0.41, 0.0], 'flight': [0.0, 0.0]}
    """

    min_doc_freq: int = 0
    oracle = "pyspark.ml.feature.IDF"

    def __post_init__(self) -> None:
        if not is_whole(self.min_doc_freq, 0):
            raise DeclarationError(f"IDF(min_doc_freq={self.min_doc_freq!r}): expected a whole number, 0 or more.")

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        return {} if known else {"of": Distinct()}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        found = known["of"]
        rows = int(found.counts[found.values > 0.0].sum())
        size = found.size + found.missing
        return {"weight": math.log((size + 1) / (rows + 1)) if rows >= self.min_doc_freq else 0.0}

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [made.scaled(value, state["weight"], 0.0)]


@dataclass(frozen=True, repr=False)
class HashingTF(OfColumn):
    """How often each term is in a list, terms that share a hash together: `{column}_0` to `{column}_{n - 1}`.

    As Spark's HashingTF since version 3: MurmurHash3 with seed 42, modulo `num_features`, all counts positive;
    num_features is 2^18 there, and here outputs are columns. binary: 1 for any number. Lists of text, as `Tokenize`
    makes them; null elements do not count.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [["late", "flight", "late"], None]})
    >>> (rw.Pipeline("p")["x"] >> T.HashingTF(3)).fit(frame).transform(frame).to_dict("list")
    {'x_0': [0.0, nan], 'x_1': [2.0, nan], 'x_2': [1.0, nan]}
    """

    takes = "list"
    num_features: int = 1024
    binary: bool = False
    oracle = "pyspark.ml.feature.HashingTF"

    def __post_init__(self) -> None:
        self._positive("num_features")
        if self.num_features > 1 << 20:
            raise DeclarationError(f"HashingTF(num_features={self.num_features:,}): expected 2^20 at most.")
        self._one_of("binary", True, False)

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        for one in inputs:
            if not (pa.types.is_string(one.type.value_type) or pa.types.is_large_string(one.type.value_type)):
                raise SchemaError(f"{self!r} of column {one.name!r}: expected lists of text, got {one.type}.")

    def names_of(self, column: str, state: State) -> Sequence[str]:
        return [f"{column}_{at}" for at in range(self.num_features)]

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        function = _Buckets(self.num_features, self.binary)
        return made.vector(made.call(function, [value])[0], self.num_features)


@dataclass(frozen=True)
class _Buckets:
    """The function of a program that counts the hashes of a list's elements."""

    width: int
    binary: bool
    types = (VECTOR,)

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        (array,) = arrays
        sizes = pc.list_value_length(array).fill_null(0).to_numpy().astype(np.int64)
        found = pc.dictionary_encode(array.flatten().cast(pa.string()))
        codes = found.indices.fill_null(-1).to_numpy()
        places = np.append(murmur.of_array(found.dictionary, 42) % self.width, -1)[codes]
        rows = np.repeat(np.arange(len(sizes)), sizes)[codes >= 0]
        keys, counts = np.unique(rows * self.width + places[codes >= 0], return_counts=True)
        numbers = np.ones(len(keys)) if self.binary else counts.astype(np.float64)
        ends = np.searchsorted(keys // self.width, np.arange(len(sizes) + 1)).astype(np.int64)
        return (vectors(ends, (keys % self.width).astype(np.int32), numbers, array.is_null()),)

    def row(self, *values: Any) -> Sequence[Any]:
        (value,) = values
        if value is None:
            return (None,)
        hashes = [murmur.of_value(one, 42) % self.width for one in value if one is not None]
        places, counts = np.unique(np.array(hashes, np.int64), return_counts=True)
        return ((places, np.ones(len(places)) if self.binary else counts.astype(np.float64)),)
