"""States, looked up at any later instant: equal to a backfill of the rows that they were made of, in every bit."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import write_deltalake

import ropeway as rw
from tests.online.samples import DAY, backfilled, flights, numeric, rows, same, service

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

UNTIL = DAY + pd.Timedelta("21d 3h 5min")
LATER = [pd.Timedelta(one) for one in ("0us", "1us", "7min", "26h", "9d", "40d")]


def known_by(table: pa.Table, until: pd.Timestamp, *columns: str) -> pa.Table:
    """The rows that happened and were known by then."""
    for name in columns:
        table = table.filter(
            pc.less_equal(table.column(name), pa.scalar(until.to_pydatetime(), table.field(name).type))
        )
    return table


@pytest.mark.parametrize("available_at", ["known", None])
def test_a_lookup_is_a_backfill_at_any_later_instant(store: rw.OnlineStore, available_at: str | None) -> None:
    one = service(available_at=available_at)
    done = rw.materialize(one, store, until=UNTIL, mode="state")
    assert {stored.view: stored.mode for stored in store.views()} == {
        "plane": "state",
        "more": "state",
        "facts": "values",
    }
    assert done.entities > 50
    seen = known_by(flights(), UNTIL, "at", *([] if available_at is None else [available_at]))
    there = service(seen, available_at)
    for later in LATER:
        found = rw.lookup(one, rows(), store, at=UNTIL + later)
        same(found.to_arrow(), backfilled(there, UNTIL + later))


def test_spark_writes_the_same_states(store: rw.OnlineStore, spark: "SparkSession", tmp_path: "Path") -> None:
    write_deltalake(tmp_path / "flights", flights())
    one = service(f"delta:{tmp_path}/flights")
    there = rw.materialize(one, store, until=UNTIL, mode="state", spark=spark)
    found = rw.lookup(one, rows(), store, at=UNTIL + LATER[3]).to_arrow()
    here = rw.materialize(one, store, until=UNTIL, mode="state")
    assert [(made.entities, made.newest) for made in there.views] == [
        (made.entities, made.newest) for made in here.views
    ]
    same(found, rw.lookup(one, rows(), store, at=UNTIL + LATER[3]).to_arrow())


def test_derived_columns_and_a_transform_follow(store: rw.OnlineStore) -> None:
    one = numeric()
    rw.materialize(one, store, until="2013-03-01", mode="state")
    for at in (pd.Timestamp("2013-03-01"), pd.Timestamp("2013-03-09 01:02:03")):
        found = rw.lookup(one, rows(), store, at=at)
        wanted = backfilled(one, at)
        same(found.to_arrow(), wanted)
        assert (
            found.matrix.tobytes()
            == np.column_stack([wanted.column(name).to_numpy() for name in wanted.column_names]).tobytes()
        )
        assert found.ages.shape == found.matrix.shape


def test_now_is_the_instant_if_none_is_named(store: rw.OnlineStore) -> None:
    table = pa.table({"tail": ["a"], "at": pa.array([0], pa.timestamp("us", "UTC"))})
    one = rw.FeatureView("v", rw.Entity("tail"), rw.Source("s", table, "at"), [rw.time_since_last()])
    rw.materialize(one, store, until="1970-01-02", mode="state")
    begun = pd.Timestamp.now("UTC").timestamp()
    (found,) = rw.lookup(one, {"tail": "a"}, store).to_dicts()
    assert begun - 1 <= found["v__time_since_last"] <= pd.Timestamp.now("UTC").timestamp() + 1


def test_an_earlier_instant_and_what_has_no_bound_are_refused(store: rw.OnlineStore) -> None:
    one = service()
    rw.materialize(one, store, until=UNTIL, mode="state")
    with pytest.raises(rw.UsageError, match="and tell of no earlier instant"):
        rw.lookup(one, rows(), store, at=UNTIL - pd.Timedelta("1us"))
    source = rw.Source("flights", flights(), "at")
    whole = rw.FeatureView("whole", rw.Entity("tail"), source, [rw.median("delay"), rw.count_distinct("to")])
    with pytest.raises(rw.UsageError, match="whole__delay_median, whole__to_count_distinct over all history"):
        rw.materialize(whole, store, until=UNTIL, mode="state")
    assert "whole" not in {stored.view for stored in store.views()}


def test_a_later_batch_replaces_states(store: rw.OnlineStore) -> None:
    one = service()
    for days in (10, 20, 41, 80):
        until = DAY + pd.Timedelta(days=days)
        rw.materialize(one, store, until=until, mode="state")
        there = service(known_by(flights(), until, "at", "known"))
        same(rw.lookup(one, rows(), store, at=until).to_arrow(), backfilled(there, until))


def test_a_view_changes_its_mode(store: rw.OnlineStore) -> None:
    """Under a service that is looked up already."""
    one = service()
    rw.materialize(one, store, until=UNTIL)
    values = rw.lookup(one, rows(), store).to_arrow()
    rw.materialize(one, store, until=UNTIL, mode="state")
    same(rw.lookup(one, rows(), store, at=UNTIL).to_arrow(), values)
    rw.materialize(one, store, until=UNTIL)
    same(rw.lookup(one, rows(), store).to_arrow(), values)
