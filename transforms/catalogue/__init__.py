"""The catalogue: transforms, a file per family, each loaded when one of its names is first used."""

#: the public names of each file
FAMILIES: dict[str, tuple[str, ...]] = {
    "scaling": ("MaxAbsScaler", "MinMaxScaler", "RobustScaler", "StandardScaler"),
    "missing": ("MissingIndicator", "SimpleImputer"),
    "categories": ("OneHotEncoder", "OrdinalEncoder"),
    "targets": ("TargetEncoder",),
    "crosses": ("HashedCross",),
    "text": ("Lower",),
    "passing": ("Passthrough",),
    "places": (
        "Bearing", "DistanceToPoints", "GeoDistanceFeatures", "NearestAnchor", "PointInBox", "PointInPolygon", "Speed",
        "UnitSphere",
    ),
    "projections": ("PCA", "GaussianRandomProjection", "RBFSampler", "SparseRandomProjection", "TruncatedSVD"),
    "selection": (
        "DropConstantFeatures", "DropCorrelatedFeatures", "DropDuplicateFeatures", "SelectKBest", "SelectPercentile",
        "VarianceThreshold",
    ),
    "lists": (
        "ListContains", "ListElement", "ListLength", "ListMax", "ListMean", "ListMin", "ListSlice", "ListStd",
        "ListSum", "TopKOfList",
    ),
    "vectors": ("MapGet", "Unpack", "VectorAssembler", "VectorSlicer"),
    "centroids": ("DistanceToCentroids",),
    "images": ("Image",),
    "wrapped": ("Wrap",),
    "cells": ("Geohash", "GridCell", "QuadKey"),
}  # fmt: skip
