"""Transforms of numbers: what they refuse, and what their oracles have no word for."""

import math
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import ropeway as rw
from ropeway.transforms.clusters import centres_of
from ropeway.transforms.likelihood import Likelihood

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: what is refused is no type of a parameter
T: Any = import_module("ropeway.transforms")

FRAME = pd.DataFrame({"x": [1.0, 2.0, 4.0, math.inf], "low": [-1.0, 0.0, 1.0, 2.0], "text": list("abcd")})


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        (lambda: T.Normalizer("l3"), "norm='l3'.*'l1' or 'l2' or 'max'"),
        (lambda: T.Log(base="3"), "base='3'.*'e' or '2' or '10'"),
        (lambda: T.LogCp(C=math.nan), "C=nan.*'auto' or a finite number"),
        (lambda: T.ArcSinh(scale=0), "scale=0.*above 0"),
        (lambda: T.Power(math.inf), "exponent=inf.*finite number"),
        (lambda: T.Power("2"), "exponent='2'.*finite number"),
        (T.Clip, "expected a lower limit, an upper one"),
        (lambda: T.Clip(2, 1), "an upper one that is not below it"),
        (lambda: T.Round(0.5), "digits=0.5.*whole number from -300 to 300"),
        (lambda: T.Round(400), "digits=400"),
        (lambda: T.PowerTransformer("log"), "method='log'.*'yeo-johnson' or 'box-cox'"),
        (lambda: T.QuantileTransformer(0), "n_quantiles=0.*1 or more"),
        (lambda: T.QuantileTransformer(output_distribution="gauss"), "'uniform' or 'normal'"),
        (lambda: T.RankNorm(offset=0.5), "offset=0.5.*less than 0.5"),
        (lambda: T.Winsorizer("sd"), "capping_method='sd'"),
        (lambda: T.Winsorizer(tail="top"), "tail='top'"),
        (lambda: T.Winsorizer(fold=-1), "fold=-1.*a number above 0"),
        (lambda: T.Winsorizer("quantiles", fold=0.5), "a share below 0.5"),
        (lambda: T.PolynomialFeatures((3, 2)), r"degree=\(3, 2\).*a lower and a higher one"),
        (lambda: T.PolynomialFeatures((1, 2, 3)), "a lower and a higher one"),
        (lambda: T.PolynomialFeatures(0, include_bias=False), "no column at all"),
        (lambda: T.SplineTransformer(1), "n_knots=1.*2 or more"),
        (lambda: T.SplineTransformer(degree=-1), "degree=-1.*0 or more"),
        (lambda: T.SplineTransformer(knots=(1.0, 1.0)), "2 or more rising numbers"),
        (lambda: T.SplineTransformer(knots="even"), "'uniform' or 'quantile'"),
        (lambda: T.SplineTransformer(3, extrapolation="periodic"), "more knots than their degree"),
        (lambda: T.Interaction(sizes=(0, 1)), r"sizes=\(0, 1\)"),
        (lambda: T.ElementwiseProduct([1, 2]), "a tuple of finite numbers"),
        (lambda: T.Ratio(fill_value=math.nan), "fill_value=nan"),
        (lambda: T.Compare("=<"), "operator='=<'"),
        (lambda: T.MathFeatures("mode"), "func=.*sum, mean, prod"),
        (lambda: T.MathFeatures(("sum", "sum")), "each once"),
        (lambda: T.MathFeatures("sum", new_variables_names=("a", "b")), "a tuple of 1 new_variables_names"),
        (lambda: T.RelativeFeatures(reference=(), func=("add",)), "a tuple of column names"),
        (lambda: T.RelativeFeatures(reference=("x",), func=("plus",)), "some of add, sub"),
        (lambda: T.Binarizer(threshold=math.nan), "threshold=nan"),
        (lambda: T.Bucketizer((0.0, 1.0)), "3 or more rising numbers"),
        (lambda: T.Bucketizer((0.0, 2.0, 1.0)), "3 or more rising numbers"),
        (lambda: T.KBinsDiscretizer(1), "n_bins=1.*2 or more"),
        (lambda: T.KBinsDiscretizer(quantile_method="nearest"), "quantile_method='nearest'"),
        (lambda: T.GeometricWidthDiscretiser(0), "bins=0.*1 or more"),
        (lambda: T.PiecewiseLinearEncoder(0), "n_bins=0.*1 or more"),
        (lambda: T.HashedBucket(seed=-1), "a seed that is a whole number"),
        (lambda: T.DecisionTreeDiscretiser(cv=1), "cv=1.*2 or more"),
        (lambda: T.DecisionTreeDiscretiser(precision=0), "precision=0.*1 or more"),
        (lambda: T.DecisionTreeDiscretiser(param_grid=3), "tuples by the names of parameters"),
    ],
)
def test_a_parameter_that_means_nothing_is_refused_where_it_is_declared(declared: Callable[[], Any], said: str) -> None:
    with pytest.raises(rw.DeclarationError, match=said):
        declared()


