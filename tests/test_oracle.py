"""The naive oracle against numpy, scipy and pandas, and against answers that one can see."""

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.oracle import OVERFLOW, Changes, Near, Wanted, answers, calendars, same
from tests.oracle.lists import between

TAME = st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), min_size=1, max_size=30)
#: zones whose clocks go on or back at midnight, but not over it
ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut", "Pacific/Apia",
    "Asia/Kathmandu", "Australia/Lord_Howe", "America/Havana",
)  # fmt: skip


def of(aggregate: str, *values: Any, **wanted: Any) -> Any:
    """The answer of an aggregate of values, of which each is a microsecond after the one before."""
    names = [wanted[name] for name in ("other", "by") if name in wanted]
    table = zip(*values, strict=True) if names else ((value,) for value in values)
    rows = [{"k": 1, "t": i, **dict(zip(["x", *names], row, strict=True))} for i, row in enumerate(table)]
    return asked(Wanted(aggregate, "x", **wanted), rows, len(rows))


def asked(wanted: Wanted, rows: list[dict[str, Any]] | Changes, t: int, **options: Any) -> Any:
    return answers(wanted, [{"k": 1, "t": t}], rows, keys={"k": "k"}, **options)[0]


def at(text: str) -> int:
    return (dt.datetime.fromisoformat(text) - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


# ---- statistics


def close(got: Any, right: float) -> bool:
    """The libraries lose digits where values are nearly the same."""
    return math.isclose(got.value, right, rel_tol=1e-7, abs_tol=1e-7)


@given(TAME)
def test_shapes_are_those_of_scipy(values: list[float]) -> None:
    if np.ptp(values) == 0:
        assert of("skew", *values) is of("kurtosis", *values) is None
        return
    assume(np.std(values) > 1e-4 * np.max(np.abs(values)))
    assert close(of("skew", *values), scipy.stats.skew(values))
    assert close(of("kurtosis", *values), scipy.stats.kurtosis(values))
    assert close(of("entropy", *values), scipy.stats.entropy(np.unique(values, return_counts=True)[1]))


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.integers(-50, 50)), min_size=2, max_size=30))
def test_two_columns_are_those_of_numpy(pairs: list[tuple[float, int]]) -> None:
    x, y = zip(*pairs, strict=True)
    assume(np.std(x) > 1e-3)
    assume(np.std(y) > 1e-3)
    assert close(of("correlation", x, y, other="y"), np.corrcoef(x, y)[0, 1])
    trend = of("trend", *x)
    assert math.isclose(trend.value / 864e8, np.polyfit(range(len(x)), x, 1)[0], rel_tol=1e-6, abs_tol=1e-6)
    if sum(y):
        assert close(of("weighted_mean", x, y, other="y"), np.average(x, weights=y))
    else:
        assert of("weighted_mean", x, y, other="y") is None


@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=12), st.floats(0, 1))
def test_quantiles_are_those_of_numpy(values: list[float], q: float) -> None:
    assume(max(map(abs, values)) in (math.inf, 0.0) or 1e-300 < max(map(abs, values)) < 8e307)
    got = of("quantile", *values, q=q)
    got = got.value if isinstance(got, Near) else got
    with np.errstate(all="ignore"):
        right = float(np.quantile(values, q, method="linear"))
    near = sorted(values)[math.floor(q * (len(values) - 1)) :][:2]
    if not any(map(math.isinf, near)):
        assert got == right
        assert q != 0.5 or of("median", *values) in (got, Near(got))


def test_quantiles_of_what_numpy_has_no_number_for() -> None:
    assert of("median", -1.7e308, 1.7e308) == Near(0.0)
    assert of("quantile", -1.7e308, 1.7e308, q=1.0) == 1.7e308
    assert of("median", math.inf, math.inf) == math.inf
    assert math.isnan(of("median", -math.inf, math.inf))
    assert between(-math.inf, 5.0, 0.75) == -math.inf
    assert of("median", None, math.nan) is None
    assert of("quantile", Decimal("1.5"), Decimal("2.5"), q=0.25) == 1.75


def test_infinities_and_what_is_undefined() -> None:
    for aggregate in ("skew", "kurtosis", "trend"):
        assert math.isnan(of(aggregate, 1.0, math.inf).value)
        assert of(aggregate, 2.0) is None
        assert of(aggregate, None, math.nan) is None
    assert of("trend", math.inf) is None
    assert of("correlation", [1.0, 2.0], [3.0, 3.0], other="w") is None
    assert math.isnan(of("correlation", [math.inf], [1.0], other="w").value)
    assert of("weighted_mean", [math.inf, 1.0], [-2.0, 1.0], other="w").value == math.inf
    assert math.isnan(of("weighted_mean", [math.inf, 1.0], [0.0, 1.0], other="w").value)
    assert math.isnan(of("weighted_mean", [2.0, 1.0], [math.inf, 1.0], other="w").value)
    assert of("weighted_mean", [1e308, 1e308], [1e308, 1e308], other="w").value == 1e308
    assert of("weighted_mean", [5.0, None, 7.0], [1, 2, None], other="w").value == 5.0


