"""Under a memory limit rows are computed part by part, by way of the disk; that changes no bit."""

import logging
import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from hypothesis import given, settings
from hypothesis import strategies as st

import ropeway as rw
from ropeway.batch import memory, parts, refined
from ropeway.batch.memory import Budget, checked_limit
from ropeway.batch.plan import plan
from ropeway.batch.progress import Progress
from ropeway.batch.spill import Spill
from ropeway.batch.stock import Stock
from ropeway.batch.streamed import Answers, answered
from ropeway.connectors.table import open_table
from ropeway.features.view import as_views
from ropeway.jobs.cli import main
from ropeway.transforms.passes.clock import Clock
from tests.batch.test_engines import asked, check_same, flights, service
from tests.cases import Case, cases

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LEAST = memory.LEAST


@contextmanager
def tiny(rows: int, block: int = 7) -> Iterator[None]:
    """Parts of so many rows, and blocks of a few."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "MOST_ROWS", rows)
        patch.setattr(memory, "BLOCK_ROWS", block)
        patch.setattr(parts, "SEEN", 1)
        yield


@contextmanager
def streamed(rows: Any, features: Any, limit: int = LEAST, **options: Any) -> Iterator[Answers]:
    table = open_table(rows)
    made = plan(table.schema(), as_views(features), **options)
    with answered(made, table, limit, Clock(), Progress(False)) as answers:
        yield answers


@pytest.fixture
def stored(tmp_path: Path) -> tuple[str, str]:
    """Addresses of flights and of what is asked, as Parquet files of a few row groups."""
    for name, table in (("events", flights()), ("rows", asked())):
        (tmp_path / name).mkdir()
        for number in range(3):
            size = -(-len(table) // 3)
            pq.write_table(table.slice(number * size, size), tmp_path / name / f"{number}.parquet", row_group_size=150)
    return f"parquet:{tmp_path}/events", f"parquet:{tmp_path}/rows"


# ---- what a limit is


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("2GiB", 2 * 2**30),
        ("500MB", 500_000_000),
        ("1.5 GB", 1_500_000_000),
        ("300000kB", 300_000_000),
        (LEAST, LEAST),
        (f"{LEAST}B", LEAST),
        (None, None),
    ],
)
def test_limits(text: str | int | None, size: int | None) -> None:
    assert checked_limit(text) == size


@pytest.mark.parametrize("wrong", ["2G", "2 gib", "", "GiB", "-1GiB", "1e9", "2GiB ", 2.5e9, True, ["1GiB"]])
def test_what_is_no_limit(wrong: Any) -> None:
    with pytest.raises(rw.UsageError, match=r"expected a number of bytes, or a text such as '2GiB' or '500MB'"):
        rw.backfill(asked(), service(flights()), memory_limit=wrong)


@pytest.mark.parametrize("little", [0, -5, "0GB", "255MiB"])
def test_too_little(little: Any) -> None:
    with pytest.raises(rw.UsageError, match=r"the least is 256 MiB.*Pass more, or None"):
        rw.backfill(asked(), service(flights()), memory_limit=little)


def test_spark_has_limits_of_its_own() -> None:
    session: Any = object()
    with pytest.raises(rw.UsageError, match=r"memory_limit= is for work on this machine: on Spark the session bounds"):
        rw.backfill(asked(), service(flights()), memory_limit="1GiB", spark=session)


# ---- the same answers


@settings(max_examples=120)
@given(case=cases(most_rows=60), rows=st.sampled_from([1, 3, 10]), block=st.sampled_from([1, 5, 100]))
def test_no_bit_depends_on_the_limit(case: Case, rows: int, block: int) -> None:
    if case.overflows():
        with tiny(rows, block), pytest.raises(rw.DataError, match=r"source 's'.*does not fit"):
            rw.backfill(case.rows, case.view, memory_limit=LEAST)
        return
    want = rw.backfill(case.rows, case.view)
    with tiny(rows, block):
        check_same(rw.backfill(case.rows, case.view, memory_limit=LEAST), want)


@pytest.mark.parametrize("rows", [150, 1_000, 10**6])
def test_several_passes_over_files(stored: tuple[str, str], rows: int) -> None:
    events, queries = stored
    want = rw.backfill(asked(), service(flights()))
    with tiny(rows, 90):
        check_same(rw.backfill(queries, service(events), memory_limit=LEAST), want)


@pytest.mark.parametrize("scheme", ["parquet", "delta"])
def test_into_a_table_in_one_commit(stored: tuple[str, str], tmp_path: Path, scheme: str) -> None:
    events, queries = stored
    want = rw.backfill(asked(), service(flights()))
    address = f"{scheme}:{tmp_path}/out"
    with tiny(300, 90):
        result = rw.backfill(queries, service(events), to=address, run_id="one", memory_limit="1GiB")
        again = rw.backfill(queries, service(events), to=address, run_id="one", memory_limit="1GiB")
    assert result.rows == again.rows == len(want)
    check_same(open_table(address).scan().sort_by("row"), want)
    if scheme == "delta":
        assert [one["operation"] for one in DeltaTable(tmp_path / "out").history()] == ["WRITE"]
        rw.backfill(queries, service(events), to=address, mode="append", memory_limit="1GiB")
        assert open_table(address).rows() == 2 * len(want)
    rw.backfill(queries, service(events), to=address, mode="overwrite", memory_limit="1GiB")
    assert open_table(address).rows() == len(want)


def test_what_can_not_be_read_in_pieces_is_held(
    spark: "SparkSession", tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    options = {"delta.enableDeletionVectors": "true"}
    spark.createDataFrame(flights()).coalesce(1).write.format("delta").options(**options).save(f"{tmp_path}/t")
    spark.sql(f"DELETE FROM delta.`{tmp_path}/t` WHERE delay > 100")  # leaves the file and marks its rows
    address = f"delta:{tmp_path}/t"
    assert open_table(address).pieces(["tail"]) is None
    want = rw.backfill(asked(), service(address))
    with tiny(500, 90), caplog.at_level(logging.WARNING, "ropeway"):
        check_same(rw.backfill(asked(), service(address), memory_limit=LEAST), want)
    assert {one.getMessage() for one in caplog.records if one.levelno == logging.WARNING} == {
        f"memory_limit: {address} can't be read in pieces, so all its rows are held in memory"
    }


def test_frames_come_back_as_they_came() -> None:
    rows = asked().drop_columns(["row"]).to_pandas().set_index(pd.Index(np.arange(1_000)[::-1]))
    want = rw.backfill(rows, service(flights()))
    with tiny(200, 90):
        pd.testing.assert_frame_equal(rw.backfill(rows, service(flights()), memory_limit=LEAST), want)
        polars = pl.DataFrame(asked())
        assert rw.backfill(polars, service(flights()), memory_limit=LEAST).equals(
            rw.backfill(polars, service(flights()))
        )


def test_no_rows_and_no_events() -> None:
    for rows, events in ((asked().slice(0, 0), flights()), (asked(), flights().slice(0, 0))):
        for most in (100, 10**6):
            with tiny(most):
                check_same(rw.backfill(rows, windowed(events), memory_limit=LEAST), rw.backfill(rows, windowed(events)))


def hot() -> pa.Table:
    """Flights of which half are of one plane."""
    tails = flights()["tail"].to_numpy().copy()
    tails[::2] = 7
    return flights().set_column(0, "tail", pa.array(tails, pa.int32()))


def windowed(table: object) -> rw.FeatureView:
    features = [rw.count().over("1h", "1d"), rw.mean("delay").over("1d", offset="2h"), rw.last("delay").over("12h")]
    return rw.FeatureView("plane", rw.Entity("tail"), rw.Source("flights", table, "at"), features, closed="both")


def test_a_large_key_is_cut_into_slices() -> None:
    want = rw.backfill(asked(), windowed(hot()))
    with tiny(1_200, 90), streamed(asked(), windowed(hot())) as answers:
        got = pa.table(answers.columns(), names=want.column_names[4:])
        assert answers.streamed.slices > 2
        assert answers.streamed.largest < 2_000
        assert answers.streamed.spilled > hot().nbytes / 4
    check_same(got, want.select(got.column_names))


def test_keys_that_met_in_one_part_come_apart() -> None:
    with tiny(100, 1_000), streamed(asked(), windowed(flights())) as answers:
        assert answers.streamed.parts > 70
        assert answers.streamed.largest < 200
        assert answers.streamed.slices == 0
    # more parts than are made at once are made in two steps
    with pytest.MonkeyPatch.context() as patch, tiny(100, 1_000):
        for module in (refined, sys.modules["ropeway.batch.streamed"]):
            patch.setattr(module, "MOST_PARTS", 9)
        with streamed(asked(), windowed(flights())) as answers:
            assert answers.streamed.parts > 60
            got = pa.table(answers.columns(), names=["a", "b", "c", "d"])
    want = rw.backfill(asked(), windowed(flights()))
    check_same(got, want.select(want.column_names[4:]).rename_columns(got.column_names))


def test_static_tables() -> None:
    table = pa.table({"tail": pa.array(range(400), pa.int32()), "seats": pa.array(range(400))})
    view = rw.FeatureView("plane", rw.Entity("tail"), rw.Source("planes", table, None), ["seats"])
    twice = pa.concat_tables([table, table.slice(399)])
    wrong = rw.FeatureView("plane", rw.Entity("tail"), rw.Source("planes", twice, None), ["seats"])
    rows = asked().filter(pa.compute.less(asked()["tail"], 100))  # none of them asks about the key that is there twice
    want = rw.backfill(rows, view)
    with tiny(30, 90):
        check_same(rw.backfill(rows, view, memory_limit=LEAST), want)
        with pytest.raises(rw.DataError, match=r"source 'planes' is a static table.*1 of its keys have more than one"):
            rw.backfill(rows, wrong, memory_limit=LEAST)


def test_a_range_of_instants() -> None:
    at_once = rw.instants("1970-01-02", "1970-01-05", every="12h")
    want = rw.backfill(at_once, windowed(flights()))
    with tiny(500, 90):
        check_same(rw.backfill(at_once, windowed(flights()), memory_limit=LEAST), want)


def test_the_command_line(stored: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events, queries = stored
    (tmp_path / "declared.py").write_text(
        f"import ropeway as rw\nsource = rw.Source('flights', {events!r}, 'at')\n"
        f"view = rw.FeatureView('plane', rw.Entity('tail'), source, [rw.count().over('1d')])\n"
    )
    asks = ["backfill", f"{tmp_path}/declared.py:view", "--rows", queries, "--to", f"parquet:{tmp_path}/out"]
    assert main([*asks, "--memory-limit", "1G"]) == 2
    assert "memory_limit='1G': expected a number of bytes" in capsys.readouterr().err
    assert main([*asks, "--memory-limit", "1GB"]) == 0
    assert pq.read_metadata(tmp_path / "out/part-00000.parquet").num_rows == 1_000


# ---- what goes wrong


def test_errors_are_those_of_a_run_without_limit(stored: tuple[str, str], tmp_path: Path) -> None:
    table = flights()
    late = table.set_column(
        2, "at", pa.compute.if_else(pa.compute.equal(table["delay"], table["delay"][4_321]), None, table["at"])
    )
    large = table.append_column("n", pa.array([2**62] * len(table)))
    for wrong, feature, message in (
        (late, rw.count().over("1d"), r"timestamp 'at' of source 'flights' is null in 1 of"),
        (large, rw.sum("n").over("1d"), r"source 'flights': the sum for v__n_sum_1d does not fit into int64"),
    ):
        view = rw.FeatureView("v", rw.Entity("tail"), rw.Source("flights", wrong, "at"), [feature])
        with pytest.raises(rw.DataError, match=message):
            rw.backfill(asked(), view)
        with tiny(300), pytest.raises(rw.DataError, match=message):
            rw.backfill(asked(), view, to=f"parquet:{tmp_path}/out", memory_limit=LEAST)
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("scheme", ["parquet", "delta"])
def test_rows_that_fail_while_they_are_written(tmp_path: Path, scheme: str) -> None:
    odd = np.zeros(1_000, np.int64)
    odd[777] = 1  # a nanosecond, which no table holds
    rows = asked().append_column("seen", pa.array(odd, pa.timestamp("ns")))
    with tiny(300, 90), pytest.raises(rw.DataError, match=r"column 'seen' does not fit into timestamp\[us\]"):
        rw.backfill(rows, windowed(flights()), to=f"{scheme}:{tmp_path}/out", memory_limit="1GiB")
    with pytest.raises(rw.TableNotFoundError):
        open_table(f"{scheme}:{tmp_path}/out").schema()


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for temporary files."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    return folder


def test_nothing_is_left_on_disk(scratch: Path) -> None:
    with tiny(300, 90), streamed(asked(), windowed(flights())) as answers:
        assert answers.streamed.spilled
        assert list(scratch.iterdir()) == []  # no name, so that not even a process that is killed leaves a file


def test_a_full_disk(scratch: Path, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with (
            tiny(300, 90),
            pytest.raises(rw.RopewayError, match=r"(?s)temporary files.*set TMPDIR to a folder with more"),
        ):
            rw.backfill(asked(), windowed(flights()), to=f"parquet:{tmp_path}/out", memory_limit=LEAST)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["scratch"]
    assert list(scratch.iterdir()) == []


def test_no_folder_for_temporary_files(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(scratch / "none"))
    with pytest.raises(rw.RopewayError, match="set TMPDIR"):
        Spill(pa.schema([("x", pa.int64())]), 1, Clock())


def events_of_one_key(size: int) -> pa.Table:
    times = pa.array(np.arange(size) * 10**6, pa.timestamp("us"))
    return pa.table({"tail": pa.array(np.full(size, 7, np.int32)), "at": times, "delay": np.ones(size)})


def test_a_key_whose_windows_hold_too_much() -> None:
    table = events_of_one_key(1_000_000)
    source = rw.Source("flights", table, "at")
    view = rw.FeatureView("plane", rw.Entity("tail"), source, [rw.mean("delay").over("9d")])
    with pytest.raises(rw.UsageError, match="reach back 9 days") as raised:
        rw.backfill(asked(), view, memory_limit=LEAST)
    least = re.search(r"a limit of at least (\d+ MiB)", str(raised.value))
    assert least is not None
    check_same(
        rw.backfill(asked(), view, memory_limit=least[1].replace(" ", "")), rw.backfill(asked(), view)
    )  # what the message says is enough


def check_in_slices(rows: pa.Table, view: rw.FeatureView) -> None:
    """The least memory makes three slices or more, and the same answers."""
    want, own = rw.backfill(rows, view), len(rows.column_names)
    with streamed(rows, view) as answers:
        assert answers.streamed.slices >= 3
        check_same(pa.table(answers.columns(), names=want.column_names[own:]), want.select(want.column_names[own:]))


def test_a_key_of_which_all_history_is_asked() -> None:
    table = events_of_one_key(1_000_000)
    features = [rw.count(), rw.mean("delay"), rw.last("delay"), rw.sum("delay").over("1h")]
    view = rw.FeatureView("plane", rw.Entity("tail"), rw.Source("flights", table, "at"), features)
    rows = asked().set_column(1, "tail", pa.array(np.full(1_000, 7, np.int32)))
    check_in_slices(rows, view)


def test_a_key_of_which_all_history_becomes_known_late() -> None:
    table = events_of_one_key(1_000_000)
    known = table["at"].cast(pa.int64()).to_numpy() + 4 * 10**11  # after nearly half of the time
    table = table.append_column("known", pa.array(known, pa.timestamp("us")))
    features = [rw.count(), rw.mean("delay"), rw.first("delay")]
    source = rw.Source("flights", table, "at", available_at="known")
    view = rw.FeatureView("plane", rw.Entity("tail"), source, features)
    rows = pa.table(
        {"tail": np.full(500, 7, np.int32), "event_timestamp": pa.array(np.arange(500) * 3 * 10**9, pa.timestamp("us"))}
    )
    check_in_slices(rows, view)


def test_a_key_that_becomes_known_at_one_time() -> None:
    table = events_of_one_key(1_000_000)
    loaded = pa.array(np.full(1_000_000, 5 * 10**11), pa.timestamp("us"))
    source = rw.Source("flights", table.append_column("known", loaded), "at", available_at="known")
    view = rw.FeatureView("plane", rw.Entity("tail"), source, [rw.mean("delay")])
    rows = asked().set_column(1, "tail", pa.array(np.full(1_000, 7, np.int32)))
    with pytest.raises(rw.UsageError, match="become known at one time") as raised:
        rw.backfill(rows, view, memory_limit=LEAST)
    least = re.search(r"a limit of at least (\d+ MiB)", str(raised.value))
    assert least is not None
    check_same(rw.backfill(rows, view, memory_limit=least[1].replace(" ", "")), rw.backfill(rows, view))


def test_a_key_that_is_cut_by_real_sizes() -> None:
    table = events_of_one_key(600_000)
    view = rw.FeatureView("plane", rw.Entity("tail"), rw.Source("flights", table, "at"), [rw.sum("delay").over("1h")])
    rows = asked().set_column(1, "tail", pa.array(np.full(1_000, 7, np.int32)))
    check_in_slices(rows, view)


def test_row_groups_that_are_too_large(tmp_path: Path) -> None:
    pq.write_table(events_of_one_key(3_000_000), tmp_path / "one.parquet", row_group_size=3_000_000)
    with pytest.raises(
        rw.UsageError, match=r"one.parquet has row groups of 3,000,000 rows, about 57 MiB.*at least 332 MiB"
    ):
        rw.backfill(asked(), windowed(f"parquet:{tmp_path}/one.parquet"), memory_limit=LEAST)


def test_a_writer_of_many_columns_needs_more(tmp_path: Path) -> None:
    with pytest.raises(rw.UsageError, match=r"memory_limit is 256 MiB: to write this table.*at least 352 MiB"):
        rw.backfill(asked(), windowed(flights()), to=f"delta:{tmp_path}/out", memory_limit=LEAST)
    assert not (tmp_path / "out").exists()


# ---- the pieces


def test_a_stock_gives_the_same_tables_each_time(stored: tuple[str, str]) -> None:
    whole = flights()
    for table in (open_table(stored[0]), open_table(whole)):
        with tiny(10, 400):
            one = Stock(table, ["tail", "origin", "delay"], Budget(LEAST))
        read = list(one.read())
        assert [len(some) for some in read] == np.diff(one.starts).tolist()
        assert max(map(len, read)) <= 400
        assert len(read) >= 15
        assert one.rows == len(whole)
        check_same(pa.concat_tables(read), whole.select(["tail", "origin", "delay"]))
        check_same(pa.concat_tables(one.read(["delay"])), whole.select(["delay"]))
        check_same(one.whole(), whole.select(["tail", "origin", "delay"]))


def test_errors_of_reading_ahead_are_raised(tmp_path: Path) -> None:
    for number in range(4):
        pq.write_table(flights(1_000), tmp_path / f"{number}.parquet")
    one = Stock(open_table(f"parquet:{tmp_path}"), ["tail"], Budget(LEAST))
    with tiny(10, 1_000):
        one = Stock(open_table(f"parquet:{tmp_path}"), ["tail"], Budget(LEAST))
    (tmp_path / "2.parquet").unlink()
    with pytest.raises(FileNotFoundError):
        list(one.read())


def test_the_log_says_what_was_done(caplog: pytest.LogCaptureFixture) -> None:
    with tiny(300), caplog.at_level(logging.INFO, "ropeway"):
        rw.backfill(asked(), windowed(flights()), memory_limit=LEAST)
    assert re.fullmatch(
        r"source 'flights': parts \d+, of them slices of large keys 0; rows of the largest \d+; \d+ MiB on disk",
        caplog.messages[0],
    )
    assert "spill" in caplog.messages[1]


PROGRAM = """
import sys
import pyarrow.dataset, deltalake
import ropeway as rw, ropeway.batch.backfill
def peak():
    with open("/proc/self/status") as status:
        return 1024 * next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
