"""Numbers as bins that a tree has found to tell the target."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from ropeway.transforms.catalogue.base import TARGET, Input, OfColumn, State, Want, is_whole
from ropeway.transforms.errors import DataError, DeclarationError, MissingDependencyError
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.statistics import Rows, Statistic

__all__ = ["DecisionTreeDiscretiser"]


@dataclass(frozen=True, repr=False)
class DecisionTreeDiscretiser(OfColumn):
    """What a small decision tree of one column says of the target, or the number of its leaf, from the least on.

    bin_output: "prediction", the mean of the target in the leaf, of classes 0 and 1 the share of 1
    (regression=False), rounded to `precision` decimals if that is given; or "bin_number". param_grid: the trees that
    are tried, by default of depth 1 to 4; which is best is found by `cv` folds and `scoring`, as scikit-learn names it.

    Up to 200,000 rows take part, beyond it a sample by the hashes of their values; they are dealt into folds in the
    order of those hashes, so that the tree does not depend on how rows come, where feature_engine's does. Rows whose
    value or target is missing take no part; missing stays missing. A tree compares values as float32. A row sees its
    own target: to train on the same rows, take few leaves, or `TargetEncoder`. Fitting needs scikit-learn.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"x": [1.0, 2.0, 3.0, 7.0, 8.0, 9.0, None], "y": [0.0, 0.5, 1.0, 5.0, 6.0, 7.0, 9.0]})
    >>> tree = T.DecisionTreeDiscretiser(param_grid={"max_depth": (1,)})
    >>> (rw.Pipeline("p")["x"] >> tree).fit(frame, y="y").transform(frame)["x"].tolist()
    [0.5, 0.5, 0.5, 6.0, 6.0, 6.0, nan]
    """

    supervised = True
    bin_output: Literal["prediction", "bin_number"] = "prediction"
    precision: int | None = None
    cv: int = 3
    scoring: str = "neg_mean_squared_error"
    param_grid: Mapping[str, tuple[Any, ...]] | None = field(default=None, hash=False)
    regression: bool = True
    random_state: int = 0
    oracle = "feature_engine.discretisation.DecisionTreeDiscretiser"

    def __post_init__(self) -> None:
        self._one_of("bin_output", "prediction", "bin_number")
        if self.precision is not None and not is_whole(self.precision, 1):
            raise DeclarationError(
                f"DecisionTreeDiscretiser(precision={self.precision!r}): expected None or a whole number, 1 or more."
            )
        if not is_whole(self.cv, 2):
            raise DeclarationError(f"DecisionTreeDiscretiser(cv={self.cv!r}): expected a number of folds, 2 or more.")
        if self.param_grid is not None and not isinstance(self.param_grid, Mapping):
            raise DeclarationError(
                f"DecisionTreeDiscretiser(param_grid={self.param_grid!r}): expected tuples by the names of parameters."
            )

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic | Want]:
        return {} if known else {"rows": (Rows(), (0, TARGET))}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        rows = known["rows"].rows
        rows = rows[np.isfinite(rows).all(axis=1)]
        if len(rows) < self.cv:
            raise DataError(
                f"{self!r} of column {column.name!r}: {len(rows)} rows have a finite value and target, too few for "
                f"{self.cv} folds."
            )
        values, target = rows[:, :1], rows[:, 1]
        if not self.regression and not set(np.unique(target)) <= {0.0, 1.0}:
            raise DataError(f"{self!r}: expected a target of 0 and 1, got {np.unique(target)[:5].tolist()}.")
        tree = self._grown(values, target).tree_
        inner = tree.feature >= 0
        thresholds = np.sort(tree.threshold[inner])
        # leaves from the least value on: as a walk through the tree, lower side first, meets them
        leaves: list[float] = []
        waiting = [0]
        while waiting:
            at = waiting.pop()
            if inner[at]:
                waiting += [int(tree.children_right[at]), int(tree.children_left[at])]
            else:
                leaves.append(self._said(tree.value[at, 0]))
        return {"thresholds": _as_doubles(thresholds), "leaves": np.array(leaves)}

    def _grown(self, values: Any, target: Any) -> Any:
        try:
            from sklearn.model_selection import GridSearchCV
            from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
        except ImportError as error:
            raise MissingDependencyError(
                "trees are grown by scikit-learn: pip install 'ropeway[models]'. What is fitted needs it no more."
            ) from error
        kind = DecisionTreeRegressor if self.regression else DecisionTreeClassifier
        given = self.param_grid or {"max_depth": (1, 2, 3, 4)}
        grid = {name: list(some) for name, some in given.items()}
        search = GridSearchCV(kind(random_state=self.random_state), grid, cv=self.cv, scoring=self.scoring)
        return search.fit(values, target).best_estimator_

    def _said(self, value: Any) -> float:
        """What a leaf says: the mean, or the share of the last class."""
        if self.regression:
            said = float(value[0])
        else:
            said = float(value[-1] / value.sum()) if len(value) > 1 else float("nan")
        return said if self.precision is None else float(np.round(said, self.precision))

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        edges, leaves = state["thresholds"], state["leaves"]
        place = made.emit("bin", [made.number(value)], floats=edges, count=len(edges), more=1)
        if self.bin_output == "bin_number":
            return place
        table = np.concatenate([leaves, [math.nan, math.nan]])
        return made.emit("take", place, floats=table, count=len(leaves), more=1)


def _as_doubles(thresholds: Any) -> Any:
    """The largest doubles that are not above the thresholds once they are float32, which a tree makes of values."""
    below = thresholds.astype(np.float32)
    below = np.where(below > thresholds, np.nextafter(below, np.float32(-np.inf)), below).astype(np.float32)
    above = np.nextafter(below, np.float32(np.inf))
    # what lies in the middle of two float32 is rounded to the even one
    middle = (below.astype(np.float64) + above.astype(np.float64)) / 2
    return np.where(middle.astype(np.float32) == below, middle, np.nextafter(middle, -np.inf))
