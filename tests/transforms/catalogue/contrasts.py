"""Cases of contrasts and digits."""

import category_encoders as ce

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case
from tests.transforms.catalogue.encoders import of_category_encoders

COLUMNS = ("carrier", "dest", "small")
NAN = {"handle_unknown": "return_nan", "handle_missing": "return_nan"}

CASES = [
    Case(T.HelmertEncoder(), (*COLUMNS, "flag"), of_category_encoders(ce.HelmertEncoder)),
    Case(
        T.HelmertEncoder(handle_unknown="return_nan"), ("carrier",),
        of_category_encoders(lambda **some: ce.HelmertEncoder(handle_unknown="return_nan", **some)),
    ),
    Case(T.SumEncoder(), COLUMNS, of_category_encoders(ce.SumEncoder)),
    Case(T.BackwardDifferenceEncoder(), COLUMNS, of_category_encoders(ce.BackwardDifferenceEncoder)),
    # the oracle goes through Householder reflections
    Case(T.PolynomialEncoder(), COLUMNS, of_category_encoders(ce.PolynomialEncoder), within=1e-14),
    Case(T.BinaryEncoder(), (*COLUMNS, "whole"), of_category_encoders(ce.BinaryEncoder)),
    Case(
        T.BinaryEncoder(handle_unknown="return_nan", handle_missing="return_nan"), ("carrier",),
        of_category_encoders(lambda **some: ce.BinaryEncoder(**NAN, **some)),
    ),
    Case(
        T.BaseNEncoder(base=3), (*COLUMNS, "whole"),
        of_category_encoders(lambda **some: ce.BaseNEncoder(base=3, **some)),
    ),
    Case(T.BaseNEncoder(base=1), COLUMNS, of_category_encoders(lambda **some: ce.BaseNEncoder(base=1, **some))),
]  # fmt: skip
