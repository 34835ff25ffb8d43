"""Cases of counts as weights, and of lists as vectors."""

import math
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfTransformer

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case, sklearn


def _spark_idf(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str], *, least: int) -> pd.DataFrame:
    made = {}
    for name in columns:
        rows = int((fit[name] > 0).sum())
        made[name] = apply[name] * (math.log((len(fit) + 1) / (rows + 1)) if rows >= least else 0.0)
    return pd.DataFrame(made)


def _murmur(data: bytes, seed: int) -> int:
    """MurmurHash3 for 32 bits, from its definition."""
    low = 0xFFFFFFFF

    def mixed(word: int) -> int:
        word = word * 0xCC9E2D51 & low
        return (word << 15 | word >> 17) * 0x1B873593 & low

    word = seed
    for at in range(0, len(data) // 4 * 4, 4):
        word ^= mixed(int.from_bytes(data[at : at + 4], "little"))
        word = ((word << 13 | word >> 19) & low) * 5 + 0xE6546B64 & low
    word ^= mixed(int.from_bytes(data[len(data) // 4 * 4 :], "little"))
    word ^= len(data)
    word = (word ^ word >> 16) * 0x85EBCA6B & low
    word = (word ^ word >> 13) * 0xC2B2AE35 & low
    word ^= word >> 16
    return word - (1 << 32) if word >> 31 else word


def _hashed(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str], *, binary: bool = False) -> pd.DataFrame:
    rows: list[Any] = []
    for words in apply["tokens"]:
        row = np.zeros(20) if words is not None else np.full(20, np.nan)
        for word in words or []:
            if word is not None:
                at = _murmur(word.encode(), 42) % 20
                row[at] = 1 if binary else row[at] + 1
        rows.append(row)
    return pd.DataFrame(rows, columns=[f"tokens_{at}" for at in range(20)])


COUNTS = ("small", "late", "flag")

CASES = [
    Case(T.TfidfTransformer(), COUNTS, sklearn(TfidfTransformer()), ulps=8),
    Case(
        T.TfidfTransformer(norm="l1", smooth_idf=False, sublinear_tf=True), COUNTS,
        sklearn(TfidfTransformer(norm="l1", smooth_idf=False, sublinear_tf=True)), ulps=8,
    ),
    Case(T.TfidfTransformer(norm=None, use_idf=False), COUNTS, sklearn(TfidfTransformer(norm=None, use_idf=False))),
    Case(T.IDF(), COUNTS, partial(_spark_idf, least=0)),
    Case(T.IDF(min_doc_freq=200), COUNTS, partial(_spark_idf, least=200)),
    Case(T.HashingTF(20), ("tokens",), _hashed, ulps=0),
    Case(
        T.HashingTF(20, binary=True), ("tokens",),
        partial(_hashed, binary=True), ulps=0,
    ),
]  # fmt: skip
