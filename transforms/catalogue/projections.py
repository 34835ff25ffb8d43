"""Many columns as few: directions in which they spread most, and random ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ropeway.transforms.catalogue.base import Input, State, Transform, Want, is_whole
from ropeway.transforms.errors import DataError, DeclarationError, SchemaError
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.statistics import Moments
from ropeway.transforms.statistics.moments import Known
from ropeway.transforms.statistics.products import Crossed, CrossMoments

__all__ = ["PCA", "GaussianRandomProjection", "RBFSampler", "SparseRandomProjection", "TruncatedSVD"]

Floats = npt.NDArray[np.float64]


def moments_first(known: Mapping[str, Any], width: int) -> Mapping[str, Want]:
    """What each column's moments are; in a first round."""
    return {} if known else {str(at): (Moments(), (at,)) for at in range(width)}


def then_crossed(
    what: object, inputs: Sequence[Input], known: Mapping[str, Any], *, centred: bool
) -> Mapping[str, Want]:
    """First each column's moments, and by them what the columns are together."""
    if not known:
        return moments_first(known, len(inputs))
    if "crossed" in known:
        return {}
    each = [finite(what, one.name, known[str(at)]) for at, one in enumerate(inputs)]
    return {"crossed": (CrossMoments.about(each, centred=centred), tuple(range(len(inputs))))}


def finite(what: object, column: str, known: Known) -> Known:
    """What is known of a column; raises `DataError` if it has infinite values."""
    if known.infinite:
        raise DataError(
            f"{what!r} of column {column!r}: {known.infinite:,} values are infinite. Clip them before, such as by "
            f"T.Clip, or replace them by None."
        )
    return known


def matrix(made: Builder, inputs: Sequence[Value], minus: Floats, weights: Floats, plus: Floats) -> list[Value]:
    """(x - minus) times each row of weights[outputs, columns], plus one number per output."""
    floats = np.concatenate([minus, weights.ravel(), plus])
    numbers = [made.number(one) for one in inputs]
    return made.emit("matrix", numbers, outputs=len(weights), floats=floats, more=len(weights), together=True)


def directions(products: Floats) -> tuple[Floats, Floats]:
    """Eigenvalues, falling, none below 0, and eigenvectors as rows, whose largest part is positive."""
    values, vectors = np.linalg.eigh(products)
    values, rows = np.maximum(values[::-1], 0.0), vectors[:, ::-1].T
    signs = np.sign(rows[np.arange(len(rows)), np.argmax(np.abs(rows), axis=1)])
    return values, rows * signs[:, None]


