"""Cases where other systems are known to answer wrongly, each on both engines."""

import math
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import ropeway as rw

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Backfill = Callable[..., Any]

US = pd.Timedelta(1, "us")
NOON = pd.Timestamp("2013-03-10 12:00")


def source(**columns: Any) -> rw.Source:
    known = "known" if "known" in columns else None
    return rw.Source("s", pd.DataFrame(columns), "t", available_at=known, tiebreak=["tie"] if "tie" in columns else [])


def view(table: rw.Source, *features: Any, keys: tuple[str, ...] = ("k",), **options: Any) -> rw.FeatureView:
    return rw.FeatureView("v", rw.Entity("e", list(keys)), table, list(features), **options)


def rows(*times: Any, k: Any = "a") -> pd.DataFrame:
    keys = k if isinstance(k, list) else [k] * len(times)
    return pd.DataFrame({"k": keys, "event_timestamp": pd.to_datetime(pd.Series(times, dtype="datetime64[us]"))})


def answers(frame: pd.DataFrame, name: str) -> list[Any]:
    return [None if value is pd.NA or value is None else value for value in frame[f"v__{name}"].tolist()]


def test_a_window_is_exact_to_the_microsecond(backfill: Backfill) -> None:
    events = source(k=["a"] * 3, t=[NOON - pd.Timedelta("1h"), NOON - pd.Timedelta("1h") - US, NOON - US])
    assert answers(backfill(rows(NOON), view(events, rw.count().over("1h"))), "count_1h") == [2]


@pytest.mark.parametrize(("closed", "expected"), [("left", 2), ("right", 2), ("both", 3), ("neither", 1)])
def test_the_closed_side_is_what_was_asked_for(backfill: Backfill, closed: Any, expected: int) -> None:
    hour = pd.Timedelta("1h")
    events = source(k=["a"] * 3, t=[NOON - hour, NOON - hour / 2, NOON])
    of_feature = view(events, rw.count().over("1h", closed=closed))
    of_view = view(events, rw.count().over("1h"), closed=closed)
    assert answers(backfill(rows(NOON), of_feature), "count_1h") == [expected]
    assert answers(backfill(rows(NOON), of_view), "count_1h") == [expected]


def test_a_row_on_the_left_edge_counts_at_every_query(backfill: Backfill) -> None:
    events = source(k=["a"] * 2, t=[NOON - pd.Timedelta("1h"), NOON - pd.Timedelta("30m")])
    asked = rows(NOON - US, NOON, NOON, NOON + US)
    assert answers(backfill(asked, view(events, rw.count().over("1h"))), "count_1h") == [2, 2, 2, 1]


def test_composite_keys_are_typed_tuples(backfill: Backfill) -> None:
    events = source(k=["ab", "a"], j=["c", "bc"], t=[NOON] * 2, x=[1.0, 2.0])
    asked = pd.DataFrame({"k": ["a", "ab", "abc"], "j": ["bc", "c", ""], "event_timestamp": [NOON + US] * 3})
    made = backfill(asked, view(events, rw.last("x"), rw.count(), keys=("k", "j")))
    assert answers(made, "count") == [1, 1, 0]
    assert made["v__x_last"].tolist()[:2] == [2.0, 1.0]
    numbers = source(k=[1, 11], j=[12, 2], t=[NOON] * 2, x=[1.0, 2.0])
    asked = pd.DataFrame({"k": [11, 1], "j": [2, 12], "event_timestamp": [NOON + US] * 2})
    assert answers(backfill(asked, view(numbers, rw.last("x"), keys=("k", "j"))), "x_last") == [2.0, 1.0]


def test_the_same_question_twice_is_answered_twice(backfill: Backfill) -> None:
    events = source(k=["a"], t=[NOON - US], x=[4.0])
    asked = rows(*[NOON] * 5)
    assert answers(backfill(asked, view(events, rw.last("x"))), "x_last") == [4.0] * 5


def test_late_rows_count_from_when_they_were_known(backfill: Backfill) -> None:
    day = pd.Timedelta("1d")
    events = source(
        k=["a"] * 3,
        t=[NOON - 3 * day, NOON - 2 * day, NOON - day],
        known=[NOON - 3 * day, NOON + day, NOON - day],
        x=[1.0, 2.0, 4.0],
    )
    made = backfill(
        rows(NOON, NOON + day, NOON + day + US),
        view(events, rw.sum("x").over("5d"), rw.last("x"), rw.first("x").over("4d"), rw.max("x").over("4d")),
    )
    assert answers(made, "x_sum_5d") == [5.0, 5.0, 7.0]
    assert answers(made, "x_last") == [4.0, 4.0, 4.0]
    assert answers(made, "x_first_4d") == [1.0, 1.0, 2.0]
    assert answers(made, "x_max_4d") == [4.0, 4.0, 4.0]


