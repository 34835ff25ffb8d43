"""The benchmark of transforms on tiny data: answers agree, wrong ones are found out. No time is judged."""

from argparse import Namespace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import transforms
from benchmarks.compare import DisagreementError
from benchmarks.measure import GIB, Measured
from benchmarks.transforming import columns, marks, rows
from benchmarks.transforming.lines import _ALSO, LINES, REASONS, Line, reason
from tests.benchmarks.test_headline import LIMIT
from tests.transforms.catalogue.cases import cases


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_a_line_agrees_with_scikit_learn(line: Line) -> None:
    transforms.check([line], [], 2, LIMIT)


@pytest.mark.parametrize("name", rows.PIPELINES)
def test_rows_agree(name: str) -> None:
    ours, theirs, frame = rows.PIPELINES[name]
    transforms.agree_in_rows(name, ours(), theirs(), frame().head(500))


@pytest.mark.slow
def test_spark_agrees() -> None:
    transforms.agree_on_spark(2, LIMIT)


def test_a_wrong_answer_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    line = LINES["StandardScaler"]
    right = columns.sklearn

    def wrong(line: Line, frame: pd.DataFrame, y: object) -> columns.Fit:
        transform = right(line, frame, y)()
        return lambda: lambda some: transform(some) + 0.001

    monkeypatch.setattr(columns, "sklearn", wrong)
    with pytest.raises(DisagreementError, match=r"StandardScaler: .* of scikit-learn"):
        transforms.check([line], [], 2, LIMIT)


def test_lines_are_those_of_cases() -> None:
    known = {repr(case.transform) for case in cases()}
    assert set(_ALSO) <= known
    kinds = {type(case.transform).__name__ for case in cases()}
    assert all(act in transforms.ACTS and (name in LINES or name in kinds) for name, act in REASONS)
    assert reason(LINES["StandardScaler"], "nothing") == ""


def test_a_line_is_timed_and_stands_in_the_table(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("<!-- transforms:begin -->\n<!-- transforms:end -->\n")
    given = ["--scale=0.001", "--only=StandardScaler", "--only=memory", f"--readme={readme}"]
    assert transforms.main(given) == 0
    text = readme.read_text()
    assert "| `StandardScaler()`, 10 numbers of 1,000 rows |" in text
    assert "| pandas over a numpy array |" in text


@pytest.mark.parametrize("runner", rows.RUNNERS)
@pytest.mark.parametrize("line", rows.PIPELINES)
def test_a_row_is_timed(line: str, runner: str) -> None:
    found = rows.figures(Namespace(line=line, runner=runner, seconds=0.5))
    assert found["micros"] > 0
    assert "µs" in transforms.rows_table({(line, runner): found})


def test_tables_stand_beside_scikit_learn() -> None:
    line = LINES["StandardScaler"]
    ours = {"fit": [2.0, 1.0], "fit_over": 0, "transform": [0.5], "transform_over": 2**20}
    theirs = {"fit": [4.0], "fit_over": 2**21, "transform": [0.25], "transform_over": -1}
    found = {("StandardScaler", "ropeway"): ours, ("StandardScaler", "sklearn"): theirs}
    lines = transforms.columns_table([line], found, 0.5).splitlines()
    assert lines[2].startswith(
        "| `StandardScaler()`, 10 numbers of 500,000 rows | 1.000 s | 4.000 s | 4.00 x | 0 MiB | 2 MiB | 0.500 s | "
        "0.250 s | 0.50 x | 1 MiB | 0 MiB |"
    )
    assert lines[3].startswith("| geometric mean | | | **4.00 x** | | | | | **0.50 x** |")
    memory = transforms.memory_table({("arrow", "memory"): {"input": GIB, "over": 1.2 * GIB}})
    assert memory.splitlines()[2] == "| Arrow table | 1.00 GiB | 1.20 GiB | +10 % |"
    spark = {"ropeway": Measured((2.0,), GIB, 3.0), "sklearn": Measured((5.0,), GIB, 9.0)}
    assert "2.50 x" in "".join(transforms._tables([], {}, spark, 1.0))


def test_marks_of_memory_rise() -> None:
    before = marks.lowered()
    held = np.ones(8_000_000)  # too large for memory that was given back before to be taken again
    assert held.nbytes == 64_000_000
    assert marks.highest() - before > 60_000_000
