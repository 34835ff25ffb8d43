"""Holds an engine's answers to a case against those of the oracle."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import pyarrow as pa

import ropeway as rw
from tests import oracle
from tests.fuzz.case import NAMES, Case
from tests.fuzz.drawing import shuffled
from tests.fuzz.engines import FIRST, Engine
from tests.fuzz.expected import asked, expected, plain

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Answers = list[list[Any]]


@dataclass(frozen=True)
class Wrong:
    """What is wrong, and where, for one output: "answer", "type", "bits", "rows", "no error", or an error's name."""

    what: str
    text: str
    output: int | None = None


def judged(case: Case, right: Answers, engine: Engine, spark: "SparkSession | None" = None) -> tuple[int, Wrong | None]:
    """How many values were compared, and what is wrong (None: nothing) with the engine's answers to a case.

    `right` is what the oracle says.
    """
    overflows = any(value is oracle.OVERFLOW for column in right for value in column)
    try:
        if engine.peer is not None:
            return (0, None) if overflows else _by_peer(engine, case, right)
        made = engine.answer(case, spark)
    except rw.DataError as error:
        if overflows and "does not fit" in str(error):
            return 1, None
        return 1, Wrong(type(error).__name__, str(error))
    except Exception as error:  # noqa: BLE001  whatever else is raised is what we look for
        return 1, Wrong(type(error).__name__, str(error))
    if overflows:
        return 1, Wrong("no error", "a sum does not fit into its type, and nothing was raised")
    wrong = _by_oracle(case, made, right)
    return compared(right), wrong if wrong is not None or engine is FIRST else _by_first(case, made, right)


def _by_oracle(case: Case, made: pa.Table, right: Answers) -> Wrong | None:
    rows = case.rows.arrow()
    if made.column_names[: rows.num_columns] != rows.column_names or not made.select(rows.column_names).equals(rows):
        return Wrong("rows", f"the rows' own columns came back as {made.slice(0, 3).to_pylist()!r} ...")
    columns = made.columns[rows.num_columns :]
    outputs = list(asked(case))
    if len(columns) != len(outputs):
        return Wrong("rows", f"{len(columns)} columns for {len(outputs)} outputs")
    for i, (one, column, wanted) in enumerate(zip(outputs, columns, right, strict=True)):
        kind = eval(one.kind, NAMES.copy())
        if column.type != kind:
            return Wrong("type", f"{one.wanted.aggregate} is of type {column.type}, expected {kind}", i)
        got = plain(column)
        row = _other(got, wanted)
        if row is not None:
            return Wrong("answer", f"{one.wanted.aggregate} of row {row}: {got[row]!r}, expected {wanted[row]!r}", i)
    return None


def _other(got: Sequence[Any], wanted: Sequence[Any]) -> int | None:
    """The first row whose answer is another, if there is one."""
    if repr(got) == repr(wanted):  # fast
        return None
    pairs = enumerate(zip(got, wanted, strict=True))
    return next((at for at, (one, other) in pairs if not oracle.same(one, other)), None)


def _by_first(case: Case, made: pa.Table, right: Answers) -> Wrong | None:
    """What is near the oracle's answer must be that of the first engine in every bit."""
    near = [i for i, column in enumerate(right) if "Near(" in repr(column)]
    first = FIRST.answer(case) if near else made
    for i in near:
        at = len(case.rows.columns) + i
        got, wanted = plain(made.columns[at]), plain(first.columns[at])
        row = _other(got, wanted)
        if row is not None:
            text = f"{made.column_names[at]} of row {row}: {got[row]!r}, on the first engine {wanted[row]!r}"
            return Wrong("bits", text, i)
    return None


def _by_peer(engine: Engine, case: Case, right: Answers) -> tuple[int, Wrong | None]:
    assert engine.peer is not None
    values = 0
    for output, got in engine.peer(case):
        wanted = right[output.number]
        values += len(wanted)
        for row, (a, b) in enumerate(zip(wanted, got, strict=True)):
            if not output.near(a, b):
                text = f"{output.asked.wanted.aggregate} of row {row}: {b!r}, the oracle says {a!r}"
                return values, Wrong("answer", text, output.number)
    return values, None


def whole_and_fitting(case: Case) -> list[tuple[Case, Answers]]:
    """The case with what the oracle says; where some sums overflow, also the case without those."""
    right = expected(case)
    fits = [not any(value is oracle.OVERFLOW for value in column) for column in right]
    made = [(case, right)]
    if not all(fits) and any(fits):
        kept = {(one.view, one.feature, one.window) for one, fit in zip(asked(case), fits, strict=True) if fit}
        made.append((case.selected(kept), [column for column, fit in zip(right, fits, strict=True) if fit]))
    return made


def turned(case: Case, right: Answers, random: Random) -> tuple[Case, Answers]:
    """The case with rows and events in another order, with the answers in that order."""
    moved, order = shuffled(case, random)
    # without rows a column still says whether a chain on its way has overflown
    return moved, [[column[at] for at in order] or list(column) for column in right]


def compared(right: Sequence[Sequence[Any]]) -> int:
    """How many values are compared; an overflow is one."""
    if any(value is oracle.OVERFLOW for column in right for value in column):
        return 1
    return sum(map(len, right))
