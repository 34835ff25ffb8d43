"""What holds for tests and for the examples in docstrings alike."""

from pathlib import Path

import pytest
from _pytest.doctest import DoctestItem


@pytest.fixture(autouse=True)
def example_folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An example in a docstring runs in an empty folder, so that it may write "delta:data/training" as a user would."""
    if isinstance(request.node, DoctestItem):
        monkeypatch.chdir(tmp_path)
