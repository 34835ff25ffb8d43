"""Ranges of instants: who has a row when, what is written, and how a table goes on."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import deltalake
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ropeway as rw
from ropeway.batch import ranges_plan
from ropeway.connectors import delta_ranges
from tests.faults import strays

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

UTC = pa.timestamp("us", "UTC")
DAY = 86_400_000_000
BEGIN = 1_356_998_400_000_000  # 2013-01-01
KEYS = [("event_timestamp", "ascending"), ("k", "ascending")]
WEEK = rw.instants("2013-01-01", "2013-01-08", every="12h")


@pytest.fixture(autouse=True)
def small_slices(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several slices for a week; fewer on Spark, where each costs seconds."""
    monkeypatch.setattr(ranges_plan, "ROWS_PER_SLICE", 20 if "spark" in request.node.name else 8)


def events(days: list[float], keys: list[str] | None = None, x: list[float] | None = None) -> pa.Table:
    times = [BEGIN + int(day * DAY) for day in days]
    return pa.table(
        {
            "k": keys or ["a", "b", "c"][: len(days)] + ["a"] * (len(days) - 3),
            "at": pa.array(times, UTC),
            "x": x or [float(i) for i in range(len(days))],
        }
    )


def write(path: Path, table: pa.Table, mode: Any = "append") -> None:
    deltalake.write_deltalake(path, table, mode=mode)


@pytest.fixture
def source(tmp_path: Path) -> rw.Source:
    write(tmp_path / "source", events([0.2, 1.2, 2.2, 2.7, 4.1, 5.6]))
    return rw.Source("s", f"delta:{tmp_path}/source", "at")


def view(source: rw.Source, *features: rw.Feature, **options: Any) -> rw.FeatureView:
    chosen = list(features) or [rw.count().over("2d"), rw.mean("x")]
    return rw.FeatureView("v", rw.Entity("k"), source, chosen, **options)


def table(path: Path) -> pa.Table:
    return deltalake.DeltaTable(path).to_pyarrow_table().sort_by(KEYS)


def rows(made: Any) -> list[dict[str, Any]]:
    return list(made.sort_by(KEYS).to_pylist())


# ---- who has a row


TIMES = st.integers(0, 12)
WHERE = st.sampled_from([True, False, None])


@given(
    one=st.lists(
        st.tuples(st.sampled_from(["a", "b", None]), TIMES, TIMES, st.sampled_from([True, False, None])), max_size=8
    ),
    other=st.lists(st.tuples(st.sampled_from(["a", "c"]), TIMES), max_size=4),
    closed=st.tuples(*[st.sampled_from(["left", "right", "both", "neither"])] * 2),
    span=st.tuples(st.integers(0, 6), st.integers(1, 9), st.integers(1, 4)),
)
def test_an_entity_appears_once_one_of_its_rows_is_known(
    one: list[tuple[str | None, int, int, bool | None]],
    other: list[tuple[str, int]],
    closed: tuple[Any, Any],
    span: tuple[int, int, int],
) -> None:
    first = pa.table(
        {
            "k": pa.array([row[0] for row in one], pa.string()),
            "at": pa.array([row[1] for row in one], pa.int64()),
            "known": pa.array([row[2] for row in one], pa.int64()),
            "w": pa.array([row[3] for row in one], pa.bool_()),
        }
    )
    second = pa.table(
        {"key": pa.array([row[0] for row in other], pa.large_string()), "at": pa.array([row[1] for row in other], UTC)}
    )
    late = rw.Source("s", first, "at", available_at="known", timestamp_unit="us", where=rw.col("w"))
    plain = rw.Source("t", second, "at")
    views = [
        rw.FeatureView("v", rw.Entity("k"), late, [rw.count()], closed=closed[0]),
        rw.FeatureView("u", rw.Entity("k", ["key"]), plain, [rw.count()], closed=closed[1]),
    ]
    views[1] = views[1].with_join_key_map({"key": "k"})
    begin, end = (dt.datetime(1970, 1, 1, microsecond=at) for at in (span[0], span[0] + span[1]))
    asked = rw.instants(begin, end, every=f"{span[2]}us")
    right = [side in ("right", "both") for side in closed]
    wanted = set()
    for t in range(span[0], span[0] + span[1], span[2]):
        wanted |= {
            (t, k) for k, at, late, w in one if k and w and (max(at, late) < t or (right[0] and max(at, late) <= t))
        }
        wanted |= {(t, k) for k, at in other if at < t or (right[1] and at <= t)}
    made = rw.backfill(asked, views)
    assert made.column_names == ["k", "event_timestamp", "v__count", "u__count", "event_date"]
    assert made.schema.field("event_timestamp").type == UTC
    found = list(zip(made["event_timestamp"].cast(pa.int64()).to_pylist(), made["k"].to_pylist(), strict=True))
    assert sorted(found) == sorted(wanted)
    again = rw.backfill(made.select(["k", "event_timestamp"]), views)
    assert again.select(["v__count", "u__count"]).equals(made.select(["v__count", "u__count"]))


