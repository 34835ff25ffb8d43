"""Values of a batch, looked up: equal to a backfill at its instant in every bit, in both stores."""

import asyncio
import math
import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from deltalake import write_deltalake

import ropeway as rw
from ropeway.connectors.online.records import HEADER
from tests.online.samples import DAY, backfilled, flights, numeric, rows, same, service

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

UNTIL = DAY + pd.Timedelta("21d 3h 5min")


def view(table: Any = None, *features: Any, name: str = "v") -> rw.FeatureView:
    source = rw.Source("flights", flights() if table is None else table, "at")
    return rw.FeatureView(name, rw.Entity("tail"), source, list(features) or [rw.count().over("7d"), rw.mean("delay")])


@pytest.mark.parametrize("available_at", ["known", None])
def test_a_lookup_is_a_backfill(store: rw.OnlineStore, available_at: str | None) -> None:
    one = service(available_at=available_at)
    done = rw.materialize(one, store, until=UNTIL)
    assert [made.view for made in done.views] == ["plane", "more", "facts"]  # a role is no view of its own
    assert done.entities > 50
    same(rw.lookup(one, rows(), store).to_arrow(), backfilled(one, UNTIL))


def test_a_later_batch_replaces_an_earlier_one(store: rw.OnlineStore) -> None:
    one = service()
    for days in (5, 20, 45, 90):
        until = DAY + pd.Timedelta(days=days)
        rw.materialize(one, store, until=until)
        same(rw.lookup(one, rows(), store).to_arrow(), backfilled(one, until))
    # after 90 days all windows are empty, and only what has no end is kept
    removed = {made.view: made.removed for made in rw.materialize(one, store, until=DAY + pd.Timedelta("400d")).views}
    assert removed["plane"] == 0
    left = {stored.view: stored.entities for stored in store.views()}
    assert left["plane"] == 0
    assert left["more"] > 0
    assert left["facts"] > 0


def test_an_entity_that_falls_out_of_its_windows_is_removed(store: rw.OnlineStore) -> None:
    table = pa.table({"tail": ["a", "b"], "at": pa.array([0, 86_400_000_000], pa.timestamp("us", "UTC"))})
    one = view(table, rw.count().over("1d"))
    assert rw.materialize(one, store, until="1970-01-01T00:00:01").entities == 1
    done = rw.materialize(one, store, until="1970-01-02T12:00:00")
    assert (done.entities, done.views[0].removed) == (1, 1)
    assert rw.lookup(one, {"tail": ["a", "b"]}, store).to_dicts() == [{"v__count_1d": 0}, {"v__count_1d": 1}]


def test_the_same_batch_again_changes_nothing_and_an_older_one_is_refused(store: rw.OnlineStore) -> None:
    one = view()
    first = rw.materialize(one, store, until="2013-01-20")
    again = rw.materialize(one, store, until="2013-01-20")
    assert (again.entities, again.bytes, again.views[0].removed) == (first.entities, first.bytes, 0)
    with pytest.raises(rw.SupersededError, match="a batch as of a later instant has begun"):
        rw.materialize(one, store, until="2013-01-19")
    assert (
        rw.lookup(one, rows(), store)
        .to_arrow()
        .equals(backfilled(rw.FeatureService("s", [one]), pd.Timestamp("2013-01-20")))
    )


def test_spark_writes_what_this_machine_does(store: rw.OnlineStore, spark: "SparkSession", tmp_path: Path) -> None:
    write_deltalake(tmp_path / "flights", flights())
    one = service(f"delta:{tmp_path}/flights")
    there = rw.materialize(one, store, until=UNTIL, spark=spark)
    same(rw.lookup(one, rows(), store).to_arrow(), backfilled(one, UNTIL))
    here = rw.materialize(one, store, until=UNTIL)
    assert [replace(made, seconds=0.0) for made in there.views] == [replace(made, seconds=0.0) for made in here.views]


