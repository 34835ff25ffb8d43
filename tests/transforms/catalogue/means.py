"""Cases of encoders by what the target is in a category."""

import category_encoders as ce
from feature_engine import encoding as fe

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case
from tests.transforms.catalogue.encoders import of_category_encoders, of_feature_engine

COLUMNS = ("carrier", "dest", "small", "flag")

CASES = [
    Case(T.MEstimateEncoder(), COLUMNS, of_category_encoders(ce.MEstimateEncoder, "label"), y="label", ulps=64),
    Case(
        T.MEstimateEncoder(m=7.5, handle_unknown="return_nan", handle_missing="return_nan"), ("carrier", "dest"),
        of_category_encoders(
            lambda **some: ce.MEstimateEncoder(
                m=7.5, handle_unknown="return_nan", handle_missing="return_nan", **some,
            ), "late",
        ),
        y="late",
    ),
    *[
        Case(
            T.JamesSteinEncoder(model=model), (*COLUMNS, "whole"),
            of_category_encoders(lambda model=model, **some: ce.JamesSteinEncoder(model=model, **some), "label"),
            y="label", ulps=256,
        )
        for model in ("independent", "pooled", "beta")
    ],
    Case(T.WOEEncoder(), (*COLUMNS, "whole"), of_category_encoders(ce.WOEEncoder, "late"), y="late"),
    Case(
        T.WOEEncoder(regularization=0.0, ignore_unique=False, fill_value=0.001, handle_unknown="return_nan"),
        ("carrier",), of_feature_engine(lambda **some: fe.WoEEncoder(fill_value=0.001, **some), "late"), y="late",
    ),
    Case(T.QuantileEncoder(), COLUMNS, of_category_encoders(ce.QuantileEncoder, "label"), y="label"),
    Case(
        T.QuantileEncoder(quantile=0.8, m=0), ("dest",),
        of_category_encoders(lambda **some: ce.QuantileEncoder(quantile=0.8, m=0, **some), "small"), y="small",
    ),
    Case(
        T.OrderedOrdinalEncoder(), ("carrier",),
        of_feature_engine(lambda **some: fe.OrdinalEncoder(encoding_method="ordered", **some), "label"), y="label",
    ),
    Case(
        T.OrderedOrdinalEncoder(handle_unknown="value"), ("carrier",),
        of_feature_engine(
            lambda **some: fe.OrdinalEncoder(
                encoding_method="ordered", unseen="encode", missing_values="ignore", **some
            ), "late",
        ),
        y="late",
    ),
]  # fmt: skip