def test_keys_of_static_sources_are_always_known() -> None:
    planes = rw.Source("planes", pa.table({"k": ["a", "b", None], "seats": [2, 180, 3]}), None)
    flights = rw.Source("flights", events([0.5], ["c"]), "at")
    views = [
        rw.FeatureView("p", rw.Entity("k"), planes, ["seats"]),
        rw.FeatureView("f", rw.Entity("k"), flights, [rw.count()]),
    ]
    made = rw.backfill(rw.instants("2013-01-01", "2013-01-03", every="1d"), views)
    assert [(row["event_date"].day, row["k"], row["p__seats"], row["f__count"]) for row in rows(made)] == [
        (1, "a", 2, 0),
        (1, "b", 180, 0),
        (2, "a", 2, 0),
        (2, "b", 180, 0),
        (2, "c", None, 1),
    ]


@pytest.mark.parametrize(
    ("kinds", "wanted"),
    [
        ([pa.int32(), pa.int32()], pa.int32()),
        ([pa.int32(), pa.int64()], pa.int64()),
        ([pa.large_string(), pa.string()], pa.string()),
        ([pa.bool_()], pa.bool_()),
        ([pa.decimal128(5, 1), pa.decimal128(7, 3)], pa.decimal128(38, 3)),
        ([pa.date32()], pa.date32()),
        ([pa.timestamp("ns", "Asia/Tokyo")], UTC),
        ([pa.timestamp("s")], pa.timestamp("us")),
    ],
)
def test_types_of_keys(kinds: list[pa.DataType], wanted: pa.DataType) -> None:
    made_of: dict[Any, Any] = {"decimal": Decimal, "bool": bool, "date": dt.date.fromordinal, "timestamp": pd.Timestamp}
    views = []
    for at, kind in enumerate(kinds):
        cast = next((one for name, one in made_of.items() if str(kind).startswith(name)), int)
        value = str(at) if "string" in str(kind) else cast(at + 1)
        table = pa.table({"k": pa.array([value, None]).cast(kind), "at": pa.array([BEGIN] * 2, UTC)})
        views.append(rw.FeatureView(f"v{at}", rw.Entity("k"), rw.Source(f"s{at}", table, "at"), [rw.count()]))
    made = rw.backfill(rw.instants("2013-01-02", "2013-01-03", every="1d"), views)
    assert made.schema.field("k").type == wanted
    assert len(made) == len(kinds)


def test_dates_before_1970_and_instants_between_midnights() -> None:
    old = pa.table({"k": ["a"], "at": pa.array([-3 * DAY], UTC)})
    made = rw.backfill(
        rw.instants("1969-12-30T18:00:00", "1970-01-01T06:00:01", every="12h"),
        view(rw.Source("s", old, "at"), rw.count()),
    )
    assert [row["event_date"].isoformat() for row in rows(made)] == [
        "1969-12-30",
        "1969-12-31",
        "1969-12-31",
        "1970-01-01",
    ]