# ---- tallies and lists


@given(st.lists(st.sampled_from(["", "b", "é", "￿", "\U0001f600"]), min_size=1))
def test_tallies_are_those_of_pandas(values: list[str]) -> None:
    counts = pd.Series(values).value_counts()
    histogram = of("histogram", *values)
    assert dict(histogram) == counts.to_dict()
    assert [count for _, count in histogram] == counts.to_list()
    assert of("histogram", *values, n=2) == histogram[:2]
    assert of("mode", *values) == min(counts[counts == counts.max()].index, key=str.encode)
    assert of("mode_share", *values) == counts.max() / len(values)
    assert of("count_distinct", *values) == len(counts)


def test_zeros_are_one_value_and_ties_go_to_the_least() -> None:
    assert repr(of("mode", -0.0, 3.0, 0.0, 3.0)) == "0.0"
    assert of("histogram", 2, 1, 1, 2, None, 0) == [(1, 2), (2, 2), (0, 1)]
    assert of("count_distinct", -0.0, 0.0, math.nan, None) == 1
    assert of("count_distinct", None) == of("approx_count_distinct", None) == 0
    for aggregate in ("mode", "mode_share", "entropy", "histogram", "top_n", "last_n"):
        assert of(aggregate, None, math.nan) is None


def test_lists() -> None:
    assert of("first_n", 3, None, 1, 2, n=2) == [3, 1]
    assert of("last_n", 3, None, 1, n=2, skip_null=False) == [1, None]
    assert of("top_n", 1, 3, 2, 3, n=3) == [3, 3, 2]
    assert repr(of("bottom_n", 0.0, -0.0, n=3)) == "[-0.0, 0.0]"
    tied = [{"k": 1, "t": 0, "b": b, "x": x} for b, x in [(2, 1), (None, 9), (1, 5), (1, None)]]
    first = Wanted("first_n", "x", n=9, skip_null=False)
    assert asked(first, tied, 1, tiebreak=["b"]) == [9, None, 5, 1]
    assert asked(Wanted("last_n", "x", n=9, skip_null=False), tied, 1, tiebreak=["b"]) == [1, 5, None, 9]


def test_streaks_and_ages() -> None:
    assert of("longest_streak", True, None, True, False, True) == 2
    assert of("longest_streak", False, None) == 0
    assert of("longest_streak", None) is None
    assert of("time_since_last", 1, 2, None) == 2e-6
    assert of("time_since_first", None, 2, None) == 2e-6
    rows = [{"k": 1, "t": 3}, {"k": 1, "t": 7}]
    assert asked(Wanted("time_since_last", offset=2), rows, 9) == 6e-6
    assert asked(Wanted("time_since_last"), rows, 3) is None


def test_vectors() -> None:
    assert of("vector_sum", [1, None], None, [2, None]) == [3, None]
    assert of("vector_mean", [1, 2], [2, 4]) == [1.5, 3.0]
    assert of("vector_max", [math.nan, -0.0], [1.0, 0.0]) == [1.0, 0.0]
    assert of("vector_sum", None) is None
    assert of("vector_sum", [2**62, 1], [2**62, 1]) is OVERFLOW


# ---- windows


def test_categories() -> None:
    assert of("sum", [1, 2, None, 4, 5], ["b", "a", "c", None, "b"], by="c") == {"a": 2, "b": 6, "c": None}
    assert list(of("count", [1, None], ["b", "a"], by="c").items()) == [("a", 0), ("b", 1)]
    assert of("count", [1], [None], by="c") == {}
    assert of("sum", [2**63 - 1, 2**63 - 1], [1, 1], by="c") is OVERFLOW


def test_elements() -> None:
    assert of("sum", [1, 2], [], None, [None, 4], explode=True) == 7
    assert of("count", [1, 2], [], None, [None, 4], explode=True) == 3
    assert of("count_distinct", ["a", "b"], ["a"], explode=True) == 2


def test_last_rows() -> None:
    assert of("sum", 1, 2, None, 4, rows=2) == 4
    assert of("sum", 1, 2, None, 4, rows=2, where=lambda row: row["x"] is not None) == 6
    assert of("count", 1, 2, 3, rows=3, width=2) == 2
    rows = [{"k": 1, "t": 0, "b": b, "x": x} for b, x in [(2, 1), (None, 9), (2, None)]]
    assert asked(Wanted("sum", "x", rows=1), rows, 1, tiebreak=["b"]) == 1
    assert asked(Wanted("sum", "x", rows=2), rows, 1) == 10


def test_labels() -> None:
    rows = [{"k": 1, "t": t, "a": 99, "x": t} for t in range(5)]
    assert asked(Wanted("sum", "x", width=2, ahead=True), rows, 2, available="a") == 5
    assert asked(Wanted("sum", "x", width=2, ahead=True, complete_until=4), rows, 2) == 5
    assert asked(Wanted("count", width=2, ahead=True, complete_until=3), rows, 2) is None
    large = [{"k": 1, "t": t, "x": 2**62} for t in range(2)]
    assert asked(Wanted("sum", "x", width=2, ahead=True, complete_until=0), large, 0) is OVERFLOW


