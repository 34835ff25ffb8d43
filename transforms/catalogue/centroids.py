"""Groups of rows that lie together, by their centres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ropeway.transforms.catalogue.base import Input, State, Transform, Want, is_whole
from ropeway.transforms.errors import DataError, DeclarationError, SchemaError
from ropeway.transforms.kernels.centroids import assign, sums
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.statistics import Rows

__all__ = ["DistanceToCentroids"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class DistanceToCentroids(Transform):
    """How far a row is from each of the centres that k-means finds, as `KMeans.transform` of scikit-learn.

    n_clusters: how many centres. init: "k-means++", drawn by `random_state`, or the centres to start from, one tuple of
    the columns' values each. max_iter, tol: it ends after so many rounds, or once centres move less than `tol` of the
    columns' mean variance. output: "distances", named distancetocentroids0, ..., or "label", the number of the nearest
    centre, of equals the first.

    It learns from at most 200,000 rows, those with the least hashes of their values, one after the other in that order:
    so the centres are the same bits in whatever order rows come. From the same start they are scikit-learn's; its own
    draws are others. Rows with a missing value take no part, and their outputs are missing. Scale the columns before.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [0.0, 2.0, 10.0, 12.0, None], "y": [0.0, 0.0, 5.0, 5.0, 1.0]})
    >>> near = T.DistanceToCentroids(n_clusters=2, output="label", init=((0, 0), (9, 9)))
    >>> p = rw.Pipeline("p")["x", "y"] >> near
    >>> p.fit(frame).transform(frame)["distancetocentroids_label"].tolist()
    [0.0, 0.0, 1.0, 1.0, nan]
    """

    n_clusters: int = 8
    init: Literal["k-means++"] | tuple[tuple[float, ...], ...] = "k-means++"
    max_iter: int = 300
    tol: float = 1e-4
    random_state: int = 0
    output: Literal["distances", "label"] = "distances"
    oracle = "sklearn.cluster.KMeans"

    def __post_init__(self) -> None:
        self._positive("n_clusters", "max_iter")
        self._one_of("output", "distances", "label")
        if not self.tol >= 0 or not is_whole(self.random_state, 0):
            raise DeclarationError(f"{self!r}: expected a tol and a random_state of 0 or more.")
        given: Any = self.init
        if given != "k-means++":
            if isinstance(given, str) or len(given) != self.n_clusters or len({len(one) for one in given}) != 1:
                raise DeclarationError(
                    f"DistanceToCentroids(init={given!r}): expected 'k-means++', or {self.n_clusters} tuples of one "
                    f"length."
                )
            object.__setattr__(self, "init", tuple(tuple(float(x) for x in one) for one in given))

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        if not isinstance(self.init, str) and len(self.init[0]) != len(inputs):
            raise SchemaError(f"{self!r}: its centres have {len(self.init[0])} values, for {len(inputs)} columns.")

    def wants(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Mapping[str, Want]:
        return {} if known else {"rows": (Rows(), tuple(range(len(inputs))))}

    def learn(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Sequence[State]:
        rows = known["rows"].rows
        if np.isinf(rows).any():
            raise DataError(f"{self!r}: some values are infinite. Clip them before, such as by T.Clip.")
        rows = np.ascontiguousarray(rows[~np.isnan(rows).any(axis=1)])
        if len(rows) < self.n_clusters:
            raise DataError(f"{self!r}: {len(rows):,} rows have a value in each column: that is fewer than centres.")
        # about their mean, so that far from 0 distances keep their digits
        mean = rows.mean(axis=0)
        rows -= mean
        if isinstance(self.init, str):
            centres = _drawn(rows, self.n_clusters, np.random.RandomState(self.random_state))
        else:
            centres = np.array(self.init) - mean
        return [{"centres": _settled(rows, centres, self.max_iter, self.tol * float(rows.var(axis=0).mean())) + mean}]

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        if self.output == "label":
            return ["distancetocentroids_label"]
        return [f"distancetocentroids{at}" for at in range(self.n_clusters)]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        centres = states[0]["centres"]
        numbers = [made.number(one) for one in inputs]
        far = made.emit("distances", numbers, outputs=len(centres), floats=centres, more=len(centres), together=True)
        return made.emit("which_least", far, together=True) if self.output == "label" else far


def _drawn(rows: Floats, count: int, random: np.random.RandomState) -> Floats:
    """Rows to start from, each the more likely the further it is from those before (Arthur, Vassilvitskii 2007).

    Of a few draws that one is taken which leaves the least squared distances.
    """
    tries = 2 + int(np.log(count))
    chosen = [int(random.randint(len(rows)))]
    nearest = ((rows - rows[chosen[0]]) ** 2).sum(axis=1)
    for _ in range(1, count):
        marks = np.cumsum(nearest)
        places = np.searchsorted(marks, random.uniform(size=tries) * marks[-1])
        each = [np.minimum(nearest, ((rows - rows[at]) ** 2).sum(axis=1)) for at in np.minimum(places, len(rows) - 1)]
        best = int(np.argmin([one.sum() for one in each]))
        nearest = each[best]
        chosen.append(int(min(places[best], len(rows) - 1)))
    return rows[chosen]


def _settled(rows: Floats, centres: Floats, rounds: int, tol: float) -> Floats:
    """The centres after Lloyd's rounds; a centre that lost all its rows moves to the row that is furthest away."""
    labels, far = np.full(len(rows), -1, np.int64), np.empty(len(rows))
    for _ in range(rounds):
        if not assign(rows, centres, labels, far):
            break
        totals, counts = np.zeros(centres.shape), np.zeros(len(centres), np.int64)
        sums(rows, labels, totals, counts)
        empty = np.flatnonzero(counts == 0)
        for at, row in zip(empty, np.argsort(-far, kind="stable"), strict=False):
            totals[labels[row]] -= rows[row]
            counts[labels[row]] -= 1
            totals[at], counts[at] = rows[row], 1
        moved = totals / np.maximum(counts, 1)[:, None]
        shift = float(((moved - centres) ** 2).sum())
        centres = moved
        if shift <= tol:
            break
    return centres
