"""Fitting: one pass over the data for all transforms that wait for it, then the next, until none waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from ropeway.transforms.catalogue.base import FOLD, TARGET, Input, State, Step, Transform
from ropeway.transforms.errors import SchemaError, UsageError
from ropeway.transforms.pipeline.assembly import Assembly, Path, Waiting
from ropeway.transforms.pipeline.engines import Data, Folds, engine_of, fold_name
from ropeway.transforms.pipeline.fitted import FittedPipeline
from ropeway.transforms.pipeline.pipeline import Pipeline
from ropeway.transforms.program import Builder, Program, Value
from ropeway.transforms.statistics import Statistic


def fitted(pipeline: Pipeline, frame: Any, y: Any) -> tuple[FittedPipeline, Callable[[], Any]]:
    """The pipeline with what it has learned, and what gives its outputs for the rows that it learned from."""
    if not pipeline.lines:
        raise UsageError(
            f"pipeline {pipeline.name!r} has no lines: add one, such as p['a', 'b'] >> T.StandardScaler()."
        )
    every = list(transforms_of(pipeline))
    folds = list(dict.fromkeys(one.folds for one in every if one.folds is not None))
    supervised = [one for one in every if one.supervised]
    if y is None and (supervised or pipeline.estimator is not None):
        raise UsageError(
            f"{(supervised or [pipeline.estimator])[0]!r} learns from a target: give one, as fit(frame, y='column')."
        )
    data = engine_of(frame).data(frame, y, _columns(pipeline), folds)
    if data.target is not None:
        target = Input(data.target, data.schema.field(data.target).type)
        for transform in supervised:
            transform.check_target(target)
    assembly = _learning(pipeline, data, folds)
    states: dict[Path, Sequence[State]] = {}
    known: dict[Path, dict[str, Any]] = {}
    while waiting := assembly.advance(states):
        _learn(waiting, assembly.builder, data, known)
        for one in waiting:
            if not one.transform.wants(one.columns, known[one.path]):
                states[one.path] = list(one.transform.learn(one.columns, known[one.path]))
    outputs = {made.name: made.value for made in assembly.outputs()}
    training = Program.of(assembly.builder, outputs)
    estimator = None
    if pipeline.estimator is not None:
        estimator = _trained(pipeline, Program.of(assembly.builder, _numbers(assembly.builder, outputs)), data)
    inputs = [field for field in data.schema if field.name in assembly.selected]
    kept = {path: [_serving(state) for state in some] for path, some in states.items()}
    made = FittedPipeline(pipeline, pa.schema(inputs), kept, estimator)
    return made, lambda: data.outputs(training)


def _serving(state: State) -> State:
    """What is known of other rows than those that were learned from."""
    return {name: value for name, value in state.items() if not name.startswith("training_")}


def transforms_of(pipeline: Pipeline) -> Iterator[Transform]:
    """All transforms of a pipeline, those of pipelines inside of it too."""
    for line in pipeline.lines:
        for step in line.steps:
            if isinstance(step, Pipeline):
                yield from transforms_of(step)
            else:
                yield step.transform if isinstance(step, Step) else step


def _columns(pipeline: Pipeline) -> list[str] | None:
    """The columns that are needed, where names say it; selectors may take any."""
    if any(not isinstance(one, str) for line in pipeline.lines for one in line.chosen):
        return None
    return [name for name in pipeline.selected if name not in pipeline.aliases]


def _learning(pipeline: Pipeline, data: Data, folds: Sequence[Folds]) -> Assembly:
    """The program for the rows that are learned from: what encodes the target takes the other folds."""

    def build(made: Builder, transform: Transform, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        if not transform.supervised or data.target is None:
            return transform.build(made, inputs, states)
        fold = None if transform.folds is None else made.column(fold_name(transform.folds))
        return transform.build_training(made, inputs, states, fold, made.column(data.target))

    clash = [name for name in pipeline.aliases if name in data.names]
    if clash:
        raise SchemaError(f"pipeline {pipeline.name!r}: the alias {clash[0]!r} is a column of the frame. Rename it.")
    hidden = [fold_name(one) for one in folds] + ([] if data.target is None else [data.target])
    return Assembly(pipeline, data.schema, hidden, build)


def _learn(waiting: Sequence[Waiting], builder: Builder, data: Data, known: dict[Path, dict[str, Any]]) -> None:
    """One pass over the data: what all that wait want to know, each statistic of the same values once."""
    outputs: dict[tuple[str, int], tuple[int, Value]] = {}
    asked: dict[tuple[Statistic, tuple[int, ...]], list[tuple[Path, str]]] = {}

    def number_of(value: Value, statistic: Statistic) -> int:
        # columns of the table are given as they are: their floats need no copy
        given = value.store == "column" and value.place < len(builder.inputs) and value.is_number
        if statistic.form == "number" and not given:
            value = builder.number(value)
        return outputs.setdefault((value.store, value.place), (len(outputs), value))[0]

    for one in waiting:
        learned = known.setdefault(one.path, {})
        for name, (statistic, of) in one.transform.wants(one.columns, learned).items():
            values = [_value(one, at, builder, data) for at in of]
            key = statistic, tuple(number_of(value, statistic) for value in values)
            asked.setdefault(key, []).append((one.path, name))
    program = Program.of(builder, {f"{at}": value for at, value in outputs.values()})
    for found, places in zip(data.summaries(program, list(asked)), asked.values(), strict=True):
        for path, name in places:
            known[path][name] = found


def _value(one: Waiting, at: int, builder: Builder, data: Data) -> Value:
    if at >= 0:
        return one.inputs[at].value
    if at == TARGET:
        if data.target is None:
            raise SchemaError(f"{one.transform!r} learns from a target: give one, as fit(frame, y='column').")
        return builder.column(data.target)
    assert at == FOLD
    assert one.transform.folds is not None
    return builder.column(fold_name(one.transform.folds))


def _numbers(builder: Builder, outputs: dict[str, Value]) -> dict[str, Value]:
    """The outputs as numbers; raises `SchemaError` where one is none."""
    for name, value in outputs.items():
        if not value.is_number:
            raise SchemaError(
                f"the output {name!r} is of type {value.type}: an estimator takes numbers. Encode it first."
            )
    return {name: builder.number(value) for name, value in outputs.items()}


def _trained(pipeline: Pipeline, program: Program, data: Data) -> Any:
    rows, target = data.matrix(program)
    estimator = pipeline.estimator
    if hasattr(estimator, "get_params") and not isinstance(estimator, type):
        from sklearn.base import clone

        estimator = clone(estimator)
    return estimator.fit(rows, target)
