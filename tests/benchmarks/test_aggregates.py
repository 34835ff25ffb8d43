"""The aggregates on tiny data: their runners agree, and those that do not are found out. No time is judged."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import ropeway as rw
from benchmarks import aggregates, lines, measure
from benchmarks.compare import DisagreementError
from benchmarks.lines import RUNNERS, SPARK, data, definition
from benchmarks.lines.lines import GROWING, LINES
from benchmarks.measure import Measured
from benchmarks.one import BRIEF
from benchmarks.program import CHECK_STEP
from benchmarks.tables import Data
from tests.benchmarks.test_headline import LIMIT

TINY = 0.001


def tiny(folder: Path) -> Data:
    return data.make(TINY, step=CHECK_STEP, home=folder)


def answers(name: str, small: Data) -> pa.Table:
    return measure.answers(f"benchmarks.lines.{name}", small, 2, LIMIT)


def with_column(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)


def test_runners_of_aggregates_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    aggregates.check(tiny(tmp_path), [name for name, _ in (*RUNNERS, SPARK)], 2, LIMIT)
    assert f"5 runners agree in {len(LINES)} lines" in capsys.readouterr().out


def test_a_wrong_answer_is_found(tmp_path: Path) -> None:
    small = tiny(tmp_path)
    ours, theirs = answers("ropeway_local", small), answers("polars_rolling", small)
    aggregates.agree("polars_rolling", theirs, ours, small)
    for name in ("count__count", "late_sum__sum", "changes__sum", "trend__trend", "label__sum"):
        wrong = with_column(ours, name, pc.add(ours.column(name), 1))
        with pytest.raises(DisagreementError, match=f"{name} of query .* the oracle says"):
            aggregates.agree_with_oracle(wrong, small)
    rotated = pa.chunked_array([ours.column("vector__vector_mean").take(pc.sort_indices(ours.column("count__count")))])
    for name, wrong in [
        ("median__median", pc.add(theirs.column("median__median"), 0.001)),
        ("vector__vector_mean", rotated),
        ("by__sum", pc.if_else(pc.equal(theirs.column("id"), 7), None, theirs.column("by__sum"))),
    ]:
        with pytest.raises(DisagreementError, match=f"{name} of polars_rolling: query "):
            aggregates.agree("polars_rolling", with_column(theirs, name, wrong), ours, small)


def test_a_mode_may_be_any_of_the_most_frequent(tmp_path: Path) -> None:
    small = tiny(tmp_path)
    ours, theirs = answers("ropeway_local", small), answers("duckdb_frames", small)
    differ = pc.not_equal(ours.column("mode__mode"), theirs.column("mode__mode"))
    assert pc.sum(differ).as_py() > 0
    aggregates.agree("duckdb_frames", theirs, ours, small)
    wrong = with_column(theirs, "mode__mode", pc.add(theirs.column("mode__mode"), 1_000))
    with pytest.raises(DisagreementError, match="mode__mode of duckdb_frames: query 0"):
        aggregates.agree("duckdb_frames", wrong, ours, small)


def test_each_line_is_a_view(tmp_path: Path) -> None:
    small = tiny(tmp_path)
    views = definition.views(small, list(LINES))
    names = [output.name for view in views for output in view.outputs()]
    assert names == [name for line in LINES.values() for name in line.columns]
    assert isinstance(views[list(LINES).index("label")], rw.LabelView)
    known = {name for name, _ in RUNNERS}
    assert all(set(lines.able(line)) <= known for line in LINES.values())


def test_one_line_alone_is_timed_briefly(tmp_path: Path) -> None:
    peer = lines.peer(LINES["moments"], "ropeway_local", **{BRIEF: "60"})
    assert (peer.name, peer.module) == ("moments.ropeway_local", "benchmarks.lines.ropeway_local")
    assert len(measure.measure(peer.module, tiny(tmp_path), 2, LIMIT, **peer.settings).seconds) == 3
    once = measure.measure(peer.module, tiny(tmp_path), 2, LIMIT, **{**peer.settings, BRIEF: "0.000001"})
    assert len(once.seconds) == 1


def test_lines_stand_beside_their_peers() -> None:
    results = {
        "median.ropeway_local": Measured((0.3, 0.2), 2**29, 0.4),
        "median.polars_rolling": Measured((4.0,), 2**29, 5.0),
        "median.duckdb_frames": Measured((), 2**29, stopped="after 20 s", spent=20.04),
        "median_1000.ropeway_local": Measured((0.4,), 2**29, 0.4),
        "median_10000.ropeway_local": Measured((0.3,), 2**29, 0.4),
        "late_sum.ropeway_local": Measured((0.15,), 2**28, 0.4),
    }
    shown = [LINES[name] for name in ("median", "median_1000", "late_sum", "count")]
    assert aggregates.table(shown, results, 1.0).splitlines() == [
        "| | wall | per event | peak memory | polars | pandas | DuckDB |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| `median` | 0.20 s | 200 ns | 512 MiB | 4.00 s | | > 20 s |",
        "| `sum`, late rows | 0.15 s | 150 ns | 256 MiB | | | |",
    ]
    assert aggregates.growing_table(results, 1.0).splitlines() == [
        "| | 1,000 rows | 10,000 rows | 100,000 rows |",
        "| --- | ---: | ---: | ---: |",
        "| `median`, **ropeway, local** | 400 ns | 300 ns | 200 ns |",
    ]
    assert aggregates.growing_table({}, 1.0) == ""


def test_growing_windows_hold_what_they_say() -> None:
    for by_rows in GROWING.values():
        held = data.SIZES["events"] / data.KEYS / data.DAYS
        for rows, line in by_rows.items():
            (wanted,) = line.wanted
            assert wanted.width is not None
            assert wanted.width / 86_400_000_000 * held == rows
