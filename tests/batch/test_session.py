"""The Spark session: Delta, UTC, jars, Java, and its settings in spark-defaults.conf."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import ropeway as rw
from ropeway.batch import session
from ropeway.batch.session import SETTINGS, choose_java, delta_packages, spark_session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROOT = Path(__file__).resolve().parent.parent.parent


def test_writes_and_reads_delta_in_utc(spark: "SparkSession", tmp_path: Path) -> None:
    moment = datetime(2024, 3, 31, 1, 59, 59, 123456, tzinfo=UTC)
    frame = spark.createDataFrame([(1, moment)], "key long, time timestamp")
    frame.write.format("delta").save(f"{tmp_path}/table")
    frame.write.format("delta").mode("append").save(f"{tmp_path}/table")

    back = spark.read.format("delta").load(f"{tmp_path}/table").toArrow()
    assert back.column("time").type == pa.timestamp("us", "UTC")
    assert back.to_pylist() == [{"key": 1, "time": moment}] * 2
    first = spark.read.format("delta").option("versionAsOf", 0).load(f"{tmp_path}/table")
    assert first.count() == 1


def test_parquet_times_are_microseconds_with_a_zone(spark: "SparkSession", tmp_path: Path) -> None:
    spark.sql("select timestamp'2024-01-01 00:00:00.000001' as time").write.parquet(f"{tmp_path}/table")
    (file,) = (tmp_path / "table").glob("*.parquet")
    column = pq.ParquetFile(file).schema.column(0)
    assert json.loads(column.logical_type.to_json())["timeUnit"] == "microseconds"
    assert column.physical_type == "INT64"


def test_a_running_session_is_handed_back_with_what_can_change(spark: "SparkSession") -> None:
    name = "spark.sql.shuffle.partitions"
    before = spark.conf.get(name)
    try:
        again = spark_session("local[7]", app_name="other", **{name: 3})
        assert again is spark
        assert spark.conf.get(name) == "3"
        assert spark.sparkContext.master == "local[2]"
    finally:
        spark.conf.set(name, str(before))


def test_settings_without_the_name_of_spark_are_refused() -> None:
    with pytest.raises(rw.UsageError, match=r"'shuffle_partitions'.*begin with 'spark\.'"):
        spark_session(shuffle_partitions=4)


def test_without_pyspark_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(rw.MissingDependencyError, match=r"pip install 'ropeway\[spark\]'"):
        spark_session()


def test_spark_defaults_says_the_same() -> None:
    lines = (ROOT / "spark-defaults.conf").read_text().splitlines()
    stated = dict(line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))
    assert stated.pop("spark.jars") == "jars/*.jar"
    assert stated == SETTINGS


PROGRAM = """
import json, sys
from ropeway.batch.session import spark_session

spark = spark_session(app_name="ignored", **{"spark.sql.shuffle.partitions": 5})
spark.range(3).write.format("delta").save(sys.argv[1])
answer = {
    "rows": spark.read.format("delta").load(sys.argv[1]).count(),
    "master": spark.sparkContext.master,
    "partitions": spark.conf.get("spark.sql.shuffle.partitions"),
    "zone": spark.conf.get("spark.sql.session.timeZone"),
    "batch": spark.conf.get("spark.sql.execution.arrow.maxRecordsPerBatch"),
}
with open(sys.argv[2], "w") as file:
    json.dump(answer, file)
