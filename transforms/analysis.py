"""Texts as terms: how they are found, and how often each is there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms import murmur
from ropeway.transforms.columns import frozen
from ropeway.transforms.kernels import terms as kernels

Ints = npt.NDArray[np.int64]
#: ends of rows, places, and how often each is there
Sparse = tuple[Ints, npt.NDArray[np.int32], npt.NDArray[np.float64]]

#: words of two letters and more, scikit-learn's own pattern
WORDS = r"(?u)\b\w\w+\b"
#: patterns of words that compiled code knows, and how many letters a word has at least
_PLAIN = {WORDS: 2, r"\b\w\w+\b": 2, r"\w\w+": 2, r"\w+": 1, r"(?u)\b\w+\b": 1, r"\b\w+\b": 1}
_WHITE = re.compile(r"\s\s+")


@dataclass(frozen=True)
class Analysis:
    """How the terms of a text are found, as scikit-learn's vectorizers do it."""

    analyzer: Literal["word", "char", "char_wb"] = "word"
    ngram_range: tuple[int, int] = (1, 1)
    lowercase: bool = True
    strip_accents: Literal["ascii", "unicode"] | None = None
    token_pattern: str = WORDS
    stop_words: tuple[str, ...] = ()

    def __reduce__(self) -> tuple[object, ...]:
        return Analysis, tuple(getattr(self, one.name) for one in fields(self))

    def terms(self, text: str) -> list[str]:
        """The terms of a text, in their order, those of one word first."""
        if self.lowercase:
            text = text.lower()
        if self.strip_accents is not None and not text.isascii():
            text = unicodedata.normalize("NFKD", text)
            if self.strip_accents == "ascii":
                text = text.encode("ascii", "ignore").decode("ascii")
            else:
                text = "".join(one for one in text if not unicodedata.combining(one))
        least, most = self.ngram_range
        if self.analyzer == "word":
            stops = self._stops
            return grams([word for word in self._words(text) if word not in stops], least, most)
        text = _WHITE.sub(" ", text)
        if self.analyzer == "char":
            return [text[i : i + n] for n in range(least, min(most, len(text)) + 1) for i in range(len(text) - n + 1)]
        made = []
        for word in text.split():
            padded = f" {word} "
            for n in range(least, most + 1):
                made += [padded[i : i + n] for i in range(max(len(padded) - n, 0) + 1)]
                if len(padded) <= n:
                    break
        return made

    @cached_property
    def _words(self) -> Callable[[str], list[str]]:
        return re.compile(self.token_pattern).findall

    @cached_property
    def _stops(self) -> frozenset[str]:
        return frozenset(self.stop_words)

    @cached_property
    def _how(self) -> Ints | None:
        """What compiled code needs to know; None where it can't do it."""
        if self.analyzer == "word" and self.token_pattern not in _PLAIN:
            return None
        kind = ("word", "char", "char_wb").index(self.analyzer)
        return np.array([kind, self.lowercase, _PLAIN.get(self.token_pattern, 1), *self.ngram_range], np.int64)

    @cached_property
    def _stop_table(self) -> Table:
        words = [word for word in self.stop_words if word.isascii()] if self.analyzer == "word" else []
        return Table.of(pa.array(words, pa.string()))

    def counts(self, texts: pa.Array, table: Table | Hashed) -> Sparse:
        """How often each term of a table is in each text; none of the texts is null."""
        if self._how is None:
            return _gathered([self._counted(text, table) for text in texts.to_pylist()])
        plain = pc.string_is_ascii(texts)
        if pc.all(plain).as_py() is not False:
            return self._compiled(texts, table)
        rows = plain.to_numpy(zero_copy_only=False)
        one = self._compiled(texts.filter(plain), table)
        other = _gathered([self._counted(text, table) for text in texts.filter(pa.array(~rows)).to_pylist()])
        order = np.empty(len(rows), np.int64)
        order[np.flatnonzero(rows)] = np.arange(rows.sum())
        order[np.flatnonzero(~rows)] = rows.sum() + np.arange((~rows).sum())
        joined = np.append(one[0], one[0][-1] + other[0][1:]), np.append(one[1], other[1]), np.append(one[2], other[2])
        return taken(joined, order)

    def counts_of(self, text: str, table: Table | Hashed) -> Sparse:
        """The same of one text."""
        if self._how is None or not text.isascii():
            return _gathered([self._counted(text, table)])
        data = text.encode()
        return self._run(frozen(np.array([0, len(data)])), np.frombuffer(data, np.uint8), table)

    def _counted(self, text: str, table: Table | Hashed) -> dict[int, int]:
        made: dict[int, int] = {}
        for term in self.terms(text):
            place, one = table.place(term)
            if place >= 0:
                made[place] = made.get(place, 0) + one
        return made

    def _compiled(self, texts: pa.Array, table: Table | Hashed) -> Sparse:
        return self._run(*bytes_of(texts), table)

    def _run(self, bounds: Ints, letters: npt.NDArray[np.uint8], table: Table | Hashed) -> Sparse:
        made: Sparse = kernels.counted(
            bounds, letters, self._how, *self._stop_table.arrays, *table.arrays, table.width, table.signed
        )
        return made

    def hashes(self, texts: pa.Array) -> tuple[Ints, Ints]:
        """Where the terms of each text begin, and their hashes, MurmurHash3 with seed 0; none of the texts is null."""
        if self._how is not None and pc.all(pc.string_is_ascii(texts)).as_py() is not False:
            found: tuple[Ints, Ints] = kernels.hashed(*bytes_of(texts), self._how, *self._stop_table.arrays)
            return found
        terms = [self.terms(text) for text in texts.to_pylist()]
        ends = np.cumsum([0, *map(len, terms)], dtype=np.int64)
        return ends, murmur.of_array(pa.array([term for some in terms for term in some], pa.string()))

    def discover(self, texts: pa.Array, times: Ints) -> tuple[pa.Array, Ints, Ints]:
        """All terms of some texts, in how many texts each is, and how often in all; text i is there times[i] times."""
        how = self._how
        plain = np.zeros(len(texts), np.bool_)
        if how is not None:
            plain = pc.string_is_ascii(texts).to_numpy(zero_copy_only=False)
        found, rows, totals = pa.array([], pa.string()), np.zeros(0, np.int64), np.zeros(0, np.int64)
        if plain.any():
            some = texts if plain.all() else texts.filter(pa.array(plain))
            stops = self._stop_table.arrays
            bounds, letters, rows, totals = kernels.discovered(*bytes_of(some), times[plain], how, *stops)
            buffers = [None, pa.py_buffer(bounds), pa.py_buffer(letters)]
            found = pa.Array.from_buffers(pa.large_string(), len(bounds) - 1, buffers).cast(pa.string())
        if plain.all():
            return found, rows, totals
        in_rows: dict[str, int] = {}
        in_all: dict[str, int] = {}
        for text, number in zip(texts.filter(pa.array(~plain)).to_pylist(), times[~plain].tolist(), strict=True):
            terms = self.terms(text)
            for term in terms:
                in_all[term] = in_all.get(term, 0) + number
            for term in set(terms):
                in_rows[term] = in_rows.get(term, 0) + number
        more = pa.array(list(in_rows), pa.string())
        return (
            pa.concat_arrays([found, more]),
            np.append(rows, np.array(list(in_rows.values()), np.int64)),
            np.append(totals, np.array([in_all[term] for term in in_rows], np.int64)),
        )


