"""Row groups that can't matter are not read; answers and errors stay what they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ropeway as rw
from ropeway.batch import local
from ropeway.batch.plan import Pass, plan
from ropeway.batch.pruning import Extent, bounds_of, extent_of
from ropeway.connectors import pieces
from ropeway.connectors.pieces import Bounds, Piece, cut
from ropeway.connectors.table import open_table
from tests.batch.test_engines import check_same
from tests.batch.test_memory_limit import LEAST, tiny
from tests.cases import Case, cases

HOUR = 3_600_000_000
#: row groups of as many rows, each of one hour and of ten keys
GROUP = 100


def hours(hours: int = 24) -> pa.Table:
    random = np.random.default_rng(1)
    hour = np.repeat(np.arange(hours), GROUP)
    return pa.table(
        {
            "k": pa.array(10 * hour + random.integers(0, 10, len(hour)), pa.int32()),
            "one": np.ones(len(hour), np.int64),
            "t": pa.array(hour * HOUR + random.integers(0, HOUR, len(hour)), pa.timestamp("us", "UTC")),
            "a": pa.array(hour * HOUR + random.integers(0, 3 * HOUR, len(hour)), pa.timestamp("us", "UTC")),
            "x": random.normal(size=len(hour)),
            "n": random.integers(0, 9, len(hour)),
        }
    )


def rows(keys: list[int], first: float, last: float, name: str = "one") -> pa.Table:
    times = np.linspace(first * HOUR, last * HOUR, len(keys)).astype(np.int64)
    return pa.table({name: keys, "event_timestamp": pa.array(times, pa.timestamp("us", "UTC"))})


def view(table: Any, *features: Any, key: str = "one", closed: Any = "left", **options: Any) -> rw.FeatureView:
    return rw.FeatureView("v", rw.Entity(key), rw.Source("s", table, "t", **options), list(features), closed=closed)


@contextmanager
def counted() -> Iterator[list[int]]:
    """How many rows were read from pieces, read by read."""
    read: list[int] = []

    def together(some: list[Piece]) -> pa.Table:
        read.append(sum(piece.rows for piece in some))
        return pieces.together(some)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local, "together", together)
        yield read


@pytest.fixture
def stored(tmp_path: Path) -> str:
    pq.write_table(hours(), tmp_path / "s.parquet", row_group_size=GROUP)
    return f"parquet:{tmp_path}/s.parquet"


def left(asked: pa.Table, declared: rw.FeatureView) -> list[int]:
    """The hours that are read."""
    made = made_of(asked, declared)
    some = made.table.pieces(made.source.raw_names(made.work.columns))
    assert some is not None
    kept = cut(some, bounds_of(made, extent_of(made.work, [asked])), rows=1)
    stamps = [piece.read().column(made.source.raw_names(["t"])[0])[0] for piece in kept]
    return [stamp.cast(pa.int64()).as_py() // HOUR for stamp in stamps]


def made_of(asked: pa.Table, declared: rw.FeatureView) -> Pass:
    return plan(asked.schema, [declared]).passes[0]


@pytest.mark.parametrize(
    ("features", "want"),
    [
        ([rw.count().over("2h")], [8, 9, 10, 11, 12]),
        ([rw.count().over("2h", offset="3h")], [5, 6, 7, 8, 9, 10, 11, 12]),
        ([rw.count().over("1h"), rw.sum("x").over("5h")], [5, 6, 7, 8, 9, 10, 11, 12]),
        ([rw.count().over("30m"), rw.sum("x")], list(range(13))),
    ],
)
def test_only_hours_that_windows_reach_are_read(stored: str, features: list[Any], want: list[int]) -> None:
    asked = rows([1] * 50, 10.5, 12.5)
    assert left(asked, view(stored, *features)) == want
    with counted() as read:
        got = rw.backfill(asked, view(stored, *features))
    assert read == [GROUP * len(want)]
    check_same(got, rw.backfill(asked, view(hours(), *features)))


@pytest.mark.parametrize("closed", ["left", "right", "both", "neither"])
@pytest.mark.parametrize("late", [False, True])
def test_rows_on_the_edges_count(tmp_path: Path, closed: Any, late: bool) -> None:
    times = pa.array(np.arange(-5, 6) * HOUR, pa.timestamp("us", "UTC"))
    table = pa.table({"one": np.ones(11, np.int64), "t": times, "a": times})
    pq.write_table(table, tmp_path / "s.parquet", row_group_size=1)
    options = {"available_at": "a"} if late else {}
    for offset in ("0h", "1h"):
        features = [rw.count().over("2h", offset=offset), rw.min("t").over("1h"), rw.max("t").over("3h")]
        declared = view(f"parquet:{tmp_path}/s.parquet", *features, closed=closed, **options)
        for asked in (rows([1], 0, 0), rows([1, 1], -1, 1)):
            with counted() as read:
                got = rw.backfill(asked, declared)
            assert read[0] < 11
            check_same(got, rw.backfill(asked, view(table, *features, closed=closed, **options)))


def test_only_keys_between_those_of_the_rows_are_read(stored: str) -> None:
    asked = rows([35, 57, 57], 30, 40, "k")
    declared = view(stored, rw.count(), rw.last("x"), key="k")
    assert left(asked, declared) == [3, 4, 5]
    check_same(rw.backfill(asked, declared), rw.backfill(asked, view(hours(), rw.count(), rw.last("x"), key="k")))
    unknown = rows([-5, -3], 30, 40, "k")
    with counted() as read:
        assert rw.backfill(unknown, declared)["v__count"].to_pylist() == [0, 0]
    assert read == []
    assert left(
        pa.table({"k": pa.array([None], pa.int32()), **rows([1], 3, 3).drop_columns(["one"]).to_pydict()}), declared
    )


def test_one_key_of_several_is_enough(stored: str) -> None:
    entity = rw.Entity("both", ["one", "k"])
    declared = rw.FeatureView("v", entity, rw.Source("s", stored, "t"), [rw.count()])
    asked = rows([1, 1], 30, 40).append_column("k", pa.array([41, 49]))
    assert left(asked, declared) == [4]


def test_a_scan_reads_what_can_not_be_left_out(stored: str) -> None:
    asked = rows([1, 1], 0, 24)
    with counted() as read:
        got = rw.backfill(asked, view(stored, rw.count()))
    assert read == []
    check_same(got, rw.backfill(asked, view(hours(), rw.count())))


def test_columns_of_other_names(tmp_path: Path) -> None:
    table = hours().rename_columns(["k", "one", "when", "a", "x", "n"])
    pq.write_table(table, tmp_path / "s.parquet", row_group_size=GROUP)
    source = rw.Source("s", f"parquet:{tmp_path}/s.parquet", "t", field_mapping={"when": "t", "k": "plane"})
    declared = rw.FeatureView("v", rw.Entity("plane"), source, [rw.count().over("1h")])
    asked = rows([72, 105], 7.5, 7.6, "plane")
    assert left(asked, declared) == [7]


@pytest.mark.parametrize(
    ("kind", "unit"),
    [(pa.int64(), "us"), (pa.int64(), "ms"), (pa.int32(), "s"), (pa.timestamp("ms"), None), (pa.date32(), None)],
)
def test_units_and_dates(tmp_path: Path, kind: pa.DataType, unit: Any) -> None:
    days = np.arange(20)
    factor = {"us": 24 * HOUR, "ms": 86_400_000, "s": 86_400}.get(unit or getattr(kind, "unit", ""), 1)
    column = pa.array(days * factor, pa.int32() if kind == pa.date32() else pa.int64()).cast(kind)
    table = pa.table({"one": np.ones(20, np.int64), "t": column})
    pq.write_table(table, tmp_path / "s.parquet", row_group_size=1)
    asked = rows([1, 1], 24 * 10, 24 * 11)
    options = {"timestamp_unit": unit} if unit else {}
    declared = view(f"parquet:{tmp_path}/s.parquet", rw.count().over("2d"), **options)
    with counted() as read:
        got = rw.backfill(asked, declared)
    assert read == [4]  # days 8 to 11
    assert got["v__count_2d"].to_pylist() == [2, 2]


# ---- errors


def broken(tmp_path: Path, column: str, value: Any, kind: pa.DataType | None = None) -> str:
    """Hours, where the first row of all, which no window reaches, has this value."""
    table = hours()
    values = table[column].cast(kind) if kind is not None else table[column]
    changed = pa.concat_arrays([pa.array([value], values.type), *values.slice(1).chunks])
    table = table.set_column(table.column_names.index(column), column, changed)
    pq.write_table(table, tmp_path / "s.parquet", row_group_size=GROUP)
    return f"parquet:{tmp_path}/s.parquet"


@pytest.mark.parametrize(
    ("column", "value", "kind", "feature", "options", "message"),
    [
        ("t", None, None, rw.count(), {}, "'t' of source 's' is null in 1 of"),
        ("a", None, None, rw.count(), {"available_at": "a"}, "'a' of source 's' is null in 1 of"),
        ("t", 1, pa.timestamp("ns"), rw.count(), {}, "nanoseconds that are not whole microseconds"),
        ("a", 1, pa.timestamp("ns"), rw.count(), {"available_at": "a"}, "nanoseconds that are not whole"),
        ("n", 2**62, None, rw.sum(rw.col("n") * 2).alias("f"), {}, "does not fit into int64"),
        ("n", 2**62, None, rw.count().where(rw.col("n") * 2 > 3), {}, "does not fit into int64"),
        ("n", 2**62, None, rw.count(), {"where": rw.col("n") + rw.col("n") > 3}, "does not fit into int64"),
    ],
)
def test_errors_in_rows_that_nobody_needs(
    tmp_path: Path, column: str, value: Any, kind: Any, feature: rw.Feature, options: Any, message: str
) -> None:
    address = broken(tmp_path, column, value, kind)
    for limit in (None, LEAST):
        with pytest.raises(rw.DataError, match=message):
            rw.backfill(rows([1], 20, 20), view(address, feature.over("1h"), **options), memory_limit=limit)


def test_times_that_microseconds_can_not_say(tmp_path: Path) -> None:
    table = pa.table({"one": [1, 1], "t": [-(2**62), 10]})
    pq.write_table(table, tmp_path / "s.parquet", row_group_size=1)
    with pytest.raises(rw.DataError, match="outside of what int64 microseconds can say"):
        rw.backfill(rows([1], 20, 20), view(f"parquet:{tmp_path}/s.parquet", rw.count().over("1h"), timestamp_unit="s"))


def test_keys_of_a_static_table_are_all_looked_at(tmp_path: Path) -> None:
    table = pa.table({"k": [1, 1, 7, 8], "x": [1, 2, 3, 4]})
    pq.write_table(table, tmp_path / "s.parquet", row_group_size=2)
    source = rw.Source("s", f"parquet:{tmp_path}/s.parquet", None)
    declared = rw.FeatureView("v", rw.Entity("k"), source, ["x"])
    for limit in (None, LEAST):
        with pytest.raises(rw.DataError, match="1 of its keys have more than one row"):
            rw.backfill(pa.table({"k": [7, 8]}), declared, memory_limit=limit)


@pytest.mark.parametrize(
    ("expression", "calm"),
    [
        (rw.col("x") * 2 + rw.col("n"), True),
        (rw.col("n") / rw.col("n"), True),
        (rw.col("n"), True),
        (rw.col("n") * 2, False),
        (-rw.col("n"), False),
        (-rw.col("x"), True),
        ((rw.col("t") - rw.col("a")) / timedelta(seconds=1), False),
    ],
)
def test_what_may_raise_is_read(stored: str, expression: Any, calm: bool) -> None:
    declared = view(stored, rw.max(expression).alias("f").over("1h"))
    assert (len(left(rows([1], 20, 20), declared)) < 24) is calm


@pytest.mark.parametrize(
    ("condition", "calm"),
    [
        ((rw.col("x") > 0) & ~(rw.col("n") == 3) | rw.col("n").isin([1, 2]) | rw.col("x").is_null(), True),
        (rw.col("t") > rw.col("a"), True),
        (rw.col("n") + 1 > 3, False),
        (rw.col("x").log().fill_null(0) > rw.least(rw.col("n"), 2), True),
        (rw.col("n").cast("string").cast("int64") > 1, False),
        (rw.col("t").dt.hour() > 3, False),
    ],
)
def test_conditions_that_may_raise_are_evaluated(stored: str, condition: Any, calm: bool) -> None:
    for declared in (
        view(stored, rw.count().over("1h"), where=condition),
        view(stored, rw.count().over("1h").where(condition)),
    ):
        assert (len(left(rows([1], 20, 20), declared)) < 24) is calm


# ---- always the same


@pytest.mark.parametrize("scheme", ["parquet", "delta"])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases(most_rows=40), size=st.sampled_from([1, 4]), limited=st.booleans(), data=st.data())
def test_answers_are_those_of_all_rows(
    tmp_path: Path, scheme: str, case: Case, size: int, limited: bool, data: st.DataObject
) -> None:
    if case.overflows():
        return
    order = data.draw(st.sampled_from(["t", "k0", None]))
    events = case.events if order is None else case.events.sort_by(order)
    if scheme == "parquet":
        pq.write_table(events, tmp_path / "s.parquet", row_group_size=size)
        address = f"parquet:{tmp_path}/s.parquet"
    else:
        write_deltalake(tmp_path / "s", events, mode="overwrite", schema_mode="overwrite")
        address = f"delta:{tmp_path}/s"
    source = rw.Source("s", address, "t", available_at=case.available, tiebreak=case.tiebreak)
    declared = rw.FeatureView("v", case.view.entity, source, case.view.features, closed=case.view.closed)
    declared = declared.with_join_key_map(case.keys)
    want = rw.backfill(case.rows, case.view)
    if limited:
        with tiny(5, 4):
            check_same(rw.backfill(case.rows, declared, memory_limit=LEAST), want)
    else:
        check_same(rw.backfill(case.rows, declared), want)


def test_extents_of_nothing() -> None:
    made = made_of(rows([1], 1, 2), view(hours(), rw.count().over("1h")))
    assert extent_of(made.work, []) == Extent(None, {})
    assert bounds_of(made, Extent(None, {"one": (1, 2)})) == []
    two = extent_of(made.work, [rows([5], 3, 3), rows([2, 9], 1, 2)])
    assert two == Extent((HOUR, 3 * HOUR), {"one": (2, 9)})
    assert bounds_of(made, two) == [Bounds("t", 0, 3 * HOUR, None, ("t",)), Bounds("one", 2, 9, None, ("t",))]
    assert open_table(hours()).pieces(["t"]) is None
