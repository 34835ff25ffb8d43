"""What `check_leakage` finds, and what it leaves in peace."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import deltalake
import pyarrow as pa
import pytest

import ropeway as rw
from ropeway.batch.leakage import Difference, LeakageReport, Suspicion
from ropeway.batch.separation import Classes, auc
from ropeway.transforms.families import Ask

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

HOUR = 3_600_000_000
UTC = pa.timestamp("us", "UTC")
KEY = rw.Entity("k")


def instants(*hours: float) -> pa.Array:
    return pa.array([int(hour * HOUR) for hour in hours], UTC)


EVENTS = pa.table(
    {
        "k": ["a", "a", "a", "b", "b"],
        "at": instants(0, 1, 2, 1, 3),
        "known": instants(0.5, 1, 4, 2, 3),
        "x": [1.0, -2.0, 3.0, -4.0, 5.0],
    }
)
ROWS = pa.table({"k": ["a", "a", "b", "b", "a"], "event_timestamp": instants(1, 1.5, 1, 2, 2)})
SOURCE = rw.Source("s", EVENTS, "at")
LABEL = rw.LabelView("later", KEY, SOURCE, [rw.sum("x").ahead("1h")], complete_until="2000-01-01")


def view(*features: Any, source: rw.Source = SOURCE, **options: Any) -> rw.FeatureView:
    return rw.FeatureView("v", KEY, source, list(features), **options)


def check(features: Any, rows: Any = ROWS, labels: Any = LABEL, **options: Any) -> LeakageReport:
    return rw.check_leakage(rows, features, labels, **options)


def differences(report: LeakageReport) -> list[tuple[int, str, Any, Any]]:
    return [(one.row, one.feature, one.value, one.known_before) for one in report.differences]


def test_what_ends_before_t_is_in_peace() -> None:
    report = check(view(rw.last("x"), rw.count().over("1h", "2h"), rw.last_n("x", 3), rw.count().by("k").alias("by")))
    assert (report.differences, report.rows_checked) == ((), 5)


def test_a_window_closed_right_is_reported_where_it_holds_a_row_of_the_instant() -> None:
    report = check(view(rw.last("x").over("1h", closed="both"), rw.count().over("1h"), rw.last_n("x", 2)))
    assert differences(report) == [
        (0, "v__x_last_1h", -2.0, 1.0),
        (2, "v__x_last_1h", -4.0, None),
        (4, "v__x_last_1h", 3.0, -2.0),
    ]
    assert report.differences[0].asked == {
        "k": "a",
        "event_timestamp": dt.datetime(1970, 1, 1, 1, tzinfo=dt.UTC),
    }
    assert not report.ok
    assert "leakage: 5 rows checked\n  v__x_last_1h uses what was not known in 3 rows, such as: row 0 (" in repr(report)


def test_knowledge_is_cut_too() -> None:
    known = rw.Source("s", EVENTS, "at", available_at="known")
    assert check(view(rw.count(), source=known)).differences == ()
    report = check(view(rw.count(), source=known, closed="right"))
    # at 1h the row of that hour is known at once, at 2h that of 1h which became known then
    assert differences(report) == [(0, "v__count", 2, 1), (3, "v__count", 1, 0)]


def test_an_engine_that_looks_ahead_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(*parts: Any) -> Ask:
        made = Ask(*parts)
        return replace(made, window=replace(made.window, closed="both"))

    monkeypatch.setattr("ropeway.features.passes.Ask", ask)
    report = check(view(rw.count()))  # declared as closed left
    assert differences(report) == [(0, "v__count", 2, 1), (2, "v__count", 1, 0), (4, "v__count", 3, 2)]


def test_chains_are_cut_at_each_step_and_static_tables_stay_whole() -> None:
    facts = rw.FeatureView("facts", KEY, rw.Source("f", pa.table({"k": ["a"], "seats": [7]}), None), ["seats"])
    inner = rw.FeatureView("inner", KEY, SOURCE, [rw.count()], closed="right")
    chain = rw.FeatureService("i", [inner, facts], derived={"twice": rw.col("inner__count") * 2}).applied_to(
        rw.Source("s", EVENTS, "at", where=rw.col("x") > -3), where=rw.col("twice") > 0
    )
    features = [rw.max("twice"), rw.last("facts__seats")]
    assert check([view(*features, source=chain), facts]).differences == ()
    report = check([view(*features, source=chain, closed="right"), facts])
    assert differences(report) == [(0, "v__twice_max", 4, 2), (4, "v__twice_max", 6, 4)]


def test_derived_columns_are_features_unless_they_read_labels() -> None:
    derived = {
        "twice": rw.col("v__x_last") * 2,
        "error": rw.col("twice") - rw.col("later__x_sum_1h"),
        "square": rw.col("error") * rw.col("error"),
    }
    for service, labels in [
        (rw.FeatureService("s", [view(rw.last("x"), closed="both"), LABEL], derived=derived), LABEL.with_name("again")),
        (rw.FeatureService("s", [LABEL, view(rw.last("x"), closed="both")], derived=derived), [LABEL.with_name("l")]),
    ]:
        report = check(service, labels=labels, auc=0.8)
        assert {one.feature for one in report.differences} == {"v__x_last", "twice"}
        assert {one.label for one in report.suspicious} == {"later__x_sum_1h", f"{labels_name(labels)}__x_sum_1h"}


def labels_name(labels: Any) -> str:
    return str(labels.name if isinstance(labels, rw.LabelView) else labels[0].name)


def test_the_sample_is_the_same_each_time_and_spread() -> None:
    size = 1000
    table = pa.table({"k": ["a"] * size, "at": instants(*range(size)), "x": [1.0] * size})
    rows = table.select(["k", "at"])
    source = rw.Source("s", table, "at")
    made = view(rw.count(), source=source, closed="right")
    labels = LABEL.over_source(source)
    chosen: dict[int, list[int]] = {}
    for seed in (0, 0, 1):
        report = check(made, rows, labels, timestamp="at", sample=20, seed=seed)
        assert report.rows_checked == len(report.differences) == 20
        numbers = [one.row for one in report.differences]
        assert numbers == sorted(numbers)
        assert chosen.setdefault(seed, numbers) == numbers
        assert max(late - early for early, late in pairwise(numbers)) < 150
    assert chosen[0] != chosen[1]


# ---- suspicious features


def outcome(**columns: Any) -> rw.Source:
    """Rows whose columns are what a model would learn, known long before by a mistake of who wrote them."""
    return rw.Source("told", pa.table({"k": list("abcdef"), "at": instants(*[0] * 6), **columns}), "at")


ASKED = pa.table({"k": list("abcdef"), "event_timestamp": instants(*[1] * 6)})
LATE = pa.table({"k": list("abcdef"), "at": instants(*[2] * 6), "y": [9.0, -1.0, 5.0, 0.0, 7.0, None]})


def told(feature: rw.Feature, table: pa.Table = LATE) -> rw.LabelView:
    return rw.LabelView("l", KEY, rw.Source("late", table, "at"), [feature], complete_until="2000-01-01")


def test_a_column_that_holds_the_outcome_is_suspicious() -> None:
    source = outcome(
        sure=[3, 1, 3, 1, 2, 0],
        no=[False, True, False, True, False, True],
        noise=[1.0, 1, 2, 2, 3, 9],
        text=list("abcdef"),
    )
    report = check(view("sure", "no", "noise", "text", source=source), ASKED, told(rw.last("y").ahead("7d")))
    assert report.differences == ()
    assert report.suspicious == (
        Suspicion("v__sure", "l__y_last_7d", "> 0", 1.0, 5),
        Suspicion("v__no", "l__y_last_7d", "> 0", 1.0, 5),
    )
    assert repr(report).splitlines() == [
        "leakage: 6 rows checked",
        "  v__sure alone tells whether l__y_last_7d > 0: AUC 1.000 over 5 rows",
        "  v__no alone tells whether l__y_last_7d > 0: AUC 1.000 over 5 rows",
    ]
    all_of_them = check(view("noise", source=source), ASKED, told(rw.last("y").ahead("7d")), auc=0.5)
    assert [(one.feature, round(one.auc, 3)) for one in all_of_them.suspicious] == [("v__noise", 0.667)]


def test_nulls_are_a_value_of_their_own_below_all_others() -> None:
    source = outcome(there=[None, 1.0, None, 1.0, None, None], nan=[1.0, float("nan"), 1.0, None, -float("inf"), 1.0])
    report = check(view("there", "nan", source=source), ASKED, told(rw.last("y").ahead("7d")))
    assert [(one.feature, one.auc) for one in report.suspicious] == [("v__there", 1.0), ("v__nan", 1.0)]


@pytest.mark.parametrize(
    ("label", "positive", "meaning"),
    [
        (pa.array([True, None, False]), [True, False], "is true"),
        (pa.array([0, 1, None, 1]), [False, True, True], "is 1"),
        (pa.array([0.0, 3.0, -1.0, float("nan")]), [False, True, False], "> 0"),
        (pa.array([1, 2, 3, 4]), [False, False, True, True], "> 2.5"),
        (pa.array([-1, -2, -3]), [True, False, False], "> -2"),
        (pa.array([2, 2, 2]), None, None),
        (pa.array([1, 1]), None, None),
        (pa.array([None, None], pa.float64()), None, None),
        (pa.array(["a", "b"]), None, None),
        (pa.array([1, 5, 9]).cast(pa.decimal128(30, 2)), [False, False, True], "> 5"),
    ],
)
def test_labels_as_two_classes(label: pa.Array, positive: Any, meaning: str | None) -> None:
    found = Classes.of(pa.chunked_array([label]))
    if positive is None:
        assert found is None
    else:
        assert found is not None
        assert (found.positive.tolist(), found.meaning) == (positive, meaning)


@pytest.mark.parametrize("seed", range(5))
def test_auc_is_that_of_all_pairs(seed: int) -> None:
    draw = random.Random(seed)
    values = [draw.choice([None, float("nan"), float("-inf"), -1.0, 0.0, 2.0, 3.0]) for _ in range(40)]
    label = [draw.choice([True, False, None]) for _ in range(40)]
    classes = Classes.of(pa.chunked_array([pa.array(label)]))
    assert classes is not None
    lowest = (0, 0.0)  # below -inf
    ranks = [lowest if one is None or one != one else (1, one) for one in values]
    pairs = [(x, y) for x, one in zip(ranks, label, strict=True) if one for y, two in zip(ranks, label, strict=True)
             if two is False]  # fmt: skip
    share = sum((x > y) + (x == y) / 2 for x, y in pairs) / len(pairs)
    assert auc(pa.chunked_array([pa.array(values)]), classes) == pytest.approx(max(share, 1 - share), abs=1e-15)


def test_auc_of_large_integers_is_exact() -> None:
    classes = Classes.of(pa.chunked_array([pa.array([True, False])]))
    assert classes is not None
    assert auc(pa.chunked_array([pa.array([2**62 + 1, 2**62])]), classes) == 1.0
    assert auc(pa.chunked_array([pa.array(["a", "b"])]), classes) is None


# ---- where rows and sources come from


def test_frames_addresses_units_and_names(tmp_path: Path) -> None:
    whole = [int(stamp) for stamp in EVENTS["at"].cast(pa.int64()).to_pylist()]
    raw = pa.table({"key": EVENTS["k"], "t": pa.array(whole), "x": EVENTS["x"], "unused": EVENTS["x"]})
    deltalake.write_deltalake(tmp_path / "events", raw)
    rows = pa.table({"who": ROWS["k"], "asked": ROWS["event_timestamp"].cast(pa.int64()), "unused": ROWS["k"]})
    deltalake.write_deltalake(tmp_path / "rows", rows)
    source = rw.Source(
        "s", f"delta:{tmp_path}/events", "at", timestamp_unit="us", field_mapping={"key": "k", "t": "at"}
    )
    made = view(rw.last("x"), source=source, closed="both").with_join_key_map({"k": "who"})
    labels = LABEL.over_source(source).with_join_key_map({"k": "who"})
    expected = differences(check(view(rw.last("x"), closed="both")))
    assert len(expected) == 3
    for asked in (rows, rows.to_pandas(), f"delta:{tmp_path}/rows"):
        report = check(made, asked, labels, timestamp="asked", timestamp_unit="us")
        assert differences(report) == expected


def test_rows_without_a_time_that_the_condition_leaves_out() -> None:
    events = pa.table({"k": ["a", "a"], "at": pa.array([0, None], UTC), "x": [1.0, 2.0]})
    source = rw.Source("s", events, "at", where=rw.col("at").is_not_null())
    assert check(view(rw.count(), source=source), labels=LABEL.over_source(source)).differences == ()


def test_no_rows_at_all() -> None:
    report = check(view(rw.count()), ROWS.slice(0, 0))
    assert (report.ok, report.rows_checked) == (True, 0)
    empty = rw.Source("s", EVENTS.slice(0, 0), "at")
    assert check(view(rw.count(), source=empty), labels=LABEL.over_source(empty)).ok


def test_spark_computes_and_this_machine_checks(spark: SparkSession, tmp_path: Path) -> None:
    deltalake.write_deltalake(tmp_path / "events", EVENTS)
    source = rw.Source("s", f"delta:{tmp_path}/events", "at", available_at="known")
    features = [rw.last("x").over("1h", closed="both"), rw.mean("x"), rw.last_n("x", 2), rw.count().by("k").alias("by")]
    made, label = view(*features, source=source), LABEL.over_source(source)
    here = check(made, ROWS, label)
    assert len(here.differences) == 2
    assert check(made, ROWS, label, spark=spark) == here
    assert check(made, ROWS.to_pandas(), label, spark=spark).suspicious == here.suspicious
    there = check(made, spark.createDataFrame(ROWS.to_pandas()), label)
    assert {(one.feature, one.value, one.known_before) for one in there.differences} == {
        (one.feature, one.value, one.known_before) for one in here.differences
    }


def test_sources_that_only_spark_reads(spark: SparkSession) -> None:
    expected = differences(check(view(rw.last("x"), closed="both")))
    spark.createDataFrame(EVENTS.to_pandas()).createOrReplaceTempView("events_of_a_check")
    for table in ("sql:select * from events_of_a_check", spark.table("events_of_a_check")):
        source = rw.Source("s", table, "at")
        report = check(view(rw.last("x"), source=source, closed="both"), labels=LABEL.over_source(source), spark=spark)
        assert differences(report) == expected


# ---- bad input


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sample": 0}, "sample=0: expected how many rows"),
        ({"sample": True}, "sample=True"),
        ({"seed": 0.5}, "seed=0.5: expected a whole number"),
        ({"auc": 1}, "auc=1: expected a number from 0.5"),
        ({"auc": 0.4}, "auc=0.4"),
        ({"auc": "x"}, "auc='x'"),
        ({"rows": rw.instants("2013-01-01", "2013-01-02", every="1d")}, "pass a frame or an address, and not a range"),
    ],
)
def test_arguments(options: dict[str, Any], message: str) -> None:
    with pytest.raises(rw.UsageError, match=message):
        check(view(rw.count()), **options)


def test_what_a_training_frame_would_refuse() -> None:
    with pytest.raises(rw.DeclarationError, match="expected a LabelView"):
        check(view(rw.count()), labels=view(rw.count()))
    with pytest.raises(rw.DeclarationError, match="has labels only: there is no feature to check"):
        check(LABEL, labels=LABEL.with_name("more"))
    with pytest.raises(rw.SchemaError, match=r"there is no column 'event_timestamp'\. There are: k, other"):
        check(view(rw.count()), ROWS.rename_columns(["k", "other"]))
    with pytest.raises(rw.SchemaError, match="there is no column 'k'"):
        check(view(rw.count()), ROWS.rename_columns(["other", "event_timestamp"]))
    with pytest.raises(rw.DataError, match="is null in 1 of 5 rows"):
        check(view(rw.count()), ROWS.set_column(1, "event_timestamp", pa.array([None, 1, 2, 3, 4], UTC)))


def test_reports_compare_by_what_they_found() -> None:
    one = LeakageReport((Difference(0, {"k": "a"}, "f", 1, None),), (), 1)
    assert one == LeakageReport((Difference(0, {"k": "a"}, "f", 1, None),), (), 1)
    assert not one.ok
    assert LeakageReport((), (Suspicion("f", "l", "is 1", 1.0, 1),), 1).ok is False
    assert repr(LeakageReport((), (), 1)) == "no leakage found: 1 row checked"


def test_changes_are_versions_in_the_check_too() -> None:
    """Each row is corrected to what will happen, before it is asked about."""
    size = 40
    keys = [f"k{at}" for at in range(size)]
    outcome = [float(at % 2) for at in range(size)]
    us = pa.timestamp("us")
    changes = pa.table(
        {
            "id": [*range(size), *range(size)],
            "k": keys * 2,
            "t": pa.array([0] * size * 2, us),
            "known": pa.array([1] * size + [2] * size, us),
            "x": [*(0.5 for _ in range(size)), *outcome],
        }
    )
    later = pa.table({"k": keys, "t": pa.array([20] * size, us), "y": outcome})
    held = rw.Source("s", changes, "t", available_at="known", row_key=["id"])
    features = rw.FeatureView("v", rw.Entity("k"), held, [rw.sum("x")])
    labels = rw.LabelView(
        "l", rw.Entity("k"), rw.Source("o", later, "t"), [rw.max("y").ahead("30us")], complete_until="1970-01-02"
    )
    rows = pa.table({"k": keys, "event_timestamp": pa.array([10] * size, us)})
    report = rw.check_leakage(rows, features, labels)
    assert report.differences == ()
    assert [one.feature for one in report.suspicious] == ["v__x_sum"]
