"""What a transform is: its parameters, what it asks of data, and how it is compiled."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import pyarrow as pa

from ropeway.transforms.errors import DeclarationError, SchemaError
from ropeway.transforms.expressions.kinds import kind_of
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.statistics import Statistic

#: inputs of a statistic that are none of the transform's own: the target, and the fold of a row
TARGET, FOLD = -1, -2

#: what a transform has learned of one column, or of all: plain values of Python, lists of them, and arrays
State = Mapping[str, Any]
#: a statistic, and of which inputs, by their numbers
Want = tuple[Statistic, Sequence[int]]

#: into how many parts training rows are cut, by which seed (None: in their order), and how: each with its share of the
#: target's classes, rows as they come, or what the target calls for
Folds = tuple[int, int | None, Literal["auto", "classes", "rows"]]

Takes = Literal["number", "category", "text", "time", "bytes", "list", "map", "any"]

_TAKEN: dict[Takes, tuple[str, ...]] = {
    "number": ("bool", "int", "float", "decimal", "null"),
    "category": ("string", "bool", "int", "float", "binary", "null"),
    "text": ("string", "null"),
    "time": ("timestamp", "date"),
    "bytes": ("binary",),
    "list": ("list",),
    "map": ("map",),
}
_WORDS: dict[Takes, str] = {
    "number": "numbers",
    "category": "categories: text, booleans, integers or floats",
    "text": "text",
    "time": "instants or dates",
    "bytes": "bytes",
    "list": "lists",
    "map": "maps or structs",
}


@dataclass(frozen=True)
class Input:
    """A column that a transform takes, by its name at that place in the pipeline; `target` is of the label."""

    name: str
    type: pa.DataType


@dataclass(frozen=True, repr=False)
class Transform:
    """One step of a pipeline, over all its columns together. Immutable; its fields are its parameters.

    What is fitted has a state: one mapping per column, or one in all. Both paths, over columns and over a row, are
    compiled from `build`.
    """

    #: what kind of columns it takes
    takes: ClassVar[Takes] = "number"
    #: whether it learns from a target too
    supervised: ClassVar[bool] = False
    #: against what it is tested: a package and a name, or "own reference"
    oracle: ClassVar[str] = ""

    def check(self, inputs: Sequence[Input]) -> None:
        """Raise `SchemaError` for columns that it does not take."""
        taken = _TAKEN.get(self.takes)
        for one in inputs:
            kind = _kind(one.type)
            if taken is not None and kind not in taken:
                raise SchemaError(f"{self!r} of column {one.name!r}: expected {_WORDS[self.takes]}, got {one.type}.")

    def check_target(self, target: Input) -> None:
        """Raise `SchemaError` for a target that it can't learn from; numbers and booleans are fine."""
        if kind_of(target.type) not in _TAKEN["number"]:
            raise SchemaError(
                f"{self!r}: expected a target of numbers or booleans, and {target.name!r} is of type {target.type}. "
                f"Encode it before, as 0 and 1."
            )

    def wants(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Mapping[str, Want]:
        """What it must know of the data, beside what it knows already; nothing of what has no state."""
        return {}

    def learn(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Sequence[State]:
        """Its states, of all that it wanted to know; what is called "training_..." is for `build_training` alone."""
        return ()

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        """The names of its outputs, as scikit-learn's `get_feature_names_out` has them."""
        return inputs

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        """Its outputs, compiled."""
        raise NotImplementedError("a subclass says what it computes")

    def build_training(
        self, made: Builder, inputs: Sequence[Value], states: Sequence[State], fold: Value | None, target: Value
    ) -> Sequence[Value]:
        """Its outputs for the rows that it was fitted on, if it is supervised; by default the same.

        `fold` says the fold of each row, if there are any, and `target` what each row is not to learn from itself.
        """
        return self.build(made, inputs, states)

    @property
    def folds(self) -> Folds | None:
        """Into how many folds the training rows are cut, and by which seed; None if it needs none."""
        return None

    # ---- declaring

    def alias(self, name: str) -> Step:
        """The transform, whose outputs bear another name, by which another line may select them.

        One output is called `name`, several `{name}_{output}`.
        """
        return Step(self, name)

    @property
    def parameters(self) -> dict[str, Any]:
        """Its parameters that differ from their defaults."""
        return {
            one.name: getattr(self, one.name)
            for one in dataclasses.fields(self)
            if not _is_default(one, getattr(self, one.name))
        }

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.parameters.items())})"

    def _one_of(self, name: str, *wanted: object) -> None:
        """Raise `DeclarationError` unless a parameter is one of these."""
        value = getattr(self, name)
        if not any(value is one or (type(value) is type(one) and value == one) for one in wanted):
            raise DeclarationError(
                f"{type(self).__name__}({name}={value!r}): expected {' or '.join(map(repr, wanted))}."
            )

    def _positive(self, *names: str) -> None:
        """Raise `DeclarationError` unless these parameters are whole numbers from 1 on."""
        for name in names:
            value = getattr(self, name)
            if not is_whole(value, 1):
                raise DeclarationError(f"{type(self).__name__}({name}={value!r}): expected a whole number, 1 or more.")


@dataclass(frozen=True, repr=False)
class OfColumn(Transform):
    """A transform of one column at a time: its outputs are those of its first column, then of the second, and so on."""

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic | Want]:
        """What it must know of one column; a statistic alone is of that column, number 0 of a `Want` is the column."""
        return {}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        """Its state of one column."""
        return {}

    def names_of(self, column: str, state: State) -> Sequence[str]:
        """The names of the outputs of one column."""
        return (column,)

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        """The outputs of one column."""
        raise NotImplementedError("a subclass says what it computes")

    def wants(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Mapping[str, Want]:
        wanted: dict[str, Want] = {}
        for at, column in enumerate(inputs):
            for name, want in self.wants_of(column, _of(known, at)).items():
                statistic, of = (want, (0,)) if isinstance(want, Statistic) else want
                wanted[f"{at}.{name}"] = statistic, tuple(at if one == 0 else one for one in of)
        return wanted

    def learn(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Sequence[State]:
        return [self.learn_of(column, _of(known, at)) for at, column in enumerate(inputs)]

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        every = states or [{}] * len(inputs)
        return [name for column, state in zip(inputs, every, strict=True) for name in self.names_of(column, state)]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        every = states or [{}] * len(inputs)
        return [one for value, state in zip(inputs, every, strict=True) for one in self.build_of(made, value, state)]


@dataclass(frozen=True, repr=False)
class Step:
    """A transform under another name."""

    transform: Transform
    name: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[^\s.`]+", str(self.name)):
            raise DeclarationError(f"alias({self.name!r}): expected a name without spaces, dots and backticks.")

    def __repr__(self) -> str:
        return f"{self.transform!r}.alias({self.name!r})"


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return "list"
    return "map" if pa.types.is_map(kind) or pa.types.is_struct(kind) else kind_of(kind)


def is_whole(value: object, least: int) -> bool:
    """Whether it is a whole number, and no boolean, from `least` on."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _of(known: Mapping[str, Any], at: int) -> dict[str, Any]:
    start = f"{at}."
    return {name.removeprefix(start): value for name, value in known.items() if name.startswith(start)}


def _is_default(field: dataclasses.Field[Any], value: object) -> bool:
    default = field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default
    return type(value) is type(default) and repr(value) == repr(default)
