"""Cutting rows into parts, and keys into time slices, changes nothing."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ropeway as rw
from ropeway.batch import parcels, sizes, work
from ropeway.batch.clock import Clock
from ropeway.batch.parts import Hot, Parts, Sample, hashes_of, parts_of, span_of, split
from ropeway.batch.plan import Pass, plan
from ropeway.batch.spark import layout
from ropeway.connectors.table import open_table
from tests.batch.test_engines import asked, check_same, flights, service
from tests.cases import Case, cases

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(scope="module")
def hot() -> pa.Table:
    """Flights of which half are of one plane."""
    table = flights()
    tails = table["tail"].to_numpy().copy()
    tails[::2] = 7
    return table.set_column(0, "tail", pa.array(tails, pa.int32()))


def in_parts(made: Pass, events: pa.Table, queries: pa.Table, parts: Parts) -> list[pa.Array]:
    """The answers of a pass, part by part, in the order of `queries`."""
    numbered = queries.append_column("row", pa.array(range(len(queries)), pa.int64()))
    named = events.rename_columns([made.source.field_mapping.get(name, name) for name in events.column_names])
    happened = dict(split(made.work, named.select(made.work.columns), parts, events=True))
    none = made.schema.empty_table().select(list(made.work.columns))
    answers = []
    for number, rows in split(made.work, numbered, parts, events=False):
        arrays = work.run(made.work, happened.get(number, none), rows, 1, Clock())
        answers.append(work.with_columns(rows.select(["row"]), [ask.name for ask in made.work.asks], arrays))
    if not answers:
        return work.run(made.work, named, queries, 1, Clock())
    whole = pa.concat_tables(answers).sort_by("row")
    return [whole[ask.name].combine_chunks() for ask in made.work.asks]


@settings(max_examples=150)
@given(case=cases(most_rows=60), data=st.data())
def test_any_parts_and_slices_give_the_same(case: Case, data: st.DataObject) -> None:
    if case.overflows() or not len(case.rows):
        return
    made = plan(case.rows.schema, [case.view]).passes[0]
    keyed = hashes_of(made.work, case.rows, events=False)[0]
    times = case.rows["event_timestamp"].cast(pa.int64()).to_pylist()
    hots, first = [], 0
    for key in data.draw(st.lists(st.sampled_from(sorted(set(keyed.tolist()))), max_size=2, unique=True)):
        cuts = data.draw(st.lists(st.sampled_from([time + d for time in times for d in (-1, 0, 1)]), max_size=4))
        hots.append(Hot(key, tuple(sorted(set(cuts))), first))
        first += hots[-1].slices
    parts = Parts(first + data.draw(st.integers(1, 3)), tuple(hots), span_of(made.work))
    got = in_parts(made, case.events, case.rows, parts)
    want = rw.backfill(case.rows, case.view)
    check_same(pa.table(got, names=want.column_names[-len(got) :]), want.select(want.column_names[-len(got) :]))


def test_a_large_key_is_cut_into_even_slices() -> None:
    random = np.random.default_rng(3)
    keys = random.integers(0, 2**63, 100_000).astype(np.uint64)
    keys[::2] = 12345
    times = random.integers(0, 10**12, 100_000)
    parts = parts_of([Sample(keys, times, 100.0)], 8, None)
    assert parts.count == 8
    assert [one.hash for one in parts.hot] == [12345]
    assert parts.slices == 4
    rows = np.bincount(parts.of(keys, np.zeros(len(keys), np.uint8), times), minlength=8)
    assert rows.max() < 1.1 * rows.mean()


def test_rows_of_one_instant_are_not_cut() -> None:
    keys, times = np.full(1_000, 5, np.uint64), np.zeros(1_000, np.int64)
    parts = parts_of([Sample(keys, times, 1.0)], 4, None)
    assert max(np.bincount(parts.of(keys, np.zeros(1_000, np.uint8), times))) == 1_000


def test_small_keys_stay_whole() -> None:
    keys = np.repeat(np.arange(1_000, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15), 30)
    parts = parts_of([Sample(keys, np.arange(30_000), 1.0)], 6, 10)
    assert parts == Parts(6, (), 10)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of a few hundred rows."""
    monkeypatch.setattr(sizes, "ROWS_PER_PARTITION", 500)
    monkeypatch.setattr(sizes, "FEWEST_ROWS", 50)


@pytest.mark.usefixtures("small")
def test_slices_on_spark_change_nothing(spark: "SparkSession", hot: pa.Table) -> None:
    right = rw.backfill(asked(), service(hot))
    left = rw.backfill(asked(), service(hot), spark=spark)
    check_same(left.select(right.column_names), right)


@pytest.mark.usefixtures("small")
def test_files_are_read_in_pieces_by_tasks(spark: "SparkSession", hot: pa.Table, tmp_path: Path) -> None:
    folder = tmp_path
    for name, table in (("events", hot), ("rows", asked())):
        (folder / name).mkdir()
        pq.write_table(table, folder / name / "one.parquet", row_group_size=400)
    right = rw.backfill(asked(), service(hot))
    frame = rw.backfill(f"parquet:{folder}/rows", service(f"parquet:{folder}/events"), spark=spark)
    check_same(frame.toArrow().sort_by("row").select(right.column_names[4:]), right.select(right.column_names[4:]))


def test_tasks_read_only_row_groups_near_the_rows(spark: "SparkSession", tmp_path: Path) -> None:
    (tmp_path / "events").mkdir()
    pq.write_table(flights().sort_by("at"), tmp_path / "events" / "one.parquet", row_group_size=100)
    few = asked().filter(pc.less(asked()["event_timestamp"].cast(pa.int64()), 10**11))
    pq.write_table(few, tmp_path / "rows.parquet")
    source = rw.Source("flights", f"parquet:{tmp_path}/events", "at")
    view = rw.FeatureView("plane", rw.Entity("tail"), source, [rw.count().over("1h"), rw.sum("delay").over("6h")])
    rows = open_table(f"parquet:{tmp_path}/rows.parquet", spark=spark)
    _, _, stocks = layout(plan(rows.schema(), [view], spark=spark), rows)
    read = stocks[0].pieces
    assert read is not None
    assert sum(piece.rows for piece in read) == 600  # of 6,000: a tenth of the time
    right = rw.backfill(few, view)
    frame = rw.backfill(f"parquet:{tmp_path}/rows.parquet", view, spark=spark)
    check_same(frame.toArrow().sort_by("row").select(right.column_names[4:]), right.select(right.column_names[4:]))


@pytest.mark.usefixtures("small")
def test_explain_and_the_report_show_slices(spark: "SparkSession", hot: pa.Table, tmp_path: Path) -> None:
    shown = rw.explain(asked(), service(hot), spark=spark)
    assert "1 large key cut into 7 time slices; the largest of about" in shown
    result = rw.backfill(asked(), service(hot), spark=spark, to=f"delta:{tmp_path}/out")
    report = result.report
    assert report is not None
    assert (report.rows, report.engine) == (1_000, "spark")
    assert report.slices >= 14  # of two passes about planes
    assert report.largest_task < 1_100
    assert set(report.stages) >= {"split", "sort", "sweep"}
    assert report.shuffle_bytes > len(hot) * 24
    assert report.peak_memory > 10**8
    again = rw.backfill(asked(), service(hot), spark=spark, to=f"delta:{tmp_path}/out", mode="append", run_id="x")
    assert again.report != report


def test_parcels_of_no_rows() -> None:
    assert parcels.unpacked([], queries=True) is None
    assert parcels.packed([], queries=True).num_rows == 0
