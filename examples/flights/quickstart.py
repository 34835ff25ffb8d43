"""The main job: features for every flight of 2013 that left New York, on Spark and on this machine, and a model.

    make quickstart

    1  data        the flights as Delta tables                                      data.py
    2  features    what is known of a flight two hours before it departs            features.py
    3  Spark       the training set, into a Delta table
    4  local       the same training set by the local engine, compared bit for bit  compare.py
    5  model       honest, leaky and all-time features, side by side                model.py
"""

import json
import os
import sys
import textwrap
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # started as a file, Python looks in its folder only

import pandas as pd
import pyarrow as pa
from deltalake import DeltaTable

import ropeway as rw
from examples.flights import compare, data, features, model

ROWS, TRAINING = "delta:data/rows", "delta:data/training"
ROOT = data.DATA.parent
KEY, TIME = "row_id", "event_timestamp"


def main() -> int:
    """0 if both engines gave the same training set."""
    os.chdir(ROOT)  # the addresses of the tables count from here
    with step("data: the flights that left New York in 2013"):
        made = data.prepare()
        counts = {name: DeltaTable(data.DATA / name).count() for name in ("flights", "planes", "rows")}
        say(*(f"delta:data/{name}, {count:,} rows" for name, count in counts.items()))
        say("downloaded and written" if made else "found as an earlier run left them")

    with step("features: what is known of a flight two hours before it departs"):
        say(*outline(features.service, rw.explain(ROWS, features.service)))

    with step(f"Spark: the training set, into {TRAINING}"):
        differences = spark_and_local()
    if differences:
        return 1

    with step("model: boosted trees, fitted on the first 70 % of the year and judged on the rest"):
        compare_models()
    return 0


def outline(service: rw.FeatureService, explained: str) -> Iterator[str]:
    """The head of the plan, and what each view holds."""
    yield explained.splitlines()[0]
    for view in service.views:
        yield f"{view.name:9} {len(view.outputs()):2} features by {', '.join(view.entity.join_keys)}: {view.description}"
