"""What a model makes of the outputs of a pipeline, told by the columns of the frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ropeway.transforms.errors import UsageError
from ropeway.transforms.pipeline.fitted import FittedPipeline


def by_column(fitted: FittedPipeline, model: Any) -> pd.DataFrame:
    """`column`, `importance`, `outputs`: a row for each column that is read, the most important first.

    The importance of an output is the model's `feature_importances_`, or the absolute value of its `coef_` (of several
    classes their mean); one that is made of several columns counts for each in equal parts.
    """
    values = _importances(fitted, model)
    found = {name: [0.0, 0] for name in fitted.inputs.names}
    for name, value in zip(fitted.names, values.tolist(), strict=True):
        columns = fitted.lineage(name).columns
        for column in columns:
            found[column][0] += value / len(columns)
            found[column][1] += 1
    rows = [(column, total, outputs) for column, (total, outputs) in found.items() if outputs]
    rows.sort(key=lambda row: -row[1])
    return pd.DataFrame(rows, columns=["column", "importance", "outputs"])


def _importances(fitted: FittedPipeline, model: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    if model is None:
        model = fitted.estimator
    if model is None:
        raise UsageError(f"pipeline {fitted.name!r} ends with no estimator: give the model that was trained on it.")
    if hasattr(model, "feature_importances_"):
        values = np.asarray(model.feature_importances_, np.float64)
    elif hasattr(model, "coef_"):
        values = np.abs(np.atleast_2d(np.asarray(model.coef_, np.float64))).mean(axis=0)
    else:
        raise UsageError(f"{type(model).__name__} has neither feature_importances_ nor coef_, which say what it uses.")
    if len(values) != len(fitted.names):
        raise UsageError(
            f"{type(model).__name__} was trained on {len(values)} columns, and pipeline {fitted.name!r} gives "
            f"{len(fitted.names)}: give a model that was trained on its outputs."
        )
    return values
