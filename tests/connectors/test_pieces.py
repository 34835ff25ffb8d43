"""Tables in pieces: which rows are read, what they become, and what statistics leave out."""

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake
from hypothesis import given
from hypothesis import strategies as st

from ropeway.connectors import pieces
from ropeway.connectors.pieces import Bounds, Piece, cut, grouped, together
from ropeway.connectors.table import open_table
from tests.connectors.samples import EVERY_TYPE, content

DAY = 86_400_000_000


def found(address: str, columns: list[str] | None = None) -> list[Piece]:
    table = open_table(address)
    some = table.pieces(columns or table.schema().names)
    assert some is not None
    return some


def written(path: Path, column: pa.Array, **others: pa.Array) -> list[Piece]:
    """One piece of row groups of two rows."""
    pq.write_table(pa.table({"x": column, **others}), path / "x.parquet", row_group_size=2)
    return found(f"parquet:{path}/x.parquet")


def left(some: list[Piece], *bounds: Bounds) -> list[Any]:
    """The values of the first column that are still read."""
    return [value for piece in cut(some, bounds) for value in piece.read().column(0).to_pylist()]


@pytest.mark.parametrize("scheme", ["parquet", "delta"])
def test_pieces_hold_what_a_scan_holds(tmp_path: Path, scheme: str) -> None:
    if scheme == "delta":
        write_deltalake(tmp_path / "t", EVERY_TYPE.drop_columns(["a.b`c-é"]))
    else:
        (tmp_path / "t").mkdir()
        pq.write_table(EVERY_TYPE, tmp_path / "t/1.parquet", row_group_size=3)
    address = f"{scheme}:{tmp_path}/t"
    want = open_table(address).scan()
    for some in (found(address), cut(found(address), rows=1)):
        got = pa.concat_tables([piece.read() for piece in some])
        assert got.schema == want.schema
        assert content(got) == content(want)
        assert content(together(some)) == content(got)
        assert sum(piece.rows for piece in some) == len(want)
    few = ["date", "id"]
    assert together([piece.select(few) for piece in found(address)]).equals(want.select(few))


def test_pieces_know_the_names_of_folders(tmp_path: Path) -> None:
    for year in (2012, 2013):
        (tmp_path / f"year={year}").mkdir()
        pq.write_table(pa.table({"x": [1, 2, 3]}), tmp_path / f"year={year}/1.parquet", row_group_size=2)
    some = cut(found(f"parquet:{tmp_path}"), rows=2)
    assert [piece.rows for piece in some] == [2, 1, 2, 1]
    assert together(some).to_pydict() == {"x": [1, 2, 3] * 2, "year": [2012] * 3 + [2013] * 3}
    assert together([piece.select(["year"]) for piece in some[2:]]).to_pydict() == {"year": [2013] * 3}


def test_columns_are_read_under_the_names_they_are_given(tmp_path: Path) -> None:
    configuration = {"delta.columnMapping.mode": "name", "delta.minReaderVersion": "2", "delta.minWriterVersion": "5"}
    write_deltalake(tmp_path, pa.table({"x": [1, 2], "y": ["a", "b"]}), configuration=configuration)
    (one,) = found(f"delta:{tmp_path}", ["y", "x"])
    assert one.select(["x"]).read().to_pydict() == {"x": [1, 2]}
    assert left([one.select(["x"])], Bounds("x", 3, 9)) == []


def test_a_piece_has_some_row_groups(tmp_path: Path) -> None:
    some = written(tmp_path, pa.array(range(7)))
    assert [piece.rows for piece in cut(some)] == [7]
    assert [piece.rows for piece in cut(some, rows=4)] == [4, 3]
    assert [piece.rows for piece in cut(some, rows=3)] == [2, 2, 3]
    assert [piece.rows for piece in cut(some, rows=1)] == [2, 2, 2, 1]  # a row group is read as a whole
    assert some[0].sample(1).to_pydict() == {"x": [0]}


def test_a_piece_has_some_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some = written(tmp_path, pa.array(["a" * 500, "b" * 500] * 3))
    monkeypatch.setattr(pieces, "BYTES_PER_PIECE", 1_500)
    assert [piece.rows for piece in cut(some)] == [2, 2, 2]


@given(st.lists(st.integers(1, 5), max_size=8), st.integers(1, 9))
def test_neighbours_are_read_together(sizes: list[int], most: int) -> None:
    class Sized:
        def __init__(self, rows: int) -> None:
            self.rows = rows

    some: Any = [Sized(size) for size in sizes]
    groups = grouped(some, most)
    assert [piece for group in groups for piece in group] == some
    totals = [sum(piece.rows for piece in group) for group in groups]
    assert all(total <= most or len(group) == 1 for total, group in zip(totals, groups, strict=True))
    # as many as fit
    assert all(total + after[0].rows > most for total, after in zip(totals, groups[1:], strict=False))


def test_row_groups_outside_of_bounds_are_left_out(tmp_path: Path) -> None:
    some = written(tmp_path, pa.array([1, 2, 3, 4, 5, 6]))
    assert left(some) == [1, 2, 3, 4, 5, 6]
    assert left(some, Bounds("x", 3, 4)) == [3, 4]
    assert left(some, Bounds("x", 2, 3)) == [1, 2, 3, 4]
    assert left(some, Bounds("x", 7, 9)) == []
    assert left(some, Bounds("x", -5, 0)) == []
    assert left(some, Bounds("x", 1, 4), Bounds("x", 3, 6)) == [3, 4]


