"""The census: the pipeline judges as scikit-learn's, and the program says so."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from examples.census import census, data, pipeline

PROGRAM = Path(census.__file__)


@pytest.fixture(scope="module")
def parts() -> dict[str, pd.DataFrame]:
    data.prepare()
    return {part: pd.read_parquet(data.DATA / f"{part}.parquet") for part in ("train", "test")}


def test_the_files_hold_what_the_package_holds(parts: dict[str, pd.DataFrame]) -> None:
    assert {name: len(people) for name, people in parts.items()} == {"train": 32_561, "test": 16_281}
    assert parts["train"]["rich"].mean() == pytest.approx(0.2408, abs=1e-4)
    assert not (parts["train"] == "?").any().any()
    assert not data.prepare()


def test_it_transforms_as_scikit_learn_does(parts: dict[str, pd.DataFrame]) -> None:
    train, test = parts["train"], parts["test"]
    fitted = pipeline.income().fit(train, y=pipeline.LABEL)
    twin = pipeline.twin().fit(train.replace({None: np.nan}), train[pipeline.LABEL])
    theirs = twin[:-1].transform(test.replace({None: np.nan}))
    assert np.abs(fitted.transform(test).to_numpy() - theirs).max() < 1e-9


@pytest.mark.slow
def test_the_program_says_how_both_do() -> None:
    done = subprocess.run([sys.executable, PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the same answers, bit for bit" in done.stdout
    assert "marital_status" in done.stdout
