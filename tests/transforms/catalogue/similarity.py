"""Cases of how alike texts are, against plain Python."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pandas as pd

from ropeway import transforms as T
from ropeway.transforms import murmur
from tests.transforms.catalogue.cases import Case


def of_two(function: Callable[[str, str], Any], name: str) -> Callable[..., Any]:
    """What a function says of each pair, None where one is missing."""

    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        pairs = zip(apply[columns[0]], apply[columns[1]], strict=True)
        made = [None if one is None or other is None else float(function(one, other)) for one, other in pairs]
        return pd.DataFrame({f"{'_'.join(columns)}_{name}": pd.Series(made, dtype=float)})

    return expected


def edits(one: str, other: str) -> int:
    """By the definition, remembered."""

    @cache
    def of(i: int, j: int) -> int:
        if i == 0 or j == 0:
            return i + j
        return min(of(i - 1, j) + 1, of(i, j - 1) + 1, of(i - 1, j - 1) + (one[i - 1] != other[j - 1]))

    return of(len(one), len(other))


def _winkler(one: str, other: str) -> float:
    if not one or not other:
        return float(one == other)
    reach = max(len(one), len(other)) // 2 - 1
    free = list(range(len(other)))
    matched = []
    for i, letter in enumerate(one):
        at = next((j for j in free if abs(i - j) <= max(reach, 0) and other[j] == letter), None)
        if at is not None:
            free.remove(at)
            matched.append((letter, at))
    if not matched:
        return 0.0
    theirs = [other[at] for at in sorted(at for _, at in matched)]
    half = sum(a != b for (a, _), b in zip(matched, theirs, strict=True)) // 2
    count = len(matched)
    jaro = (count / len(one) + count / len(other) + (count - half) / count) / 3
    prefix = 0
    while prefix < min(4, len(one), len(other)) and one[prefix] == other[prefix]:
        prefix += 1
    return jaro + prefix * 0.1 * (1 - jaro)


def _shingles(text: str) -> set[str]:
    text = re.sub(r"\s\s+", " ", text.lower())
    return {text[i : i + 3] for i in range(len(text) - 2)}


def _jaccard(one: str, other: str) -> float:
    a, b = _shingles(one), _shingles(other)
    return len(a & b) / len(a | b) if a | b else 1.0


_WORD = 2**64 - 1


def _least(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    rows: list[Any] = []
    for text in apply["notes"]:
        terms = [] if text is None else [murmur.of_value(one) for one in _shingles(text)]
        row = []
        for k in range(5):
            salt = 3 * 0x9E3779B97F4A7C15 + (k + 1) * 0xC2B2AE3D27D4EB4F
            hashes = []
            for term in terms:
                word = (term + salt) & _WORD
                word = (word ^ word >> 33) * 0xFF51AFD7ED558CCD & _WORD
                word = (word ^ word >> 33) * 0xC4CEB9FE1A85EC53 & _WORD
                hashes.append((word ^ word >> 33) >> 11)
            row.append(min(hashes, default=None))
        rows.append(row)
    return pd.DataFrame(rows, columns=[f"notes_{k}" for k in range(5)], dtype=float)


CASES = [
    Case(T.Levenshtein(), ("notes", "words"), of_two(edits, "levenshtein"), ulps=0),
    Case(
        T.Levenshtein(normalize=True), ("notes", "dest"),
        of_two(lambda a, b: 1 - edits(a, b) / max(len(a), len(b)), "levenshtein"), ulps=1,
    ),
    Case(T.JaroWinkler(), ("words", "notes"), of_two(_winkler, "jaro_winkler"), ulps=2),
    Case(T.JaroWinkler(), ("carrier", "dest"), of_two(_winkler, "jaro_winkler"), ulps=2),
    Case(T.JaccardSimilarity(), ("words", "notes"), of_two(_jaccard, "jaccard"), ulps=0),
    Case(T.MinHash(5, seed=3), ("notes",), _least, ulps=0),
]  # fmt: skip
