"""`Pipeline`: lines of transforms over selected columns, as they are declared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ropeway.transforms.catalogue.base import Step, Transform
from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.pipeline.selectors import Selector

if TYPE_CHECKING:
    from ropeway.transforms.pipeline.drawing import Drawing
    from ropeway.transforms.pipeline.fitted import FittedPipeline

Chosen = str | Selector
AnyStep = Any  # Transform | Step | Pipeline: a recursive alias is beyond mypy


@dataclass(frozen=True)
class Line:
    """Selected columns, and what is done to them, one step after the other."""

    chosen: tuple[Chosen, ...]
    steps: tuple[AnyStep, ...]

    def __repr__(self) -> str:
        chosen = ", ".join(repr(one) for one in self.chosen)
        steps = repr(self.steps[0]) if len(self.steps) == 1 else f"[{', '.join(map(repr, self.steps))}]"
        return f"[{chosen}] >> {steps}"


@dataclass(frozen=True)
class Pipeline:
    """Transforms of the columns of a frame, in lines: immutable, `p[columns] >> steps` is p with one more line.

    columns: names, lists of names, selectors such as `T.numeric()`, or the alias of what another line has made. steps:
    a transform, a list of them in series, or another pipeline. At the end, an estimator: `p >> XGBClassifier()`.

    The outputs are those of the lines in their order; an alias that another line selects is none. What no line selects
    is dropped; `T.Passthrough()` keeps it.

    >>> import pandas as pd, ropeway as rw
    >>> from ropeway import transforms as T
    >>> p = rw.Pipeline("delays")
    >>> p = p["delay"] >> [T.SimpleImputer(strategy="median"), T.StandardScaler()]
    >>> p = p["carrier"] >> T.OneHotEncoder()
    >>> fitted = p.fit(pd.DataFrame({"delay": [1.0, None, 5.0], "carrier": ["AA", "UA", "AA"]}))
    >>> fitted.row()({"delay": 3.0, "carrier": "UA"})
    array([0., 0., 1.])
    """

    name: str
    lines: tuple[Line, ...] = ()
    estimator: Any = None

    def __post_init__(self) -> None:
        if not self.name:
            raise DeclarationError(f"Pipeline({self.name!r}): expected a name.")
        self._check_aliases()

    def __getitem__(self, columns: Any) -> Selection:
        return Selection(self, tuple(_flat(columns)))

    def __rshift__(self, step: Any) -> Pipeline:
        if self.estimator is not None:
            raise DeclarationError(f"pipeline {self.name!r} ends with {shown(self.estimator)}: nothing can follow it.")
        if isinstance(step, Transform | Step | Pipeline):
            raise DeclarationError(
                f"pipeline {self.name!r} >> {step!r}: say of which columns, as in p['a', 'b'] >> {step!r}, or "
                f"p[T.all_columns()]."
            )
        if isinstance(step, type) or not (hasattr(step, "fit") and hasattr(step, "predict")):
            raise DeclarationError(
                f"pipeline {self.name!r} >> {step!r}: expected an estimator, such as XGBClassifier()."
            )
        return replace(self, estimator=step)

    def with_line(self, line: Line) -> Pipeline:
        """The pipeline with one more line."""
        if self.estimator is not None:
            raise DeclarationError(f"pipeline {self.name!r} ends with {shown(self.estimator)}: no line can follow it.")
        return replace(self, lines=(*self.lines, line))

    @property
    def aliases(self) -> tuple[str, ...]:
        """The names that lines give to what they make."""
        return tuple(step.name for line in self.lines for step in line.steps if isinstance(step, Step))

    @property
    def selected(self) -> tuple[str, ...]:
        """The names that lines select, each once."""
        return tuple(dict.fromkeys(one for line in self.lines for one in line.chosen if isinstance(one, str)))

    def _check_aliases(self) -> None:
        seen: set[str] = set()
        asked: set[str] = set()
        for line in self.lines:
            asked |= {one for one in line.chosen if isinstance(one, str)} - seen
            for step in line.steps:
                if not isinstance(step, Step):
                    continue
                if step.name in seen:
                    raise DeclarationError(f"pipeline {self.name!r}: two steps are called {step.name!r}. Rename one.")
                if step.name in asked:
                    raise DeclarationError(
                        f"pipeline {self.name!r}: a line selects {step.name!r} before {step!r} makes it. Put that line "
                        f"before, or choose another name, if a column is meant."
                    )
                seen.add(step.name)

    def fit(self, frame: Any, y: Any = None, *, spark: Any = None) -> FittedPipeline:
        """The pipeline with all that its transforms learn from a frame of pandas, polars, Arrow or Spark.

        y: the target, for what is supervised: the name of a column, or values for each row of a frame of this process.
        It is no input of selectors. Raises `SchemaError` for columns that are not there or of another type.
        """
        from ropeway.transforms.pipeline.fitting import fitted

        return fitted(self, frame, y)[0]

    def fit_transform(self, frame: Any, y: Any = None) -> Any:
        """The outputs for the rows on which it is fitted.

        What encodes the target is fitted on other folds than a row's, so it is not `fit(frame, y).transform(frame)`:
        that would show each row its own target.
        """
        from ropeway.transforms.pipeline.fitting import fitted

        return fitted(self, frame, y)[1]()

    @staticmethod
    def load(path: Any) -> FittedPipeline:
        """The fitted pipeline that `FittedPipeline.save` wrote; raises `DataError` for anything else."""
        from ropeway.transforms.pipeline.archive import load

        return load(path)

    def plot(self) -> Drawing:
        """The pipeline as a drawing: its lines, side by side."""
        from ropeway.transforms.pipeline.drawing import drawn

        return drawn(self)

    def _repr_html_(self) -> str:
        return self.plot().svg

    def __repr__(self) -> str:
        parts = [f"Pipeline({self.name!r})", *map(repr, self.lines)]
        if self.estimator is not None:
            parts.append(f">> {shown(self.estimator)}")
        return "\n    ".join(parts)


@dataclass(frozen=True)
class Selection:
    """Columns of a pipeline that wait for their steps."""

    pipeline: Pipeline
    chosen: tuple[Chosen, ...]

    def __rshift__(self, steps: Any) -> Pipeline:
        every = list(steps) if isinstance(steps, list | tuple) else [steps]
        if not every:
            raise DeclarationError(f"p[{', '.join(map(repr, self.chosen))}] >> []: expected at least one transform.")
        for step in every:
            if isinstance(step, type) and issubclass(step, Transform):
                raise DeclarationError(f">> {step.__name__}: it is a class; write {step.__name__}().")
            if not isinstance(step, Transform | Step | Pipeline):
                hint = " Wrap a fitted transformer of scikit-learn as T.Wrap(it)." if hasattr(step, "transform") else ""
                raise DeclarationError(f">> {step!r}: expected a transform, a list of them, or a pipeline.{hint}")
            if isinstance(step, Pipeline) and step.estimator is not None:
                raise DeclarationError(f">> {step!r}: a pipeline that ends with an estimator can't be a step.")
        return self.pipeline.with_line(Line(self.chosen, tuple(every)))


def shown(estimator: Any) -> str:
    """An estimator as code, with the parameters that differ from their defaults."""
    try:
        default, own = type(estimator)().get_params(deep=False), estimator.get_params(deep=False)
    except (AttributeError, TypeError):
        return repr(estimator)
    differ = [f"{name}={value!r}" for name, value in own.items() if repr(value) != repr(default.get(name))]
    return f"{type(estimator).__name__}({', '.join(differ)})"


def _flat(columns: Any) -> Iterable[Chosen]:
    if isinstance(columns, str | Selector):
        return [columns]
    if isinstance(columns, Sequence):
        found = [one for some in columns for one in _flat(some)]
        if found:
            return found
    raise DeclarationError(f"p[{columns!r}]: expected names of columns, lists of them, or selectors.")
