"""Frames, which stand above: what turns them into tables and back, and who computes where they are."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from ropeway.transforms.catalogue.base import Folds
from ropeway.transforms.program import Program
from ropeway.transforms.statistics import Statistic

if TYPE_CHECKING:
    from ropeway.transforms.pipeline.fitted import FittedPipeline

#: is imported when the first frame comes, and registers the engines
_HOME = "ropeway.batch.pipelines"

#: a statistic, and the outputs of a program that it is of, by their numbers
Asked = tuple[Statistic, Sequence[int]]


__all__ = ["Asked", "Data", "Engine", "Folds", "engine_of", "fold_name", "register_engines"]


class Data(Protocol):
    """Rows to fit on: the columns of a frame, and behind them the target and folds, if they are none of these."""

    @property
    def schema(self) -> pa.Schema:
        """Names and types of the columns."""

    @property
    def names(self) -> Sequence[str]:
        """The names of all columns of the frame, of those too that are not needed."""

    @property
    def target(self) -> str | None:
        """The name of the target, if there is one."""

    def summaries(self, program: Program, asked: Sequence[Asked]) -> Sequence[Any]:
        """What each statistic says in the end."""

    def outputs(self, program: Program) -> Any:
        """The outputs of a program for these rows, as a frame of the kind that was given."""

    def matrix(self, program: Program) -> tuple[Any, Any]:
        """The outputs, which are numbers, as float64[rows, outputs] in this process; and the target's values."""


class Engine(Protocol):
    """What is done with frames of some kind."""

    def data(self, frame: Any, y: Any, columns: Sequence[str] | None, folds: Sequence[Folds]) -> Data:
        """A frame to fit on; of its columns only these are needed, or any."""

    def transform(self, fitted: FittedPipeline, frame: Any) -> Any:
        """A frame of the outputs, of the same kind, with the rows in their order."""

    def predict(self, fitted: FittedPipeline, frame: Any, method: str) -> Any:
        """What the estimator says of each row."""


#: what makes functions of Spark of a pipeline
_UDFS = "ropeway.batch.udfs"

_registered: list[Callable[[Any], Engine]] = []


def register_engines(choose: Callable[[Any], Engine]) -> None:
    """Make `choose` the one that says which engine takes a frame."""
    _registered.append(choose)


def engine_of(frame: Any) -> Engine:
    """The engine for a frame; raises `UsageError` for what is no frame."""
    if not _registered:
        importlib.import_module(_HOME)
    return _registered[-1](frame)


def udfs() -> Any:
    """The module that makes functions of Spark of pipelines."""
    return importlib.import_module(_UDFS)


def fold_name(folds: Folds) -> str:
    """The name of the column that holds the number of each row's fold."""
    return f"__fold_{'_'.join(map(str, folds))}__"
