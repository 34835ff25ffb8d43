"""Texts as vectors: one number for each term of a vocabulary, or for each bucket of hashes of terms."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.analysis import WORDS, Analysis, Hashed, Sparse, Table, taken
from ropeway.transforms.catalogue.base import Input, OfColumn, State, is_whole
from ropeway.transforms.catalogue.stopwords import ENGLISH
from ropeway.transforms.catalogue.text import as_pattern
from ropeway.transforms.errors import DataError, DeclarationError
from ropeway.transforms.kernels.terms import weighed
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.program.functions import VECTOR, vectors
from ropeway.transforms.statistics import Statistic
from ropeway.transforms.statistics.terms import Found, Terms

__all__ = ["CountVectorizer", "HashingVectorizer", "TfidfVectorizer"]

Norm = Literal["l1", "l2"]
_NORMS = {None: 0, "l1": 1, "l2": 2}
#: outputs of one column: more would be no table any more
_MOST = 1 << 20


@dataclass(frozen=True)
class Weighing:
    """What becomes of counts: `weights` of terms, or none."""

    weights: tuple[float, ...] = ()
    binary: bool = False
    sublinear: bool = False
    norm: Norm | None = None

    @cached_property
    def _weights(self) -> npt.NDArray[np.float64]:
        return np.array(self.weights)

    def apply(self, rows: Sparse) -> Sparse:
        """The weights of some rows of counts, in their place."""
        if self.weights or self.binary or self.sublinear or self.norm is not None:
            weighed(*rows, self._weights, self.binary, self.sublinear, _NORMS[self.norm])
        return rows


@dataclass(frozen=True, eq=False)
class TermVectors:
    """The function of a program that gives the vector of a text; each distinct text is worked on once."""

    analysis: Analysis
    table: Table | Hashed
    weighing: Weighing
    types = (VECTOR,)

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        (array,) = arrays
        found = pc.dictionary_encode(array)
        rows = self.weighing.apply(self.analysis.counts(found.dictionary, self.table))
        missing = array.is_null()
        if len(found.dictionary):
            rows = taken(rows, found.indices.fill_null(0).to_numpy().astype(np.int64))
        else:
            rows = np.zeros(len(array) + 1, np.int64), rows[1], rows[2]
        return (vectors(*rows, missing),)

    def row(self, *values: Any) -> Sequence[Any]:
        (value,) = values
        if value is None:
            return (None,)
        _, places, numbers = self.weighing.apply(self.analysis.counts_of(value, self.table))
        return ((places, numbers),)


@dataclass(frozen=True, repr=False)
class _Vectorizer(OfColumn):
    """What vectorizers share: how terms are found."""

    takes = "text"
    strip_accents: Literal["ascii", "unicode"] | None = None
    lowercase: bool = True
    stop_words: Literal["english"] | Sequence[str] | None = None
    token_pattern: str = WORDS
    ngram_range: tuple[int, int] = (1, 1)
    analyzer: Literal["word", "char", "char_wb"] = "word"

    def __post_init__(self) -> None:
        self._one_of("strip_accents", None, "ascii", "unicode")
        self._one_of("lowercase", True, False)
        self._one_of("analyzer", "word", "char", "char_wb")
        object.__setattr__(self, "stop_words", checked_words(self, self.stop_words))
        object.__setattr__(self, "ngram_range", checked_range(self, self.ngram_range))
        if as_pattern(self, "token_pattern", self.token_pattern).groups > 1:
            raise DeclarationError(
                f"{type(self).__name__}(token_pattern={self.token_pattern!r}): expected a pattern with one group at "
                f"most; (?:...) is none."
            )

    @property
    def analysis(self) -> Analysis:
        """How terms are found."""
        words = words_of(self.stop_words)
        return Analysis(
            self.analyzer, self.ngram_range, self.lowercase, self.strip_accents, self.token_pattern,
            words if self.analyzer == "word" else (),
        )  # fmt: skip


def words_of(stop_words: Literal["english"] | Sequence[str] | None) -> tuple[str, ...]:
    """The words that a parameter names."""
    return tuple(sorted(ENGLISH)) if stop_words == "english" else tuple(stop_words or ())


def checked_words(what: object, words: Any) -> Any:
    """Stop words as a tuple, or "english", or None; raises `DeclarationError` for what is none."""
    if words is None or words == "english":
        return words
    if isinstance(words, str) or not all(isinstance(one, str) for one in words):
        raise DeclarationError(f"{type(what).__name__}(stop_words={words!r}): expected a list of words, or 'english'.")
    return tuple(sorted(set(words)))


def checked_range(what: object, given: Any) -> tuple[int, int]:
    """The least and the greatest length of n-grams; raises `DeclarationError` for what is none."""
    if not isinstance(given, list | tuple) or len(given) != 2 or not all(is_whole(one, 1) for one in given) or (
        given[0] > given[1]
    ):  # fmt: skip
        raise DeclarationError(
            f"{type(what).__name__}(ngram_range={given!r}): expected two whole numbers, such as (1, 2)."
        )
    return tuple(given)


@dataclass(frozen=True, repr=False)
class CountVectorizer(_Vectorizer):
    r"""How often each term of a vocabulary is in a text: one output per term, by code points, `{column}_{term}`.

    The vocabulary are the terms of the texts that it is fitted on, or `vocabulary`, in its order. Of these texts a term
    must be in `min_df` at least and `max_df` at most: whole numbers are texts, floats shares of them. max_features:
    only so many, those that are there most often; of equals the first by code points (scikit-learn: any).

    analyzer: "word" for what `token_pattern` matches (by default words of two characters and more: "I" and "7" are
    none), "char" for characters, "char_wb" for characters within words with a space at both ends. ngram_range: how many
    in a row make a term, from 1 word to 2 for (1, 2). lowercase, then strip_accents, are done before; stop_words, a
    list or "english" (that of scikit-learn; Spark's is another), are left out, and n-grams go over them. binary: 1 for
    any number. dtype is float64. A missing text has missing numbers, an empty one zeros.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": ["Late, late flight", "a flight", None]})
    >>> (rw.Pipeline("p")["x"] >> T.CountVectorizer()).fit(frame).transform(frame).to_dict("list")
    {'x_flight': [1.0, 1.0, nan], 'x_late': [2.0, 0.0, nan]}
    """

    max_df: float = 1.0
    min_df: float = 1
    max_features: int | None = None
    vocabulary: Sequence[str] | None = None
    binary: bool = False
    oracle = "sklearn.feature_extraction.text.CountVectorizer"

    def __post_init__(self) -> None:
        super().__post_init__()
        name = type(self).__name__
        for limit in ("max_df", "min_df"):
            value = getattr(self, limit)
            if not is_whole(value, 0) and not (isinstance(value, float) and 0.0 <= value <= 1.0):
                raise DeclarationError(
                    f"{name}({limit}={value!r}): expected a number of texts, or a share of them from 0.0 to 1.0."
                )
        if self.max_features is not None:
            self._positive("max_features")
        self._one_of("binary", True, False)
        words: Any = self.vocabulary
        if words is not None:
            if isinstance(words, Mapping):
                words = sorted(words, key=lambda word: words[word])
            elif isinstance(words, set | frozenset):
                words = sorted(words)
            whole = not isinstance(words, str) and words and all(isinstance(one, str) for one in words)
            if not whole or len(set(words)) < len(words):
                raise DeclarationError(f"{name}(vocabulary=...): expected a list of different terms.")
            object.__setattr__(self, "vocabulary", tuple(words))

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        return {} if known or not self._learns else {"found": Terms(self.analysis)}

    @property
    def _learns(self) -> bool:
        return self.vocabulary is None

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        if not known:
            return {"terms": pa.array(self.vocabulary, pa.string())}
        return {"terms": self._chosen(known["found"], column.name)[0]}

    def _chosen(self, found: Found, column: str) -> tuple[pa.Array, npt.NDArray[np.int64]]:
        """The vocabulary, and in how many texts each term is."""
        if self.vocabulary is not None:
            terms = pa.array(self.vocabulary, pa.string())
            at = pc.index_in(terms, value_set=found.terms)
            there = at.is_valid().to_numpy(zero_copy_only=False)
            return terms, np.where(there, found.rows[at.fill_null(0).to_numpy()] if len(found.rows) else 0, 0)
        least, most = (limit if isinstance(limit, int) else limit * found.size for limit in (self.min_df, self.max_df))
        if most < least:
            raise DeclarationError(f"{self!r}: of {found.size:,} texts max_df are fewer than min_df.")
        kept = (found.rows >= least) & (found.rows <= most)
        if self.max_features is not None and kept.sum() > self.max_features:
            there = np.flatnonzero(kept)
            kept = np.zeros(len(kept), np.bool_)
            kept[there[np.argsort(-found.totals[there], kind="stable")[: self.max_features]]] = True
        if not kept.any():
            raise DataError(
                f"column {column!r} has {len(found.terms):,} terms in {found.size:,} texts, of which {self!r} keeps "
                f"none. Lower min_df, raise max_df, or look at token_pattern and stop_words."
            )
        return found.terms.filter(pa.array(kept)), found.rows[kept]

    def names_of(self, column: str, state: State) -> Sequence[str]:
        return [f"{column}_{term}" for term in state["terms"].to_pylist()]

    def _weighing(self, state: State) -> Weighing:
        return Weighing(binary=self.binary)

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        function = TermVectors(self.analysis, Table.of(state["terms"]), self._weighing(state))
        return made.vector(made.call(function, [value])[0], len(state["terms"]))


@dataclass(frozen=True, repr=False)
class TfidfVectorizer(CountVectorizer):
    """How often each term of a vocabulary is in a text, weighed by how few texts have it; `{column}_{term}`.

    Terms and vocabulary are those of `CountVectorizer`. A count, 1 + its logarithm if `sublinear_tf`, is multiplied by
    log((1 + n) / (1 + n with the term)) + 1, n being the number of texts that it was fitted on (scikit-learn; Spark's
    IDF lacks the last 1); without the ones in the fraction if not `smooth_idf`; by 1 if not `use_idf`. Each text's
    numbers are then divided by their norm: "l2", "l1", or None. A text without any term keeps its zeros.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": ["late flight", "a flight", "?"]})
    >>> (rw.Pipeline("p")["x"] >> T.TfidfVectorizer()).fit(frame).transform(frame).round(2).to_dict("list")
    {'x_flight': [0.61, 1.0, 0.0], 'x_late': [0.8, 0.0, 0.0]}
    """

    norm: Norm | None = "l2"
    use_idf: bool = True
    smooth_idf: bool = True
    sublinear_tf: bool = False
    oracle = "sklearn.feature_extraction.text.TfidfVectorizer"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._one_of("norm", None, "l1", "l2")
        for name in ("use_idf", "smooth_idf", "sublinear_tf"):
            self._one_of(name, True, False)

    @property
    def _learns(self) -> bool:
        return self.vocabulary is None or self.use_idf

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        if not self.use_idf:
            return super().learn_of(column, known)
        terms, rows = self._chosen(known["found"], column.name)
        return {"terms": terms, "idf": inverse_frequencies(rows, known["found"].size, smooth=self.smooth_idf)}

    def _weighing(self, state: State) -> Weighing:
        weights = tuple(state["idf"].tolist()) if self.use_idf else ()
        return Weighing(weights, self.binary, self.sublinear_tf, self.norm)


def inverse_frequencies(rows: npt.NDArray[np.int64], size: int, *, smooth: bool) -> npt.NDArray[np.float64]:
    """The weight of each term by in how many of `size` texts it is; infinite for none."""
    more = int(smooth)
    return np.array([math.log((size + more) / (one + more)) + 1.0 if one + more else math.inf for one in rows.tolist()])


@dataclass(frozen=True, repr=False)
class HashingVectorizer(_Vectorizer):
    """How often each term is in a text, terms that share a hash together: `{column}_0` to `{column}_{n_features - 1}`.

    Nothing is learned. Terms are those of `CountVectorizer`, their hash is MurmurHash3 with seed 0, and with
    alternate_sign half of them count negative, so that collisions cancel out in the mean. binary, norm: as in
    `TfidfVectorizer`. All as scikit-learn has it but n_features, there 2^20: outputs are columns here, 2^20 at most.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": ["late flight", None]})
    >>> p = rw.Pipeline("p")["x"] >> T.HashingVectorizer(n_features=4, norm=None)
    >>> p.fit(frame).transform(frame).to_dict("list")
    {'x_0': [1.0, nan], 'x_1': [-1.0, nan], 'x_2': [0.0, nan], 'x_3': [0.0, nan]}
    """

    n_features: int = 1024
    binary: bool = False
    norm: Norm | None = "l2"
    alternate_sign: bool = True
    oracle = "sklearn.feature_extraction.text.HashingVectorizer"

    def __post_init__(self) -> None:
        super().__post_init__()
        self._positive("n_features")
        if self.n_features > _MOST:
            raise DeclarationError(f"HashingVectorizer(n_features={self.n_features:,}): expected 2^20 at most.")
        self._one_of("norm", None, "l1", "l2")
        self._one_of("binary", True, False)
        self._one_of("alternate_sign", True, False)

    def names_of(self, column: str, state: State) -> Sequence[str]:
        return [f"{column}_{at}" for at in range(self.n_features)]

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        table = Hashed(self.n_features, self.alternate_sign)
        function = TermVectors(self.analysis, table, Weighing((), self.binary, False, self.norm))
        return made.vector(made.call(function, [value])[0], self.n_features)