@dataclass(frozen=True, repr=False)
class PCA(Transform):
    """Principal components: the columns less their means, turned so that the first output spreads most, and so on.

    n_components: how many; a share of the variance below 1.0, of which as few as reach it are kept; None is as many as
    columns. whiten: each output has the variance 1. Outputs are named pca0, pca1, ... Scale the columns before, or
    those of large units rule.

    Covariances are those of exact sums, so that components have the same bits in any order of the rows; they are within
    1e-9 of scikit-learn's, but where two variances are about equal, where components are any turn of each other. Signs
    are scikit-learn's: the largest part of a component is positive (Spark's PCA keeps what LAPACK says, and does not
    subtract the mean). Rows with a missing value take no part, and all their outputs are missing.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.0, 2.0, 3.0, None], "y": [2.0, 4.0, 6.0, 8.0]})
    >>> (rw.Pipeline("p")["x", "y"] >> T.PCA(n_components=1)).fit(frame).transform(frame)["pca0"].round(6).tolist()
    [-2.236068, 0.0, 2.236068, nan]
    """

    n_components: int | float | None = None
    whiten: bool = False
    oracle = "sklearn.decomposition.PCA"

    def __post_init__(self) -> None:
        share = isinstance(self.n_components, float) and 0.0 < self.n_components < 1.0
        if self.n_components is not None and not is_whole(self.n_components, 1) and not share:
            raise DeclarationError(
                f"PCA(n_components={self.n_components!r}): expected a whole number, 1 or more, a share of the variance "
                f"below 1.0, or None for all."
            )
        self._one_of("whiten", True, False)

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        at_most(self, self.n_components, inputs)

    def wants(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Mapping[str, Want]:
        return then_crossed(self, inputs, known, centred=True)

    def learn(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Sequence[State]:
        found: Crossed = known["crossed"]
        if found.size < 2:
            raise DataError(f"{self!r}: {found.size} rows have a value in each column, and it takes two or more.")
        variances, components = directions(found.scatter / (found.size - 1))
        total = variances.sum()
        ratios = variances / total if total else np.zeros(len(variances))
        if self.n_components is None:
            kept = len(variances)
        elif isinstance(self.n_components, int):
            kept = self.n_components
        else:
            kept = min(int(np.searchsorted(np.cumsum(ratios), self.n_components, side="right")) + 1, len(variances))
        return [{
            "mean": found.mean, "components": components[:kept], "variances": variances[:kept],
            "ratios": ratios[:kept],
        }]  # fmt: skip

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [f"pca{at}" for at in range(len(states[0]["components"]))]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        (state,) = states
        weights = state["components"]
        if self.whiten:
            # the least deviation is scikit-learn's, so that a column which others tell does not blow up
            weights = weights / np.maximum(np.sqrt(state["variances"]), np.finfo(np.float64).eps)[:, None]
        return matrix(made, inputs, state["mean"], weights, np.zeros(len(weights)))


def at_most(what: object, wanted: object, inputs: Sequence[Input]) -> None:
    """Raise `SchemaError` for more components than columns."""
    if isinstance(wanted, int) and wanted > len(inputs):
        raise SchemaError(f"{what!r}: {len(inputs)} columns have no {wanted} components. Ask for fewer.")


@dataclass(frozen=True, repr=False)
class TruncatedSVD(Transform):
    """The columns, not centred, in the directions in which their squares are largest (latent semantic analysis).

    Outputs are named truncatedsvd0, ... Exact sums as for `PCA`, with scikit-learn's signs; its default algorithm is a
    random one, which is further off than this. Rows with a missing value take no part, and their outputs are missing.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [3.0, 0.0], "y": [4.0, 0.0]})
    >>> p = rw.Pipeline("p")["x", "y"] >> T.TruncatedSVD(n_components=1)
    >>> p.fit(frame).transform(frame)["truncatedsvd0"].round(6).tolist()
    [5.0, 0.0]
    """

    n_components: int = 2
    oracle = "sklearn.decomposition.TruncatedSVD"

    def __post_init__(self) -> None:
        self._positive("n_components")

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        at_most(self, self.n_components, inputs)

    def wants(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Mapping[str, Want]:
        return then_crossed(self, inputs, known, centred=False)

    def learn(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Sequence[State]:
        values, components = directions(known["crossed"].products)
        kept = self.n_components
        return [{"components": components[:kept], "singular_values": np.sqrt(values[:kept])}]

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [f"truncatedsvd{at}" for at in range(self.n_components)]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        weights = states[0]["components"]
        return matrix(made, inputs, np.zeros(len(inputs)), weights, np.zeros(len(weights)))


@dataclass(frozen=True, repr=False)
class _RandomProjection(Transform):
    """What random projections share: to how many columns they go, and by which seed."""

    n_components: int | Literal["auto"] = "auto"
    eps: float = 0.1
    random_state: int = 0

    def __post_init__(self) -> None:
        if self.n_components != "auto":
            self._positive("n_components")
        if not 0.0 < self.eps < 1.0:
            raise DeclarationError(f"{self!r}: expected an eps between 0 and 1.")
        if not is_whole(self.random_state, 0):
            raise DeclarationError(f"{self!r}: expected a random_state that is a whole number, 0 or more.")

    def wants(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Mapping[str, Want]:
        # a count of the rows; also where none is needed, so that the matrix is kept and not drawn anew
        return {} if known else {"0": (Moments(), (0,))}

    def learn(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Sequence[State]:
        kept = self.n_components
        if kept == "auto":
            found: Known = known["0"]
            rows = max(found.size + found.missing + found.infinite, 1)
            # Johnson and Lindenstrauss: distances of all pairs of rows are kept within eps
            kept = int(4 * math.log(rows) / (self.eps**2 / 2 - self.eps**3 / 3))
            if not 1 <= kept <= len(inputs):
                raise SchemaError(
                    f"{self!r}: to keep distances of {rows:,} rows within eps={self.eps} takes {kept:,} outputs, of "
                    f"{len(inputs)} columns. Take a larger eps, or say n_components."
                )
        return [{"components": self.drawn(kept, len(inputs), np.random.RandomState(self.random_state))}]

    def drawn(self, outputs: int, columns: int, random: np.random.RandomState) -> Floats:
        """The matrix, [outputs, columns]."""
        raise NotImplementedError("a subclass draws")

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [f"{type(self).__name__.lower()}{at}" for at in range(len(states[0]["components"]))]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        weights = states[0]["components"]
        return matrix(made, inputs, np.zeros(len(inputs)), weights, np.zeros(len(weights)))


@dataclass(frozen=True, repr=False)
class GaussianRandomProjection(_RandomProjection):
    """Sums of all columns with normal random weights, which keep distances of rows about as they are.

    n_components: how many outputs; "auto": as many as keep them within `eps`, by the number of rows. random_state: the
    seed (0 unless you say one: scikit-learn's None is another matrix each time); its matrix is scikit-learn's of the
    same seed. A missing value makes all outputs missing.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.0, 0.0], "y": [0.0, 2.0]})
    >>> p = rw.Pipeline("p")["x", "y"] >> T.GaussianRandomProjection(n_components=1)
    >>> p.fit(frame).transform(frame)["gaussianrandomprojection0"].round(6).tolist()
    [1.764052, 0.800314]
    """

    oracle = "sklearn.random_projection.GaussianRandomProjection"

    def drawn(self, outputs: int, columns: int, random: np.random.RandomState) -> Floats:
        return random.normal(loc=0.0, scale=1.0 / np.sqrt(outputs), size=(outputs, columns))


@dataclass(frozen=True, repr=False)
class SparseRandomProjection(_RandomProjection):
    """Sums and differences of a few columns each, which keep distances of rows about as they are (Li et al. 2006).

    density: of the weights that are not 0; "auto" is one over the root of the number of columns. The rest is as for
    `GaussianRandomProjection`; the matrix is scikit-learn's of the same seed.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.0, 0.0], "y": [0.0, 2.0]})
    >>> p = rw.Pipeline("p")["x", "y"] >> T.SparseRandomProjection(n_components=1, density=1.0)
    >>> p.fit(frame).transform(frame)["sparserandomprojection0"].tolist()
    [1.0, 2.0]
    """

    density: float | Literal["auto"] = "auto"
    oracle = "sklearn.random_projection.SparseRandomProjection"

    def __post_init__(self) -> None:
        super().__post_init__()
        given: Any = self.density
        if given != "auto" and (isinstance(given, str) or not 0.0 < given <= 1.0):
            raise DeclarationError(f"{self!r}: expected a density above 0, up to 1, or 'auto'.")

    def drawn(self, outputs: int, columns: int, random: np.random.RandomState) -> Floats:
        density = 1 / np.sqrt(columns) if isinstance(self.density, str) else self.density
        if density == 1:
            return np.asarray(1 / np.sqrt(outputs) * (random.binomial(1, 0.5, (outputs, columns)) * 2 - 1))
        chosen = [_chosen(columns, int(random.binomial(columns, density)), random) for _ in range(outputs)]
        signs = random.binomial(1, 0.5, size=sum(len(one) for one in chosen)) * 2 - 1
        made = np.zeros((outputs, columns))
        at = 0
        for row, places in zip(made, chosen, strict=True):
            row[places] = signs[at : at + len(places)]
            at += len(places)
        return np.asarray(np.sqrt(1 / density) / np.sqrt(outputs) * made)


def _chosen(size: int, count: int, random: np.random.RandomState) -> list[int]:
    """So many of the numbers below `size`, each once, drawn as scikit-learn draws them."""
    share = count / size
    if 0.01 < share < 0.99:
        return [int(one) for one in random.permutation(size)[:count]]
    if share < 0.2:
        seen: dict[int, None] = {}
        while len(seen) < count:
            seen[int(random.randint(size))] = None
        return list(seen)
    made = list(range(count))
    for at in range(count, size):
        place = int(random.randint(0, at + 1))
        if place < count:
            made[place] = at
    return made


@dataclass(frozen=True, repr=False)
class RBFSampler(Transform):
    """Random cosines of the columns, whose products are about the Gaussian kernel of two rows (Rahimi, Recht 2007).

    gamma: of the kernel exp(-gamma |x - y|^2); "scale" is one over the number of columns and the variance of all their
    values together. n_components, random_state: how many, and the seed (0 unless you say one); weights are
    scikit-learn's of the same seed. Outputs are named rbfsampler0, ...; a missing value makes all of them missing.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.0, None]})
    >>> p = rw.Pipeline("p")["x"] >> T.RBFSampler(n_components=2)
    >>> p.fit(frame).transform(frame).round(6).to_numpy().tolist()
    [[0.999999, -0.661547], [nan, nan]]
    """

    gamma: float | Literal["scale"] = 1.0
    n_components: int = 100
    random_state: int = 0
    oracle = "sklearn.kernel_approximation.RBFSampler"

    def __post_init__(self) -> None:
        self._positive("n_components")
        given: Any = self.gamma
        if given != "scale" and (isinstance(given, str) or not given >= 0):
            raise DeclarationError(f"RBFSampler(gamma={self.gamma!r}): expected a number, 0 or more, or 'scale'.")
        if not is_whole(self.random_state, 0):
            raise DeclarationError(f"{self!r}: expected a random_state that is a whole number, 0 or more.")

    def wants(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Mapping[str, Want]:
        if known:
            return {}
        return moments_first(known, len(inputs) if self.gamma == "scale" else 1)

    def learn(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Sequence[State]:
        if isinstance(self.gamma, str):
            every = [finite(self, one.name, known[str(at)]) for at, one in enumerate(inputs)]
            variance = Known.joined(every).variance()
            gamma = 1.0 / (len(inputs) * variance) if variance > 0 else 1.0
        else:
            gamma = float(self.gamma)
        random = np.random.RandomState(self.random_state)
        weights = math.sqrt(2.0 * gamma) * random.normal(size=(len(inputs), self.n_components))
        shifts = random.uniform(0, 2 * np.pi, size=self.n_components)
        return [{"weights": np.ascontiguousarray(weights.T), "shifts": shifts}]

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [f"rbfsampler{at}" for at in range(self.n_components)]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        (state,) = states
        turned = matrix(made, inputs, np.zeros(len(inputs)), state["weights"], state["shifts"])
        size = math.sqrt(2.0 / self.n_components)
        return [made.scaled(made.unary("cos", one), size, 0.0) for one in turned]