def fitted(transform: Any, *columns: str, y: str | None = None) -> Any:
    return (rw.Pipeline("p")[list(columns)] >> transform).fit(FRAME, y=y)


@pytest.mark.parametrize(
    ("transform", "columns", "said"),
    [
        (T.Abs(), ("text",), "column 'text': expected numbers"),
        (T.Ratio(), ("x",), "two columns or more, .* got 'x' alone"),
        (T.DotProduct(), ("x",), "two vectors of one length.*got 1 columns"),
        (T.ElementwiseProduct((1.0, 2.0)), ("x",), "2 weights for 1 columns"),
        (T.Interaction(sizes=(2, 2)), ("x", "low"), "groups of 4 columns, and there are 2"),
        (T.RelativeFeatures(("y",), ("add",)), ("x", "low"), "does not select 'y', but 'x', 'low'"),
        (T.RelativeFeatures(("x",), ("add",)), ("x",), "no column beside the reference"),
    ],
    ids=repr,
)
def test_columns_that_do_not_fit_are_refused(transform: Any, columns: tuple[str, ...], said: str) -> None:
    with pytest.raises(rw.SchemaError, match=said):
        fitted(transform, *columns)


@pytest.mark.parametrize(
    "transform",
    [
        T.MeanNormalizationScaler(), T.PowerTransformer(), T.QuantileTransformer(), T.Winsorizer(), T.Winsorizer("mad"),
        T.LogCp(), T.SplineTransformer(), T.SplineTransformer(knots="quantile"), T.KBinsDiscretizer(),
        T.KBinsDiscretizer(strategy="uniform"), T.GeometricWidthDiscretiser(), T.PiecewiseLinearEncoder(),
    ],
    ids=repr,
)  # fmt: skip
def test_infinite_values_are_refused_by_what_learns(transform: Any) -> None:
    with pytest.raises(rw.DataError, match=r"column 'x': 1 values are infinite. Clip them before"):
        fitted(transform, "x")


def test_box_cox_refuses_what_is_not_positive() -> None:
    with pytest.raises(rw.DataError, match=r"least value is -1, and Box-Cox takes positive.*yeo-johnson"):
        fitted(T.PowerTransformer("box-cox"), "low")


def test_values_outside_of_splits_and_knots_are_refused_in_columns_and_rows() -> None:
    for transform, said in (
        (T.Bucketizer((0.0, 1.0, 2.0)), r"expected numbers from 0 to 2.*handle_invalid=\"skip\""),
        (T.SplineTransformer(knots=(0.0, 1.0, 2.0), degree=1, extrapolation="error"), "expected values from 0 to 2"),
    ):
        made = fitted(transform, "low")
        with pytest.raises(rw.DataError, match=rf"1 of 4 rows hold -1.0: {said}"):
            made.transform(FRAME)
        with pytest.raises(rw.DataError, match=rf"the row holds -1.0: {said}"):
            made.row()({"low": -1.0})


def test_a_tree_needs_rows_and_classes() -> None:
    with pytest.raises(rw.DataError, match="3 rows have a finite value and target, too few for 5 folds"):
        fitted(T.DecisionTreeDiscretiser(cv=5), "x", y="low")
    with pytest.raises(rw.DataError, match=r"a target of 0 and 1, got \[-1.0, 0.0, 1.0, 2.0\]"):
        (rw.Pipeline("p")["low2"] >> T.DecisionTreeDiscretiser(regression=False)).fit(
            FRAME.assign(low2=FRAME["low"]), y="low"
        )


def test_what_has_no_spread_is_not_capped() -> None:
    frame = pd.DataFrame({"x": [1.0] * 9 + [50.0]})
    made = (rw.Pipeline("p")["x"] >> T.Winsorizer("iqr")).fit(frame).transform(frame)
    assert made["x"].tolist() == frame["x"].tolist()


@pytest.mark.parametrize(
    "transform",
    [
        T.PowerTransformer(), T.PowerTransformer("box-cox"), T.QuantileTransformer(), T.RankNorm(), T.Winsorizer("mad"),
        T.LogCp(), T.SplineTransformer(), T.KBinsDiscretizer(), T.KBinsDiscretizer(strategy="kmeans"),
        T.GeometricWidthDiscretiser(), T.PiecewiseLinearEncoder(), T.MeanNormalizationScaler(),
    ],
    ids=repr,
)  # fmt: skip
def test_a_column_without_values_can_be_learned_and_later_numbers_pass(transform: Any) -> None:
    made = (rw.Pipeline("p")["x"] >> transform).fit(pd.DataFrame({"x": [math.nan, math.nan]}))
    with np.errstate(all="raise"):
        given = made.transform(pd.DataFrame({"x": [1.0, math.nan]}))
    assert len(given) == 2
    assert made.row()({"x": 1.0}).shape == (given.shape[1],)


