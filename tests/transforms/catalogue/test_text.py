"""Transforms of text: what they refuse, what compiled code and Python agree on, vectors of many numbers."""

import importlib
import pickle
import random
import re
import string
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

import ropeway as rw
from ropeway.transforms.analysis import WORDS, Analysis, Hashed, Table
from ropeway.transforms.catalogue.stopwords import ENGLISH

#: what is refused would be refused by mypy too
T: Any = importlib.import_module("ropeway.transforms")


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: T.Strip(""), "expected some characters"),
        (lambda: T.NormalizeUnicode("NFX"), "'NFKC'"),
        (lambda: T.RemovePunctuation(None), "expected text"),
        (lambda: T.Replace("", "x"), "the text that is to be replaced"),
        (lambda: T.RegexReplace("(", "x"), "is no pattern of re"),
        (lambda: T.RegexReplace("a", r"\2"), "can't replace a match"),
        (lambda: T.RegexExtract(""), "expected a pattern"),
        (lambda: T.RegexExtract("(a)", group=2), "1 groups, and no group 2"),
        (lambda: T.RegexExtract("(?P<one>a)", group="two"), "'one', and no group 'two'"),
        (lambda: T.TextToNumber(",", ","), "two different characters"),
        (lambda: T.TextFeatures(["words"]), "list of different ones of char_count"),
        (lambda: T.Tokenize("(a)(b)"), "one group at most"),
        (lambda: T.RegexTokenizer(min_token_length=-1), "0 or more"),
        (lambda: T.StopWordsRemover(None), "expected a list of words"),
        (lambda: T.StopWordsRemover("german"), "expected a list of words, or 'english'"),
        (lambda: T.Stem("klingon"), "expected one of"),
        (lambda: T.WordNGrams((2, 1)), "two whole numbers"),
        (lambda: T.CharNGrams(analyzer="word"), "'char_wb'"),
        (lambda: T.CountVectorizer(min_df=-1), "a number of texts, or a share"),
        (lambda: T.CountVectorizer(max_df=1.5), "a number of texts, or a share"),
        (lambda: T.CountVectorizer(max_features=0), "1 or more"),
        (lambda: T.CountVectorizer(vocabulary=["a", "a"]), "different terms"),
        (lambda: T.CountVectorizer(token_pattern="(a)(b)"), "one group at most"),
        (lambda: T.CountVectorizer(ngram_range=(0, 1)), "two whole numbers"),
        (lambda: T.TfidfVectorizer(norm="l3"), "'l2'"),
        (lambda: T.HashingVectorizer(n_features=1 << 21), "2\\^20 at most"),
        (lambda: T.HashingTF(0), "1 or more"),
        (lambda: T.HashingTF(1 << 21), "2\\^20 at most"),
        (lambda: T.IDF(-1), "0 or more"),
        (lambda: T.JaroWinkler(0.5), "from 0 to 0.25"),
        (lambda: T.MinHash(seed=-1), "0 or more"),
    ],
)
def test_bad_parameters_are_refused_where_they_are_declared(declare: Any, message: str) -> None:
    with pytest.raises(rw.DeclarationError, match=message):
        declare()


def test_columns_of_another_type_are_refused() -> None:
    frame = pa.table({"x": [1.0], "text": ["a"], "lists": [[1]]})
    for transform in (T.Upper(), T.CountVectorizer(), T.Levenshtein()):
        with pytest.raises(rw.SchemaError, match="'x': expected text, got double"):
            (rw.Pipeline("p")["x"] >> transform).fit(frame)
    with pytest.raises(rw.SchemaError, match="takes two columns, got 'text'"):
        (rw.Pipeline("p")["text"] >> T.Levenshtein()).fit(frame)
    for transform in (T.Stem(), T.HashingTF()):
        with pytest.raises(rw.SchemaError, match=r"'lists': expected lists of text, got list<item: int64>"):
            (rw.Pipeline("p")["lists"] >> transform).fit(frame)
        with pytest.raises(rw.SchemaError, match="'text': expected lists, got string"):
            (rw.Pipeline("p")["text"] >> transform).fit(frame)


def test_a_vocabulary_must_not_be_empty() -> None:
    frame = pd.DataFrame({"x": ["a b", "c", None]})
    with pytest.raises(rw.DataError, match=r"'x' has 0 terms in 2 texts, of which .* keeps none. Lower min_df"):
        (rw.Pipeline("p")["x"] >> T.CountVectorizer()).fit(frame)
    with pytest.raises(rw.DeclarationError, match="of 2 texts max_df are fewer than min_df"):
        (rw.Pipeline("p")["x"] >> T.CountVectorizer(min_df=2, max_df=1)).fit(frame)


def test_of_terms_that_are_there_equally_often_the_first_stay() -> None:
    frame = pd.DataFrame({"x": ["dd cc bb aa", "bb"]})
    made = (rw.Pipeline("p")["x"] >> T.CountVectorizer(max_features=3)).fit(frame)
    assert made.names == ("x_aa", "x_bb", "x_cc")


def test_the_list_of_stop_words_is_scikit_learns() -> None:
    assert ENGLISH == ENGLISH_STOP_WORDS


LETTERS = string.ascii_letters + string.digits + "_  \t\n\x1c.-'"
HOW = [
    Analysis(),
    Analysis(ngram_range=(1, 3), stop_words=("the", "ab", "é"), lowercase=False),
    Analysis(token_pattern=r"\w+", ngram_range=(2, 2)),
    Analysis("char", (1, 4)),
    Analysis("char", (3, 3), lowercase=False),
    Analysis("char_wb", (1, 5)),
    Analysis("char_wb", (4, 9), stop_words=("the",)),
]


