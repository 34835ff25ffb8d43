"""Features and labels in one frame, and the warning where a feature sees what its label counts."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import deltalake
import pandas as pd
import pyarrow as pa
import pytest

import ropeway as rw

DAY = 86_400_000_000
UTC = pa.timestamp("us", "UTC")
EVENTS = pa.table({"k": ["a", "a", "b", "a"], "at": pa.array([0, DAY, DAY, 3 * DAY], UTC), "x": [1.0, 2.0, 4.0, 8.0]})
ROWS = pa.table({"k": ["a", "a", "b", "z"], "at": pa.array([0, 2 * DAY, DAY, DAY], UTC), "note": list("wxyz")})
SOURCE = rw.Source("s", EVENTS, "at")
KEY = rw.Entity("k")
SUM = rw.FeatureView("v", KEY, SOURCE, [rw.sum("x")])
LATER = rw.LabelView("later", KEY, SOURCE, [rw.sum("x").ahead("1d", "2d")])
TWICE = rw.FeatureService("all", [SUM], derived={"twice": rw.col("v__x_sum") * 2}, owner="ops")


def test_features_then_labels_then_derived_columns() -> None:
    made = rw.training_frame(ROWS, TWICE, LATER, timestamp="at")
    assert made.column_names == ["k", "at", "note", "v__x_sum", "later__x_sum_1d", "later__x_sum_2d", "twice"]
    assert made.select(ROWS.column_names).equals(ROWS)
    assert made["v__x_sum"].to_pylist() == [None, 3.0, None, None]
    assert made["twice"].to_pylist() == [None, 6.0, None, None]
    assert made["later__x_sum_1d"].to_pylist() == [1.0, None, 4.0, None]  # nothing happened: a sum of nothing is null
    assert made["later__x_sum_2d"].to_pylist() == [3.0, None, 4.0, None]  # 2 days from the third on are not over


def test_a_label_whose_time_is_not_over_is_null() -> None:
    counts = rw.LabelView("later", KEY, SOURCE, [rw.count().ahead("1d", "2d")])
    made = rw.training_frame(ROWS, SUM, counts, timestamp="at")
    assert made["later__count_1d"].to_pylist() == [1, 0, 1, 0]
    assert made["later__count_2d"].to_pylist() == [2, None, 1, 0]
    until = rw.LabelView("later", KEY, SOURCE, [rw.count().ahead("2d")], complete_until="1970-01-05")
    assert rw.training_frame(ROWS, SUM, until, timestamp="at")["later__count_2d"].to_pylist() == [2, 1, 1, 0]


@pytest.mark.parametrize("service", [SUM, [SUM], rw.FeatureService("s", [SUM])])
def test_all_kinds_of_services_and_of_frames(service: Any) -> None:
    for labels in (LATER, [LATER], (LATER,)):
        made = rw.training_frame(ROWS.to_pandas(), service, labels, timestamp="at")
        assert isinstance(made, pd.DataFrame)
        assert list(made.columns[3:]) == ["v__x_sum", "later__x_sum_1d", "later__x_sum_2d"]


def test_both_engines(backfill: Callable[..., Any], request: pytest.FixtureRequest) -> None:
    spark = None if backfill is rw.backfill else request.getfixturevalue("spark")
    made = rw.training_frame(ROWS, TWICE, LATER, timestamp="at", spark=spark)
    assert made.equals(rw.training_frame(ROWS, TWICE, LATER, timestamp="at"))


def test_labels_over_a_chain(backfill: Callable[..., Any], request: pytest.FixtureRequest) -> None:
    spark = None if backfill is rw.backfill else request.getfixturevalue("spark")
    renamed = rw.Source("s", EVENTS.rename_columns(["k", "t", "x"]), "at", field_mapping={"t": "at"})
    inner = rw.FeatureService("f", [SUM.over_source(renamed)])
    for chain in (
        inner.applied_to(renamed),
        inner.applied_to(rw.FeatureService("g", [SUM.with_name("w")]).applied_to(renamed)),
    ):
        later = rw.LabelView("later", KEY, chain, [rw.max("v__x_sum").ahead("1d", "2d")])
        made = rw.training_frame(ROWS, SUM, later, timestamp="at", spark=spark)
        # the sums that were known at the first day, the second and the fourth: none, 1 and 3
        assert made["later__v__x_sum_max_1d"].to_pylist() == [None, None, None, None]
        assert made["later__v__x_sum_max_2d"].to_pylist() == [1.0, None, None, None]


def test_a_table_is_written_and_says_what_it_holds(tmp_path: Path) -> None:
    deltalake.write_deltalake(tmp_path / "source", EVENTS)
    source = rw.Source("s", f"delta:{tmp_path}/source", "at")
    view, later = SUM.over_source(source), LATER.over_source(source)
    service = rw.FeatureService("all", [view], derived=TWICE.derived, owner="ops")
    options: dict[str, Any] = {"to": f"delta:{tmp_path}/out", "run_id": "one", "timestamp": "at"}
    made = rw.training_frame(ROWS, service, [later], memory_limit="1GiB", **options)
    assert rw.training_frame(ROWS, service, [later], **options) == made
    (run,) = rw.lineage(f"delta:{tmp_path}/out").runs
    whole = rw.FeatureService("all", [view, later], derived=TWICE.derived, owner="ops")
    assert rw.FeatureService.from_dict(run.definition) == whole
    assert made.definition_hash == whole.definition_hash
    rows = deltalake.DeltaTable(tmp_path / "out").to_pyarrow_table().sort_by("note")
    assert rows["twice"].to_pylist() == [None, 6.0, None, None]


def test_a_range(tmp_path: Path) -> None:
    asked = rw.instants("1970-01-02", "1970-01-04", every="1d")
    made = rw.training_frame(asked, SUM, LATER).sort_by([("k", "ascending"), ("event_timestamp", "ascending")])
    assert made["later__x_sum_2d"].to_pylist() == [2.0, None, None]
    with pytest.raises(rw.UsageError, match="labels of view 'later' change while its source grows"):
        rw.training_frame(asked, SUM, LATER, to=f"delta:{tmp_path}/out")


@pytest.mark.parametrize(
    ("service", "labels", "message"),
    [
        (SUM, SUM, "labels: expected a LabelView or a list of LabelViews, got FeatureView"),
        (SUM, [LATER, SUM], "expected a LabelView or a list of LabelViews"),
        (SUM, [], "expected a LabelView or a list of LabelViews"),
        (SUM, None, "expected a LabelView or a list of LabelViews"),
        (None, LATER, "Expected a FeatureService, a FeatureView or a list of FeatureViews, got None"),
        ([SUM, LATER], LATER, "'later__x_sum_1d' is among the labels of the service already: leave the view 'later' o"),
        (rw.FeatureService("s", [SUM, LATER]), LATER[["x_sum_2d"]], "'later__x_sum_2d' is among the labels of the se"),
        (SUM, [LATER, LATER], "Two features would both be the column 'later__x_sum_1d'"),
        (SUM, LATER.with_name("v")[["x_sum_1d"]], None),
        (SUM.with_name("later"), LATER.with_name("later"), None),
        (rw.FeatureService("s", [SUM], derived={"later__x_sum_1d": rw.col("v__x_sum")}), LATER, "a column of that nam"),
    ],
)
def test_what_is_refused(service: Any, labels: Any, message: str | None) -> None:
    if message is None:
        assert rw.training_frame(ROWS, service, labels, timestamp="at").num_rows == 4
        return
    with pytest.raises(rw.DeclarationError) as caught:
        rw.training_frame(ROWS, service, labels, timestamp="at")
    assert message in str(caught.value)


def test_a_name_that_the_rows_have() -> None:
    rows = ROWS.append_column("later__x_sum_2d", ROWS["at"])
    with pytest.raises(rw.SchemaError, match="the rows have a column 'later__x_sum_2d' already"):
        rw.training_frame(rows, SUM, LATER, timestamp="at")


# ---- the warning

OTHER = rw.Source("other", EVENTS.slice(0), "at")


def closed(side: Any, source: rw.Source = SOURCE, name: str = "v", **more: Any) -> rw.FeatureView:
    return rw.FeatureView(name, KEY, source, [rw.last("x").over("7d", closed=side, **more).alias("x"), rw.count()])


def applied(side: Any, base: rw.Source, inner: rw.Source) -> rw.Source:
    return rw.FeatureService("f", [closed(side, inner, "inner")]).applied_to(base)


@pytest.mark.parametrize(
    ("views", "warned"),
    [
        ([closed("right"), LATER], "v__x in (t-7d, t] and later__x_sum_1d in [t, t+1d) (source 's')"),
        ([closed("both"), LATER], "v__x in [t-7d, t] and later__x_sum_1d in [t, t+1d) (source 's')"),
        ([closed("both", SOURCE), closed("both", name="w"), LATER], "(source 's'), and 1 more."),
        ([closed("both", rw.Source("renamed", EVENTS, "at", where=rw.col("x") > 0)), LATER], "(source 'renamed')"),
        ([closed("both", applied("left", SOURCE, OTHER)), LATER], "(source 's')"),
        ([closed("both", applied("both", OTHER, SOURCE)), LATER], "(source 's')"),
        ([closed("both"), LATER.over_source(applied("left", OTHER, SOURCE))], "(source 's')"),
        ([closed("left"), LATER], None),
        ([closed("neither"), LATER], None),
        ([closed("right", offset="1s"), LATER], None),
        ([closed("right")], None),
        ([closed("right")[["count"]], LATER], None),
        ([closed("right", OTHER), LATER], None),
        ([closed("left", applied("both", OTHER, SOURCE)), LATER], None),  # at t the chain has no row
        ([closed("both", applied("left", OTHER, SOURCE)), LATER], None),  # the row at t knows what was before t
    ],
)
def test_a_window_that_holds_the_instant_beside_a_label_is_warned_of(
    views: Sequence[rw.FeatureView], warned: str | None
) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        rw.backfill(ROWS, views, timestamp="at")
    assert len(caught) == (warned is not None)
    if warned is not None:
        assert caught[0].category is rw.LeakageWarning
        assert caught[0].filename == __file__
        assert warned in str(caught[0].message)
        assert 'declare the feature with closed="left"' in str(caught[0].message)


def test_training_frame_warns_of_its_caller_before_it_works(tmp_path: Path) -> None:
    with pytest.warns(rw.LeakageWarning, match="v__x in") as caught:
        rw.training_frame(ROWS, closed("both"), LATER, timestamp="at")
    assert [one.filename for one in caught] == [__file__]
    with pytest.raises(rw.LeakageWarning):  # an error of its own where warnings are errors
        rw.training_frame(ROWS, closed("both"), LATER, timestamp="at", to=f"delta:{tmp_path}/out")
    assert not (tmp_path / "out").exists()
    with pytest.warns(rw.LeakageWarning) as caught:
        rw.training_frame(rw.instants("1970-01-02", "1970-01-04", every="1d"), closed("both"), LATER)
    assert len(caught) == 1


def test_versions_of_one_table_are_one_table(tmp_path: Path) -> None:
    deltalake.write_deltalake(tmp_path / "source", EVENTS)
    first, newest = (rw.Source("s", f"delta:{tmp_path}/source{at}", "at") for at in ("@version=0", ""))
    with pytest.warns(rw.LeakageWarning):
        rw.training_frame(ROWS, closed("right", first), LATER.over_source(newest), timestamp="at")
