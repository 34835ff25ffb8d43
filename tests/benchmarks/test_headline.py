"""The headline benchmark on tiny data: its runners agree. No time is judged."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from benchmarks import compare, data, headline, measure, report
from benchmarks.data import FEATURES, Variant
from benchmarks.headline import EVEN
from benchmarks.measure import Limit, Measured
from benchmarks.peers import PEERS
from benchmarks.program import CHECK_STEP
from benchmarks.tables import Data

TINY = 0.0005
LIMIT = Limit(300.0)


def tiny(folder: Path, variant: Variant = "uniform") -> Data:
    return data.make(variant, TINY, step=CHECK_STEP, home=folder)


def on_spark(name: str, beside: str) -> bool:
    return "ropeway_spark" in (name, beside)


@pytest.mark.parametrize("variant", EVEN)
def test_runners_on_one_machine_agree(variant: Variant, tmp_path: Path) -> None:
    peers = [peer for peer in PEERS if not on_spark(peer.name, peer.beside)]
    assert len(peers) == 5
    headline.check(tiny(tmp_path, variant), variant, peers, 2, LIMIT)


@pytest.mark.slow
def test_runners_on_spark_agree(tmp_path: Path) -> None:
    peers = [peer for peer in PEERS if on_spark(peer.name, peer.beside) or peer.name == "ropeway_local"]
    assert len(peers) == 5
    headline.check(tiny(tmp_path), "uniform", peers, 2, LIMIT)


def answers(count: int = 2, total: float | None = 1.5) -> pa.Table:
    first = {name: count if name.startswith("count") else 1.5 for name in FEATURES} | {"sum_7d": total}
    empty = {name: 0 if name.startswith("count") else None for name in FEATURES}
    return pa.Table.from_pylist([{"id": 0} | first, {"id": 1} | empty])


def agree(**others: pa.Table) -> None:
    compare.agree({"ropeway_local": answers(), **others}, FEATURES, lambda name: name.startswith(("sum", "mean")))


def test_runners_that_disagree_are_named() -> None:
    near = answers(total=1.5 + 4e-16)
    agree(polars_join=near, ropeway_spark=answers())
    for wrong, message in [
        ({"duckdb_join": answers(count=3)}, r"count_1h of duckdb_join differs .* ropeway_local: query 0: 3, not 2"),
        ({"duckdb_join": answers(total=None)}, r"sum_7d of duckdb_join .* query 0: None, not 1\.5"),
        ({"duckdb_join": answers(total=1.5001)}, r"sum_7d of duckdb_join"),
        ({"ropeway_spark": near}, r"sum_7d of ropeway_spark .* in the last bits"),  # these two must be exact
    ]:
        with pytest.raises(compare.DisagreementError, match=message):
            agree(**wrong)


def test_answers_that_the_oracle_denies(tmp_path: Path) -> None:
    small = tiny(tmp_path)
    right = measure.answers("benchmarks.peers.polars_join", small, 2, LIMIT)
    wrong = right.set_column(1, "count_1h", pc.add(right.column("count_1h"), 1))
    with pytest.raises(compare.DisagreementError, match="count_1h of query 0 is 1; the oracle says 0"):
        compare.agree_with_oracle(wrong, small.queries, [headline.question(small)], 5)


def test_the_table_compares_with_the_engine_that_fits() -> None:
    results = {
        "ropeway_local": Measured((2.0, 0.5), 2**30, 0.9, {"read": 0.1, "sweep": 0.4}),
        "duckdb_frames": Measured((20.0,), 2**29, 39.0),
        "ropeway_spark": Measured((4.0,), 2**31, 7.0),
        "spark_frames": Measured((), 2**32, stopped="after 60 s", spent=60.0),
        "spark_floor": Measured((3.0,), 2**31, 5.0, {"scan": 1.0, "shuffle": 2.0}),
    }
    assert report.table(PEERS, results).splitlines()[2:] == [
        "| **ropeway, local** | 0.50 s | 1 | 0.9 s | 1.0 GiB |",
        "| DuckDB, range frames | 20.00 s | 40.00 x | 39.0 s | 0.5 GiB |",
        "| **ropeway, Spark** | 4.00 s | 1 | 7.0 s | 2.0 GiB |",
        "| Spark SQL, range frames | stopped after 60 s | > 15 x | | 4.0 GiB |",
        "| Spark's shuffle of rows, to Python and back, alone | 3.00 s | 0.75 x | 5.0 s | 2.0 GiB |",
    ]
    assert "locally: read 0.10 s, sweep 0.40 s." in headline.stages(results)
    assert "scan 1.00 s, shuffle 2.00 s." in headline.stages(results)