def test_derived_columns_and_a_transform_are_those_of_a_backfill(store: rw.OnlineStore) -> None:
    one = numeric()
    rw.materialize(one, store, until=UNTIL)
    found = rw.lookup(one, rows(), store)
    wanted = backfilled(one, UNTIL)
    assert found.names == one.names == tuple(wanted.column_names)
    same(found.to_arrow(), wanted)
    matrix = np.column_stack([wanted.column(name).to_numpy() for name in wanted.column_names]).astype(np.float64)
    assert found.matrix.tobytes() == np.ascontiguousarray(matrix).tobytes()
    assert found.ages.shape == found.matrix.shape == found.mask.shape
    plain = rw.FeatureService("d", one.views, derived=dict(one.derived))
    same(rw.lookup(plain, rows(), store).to_arrow(), backfilled(plain, UNTIL))


def test_what_a_lookup_gives(store: rw.OnlineStore) -> None:
    one = view(None, rw.count().over("7d"), rw.mean("delay").over("7d"), rw.any("late").over("7d"))
    rw.materialize(one, store, until=UNTIL)
    found = rw.lookup(one, {"tail": ["N1", "nobody"]}, store)
    wanted = backfilled(rw.FeatureService("s", [one]), UNTIL, pa.table({"tail": ["N1", "nobody"]})).to_pylist()
    assert len(found) == 2
    assert found.to_dicts() == list(found) == wanted
    assert found[1] == {"v__count_7d": 0, "v__delay_mean_7d": None, "v__late_any_7d": None}
    assert found.mask.tolist() == [[False, False, False], [False, True, True]]
    assert found.matrix[0].tolist() == [float(value) for value in wanted[0].values()]
    assert found.matrix[1][0] == 0
    assert np.isnan(found.matrix[1][1:]).all()
    times = flights().to_pandas().query("tail == 'N1'")["at"]
    assert found.ages[0].tolist() == [(UNTIL - times[times < UNTIL].max()).total_seconds()] * 3
    assert np.isnan(found.ages[1]).all()
    frame = found.to_pandas()
    assert frame.dtypes.astype(str).tolist() == ["Int64", "float64", "boolean"]
    assert repr(found) == "<2 vectors of 3 features>"


def test_many_wait_at_once(store: rw.OnlineStore) -> None:
    one = service()
    rw.materialize(one, store, until=UNTIL)
    wanted = rw.lookup(one, rows(), store).to_arrow()

    async def all_of_them() -> list[rw.Vectors]:
        found = await asyncio.gather(*(rw.alookup(one, row, store) for row in rows().to_pylist()))
        await store.aclose()
        return found

    for _ in range(2):  # each in a loop of its own
        found = asyncio.run(all_of_them())
        same(pa.concat_tables([one.to_arrow() for one in found]), wanted)


def test_rows_come_in_any_form(store: rw.OnlineStore) -> None:
    one = service()
    rw.materialize(one, store, until=UNTIL)
    wanted = rw.lookup(one, rows(), store).to_arrow()
    plain = rows().to_pydict()
    for given in (
        plain, rows().to_pylist(), rows().to_pandas().convert_dtypes(), pl.from_arrow(rows()),
        {name: np.array(values, object) for name, values in plain.items()},
    ):  # fmt: skip
        same(rw.lookup(one, given, store).to_arrow(), wanted)
    single = {name: values[3] for name, values in plain.items()}
    same(rw.lookup(one, single, store).to_arrow(), wanted.slice(3, 1))
    same(rw.lookup(one, {**single, "number": np.int64(single["number"])}, store).to_arrow(), wanted.slice(3, 1))
    assert rw.lookup(one, {"tail": [], "partner_tail": [], "number": []}, store).to_arrow().num_rows == 0