class Table:
    """Terms with their numbers from 0 on."""

    signed = False

    def __init__(
        self, words: pa.Array, bounds: Ints, letters: npt.NDArray[np.uint8], slots: npt.NDArray[np.int32]
    ) -> None:  # fmt: skip
        self._words = words
        self.arrays = bounds, letters, slots
        self.width = len(words)

    @classmethod
    def of(cls, words: pa.Array) -> Table:
        """The table of some different terms."""
        bounds, letters = bytes_of(words)
        slots = np.full(1 << max(2 * len(words), 1).bit_length(), -1, np.int32)
        kernels.slots_of(bounds, letters, slots)
        return cls(words, bounds, letters, slots)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {word: at for at, word in enumerate(self._words.to_pylist())}

    def place(self, term: str) -> tuple[int, int]:
        """A term's number, -1 for one that is not there; and 1."""
        return self._places.get(term, -1), 1

    def __reduce__(self) -> tuple[object, ...]:
        return Table.of, (self._words,)


@dataclass(frozen=True)
class Hashed:
    """Terms with their hashes in place of numbers: MurmurHash3, seed 0, without its sign, modulo `width`."""

    width: int
    signed: bool

    @cached_property
    def arrays(self) -> tuple[Ints, npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
        """No terms."""
        return frozen(np.zeros(1, np.int64)), frozen(np.zeros(0, np.uint8)), np.zeros(0, np.int32)

    def place(self, term: str) -> tuple[int, int]:
        """A term's place, and what it counts: -1 where its hash is negative, if signs count."""
        found = murmur.of_value(term)
        return abs(found) % self.width, -1 if self.signed and found < 0 else 1


def grams(words: Sequence[str], least: int, most: int) -> list[str]:
    """Words in a row, as many as `least` to `most`, with a space between them: first those of `least` words."""
    if most == 1:
        return list(words)
    return [
        " ".join(words[i : i + n]) for n in range(least, min(most, len(words)) + 1) for i in range(len(words) - n + 1)
    ]


def bytes_of(texts: pa.Array) -> tuple[Ints, npt.NDArray[np.uint8]]:
    """Where each text begins in the bytes of all, and those."""
    texts = texts.cast(pa.large_string())
    _, offsets, data = texts.buffers()
    bounds = np.frombuffer(offsets, np.int64, len(texts) + 1, 8 * texts.offset) if len(texts) else np.zeros(1, np.int64)
    letters = np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)
    return frozen(bounds), frozen(letters)


def taken(rows: Sparse, order: Ints) -> Sparse:
    """These rows, in this order."""
    ends, places, numbers = rows
    sizes = np.diff(ends)[order]
    new = np.concatenate([[0], np.cumsum(sizes)])
    at = np.arange(new[-1]) + np.repeat(ends[order] - new[:-1], sizes)
    return new, places[at], numbers[at]


def _gathered(rows: Sequence[dict[int, int]]) -> Sparse:
    ends = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    pairs = [pair for row in rows for pair in sorted(row.items())]
    places = np.array([place for place, _ in pairs], np.int32)
    return ends, places, np.array([float(number) for _, number in pairs], np.float64)
