"""What Spark's tasks say of themselves, on its way back to the driver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ropeway.batch.report import Task

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: which pass, what was done in it, and by the task of which number
Place = tuple[int, str, int]


class Facts:
    """Tasks call `tell` once each; the driver reads `tasks` when the job is over.

    They travel by one of Spark's accumulators. A task that was tried again tells again, and the last word counts.
    Spark Connect has no accumulators: there `tasks` stays empty.
    """

    def __init__(self, spark: SparkSession) -> None:
        from pyspark.accumulators import AccumulatorParam
        from pyspark.errors import PySparkException

        class Latest(AccumulatorParam[dict[Place, Task]]):
            def zero(self, value: dict[Place, Task]) -> dict[Place, Task]:
                return {}

            def addInPlace(  # noqa: N802 - Spark's name
                self, value1: dict[Place, Task], value2: dict[Place, Task]
            ) -> dict[Place, Task]:
                value1.update(value2)
                return value1

        try:
            self._told: Any = spark.sparkContext.accumulator({}, Latest())
        except PySparkException:
            self._told = None

    def tell(self, pass_number: int, what: str, task: Task) -> None:
        """To be called in a task."""
        from pyspark import TaskContext

        context = TaskContext.get()
        if self._told is not None and context is not None:
            self._told.add({(pass_number, what, context.partitionId()): task})

    @property
    def tasks(self) -> list[Task]:
        """What was told, in a set order."""
        told: dict[Place, Task] = {} if self._told is None else self._told.value
        return [told[place] for place in sorted(told)]
