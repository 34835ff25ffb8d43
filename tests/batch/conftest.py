"""Both engines, one after the other."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

import ropeway as rw

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(params=["local", "spark"])
def backfill(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """`rw.backfill` on one engine after the other."""
    if request.param == "local":
        return rw.backfill
    spark: SparkSession = request.getfixturevalue("spark")
    return lambda rows, features, **options: rw.backfill(rows, features, spark=spark, **options)
