"""The catalogue: transforms, a file per family, each loaded when one of its names is first used."""

#: the public names of each file
FAMILIES: dict[str, tuple[str, ...]] = {
    "bins": (
        "Binarizer", "Bucketizer", "GeometricWidthDiscretiser", "HashedBucket", "KBinsDiscretizer",
        "PiecewiseLinearEncoder",
    ),
    "calendars": ("DatetimeFeatures", "DatetimeOrdinal", "HolidayIndicator", "LocalTime", "PeriodOfDay", "Truncate"),
    "categories": ("OneHotEncoder", "OrdinalEncoder"),
    "cells": ("Geohash", "GridCell", "QuadKey"),
    "centroids": ("DistanceToCentroids",),
    "combinations": (
        "Compare", "CosineSimilarity", "Difference", "DotProduct", "EuclideanDistance", "MathFeatures",
        "PctChange", "Ratio", "RelativeFeatures",
    ),
    "contrasts": (
        "BackwardDifferenceEncoder", "BaseNEncoder", "BinaryEncoder", "HelmertEncoder", "PolynomialEncoder",
        "SumEncoder",
    ),
    "counts": ("CountEncoder", "CountFrequencyEncoder", "RareLabelEncoder", "TopK"),
    "crosses": ("CrossedCategories", "HashedCross"),
    "cycles": ("CyclicalFeatures", "FourierFeatures"),
    "derived": ("Derive",),
    "distributions": ("PowerTransformer", "QuantileTransformer", "RankNorm"),
    "elapsed": ("AgeBucket", "BusinessDays", "DatetimeSubtraction", "DaysUntil", "ExponentialDecay", "TimeSince"),
    "expansions": ("DCT", "ElementwiseProduct", "Interaction", "PolynomialFeatures", "SplineTransformer"),
    "hashes": ("FeatureHasher", "HashingEncoder"),
    "images": ("Image",),
    "indexers": ("MultiLabelBinarizer", "StringIndexer", "VectorIndexer"),
    "leaving": ("CatBoostEncoder", "LeaveOneOutEncoder"),
    "lists": (
        "ListContains", "ListElement", "ListLength", "ListMax", "ListMean", "ListMin", "ListSlice", "ListStd",
        "ListSum", "TopKOfList",
    ),
    "means": ("JamesSteinEncoder", "MEstimateEncoder", "OrderedOrdinalEncoder", "QuantileEncoder", "WOEEncoder"),
    "missing": ("MissingIndicator", "SimpleImputer"),
    "outliers": ("LogCp", "Winsorizer"),
    "passing": ("Passthrough",),
    "places": (
        "Bearing", "DistanceToPoints", "GeoDistanceFeatures", "NearestAnchor", "PointInBox", "PointInPolygon",
        "Speed", "UnitSphere",
    ),
    "presence": ("ArbitraryNumberImputer", "Coalesce", "EndTailImputer", "IsNull"),
    "projections": ("GaussianRandomProjection", "PCA", "RBFSampler", "SparseRandomProjection", "TruncatedSVD"),
    "scaling": (
        "MaxAbsScaler", "MeanNormalizationScaler", "MinMaxScaler", "Normalizer", "RobustScaler",
        "StandardScaler",
    ),
    "selection": (
        "DropConstantFeatures", "DropCorrelatedFeatures", "DropDuplicateFeatures", "SelectKBest",
        "SelectPercentile", "VarianceThreshold",
    ),
    "shapes": (
        "Abs", "ArcSin", "ArcSinh", "Ceil", "Clip", "Exp", "Floor", "Log", "Log1p", "Logit", "Power",
        "Reciprocal", "Round", "Sigmoid", "Sign", "Sqrt", "Square",
    ),
    "similarity": ("JaccardSimilarity", "JaroWinkler", "Levenshtein", "MinHash"),
    "targets": ("TargetEncoder",),
    "text": (
        "EmailDomain", "Length", "Lower", "NormalizeUnicode", "RegexExtract", "RegexReplace", "RemoveAccents",
        "RemovePunctuation", "Replace", "Strip", "TextToNumber", "Upper", "UrlDomain",
    ),
    "textfeatures": ("TextFeatures",),
    "tokens": ("CharNGrams", "RegexTokenizer", "Stem", "StopWordsRemover", "Tokenize", "WordNGrams"),
    "trees": ("DecisionTreeDiscretiser",),
    "vectorizers": ("CountVectorizer", "HashingVectorizer", "TfidfVectorizer"),
    "vectors": ("MapGet", "Unpack", "VectorAssembler", "VectorSlicer"),
    "weights": ("HashingTF", "IDF", "TfidfTransformer"),
    "wrapped": ("Wrap",),
}  # fmt: skip
