"""Programs that tests run, away from what runs the tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ["batch", "connectors", "features", "jobs", "online", "transforms"]
PARTS = ["pyproject.toml", "setup.py", "README.md", "LICENSE", "scripts", "ropeway", *FOLDERS]


def run(*command: str | Path, folder: Path, **environment: str) -> str:
    """What the program prints; its failure is the test's, with what it said."""
    # Nothing of what runs these tests: no coverage, no folder of theirs to import from.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "PYTHON"))}
    done = subprocess.run(
        command,
        cwd=folder,
        env={**kept, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def build(folder: Path) -> Path:
    """The dist/ of a copy of the repository in `folder`, links and all."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, folder / part)
    run(sys.executable, "scripts/build.py", folder=folder)
    assert not (folder / "build").exists()
    return folder / "dist"
