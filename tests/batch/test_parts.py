"""Cutting rows into parts, and keys into time slices, changes nothing."""

from collections.abc import Callable
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
from ropeway.batch import parcels, sizes
from ropeway.batch.parts import Hot, Kind, Parts, Sample, Share, hashes_of, is_cuttable, parts_of, span_of
from ropeway.batch.plan import Pass, plan
from ropeway.batch.spark import layout
from ropeway.connectors.pieces import cut
from ropeway.connectors.table import open_table
from tests.batch.test_engines import asked, check_same, flights, service
from tests.by_parts import answers_by_parts
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


def in_parts(made: Pass, events: pa.Table, queries: pa.Table, cuts: list[Parts], chunk: int = 10**9) -> list[pa.Array]:
    """The answers of a pass, part by part, in the order of `queries`."""
    named = events.rename_columns([made.source.field_mapping.get(name, name) for name in events.column_names])
    found = answers_by_parts(made.work, named.select(made.work.columns), queries, cuts, chunk)
    return [column.combine_chunks() for column in found.columns]


@settings(max_examples=150)
@given(case=cases(most_rows=60), data=st.data())
def test_any_parts_and_slices_give_the_same(case: Case, data: st.DataObject) -> None:
    if case.overflows() or not len(case.rows):
        return
    made = plan(case.rows.schema, [case.view]).passes[0]
    keyed = sorted(set(hashes_of(made.work, case.rows, events=False)[0].tolist()))
    times = case.rows["event_timestamp"].cast(pa.int64()).to_pylist()

    def drawn(level: int) -> Parts:
        hots, first = [], 0
        for key in data.draw(st.lists(st.sampled_from(keyed), max_size=2, unique=True)):
            most = 4 if is_cuttable(made.work) else 0
            edges = st.sampled_from([time + d for time in times for d in (-1, 0, 1)])
            cuts = data.draw(st.lists(edges, max_size=most))
            hots.append(Hot(key, tuple(sorted(set(cuts))), first))
            first += hots[-1].slices
        return Parts(first + data.draw(st.integers(1, 3)), tuple(hots), span_of(made.work), level=level)

    cuts = [drawn(level) for level in range(data.draw(st.integers(1, 3)))]
    got = in_parts(made, case.events, case.rows, cuts, data.draw(st.sampled_from([2, 7, 100])))
    want = rw.backfill(case.rows, case.view)
    check_same(pa.table(got, names=want.column_names[-len(got) :]), want.select(want.column_names[-len(got) :]))


def test_a_large_key_is_cut_into_even_slices() -> None:
    random = np.random.default_rng(3)
    keys = random.integers(0, 2**63, 100_000).astype(np.uint64)
    keys[::2] = 12345
    times = random.integers(0, 10**12, 100_000)
    parts = parts_of([Sample(keys, times, 100.0)], 8, 0)
    assert parts.count == 8
    assert [one.hash for one in parts.hot] == [12345]
    assert parts.slices == 4
    rows = np.bincount(parts.of(keys, np.zeros(len(keys), np.uint8), times), minlength=8)
    assert rows.max() < 1.1 * rows.mean()


def test_rows_of_one_instant_are_not_cut() -> None:
    keys, times = np.full(1_000, 5, np.uint64), np.zeros(1_000, np.int64)
    parts = parts_of([Sample(keys, times, 1.0)], 4, 0)
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
    # of a frame nothing is known, unless who made it tells, as for a range of instants
    frame = open_table(spark.createDataFrame(few.to_pandas()), spark=spark)
    ends = few["event_timestamp"].cast(pa.int64()).to_numpy()
    for times, count in ((None, 6_000), ((int(ends.min()), int(ends.max())), 600)):
        _, _, stocks = layout(plan(frame.schema(), [view], spark=spark), frame, times)
        assert stocks[0].pieces is not None
        assert sum(piece.rows for piece in stocks[0].pieces) == count
    right = rw.backfill(few, view)
    frame = rw.backfill(f"parquet:{tmp_path}/rows.parquet", view, spark=spark)
    check_same(frame.toArrow().sort_by("row").select(right.column_names[4:]), right.select(right.column_names[4:]))


