"""The data of the benchmarks: the same bytes each time, and what they promise."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from benchmarks import data, tables
from benchmarks.lines import data as lines_data
from benchmarks.lines.lines import WINDOW
from benchmarks.tables import Data, rows_of
from benchmarks.width import data as wide
from tests.benchmarks.test_headline import TINY, tiny

MAKERS: dict[str, Callable[[Path], Data]] = {
    "uniform": tiny,
    "zipf": lambda home: tiny(home, "zipf"),
    "hot": lambda home: tiny(home, "hot"),
    "single": lambda home: data.make_single(TINY, home=home),
    "wide": lambda home: wide.make(0.001, home=home),
    "aggregates": lambda home: lines_data.make(0.001, home=home),
}
FILES = {"wide": 12, "aggregates": 5}


@pytest.mark.parametrize("name", MAKERS)
def test_the_data_are_the_same_each_time(name: str, tmp_path: Path) -> None:
    one, other = MAKERS[name](tmp_path / "one"), MAKERS[name](tmp_path / "other")
    files = sorted(path.relative_to(one.folder) for path in one.folder.rglob("*.parquet"))
    assert len(files) == FILES.get(name, 10)
    for file in files:
        assert (one.folder / file).read_bytes() == (other.folder / file).read_bytes()


def test_sizes_are_kept(tmp_path: Path) -> None:
    made = tiny(tmp_path)
    assert (rows_of(made.events), rows_of(made.queries)) == data.sizes(TINY)[:2]
    made = wide.make(0.001, home=tmp_path)
    assert {name: rows_of(made.folder / name) for name in wide.SIZES} == wide.sizes(0.001)
    made = lines_data.make(0.001, home=tmp_path)
    assert {name: rows_of(made.folder / name) for name in lines_data.SIZES} == lines_data.sizes(0.001)


def test_data_that_are_there_are_not_made_again(tmp_path: Path) -> None:
    (tiny(tmp_path).events / "part-0.parquet").unlink()
    assert not (tiny(tmp_path).events / "part-0.parquet").exists()


def test_large_tables_are_made_file_by_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "ROWS_PER_FILE", 100)
    largest = 0

    def part(random: np.random.Generator, numbers: "np.typing.NDArray[np.int64]") -> pa.Table:
        nonlocal largest
        largest = max(largest, len(numbers))
        return pa.table({"id": numbers, "value": random.random(len(numbers))})

    tables.write(tmp_path / "table", 1_001, 2, part)
    assert len(list((tmp_path / "table").iterdir())) == 11
    assert largest <= 100
    written = pq.read_table(tmp_path / "table")
    assert sorted(written.column("id").to_pylist()) == list(range(1_001))
    assert pc.count_distinct(written.column("value")).as_py() == 1_001


@pytest.mark.parametrize(("variant", "low", "high"), [("zipf", 0.24, 0.30), ("hot", 0.49, 0.51), ("uniform", 0, 0.01)])
def test_the_first_key_has_its_share(variant: data.Variant, low: float, high: float, tmp_path: Path) -> None:
    made = data.make(variant, 0.01, home=tmp_path)
    for folder in (made.events, made.queries):
        keys = pq.read_table(folder).column("key")
        assert low < pc.max(keys.value_counts().field("counts")).as_py() / len(keys) < high


def test_the_longest_window_of_a_single_key_holds_nearly_all(tmp_path: Path) -> None:
    made = data.make_single(TINY, home=tmp_path)
    events, queries = pq.read_table(made.events), pq.read_table(made.queries)
    assert pc.count_distinct(events.column("key")).as_py() == 1
    times = np.sort(events.column("time").cast(pa.int64()).to_numpy())
    asked = queries.column("time").cast(pa.int64()).to_numpy()
    held = np.searchsorted(times, asked) - np.searchsorted(times, asked - data.MICROSECONDS["30d"])
    assert held.min() > 0.95 * len(times)


def test_wide_rows_become_known_in_another_order_than_they_happened(tmp_path: Path) -> None:
    made = wide.make(0.001, home=tmp_path)
    for name in ("orders", "deliveries"):
        table = pq.read_table(made.folder / name).sort_by("time")
        known = table.column("known").cast(pa.int64()).to_numpy()
        assert (known >= table.column("time").cast(pa.int64()).to_numpy()).all()
        assert (np.diff(known) < 0).any()


def test_wide_ties_have_an_order(tmp_path: Path) -> None:
    made = wide.make(0.001, step=86_400_000_000, home=tmp_path)
    for name in ("visits", "orders", "prices", "deliveries"):
        seq = pq.read_table(made.folder / name).column("seq")
        assert pc.count_distinct(seq).as_py() == len(seq)
        assert (np.diff(seq.to_numpy()) < 0).any()


def test_the_window_of_an_aggregate_holds_half_of_its_key(tmp_path: Path) -> None:
    made = lines_data.make(0.01, home=tmp_path)
    events, queries = (pq.read_table(folder, columns=["key", "time"]) for folder in (made.events, made.queries))
    for key in range(lines_data.KEYS):
        times, asked = (np.sort(_micros(one.filter(pc.field("key") == key))) for one in (events, queries))
        held = np.searchsorted(times, asked) - np.searchsorted(times, asked - WINDOW)
        assert 0.8 * 1_000 < held.min() <= held.max() < 1.2 * 1_000


def test_a_row_is_inserted_updated_and_deleted(tmp_path: Path) -> None:
    changes = pq.read_table(lines_data.make(0.005, home=tmp_path).folder / "changes")
    in_order = changes.sort_by([("known", "ascending"), ("seq", "ascending")]).select(["row", "op", "key", "time"])
    rows: dict[int, list[dict[str, object]]] = {}
    for change in in_order.to_pylist():
        rows.setdefault(change["row"], []).append(change)
    ops = [[change["op"] for change in row] for row in rows.values()]
    assert all(row[0] == "insert" and "insert" not in row[1:] and "delete" not in row[:-1] for row in ops)
    assert sum(row[-1] == "delete" for row in ops) == round(0.1 * len(changes))
    assert all(len({(change["key"], change["time"]) for change in row}) == 1 for row in rows.values())


def _micros(table: pa.Table) -> "np.typing.NDArray[np.int64]":
    return np.asarray(table.column("time").cast(pa.int64()))
