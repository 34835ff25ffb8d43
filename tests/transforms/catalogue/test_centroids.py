"""What centres refuse, and how good they are."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans

import ropeway as rw
from ropeway import transforms as T


def fitted(transform: Any, frame: pd.DataFrame) -> Any:
    return (rw.Pipeline("p")[list(frame)] >> transform).fit(frame)


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: T.DistanceToCentroids(0), "1 or more"),
        (lambda: T.DistanceToCentroids(2, init=((1.0,),)), "or 2 tuples of one length"),
        (lambda: T.DistanceToCentroids(init="random"), "expected 'k-means.*', or 8 tuples"),  # type: ignore[arg-type]
        (lambda: T.DistanceToCentroids(tol=-1), "a tol and a random_state of 0 or more"),
        (lambda: T.DistanceToCentroids(output="squares"), "expected 'distances' or"),  # type: ignore[arg-type]
    ],
)
def test_what_makes_no_sense_is_refused_where_it_is_declared(declare: Any, message: str) -> None:
    with pytest.raises(rw.DeclarationError, match=message):
        declare()


def test_rows_and_columns_that_do_not_fit_are_refused() -> None:
    with pytest.raises(rw.SchemaError, match="its centres have 2 values, for 1 columns"):
        fitted(T.DistanceToCentroids(1, init=((1, 2),)), pd.DataFrame({"x": [1.0]}))
    with pytest.raises(rw.DataError, match="1 rows have a value in each column"):
        fitted(T.DistanceToCentroids(2), pd.DataFrame({"x": [1.0, None]}))
    with pytest.raises(rw.DataError, match="infinite"):
        fitted(T.DistanceToCentroids(1), pd.DataFrame({"x": [1.0, np.inf]}))


def test_groups_that_lie_apart_are_found_as_scikit_learn_finds_them() -> None:
    random = np.random.default_rng(0)
    middles = random.uniform(-50, 50, size=(6, 2))
    points = np.concatenate([middle + random.normal(size=(60, 2)) for middle in middles])
    frame = pd.DataFrame(points, columns=["x", "y"])
    made = fitted(T.DistanceToCentroids(6), frame).transform(frame)
    wanted = KMeans(6, n_init=5, random_state=0).fit(points).inertia_
    assert float((made.min(axis=1) ** 2).sum()) == pytest.approx(wanted, rel=1e-9)


def test_a_centre_that_loses_its_rows_moves_to_the_furthest_one() -> None:
    frame = pd.DataFrame({"x": [0.0, 1.0, 2.0, 50.0]})
    made = fitted(T.DistanceToCentroids(3, init=((0.0,), (1.0,), (1000.0,))), frame)
    assert sorted(made.states["0.0"][0]["centres"].ravel().tolist()) == [0.0, 1.5, 50.0]
    wanted = KMeans(3, init=np.array([[0.0], [1.0], [1000.0]]), n_init=1).fit(frame.to_numpy())
    assert sorted(wanted.cluster_centers_.ravel().tolist()) == [0.0, 1.5, 50.0]