KEYS = {
    "int64": (pa.array([7, -(2**62)], pa.int64()), [7, -(2**62)]),
    "int16": (pa.array([7, -3], pa.int16()), [7, np.int64(-3)]),
    "string": (pa.array(["a" * 5000, ""]), ["a" * 5000, ""]),
    "binary": (pa.array([b"\0x", b""]), [b"\0x", b""]),
    "bool": (pa.array([True, False]), [True, False]),
    "date": (pa.array([date(2013, 1, 1), date(1969, 1, 1)]), [date(2013, 1, 1), date(1969, 1, 1)]),
    "timestamp": (
        pa.array([datetime(2013, 1, 1, 5), datetime(1960, 1, 1)], pa.timestamp("ms")),
        [pd.Timestamp("2013-01-01 05:00"), datetime(1960, 1, 1)],
    ),
    "decimal": (pa.array([Decimal("1.50"), Decimal(-7)], pa.decimal128(9, 2)), [Decimal("1.5"), -7]),
}  # fmt: skip


@pytest.mark.parametrize("kind", KEYS)
def test_keys_of_every_type(store: rw.OnlineStore, kind: str) -> None:
    keys, asked = KEYS[kind]
    table = pa.table({"key": keys, "at": pa.array([0, 1], pa.timestamp("us")), "x": [1.0, 2.0]})
    one = rw.FeatureView("v", rw.Entity("key"), rw.Source("s", table, "at"), ["x"])
    rw.materialize(one, store, until="1970-01-02")
    assert rw.lookup(one, {"key": asked}, store).matrix.ravel().tolist() == [1.0, 2.0]
    assert rw.lookup(one, pa.table({"key": keys}), store).matrix.ravel().tolist() == [1.0, 2.0]
    wrong: Any = "x" if kind != "string" else 5
    with pytest.raises(rw.UsageError, match="the key 'key' is"):
        rw.lookup(one, {"key": wrong}, store)


def test_composite_keys_are_told_apart(store: rw.OnlineStore) -> None:
    table = pa.table({
        "a": ["x", "xs", "x"], "b": ["sy", "y", ""], "at": pa.array([0, 1, 2], pa.timestamp("us")),
        "x": [1.0, 2.0, 3.0],
    })  # fmt: skip
    one = rw.FeatureView("v", rw.Entity("key", ["a", "b"]), rw.Source("s", table, "at"), ["x"])
    rw.materialize(one, store, until="1970-01-02")
    found = rw.lookup(one, {"a": ["x", "xs", "x", "xsy"], "b": ["sy", "y", "", ""]}, store).matrix.ravel()
    assert found[:3].tolist() == [1.0, 2.0, 3.0]
    assert math.isnan(found[3])


def test_bad_rows_say_what_is_wrong(store: rw.OnlineStore) -> None:
    one = view()
    rw.materialize(one, store, until=UNTIL)
    for given, why in (
        ({"plane": "N1"}, r"rows have no key 'tail'. They have: plane\."),
        ([{"tail": "N1"}, {"t": 1}], "rows have no key 'tail'"),
        (pd.DataFrame({"x": [1]}), "rows have no key 'tail'"),
        ([1, 2], "expected a list of dicts, got a int in it"),
        ({"tail": 5}, "the key 'tail' is 5, a int: expected a str"),
        ({"tail": ["N1", 5.0]}, "the key 'tail' is 5.0, a float"),
    ):  # fmt: skip
        with pytest.raises(rw.UsageError, match=why):
            rw.lookup(one, given, store)
    two = service()
    rw.materialize(two, store, until=UNTIL)
    with pytest.raises(rw.UsageError, match="expected lists of one length"):
        rw.lookup(two, {"tail": ["N1"], "partner_tail": ["N1", "N2"], "number": [1]}, store)
    with pytest.raises(rw.UsageError, match="give the service a transform that encodes them"):
        _ = rw.lookup(two, rows(), store).matrix


def test_another_instant_is_refused(store: rw.OnlineStore) -> None:
    one = view()
    rw.materialize(one, store, until="2013-01-20")
    assert len(rw.lookup(one, {"tail": "N1"}, store, at="2013-01-20")) == 1
    with pytest.raises(rw.UsageError, match="holds values as of 2013-01-20, and no other"):
        rw.lookup(one, {"tail": "N1"}, store, at="2013-01-21")
    with pytest.raises(rw.UsageError, match='expected "values"'):
        rw.materialize(one, store, until="2013-01-20", mode="everything")  # type: ignore[arg-type]


