"""What all tests share: a hypothesis that draws the same examples each time, and what is built."""

from pathlib import Path

import pytest
from hypothesis import settings

from tests.programs import build

settings.register_profile("ropeway", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ropeway")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the wheel and the zip of this tree."""
    return build(tmp_path_factory.mktemp("repository"))
