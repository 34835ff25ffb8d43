"""Pipelines as scikit-learn takes them: in its searches, its cross-validation, its own pipelines."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any, Self, TypeVar

import numpy as np
import pandas as pd

from ropeway.connectors.frames import column_names, kind_of
from ropeway.transforms.catalogue.base import Step, Transform
from ropeway.transforms.errors import MissingDependencyError, UsageError
from ropeway.transforms.pipeline import FittedPipeline, Pipeline
from ropeway.transforms.pipeline.fitting import fitted, transforms_of

#: without scikit-learn the module is there, and the class says what is missing when it is called
HAS_SKLEARN = find_spec("sklearn") is not None
if HAS_SKLEARN:
    from sklearn.base import BaseEstimator, TransformerMixin
    from sklearn.utils import Tags, column_or_1d, get_tags
    from sklearn.utils.metaestimators import available_if
    from sklearn.utils.validation import check_is_fitted, validate_data
else:
    BaseEstimator, TransformerMixin = type("BaseEstimator", (), {}), type("TransformerMixin", (), {})

    def available_if(_: Any) -> Any:
        """Leaves a method as it is."""
        return lambda method: method


Method = TypeVar("Method", bound=Callable[..., Any])


def _ends_with(method: str) -> Callable[[Method], Method]:
    """A method that is there only where the pipeline ends with an estimator that has it."""
    made: Callable[[Method], Method] = available_if(lambda self: hasattr(self.pipeline.estimator, method))
    return made


class SklearnPipeline(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # it ships no types
    """A pipeline as an estimator of scikit-learn, for `GridSearchCV`, `cross_val_score` and the like.

    It is fitted on frames, and on arrays, whose columns are called x0, x1, ... It transforms to a float64 array, or to
    what `set_output` asks for. The parameters of its steps are named as `make_pipeline` names them, by the transform's
    class: `standardscaler__with_mean`, with `-2` for the second of a kind; those of the estimator at its end begin with
    `estimator__`.

    >>> import pandas as pd, ropeway as rw
    >>> from ropeway import transforms as T
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.model_selection import GridSearchCV
    >>> p = rw.Pipeline("p")["x"] >> [T.SimpleImputer(), T.StandardScaler()]
    >>> frame = pd.DataFrame({"x": [1.0, 2.0, None, 4.0, 5.0, 6.0], "y": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]})
    >>> search = {"estimator__alpha": [0.1, 10.0], "simpleimputer__strategy": ["mean", "median"]}
    >>> GridSearchCV(rw.SklearnPipeline(p >> Ridge()), search, cv=3).fit(frame[["x"]], frame["y"]).best_params_
    {'estimator__alpha': 0.1, 'simpleimputer__strategy': 'median'}
    """

    fitted_: FittedPipeline

    def __init__(self, pipeline: Pipeline) -> None:
        if not HAS_SKLEARN:
            raise MissingDependencyError("rw.SklearnPipeline needs scikit-learn: pip install 'ropeway[models]'")
        self.pipeline = pipeline

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: N803  scikit-learn's name
        """Fit the pipeline, and the estimator at its end."""
        self._learn(X, y)
        return self

    def _learn(self, rows: Any, y: Any) -> Callable[[], Any]:
        """Fit on these rows; what is returned gives the outputs for them."""
        frame = self._framed(rows, reset=True)
        if y is None and get_tags(self).target_tags.required:
            raise UsageError("this pipeline requires y to be passed, but the target y is None")
        self.fitted_, outputs = fitted(self.pipeline, frame, None if y is None else self._target(y))
        return outputs

    def transform(self, X: Any) -> Any:  # noqa: N803
        """The outputs, float64[rows, outputs]."""
        check_is_fitted(self)
        return self._matrix(self.fitted_.transform(self._framed(X)))

    def fit_transform(self, X: Any, y: Any = None, **_: Any) -> Any:  # noqa: N803
        """The outputs for the rows that it is fitted on: what encodes the target is fitted on other folds."""
        return self._matrix(self._learn(X, y)())

    def _matrix(self, made: Any) -> Any:
        if isinstance(made, pd.DataFrame):
            return made.to_numpy()
        return np.column_stack([made[name] for name in self.fitted_.names])

    @_ends_with("predict")
    def predict(self, X: Any) -> Any:  # noqa: N803
        """What the estimator predicts."""
        check_is_fitted(self)
        return self.fitted_.predict(self._framed(X))

    @_ends_with("predict_proba")
    def predict_proba(self, X: Any) -> Any:  # noqa: N803
        """The probabilities of the classes."""
        check_is_fitted(self)
        return self.fitted_.predict_proba(self._framed(X))

    @_ends_with("score")
    def score(self, X: Any, y: Any) -> float:  # noqa: N803
        """How well the estimator predicts, by its own measure."""
        check_is_fitted(self)
        return float(self.fitted_.estimator.score(self.transform(X), y))

    @property
    def classes_(self) -> Any:
        """The classes that the estimator tells apart."""
        return self.fitted_.estimator.classes_

    def get_feature_names_out(self, input_features: Any = None) -> Any:
        """The names of the outputs."""
        check_is_fitted(self)
        return np.asarray(self.fitted_.names, dtype=object)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The pipeline, and if `deep` the parameters of its steps and its estimator."""
        found: dict[str, Any] = {"pipeline": self.pipeline}
        if deep and isinstance(self.pipeline, Pipeline):
            for name, transform in _named(self.pipeline).items():
                found |= {f"{name}__{one.name}": getattr(transform, one.name) for one in dataclasses.fields(transform)}
            if hasattr(self.pipeline.estimator, "get_params"):
                own = self.pipeline.estimator.get_params(deep=True)
                found |= {
                    "estimator": self.pipeline.estimator,
                    **{f"estimator__{key}": one for key, one in own.items()},
                }
        return found

    def set_params(self, **params: Any) -> Self:
        """Set parameters by the names that `get_params` gives; the pipeline is replaced, never changed."""
        if "pipeline" in params:
            self.pipeline = params.pop("pipeline")
        of: dict[str, dict[str, Any]] = {}
        for name, value in params.items():
            step, _, parameter = name.partition("__")
            of.setdefault(step, {})[parameter] = value
        model = of.pop("estimator", {})
        if "" in model:
            self.pipeline = dataclasses.replace(self.pipeline, estimator=model.pop(""))
        if model:
            from sklearn.base import clone

            self.pipeline = dataclasses.replace(
                self.pipeline, estimator=clone(self.pipeline.estimator).set_params(**model)
            )
        if not of:
            return self
        known = _named(self.pipeline)
        for step, changes in of.items():
            if step not in known:
                raise UsageError(f"there is no step {step!r}. There are: {', '.join(known) or 'none'}, estimator.")
            fields = {one.name for one in dataclasses.fields(known[step])}
            if unknown := sorted(set(changes) - fields):
                raise UsageError(f"{step} has no parameter {unknown[0]!r}. It has: {', '.join(sorted(fields))}.")
            known[step] = dataclasses.replace(known[step], **changes)
        self.pipeline = _with(self.pipeline, iter(known.values()))
        return self

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.target_tags.required = any(one.supervised for one in transforms_of(self.pipeline))
        if self.pipeline.estimator is not None:
            own = get_tags(self.pipeline.estimator)
            tags.estimator_type, tags.target_tags = own.estimator_type, own.target_tags
            tags.classifier_tags, tags.regressor_tags = own.classifier_tags, own.regressor_tags
        return tags

    def _framed(self, rows: Any, *, reset: bool = False) -> Any:
        """Rows as a frame; arrays are checked as scikit-learn checks them."""
        if not _is_named(rows):
            given = validate_data(self, rows, dtype=np.float64, reset=reset, ensure_all_finite="allow-nan")
            return pd.DataFrame(given, columns=[f"x{at}" for at in range(given.shape[1])])
        if reset:
            names = column_names(rows)
            self.n_features_in_, self.feature_names_in_ = len(names), np.asarray(names, dtype=object)
        return rows

    def _target(self, y: Any) -> Any:
        return column_or_1d(y, warn=True)