@pytest.fixture
def side(tmp_path: Path) -> Callable[[pa.Table, int], sizes.Side]:
    """What is known of a table of columns `tail` and `at`, as Parquet in row groups of so many rows."""

    def known(table: pa.Table, rows: int) -> sizes.Side:
        pq.write_table(table, tmp_path / "one.parquet", row_group_size=rows)
        source = rw.Source("flights", f"parquet:{tmp_path}/one.parquet", "at")
        view = rw.FeatureView("plane", rw.Entity("tail"), source, [rw.count()])
        asking = pa.table({"tail": [7], "event_timestamp": pa.array([5], pa.timestamp("us"))})
        made = plan(asking.schema, [view]).passes[0]
        pieces = made.table.pieces(["tail", "at"])
        assert pieces is not None
        return sizes.side_of_pieces(made.work, cut(pieces, rows=rows), ["tail", "at"], events=True)

    return known


def test_a_table_in_the_order_of_time_is_cut_into_even_slices(side: Callable[[pa.Table, int], sizes.Side]) -> None:
    size = 60_000
    stamps = np.arange(size, dtype=np.int64) ** 2
    table = pa.table(
        {"tail": np.where(np.arange(size) % 2, 7, np.arange(size)), "at": pa.array(stamps, pa.timestamp("us"))}
    )
    parts = parts_of(side(table, 1_000).samples, 40, 0)
    assert 15 < parts.slices < 25
    own = np.bincount(np.searchsorted(np.array(parts.hot[0].cuts), stamps[1::2], side="right"))
    assert own.max() < 1.5 * size / 40


def test_no_key_of_many_small_pieces_is_taken_for_a_large_one(side: Callable[[pa.Table, int], sizes.Side]) -> None:
    size = 50_000
    table = pa.table(
        {"tail": np.arange(size) // 5, "at": pa.array(np.arange(size, dtype=np.int64), pa.timestamp("us"))}
    )
    found = side(table, 50)
    assert found.rows == size
    assert sum(one.rows for one in found.samples) == pytest.approx(size)
    assert parts_of(found.samples, 200, 0).hot == ()


def test_pieces_without_rows(side: Callable[[pa.Table, int], sizes.Side]) -> None:
    table = pa.table({"tail": pa.array([], pa.int64()), "at": pa.array([], pa.timestamp("us"))})
    assert side(table, 50) == sizes.Side(0, 0.0)


@pytest.mark.usefixtures("small")
def test_explain_and_the_report_show_slices(spark: "SparkSession", hot: pa.Table, tmp_path: Path) -> None:
    shown = rw.explain(asked(), service(hot), spark=spark)
    assert "1 large key cut into 7 time slices; the largest of about" in shown
    result = rw.backfill(asked(), service(hot), spark=spark, to=f"delta:{tmp_path}/out")
    report = result.report
    assert report is not None
    assert (report.rows, report.engine) == (1_000, "spark")
    assert report.slices > 10  # of two passes about planes
    assert report.largest_task < 1_100
    assert set(report.stages) >= {"split", "sort", "sweep"}
    assert report.shuffle_bytes > len(hot) * 24
    assert report.peak_memory > 10**8
    again = rw.backfill(asked(), service(hot), spark=spark, to=f"delta:{tmp_path}/out", mode="append", run_id="x")
    assert again.report != report


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary()])
@pytest.mark.parametrize("moved", [0, 1, 8])
def test_parcels_are_read_where_they_are(kind: pa.DataType, moved: int) -> None:
    tables = [pa.table({"x": np.arange(5 * number)}) for number in (1, 2, 3)]
    batch = parcels.packed([Share(number, Kind.EVENTS, table) for number, table in enumerate(tables)])
    # as Spark may hand them over: behind other bytes, and not from the first row on
    values = [b"-" * moved, *batch.column(2).to_pylist()]
    shifted = pa.record_batch([pa.array([9, 0, 1, 2]), pa.array([0] * 4), pa.array(values, kind)], batch.schema.names)
    before = pa.total_allocated_bytes()
    found = parcels.unpacked([shifted.slice(2)], Kind.EVENTS)
    assert found is not None
    assert found["x"].to_pylist() == [*range(10), *range(15)]
    assert all(chunk.buffers()[1].address % 8 == 0 for chunk in found["x"].chunks)
    assert pa.total_allocated_bytes() - before < 1_000


def test_parcels_of_no_rows() -> None:
    assert parcels.unpacked([], Kind.QUERIES) is None
    assert parcels.packed([]).num_rows == 0
