"""Cases of bins that a tree finds; of one depth each, for folds are dealt in another order than feature_engine's."""

from collections.abc import Callable
from typing import Any

import pandas as pd
from feature_engine.discretisation import DecisionTreeDiscretiser

from ropeway import transforms as T
from tests.transforms.catalogue.cases import Case, feature_engine

COLUMNS = ("x", "small", "y")
THREE = {"max_depth": (3,), "min_samples_leaf": (5,)}


def _tame(frame: pd.DataFrame) -> pd.DataFrame:
    """Without numbers that float32, which scikit-learn's trees take, can't hold."""
    return frame.assign(x=frame["x"].clip(-1e6, 1e6))


def _oracle(y: str, **parameters: Any) -> Callable[..., Any]:
    grid: Any = {name: list(some) for name, some in THREE.items()}
    return feature_engine(DecisionTreeDiscretiser(param_grid=grid, random_state=0, **parameters), y)


CASES = [
    Case(
        T.DecisionTreeDiscretiser(param_grid=THREE), COLUMNS, _oracle("label"), y="label", within=1e-12, changed=_tame,
    ),
    Case(
        T.DecisionTreeDiscretiser(param_grid=THREE, bin_output="bin_number"), COLUMNS,
        _oracle("label", bin_output="bin_number"), y="label", ulps=0,
    ),
    Case(
        T.DecisionTreeDiscretiser(param_grid=THREE, regression=False, precision=3), COLUMNS,
        _oracle("late", regression=False, precision=3), y="late", changed=_tame,
    ),
    Case(
        T.DecisionTreeDiscretiser(cv=2), ("holes",), apart="which depth is best depends on how folds are dealt",
        y="label",
    ),
]  # fmt: skip
