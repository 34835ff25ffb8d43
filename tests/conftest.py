"""What all tests share: a Spark session, and a hypothesis that draws the same examples each time."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from ropeway.batch.session import spark_session
from tests.programs import build

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

settings.register_profile("ropeway", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ropeway")


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


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the wheel and the zip of this tree."""
    return build(tmp_path_factory.mktemp("repository"))
