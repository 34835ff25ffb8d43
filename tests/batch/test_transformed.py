"""A service with a fitted pipeline: what a backfill gives is what its model takes."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

import ropeway as rw
from ropeway import transforms as T
from ropeway.connectors.spark_frames import to_spark

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DAY = pd.Timestamp("2013-01-01")


def flights() -> pd.DataFrame:
    random = np.random.default_rng(5)
    words = np.array(["JFK", "LGA", "EWR"], object)
    return pd.DataFrame({
        "tail": random.integers(0, 5, 80).astype(str), "at": DAY + pd.to_timedelta(random.integers(0, 500, 80), "h"),
        "delay": random.normal(size=80).round(2), "origin": words[random.integers(0, 3, 80)],
    })  # fmt: skip


def rows() -> pd.DataFrame:
    return pd.DataFrame({
        "tail": ["0", "1", "2", "nobody", None, "3"], "mine": range(6),
        "event_timestamp": DAY + pd.to_timedelta([100, 200, 300, 300, 300, 450], "h"),
    })  # fmt: skip


PLAIN = rw.FeatureView(
    "plane",
    rw.Entity("tail"),
    rw.Source("flights", flights(), "at"),
    [rw.count().over("7d"), rw.mean("delay").over("7d"), rw.last("origin")],
)
LABEL = rw.LabelView("after", PLAIN.entity, PLAIN.source, [rw.max("delay").ahead("1d")])
DERIVED = {"twice": rw.col("plane__delay_mean_7d") * 2}


def pipeline() -> rw.Pipeline:
    p = rw.Pipeline("p")["plane__delay_mean_7d", "twice"] >> [T.SimpleImputer(), T.StandardScaler()]
    return p["plane__origin_last"] >> T.OneHotEncoder(handle_unknown="ignore")


def service(*views: rw.FeatureView) -> rw.FeatureService:
    known = rw.backfill(rows(), rw.FeatureService("s", [PLAIN], derived=DERIVED))
    return rw.FeatureService("s", [PLAIN, *views], derived=DERIVED, transform=pipeline().fit(known))


def test_its_outputs_take_the_place_of_the_features() -> None:
    one = service()
    assert one.transform is not None
    plain = rw.backfill(rows(), rw.FeatureService("s", [PLAIN], derived=DERIVED))
    made = rw.backfill(rows(), one)
    assert list(made) == ["tail", "mine", "event_timestamp", *one.transform.names]
    wanted = one.transform.transform(plain)
    for name in one.transform.names:
        assert made[name].to_numpy().tobytes() == wanted[name].to_numpy().tobytes()
    assert one.schema() == pa.schema([*one.transform.schema])
    assert one.names == one.transform.names


def test_it_is_the_same_on_spark(spark: "SparkSession") -> None:
    one = service(LABEL)
    here = rw.backfill(pa.Table.from_pandas(rows(), preserve_index=False), one)
    assert here.column_names[-1] == "after__delay_max_1d"  # a label stays as it is
    frame = to_spark(pa.Table.from_pandas(rows(), preserve_index=False), spark).repartition(3)
    there = rw.backfill(frame, one).toArrow().sort_by("mine")
    assert there.select(one.names).equals(here.select(one.names).cast(there.select(one.names).schema))


def test_it_is_part_of_the_definition(tmp_path: Path) -> None:
    one = service()
    assert one.definition_hash != rw.FeatureService("s", [PLAIN], derived=DERIVED).definition_hash
    assert one.definition_hash == service().definition_hash
    stored = rw.FeatureView(
        "plane", PLAIN.entity, rw.Source("flights", f"delta:{tmp_path}/flights", "at"), PLAIN.features
    )
    kept = rw.FeatureService("s", [stored], derived=DERIVED, transform=one.transform)
    assert rw.FeatureService.from_dict(kept.to_dict()) == kept
    assert "transform" in repr(kept)


def test_what_it_made_is_rebuilt_from_the_table_alone(tmp_path: Path) -> None:
    write_deltalake(tmp_path / "flights", pa.Table.from_pandas(flights(), preserve_index=False))
    write_deltalake(tmp_path / "rows", pa.Table.from_pandas(rows().dropna(), preserve_index=False))
    source = rw.Source("flights", f"delta:{tmp_path}/flights", "at")
    stored = rw.FeatureView("plane", PLAIN.entity, source, PLAIN.features)
    one = rw.FeatureService("s", [stored], derived=DERIVED, transform=service().transform)
    rw.backfill(f"delta:{tmp_path}/rows", one, to=f"delta:{tmp_path}/made")
    rw.rebuild(f"delta:{tmp_path}/made", to=f"delta:{tmp_path}/again")
    made, again = (
        DeltaTable(tmp_path / name).to_pyarrow_table().sort_by([("mine", "ascending")]) for name in ("made", "again")
    )
    assert again.equals(made)
    assert set(service().names) < set(made.column_names)


def test_explain_says_what_it_runs() -> None:
    shown = str(rw.explain(rows(), service()))
    assert "transform: pipeline 'p': 4 outputs of 3 columns\n  by Python: codes\n  compiled: " in shown


def test_what_can_not_be_a_transform_is_refused() -> None:
    with pytest.raises(rw.DeclarationError, match="expected a fitted pipeline"):
        rw.FeatureService("s", [PLAIN], transform=pipeline())  # type: ignore[arg-type]
    with pytest.raises(rw.DeclarationError, match="it reads 'twice', and there is no such column"):
        rw.FeatureService("s", [PLAIN], transform=service().transform)
    known = rw.backfill(rows(), [PLAIN]).assign(after__delay_max_1d=1.0)
    leaking = (rw.Pipeline("p")["after__delay_max_1d"] >> T.StandardScaler()).fit(known)
    with pytest.raises(rw.DeclarationError, match="'after__delay_max_1d' is a label"):
        rw.FeatureService("s", [PLAIN, LABEL], transform=leaking)
    clash = (rw.Pipeline("p")["plane__count_7d"] >> T.StandardScaler().alias("after__delay_max_1d")).fit(
        rw.backfill(rows(), [PLAIN])
    )
    with pytest.raises(rw.DeclarationError, match="its output 'after__delay_max_1d' is the name of a label too"):
        rw.FeatureService("s", [PLAIN, LABEL], transform=clash)
    texts = known.assign(plane__count_7d=["a"] * len(known))
    other = (rw.Pipeline("p")["plane__count_7d"] >> T.OneHotEncoder()).fit(texts)
    with pytest.raises(rw.SchemaError, match="'plane__count_7d' is of type int64, and was string"):
        rw.backfill(rows(), rw.FeatureService("s", [PLAIN], transform=other))
