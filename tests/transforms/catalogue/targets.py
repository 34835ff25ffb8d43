"""Cases of encoders that learn from a target."""

from sklearn import preprocessing as sk

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case, sklearn

CASES = [
    Case(
        T.TargetEncoder(),
        ("carrier", "dest", "small"),
        sklearn(sk.TargetEncoder(target_type="continuous"), "label"),
        y="label",
        ulps=64,
    ),
    Case(
        T.TargetEncoder(smooth=10.0),
        ("carrier", "dest"),
        sklearn(sk.TargetEncoder(smooth=10.0), "late"),
        y="late",
        ulps=64,
    ),
]
