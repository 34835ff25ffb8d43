"""A Spark session that can read and write Delta tables.

The settings stand here once; spark-defaults.conf says the same to spark-submit, and a test holds the two together.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from ropeway.transforms.errors import MissingDependencyError, RopewayError, UsageError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

JAVA_VERSIONS = (17, 21)
JAVA_FOLDER = Path("/usr/lib/jvm")  # where Debian and Ubuntu install them

# What every session of ropeway needs or is better with, from a notebook to a cluster.
SETTINGS: Mapping[str, str] = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.session.timeZone": "UTC",
    # INT96, the default, has no statistics, and other readers take it for nanoseconds, which end in 2262.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # Rows per Arrow batch to a Python worker: 10,000, the default, makes small batches of narrow rows.
    "spark.sql.execution.arrow.maxRecordsPerBatch": "65536",
    # 50, the default, starts 50 tasks to read the log of a table of any size.
    "spark.databricks.delta.snapshotPartitions": "2",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",  # ropeway has its own
    "spark.log.level": "ERROR",
    # In local mode this is the heap of the whole of Spark, 1g by default; it counts when Java starts, not later.
    "spark.driver.memory": "4g",
}
# What Delta's packages ask for and Spark has itself, or Delta without Unity Catalog does not need.
EXCLUDED_PACKAGES = (
    "com.google.code.findbugs:*",
    "io.unitycatalog:*",
    "org.apache.logging.log4j:*",
    "org.slf4j:*",
)
# Where a session was made by others, only these are set, and only if nobody has set them.
_LATE_SETTINGS = (
    "spark.sql.session.timeZone",
    "spark.sql.parquet.outputTimestampType",
    "spark.sql.execution.arrow.maxRecordsPerBatch",
)
# Settings that are lists: what the caller gives is added to ours.
_LISTS = ("spark.jars", "spark.jars.packages", "spark.jars.excludes", "spark.sql.extensions")


def spark_session(master: str = "local[*]", *, app_name: str = "ropeway", **conf: str | float | bool) -> "SparkSession":
    """A Spark session with Delta, in UTC, with settings that suit small data as well.

    `conf` are Spark's own settings under their own names, dots and all: `**{"spark.sql.shuffle.partitions": 8}`.
    They win over the settings given here; jars, packages and extensions are added to them.

    Delta's jars come from the folder that the variable ROPEWAY_JARS names, else from `jars/` of the repository,
    which `make setup` fills; where neither is, Spark resolves them from Maven, once per user.

    There is one session per process. If one runs already it is handed back as it is, only with those of `conf` that
    can change while it runs. In a program that spark-submit started, master and settings are those of spark-submit
    (pass it spark-defaults.conf of this repository); of the settings here only those that can change at run time
    are added, where nobody has set them.

    Raises `MissingDependencyError` without pyspark, and `RopewayError` without a Java that Spark can run on.

    >>> import ropeway as rw
    >>> spark = rw.spark_session("local[2]", **{"spark.sql.shuffle.partitions": 2})
    >>> spark.sql("select current_timezone() as zone").collect()
    [Row(zone='UTC')]
    >>> rw.spark_session(shuffle_partitions=2)
    Traceback (most recent call last):
    ropeway.transforms.errors.UsageError: spark_session got the setting 'shuffle_partitions' ...
    """
    for name in conf:
        if not name.startswith("spark."):
            raise UsageError(
                f"spark_session got the setting {name!r}; Spark's settings begin with 'spark.' and are given "
                'as they are written: spark_session(**{"spark.sql.shuffle.partitions": 8})'
            )
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise MissingDependencyError(
            "spark_session needs pyspark and delta-spark, which are not installed: pip install 'ropeway[spark]'"
        ) from error

    builder = SparkSession.builder.appName(app_name)
    if _runs_already():
        return SparkSession.builder.config(map=dict(conf)).getOrCreate()
    if "PYSPARK_GATEWAY_PORT" in os.environ:  # spark-submit has started Java, and this program
        return _with_late_settings(builder.config(map=dict(conf)).getOrCreate())

    choose_java()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # read from nowhere else
    settings: dict[str, str | float | bool | None] = {**SETTINGS, **_jar_settings()}
    if master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")  # else any of the machine's interfaces, by its name
        settings["spark.sql.shuffle.partitions"] = 2 * _threads(master)
    for name, value in conf.items():
        settings[name] = f"{settings[name]},{value}" if name in _LISTS and settings.get(name) else value
    return builder.master(master).config(map=settings).getOrCreate()


def _runs_already() -> bool:
    from pyspark.errors import PySparkRuntimeError
    from pyspark.sql import SparkSession

    try:
        SparkSession.active()
    except PySparkRuntimeError:
        return False
    return True


def _with_late_settings(session: "SparkSession") -> "SparkSession":
    known = session.conf.getAll
    for name in _LATE_SETTINGS:
        if name not in known:
            session.conf.set(name, SETTINGS[name])
    return session


def _threads(master: str) -> int:
    """How many tasks `local`, `local[4]`, `local[*]` run at a time.

    >>> _threads("local"), _threads("local[4]"), _threads("local[3,2]")
    (1, 4, 3)
    """
    inside = re.search(r"\[(\d+|\*)", master)
    if inside is None:
        return 1
    return (os.cpu_count() or 1) if inside[1] == "*" else int(inside[1])


# ---- Delta's jars


def delta_packages() -> tuple[str, ...]:
    """The Maven coordinates of Delta's jars for the Spark and the Delta that are installed."""
    try:
        spark, delta = version("pyspark"), version("delta-spark")
    except PackageNotFoundError as error:
        raise MissingDependencyError(
            f"Delta tables on Spark need {error.name}, which is not installed: pip install 'ropeway[spark]'"
        ) from error
    major, minor = spark.split(".")[:2]
    return f"io.delta:delta-spark_{major}.{minor}_2.13:{delta}", f"io.delta:delta-storage:{delta}"