@pytest.mark.parametrize(
    ("kind", "unit", "factor"),
    [
        (pa.timestamp("us"), None, 1),
        (pa.timestamp("us", "UTC"), None, 1),
        (pa.timestamp("us", "Asia/Tokyo"), None, 1),
        (pa.timestamp("ms"), None, 1_000),
        (pa.timestamp("ns"), None, 1),
        (pa.date32(), None, DAY),
        (pa.int64(), "s", 1_000_000),
        (pa.int32(), "ms", 1_000),
        (pa.uint32(), "us", 1),
        (pa.int64(), "ns", 1),
        (pa.int8(), None, 1),
    ],
)
def test_statistics_count_as_bounds_do(tmp_path: Path, kind: pa.DataType, unit: Any, factor: int) -> None:
    steps = 1_000 if "ns" in (unit, str(getattr(kind, "unit", ""))) else 1
    values = pa.array([n * steps for n in (-4, -3, 0, 1, 90, 91)], pa.int64())
    if kind == pa.uint32():
        values = pa.array([0, 1, 2**31, 2**31 + 1, 2**32 - 2, 2**32 - 1])
        some = written(tmp_path, values.cast(kind))
        assert left(some, Bounds("x", 2**31 + 1, 2**31 + 9, unit)) == [2**31, 2**31 + 1]
        return
    column = values.cast(pa.int32()).cast(kind) if kind == pa.date32() else values.cast(kind)
    some = written(tmp_path, column)
    rows = [[-4, -3], [0, 1], [90, 91]]
    for at, (least, most) in enumerate(rows):
        read = cut(some, [Bounds("x", least * factor, most * factor, unit)])
        assert [piece.read().equals(some[0].read().slice(2 * at, 2)) for piece in read] == [True]
        assert len(cut(some, [Bounds("x", most * factor, most * factor, unit)])) == 1
        assert sum(p.rows for p in cut(some, [Bounds("x", most * factor + 1, most * factor + 1, unit)])) == 0


def test_nulls_are_looked_at(tmp_path: Path) -> None:
    some = written(tmp_path, pa.array([1, None, 3, 4, 5, 6]), y=pa.array([1, 1, None, 1, 1, 1]))
    assert left(some, Bounds("x", 9, 9)) == [1, None]
    assert left(some, Bounds("x", 9, 9, present=("y",))) == [1, None, 3, 4]


def test_what_statistics_do_not_tell_is_read(tmp_path: Path) -> None:
    nothing = Bounds("x", 8 * 10**18, 8 * 10**18)
    far = pa.array([2**62, 2**62], pa.timestamp("us"))  # in the year 148108, which Python's times don't reach
    assert cut(written(tmp_path, far), [nothing])
    assert cut(written(tmp_path, pa.array([2**60, 1])), [Bounds("x", 0, 0, "s")])  # an error, which reading it raises
    assert cut(written(tmp_path, pa.array(["a", "b"])), [nothing])
    assert cut(written(tmp_path, pa.array([None, None], pa.int64())), [nothing])
    pq.write_table(pa.table({"x": [1]}), tmp_path / "x.parquet", write_statistics=False)
    assert cut(found(f"parquet:{tmp_path}/x.parquet"), [nothing])
    pq.write_table(
        pa.table({"x": pa.array([0], pa.timestamp("us"))}), tmp_path / "x.parquet", use_deprecated_int96_timestamps=True
    )
    assert cut(found(f"parquet:{tmp_path}/x.parquet"), [nothing])


def test_columns_of_folders_and_new_columns_are_read(tmp_path: Path) -> None:
    write_deltalake(tmp_path / "t", pa.table({"day": ["a", "b"], "x": [1, 2]}), partition_by=["day"])
    write_deltalake(tmp_path / "t", pa.table({"day": ["c"], "x": [3], "y": [7]}), mode="append", schema_mode="merge")
    some = found(f"delta:{tmp_path}/t", ["x", "y", "day"])
    assert sorted(left(some, Bounds("y", 9, 9))) == [1, 2]  # where the column is new, no value of it is known
    assert sorted(left(some, Bounds("x", 2, 3, present=("day",)))) == [1, 2, 3]
    whole = open_table(f"delta:{tmp_path}/t").scan(["x", "y", "day"])
    assert together(cut(some, rows=1)).sort_by("x").equals(whole.sort_by("x"))


def test_years_before_and_after_1970(tmp_path: Path) -> None:
    dates = pa.array([dt.date(1, 1, 1), dt.date(1969, 12, 31), dt.date(1970, 1, 2), dt.date(9999, 12, 31)])
    some = written(tmp_path, dates)
    assert left(some, Bounds("x", -DAY, -1)) == dates.to_pylist()[:2]
    assert left(some, Bounds("x", 0, 0)) == []
    assert left(some, Bounds("x", 2 * DAY, 3 * DAY)) == dates.to_pylist()[2:]
