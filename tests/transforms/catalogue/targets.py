"""Cases of encoders that learn from a target."""

from sklearn import preprocessing as sk

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case, sklearn

CASES = [
    Case(T.TargetEncoder(), ("carrier", "dest", "small"), sklearn(sk.TargetEncoder(), "label"), y="label", ulps=64),
    Case(T.TargetEncoder(smooth=10.0), ("carrier", "dest"), sklearn(sk.TargetEncoder(smooth=10.0), "late"), y="late"),
    Case(T.TargetEncoder(), ("carrier", "flag"), sklearn(sk.TargetEncoder(), "late"), y="late", ulps=64),
    Case(
        T.TargetEncoder(target_type="continuous"), ("carrier", "dest"),
        sklearn(sk.TargetEncoder(target_type="continuous"), "small"), y="small", ulps=64,
    ),
    Case(T.TargetEncoder(), ("dest", "flag"), sklearn(sk.TargetEncoder(), "small"), y="small", ulps=64),
    Case(T.TargetEncoder(smooth=3), ("dest", "small"), sklearn(sk.TargetEncoder(smooth=3), "carrier"), y="carrier"),
    Case(T.TargetEncoder(), ("dest", "small"), sklearn(sk.TargetEncoder(), "flag"), y="flag", ulps=64),
    Case(
        T.TargetEncoder(categories=[["UA", "AA", "rare", "new", "DL", "Ünïted"], [0, 1, 2, 3, 4, 7]]),
        ("carrier", "small"),
        sklearn(
            sk.TargetEncoder(categories=[["UA", "AA", "rare", "new", "DL", "Ünïted"], [0, 1, 2, 3, 4, 7]]), "label"
        ),
        y="label", ulps=64,
    ),
]  # fmt: skip
