"""Builds the program of a pipeline, step by step, as far as what its transforms have learned allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from ropeway.transforms.catalogue.base import Input, State, Step, Transform
from ropeway.transforms.errors import SchemaError
from ropeway.transforms.pipeline.pipeline import Line, Pipeline
from ropeway.transforms.pipeline.selectors import Selector
from ropeway.transforms.program import Builder, Value

#: the number of a line and of a step in it, and so on for pipelines inside of it: "0.1", "2.0/0.1"
Path = str


@dataclass(frozen=True)
class Made:
    """A column on its way: its name at this place, its value, and of which columns by which steps it was made."""

    name: str
    value: Value
    columns: tuple[str, ...]
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Waiting:
    """A transform that has to learn before it can be built."""

    path: Path
    transform: Transform
    inputs: tuple[Made, ...]

    @property
    def columns(self) -> list[Input]:
        """Its inputs, as the transform sees them."""
        return [Input(one.name, one.value.type) for one in self.inputs]


@dataclass
class _Track:
    """A line, and how far it has come."""

    line: Line
    path: str
    at: int = 0
    now: list[Made] | None = None
    inside: _Scope | None = None

    @property
    def done(self) -> bool:
        return self.now is not None and self.at == len(self.line.steps)


@dataclass
class _Scope:
    """The lines of one pipeline, and the names that they can select."""

    pipeline: Pipeline
    columns: Mapping[str, Made]
    path: str
    aliases: dict[str, list[Made]] = field(default_factory=dict)
    tracks: list[_Track] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tracks = [_Track(line, f"{self.path}{at}") for at, line in enumerate(self.pipeline.lines)]

    def outputs(self) -> list[Made]:
        """What the pipeline gives, in the order of its lines."""
        read = {one for line in self.pipeline.lines for one in line.chosen if isinstance(one, str)} - set(self.columns)
        made: list[Made] = []
        for track in self.tracks:
            last = track.line.steps[-1]
            if not (isinstance(last, Step) and last.name in read):
                made += track.now or []
        return made


#: builds the outputs of a transform from its inputs and states
Build = Callable[[Builder, Transform, Sequence[Value], Sequence[State]], Sequence[Value]]


class Assembly:
    """A pipeline over the columns of a schema; `advance` builds all that can be built."""

    def __init__(self, pipeline: Pipeline, schema: pa.Schema, hidden: Sequence[str], build: Build) -> None:
        self.builder = Builder(schema)
        self._build = build
        seen = {name: Made(name, self.builder.column(name), (name,)) for name in schema.names if name not in hidden}
        self._hidden = hidden
        #: the columns of the frame that lines select
        self.selected: dict[str, None] = {}
        self._top = _Scope(pipeline, seen, "")

    def advance(self, states: Mapping[Path, Sequence[State]]) -> list[Waiting]:
        """Build on; what is returned has to learn first."""
        return list(self._advance(self._top, states))

    def outputs(self) -> list[Made]:
        """What the pipeline gives, once nothing waits; raises `SchemaError` for two of one name."""
        made = self._top.outputs()
        names = [one.name for one in made]
        repeated = [name for name in names if names.count(name) > 1] if len(set(names)) < len(names) else []
        if repeated:
            steps = [one.steps[-1] for one in made if one.name == repeated[0]]
            raise SchemaError(
                f"pipeline {self._top.pipeline.name!r}: {' and '.join(steps)} both give a column {repeated[0]!r}. Name "
                f"one of them by .alias('name')."
            )
        return made

    def lines(self) -> list[list[str]]:
        """The names of the outputs of each line; none of one that another line reads."""
        given = {id(made) for made in self._top.outputs()}
        return [[made.name for made in track.now or [] if id(made) in given] for track in self._top.tracks]

    def _advance(self, scope: _Scope, states: Mapping[Path, Sequence[State]]) -> Iterator[Waiting]:
        moved = True
        waiting: list[Waiting] = []
        while moved:
            moved = False
            waiting = []
            for track in scope.tracks:
                while not track.done:
                    if track.now is None:
                        chosen = self._chosen(scope, track)
                        if chosen is None:
                            break
                        track.now = chosen
                    held = list(self._step(track, states))
                    if held:
                        waiting += held
                        break
                    moved = True
                    step = track.line.steps[track.at - 1]
                    if isinstance(step, Step):
                        scope.aliases[step.name] = track.now
        yield from waiting

    def _step(self, track: _Track, states: Mapping[Path, Sequence[State]]) -> Iterator[Waiting]:
        """One step of a line; what it waits for is returned."""
        assert track.now is not None
        step = track.line.steps[track.at]
        path = f"{track.path}.{track.at}"
        if isinstance(step, Pipeline):
            if track.inside is None:
                track.inside = _Scope(step, {one.name: one for one in track.now}, f"{path}/")
            waiting = list(self._advance(track.inside, states))
            if waiting:
                yield from waiting
                return
            track.now, track.inside = track.inside.outputs(), None
            track.at += 1
            return
        transform = step.transform if isinstance(step, Step) else step
        here = Waiting(path, transform, tuple(track.now))
        transform.check(here.columns)
        if path not in states:
            if transform.wants(here.columns, {}):
                yield here
                return
            learned: Sequence[State] = transform.learn(here.columns, {})
        else:
            learned = states[path]
        values = self._build(self.builder, transform, [one.value for one in track.now], learned)
        names = transform.names([one.name for one in track.now], learned)
        track.now = _named(step, here, names, values, self.builder)
        track.at += 1

    def _chosen(self, scope: _Scope, track: _Track) -> list[Made] | None:
        """The columns of a line; None where it selects what is not made yet."""
        found: dict[str, Made] = {}
        schema = pa.schema([(one.name, one.value.type) for one in scope.columns.values()])
        for one in track.line.chosen:
            if isinstance(one, Selector):
                found |= {name: scope.columns[name] for name in one.chosen(schema)}
            elif one in scope.columns:
                found[one] = scope.columns[one]
            elif one in scope.aliases:
                found |= {made.name: made for made in scope.aliases[one]}
            elif one in scope.pipeline.aliases:
                return None
            elif one in self._hidden:
                raise SchemaError(f"pipeline {scope.pipeline.name!r}: {one!r} is the target, which is no input.")
            else:
                raise SchemaError(
                    f"pipeline {scope.pipeline.name!r}: there is no column {one!r}. There are: "
                    f"{', '.join([*scope.columns, *scope.pipeline.aliases]) or 'none'}."
                )
        if not found:
            raise SchemaError(
                f"pipeline {scope.pipeline.name!r}: {', '.join(map(repr, track.line.chosen))} selects no column of "
                f"{', '.join(f'{field.name} ({field.type})' for field in schema)}."
            )
        if scope is self._top:
            self.selected |= {name: None for name in found if name in scope.columns}
        return list(found.values())


def _named(step: object, here: Waiting, names: Sequence[str], values: Sequence[Value], made: Builder) -> list[Made]:
    """The outputs of a step with their names and where they come from."""
    assert len(names) == len(values), f"{step!r} gives {len(values)} columns and {len(names)} names"
    if isinstance(step, Step):
        names = [step.name] if len(names) == 1 else [f"{step.name}_{name}" for name in names]
    outputs = []
    shown = repr(step)  # once: a transform may have thousands of outputs, and a vocabulary to show
    for name, value in zip(names, values, strict=True):
        columns = made.sources(value)
        of = [one for one in here.inputs if set(one.columns) & set(columns)]
        steps = tuple(dict.fromkeys(text for one in of for text in one.steps))
        outputs.append(Made(name, value, columns, (*steps, shown)))
    return outputs