base = peak()
folder, limit = sys.argv[1:]
source = rw.Source("events", f"parquet:{folder}/events", "at")
features = [rw.count().over("1h", "1d"), rw.mean("delay").over("1h", "1d"), rw.max("delay").over("1h", "1d")]
view = rw.FeatureView("v", rw.Entity("tail"), source, features)
rw.backfill(f"parquet:{folder}/rows", view, to=f"parquet:{folder}/out-{limit}", memory_limit=limit or None)
print(peak() - base)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells what a process held at most")
def test_memory_stays_below_the_limit(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    for name, size, time in (("events", 4_000_000, "at"), ("rows", 400_000, "event_timestamp")):
        (tmp_path / name).mkdir()
        table = pa.table(
            {
                "tail": pa.array(random.integers(0, 40_000, size)),
                time: pa.array(random.integers(0, 10**12, size), pa.timestamp("us")),
                "delay": random.normal(size=size),
            }
        )
        pq.write_table(table, tmp_path / name / "one.parquet", row_group_size=200_000)
    peaks = [
        int(
            subprocess.run(
                [sys.executable, "-c", PROGRAM, str(tmp_path), limit],
                capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(Path.cwd())},
            ).stdout
        )
        for limit in ("", "256MiB")
    ]  # fmt: skip
    assert peaks[1] < LEAST < peaks[0]
    left, right = (pq.read_table(tmp_path / f"out-{limit}/part-00000.parquet") for limit in ("", "256MiB"))
    assert left.equals(right)
