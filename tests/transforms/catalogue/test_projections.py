"""What projections refuse, their matrices, and the exact sums that they are made of."""

from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.utils.random import sample_without_replacement

import ropeway as rw
from ropeway import transforms as T
from ropeway.transforms.catalogue.projections import _chosen
from ropeway.transforms.statistics import Moments
from ropeway.transforms.statistics.products import CrossMoments

SOME = pd.DataFrame({"x": [1.0, 2.0, 4.0], "y": [0.0, 1.0, 0.0]})


def fitted(transform: Any, frame: pd.DataFrame = SOME) -> Any:
    return (rw.Pipeline("p")[list(frame)] >> transform).fit(frame)


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: T.PCA(n_components=0), "expected a whole number, 1 or more, a share"),
        (lambda: T.PCA(n_components=1.5), "expected a whole number, 1 or more, a share"),
        (lambda: T.TruncatedSVD(n_components=0), "expected a whole number"),
        (lambda: T.GaussianRandomProjection(n_components=-1), "expected a whole number"),
        (lambda: T.GaussianRandomProjection(eps=0), "an eps between 0 and 1"),
        (lambda: T.SparseRandomProjection(density=2.0), "a density above 0"),
        (lambda: T.SparseRandomProjection(random_state=-1), "random_state that is a whole"),
        (lambda: T.RBFSampler(gamma=-1.0), "expected a number, 0 or more"),
        (lambda: T.RBFSampler(n_components=0), "expected a whole number"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_is_declared(declare: Any, message: str) -> None:
    with pytest.raises(rw.DeclarationError, match=message):
        declare()


def test_more_components_than_columns_are_refused() -> None:
    for transform in (T.PCA(n_components=3), T.TruncatedSVD(n_components=3)):
        with pytest.raises(rw.SchemaError, match="2 columns have no 3 components"):
            fitted(transform)
    with pytest.raises(rw.SchemaError, match="takes 941 outputs, of 2 columns"):
        fitted(T.GaussianRandomProjection())


def test_values_of_which_nothing_can_be_made_are_refused() -> None:
    with pytest.raises(rw.DataError, match="1 values are infinite"):
        fitted(T.PCA(), pd.DataFrame({"x": [1.0, np.inf, 2.0], "y": [1.0, 2.0, 3.0]}))
    with pytest.raises(rw.DataError, match="1 rows have a value in each column, and it takes two"):
        fitted(T.PCA(), pd.DataFrame({"x": [1.0, None, 2.0], "y": [1.0, 2.0, None]}))
    with pytest.raises(rw.DataError, match="products do not fit"):
        fitted(T.PCA(), pd.DataFrame({"x": [1.7e308, -1.7e308], "y": [1.0, 2.0]}))


def test_auto_takes_as_many_as_keep_distances() -> None:
    random = np.random.default_rng(0)
    wide = pd.DataFrame(random.normal(size=(30, 100)), columns=[f"c{at}" for at in range(100)])
    assert len(fitted(T.GaussianRandomProjection(eps=0.9), wide).names) == 83
    assert len(fitted(T.SparseRandomProjection(eps=0.9), wide).names) == 83


@pytest.mark.parametrize(("size", "count"), [(10, 5), (1000, 3), (1000, 995), (5, 0), (5, 5)])
def test_columns_are_drawn_as_scikit_learn_draws_them(size: int, count: int) -> None:
    random = np.random.RandomState(3)
    wanted = sample_without_replacement(size, count, random_state=np.random.RandomState(3))
    assert sorted(_chosen(size, count, random)) == sorted(wanted.tolist())


def test_columns_without_spread_give_components_of_nothing() -> None:
    flat = pd.DataFrame({"x": [5.0, 5.0], "y": [1.0, 1.0]})
    assert fitted(T.PCA(whiten=True), flat).transform(flat).to_numpy().tolist() == [[0.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize("scale", [1.0, 1e-140, 1e140])
def test_sums_of_products_are_those_of_fractions_whatever_the_pieces(scale: float) -> None:
    random = np.random.default_rng(1)
    columns = [random.normal(size=9_000) * scale, random.exponential(size=9_000) + 1e6, random.normal(size=9_000)]
    columns[2] += columns[1]
    columns[0][5] = np.nan
    known = [Moments().finish(Moments().of([column])) for column in columns]
    asked = CrossMoments.about(known)
    order = random.permutation(9_000)
    pieces = [asked.of([column[order[first : first + 7777]] for column in columns]) for first in range(0, 9_000, 7777)]
    found, again = asked.finish(asked.of(columns)), asked.finish(asked.merge(pieces[::-1]))
    assert (found.scatter == again.scatter).all()
    assert (found.mean == again.mean).all()
    whole = [[Fraction(x) for x in np.delete(column, 5).tolist()] for column in columns]
    for i, one in enumerate(whole):
        for j, other in enumerate(whole):
            wanted = sum(x * y for x, y in zip(one, other, strict=True)) - sum(one) * sum(other) / len(one)
            spread = np.sqrt(found.scatter[i, i]) * np.sqrt(found.scatter[j, j])
            assert abs(float((wanted - Fraction(float(found.scatter[i, j]))) / Fraction(float(spread)))) < 1e-12


def test_no_rows_are_known_as_none() -> None:
    asked = CrossMoments((0.0,), (0,))
    found = asked.finish(asked.of([np.empty(0)]))
    assert found.size == 0
    assert np.isnan(found.mean).all()
    assert np.isnan(found.correlation()).all()
