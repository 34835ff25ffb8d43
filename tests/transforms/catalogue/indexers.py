"""Cases of Spark's indexers, and of lists of labels."""

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
from sklearn.preprocessing import MultiLabelBinarizer

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case


def _indexed(order: str) -> Any:
    """As Spark's code has it; test_indexers.py asks Spark itself."""

    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        made = {}
        for name in columns:
            counts = Counter(str(one) for one in fit[name].dropna())
            sign = {"frequencyDesc": -1, "frequencyAsc": 1}.get(order, 0)
            labels = sorted(sorted(counts), key=lambda one: sign * counts[one])
            labels = labels[::-1] if order == "alphabetDesc" else labels
            made[name] = [float(labels.index(str(one)) if str(one) in labels else len(labels)) for one in apply[name]]
        return pd.DataFrame(made)

    return expected


def _vectors(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    made = {}
    for name in columns:
        values = sorted(fit[name].dropna().unique().tolist(), key=lambda one: (one != 0, one))
        made[name] = (
            apply[name].astype(float) if len(values) > 20 else [float(values.index(one)) for one in apply[name]]
        )
    return pd.DataFrame(made)


def _labels(classes: list[str] | None) -> Any:
    def expected(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
        (name,) = columns
        binarizer = MultiLabelBinarizer(classes=classes).fit(fit[name].dropna())
        known = [[one for one in some or [] if one in binarizer.classes_] for some in apply[name]]
        made = pd.DataFrame(binarizer.transform(known), columns=[f"{name}_{one}" for one in binarizer.classes_])
        return made.astype(float).where(apply[name].notna(), np.nan)

    return expected


CASES = [
    Case(
        T.StringIndexer(handle_invalid="keep"), ("carrier", "dest", "small", "whole"), _indexed("frequencyDesc"),
    ),
    *[
        Case(T.StringIndexer(order, "keep"), ("carrier", "whole"), _indexed(order))
        for order in ("frequencyAsc", "alphabetDesc", "alphabetAsc")
    ],
    Case(T.StringIndexer(), ("small",), _indexed("frequencyDesc"), refuses_missing=True),
    Case(T.VectorIndexer(), ("small", "x", "holes", "flat", "flag"), _vectors),
    Case(T.MultiLabelBinarizer(), ("tags",), _labels(None)),
    Case(T.MultiLabelBinarizer(["ü", "new", "b"]), ("tags",), _labels(["ü", "new", "b"])),
]  # fmt: skip