def _jar_settings() -> dict[str, str]:
    named = os.environ.get("ROPEWAY_JARS")
    # Past the link ropeway/batch, the repository's root is two folders up; elsewhere there is no folder of that name.
    folder = Path(named) if named else Path(__file__).resolve().parent.parent / "jars"
    jars = sorted(folder.glob("*.jar"))
    if jars:
        return {"spark.jars": ",".join(str(jar.absolute()) for jar in jars)}
    if named:
        raise UsageError(f"the variable ROPEWAY_JARS names {named}, which holds no jars; name the folder with Delta's")
    return {"spark.jars.packages": ",".join(delta_packages()), "spark.jars.excludes": ",".join(EXCLUDED_PACKAGES)}


# ---- Java


def choose_java() -> None:
    """Leaves JAVA_HOME so that Spark starts a Java it can run on."""
    found: list[str] = []
    for java in _javas():
        number = _java_version(java)
        if number in JAVA_VERSIONS:
            if os.environ.get("JAVA_HOME") or shutil.which("java") != str(java):  # Spark looks there first
                os.environ["JAVA_HOME"] = str(java.resolve().parent.parent)
            return
        found.append(f"{java} ({number or 'does not run'})")
    wanted = " or ".join(map(str, JAVA_VERSIONS))
    raise RopewayError(
        f"Spark needs Java {wanted}; found {', '.join(found) if found else 'none'}. On Debian or Ubuntu: "
        f"apt-get install openjdk-17-jdk-headless (or openjdk-21-jdk-headless); elsewhere install one and set JAVA_HOME"
    )


def _javas() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home, "bin", "java")
    if on_path := shutil.which("java"):
        yield Path(on_path)
    yield from sorted(JAVA_FOLDER.glob("*/bin/java"))


def _java_version(java: Path) -> int | None:
    """The number before the first dot; None if it is no Java that runs."""
    try:
        answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr
    except (OSError, subprocess.CalledProcessError):
        return None
    number = re.search(r'version "(?:1\.)?(\d+)', answer)
    return int(number[1]) if number else None
