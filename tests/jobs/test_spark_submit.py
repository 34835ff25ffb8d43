"""Two jobs by a real spark-submit, with the library from the zip."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from deltalake import DeltaTable, write_deltalake

import ropeway as rw
from tests.batch.test_engines import asked, check_same, flights
from tests.programs import ROOT, run

DECLARED = """
import ropeway as rw

assert "ropeway.zip" in rw.__file__, rw.__file__
flights = rw.Source("flights", "delta:{folder}/flights", "at", available_at="known")
plane = rw.FeatureView("plane", rw.Entity("tail"), flights, [rw.count().over("1d"), rw.sum("delay").over("7d")])
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("job")
    (made / "features.py").write_text(DECLARED.format(folder=made))
    for name, table in (("flights", flights()), ("rows", asked())):
        write_deltalake(made / name, table)
    return made


def submit(built: Path, job: str, *arguments: str | Path) -> list[str | Path]:
    program = Path(sys.executable).with_name("spark-submit")
    settings = ["--master", "local[2]", "--properties-file", "spark-defaults.conf"]
    return [program, *settings, "--py-files", built / "ropeway.zip", f"jobs/{job}.py", *arguments]


def test_backfill_and_explain_run_as_jobs(built: Path, folder: Path) -> None:
    places = [f"{folder}/features.py:plane", "--rows", f"delta:{folder}/rows"]
    environment = {"PYSPARK_PYTHON": sys.executable}
    shown = run(*submit(built, "explain", *places), folder=ROOT, **environment)
    assert "backfill of 2 features by Spark: 1 pass over 1 source, 1 shuffle" in shown

    job = submit(built, "backfill", *places, "--to", f"delta:{folder}/out", "--run-id", "one")
    said = run(*job, folder=ROOT, **environment)
    assert said.splitlines()[-1] == f"wrote 1,000 rows to delta:{folder}/out, version 0 (run one)"
    source = rw.Source("flights", f"delta:{folder}/flights", "at", available_at="known")
    features = [rw.count().over("1d"), rw.sum("delay").over("7d")]
    plane = rw.FeatureView("plane", rw.Entity("tail"), source, features)
    local = rw.backfill(f"delta:{folder}/rows", plane).sort_by("row")
    check_same(DeltaTable(folder / "out").to_pyarrow_table().sort_by("row").cast(local.schema), local)


def test_a_failed_job_ends_with_1_and_one_message(built: Path, folder: Path) -> None:
    job = submit(built, "backfill", f"{folder}/features.py:plane", "--rows", f"delta:{folder}/none", "--to", "delta:x")
    environment = {**os.environ, "PYSPARK_PYTHON": sys.executable}
    done = subprocess.run(
        job, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("ropeway: ")]
    assert len(said) == 1
    assert "/none" in said[0]
    assert "Traceback" not in done.stdout + done.stderr
