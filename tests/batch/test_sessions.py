"""Sessions: runs of rows of which none comes more than a gap after the one before."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

import ropeway as rw

US = pa.timestamp("us")
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def source(times: list[int], **more: Any) -> rw.Source:
    table = {"k": pa.array(["a"] * len(times)), "t": pa.array(times, US), **more}
    return rw.Source("s", pa.table(table), "t")


def view(of: rw.Source, *features: rw.Feature, keys: tuple[str, ...] = ("k",), **options: Any) -> rw.FeatureView:
    return rw.FeatureView("v", rw.Entity("e", list(keys)), of, list(features), **options)


def asked(*times: int) -> pa.Table:
    return pa.table({"k": ["a"] * len(times), "event_timestamp": pa.array(times, US)})


def starts(made: pa.Table, name: str = "session_start") -> list[int | None]:
    column = made[f"v__{name}"]
    assert column.type == pa.timestamp("us", "UTC")
    found: list[int | None] = column.cast(pa.int64()).to_pylist()
    return found


def test_a_row_that_comes_exactly_a_gap_later_belongs_to_the_session(backfill: Callable[..., Any]) -> None:
    made = backfill(asked(0, 1, 5, 6, 11, 12), view(source([0, 5, 11]), rw.session_start(gap="5us")))
    assert starts(made) == [None, 0, 0, 0, 0, 11]


def test_rows_of_one_time_are_of_one_session() -> None:
    made = rw.backfill(asked(10, 11, 20), view(source([10, 10, 10, 3]), rw.session_start(gap="1us")))
    assert starts(made) == [3, 10, 10]


def test_a_session_may_begin_with_the_window_or_behind_a_condition() -> None:
    flags = pa.array([True, False, True, True])
    one = source([0, 4, 8, 12], w=flags)
    features = [
        rw.session_start(gap="4us"),
        rw.session_start(gap="4us").over("9us"),
        rw.session_start(gap="4us").over(rows=2).alias("two"),
        rw.session_start(gap="4us").where(rw.col("w")).alias("w"),
        rw.session_start(gap="4us").where(rw.col("w")).over("1us", closed="both").alias("none"),
    ]
    made = rw.backfill(asked(13), view(one, *features))
    assert starts(made) == [0]
    assert starts(made, "session_start_9us") == [4]
    assert starts(made, "two") == [8]
    assert starts(made, "w") == [8]
    assert starts(made, "none") == [12]


def test_sessions_of_categories() -> None:
    one = source([0, 1, 2, 3], c=pa.array(["x", "y", None, "x"]))
    made = rw.backfill(asked(9), view(one, rw.session_start(gap="2us").by("c")))
    found = made["v__session_start_by_c"].to_pylist()[0]
    assert [(name, (at - EPOCH) // dt.timedelta(microseconds=1)) for name, at in found] == [("x", 3), ("y", 1)]


def test_a_source_with_its_sessions(backfill: Callable[..., Any]) -> None:
    clicks = rw.sessions(source([0, 5, 11, 30], x=pa.array([1, 2, 4, 8])), "k", gap="5us")
    features = [
        rw.count_distinct("session_start").alias("sessions"),
        rw.last("session_start").alias("newest"),
        rw.sum("x").by("session_start").alias("sums"),
    ]
    made = backfill(asked(5, 6, 12, 31), view(clicks, *features))
    assert made["v__sessions"].to_pylist() == [1, 1, 2, 3]
    assert made["v__newest"].cast(pa.int64()).to_pylist() == [0, 0, 11, 30]
    sums = [[(at - EPOCH).microseconds for at, _ in one] for one in made["v__sums"].to_pylist()]
    assert sums == [[0], [0], [0, 11], [0, 11, 30]]
    assert [[value for _, value in one] for one in made["v__sums"].to_pylist()] == [[1], [3], [3, 4], [3, 4, 8]]


def test_a_row_is_in_its_own_session_and_ties_begin_it_together() -> None:
    clicks = rw.sessions(source([7, 7, 20]), "k", gap="1us", name="began")
    made = rw.backfill(asked(21), view(clicks, rw.count().by("began").alias("rows")))
    assert [count for _, count in made["v__rows"].to_pylist()[0]] == [2, 1]


def test_sessions_of_two_keys() -> None:
    table = pa.table({"k": ["a", "a", "a", "b"], "j": [1, 2, 1, 1], "t": pa.array([0, 3, 6, 4], US)})
    clicks = rw.sessions(rw.Source("s", table, "t"), ["k", "j"], gap="5us")
    rows = asked(7).append_column("j", pa.array([1]))
    alone = view(clicks, rw.last("session_start").alias("at"), keys=("k", "j"))
    assert rw.backfill(rows, alone)["v__at"].cast(pa.int64()).to_pylist() == [6]
    # of all of a, (a, 1) begins at 0 and 6, (a, 2) at 3
    together = view(clicks, rw.count_distinct("session_start").alias("n"))
    assert rw.backfill(asked(7), together)["v__n"].to_pylist() == [3]


def test_what_a_source_leaves_out_belongs_to_no_session() -> None:
    table = pa.table({"k": ["a"] * 3, "t": pa.array([0, 4, 8], US), "bot": [False, True, False]})
    people = rw.Source("s", table, "t", where=~rw.col("bot"))
    made = rw.backfill(asked(9), view(rw.sessions(people, "k", gap="5us"), rw.last("session_start").alias("at")))
    assert made["v__at"].cast(pa.int64()).to_pylist() == [8]


def test_sessions_with_little_memory() -> None:
    clicks = rw.sessions(source([0, 5, 11, 30]), "k", gap="5us")
    made = rw.backfill(asked(31), view(clicks, rw.count_distinct("session_start").alias("n")), memory_limit="512MiB")
    assert made["v__n"].to_pylist() == [3]


def test_what_is_refused() -> None:
    table = pa.table({"k": ["a"], "t": pa.array([0], US), "known": pa.array([9], US)})
    late = rw.Source("s", table, "t", available_at="known")
    with pytest.raises(rw.DeclarationError, match="source 's' has available_at, and rows that become known late"):
        view(late, rw.session_start(gap="5us"))
    with pytest.raises(rw.DeclarationError, match="available_at"):
        rw.sessions(late, "k", gap="5us")
    with pytest.raises(rw.DeclarationError, match="gap='0s' is not longer than nothing"):
        rw.session_start(gap="0s")
    taken = source([0], session_start=pa.array([1]))
    with pytest.raises(rw.SchemaError, match="session_start"):
        rw.backfill(asked(1), view(rw.sessions(taken, "k", gap="5us"), rw.count()))


def test_sessions_of_sessions() -> None:
    short = rw.sessions(source([0, 4, 20, 24, 90]), "k", gap="5us", name="visit")
    both = rw.sessions(short, "k", gap="30us", name="day")
    made = rw.backfill(asked(99), view(both, rw.count_distinct("visit"), rw.count_distinct("day")))
    assert made.select(["v__visit_count_distinct", "v__day_count_distinct"]).to_pylist() == [
        {"v__visit_count_distinct": 3, "v__day_count_distinct": 2}
    ]


def test_times_at_both_ends_are_far_apart() -> None:
    table = pa.table({"k": ["a", "a"], "t": [-(2**63) + 1, 2**63 - 5], "x": [0.0, 1.0]})
    far = rw.Source("s", table, "t", timestamp_unit="us")
    made = view(far, rw.session_start(gap="1d"), rw.trend("x"), rw.time_since_first())
    rows = pa.table({"k": ["a"], "event_timestamp": [2**63 - 1]})
    answer = rw.backfill(rows, made, timestamp_unit="us")
    assert answer["v__session_start"].cast(pa.int64()).to_pylist() == [2**63 - 5]
    assert answer["v__x_trend"].to_pylist() == [pytest.approx(86_400e6 / 2**64)]
    assert answer["v__time_since_first"].to_pylist() == [pytest.approx(2**64 / 1e6)]


def test_by_what() -> None:
    wrong: Any = 5
    with pytest.raises(rw.DeclarationError, match=r"by of sessions\(\): expected a list of column names"):
        rw.sessions(source([0]), wrong, gap="1m")
