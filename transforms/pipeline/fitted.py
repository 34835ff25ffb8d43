"""`FittedPipeline`: a pipeline with all that it has learned, as data."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms.catalogue.base import State, Transform
from ropeway.transforms.errors import SchemaError, UsageError
from ropeway.transforms.pipeline.assembly import Assembly, Made, Path
from ropeway.transforms.pipeline.drawing import Drawing, bars, drawn
from ropeway.transforms.pipeline.engines import engine_of, udfs
from ropeway.transforms.pipeline.pipeline import Pipeline
from ropeway.transforms.program import Builder, Program, Value

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Origin:
    """Of which columns of the frame an output is made, and by which steps, in order.

    >>> Origin(("carrier",), ("OneHotEncoder()",)).columns
    ('carrier',)
    """

    columns: tuple[str, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True, eq=False, repr=False)
class FittedPipeline:
    """What `Pipeline.fit` gives: it transforms frames of any kind, and single rows, with the same answers.

    inputs: the columns that are read, with the types that they had. states: what each transform has learned, plain
    values and arrays. estimator: the fitted one, if the pipeline ends with one.
    """

    pipeline: Pipeline
    inputs: pa.Schema
    states: Mapping[Path, Sequence[State]]
    estimator: Any = None

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return self.pipeline.name

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the outputs, in their order."""
        return tuple(made.name for made in self._outputs)

    @property
    def schema(self) -> pa.Schema:
        """Names and types of the outputs: numbers are float64."""
        return pa.schema([(made.name, made.value.type) for made in self._outputs])

    def transform(self, frame: Any) -> Any:
        """The outputs for each row of a frame of pandas, polars, Arrow or Spark, as a frame of the same kind.

        Rows and a pandas index stay in their order (on Spark there is none). Columns that are not read are ignored.
        Raises `SchemaError` for a missing column or one of another type, and `DataError` for values that a transform
        refuses, such as a category that it does not know.
        """
        return engine_of(frame).transform(self, frame)

    def predict(self, frame: Any) -> Any:
        """What the estimator predicts for each row: a numpy array; on Spark a frame with the column `prediction`."""
        self._need_estimator()
        return engine_of(frame).predict(self, frame, "predict")

    def predict_proba(self, frame: Any) -> Any:
        """The probabilities of the classes, float64[rows, classes]; on Spark a column of lists, `probability`."""
        self._need_estimator()
        return engine_of(frame).predict(self, frame, "predict_proba")

    def row(self) -> Row:
        """A function of one row, for services: a mapping of plain Python values in, a float64 vector out.

        Of a pipeline that ends with an estimator: its prediction. The vector is that of `transform` in every bit.
        """
        return Row(self)

    def arrow_udf(self) -> Any:
        """The pipeline as a function of Spark's columns, `frame.select(fitted.arrow_udf()().alias("made"))`.

        Called with a column for each of `program.columns` in their order, or with none for those of these names, it
        gives a struct of the outputs; of a pipeline that ends with an estimator, the prediction. Spark passes Arrow.
        """
        return udfs().arrow_udf(self)

    def pandas_udf(self) -> Any:
        """The same as a pandas UDF, for a Spark that is set up for these."""
        return udfs().pandas_udf(self)

    def register(self, spark: Any, name: str) -> None:
        """Make it a function of SQL in a session, which gives a struct of the outputs.

        `SELECT made.* FROM (SELECT prepare(delay, carrier) AS made FROM flights)`.
        """
        udfs().register(self, spark, name)

    def explain(self) -> str:
        """What runs, over columns and for a row alike: functions of Python, and how much numba compiled.

        >>> import pandas as pd, ropeway as rw
        >>> from ropeway import transforms as T
        >>> p = rw.Pipeline("p")["c"] >> [T.Lower(), T.OneHotEncoder()]
        >>> print(p.fit(pd.DataFrame({"c": ["A", "b"]})).explain())
        pipeline 'p': 2 outputs of 1 column
        by Python: lower, codes
        compiled: 2 instructions, 4 registers
        """
        layout = self.program.layout
        calls = [call.function for one in layout.segments for call in one.calls]
        compiled = sum(len(one.codes) for one in layout.segments)
        plain = [_called(one) for one in calls if not getattr(one, "is_compiled", False)]
        own = [_called(one) for one in calls if getattr(one, "is_compiled", False)]
        return "\n".join(
            [
                f"pipeline {self.name!r}: {_many(len(self.names), 'output')} of {_many(len(self.inputs), 'column')}",
                f"by Python: {', '.join(plain) or 'nothing'}",
                f"compiled: {_many(compiled, 'instruction')}, {_many(layout.registers, 'register')}"
                + "".join(f", {name}" for name in own),
            ]
        )

    def lineage(self, output: str) -> Origin:
        """Of which columns of the frame an output is made, and by which steps."""
        if output not in self._origins:
            raise UsageError(f"pipeline {self.name!r} has no output {output!r}. It has: {', '.join(self.names)}.")
        return self._origins[output]

    def importance(self, model: Any = None) -> Any:
        """What a model trained on the outputs makes of each column of the frame, as a pandas frame, the largest first.

        The importances of the outputs that are made of a column are added; model: by default the estimator.
        """
        from ropeway.transforms.pipeline.importances import by_column

        return by_column(self, model)

    def plot_feature_importance(self, model: Any = None, top: int = 20) -> Drawing:
        """The same as bars, of the `top` columns."""
        found = self.importance(model).head(top)
        return bars(f"Importance by column, {self.name}", found["column"].tolist(), found["importance"].tolist())

    def plot(self) -> Drawing:
        """The pipeline, with what comes out of each line."""
        return drawn(self.pipeline, self._assembly.lines())

    def _repr_html_(self) -> str:
        return self.plot().svg

    def save(self, path: Any) -> None:
        """Write it to an archive, such as "delays.tar.xz", or a folder; `Pipeline.load` reads it.

        JSON and Arrow, and the estimator in its own format; nothing is pickled.
        """
        from ropeway.transforms.pipeline.archive import save

        save(self, path)

    # ---- compiled

    @cached_property
    def _assembly(self) -> Assembly:
        assembly = Assembly(self.pipeline, self.inputs, [], _serving)
        waiting = assembly.advance(self.states)
        if waiting:
            raise SchemaError(f"pipeline {self.name!r}: {waiting[0].transform!r} has not been fitted.")
        return assembly

    @cached_property
    def _outputs(self) -> list[Made]:
        return self._assembly.outputs()

    @cached_property
    def _origins(self) -> dict[str, Origin]:
        return {made.name: Origin(made.columns, made.steps) for made in self._outputs}

    @cached_property
    def program(self) -> Program:
        """The compiled program of all outputs."""
        return Program.of(self._assembly.builder, {made.name: made.value for made in self._outputs})

    @cached_property
    def numbers(self) -> Program:
        """The compiled program of all outputs as numbers; raises `SchemaError` where one is none."""
        for made in self._outputs:
            if not made.value.is_number:
                raise SchemaError(
                    f"pipeline {self.name!r}: the output {made.name!r} is of type {made.value.type}, no number. Encode "
                    f"it, or take .values(row), which gives any type by name."
                )
        builder = self._assembly.builder
        return Program.of(builder, {made.name: builder.number(made.value) for made in self._outputs})

    # ---- as a value

    @cached_property
    def definition_hash(self) -> str:
        """A hash of all that decides the outputs: the declaration, and what was learned; not of an estimator."""
        from ropeway.transforms.pipeline.archive import digest

        return digest(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FittedPipeline):
            return NotImplemented
        return self.definition_hash == other.definition_hash

    def __hash__(self) -> int:
        return hash(self.definition_hash)

    def __repr__(self) -> str:
        return f"<fitted pipeline {self.name!r}: {len(self.names)} outputs of {len(self.inputs)} columns>"

    def __reduce__(self) -> tuple[Any, ...]:
        # what is compiled is compiled anew where it arrives
        return FittedPipeline, (self.pipeline, self.inputs, self.states, self.estimator)

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON data, arrays too, of which `from_dict` makes it again."""
        from ropeway.transforms.pipeline.archive import files_of

        return {name: b64encode(data).decode() for name, data in files_of(self).items()}

    @staticmethod
    def from_dict(data: Mapping[str, str]) -> FittedPipeline:
        """What `to_dict` wrote; raises `DataError` for anything else."""
        from ropeway.transforms.pipeline.archive import of_files

        return of_files({name: b64decode(one) for name, one in data.items()}, "the stored pipeline")

    def _need_estimator(self) -> None:
        if self.estimator is None:
            raise UsageError(
                f"pipeline {self.name!r} ends with no estimator: add one by p >> XGBClassifier(), or transform."
            )


class Row:
    """A fitted pipeline over one row; `names` are those of its outputs.

    Missing is None or NaN. A missing key raises `SchemaError`, a value of another type `DataError`; other keys are
    ignored. Safe to call from several threads.

    >>> import pandas as pd, ropeway as rw
    >>> from ropeway import transforms as T
    >>> row = (rw.Pipeline("p")["x"] >> T.StandardScaler()).fit(pd.DataFrame({"x": [1.0, 3.0]})).row()
    >>> row({"x": 5.0, "y": "ignored"}), row({"x": None}), row.values({"x": 1.0})
    (array([3.]), array([nan]), {'x': -1.0})
    """

    def __init__(self, fitted: FittedPipeline) -> None:
        self.names = fitted.names
        self._estimator = fitted.estimator
        numeric = all(made.value.is_number for made in fitted._outputs)  # noqa: SLF001  the other half of it
        self._vector = fitted.numbers.row if numeric else None
        self._fitted = fitted

    def __call__(self, row: Mapping[str, Any]) -> Any:
        """The outputs as a float64 vector, or what the estimator predicts."""
        vector = self.vector(row)
        if self._estimator is None:
            return vector
        return self._estimator.predict(vector.reshape(1, -1))[0]

    def vector(self, row: Mapping[str, Any]) -> Floats:
        """The outputs as a float64 vector, also where the pipeline ends with an estimator."""
        if self._vector is None:
            self._fitted.numbers  # noqa: B018  raises, and says which output is no number
            raise AssertionError
        return self._vector(row)

    def values(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The outputs by name, as plain values of Python; None is missing."""
        return self._fitted.program.row.values(row)


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def _called(function: Any) -> str:
    """The name of a function of a program: a user's with why it is as it is, else what it does."""
    if hasattr(function, "how"):
        return f"{function.name}() ({function.how})"
    of = getattr(function, "of", None)
    return str(getattr(of, "__name__", type(function).__name__)).strip("_").lower()


def _serving(made: Builder, transform: Transform, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
    return transform.build(made, inputs, states)
