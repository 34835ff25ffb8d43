"""The other programs on tiny data: their runners agree, and what they say goes between its marks. No time is judged."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from benchmarks import compare, data, growth, headline, hot, measure, report, wide
from benchmarks.measure import Measured
from benchmarks.program import CHECK_STEP
from benchmarks.width import WIDE_PEERS
from benchmarks.width import data as wide_data
from benchmarks.width.features import ALL_PARTS, FEATURES
from tests.benchmarks.test_headline import LIMIT, tiny

README = Path(__file__).resolve().parents[2] / "README.md"


def test_there_are_200_wide_features_of_5_sources_and_4_entities() -> None:
    assert len(set(FEATURES)) == len(FEATURES) == 200
    assert len({part.source for part in ALL_PARTS}) == 5
    assert {part.keys for part in ALL_PARTS} == {("customer",), ("product",), ("shop",), ("shop", "shelf")}
    assert len({part.source for part in ALL_PARTS if part.late}) == 2


def test_wide_runners_on_one_machine_agree(tmp_path: Path) -> None:
    small = wide_data.make(0.002, step=CHECK_STEP, home=tmp_path)
    wide.check(small, [peer for peer in WIDE_PEERS if "spark" not in peer.name], 2, LIMIT)


@pytest.mark.slow
def test_wide_runners_on_spark_agree(tmp_path: Path) -> None:
    small = wide_data.make(0.001, step=CHECK_STEP, home=tmp_path)
    wide.check(small, [peer for peer in WIDE_PEERS if "polars" not in peer.name], 2, LIMIT)


def test_the_oracle_sees_late_rows_in_wide_answers(tmp_path: Path) -> None:
    small = wide_data.make(0.002, step=CHECK_STEP, home=tmp_path)
    right = measure.answers("benchmarks.width.ropeway_local", small, 2, LIMIT)
    early = tmp_path / "early"
    for part in sorted((small.folder / "deliveries").iterdir()):
        table = pq.read_table(part)
        place = table.schema.get_field_index("known")
        early.mkdir(exist_ok=True)
        pq.write_table(table.set_column(place, "known", table.column("time")), early / part.name)
    (question,) = [one for one in wide.questions(small) if one.events.name == "deliveries"]
    compare.agree_with_oracle(right, small.queries, [question], 20)
    known_at_once = compare.Question(
        early, question.keys, question.wanted, question.time, question.available, question.tiebreak
    )
    with pytest.raises(compare.DisagreementError, match=r"of query .* the oracle says"):
        compare.agree_with_oracle(right, small.queries, [known_at_once], 20)


def test_each_part_of_the_wide_work_is_timed(tmp_path: Path) -> None:
    small = wide_data.make(0.001, home=tmp_path)
    peers = [peer for peer in WIDE_PEERS if "spark" not in peer.name]
    results = {peer.name: measure.measure(peer.module, small, 2, LIMIT) for peer in peers}
    for one in results.values():
        assert list(one.parts) == [part.name for part in ALL_PARTS]
    lines = wide.parts_table(peers, results, 0.001).splitlines()
    assert len(lines) == 2 + len(ALL_PARTS)
    assert lines[2].startswith("| visits | customer | | 47 | 800 | ")
    assert lines[5].startswith("| orders | shop, shelf | yes | 17 | 500 | ")


def test_runners_agree_on_a_hot_key(tmp_path: Path) -> None:
    peers = [peer for peer in hot.HOT_PEERS if "spark" not in peer.name]
    assert len(peers) == 3
    headline.check(tiny(tmp_path, "hot"), "hot", peers, 2, LIMIT)


def test_runners_agree_on_a_single_key(tmp_path: Path) -> None:
    peers = [peer for peer in hot.HOT_PEERS if peer.name in ("ropeway_local", "polars_rolling")]
    headline.check(data.make_single(0.0002, step=CHECK_STEP, home=tmp_path), "hot", peers, 2, LIMIT)


def test_hot_keys_stand_beside_uniform_ones() -> None:
    uniform = {"ropeway_local": Measured((2.0,), 2**30, 3.0), "polars_join": Measured((4.0,), 2**30, 8.0)}
    hot_ones = {
        "ropeway_local": Measured((2.5,), 2**31, 4.0),
        "polars_join": Measured((), 2**34, stopped="at 16 GiB", spent=20.0),
    }
    assert hot.table(hot.HOT_PEERS, uniform, hot_ones).splitlines()[2:] == [
        "| **ropeway, local** | 2.00 s | 1.0 GiB | 2.50 s | 1.25 x | 4.0 s | 2.0 GiB |",
        "| polars, join and group | 4.00 s | 1.0 GiB | stopped at 16 GiB | > 5 x | | 16.0 GiB |",
    ]
    single = hot.single_table({"local": hot_ones["ropeway_local"], "spark": Measured((9.0,), 2**31, 9.0, worker=2**29)})
    assert single.splitlines()[2:] == [
        "| local | 2.50 s | 4.0 s | 2.0 GiB | |",
        "| spark | 9.00 s | 9.0 s | 2.0 GiB | 0.50 GiB |",
    ]


@pytest.mark.slow
def test_both_engines_write_the_same_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = tiny(tmp_path)
    growth.check(small, growth.TABLE_PEERS, 2, LIMIT, BENCH_MEMORY_LIMIT="1GiB")
    assert "2 tables agree" in capsys.readouterr().out
    assert sorted(path.name for path in small.folder.iterdir()) == ["events", "queries"]


def test_growth_is_beside_the_usual_size() -> None:
    results = {
        1_000: {"table_local": Measured((1.0,), 2**30, 2.0)},
        10_000: {"table_local": Measured((8.0,), 2**30, 16.0)},
        100_000: {"table_local": Measured((), 2**31, stopped="after 88 s", spent=88.0)},
    }
    assert growth.table({"table_local": "local", "table_spark": "Spark"}, results, 10_000).splitlines() == [
        "| | events | wall | x of 10,000 | CPU | peak memory |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        "| local | 1,000 | 1.00 s | 0.12 x | 2.0 s | 1.0 GiB |",
        "| local | 10,000 | 8.00 s | 1 | 16.0 s | 1.0 GiB |",
        "| local | 100,000 | stopped after 88 s | > 11 x | | 2.0 GiB |",
    ]


@pytest.mark.parametrize("name", ["benchmark", "wide", "hot", "growth", "aggregates", "transforms"])
def test_a_table_goes_between_its_marks(name: str, tmp_path: Path) -> None:
    begin, end = report.marks(name)
    assert README.read_text().count(begin) == README.read_text().count(end) == 1
    readme = tmp_path / "README.md"
    assert not report.write("new", readme, name)
    readme.write_text("before\n")
    assert not report.write("new", readme, name)
    readme.write_text(f"before\n{begin}\nold\n{end}\nafter\n<!-- other:begin -->\n<!-- other:end -->\n")
    assert report.write("new", readme, name)
    assert report.write("newer", readme, name)
    assert readme.read_text() == f"before\n{begin}\nnewer\n{end}\nafter\n<!-- other:begin -->\n<!-- other:end -->\n"