def test_a_row_known_before_it_happens_counts_once_it_has_happened(backfill: Backfill) -> None:
    events = source(k=["a"], t=[NOON], known=[NOON - pd.Timedelta("1d")], x=[1.0])
    assert answers(backfill(rows(NOON, NOON + US), view(events, rw.count())), "count") == [0, 1]


def test_an_offset_moves_event_time_and_not_knowledge(backfill: Backfill) -> None:
    hour = pd.Timedelta("1h")
    events = source(k=["a"] * 2, t=[NOON - 3 * hour, NOON - hour], known=[NOON - US, NOON - hour], x=[1.0, 2.0])
    made = view(events, rw.sum("x").over("2h", offset="2h"))
    assert answers(backfill(rows(NOON - US, NOON), made), "x_sum_2h")[1] == 1.0
    assert pd.isna(answers(backfill(rows(NOON - US, NOON), made), "x_sum_2h")[0])


def test_ties_go_by_tiebreak_then_by_value(backfill: Backfill) -> None:
    events = source(k=["a"] * 4, t=[NOON] * 4, tie=[2, 3, None, 3], x=[9.0, 1.0, 7.0, 2.0])
    made = backfill(rows(NOON + US), view(events, rw.last("x"), rw.first("x"), rw.count()))
    assert answers(made, "x_last") == [2.0]  # of the two with the greatest tie, the greater value
    assert answers(made, "x_first") == [7.0]  # a null tiebreak sorts first
    assert len(made) == 1


def test_a_newest_row_without_a_value_is_skipped_or_not(backfill: Backfill) -> None:
    events = source(k=["a"] * 2, t=[NOON - US, NOON], x=[5.0, math.nan])
    features = [rw.last("x"), rw.last("x", skip_null=False).alias("plain"), "x"]
    made = backfill(rows(NOON + US), view(events, *features))
    assert answers(made, "x_last") == [5.0]
    assert pd.isna(answers(made, "plain")[0])
    assert pd.isna(answers(made, "x")[0])


def test_a_null_available_at_is_an_error(backfill: Backfill) -> None:
    events = source(k=["a"] * 2, t=[NOON] * 2, known=[NOON, pd.NaT])
    with pytest.raises(rw.DataError, match=r"available_at 'known' of source 's' is null in 1 of 2 rows"):
        backfill(rows(NOON), view(events, rw.count()))


def test_instants_do_not_depend_on_any_time_zone(backfill: Backfill, request: pytest.FixtureRequest) -> None:
    # one hour of local time comes twice on this night, as two instants
    local = pd.DatetimeIndex(["2013-11-03 05:30", "2013-11-03 06:30"], tz="UTC").tz_convert("America/New_York")
    asked = pd.DataFrame({"k": ["a", "a"], "event_timestamp": local + US})
    events = source(k=["a"] * 2, t=local, x=[1.0, 2.0])
    made = view(events, rw.last("x"), rw.count().over("30m"))
    if "spark" in request.node.callspec.id:
        session: SparkSession = request.getfixturevalue("spark")
        session.conf.set("spark.sql.session.timeZone", "America/New_York")
    try:
        result = backfill(asked, made)
    finally:
        if "spark" in request.node.callspec.id:
            session.conf.set("spark.sql.session.timeZone", "UTC")
    assert answers(result, "x_last") == [1.0, 2.0]
    assert answers(result, "count_30m") == [1, 1]
    assert result["event_timestamp"].equals(asked["event_timestamp"])


@pytest.mark.parametrize(("ttl", "expected"), [("500ms", 1), ("1900ms", 2), (None, 3)])
def test_a_ttl_is_as_long_as_it_says(backfill: Backfill, ttl: str | None, expected: int) -> None:
    second = pd.Timedelta("1s")
    events = source(k=["a"] * 3, t=[NOON - 0.5 * second, NOON - 1.9 * second, NOON - 99 * second])
    assert answers(backfill(rows(NOON), view(events, rw.count(), ttl=ttl)), "count") == [expected]


def test_nothing_counts_as_zero_and_is_null_otherwise(backfill: Backfill) -> None:
    events = source(k=["a"], t=[NOON], x=[1.0], n=[1])
    names = ["sum", "mean", "min", "max", "var", "std", "first", "last"]
    features = [getattr(rw, name)("x") for name in names] + [rw.count(), rw.count("x"), rw.sum("n"), rw.max("n")]
    asked = rows(NOON, NOON + US, NOON + US, k=["a", "unknown", None])
    made = backfill(asked, view(events, *features))
    assert made["v__count"].tolist() == made["v__x_count"].tolist() == [0, 0, 0]
    assert made["v__count"].dtype == np.int64
    assert made["v__n_sum"].dtype == pd.Int64Dtype()
    for name in [*(f"x_{name}" for name in names), "n_sum", "n_max"]:
        assert made[f"v__{name}"].isna().all()
    assert made["k"].tolist() == ["a", "unknown", None]


