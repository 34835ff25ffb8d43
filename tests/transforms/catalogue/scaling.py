"""Cases of scalers."""

from feature_engine.scaling import MeanNormalizationScaler
from sklearn import preprocessing as sk

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case, feature_engine, sklearn

NUMBERS = ("x", "y", "whole", "holes", "flat", "flag")

CASES = [
    Case(T.StandardScaler(), NUMBERS, sklearn(sk.StandardScaler()), within=1e-13),
    Case(T.StandardScaler(with_mean=False), NUMBERS, sklearn(sk.StandardScaler(with_mean=False))),
    Case(T.StandardScaler(with_std=False), NUMBERS, sklearn(sk.StandardScaler(with_std=False)), within=1e-13),
    Case(T.MinMaxScaler(), NUMBERS, sklearn(sk.MinMaxScaler())),
    Case(T.MinMaxScaler((-2, 3), clip=True), NUMBERS, sklearn(sk.MinMaxScaler(feature_range=(-2, 3), clip=True))),
    Case(T.MaxAbsScaler(), NUMBERS, sklearn(sk.MaxAbsScaler())),
    Case(T.RobustScaler(), NUMBERS[:-1], sklearn(sk.RobustScaler())),
    Case(
        T.RobustScaler(quantile_range=(10, 80), unit_variance=True), NUMBERS[:-1],
        sklearn(sk.RobustScaler(quantile_range=(10, 80), unit_variance=True)),
    ),
    Case(T.MeanNormalizationScaler(), ("x", "y", "whole"), feature_engine(MeanNormalizationScaler()), within=1e-14),
    *(
        Case(T.Normalizer(norm), ("x", "whole", "positive"), sklearn(sk.Normalizer(norm=norm)))
        for norm in ("l1", "l2", "max")
    ),
]  # fmt: skip
