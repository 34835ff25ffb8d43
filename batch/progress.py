"""A progress bar for work that lasts, on a terminal and nowhere else."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tqdm import tqdm

from ropeway.transforms.passes.clock import STAGES, Clock

if TYPE_CHECKING:
    from pyspark import StatusTracker
    from pyspark.sql import SparkSession

#: work that is over sooner shows nothing
PATIENCE_S = 2.0
#: how often Spark is asked for the state of its stages
POLL_S = 0.5


class Progress:
    """Shows a bar if `wanted`; None: if standard error is a terminal.

    >>> with Progress(False).over(["flights"], Clock()) as sources:
    ...     list(sources)
    ['flights']
    """

    def __init__(self, wanted: bool | None = None) -> None:
        self.shown = sys.stderr.isatty() if wanted is None else wanted

    @contextmanager
    def over(self, passes: list[str], clock: Clock) -> Iterator[Iterator[str]]:
        """The names of passes, one by one; the bar moves with each stage of theirs that `clock` sees end.

        One that has more stages than usual, since it was cut into several, waits for its end with a full share.
        """
        total, share = len(passes) * len(STAGES), len(STAGES)
        with tqdm(
            total=total, unit="stage", delay=PATIENCE_S, mininterval=0, disable=not self.shown, leave=False
        ) as bar:
            most = 0

            def ended(_: str) -> None:
                bar.update(min(1, most - int(bar.n)))

            clock.ended = ended

            def named() -> Iterator[str]:
                nonlocal most
                for number, name in enumerate(passes):
                    bar.update(number * share - int(bar.n))
                    most = (number + 1) * share
                    bar.set_description(name, refresh=False)
                    yield name

            yield named()

    @contextmanager
    def of_spark(self, spark: SparkSession) -> Iterator[None]:
        """A bar of the tasks in Spark's active stages; none over Spark Connect, which does not tell."""
        tracker = _tracker(spark) if self.shown else None
        if tracker is None:
            yield
            return
        over = threading.Event()
        with tqdm(unit="task", delay=PATIENCE_S, leave=False) as bar:
            watcher = threading.Thread(target=_watch, args=(tracker, bar, over), daemon=True)
            watcher.start()
            try:
                yield
            finally:
                over.set()
                watcher.join()


def _tracker(spark: SparkSession) -> StatusTracker | None:
    from pyspark.errors import PySparkException

    try:
        return spark.sparkContext.statusTracker()
    except PySparkException:
        return None


def _watch(tracker: StatusTracker, bar: tqdm[None], over: threading.Event) -> None:
    while not over.wait(POLL_S):
        stages = [stage for number in tracker.getActiveStageIds() if (stage := tracker.getStageInfo(number))]
        bar.total = sum(stage.numTasks for stage in stages)
        bar.n = sum(stage.numCompletedTasks for stage in stages)
        bar.set_description(", ".join(f"stage {stage.stageId}" for stage in stages), refresh=False)
        bar.refresh()