# ---- the table


def test_a_range_is_written_in_slices_of_dates(backfill: Callable[..., Any], source: rw.Source, tmp_path: Path) -> None:
    made = backfill(WEEK, view(source), to=f"delta:{tmp_path}/out")
    whole = rw.backfill(WEEK, view(source))
    assert table(tmp_path / "out").column_names == ["k", "event_timestamp", "v__count_2d", "v__x_mean", "event_date"]
    assert rows(table(tmp_path / "out")) == rows(whole)
    assert (made.rows, made.computed, made.extended, made.reused, made.changes) == (len(whole), 7, 0, 0, ())
    delta = deltalake.DeltaTable(tmp_path / "out")
    assert delta.metadata().partition_columns == ["event_date"]
    assert delta.version() == made.version
    assert rw.lineage(f"delta:{tmp_path}/out").runs[0].versions == tuple(range(delta.version() + 1))
    assert made.version in (2, 6)
    # nothing is left to do, which changes nothing and says the same
    again = backfill(WEEK, view(source), to=f"delta:{tmp_path}/out")
    assert (again.version, again.rows, again.reused, again.run_id) == (made.version, made.rows, 7, made.run_id)
    assert deltalake.DeltaTable(tmp_path / "out").version() == made.version


def test_a_longer_range_goes_on(source: rw.Source, tmp_path: Path) -> None:
    to = f"delta:{tmp_path}/out"
    first = rw.backfill(rw.instants("2013-01-03", "2013-01-05T12:00:00", every="12h"), view(source), to=to)
    assert first.computed == 3
    made = rw.backfill(WEEK, view(source), to=to)
    # the last date of the first range lacked its second instant
    assert (made.computed, made.reused) == (5, 2)
    assert rows(table(tmp_path / "out")) == rows(rw.backfill(WEEK, view(source)))
    # a part of it is there
    inside = rw.instants("2013-01-04T12:00:00", "2013-01-06", every="12h")
    assert rw.backfill(inside, view(source), to=to).reused == 2
    # instants beyond a range that is computed again stay
    rw.backfill(inside, view(source), to=to, refresh=True)
    assert rows(table(tmp_path / "out")) == rows(rw.backfill(WEEK, view(source)))


