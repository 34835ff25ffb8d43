"""The rows on which transforms are compared with their oracles: every kind of column, with what is hard in it."""

from datetime import date
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

#: rows to fit on, and others to transform
SIZE = 300

WORDS = ("late", "flight", "Ünïcode", "the", "delay", "over", "sea", "2013", "a", "weather", "don't", "JFK")
NOTES = (
    "Hello, World! 42 times.",
    "ÀÉ ﬁne\u00a0café 東京 x",
    "a.b@example.co.uk  late\tflight",
    "1,234.50 euros?",
    "https://www.example.com:8080/a?b=c",
    "İstanbul straße STRASSE",
    "... ...",
    "  two  spaces ",
    "\U0001f600 ok\n-7e3",
)


@cache
def training() -> pd.DataFrame:
    """Rows to fit on; ask for a copy before you change it."""
    return _made(np.random.default_rng(1), SIZE)


@cache
def serving() -> pd.DataFrame:
    """Other rows to transform: values beyond those that were fitted on, categories that were not there."""
    frame = _made(np.random.default_rng(2), 60)
    at = frame.index
    frame["x"] = frame["x"] * 3
    frame.loc[at[:6], "x"] = [0.0, -0.0, 1e300, -1e300, 5e-324, 123456789.0]
    frame.loc[at[10:12], "carrier"] = "new"
    return frame


def _made(random: np.random.Generator, size: int) -> pd.DataFrame:
    """x, y, z: normal; positive, unit: as they say; whole, small: integers; holes: with missing values; flat: all the
    same; label, late: targets; carrier, dest: categories, the second with missing ones; words: text;
    tags: lists; lat, lon.
    """  # fmt: skip
    x, z = random.normal(size=(2, size))
    frame = pd.DataFrame({
        "x": x,
        "y": 100 + 15 * random.normal(size=size),
        "z": z + 0.5 * x,
        "positive": np.exp(random.normal(size=size)),
        "unit": random.uniform(0.001, 0.999, size),
        "whole": random.integers(-50, 50, size),
        "small": random.integers(0, 5, size),
        "flat": np.full(size, 7.0),
        "lat": random.uniform(-89, 89, size),
        "lon": random.uniform(-179, 179, size),
        "lat2": random.uniform(-89, 89, size),
        "lon2": random.uniform(-179, 179, size),
        "flag": random.random(size) < 0.4,
        "carrier": random.choice(["AA", "UA", "DL", "Ünïted", "rare"], size, p=[0.4, 0.3, 0.2, 0.09, 0.01]),
        "dest": random.choice(["JFK", "EWR", "LGA"], size),
        "words": [" ".join(random.choice(WORDS, random.integers(1, 9))) for _ in range(size)],
        "at": pd.to_datetime(random.integers(0, 2_000_000_000_000_000, size), unit="us"),
        "then": pd.to_datetime(random.integers(0, 2_000_000_000_000_000, size), unit="us"),
    })  # fmt: skip
    frame["holes"] = frame["y"].where(random.random(size) < 0.9)
    frame.loc[random.random(size) < 0.1, "dest"] = None
    frame["label"] = frame["x"] + frame["small"] + random.normal(size=size)
    frame["late"] = (frame["label"] > 2).astype("int64")
    frame["tags"] = [list(random.choice(["a", "b", "ü", "b c"], random.integers(0, 4))) for _ in range(size)]
    frame.loc[random.random(size) < 0.05, "tags"] = None
    # times and text that are hard: before 1970, years 1 to 9999, missing, not of letters
    seen = pd.Series(pd.to_datetime(random.integers(-8_000_000_000_000_000, 8_000_000_000_000_000, size), unit="us"))
    frame["seen"] = seen.where(random.random(size) < 0.9)
    frame["day"] = [date.fromordinal(int(one)) for one in random.integers(1, date.max.toordinal(), size)]
    notes = [str(random.choice(NOTES)) + " " + " ".join(random.choice(WORDS, 3)) for _ in range(size)]
    kinds = random.choice(5, size, p=[0.6, 0.2, 0.1, 0.05, 0.05])
    frame["notes"] = [(one, one[:5], one.upper(), "", None)[kind] for one, kind in zip(notes, kinds, strict=True)]
    split = [
        None if one is None else [word if random.random() < 0.95 else None for word in one.split(" ")]
        for one in frame["notes"]
    ]
    frame["tokens"] = pd.Series(split, dtype=object)
    # lists: of numbers with missing ones, empty and absent; stops: of text; vector: three numbers; facts: structs
    lists: list[Any] = [[None if one > 1.5 else one for one in random.normal(size=at % 6)] for at in range(size)]
    stops: list[Any] = [list(random.choice(WORDS, at % 4)) for at in range(size)]
    vectors: list[Any] = [random.normal(size=3).tolist() for at in range(size)]
    facts: list[Any] = [
        {"a": random.normal(), "b": None if at % 5 == 2 else str(random.choice(WORDS))} for at in range(size)
    ]
    nested = {"lists": (lists, 17), "stops": (stops, 19), "vector": (vectors, 23), "facts": (facts, 13)}
    for name, (values, every) in nested.items():
        frame[name] = pd.Series([None if at % every == 3 else one for at, one in enumerate(values)], dtype=object)
    # photo: small pictures, as PNG and as JPEG
    frame["photo"] = pd.Series([None if at % 11 == 7 else _picture(random, at) for at in range(size)], dtype=object)
    return frame


def _picture(random: np.random.Generator, at: int) -> bytes:
    held = BytesIO()
    grey = at % 2 == 0
    pixels = random.integers(0, 256, (9 + at % 3, 12) if grey else (8, 10 + at % 4, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(held, "PNG" if at % 3 else "JPEG")
    return held.getvalue()
