"""The wheel and the zip: the same files as the folders, and a wheel that works where the repository is not."""

import sys
import zipfile
from pathlib import Path

import pytest

from tests.programs import FOLDERS, ROOT, run


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("ropeway-*-py3-none-any.whl")
    return found


def sources() -> dict[str, bytes]:
    """Each file of the package by its place below the import name."""
    files = {path: path.relative_to(ROOT) for path in (ROOT / "ropeway").iterdir() if path.is_file()}
    for folder in FOLDERS:
        files |= {path: Path("ropeway", path.relative_to(ROOT)) for path in (ROOT / folder).rglob("*.py")}
    return {str(place): path.read_bytes() for path, place in files.items()}


def test_the_wheel_holds_the_files_behind_the_links(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        held = {name: packed.read(name) for name in packed.namelist() if ".dist-info/" not in name}
    assert held == sources()


def test_the_zip_holds_the_package_and_is_the_same_each_time(built: Path) -> None:
    with zipfile.ZipFile(built / "ropeway.zip") as packed:
        assert {name: packed.read(name) for name in packed.namelist()} == sources()
    before = (built / "ropeway.zip").read_bytes()
    run(sys.executable, "scripts/build.py", folder=built.parent)
    assert (built / "ropeway.zip").read_bytes() == before


def test_the_zip_is_importable(built: Path, tmp_path: Path) -> None:
    program = "import ropeway as rw; print(rw.__file__); print(rw.count().over('7d'))"
    answer = run(sys.executable, "-c", program, folder=tmp_path, PYTHONPATH=str(built / "ropeway.zip"))
    assert answer.startswith(f"{built}/ropeway.zip/ropeway/")


SMOKE = """
import importlib, pkgutil, sys
from importlib.metadata import version
from importlib.resources import files

import pandas as pd

import ropeway as rw

assert sys.prefix in rw.__file__, rw.__file__
assert files(rw).joinpath("py.typed").is_file()
assert version("ropeway") == rw.__version__

times = pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"], utc=True)
flights = pd.DataFrame({"tailnum": "N1", "at": times, "delay": [1.0, 2.0, 4.0]})
source = rw.Source("flights", table=flights, timestamp="at")
plane = rw.Entity("plane", join_keys=["tailnum"])
view = rw.FeatureView("history", entity=plane, source=source, features=[rw.count().over("1d"), rw.mean("delay")])
frame = rw.backfill(pd.DataFrame({"tailnum": "N1", "event_timestamp": times}), view)
assert frame["history__count_1d"].tolist() == [0, 1, 1], frame
assert frame["history__delay_mean"].tolist()[1:] == [1.0, 1.5], frame

try:
    import pyspark
except ImportError:
    print("no pyspark")

for module in pkgutil.walk_packages(rw.__path__, "ropeway."):
    importlib.import_module(module.name)
    print(module.name)
"""


def test_the_wheel_works_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    python = tmp_path / "environment" / "bin" / "python"
    uv = [sys.executable, "-m", "uv"]
    run(*uv, "venv", "--python", sys.executable, tmp_path / "environment", folder=tmp_path)
    lock = ROOT / "requirements.lock"
    run(*uv, "pip", "install", "--python", python, "--constraints", lock, wheel, folder=tmp_path)

    printed = run(python, "-c", SMOKE, folder=tmp_path).splitlines()
    assert printed[0] == "no pyspark"
    assert {f"ropeway.{folder}" for folder in FOLDERS} <= set(printed)
    assert "usage" in run(tmp_path / "environment" / "bin" / "ropeway", "--help", folder=tmp_path).lower()