def test_finished_dates_keep_the_versions_they_were_computed_from(
    source: rw.Source, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    to, path = f"delta:{tmp_path}/out", tmp_path / "source"
    half = rw.instants("2013-01-01", "2013-01-04", every="12h")
    rw.backfill(half, view(source), to=to)
    before = rows(table(tmp_path / "out"))
    write(path, events([0.1], ["d"]))  # a late row
    deltalake.DeltaTable(path).optimize.compact()  # the same rows in fewer files
    assert rw.backfill(half, view(source), to=to).changes == ()
    made = rw.backfill(WEEK, view(source), to=to)
    assert (made.computed, made.reused, made.changes) == (4, 3, ())
    assert [row for row in rows(table(tmp_path / "out")) if row["event_date"] < dt.date(2013, 1, 4)] == before
    pins = {str(date): one.sources[source.table] for date, one in rw.lineage(to).dates.items()}
    assert pins == {"2013-01-01": 0, "2013-01-02": 0, "2013-01-03": 0} | {f"2013-01-0{i}": 2 for i in range(4, 8)}
    deltalake.DeltaTable(path).delete("x = 0")
    with caplog.at_level(logging.WARNING, "ropeway"):
        made = rw.backfill(WEEK, view(source), to=to)
    assert made.reused == 7
    assert len(made.changes) == 2
    assert (
        "was changed in version 3 otherwise than by adding rows, after version 0 had been read for 3 dates"
        in made.changes[0]
    )
    assert "refresh=True computes the dates of the range again" in caplog.text
    made = rw.backfill(WEEK, view(source), to=to, refresh=True)
    assert (made.computed, made.reused, made.changes) == (7, 0, ())
    assert rows(table(tmp_path / "out")) == rows(rw.backfill(WEEK, view(source)))


def test_a_new_feature_is_computed_alone(
    backfill: Callable[..., Any], source: rw.Source, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    to = f"delta:{tmp_path}/out"
    old = view(source)
    more = view(source, rw.last("at").alias("newest"), rw.count().over("2d"), rw.max("x").over("1d"), rw.mean("x"))
    backfill(WEEK, old, to=to)
    wanted = rw.backfill(WEEK, more)
    write(tmp_path / "source", events([0.1], ["d"], [1e9]))  # not in the versions of these dates
    with caplog.at_level(logging.INFO, "ropeway"):
        made = backfill(WEEK, more, to=to)
    assert "v__newest, v__x_max_1d is new, and computed alone for 7 dates" in caplog.text
    assert (made.computed, made.extended, made.reused) == (0, 7, 0)
    assert table(tmp_path / "out").column_names == wanted.column_names
    assert rows(table(tmp_path / "out")) == rows(wanted)
    held = rw.lineage(to).dates[dt.date(2013, 1, 5)]
    assert sorted(held.features) == ["v__count_2d", "v__newest", "v__x_max_1d", "v__x_mean"]
    assert held.sources == {source.table: 0}


def test_a_feature_of_another_definition_is_new(source: rw.Source, tmp_path: Path) -> None:
    to = f"delta:{tmp_path}/out"
    rw.backfill(WEEK, view(source, rw.mean("x").alias("m"), rw.count()), to=to)
    other = view(source, rw.mean("x").over("1d").alias("m"), rw.count())
    made = rw.backfill(WEEK, other, to=to)
    assert (made.computed, made.extended) == (0, 7)
    assert rows(table(tmp_path / "out")) == rows(rw.backfill(WEEK, other))
    with pytest.raises(rw.SchemaError, match=r"column 'v__m' is double there and int64 here.*another name by .alias"):
        rw.backfill(WEEK, view(source, rw.count().alias("m"), rw.count()), to=to)


def test_new_features_stop_and_go_on(source: rw.Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    to = f"delta:{tmp_path}/out"
    rw.backfill(WEEK, view(source), to=to)
    more = view(source, rw.count().over("2d"), rw.mean("x"), rw.min("x"))
    # the first three dates only, as when a run is killed
    rw.backfill(rw.instants("2013-01-01", "2013-01-04", every="12h"), more, to=to)
    held = rw.lineage(to).dates
    assert [len(one.features) for one in held.values()] == [3, 3, 3, 2, 2, 2, 2]
    assert rw.backfill(WEEK, more, to=to).extended == 4
    assert rows(table(tmp_path / "out")) == rows(rw.backfill(WEEK, more))


def test_a_feature_that_is_gone_leaves_its_column(
    source: rw.Source, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    to = f"delta:{tmp_path}/out"
    rw.backfill(rw.instants("2013-01-01", "2013-01-04", every="12h"), view(source), to=to)
    before = rows(table(tmp_path / "out"))
    fewer = view(source, rw.mean("x"))
    made = rw.backfill(WEEK, fewer, to=to)
    assert made.reused == 3
    assert "the column v__count_2d is no longer declared: dates that are finished keep it" in caplog.text
    found = rows(table(tmp_path / "out"))
    assert found[: len(before)] == before
    assert {row["v__count_2d"] for row in found[len(before) :]} == {None}
    # declared again, it is new for the dates that lack it
    made = rw.backfill(WEEK, view(source), to=to)
    assert (made.extended, made.reused) == (4, 3)
    assert rows(table(tmp_path / "out")) == rows(rw.backfill(WEEK, view(source)))


def test_another_source_decides_anew_who_has_a_row(source: rw.Source, tmp_path: Path) -> None:
    to = f"delta:{tmp_path}/out"
    rw.backfill(WEEK, view(source), to=to)
    write(tmp_path / "other", events([0.1], ["z"]))
    other = rw.FeatureView("w", rw.Entity("k"), rw.Source("o", f"delta:{tmp_path}/other", "at"), [rw.count()])
    both = rw.FeatureService("both", [view(source), other])
    made = rw.backfill(WEEK, both, to=to)
    assert made.computed == 7
    assert rows(table(tmp_path / "out")) == rows(rw.backfill(WEEK, both))


def test_a_run_id_names_one_range(source: rw.Source, tmp_path: Path) -> None:
    to = f"delta:{tmp_path}/out"
    first = rw.backfill(WEEK, view(source), to=to, run_id="june", mode="overwrite")
    write(tmp_path / "source", events([0.1], ["d"]), "overwrite")
    again = rw.backfill(WEEK, view(source), to=to, run_id="june", mode="overwrite", refresh=True)
    assert (again.version, again.rows, again.run_id) == (first.version, first.rows, "june")
    assert deltalake.DeltaTable(tmp_path / "out").version() == first.version
    anew = rw.backfill(WEEK, view(source), to=to, run_id="july", mode="overwrite")
    assert anew.computed == 7
    assert rows(table(tmp_path / "out")) == rows(rw.backfill(WEEK, view(source)))
    assert [run.run_id for run in rw.lineage(to).runs] == ["july"]


@pytest.mark.parametrize("options", [{"refresh": True}, {"mode": "overwrite"}])
def test_a_named_run_goes_on_where_it_was(
    source: rw.Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    to = f"delta:{tmp_path}/out"
    rw.backfill(WEEK, view(source), to=to)
    write(tmp_path / "source", events([0.1], ["d"]))
    inner, left = delta_ranges.StagedFiles.commit, [0, 0]

    def commit(self: Any, *given: Any) -> Any:
        left.pop()
        return inner(self, *given)

    monkeypatch.setattr(delta_ranges.StagedFiles, "commit", commit)
    with pytest.raises(IndexError):  # after two slices
        rw.backfill(WEEK, view(source), to=to, run_id="again", **options)
    done = sum(one.run_id == "again" for one in rw.lineage(to).dates.values())
    monkeypatch.setattr(delta_ranges.StagedFiles, "commit", inner)
    made = rw.backfill(WEEK, view(source), to=to, run_id="again", **options)
    assert 0 < done < 7
    assert (made.computed, made.reused) == (7 - done, done)
    assert rows(table(tmp_path / "out")) == rows(rw.backfill(WEEK, view(source)))
    assert strays(tmp_path / "out") == []


def test_overwrite_takes_any_table(source: rw.Source, tmp_path: Path) -> None:
    write(tmp_path / "out", pa.table({"other": [1]}))
    to = f"delta:{tmp_path}/out"
    with pytest.raises(rw.TableExistsError, match="exists already, and no range of instants was written to it"):
        rw.backfill(WEEK, view(source), to=to)
    rw.backfill(WEEK, view(source), to=to, mode="overwrite")
    assert rows(table(tmp_path / "out")) == rows(rw.backfill(WEEK, view(source)))
    assert table(tmp_path / "out").column_names[-1] == "event_date"


def test_what_is_refused_before_work(source: rw.Source, tmp_path: Path) -> None:
    to = f"delta:{tmp_path}/out"
    rw.backfill(WEEK, view(source), to=to)
    hours = rw.instants("2013-01-01", "2013-01-08", every="6h")
    with pytest.raises(rw.TableExistsError, match=r"holds instants every 12h.*has them every 6h"):
        rw.backfill(hours, view(source), to=to)
    moved = rw.instants("2013-01-01T01:00:00", "2013-01-08", every="12h")
    with pytest.raises(rw.TableExistsError, match="one table holds the instants of one grid"):
        rw.backfill(moved, view(source), to=to)
    renamed = view(source).with_join_key_map({"k": "key"})
    with pytest.raises(rw.TableExistsError, match="holds a range about k, and this one is about key"):
        rw.backfill(WEEK, renamed, to=to)
    with pytest.raises(rw.UsageError, match="one entity per call: view 'v' is about k and view 'v2' about key"):
        rw.backfill(WEEK, [view(source), renamed.with_name("v2")], to=to)
    with pytest.raises(rw.UsageError, match="a range goes on in its table by itself"):
        rw.backfill(WEEK, view(source), to=to, mode="append")
    with pytest.raises(rw.CapabilityError, match=r"can't replace some dates of a table.*these can: delta:"):
        rw.backfill(WEEK, view(source), to=f"parquet:{tmp_path}/out")
    with pytest.raises(rw.UsageError, match="write to the address without it"):
        rw.backfill(WEEK, view(source), to=f"{to}@version=1")
    with pytest.raises(rw.UsageError, match="pass to= with its address"):
        rw.backfill(WEEK, view(source), refresh=True)
    with pytest.raises(rw.UsageError, match="refresh= is for a range"):
        rw.backfill(pa.table({"k": ["a"]}), view(source), refresh=True, to=to)
    with pytest.raises(rw.UsageError, match="has its own event_timestamp"):
        rw.backfill(WEEK, view(source), timestamp="t")
    with pytest.raises(rw.SchemaError, match="source 's' has no column 'tail'"):
        rw.backfill(WEEK, rw.FeatureView("v", rw.Entity("tail"), source, [rw.count()]), to=f"delta:{tmp_path}/new")
    with pytest.raises(rw.SchemaError, match="has a column 'event_date' of its own"):
        rw.backfill(WEEK, view(source).with_join_key_map({"k": "event_date"}))
    with pytest.raises(rw.SchemaError, match="floats are no keys"):
        rw.backfill(WEEK, rw.FeatureView("v", rw.Entity("x"), source, [rw.count()]))
    assert not (tmp_path / "new").exists()


def test_what_others_did_to_the_table(source: rw.Source, tmp_path: Path) -> None:
    to = f"delta:{tmp_path}/out"
    rw.backfill(WEEK, view(source), to=to)
    wanted = rows(table(tmp_path / "out"))
    delta = deltalake.DeltaTable(tmp_path / "out")
    delta.optimize.compact()  # as good as nothing
    assert rw.backfill(WEEK, view(source), to=to).reused == 7
    delta.update_incremental()
    delta.delete("event_date = '2013-01-05' and k = 'a'")
    with pytest.raises(rw.TableError, match="1 dates of the range were changed by others, 2013-01-05 in version"):
        rw.backfill(WEEK, view(source), to=to)
    assert rw.backfill(rw.instants("2013-01-01", "2013-01-05", every="12h"), view(source), to=to).reused == 4
    rw.backfill(WEEK, view(source), to=to, refresh=True)
    assert rows(table(tmp_path / "out")) == wanted
    assert rw.backfill(WEEK, view(source), to=to).reused == 7


def test_frames_as_sources_and_an_empty_source(tmp_path: Path) -> None:
    to = f"delta:{tmp_path}/out"
    nothing = view(rw.Source("s", events([1.0]).slice(0, 0), "at"))
    made = rw.backfill(WEEK, nothing, to=to)
    assert (made.rows, made.computed) == (0, 7)
    assert table(tmp_path / "out").schema.names == ["k", "event_timestamp", "v__count_2d", "v__x_mean", "event_date"]
    assert rw.backfill(WEEK, nothing, to=to).reused == 7


def test_bad_data_leaves_the_table_at_its_last_commit(tmp_path: Path) -> None:
    large = [2**62] * 6
    write(tmp_path / "source", events([0.2, 1.2, 2.2, 3.7, 4.1, 5.6], ["a"] * 6).set_column(2, "x", pa.array(large)))
    source = rw.Source("s", f"delta:{tmp_path}/source", "at")
    to = f"delta:{tmp_path}/out"
    with pytest.raises(rw.DataError, match="does not fit into int64"):
        rw.backfill(WEEK, view(source, rw.sum("x").over("3d")), to=to)
    assert not [one for one in (tmp_path / "out").rglob("*.parquet") if "_delta_log" not in one.parts]
    assert not (tmp_path / "out" / "_ropeway").exists()


# ---- two at once


def interrupted(monkeypatch: pytest.MonkeyPatch, by: Callable[[], object]) -> None:
    """Let another do its work just before the first commit of a slice."""
    inner, waiting = delta_ranges.StagedFiles.commit, [by]

    def commit(self: Any, *given: Any) -> Any:
        if waiting:
            waiting.pop()()
        return inner(self, *given)

    monkeypatch.setattr(delta_ranges.StagedFiles, "commit", commit)


def test_two_of_the_same_range(
    source: rw.Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    to = f"delta:{tmp_path}/out"
    others: list[rw.RangeResult] = []
    part = rw.instants("2013-01-01", "2013-01-06", every="12h")
    interrupted(monkeypatch, lambda: others.append(rw.backfill(part, view(source), to=to, run_id="faster")))
    with caplog.at_level(logging.INFO, "ropeway"):
        made = rw.backfill(WEEK, view(source), to=to, run_id="slower")
    assert "another run wrote dates of" in caplog.text
    assert (others[0].computed, made.computed, made.reused) == (5, 2, 5)
    assert rows(table(tmp_path / "out")) == rows(rw.backfill(WEEK, view(source)))
    assert strays(tmp_path / "out") == []


def test_two_ranges_apart(source: rw.Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    to = f"delta:{tmp_path}/out"
    early = rw.instants("2013-01-01", "2013-01-05", every="12h")
    late = rw.instants("2013-01-05", "2013-01-08", every="12h")
    interrupted(monkeypatch, lambda: rw.backfill(late, view(source), to=to))
    assert rw.backfill(early, view(source), to=to).computed == 4
    assert rows(table(tmp_path / "out")) == rows(rw.backfill(WEEK, view(source)))
    assert strays(tmp_path / "out") == []


def test_two_that_make_the_table(source: rw.Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    to = f"delta:{tmp_path}/out"
    inner, waiting = delta_ranges.begin, [1]

    def begin(*given: Any) -> None:
        if waiting:
            waiting.pop()
            rw.backfill(WEEK, view(source), to=to)
        inner(*given)

    monkeypatch.setattr(delta_ranges, "begin", begin)
    assert rw.backfill(WEEK, view(source), to=to).reused == 7
    assert rows(table(tmp_path / "out")) == rows(rw.backfill(WEEK, view(source)))


def test_a_feature_added_while_another_refreshes(
    source: rw.Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = f"delta:{tmp_path}/out"
    rw.backfill(WEEK, view(source), to=to)
    write(tmp_path / "source", events([0.1], ["d"]))
    more = view(source, rw.count().over("2d"), rw.mean("x"), rw.max("x"))
    interrupted(monkeypatch, lambda: rw.backfill(WEEK, view(source), to=to, refresh=True))
    rw.backfill(WEEK, more, to=to)
    assert rows(table(tmp_path / "out")) == rows(rw.backfill(WEEK, more))


def test_spark_with_frames_and_another_zone(spark: SparkSession, tmp_path: Path) -> None:
    zone = spark.conf.get("spark.sql.session.timeZone")
    spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    try:
        one = view(rw.Source("s", events([0.2, 1.2, 2.2, 2.7, 4.1, 5.6]), "at"), closed="right")
        rw.backfill(WEEK, one, to=f"delta:{tmp_path}/out", spark=spark)
        lazy = rw.backfill(WEEK, one, spark=spark)
        assert lazy.columns == ["k", "event_timestamp", "v__count_2d", "v__x_mean", "event_date"]
        assert rows(lazy.toArrow()) == rows(table(tmp_path / "out")) == rows(rw.backfill(WEEK, one))
    finally:
        spark.conf.set("spark.sql.session.timeZone", str(zone))
