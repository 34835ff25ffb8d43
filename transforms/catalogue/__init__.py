"""The catalogue: transforms, a file per family, each loaded when one of its names is first used."""

#: the public names of each file
FAMILIES: dict[str, tuple[str, ...]] = {
    "categories": ("OneHotEncoder", "OrdinalEncoder"),
    "contrasts": (
        "BackwardDifferenceEncoder",
        "BaseNEncoder",
        "BinaryEncoder",
        "HelmertEncoder",
        "PolynomialEncoder",
        "SumEncoder",
    ),
    "counts": ("CountEncoder", "CountFrequencyEncoder", "RareLabelEncoder", "TopK"),
    "crosses": ("CrossedCategories", "HashedCross"),
    "hashes": ("FeatureHasher", "HashingEncoder"),
    "indexers": ("MultiLabelBinarizer", "StringIndexer", "VectorIndexer"),
    "leaving": ("CatBoostEncoder", "LeaveOneOutEncoder"),
    "means": ("JamesSteinEncoder", "MEstimateEncoder", "OrderedOrdinalEncoder", "QuantileEncoder", "WOEEncoder"),
    "missing": ("MissingIndicator", "SimpleImputer"),
    "passing": ("Passthrough",),
    "presence": ("ArbitraryNumberImputer", "Coalesce", "EndTailImputer", "IsNull"),
    "scaling": ("MaxAbsScaler", "MinMaxScaler", "RobustScaler", "StandardScaler"),
    "targets": ("TargetEncoder",),
    "text": ("Lower",),
}