def _is_named(rows: Any) -> bool:
    """Whether it is a frame whose columns have names."""
    try:
        kind_of(rows)
    except UsageError:
        return False
    return not isinstance(rows, pd.DataFrame) or all(isinstance(one, str) for one in rows.columns)


def _named(pipeline: Pipeline) -> dict[str, Transform]:
    """The transforms by the names that `make_pipeline` would give them."""
    every = list(transforms_of(pipeline))
    plain = [type(one).__name__.lower() for one in every]
    seen: dict[str, int] = {}
    made = {}
    for name, transform in zip(plain, every, strict=True):
        seen[name] = seen.get(name, 0) + 1
        made[name if plain.count(name) == 1 else f"{name}-{seen[name]}"] = transform
    return made


def _with(pipeline: Pipeline, transforms: Iterator[Transform]) -> Pipeline:
    """The same lines with other transforms, one after the other."""
    lines = []
    for line in pipeline.lines:
        steps: list[Any] = []
        for step in line.steps:
            if isinstance(step, Pipeline):
                steps.append(_with(step, transforms))
            elif isinstance(step, Step):
                steps.append(Step(next(transforms), step.name))
            else:
                steps.append(next(transforms))
        lines.append(dataclasses.replace(line, steps=tuple(steps)))
    return dataclasses.replace(pipeline, lines=tuple(lines))
