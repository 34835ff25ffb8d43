"""What holds for tests and for the examples in docstrings alike."""

from pathlib import Path

import pytest
from _pytest.doctest import DoctestItem


@pytest.fixture(autouse=True)
def example_folder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """An example in a docstring runs in an empty folder, so that it may write "delta:data/training" as a user would."""
    if isinstance(request.node, DoctestItem):
        folder: Path = request.getfixturevalue("tmp_path")
        monkeypatch.chdir(folder)