def test_changes() -> None:
    rows: list[dict[str, Any]] = [
        {"id": 1, "op": "insert", "k": 1, "t": 0, "a": 5, "s": 0, "x": 10},
        {"id": 1, "op": "delete", "k": None, "t": None, "a": 7, "s": 2, "x": None},
        {"id": 1, "op": "update", "k": 1, "t": 3, "a": 7, "s": 1, "x": 20},
        {"id": 2, "op": "delete", "k": 1, "t": 0, "a": 6, "s": 3, "x": 0},
        {"id": 1, "op": "insert", "k": 1, "t": 4, "a": 9, "s": 4, "x": 40},
    ]
    changes = Changes(rows, ("id",), "a", "op", ("s",))
    known = [asked(Wanted("sum", "x"), changes, t, available="a") for t in (5, 6, 7, 8, 9, 10)]
    assert known == [None, 10, 10, None, None, 40]
    assert [asked(Wanted("count", closed="right"), changes, t, available="a") for t in (5, 7, 9)] == [1, 0, 1]
    assert asked(Wanted("count"), Changes(rows[:3], ("id",), "a", None, ("s",)), 8, available="a") == 0
    assert asked(Wanted("sum", "x", width=9, ahead=True), changes, 0, available="a") == 40


def test_sessions() -> None:
    rows = [{"k": 1, "t": t} for t in (9, 0, 4, 4, 13, 14)]
    found = [asked(Wanted("session_start", gap=4), rows, t) for t in (0, 1, 5, 10, 14, 15)]
    assert found == [None, 0, 0, 9, 9, 9]
    assert asked(Wanted("session_start", gap=4, width=2), rows, 15) == 13


def test_calendars() -> None:
    rows = [{"k": 1, "t": at(text)} for text in ("2024-03-30T23:00+00:00", "2024-03-30T22:59:59+00:00")]
    for closed, count in (("left", 1), ("neither", 0)):
        wanted = Wanted("count", calendar="day", tz="Europe/Berlin", closed=closed)
        assert asked(wanted, rows, at("2024-03-31T12:00+00:00")) == count
    assert asked(Wanted("count", calendar="month", tz="Europe/Berlin"), rows, at("2024-03-31T12:00+00:00")) == 2
    moved = Wanted("count", calendar="day", tz="Europe/Berlin", offset=864 * 10**8)
    assert asked(moved, rows, at("2024-03-31T12:00+00:00")) == 0
    assert asked(moved, rows, at("2024-03-31T22:59:59.5+00:00")) == 1


@pytest.mark.parametrize(
    ("tz", "t", "begin"),
    [
        # midnight is left out, is there twice, or is gone back over; a day that was left out
        ("America/Sao_Paulo", "2017-10-15T03:30+00:00", "2017-10-15T01:00-02:00"),
        ("America/Havana", "2023-11-05T05:30+00:00", "2023-11-05T00:00-04:00"),
        ("America/St_Johns", "2010-11-07T03:00+00:00", "2010-11-07T00:00-02:30"),
        ("America/St_Johns", "2010-11-07T02:29:59+00:00", "2010-11-06T00:00-02:30"),
        ("Pacific/Apia", "2011-12-30T10:00+00:00", "2011-12-31T00:00+14:00"),
        ("Pacific/Apia", "2011-12-30T09:59:59+00:00", "2011-12-29T00:00-10:00"),
    ],
)
def test_days_begin_when_they_first_show(tz: str, t: str, begin: str) -> None:
    assert calendars.begin(at(t), "day", tz) == at(begin)


@given(st.integers(at("1990-01-01T00:00+00:00"), at("2037-01-01T00:00+00:00")), st.sampled_from(ZONES))
def test_periods_are_those_of_pandas(t: int, tz: str) -> None:
    local = pd.Timestamp(t, unit="us", tz="UTC").tz_convert(tz)
    for period, letter in {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}.items():
        midnight = local.tz_localize(None).to_period(letter).start_time
        begin = midnight.tz_localize(tz, ambiguous=True, nonexistent="shift_forward")
        assert calendars.begin(t, period, tz) == begin.value // 1000


# ---- when answers are one


def test_answers_are_one_bit_for_bit_or_near() -> None:
    assert same(math.nan, -math.nan)
    assert not same(0.0, -0.0)
    assert same(-0.0, Near(0.0))
    assert not same(None, Near(0.0))
    assert not same(math.nan, Near(0.0, 1.0))
    assert same([("a", 1.0)], {"a": Near(1.1, 0.2)})
    assert not same([("a", 1.0)], {"b": 1.0})
    assert not same([1], [1, 2])
    assert same([None, Decimal("1.50")], [None, Decimal("1.5")])