def test_a_null_key_matches_nothing_not_even_a_null_key(backfill: Backfill) -> None:
    events = source(k=["a", None], t=[NOON] * 2)
    assert answers(backfill(rows(NOON + US, NOON + US, k=["a", None]), view(events, rw.count())), "count") == [1, 0]


def test_an_integer_sum_that_overflows_is_an_error_that_names_the_column(backfill: Backfill) -> None:
    events = source(k=["a"] * 2, t=[NOON] * 2, n=[2**62, 2**62])
    with pytest.raises(rw.DataError, match=r"v__n_sum does not fit into int64"):
        backfill(rows(NOON + US), view(events, rw.sum("n")))
    # the mean of the same has an answer
    assert answers(backfill(rows(NOON + US), view(events, rw.mean("n"))), "n_mean") == [float(2**62)]


def test_nan_is_missing_and_infinity_leaves_with_its_row(backfill: Backfill) -> None:
    hour = pd.Timedelta("1h")
    events = source(k=["a"] * 3, t=[NOON - 3 * hour, NOON - hour, NOON - hour], x=[math.inf, math.nan, 2.0])
    made = backfill(
        rows(NOON - hour, NOON),
        view(events, rw.sum("x").over("2h"), rw.max("x").over("2h"), rw.count("x").over("2h"), rw.mean("x").over("2h")),
    )
    assert answers(made, "x_sum_2h") == answers(made, "x_max_2h") == answers(made, "x_mean_2h") == [math.inf, 2.0]
    assert answers(made, "x_count_2h") == [1, 1]


def test_infinity_less_infinity_is_nan(backfill: Backfill) -> None:
    events = source(k=["a"] * 2, t=[NOON] * 2, x=[math.inf, -math.inf])
    made = backfill(rows(NOON + US), view(events, rw.sum("x"), rw.mean("x"), rw.var("x")))
    assert all(math.isnan(made[f"v__x_{name}"][0]) for name in ("sum", "mean", "var"))


def test_large_and_small_values_in_one_window_lose_nothing(backfill: Backfill) -> None:
    values = [1e16, 1.0, -1e16, 0.1, 0.2, 0.3]
    events = source(k=["a"] * 6, t=[NOON + i * US for i in range(6)], x=values)
    made = backfill(
        rows(NOON + 3 * US, NOON + 6 * US), view(events, rw.sum("x"), rw.sum("x").over("3us").alias("late"))
    )
    assert answers(made, "x_sum") == [1.0, math.fsum(values)]
    assert answers(made, "late") == [1.0, math.fsum(values[3:])]


def test_minus_zero_comes_before_zero_and_both_keep_their_bits(backfill: Backfill) -> None:
    events = source(k=["a"] * 2, t=[NOON] * 2, x=[0.0, -0.0])
    made = backfill(
        rows(NOON + US), view(events, *(getattr(rw, f)("x") for f in ("min", "max", "first", "last", "sum")))
    )
    signs = [math.copysign(1, made[f"v__x_{name}"][0]) for name in ("min", "max", "first", "last", "sum")]
    assert signs == [-1, 1, -1, 1, 1]
    negative = source(k=["a"] * 2, t=[NOON] * 2, x=[-0.0, -0.0])
    assert math.copysign(1, backfill(rows(NOON + US), view(negative, rw.sum("x")))["v__x_sum"][0]) == 1


def test_rows_after_every_query_are_never_used(backfill: Backfill) -> None:
    events = source(k=["a"] * 2, t=[NOON, NOON + pd.Timedelta("1d")], x=[1.0, 99.0])
    made = backfill(rows(NOON + US), view(events, rw.max("x"), rw.last("x"), rw.count()))
    assert made.iloc[0, -3:].tolist() == [1.0, 1.0, 1]


def test_a_filter_belongs_to_one_feature(backfill: Backfill) -> None:
    events = source(k=["a"] * 3, t=[NOON] * 3, x=[1.0, 2.0, math.nan], o=["JFK", "LGA", "JFK"])
    made = backfill(
        rows(NOON + US), view(events, rw.count(), rw.count().where(rw.col("o") == "JFK").alias("jfk"),
                              rw.sum("x").where(rw.col("x") > 1).alias("large")),
    )  # fmt: skip
    assert made.iloc[0, -3:].tolist() == [3, 2, 2.0]


