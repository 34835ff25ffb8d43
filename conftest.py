"""What holds for tests and for the examples in docstrings alike."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from _pytest.doctest import DoctestItem

from ropeway.batch.session import spark_session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[SparkSession]":
    """One Spark for all tests, quick to start; without a Java that fits they fail, and say what installs one."""
    conf = {
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("warehouse")),
        "spark.driver.memory": "2g",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }
    session = spark_session("local[2]", app_name="tests", **conf)
    yield session
    session.stop()


@pytest.fixture(autouse=True)
def example_folder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """An example in a docstring runs in an empty folder, so that it may write "delta:data/training" as a user would."""
    if isinstance(request.node, DoctestItem):
        if _group(request.node) == "spark":
            request.getfixturevalue("spark")
        folder: Path = request.getfixturevalue("tmp_path")
        monkeypatch.chdir(folder)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several workers (`-n 2`), tests of a group run on one of them; groups that last begin first."""
    if not hasattr(config, "workerinput"):
        return
    groups = []
    for item in items:
        mark = item.get_closest_marker("xdist_group")
        groups.append(mark.args[0] if mark else _group(item))
        item.add_marker(pytest.mark.xdist_group(groups[-1]))
    slow = {group for item, group in zip(items, groups, strict=True) if item.get_closest_marker("slow")}
    order = sorted(range(len(items)), key=lambda at: (groups[at] != "spark", groups[at] not in slow))
    items[:] = [items[at] for at in order]


def _group(item: pytest.Item) -> str:
    """What it shares with others: one Spark, one build, or what the fixtures of its file make."""
    if isinstance(item, DoctestItem):
        started = any("spark_session(" in example.source for example in item.dtest.examples)
        return "spark" if started else "examples in docstrings"
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    asked = [*getattr(item, "fixturenames", ()), *(one for one in parameters if isinstance(one, str))]
    return next((name for name in ("spark", "built") if name in asked), item.nodeid.partition("::")[0])
