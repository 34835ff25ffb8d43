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
    """One Spark for all tests of a process, quick to start; without a Java that fits they fail, and say what to do."""
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
        if any("spark_session(" in example.source for example in request.node.dtest.examples):
            request.getfixturevalue("spark")  # else it would start one that is slow to start, and leave it to all
        folder: Path = request.getfixturevalue("tmp_path")
        monkeypatch.chdir(folder)
