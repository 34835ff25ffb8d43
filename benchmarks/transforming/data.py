"""Frames that transforms are timed on, the same at each run."""

from typing import Any, Literal

import numpy as np
import pandas as pd

Kind = Literal["numbers", "holes", "positive", "counts", "categories", "many", "text"]

_SEED = 20_240_501
#: distinct values of a column of categories, and words that text is made of
FEW, MANY, WORDS = 20, 10_000, 200


def frame(kind: Kind, rows: int, columns: int) -> pd.DataFrame:
    """Columns c0, c1, ... of one kind; a tenth of `holes` is missing, and text has 1 to 12 words."""
    random = np.random.default_rng(_SEED)
    names = [f"c{at}" for at in range(columns)]
    if kind in ("categories", "many"):
        words = np.array([f"category {at}" for at in range(FEW if kind == "categories" else MANY)], object)
        return pd.DataFrame({name: words[random.integers(0, len(words), rows)] for name in names})
    if kind == "text":
        words = np.array([f"word{at}" for at in range(WORDS)], object)
        return pd.DataFrame({name: [_sentence(random, words) for _ in range(rows)] for name in names})
    values = random.normal(3.0, 10.0, (columns, rows))
    if kind == "positive":
        values = np.abs(values) + 0.01
    elif kind == "counts":
        values = np.floor(np.abs(values))
    elif kind == "holes":
        values[random.random((columns, rows)) < 0.1] = np.nan
    # each column stands by itself, as in what is read from Parquet
    return pd.DataFrame(values.T, columns=names, copy=False)


def target(name: str | None, rows: int) -> Any:
    """A number of each row, or 0 or 1 if it is called "late"; none without a name."""
    if name is None:
        return None
    made = np.random.default_rng(_SEED + 1).normal(size=rows)
    return (made > 0.5).astype(np.int64) if name == "late" else made


def _sentence(random: np.random.Generator, words: Any) -> str:
    return " ".join(words[random.integers(0, len(words), random.integers(1, 13))])
