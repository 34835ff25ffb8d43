"""Cases of expressions."""

import numpy as np
import pandas as pd

import ropeway as rw
from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case

x, y, whole, small, holes = (rw.col(name) for name in ("x", "y", "whole", "small", "holes"))


def numbers(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    over = apply["whole"] / apply["small"].where(apply["small"] != 0)
    return pd.DataFrame({
        "sum": apply["x"] + apply["y"] * 2, "over": over, "more": apply["whole"] * 3 - 1,
        "high": [None if np.isnan(one) else bool(one > 100) for one in apply["holes"]],
    })  # fmt: skip


CASES = [
    Case(
        T.Derive(sum=x + y * 2, over=whole / small, more=whole * 3 - 1, high=holes > 100),
        ("x", "y", "whole", "small", "holes"), numbers, ulps=0,
    ),
    Case(
        T.Derive(
            same=(rw.col("carrier") == "UA") & (rw.col("dest") == "JFK"),
            early=rw.col("at") < pd.Timestamp("2001-01-01").to_pydatetime(),
        ),
        ("carrier", "dest", "at"),
        apart="tests/transforms/test_expressions.py; of a missing operand: test_derived",
    ),
]  # fmt: skip
