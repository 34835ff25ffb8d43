"""Cases of encoders by the target of other rows."""

import category_encoders as ce
import pandas as pd

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case
from tests.transforms.catalogue.encoders import of_category_encoders

COLUMNS = ("carrier", "dest", "small")


def _ordered(fit: pd.DataFrame, apply: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    of = of_category_encoders(lambda **some: ce.CatBoostEncoder(a=2.5, **some), "label")
    wanted: pd.DataFrame = of(fit, apply, [one for one in columns if one != "at"])
    return wanted


CASES = [
    Case(T.LeaveOneOutEncoder(), COLUMNS, of_category_encoders(ce.LeaveOneOutEncoder, "label"), y="label", ulps=64),
    Case(
        T.LeaveOneOutEncoder(handle_unknown="return_nan", handle_missing="return_nan"), ("carrier", "dest"),
        of_category_encoders(
            lambda **some: ce.LeaveOneOutEncoder(
                handle_unknown="return_nan", handle_missing="return_nan", **some,
            ), "late",
        ),
        y="late",
    ),
    Case(T.CatBoostEncoder(), COLUMNS, of_category_encoders(ce.CatBoostEncoder, "late"), y="late"),
    Case(T.CatBoostEncoder(a=2.5, order="at"), ("carrier", "at", "small"), _ordered, y="label", ulps=64),
]  # fmt: skip