def test_rows_keep_their_order_and_their_index(backfill: Backfill) -> None:
    events = source(k=["b", "a", "a"], t=[NOON, NOON - US, NOON - 3 * US], x=[3.0, 2.0, 1.0])
    asked = rows(NOON + US, NOON - US, NOON + US, k=["b", "a", "a"])
    asked.index = pd.Index([7, 7, 3], name="row")
    asked["note"] = ["x", None, "z"]
    made = backfill(asked, view(events, rw.last("x")))
    assert made["v__x_last"].tolist() == [3.0, 1.0, 2.0]
    pd.testing.assert_frame_equal(made[asked.columns.tolist()], asked)


@pytest.mark.parametrize(
    ("times", "unit"),
    [
        (pa.array([1_000], pa.timestamp("s")), None),
        (pa.array([1_000_000], pa.timestamp("ms")), None),
        (pa.array([1_000_000_000_000], pa.timestamp("ns")), None),
        (pa.array([1_000_000_000], pa.timestamp("us", tz="Asia/Tokyo")), None),
        (pa.array([1_000], pa.int32()), "s"),
        (pa.array([1_000_000], pa.int64()), "ms"),
        (pa.array([1_000_000_000_000], pa.int64()), "ns"),
    ],
)
def test_a_time_is_the_instant_that_its_type_says(times: pa.Array, unit: Any) -> None:
    table = rw.Source("s", pa.table({"k": ["a"], "t": times}), "t", timestamp_unit=unit)
    asked = pa.table({"k": ["a", "a"], "event_timestamp": pa.array([10**9, 10**9 + 1], pa.timestamp("us"))})
    assert rw.backfill(asked, view(table, rw.count()))["v__count"].to_pylist() == [0, 1]


def test_a_date_is_its_midnight_in_utc() -> None:
    table = rw.Source("s", pa.table({"k": ["a"], "t": pa.array([1], pa.date32())}), "t")
    asked = pa.table({"k": ["a", "a"], "t": pa.array([86_400, 86_401], pa.int64())})
    made = rw.backfill(asked, view(table, rw.count()), timestamp="t", timestamp_unit="s")
    assert made["v__count"].to_pylist() == [0, 1]


def test_nullable_and_categorical_columns_keep_their_meaning(backfill: Backfill) -> None:
    events = source(
        k=pd.Categorical(["a", "a", "b"]),
        t=[NOON, NOON + US, NOON],
        n=pd.array([1, None, 3], "Int64"),
        small=np.array([100, 100, 100], np.int8),
        flag=pd.array([True, None, False], "boolean"),
        price=[Decimal("0.10"), Decimal("0.20"), None],
        word=pd.Series(["x", "y", None], dtype="string"),
        kind=pd.Categorical(["p", "q", "p"]),
    )
    asked = rows(NOON + 2 * US, NOON + 2 * US, k=["a", "b"])
    asked["k"] = asked["k"].astype("category")
    features = ["n", rw.sum("n"), rw.sum("small"), rw.sum("flag"), rw.any("flag"), rw.sum("price"), rw.mean("price"),
                rw.last("word"), rw.max("kind")]  # fmt: skip
    made = backfill(asked, view(events, *features))
    assert answers(made, "n") == [None, 3]
    assert answers(made, "n_sum") == [1, 3]
    assert answers(made, "small_sum") == [200, 100]
    assert answers(made, "flag_sum") == [1, 0]
    assert answers(made, "flag_any") == [True, False]
    assert answers(made, "price_sum") == [Decimal("0.30"), None]
    assert made["v__price_mean"][0] == 0.15
    assert answers(made, "word_last") == ["y", None]
    assert answers(made, "kind_max") == ["q", "p"]


def test_keys_of_different_integer_widths_are_the_same_key(backfill: Backfill) -> None:
    events = source(k=np.array([1, 2], np.int32), t=[NOON] * 2)
    asked = rows(NOON + US, NOON + US, k=[2, 3])
    assert answers(backfill(asked, view(events, rw.count())), "count") == [1, 0]


def test_a_million_rows_of_one_instant(backfill: Backfill) -> None:
    n = 1_000_000
    events = rw.Source("s", pa.table({"k": pa.array(np.ones(n, np.int64)), "t": pa.array(np.zeros(n, np.int64)),
                                      "x": pa.array(np.arange(n)[::-1])}), "t", timestamp_unit="us")  # fmt: skip
    asked = pa.table({"k": [1], "event_timestamp": pa.array([1], pa.timestamp("us"))})
    made = backfill(asked, view(events, rw.count(), rw.last("x"), rw.first("x"), rw.sum("x")))
    assert made.to_pylist()[0] | {} == {
        "k": 1, "event_timestamp": asked["event_timestamp"][0].as_py(), "v__count": n, "v__x_last": n - 1,
        "v__x_first": 0, "v__x_sum": n * (n - 1) // 2,
    }  # fmt: skip
