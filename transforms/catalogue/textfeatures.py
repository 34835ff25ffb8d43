"""What can be counted in a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.analysis import bytes_of
from ropeway.transforms.catalogue.base import OfColumn, State
from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.kernels import terms
from ropeway.transforms.program import Builder, Value

__all__ = ["TextFeatures"]

Floats = npt.NDArray[np.float64]

_SENTENCE = re.compile(r"[.!?]+")
_DIGIT = re.compile(r"\d")
_LETTER, _UPPER, _LOWER = re.compile(r"[a-zA-Z]"), re.compile(r"[A-Z]"), re.compile(r"[a-z]")
_SPECIAL = re.compile(r"[^a-zA-Z0-9\s]")
_SPACE, _SPACES = re.compile(r"\s"), re.compile(r"\s+")
_ENDS = re.compile(r".*[.!?]$")


def _count(pattern: re.Pattern[str]) -> Callable[[str], float]:
    return lambda text: len(pattern.findall(text))


def _solid(text: str) -> int:
    return len(_SPACES.sub("", text))


def _over(above: float, below: float) -> float:
    return above / below if below else 0.0


#: by its name what is counted, as feature_engine does it
COUNTED: dict[str, Callable[[str], float]] = {
    "char_count": _solid,
    "word_count": lambda text: len(text.split()),
    "sentence_count": _count(_SENTENCE),
    "avg_word_length": lambda text: _over(len(text.strip()), len(text.split())),
    "digit_count": _count(_DIGIT),
    "letter_count": _count(_LETTER),
    "uppercase_count": _count(_UPPER),
    "lowercase_count": _count(_LOWER),
    "special_char_count": _count(_SPECIAL),
    "whitespace_count": _count(_SPACE),
    "whitespace_ratio": lambda text: _over(len(_SPACE.findall(text)), len(text)),
    "digit_ratio": lambda text: _over(len(_DIGIT.findall(text)), max(_solid(text), 1)),
    "uppercase_ratio": lambda text: _over(len(_UPPER.findall(text)), max(_solid(text), 1)),
    "has_digits": lambda text: _DIGIT.search(text) is not None,
    "has_uppercase": lambda text: _UPPER.search(text) is not None,
    "is_empty": lambda text: not text,
    "starts_with_uppercase": lambda text: _UPPER.match(text) is not None,
    "ends_with_punctuation": lambda text: _ENDS.match(text) is not None,
    "unique_word_count": lambda text: len(set(text.lower().split())),
    "lexical_diversity": lambda text: _over(len(text.split()), len(set(text.lower().split()))),
}


def _share(above: int, below: int, *, least: float = 0.0) -> Callable[[Floats], Floats]:
    def shared(counts: Floats) -> Floats:
        whole = np.maximum(counts[below], least)
        made: Floats = np.divide(counts[above], whole, out=np.zeros(len(whole)), where=whole != 0.0)
        return made

    return shared


def _there(at: int) -> Callable[[Floats], Floats]:
    return lambda counts: (counts[at] > 0.0).astype(np.float64)


#: the same of what `kernels.terms.measured` counts
MEASURED: dict[str, Callable[[Floats], Floats]] = {
    "char_count": lambda counts: counts[terms.SOLID],
    "word_count": lambda counts: counts[terms.ALL_WORDS],
    "sentence_count": lambda counts: counts[terms.SENTENCES],
    "avg_word_length": _share(terms.STRIPPED, terms.ALL_WORDS),
    "digit_count": lambda counts: counts[terms.DIGITS],
    "letter_count": lambda counts: counts[terms.LETTERS],
    "uppercase_count": lambda counts: counts[terms.UPPERS],
    "lowercase_count": lambda counts: counts[terms.LOWERS],
    "special_char_count": lambda counts: counts[terms.SPECIALS],
    "whitespace_count": lambda counts: counts[terms.SPACES],
    "whitespace_ratio": _share(terms.SPACES, terms.SIZE),
    "digit_ratio": _share(terms.DIGITS, terms.SOLID, least=1.0),
    "uppercase_ratio": _share(terms.UPPERS, terms.SOLID, least=1.0),
    "has_digits": _there(terms.DIGITS),
    "has_uppercase": _there(terms.UPPERS),
    "is_empty": lambda counts: (counts[terms.SIZE] == 0.0).astype(np.float64),
    "starts_with_uppercase": lambda counts: counts[terms.STARTS],
    "ends_with_punctuation": lambda counts: counts[terms.STOPS],
    "unique_word_count": lambda counts: counts[terms.UNIQUE],
    "lexical_diversity": _share(terms.ALL_WORDS, terms.UNIQUE),
}


@dataclass(frozen=True, repr=False)
class TextFeatures(OfColumn):
    r"""Counts and shares of what is in a text, named `{column}_{feature}`, as feature_engine has them.

    features: any of char_count (without white space), word_count (words have white space between them),
    sentence_count (of . ! ? in a row), avg_word_length (with the white space between words), digit_count,
    letter_count, uppercase_count, lowercase_count (of A to Z), special_char_count, whitespace_count, whitespace_ratio,
    digit_ratio, uppercase_ratio, has_digits, has_uppercase, is_empty, starts_with_uppercase, ends_with_punctuation (in
    the first line), unique_word_count (in lower case), lexical_diversity (words by unique words, 1 and more); None: all
    of them, in this order. A missing text has missing features (feature_engine takes it for an empty one: put
    `T.SimpleImputer(strategy="constant", fill_value="")` before it).

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": ["the late, the LATE flight", None]})
    >>> p = rw.Pipeline("p")["x"] >> T.TextFeatures(("word_count", "unique_word_count", "lexical_diversity"))
    >>> p.fit(frame).transform(frame).to_dict("list")
    {'x_word_count': [5.0, nan], 'x_unique_word_count': [4.0, nan], 'x_lexical_diversity': [1.25, nan]}
    """

    takes = "text"
    features: Sequence[str] | None = None
    oracle = "feature_engine.text.TextFeatures"

    def __post_init__(self) -> None:
        given = self.features
        if given is None:
            return
        if isinstance(given, str) or not given or not set(given) <= set(COUNTED) or len(set(given)) < len(given):
            raise DeclarationError(
                f"TextFeatures(features={given!r}): expected a list of different ones of {', '.join(COUNTED)}."
            )
        object.__setattr__(self, "features", tuple(given))

    def names_of(self, column: str, state: State) -> Sequence[str]:
        return [f"{column}_{one}" for one in self.features or COUNTED]

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        names = tuple(self.features or COUNTED)
        return [made.number(one) for one in made.call(_Counting(names), [value])]


@dataclass(frozen=True)
class _Counting:
    """The features of a text, by their names: of ASCII by compiled code, of others by Python's `re`."""

    names: tuple[str, ...]

    @property
    def types(self) -> tuple[pa.DataType, ...]:
        return (pa.float64(),) * len(self.names)

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        (array,) = arrays
        found = pc.dictionary_encode(array)
        made = self._made(found.dictionary)
        return [pa.array(one).take(found.indices) for one in made]

    def row(self, *values: Any) -> Sequence[Any]:
        (value,) = values
        if value is None:
            return (None,) * len(self.names)
        return [float(COUNTED[name](value)) for name in self.names]

    def _made(self, texts: pa.Array) -> npt.NDArray[np.float64]:
        made = np.empty((len(self.names), len(texts)))
        plain = pc.string_is_ascii(texts).to_numpy(zero_copy_only=False)
        some = texts if plain.all() else texts.filter(pa.array(plain))
        counts = np.empty((terms.MEASURES, len(some)))
        terms.measured(*bytes_of(some), counts)
        for at, name in enumerate(self.names):
            made[at, plain] = MEASURED[name](counts)
        if not plain.all():
            others = texts.filter(pa.array(~plain)).to_pylist()
            made[:, ~plain] = np.array([self.row(text) for text in others]).T
        return made