@pytest.mark.parametrize("how", HOW, ids=repr)
@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(LETTERS, max_size=30) | st.text(max_size=8), min_size=1, max_size=6))
def test_compiled_code_finds_what_python_finds(how: Analysis, texts: list[str]) -> None:
    array = pa.array(texts, pa.string())
    found, rows, totals = how.discover(array, np.arange(1, len(texts) + 1))
    terms = [how.terms(text) for text in texts]
    assert set(found.to_pylist()) == {term for some in terms for term in some}
    added: dict[str, list[int]] = {}
    for term, row, total in zip(found.to_pylist(), rows.tolist(), totals.tolist(), strict=True):
        held = added.setdefault(term, [0, 0])
        held[0] += row
        held[1] += total
    for term, held in added.items():
        assert held[0] == sum(at + 1 for at, some in enumerate(terms) if term in some)
        assert held[1] == sum((at + 1) * some.count(term) for at, some in enumerate(terms))
    known = pa.array(sorted(added)[::2], pa.string())
    for table in (Table.of(known), Hashed(7, signed=True), Hashed(1, signed=False)):
        ends, places, counts = how.counts(array, table)
        for at, some in enumerate(terms):
            wanted: dict[int, float] = {}
            for term in some:
                place, one = table.place(term)
                if place >= 0:
                    wanted[place] = wanted.get(place, 0.0) + one
            got = list(
                zip(places[ends[at] : ends[at + 1]].tolist(), counts[ends[at] : ends[at + 1]].tolist(), strict=True)
            )
            assert got == sorted(wanted.items())
            alone = how.counts_of(texts[at], table)
            assert list(zip(alone[1].tolist(), alone[2].tolist(), strict=True)) == got


def test_words_are_those_of_the_pattern() -> None:
    assert Analysis().terms("I fly_2 É7") == re.findall(WORDS, "i fly_2 é7") == ["fly_2", "é7"]


def test_how_terms_are_found_can_be_sent_elsewhere() -> None:
    how = Analysis(stop_words=("a",))
    how.terms("a b")
    assert pickle.loads(pickle.dumps(how)) == how
    table = Table.of(pa.array(["b", "a"]))
    assert pickle.loads(pickle.dumps(table)).place("a") == (1, 1)


def test_ten_thousand_terms_take_no_ten_thousand_steps() -> None:
    """The vector of a row is put into its registers at once, and no instruction follows."""
    draw = random.Random(1)
    words = [f"w{at}" for at in range(10_000)]
    frame = pd.DataFrame({"x": [" ".join(draw.choices(words, k=200)) for _ in range(500)] + [" ".join(words)]})
    fitted = (rw.Pipeline("p")["x"] >> T.TfidfVectorizer(vocabulary=words)).fit(frame)
    made = fitted.transform(frame)
    row = fitted.row()
    first = row({"x": frame["x"][0]})
    (segment,) = fitted.program.layout.segments
    assert (len(segment.calls), len(segment.vectors), len(segment.codes)) == (1, 1, 0)
    assert made.shape == (501, 10_000)
    assert first.tobytes() == made.iloc[0].to_numpy().tobytes()
    assert (made.iloc[-1] > 0).all()
    assert np.isnan(row({"x": None})).all()


def test_a_vector_can_be_worked_on() -> None:
    """Its numbers are registers like others, of which some may not be needed."""
    frame = pd.DataFrame({"x": ["aa bb", "bb cc cc", None]})
    p = rw.Pipeline("p")["x"] >> T.CountVectorizer().alias("counts")
    fitted = (p["counts"] >> T.MinMaxScaler().alias("scaled")).fit(frame)
    made = fitted.transform(frame)
    assert made["scaled_counts_x_cc"].tolist()[:2] == [0.0, 1.0]
    row = fitted.row()
    for at, text in enumerate(frame["x"]):
        assert row({"x": text}).tobytes() == made.iloc[at].to_numpy().tobytes()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(LETTERS + "!?.,", max_size=40) | st.text(max_size=8), min_size=1, max_size=6))
def test_compiled_code_counts_what_python_counts(texts: list[str]) -> None:
    given = pa.table({"x": pa.array(texts, pa.string())})
    fitted = (rw.Pipeline("p")["x"] >> T.TextFeatures()).fit(given)
    row = fitted.row()
    assert fitted.transform(given).to_pylist() == [row.values({"x": text}) for text in texts]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(LETTERS, max_size=30) | st.text(max_size=8), min_size=1, max_size=6))
def test_compiled_hashes_are_those_of_the_terms(texts: list[str]) -> None:
    given = pa.table({"x": pa.array(texts, pa.string())})
    for options in ({}, {"analyzer": "word", "ngram_range": (1, 2)}, {"analyzer": "char_wb"}):
        fitted = (rw.Pipeline("p")["x"] >> T.MinHash(3, **options)).fit(given)
        row = fitted.row()
        # a text in Greek beside the others makes all of them go through Python
        mixed = pa.table({"x": pa.array([*texts, "λ"], pa.string())})
        made = [[None if one != one else one for one in some.values()] for some in fitted.transform(mixed).to_pylist()]
        assert made[:-1] == [list(row.values({"x": text}).values()) for text in texts]