spark.stop()
"""


def submit(folder: Path, *options: str | Path) -> dict[str, object]:
    """What PROGRAM finds when the real spark-submit runs it, from the root of the repository."""
    import pyspark

    choose_java()
    (folder / "program.py").write_text(PROGRAM)
    command = [
        *(Path(pyspark.__file__).parent / "bin" / "spark-submit", "--master", "local[1]", *options),
        *("--conf", f"spark.sql.warehouse.dir={folder}/warehouse"),
        *("--driver-java-options", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"),
        *(folder / "program.py", folder / "table", folder / "answer.json"),
    ]
    environment = {**os.environ, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads((folder / "answer.json").read_text())
    return answer


def test_spark_submit_takes_spark_defaults_and_rules(tmp_path: Path) -> None:
    options = ["--properties-file", "spark-defaults.conf", "--conf", "spark.sql.session.timeZone=Europe/Vienna"]
    assert submit(tmp_path, *options) == {
        "rows": 3,
        "master": "local[1]",
        "partitions": "5",
        "zone": "Europe/Vienna",
        "batch": SETTINGS["spark.sql.execution.arrow.maxRecordsPerBatch"],
    }


def test_what_spark_submit_was_not_told_is_added_where_it_can_be(tmp_path: Path) -> None:
    needed = ["spark.sql.extensions", "spark.sql.catalog.spark_catalog"]
    told = {"spark.jars": "jars/*.jar", **{name: SETTINGS[name] for name in needed}}
    answer = submit(tmp_path, *(word for name, value in told.items() for word in ("--conf", f"{name}={value}")))
    assert (answer["rows"], answer["zone"]) == (3, "UTC")
    assert answer["batch"] == SETTINGS["spark.sql.execution.arrow.maxRecordsPerBatch"]


# ---- jars


def test_jars_of_the_repository_are_used(spark: "SparkSession", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ROPEWAY_JARS", raising=False)
    (jars,) = session._jar_settings().values()
    assert {Path(jar).parent for jar in jars.split(",")} == {ROOT / "jars"}
    assert spark.conf.get("spark.jars") is not None


def test_jars_of_a_named_folder_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "delta.jar").touch()
    monkeypatch.setenv("ROPEWAY_JARS", str(tmp_path))
    assert session._jar_settings() == {"spark.jars": f"{tmp_path}/delta.jar"}


def test_a_named_folder_without_jars_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROPEWAY_JARS", str(tmp_path))
    with pytest.raises(rw.UsageError, match=r"ROPEWAY_JARS names .* holds no jars"):
        session._jar_settings()


def test_without_the_repository_spark_resolves_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ROPEWAY_JARS", raising=False)
    monkeypatch.setattr(session, "__file__", str(tmp_path / "ropeway" / "batch" / "session.py"))
    settings = session._jar_settings()
    assert settings["spark.jars.packages"] == ",".join(delta_packages())
    assert delta_packages()[0].startswith("io.delta:delta-spark_4.1_2.13:4.1.")


# ---- Java


def java(folder: Path, version: str) -> Path:
    """A folder with a program that says what Java of that version says."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-01-01' >&2\n")
    program.chmod(0o755)
    return folder


def test_the_first_java_that_fits_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java(tmp_path / "old", "1.8.0_392")
    java(tmp_path / "new", "25.0.1")
    java(tmp_path / "all" / "openjdk-21", "21.0.4")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "old"))
    monkeypatch.setenv("PATH", f"{tmp_path}/new/bin:/bin")
    monkeypatch.setattr(session, "JAVA_FOLDER", tmp_path / "all")
    choose_java()
    assert os.environ["JAVA_HOME"] == str(tmp_path / "all" / "openjdk-21")


def test_a_java_on_the_path_needs_no_java_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java(tmp_path / "good", "17.0.9")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}/good/bin:/bin")
    choose_java()
    assert "JAVA_HOME" not in os.environ


@pytest.mark.parametrize(("version", "found"), [("11.0.2", r"bin/java \(11\)"), (None, "found none")])
def test_without_a_java_that_fits_the_command_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str | None, found: str
) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "some" / "bin"))
    monkeypatch.setattr(session, "JAVA_FOLDER", tmp_path / "all")
    if version:
        java(tmp_path / "some", version)
        monkeypatch.setenv("PATH", f"{tmp_path}/some/bin:/bin")
    with pytest.raises(rw.RopewayError, match=f"needs Java 17 or 21; .*{found}.*apt-get install openjdk-17"):
        choose_java()
