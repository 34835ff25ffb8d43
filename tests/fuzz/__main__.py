"""`make fuzz`: a million answers of random declarations over random tables, against the oracles; then on Spark."""

import argparse
import os
import sys
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from typing import TYPE_CHECKING

from ropeway.batch.session import spark_session
from tests.fuzz.engines import ENGINES, SPARK_ENGINES
from tests.fuzz.running import Draw, Found, examine, stretch

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: cases per piece of work of a process: some seconds
_CASES = 50
#: no more failures than one can read
_ENOUGH = 5


def main() -> int:
    """0 if all answers agree, else 1."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--values", type=int, default=1_000_000, help="answers to compare on this machine")
    parser.add_argument("--spark", type=int, default=300, help="views to compare on Spark")
    parser.add_argument("--seed", type=int, default=1, help="other seeds draw other cases")
    parser.add_argument("--case", help="only this case, such as 17 or spark:17, on all engines that it suits")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)), help="processes")
    parser.add_argument("--ends", action="store_true", help="times at the ends of int64")
    given = parser.parse_args()
    if given.case is not None:
        return _reported(_one(given.seed, given.case, given.ends))
    code = _reported(_here(given.values, given.seed, given.workers, given.ends)) if given.values else 0
    return code or (_reported(_on_spark(given.spark, given.seed)) if given.spark else 0)


def _one(seed: int, text: str, ends: bool) -> Found:
    number = int(text.removeprefix("spark:"))
    if not text.startswith("spark:"):
        return examine(Draw(seed, number, ends=ends), ENGINES, always=True)
    session = _session()
    try:
        return examine(Draw(seed, number, on_spark=True), SPARK_ENGINES, session, always=True)
    finally:
        session.stop()


def _here(values: int, seed: int, workers: int, ends: bool) -> Found:
    """Cases from 0 on, until so many values were compared."""
    # two processes that take all cores each would only wait for each other
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    total, said, begin = Found(), 0, 0
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        running: set[Future[Found]] = set()
        while running or total.values < values:
            while len(running) < workers and total.values < values and len(total.failures) < _ENOUGH:
                running.add(pool.submit(stretch, seed, range(begin, begin + _CASES), ends))
                begin += _CASES
            if not running:
                break
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                total.add(future.result())
            if total.values >= said + 100_000:
                said = total.values
                sys.stderr.write(f"{said:,} values, {len(total.failures)} failures\n")
    return total


def _on_spark(views: int, seed: int) -> Found:
    """Cases from 0 on, until so many views were compared on Spark."""
    session, total, number = _session(), Found(), 0
    try:
        while total.views < views and len(total.failures) < _ENOUGH:
            total.add(examine(Draw(seed, number, on_spark=True), SPARK_ENGINES, session))
            number += 1
    finally:
        session.stop()
    return total


def _session() -> "SparkSession":
    conf = {
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.memory": "2g",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }
    session = spark_session("local[2]", app_name="fuzz", **conf)
    session.sparkContext.setLogLevel("OFF")  # a sum that overflows is an answer here
    return session


def _reported(found: Found) -> int:
    say = sys.stdout.write
    say(f"{found.cases:,} cases of {found.views:,} views: {found.values:,} values\n")
    for name, values in found.by_engine.items():
        say(f"  {name:36} {values:>10,} compared\n")
    for text in found.failures:
        say(f"\n{text}\n")
    say(f"{len(found.failures)} failures\n")
    return 1 if found.failures else 0


if __name__ == "__main__":
    sys.exit(main())
