"""Texts as lists of words, and lists of words made better ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Literal

import pyarrow as pa

from ropeway.transforms.analysis import WORDS, Analysis, grams
from ropeway.transforms.catalogue.base import Input, OfColumn, State, is_whole
from ropeway.transforms.catalogue.text import as_pattern
from ropeway.transforms.catalogue.vectorizers import checked_range, checked_words, words_of
from ropeway.transforms.errors import DeclarationError, MissingDependencyError, SchemaError
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.program.functions import OfElements

__all__ = ["CharNGrams", "RegexTokenizer", "Stem", "StopWordsRemover", "Tokenize", "WordNGrams"]

_LIST = pa.list_(pa.string())


@dataclass(frozen=True, repr=False)
class Tokenize(OfColumn):
    r"""The words of a text, as a list: what `token_pattern` matches, as scikit-learn's vectorizers find them.

    By default words of two letters, digits or underscores and more. With one group in the pattern, what it matches.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": ["I don't fly at 7.30", None]})
    >>> [None if one is None else list(one) for one in
    ...     (rw.Pipeline("p")["x"] >> T.Tokenize()).fit(frame).transform(frame)["x"]]
    [['don', 'fly', 'at', '30'], None]
    """

    takes = "text"
    token_pattern: str = WORDS
    lowercase: bool = True
    oracle = "sklearn.feature_extraction.text.CountVectorizer"

    def __post_init__(self) -> None:
        self._one_of("lowercase", True, False)
        if as_pattern(self, "token_pattern", self.token_pattern).groups > 1:
            raise DeclarationError(f"{self!r}: expected a pattern with one group at most; (?:...) is none.")

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        analysis = Analysis(token_pattern=self.token_pattern, lowercase=self.lowercase)
        return [made.each(value, analysis.terms, _LIST)]


@dataclass(frozen=True, repr=False)
class RegexTokenizer(OfColumn):
    r"""The words of a text, as a list, as Spark's RegexTokenizer finds them: what stands between the matches.

    gaps=False: the matches of `pattern` themselves, groups aside. to_lowercase: before the pattern is applied.
    min_token_length: shorter words are left out. Patterns are those of Python, where Spark has Java's.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": ["I don't fly", ""]})
    >>> [list(one) for one in (rw.Pipeline("p")["x"] >> T.RegexTokenizer()).fit(frame).transform(frame)["x"]]
    [['i', "don't", 'fly'], []]
    """

    takes = "text"
    pattern: str = r"\s+"
    gaps: bool = True
    min_token_length: int = 1
    to_lowercase: bool = True
    oracle = "pyspark.ml.feature.RegexTokenizer"

    def __post_init__(self) -> None:
        as_pattern(self, "pattern", self.pattern)
        self._one_of("gaps", True, False)
        self._one_of("to_lowercase", True, False)
        if not is_whole(self.min_token_length, 0):
            raise DeclarationError(f"{self!r}: expected a min_token_length of 0 or more.")

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        pattern = re.compile(self.pattern)
        cut = partial(_cut, pattern, self.gaps, self.min_token_length, self.to_lowercase)
        return [made.each(value, cut, _LIST)]


def _cut(pattern: re.Pattern[str], gaps: bool, least: int, lower: bool, text: str) -> list[str]:
    text = text.lower() if lower else text
    if not gaps:
        return [one[0] for one in pattern.finditer(text) if len(one[0]) >= least]
    made, at = [], 0
    for one in pattern.finditer(text):
        # as in Java: a match of nothing at the start cuts nothing off
        if one.end() > 0 and not (one.start() == one.end() == len(text)):
            made.append(text[at : one.start()])
            at = one.end()
    made.append(text[at:])
    while len(made) > 1 and not made[-1]:
        made.pop()
    return [one for one in made if len(one) >= least]


@dataclass(frozen=True, repr=False)
class _OfWords(OfColumn):
    """What is done with lists of text."""

    takes = "list"

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        for one in inputs:
            if not (pa.types.is_string(one.type.value_type) or pa.types.is_large_string(one.type.value_type)):
                raise SchemaError(f"{self!r} of column {one.name!r}: expected lists of text, got {one.type}.")


@dataclass(frozen=True, repr=False)
class StopWordsRemover(_OfWords):
    """Lists of words without stop words.

    stop_words: a list, or "english", the 318 words of scikit-learn's list; Spark's default is another one. Case does
    not matter, unless case_sensitive.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [["The", "late", "flight"], None]})
    >>> list((rw.Pipeline("p")["x"] >> T.StopWordsRemover()).fit(frame).transform(frame)["x"][0])
    ['late', 'flight']
    """

    stop_words: Literal["english"] | Sequence[str] = "english"
    case_sensitive: bool = False
    oracle = "pyspark.ml.feature.StopWordsRemover"

    def __post_init__(self) -> None:
        self._one_of("case_sensitive", True, False)
        if self.stop_words is None:
            raise DeclarationError("StopWordsRemover(stop_words=None): expected a list of words, or 'english'.")
        object.__setattr__(self, "stop_words", checked_words(self, self.stop_words))

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        words = words_of(self.stop_words)
        stops = frozenset(words if self.case_sensitive else map(str.lower, words))
        return made.call(OfElements(partial(_unless, stops, self.case_sensitive)), [value])


def _unless(stops: frozenset[str], case_sensitive: bool, word: str) -> str | None:
    return None if (word if case_sensitive else word.lower()) in stops else word


@dataclass(frozen=True, repr=False)
class Stem(_OfWords):
    """Lists of words with their stems in place of them, as Snowball's stemmer of a language has them.

    Words should be in lower case. "porter" is the stemmer of 1980, "english" the better one after it. Needs the package
    snowballstemmer; its version is part of what comes out.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [["flights", "flying", "news"], None]})
    >>> list((rw.Pipeline("p")["x"] >> T.Stem()).fit(frame).transform(frame)["x"][0])
    ['flight', 'fli', 'news']
    """

    language: str = "english"
    oracle = "snowballstemmer"

    def __post_init__(self) -> None:
        known = _snowball().algorithms()
        if self.language not in known:
            raise DeclarationError(f"Stem({self.language!r}): expected one of {', '.join(known)}.")

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return made.call(OfElements(partial(_stem, self.language)), [value])


def _snowball() -> Any:
    try:
        import snowballstemmer  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingDependencyError("stems need snowballstemmer: pip install 'ropeway[text]'") from error
    return snowballstemmer


@cache
def _stemmer(language: str) -> Callable[[str], str]:
    found: Callable[[str], str] = _snowball().stemmer(language).stemWord
    return found


def _stem(language: str, word: str) -> str:
    return _stemmer(language)(word)


@dataclass(frozen=True, repr=False)
class WordNGrams(_OfWords):
    """Lists of n-grams of lists of words: words in a row, with a space between them.

    ngram_range: how many words, from the first number to the second; the shorter ones come first, as in scikit-learn.
    Spark's NGram(n) is (n, n). A list of fewer words has none.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [["a", "late", "flight"], ["late"]]})
    >>> [list(one) for one in (rw.Pipeline("p")["x"] >> T.WordNGrams()).fit(frame).transform(frame)["x"]]
    [['a late', 'late flight'], []]
    """

    ngram_range: tuple[int, int] = (2, 2)
    oracle = "pyspark.ml.feature.NGram"

    def __post_init__(self) -> None:
        object.__setattr__(self, "ngram_range", checked_range(self, self.ngram_range))

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [made.each(value, partial(_grams, *self.ngram_range), _LIST)]


def _grams(least: int, most: int, words: Sequence[str | None]) -> list[str]:
    return grams([word for word in words if word is not None], least, most)


@dataclass(frozen=True, repr=False)
class CharNGrams(OfColumn):
    """The characters in a row of a text, as a list: n-grams of characters, as scikit-learn's vectorizers find them.

    analyzer: "char", over all of the text, or "char_wb", within words with a space at both ends. White space in a row
    is one space. ngram_range: how many characters, from the first number to the second.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": ["JFK ok"]})
    >>> list((rw.Pipeline("p")["x"] >> T.CharNGrams(analyzer="char_wb")).fit(frame).transform(frame)["x"][0])
    [' jf', 'jfk', 'fk ', ' ok', 'ok ']
    """

    takes = "text"
    ngram_range: tuple[int, int] = (3, 3)
    analyzer: Literal["char", "char_wb"] = "char"
    lowercase: bool = True
    oracle = "sklearn.feature_extraction.text.CountVectorizer"

    def __post_init__(self) -> None:
        object.__setattr__(self, "ngram_range", checked_range(self, self.ngram_range))
        self._one_of("analyzer", "char", "char_wb")
        self._one_of("lowercase", True, False)

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        analysis = Analysis(self.analyzer, self.ngram_range, self.lowercase)
        return [made.each(value, analysis.terms, _LIST)]
