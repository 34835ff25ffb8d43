"""The headline benchmark on tiny data: its runners agree, and what measures and reports works. No time is judged."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from benchmarks import compare, data, headline, measure, report
from benchmarks.data import FEATURES, VARIANTS, Data, Variant
from benchmarks.measure import Measured
from benchmarks.peers import PEERS

TINY = 0.0005
LIMIT = 300.0


def tiny(folder: Path, variant: Variant = "uniform") -> Data:
    return data.make(variant, TINY, step=headline.CHECK_STEP, home=folder)


def on_spark(name: str, beside: str) -> bool:
    return "ropeway_spark" in (name, beside)


@pytest.mark.parametrize("variant", VARIANTS)
def test_runners_on_one_machine_agree(variant: Variant, tmp_path: Path) -> None:
    peers = [peer for peer in PEERS if not on_spark(peer.name, peer.beside)]
    assert len(peers) == 5
    headline.check(tiny(tmp_path, variant), variant, peers, 2, LIMIT)


@pytest.mark.slow
def test_runners_on_spark_agree(tmp_path: Path) -> None:
    peers = [peer for peer in PEERS if on_spark(peer.name, peer.beside) or peer.name == "ropeway_local"]
    assert len(peers) == 5
    headline.check(tiny(tmp_path), "uniform", peers, 2, LIMIT)


def test_the_data_are_the_same_each_time(tmp_path: Path) -> None:
    one, other = tiny(tmp_path / "one"), tiny(tmp_path / "other")
    files = sorted(path.relative_to(one.folder) for path in one.folder.rglob("*.parquet"))
    assert len(files) == 10
    assert [(one.folder / file).read_bytes() for file in files] == [
        (other.folder / file).read_bytes() for file in files
    ]
    assert (data.rows_of(one.events), data.rows_of(one.queries)) == data.sizes(TINY)[:2]


def test_data_that_are_there_are_not_made_again(tmp_path: Path) -> None:
    (tiny(tmp_path).events / "part-0.parquet").unlink()
    assert not (tiny(tmp_path).events / "part-0.parquet").exists()


def test_one_key_has_a_quarter_of_the_zipf_rows(tmp_path: Path) -> None:
    made = data.make("zipf", 0.01, home=tmp_path)
    counts = pq.read_table(made.events).column("key").value_counts()
    assert 0.24 < pc.max(counts.field("counts")).as_py() / 100_000 < 0.30


def answers(count: int = 2, total: float | None = 1.5) -> pa.Table:
    first = {name: count if name.startswith("count") else 1.5 for name in FEATURES} | {"sum_7d": total}
    empty = {name: 0 if name.startswith("count") else None for name in FEATURES}
    return pa.Table.from_pylist([{"id": 0} | first, {"id": 1} | empty])


def test_runners_that_disagree_are_named() -> None:
    right, near = answers(), answers(total=1.5 + 4e-16)
    compare.agree({"ropeway_local": right, "polars_join": near, "ropeway_spark": right})
    for wrong, message in [
        ({"duckdb_join": answers(count=3)}, r"count_1h of duckdb_join differs .* ropeway_local: query 0: 3, not 2"),
        ({"duckdb_join": answers(total=None)}, r"sum_7d of duckdb_join .* query 0: None, not 1\.5"),
        ({"duckdb_join": answers(total=1.5001)}, r"sum_7d of duckdb_join"),
        ({"ropeway_spark": near}, r"sum_7d of ropeway_spark .* in the last bits"),  # these two must be exact
    ]:
        with pytest.raises(compare.DisagreementError, match=message):
            compare.agree({"ropeway_local": right, **wrong})


def test_answers_that_the_oracle_denies(tmp_path: Path) -> None:
    small = tiny(tmp_path)
    right = measure.answers("polars_join", small, 2, LIMIT)
    wrong = right.set_column(1, "count_1h", pc.add(right.column("count_1h"), 1))
    with pytest.raises(compare.DisagreementError, match="count_1h of query 0 is 1; the oracle says 0"):
        compare.agree_with_oracle(wrong, small, 5)


def test_a_measurement_has_times_memory_and_stages(tmp_path: Path) -> None:
    one = measure.measure("ropeway_local", tiny(tmp_path), 2, LIMIT)
    assert len(one.seconds) == 3
    assert one.best == min(one.seconds)
    assert one.peak > 50 * 2**20
    assert one.cpu > 0
    assert {"read", "encode", "sort", "sweep"} <= set(one.stages)


def test_a_runner_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    assert measure.measure("duckdb_join", tiny(tmp_path), 2, 0.0).best is None


def test_a_runner_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(measure.RunnerError, match=r"(?s)duckdb_join failed:.*No files found"):
        measure.measure("duckdb_join", Data(tmp_path / "absent"), 2, LIMIT)


def test_the_table_compares_with_the_engine_that_fits() -> None:
    results = {
        "ropeway_local": Measured((2.0, 0.5), 2**30, 0.9),
        "duckdb_frames": Measured((20.0,), 2**29, 39.0),
        "ropeway_spark": Measured((4.0,), 2**31, 7.0),
        "spark_frames": Measured((), 2**32),
        "spark_floor": Measured((3.0,), 2**31, 5.0, {"scan": 1.0, "shuffle": 2.0}),
    }
    assert report.table(results, limit=60.0).splitlines()[2:] == [
        "| **ropeway, local** | 0.50 s | 1 | 0.9 s | 1.0 GiB |",
        "| DuckDB, range frames | 20.00 s | 40.00 x | 39.0 s | 0.5 GiB |",
        "| **ropeway, Spark** | 4.00 s | 1 | 7.0 s | 2.0 GiB |",
        "| Spark SQL, range frames | > 60 s | > 15 x |  | 4.0 GiB |",
        "| Spark's floor: the same shuffle, no computing | 3.00 s | 0.75 x | 5.0 s | 2.0 GiB |",
    ]
    assert "scan 1.00 s, shuffle 2.00 s" in report.stages(results)
    assert "1.00 s." in report.stages({name: replace(one, peak=0) for name, one in results.items()})


def test_the_table_goes_between_the_marks(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    assert not report.write("new", readme)
    readme.write_text("before\n")
    assert not report.write("new", readme)
    readme.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    assert report.write("new", readme)
    assert report.write("newer", readme)
    assert readme.read_text() == f"before\n{report.BEGIN}\nnewer\n{report.END}\nafter\n"
