"""One case on all engines: how many values were compared, and a test for each failure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from tests.fuzz.case import Case
from tests.fuzz.drawing import drawn
from tests.fuzz.engines import ENGINES, Engine
from tests.fuzz.expected import expected
from tests.fuzz.judging import Answers, Wrong, compared, judged, turned, whole_and_fitting
from tests.fuzz.printing import printed
from tests.fuzz.shrinking import shrunk

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass
class Found:
    """What came of cases: values asked for, views, values compared by engine, and the tests that fail."""

    cases: int = 0
    views: int = 0
    values: int = 0
    by_engine: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def add(self, other: "Found") -> None:
        """Both together."""
        self.cases += other.cases
        self.views += other.views
        self.values += other.values
        self.by_engine += other.by_engine
        self.failures += other.failures


@dataclass(frozen=True)
class Draw:
    """Which case: its seed and number, and from which kind of cases (see `drawn`)."""

    seed: int
    number: int
    on_spark: bool = False
    ends: bool = False

    def case(self) -> Case:
        """The case itself."""
        return drawn(self.seed, self.number, on_spark=self.on_spark, ends=self.ends)


def examine(
    draw: Draw, engines: Mapping[str, Engine], spark: "SparkSession | None" = None, *, always: bool = False
) -> Found:
    """One case on those engines whose turn it is (`always`: on all that it suits)."""
    found = Found(cases=1)
    for case, right in whole_and_fitting(draw.case()):
        found.views += len(case.views)
        found.values += compared(right)
        for name, engine in engines.items():
            if (always or draw.number % engine.every == 0) and engine.suits(case):
                turn, answers = case, right
                if engine.shuffled:
                    turn, answers = turned(case, right, Random(f"{draw.seed}:{draw.number}:{name}"))
                values, wrong = judged(turn, answers, engine, spark)
                found.by_engine[name] += values
                if wrong is not None:
                    found.failures.append(failure(draw, turn, name, engine, wrong, spark))
                    return found  # on other engines it would most likely be the same
    return found


def stretch(seed: int, numbers: Iterable[int], ends: bool = False) -> Found:
    """The cases of these numbers on this machine."""
    found = Found()
    for number in numbers:
        try:
            found.add(examine(Draw(seed, number, ends=ends), ENGINES))
        except Exception as error:
            error.add_note(f"in case {number} of seed {seed}")
            raise
    return found


def failure(
    draw: Draw, case: Case, name: str, engine: Engine, wrong: Wrong, spark: "SparkSession | None" = None
) -> str:
    """The source of a small test that fails as the case did."""
    small = shrunk(
        case, lambda other: _fails(other, engine, wrong, spark), wrong.output, 300 if engine.on_spark else 60
    )
    now = judged(small, expected(small), engine, spark)[1] or wrong
    kind = "_on_spark" if draw.on_spark else ""
    text = f"Case {draw.number}{kind.replace('_', ' ')} of seed {draw.seed}, {name}: {now.what}: {now.text}"
    return printed(small, engine, f"test_case_{draw.number}_of_seed_{draw.seed}{kind}", text)


def _fails(case: Case, engine: Engine, wrong: Wrong, spark: "SparkSession | None") -> bool:
    try:
        right: Answers = expected(case)
    except (KeyError, TypeError, ValueError):  # no case any more: a null time, a column of other values, or of none
        return False
    _, found = judged(case, right, engine, spark)
    return found is not None and found.what == wrong.what