def test_labels_are_not_served(store: rw.OnlineStore) -> None:
    label = rw.LabelView("after", rw.Entity("tail"), view().source, [rw.max("delay").ahead("1d")])
    for act in (lambda: rw.materialize(label, store, until=UNTIL), lambda: rw.lookup(label, {"tail": "N1"}, store)):
        with pytest.raises(rw.UsageError, match="'after' is a label"):
            act()


def test_what_was_not_materialised_says_so(store: rw.OnlineStore) -> None:
    one = view(None, rw.count().over("7d"), name="one")
    rw.materialize(view(name="other"), store, until=UNTIL)
    with pytest.raises(rw.StoreError, match="holds other, and not 'one': materialise the service first"):
        rw.lookup(one, {"tail": "N1"}, store)
    rw.materialize(one, store, until=UNTIL)
    changed = view(None, rw.count().over("8d"), name="one")
    with pytest.raises(rw.StoreError, match="holds view 'one' under another definition"):
        rw.lookup(changed, {"tail": "N1"}, store)
    rw.materialize(changed, store, until=UNTIL)  # both are there while services change
    assert rw.lookup(one, {"tail": "N1"}, store).names == ("one__count_7d",)
    assert rw.lookup(changed, {"tail": "N1"}, store).names == ("one__count_8d",)
    assert store.drop("one", bytes.fromhex(one.definition_hash[:16])) > 0
    assert [stored.definition for stored in store.views() if stored.view == "one"] == [changed.definition_hash]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda record: record[:-8], "was cut short"),
        (lambda record: record[:10], "has 10 bytes, fewer than a header"),
        (lambda record: b"xx" + record[2:], "none that ropeway wrote"),
        (lambda record: record[:2] + b"\x09" + record[3:], "is of layout 9, and this ropeway reads layout 1"),
        (lambda record: record[:3] + b"\x07" + record[4:], "is of kind 7"),
        (lambda record: record[:8] + b"\0" * 8 + record[16:], "is of another definition"),
        (lambda record: record + b"12345678", "was cut short"),
    ],
)  # fmt: skip
def test_a_spoilt_record_is_never_a_number(store: rw.OnlineStore, spoil: Any, why: str) -> None:
    for one in (view(), view(None, rw.last("to").over("30d"), rw.count(), name="text")):
        rw.materialize(one, store, until=UNTIL)
        (stored,) = (each for each in store.views() if each.view == one.name)
        key = stored.prefix + b"s\x02\0N1"
        (record,) = store.get([key])
        assert record is not None
        assert len(record) > HEADER
        overwrite(store, key, spoil(record))
        assert rw.lookup(one, {"tail": "N2"}, store).names == one.names if hasattr(one, "names") else True
        for tails in ("N1", ["N2", "N1"]):
            with pytest.raises(rw.DataError, match=why):
                rw.lookup(one, {"tail": tails}, store).to_dicts()


def overwrite(store: rw.OnlineStore, key: bytes, record: bytes) -> None:
    if store.scheme == "redis":
        store.client().set(key, record)  # type: ignore[attr-defined]
    else:
        with store._writing() as transaction:  # type: ignore[attr-defined]
            transaction.put(key, record)


def test_another_process_reads_what_this_one_writes(store: rw.OnlineStore) -> None:
    table = pa.table({"tail": ["a"], "at": pa.array([0], pa.timestamp("us")), "x": [1.5]})
    one = rw.FeatureView("v", rw.Entity("tail"), rw.Source("s", "delta:nowhere", "at"), ["x"])
    rw.materialize(one.over_source(one.source.over(table)), store, until="1970-01-02")
    program = (
        "import ropeway as rw, pyarrow as pa\n"
        f"store = rw.OnlineStore({store.address!r})\n"
        "(stored,) = store.views()\n"
        "print(stored.view, stored.entities, len(store.get([stored.prefix + b's\\x01\\0a'])[0]))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["v", "1", "48"]
