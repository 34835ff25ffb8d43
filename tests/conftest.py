"""What all tests share: a hypothesis that draws the same examples each time, and what is built."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import ropeway as rw
from tests.programs import build
from tests.servers import RedisServer

settings.register_profile("ropeway", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ropeway")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the wheel and the zip of this tree."""
    return build(tmp_path_factory.mktemp("repository"))


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One Redis for all tests of a process."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["lmdb", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[rw.OnlineStore]:
    """An empty online store of each kind."""
    if request.param == "lmdb":
        made = rw.OnlineStore(f"lmdb:{tmp_path}/online", map_size=1 << 30)
    else:
        server: RedisServer = request.getfixturevalue("redis_server")
        made = rw.OnlineStore(server.address)
        made.client().flushdb()  # type: ignore[attr-defined]
    with made:
        yield made
