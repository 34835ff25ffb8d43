"""Cases of lists of words."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import snowballstemmer  # type: ignore[import-untyped]
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case
from tests.transforms.catalogue.text import of_text

TEXT = ("dest", "notes")
STEM = snowballstemmer.stemmer("english").stemWord


def analyzed(**options: Any) -> Callable[..., Any]:
    """The terms that scikit-learn finds."""
    return of_text(CountVectorizer(**options).build_analyzer())


def _split(text: str) -> list[str]:
    return [one for one in re.split(r"\s+", text.lower()) if one]


def _kept(words: list[str | None]) -> list[str | None]:
    return [one for one in words if one is None or one.lower() not in ENGLISH_STOP_WORDS]


def _pairs(words: list[str | None]) -> list[str]:
    some = [one for one in words if one is not None]
    return [f"{a} {b}" for a, b in pairwise(some)]


CASES = [
    Case(T.Tokenize(), TEXT, analyzed()),
    Case(T.Tokenize(r"(\w)\w*", lowercase=False), TEXT, analyzed(token_pattern=r"(\w)\w*", lowercase=False)),
    Case(T.RegexTokenizer(), TEXT, of_text(_split)),
    Case(
        T.RegexTokenizer("[a-z]+", gaps=False, min_token_length=3, to_lowercase=False), TEXT,
        of_text(lambda text: [one for one in re.findall("[a-z]+", text) if len(one) >= 3]),
    ),
    Case(T.StopWordsRemover(), ("tokens",), of_text(_kept)),
    Case(
        T.StopWordsRemover(["late", "The"], case_sensitive=True), ("tokens",),
        of_text(lambda words: [one for one in words if one not in {"late", "The"}]),
    ),
    Case(T.Stem(), ("tokens",), of_text(lambda words: [one and STEM(one) for one in words])),
    Case(T.WordNGrams(), ("tokens",), of_text(_pairs)),
    Case(T.CharNGrams((2, 3)), TEXT, analyzed(analyzer="char", ngram_range=(2, 3))),
    Case(
        T.CharNGrams((1, 8), analyzer="char_wb", lowercase=False), TEXT,
        analyzed(analyzer="char_wb", ngram_range=(1, 8), lowercase=False),
    ),
]  # fmt: skip
