"""Cases of images."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case


def pixels(width: int, work: Callable[[Any], Any]) -> Callable[..., Any]:
    """What Pillow and numpy say of each picture."""

    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        rows = [
            np.full(width, np.nan) if one is None else np.asarray(work(Image.open(BytesIO(one))), float).ravel()
            for one in apply["photo"]
        ]
        return pd.DataFrame(np.array(rows), columns=[f"photo_{at}" for at in range(width)])

    return expected


def vector(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    rows = [
        None if one is None else np.asarray(Image.open(BytesIO(one)).convert("L")).ravel().tolist()
        for one in apply["photo"]
    ]
    return pd.DataFrame({"photo": pd.Series(rows, dtype=object)})


def normal(picture: Any) -> Any:
    width, height = picture.size
    side = min(width, height)
    left, upper = (width - side) // 2, (height - side) // 2
    square = (
        picture.convert("RGB").crop((left, upper, left + side, upper + side)).resize((2, 2), Image.Resampling.BICUBIC)
    )
    return (np.asarray(square) / 255.0 - [0.5, 0.4, 0.3]) / [0.2, 0.3, 0.4]


CASES = [
    Case(
        T.Image(size=(4, 3)), ("photo",),
        pixels(12, lambda one: np.asarray(one.convert("L").resize((4, 3), Image.Resampling.BILINEAR)) / 255.0), ulps=0,
    ),
    Case(
        T.Image((2, 2), "RGB", crop="center", resample="bicubic", mean=(0.5, 0.4, 0.3), std=(0.2, 0.3, 0.4)),
        ("photo",), pixels(12, normal), ulps=0,
    ),
    Case(
        T.Image((3, 3), crop=(1, 2, 4, 5), rescale=False), ("photo",),
        pixels(9, lambda one: one.convert("L").crop((1, 2, 4, 5))), ulps=0,
    ),
    Case(T.Image(size=None, output="vector", rescale=False), ("photo",), vector),
]  # fmt: skip
