"""Cases of encoders of categories."""

import numpy as np
from sklearn import preprocessing as sk

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case, sklearn

COLUMNS = ("carrier", "dest", "small", "flag")
DENSE = {"sparse_output": False}

CASES = [
    Case(
        T.OneHotEncoder(handle_unknown="ignore"), COLUMNS, sklearn(sk.OneHotEncoder(handle_unknown="ignore", **DENSE))
    ),
    Case(
        T.OneHotEncoder(drop="first", handle_unknown="ignore"), ("dest", "small"),
        sklearn(sk.OneHotEncoder(drop="first", handle_unknown="ignore", **DENSE)),
    ),
    Case(
        T.OneHotEncoder(drop="if_binary"), ("flag", "small"), sklearn(sk.OneHotEncoder(drop="if_binary", **DENSE)),
        refuses_missing=True,
    ),
    Case(
        T.OneHotEncoder(min_frequency=10, handle_unknown="infrequent_if_exist"), COLUMNS,
        sklearn(sk.OneHotEncoder(min_frequency=10, handle_unknown="infrequent_if_exist", **DENSE)),
    ),
    Case(
        T.OneHotEncoder(max_categories=3, handle_unknown="infrequent_if_exist"), COLUMNS,
        sklearn(sk.OneHotEncoder(max_categories=3, handle_unknown="infrequent_if_exist", **DENSE)),
    ),
    Case(
        T.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), COLUMNS,
        sklearn(sk.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)),
    ),
    Case(
        T.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, max_categories=3), COLUMNS,
        sklearn(sk.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, max_categories=3)),
    ),
    Case(
        T.OneHotEncoder(
            categories=[["UA", "AA", "DL", "rare", "Ünïted"], ["LGA", "EWR", "JFK", np.nan], [0, 2, 3]],
            handle_unknown="ignore", drop=["AA", float("nan"), 2],
        ), ("carrier", "dest", "small"),
        sklearn(sk.OneHotEncoder(
            categories=[["UA", "AA", "DL", "rare", "Ünïted"], ["LGA", "EWR", "JFK", np.nan], [0, 2, 3]],
            handle_unknown="ignore", drop=["AA", float("nan"), 2], **DENSE,
        )),
    ),
    Case(
        T.OneHotEncoder(max_categories=5, min_frequency=0.2, drop="first", handle_unknown="infrequent_if_exist"),
        ("carrier", "small"),
        sklearn(sk.OneHotEncoder(
            max_categories=5, min_frequency=0.2, drop="first", handle_unknown="infrequent_if_exist", **DENSE,
        )),
    ),
    Case(
        T.OrdinalEncoder(
            categories=[["UA", "AA", "new", "DL"], [0, 2, 3, 4]], handle_unknown="use_encoded_value", unknown_value=-3,
            encoded_missing_value=-1, min_frequency=60,
        ), ("carrier", "small"),
        sklearn(sk.OrdinalEncoder(
            categories=[["UA", "AA", "new", "DL"], [0, 2, 3, 4]], handle_unknown="use_encoded_value", unknown_value=-3,
            encoded_missing_value=-1, min_frequency=60,
        )),
    ),
    Case(
        T.OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=9, min_frequency=0.3,
        ),
        ("dest",),
        sklearn(sk.OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=9, min_frequency=0.3,
        )),
    ),
]  # fmt: skip