def test_an_exponent_is_found_far_from_1_and_where_powers_overflow() -> None:
    random = np.random.default_rng(4)
    normal = np.sort(random.normal(10, 1, 4000))
    ones = np.ones(len(normal), np.int64)
    for exponent in (-3.0, 0.25, 6.0):
        of = normal ** (1 / exponent)
        order = np.argsort(of)
        assert abs(Likelihood(of[order], ones, box_cox=True).best() - exponent) < 0.5 * abs(exponent)
    huge = np.sort(np.exp(random.normal(200, 100, 4000)))
    assert abs(Likelihood(huge, ones, box_cox=True).best()) < 1e-3
    both = np.sort(np.concatenate([-huge[::3], huge]))
    assert math.isfinite(Likelihood(both, np.ones(len(both), np.int64), box_cox=False).best())


def test_counts_are_rows() -> None:
    values, counts = np.array([1.0, 2.0, 3.0, 9.0, 10.0]), np.array([3, 1, 2, 5, 1])
    rows = np.repeat(values, counts)
    ones = np.ones(len(rows), np.int64)
    assert Likelihood(values, counts, box_cox=True).best() == pytest.approx(Likelihood(rows, ones, box_cox=True).best())
    found = centres_of(values, counts, np.array([1.0, 3.0]))
    assert found.tolist() == pytest.approx([11 / 6, 55 / 6])


def test_more_clusters_than_values_are_the_values() -> None:
    assert centres_of(np.array([1.0, 2.0]), np.array([5, 1]), np.array([0.0, 1.0, 2.0])).tolist() == [1.0, 2.0]


def test_spark_says_the_same_where_it_has_them(spark: "SparkSession") -> None:
    from pyspark.ml import feature as ml
    from pyspark.ml.functions import vector_to_array
    from pyspark.ml.linalg import Vectors
    from pyspark.sql.functions import col

    random = np.random.default_rng(6)
    frame = pd.DataFrame({name: random.normal(size=50).clip(-2, 2) for name in "abcd"}).assign(n=np.arange(50))
    # splits themselves, the last one too
    frame.loc[:4, "a"] = [-2.0, 0.0, 1.0, 2.0, math.nan]
    splits = [-2.0, 0.0, 1.0, 2.0]
    there = spark.createDataFrame(frame)
    for one in (
        ml.Bucketizer(splits=splits, inputCol="a", outputCol="bucket", handleInvalid="keep"),
        ml.VectorAssembler(inputCols=["b", "c", "d"], outputCol="vector"),
        ml.VectorAssembler(inputCols=["c", "d"], outputCol="two"),
        ml.Interaction(inputCols=["b", "two"], outputCol="products"),
        ml.ElementwiseProduct(scalingVec=Vectors.dense(2.0, 0.0, -1.5), inputCol="vector", outputCol="weighted"),
        ml.DCT(inputCol="vector", outputCol="cosines"),
    ):
        there = one.transform(there)
    wanted = there.select(
        "n", "bucket", *(vector_to_array(col(name)).alias(name) for name in ("products", "weighted", "cosines"))
    ).toPandas().sort_values("n")  # fmt: skip
    p = rw.Pipeline("p")["a"] >> T.Bucketizer(tuple(splits), handle_invalid="keep")
    p = p["b", "c", "d"] >> T.Interaction(sizes=(1, 2))
    p = p["b", "c", "d"] >> T.ElementwiseProduct((2.0, 0.0, -1.5))
    made = (p["b", "c", "d"] >> T.DCT()).fit(frame).transform(frame).to_numpy()
    assert made[:, 0].tolist() == wanted["bucket"].tolist()
    assert made[:, 1:3].tolist() == wanted["products"].tolist()
    assert made[:, 3:6].tolist() == wanted["weighted"].tolist()
    np.testing.assert_allclose(made[:, 6:], np.array(wanted["cosines"].tolist()), rtol=0, atol=1e-14)


def test_a_bucket_is_that_of_a_cross_of_one_column() -> None:
    frame = pd.DataFrame({"x": [1.5, -0.0, 0.0], "n": [2**60, 2**60 + 1, -1]})
    for name in frame:
        one = (rw.Pipeline("p")[name] >> T.HashedBucket(n_bins=10**6, seed=9)).fit(frame).transform(frame)
        other = (rw.Pipeline("p")[name] >> T.HashedCross(n_bins=10**6, seed=9)).fit(frame).transform(frame)
        assert one[name].tolist() == other[name].tolist()
        assert one[name].nunique() == (2 if name == "x" else 3)
