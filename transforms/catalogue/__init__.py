"""The catalogue: transforms, a file per family, each loaded when one of its names is first used."""

#: the public names of each file
FAMILIES: dict[str, tuple[str, ...]] = {
    "bins": (
        "Binarizer", "Bucketizer", "GeometricWidthDiscretiser", "HashedBucket", "KBinsDiscretizer",
        "PiecewiseLinearEncoder",
    ),
    "categories": ("OneHotEncoder", "OrdinalEncoder"),
    "combinations": (
        "Compare", "CosineSimilarity", "Difference", "DotProduct", "EuclideanDistance", "MathFeatures", "PctChange",
        "Ratio", "RelativeFeatures",
    ),
    "crosses": ("HashedCross",),
    "distributions": ("PowerTransformer", "QuantileTransformer", "RankNorm"),
    "expansions": ("DCT", "ElementwiseProduct", "Interaction", "PolynomialFeatures", "SplineTransformer"),
    "missing": ("MissingIndicator", "SimpleImputer"),
    "outliers": ("LogCp", "Winsorizer"),
    "passing": ("Passthrough",),
    "scaling": (
        "MaxAbsScaler", "MeanNormalizationScaler", "MinMaxScaler", "Normalizer", "RobustScaler", "StandardScaler",
    ),
    "shapes": (
        "Abs", "ArcSin", "ArcSinh", "Ceil", "Clip", "Exp", "Floor", "Log", "Log1p", "Logit", "Power", "Reciprocal",
        "Round", "Sigmoid", "Sign", "Sqrt", "Square",
    ),
    "targets": ("TargetEncoder",),
    "text": ("Lower",),
    "trees": ("DecisionTreeDiscretiser",),
}  # fmt: skip
