"""The instants of a range: which they are, on which dates, and what is refused."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ropeway as rw
from ropeway.features.instants import DAY, Instants, date_of, micros_of, micros_of_date, text_of

HOUR = 3_600_000_000


def test_what_is_read_as_a_time() -> None:
    begin = 1_356_998_400_000_000
    for start in (
        "2013-01-01",
        dt.date(2013, 1, 1),
        dt.datetime(2013, 1, 1),
        pd.Timestamp("2013-01-01"),
        "2012-12-31T19:00:00-05:00",
    ):
        made = rw.instants(start, "2013-01-03", every="1d")
        assert (made.start, len(made), made.last) == (begin, 2, begin + DAY)
    assert rw.instants("2013-01-01", "2013-01-02", every=dt.timedelta(hours=7)).micros().tolist() == [
        begin + i * 7 * HOUR for i in range(4)
    ]


def test_the_end_is_left_out() -> None:
    assert len(rw.instants("2013-01-01", "2013-01-01T00:00:00.000001", every="1d")) == 1
    assert len(rw.instants("2013-01-01", "2013-01-02T00:00:00.000001", every="1d")) == 2


@given(
    start=st.integers(-(10**6), 10**6),
    length=st.integers(1, 40 * 24),
    every=st.sampled_from([1, 5, 7, 12, 24, 25, 36, 48, 100, 24 * 9]),
)
def test_dates_and_spans_hold_all_instants(start: int, length: int, every: int) -> None:
    made = Instants(start * HOUR, (start + length) * HOUR, every * HOUR)
    wanted: dict[dt.date, list[int]] = {}
    for at in range(start * HOUR, (start + length) * HOUR, every * HOUR):
        wanted.setdefault(dt.date(1970, 1, 1) + dt.timedelta(microseconds=at // DAY * DAY), []).append(at)
    assert made.dates() == list(wanted)
    assert {date: made.span(date) for date in made.dates()} == {
        date: (times[0], times[-1]) for date, times in wanted.items()
    }
    assert made.micros().tolist() == [at for times in wanted.values() for at in times]
    assert len(made) == sum(map(len, wanted.values()))
    assert made.last == max(wanted[max(wanted)])
    assert Instants.from_dict(made.to_dict()) == made


def test_a_date_without_instants() -> None:
    assert rw.instants("2013-01-01", "2013-01-10", every="3d").span(dt.date(2013, 1, 2)) is None
    assert date_of(micros_of_date(dt.date(1, 1, 1))) == dt.date(1, 1, 1)


@pytest.mark.parametrize(
    ("start", "end", "every", "said"),
    [
        ("yesterday", "2013-01-01", "1d", "start='yesterday' is no time: write it as '2013-01-01'"),
        (20130101, "2013-01-02", "1d", "start=20130101: expected a text, a date or a datetime"),
        ("2013-01-01", "2013-01-01", "1d", "the end, 2013-01-01, is not after the start, 2013-01-01"),
        ("2013-01-01", "2013-01-02", "1 day", "'1 day' is no every"),
        ("2013-01-01", "2013-01-02", "0d", "is not longer than nothing"),
        ("2013-01-01", pd.Timestamp("2013-01-02 00:00:00.000000001"), "1d", "has nanoseconds"),
        ("2013-01-01", "2014-01-01", "1us", "instants; 1,000,000,000 is the most"),
        (pd.NaT, "2014-01-01", "1d", "is no time"),
    ],
)
def test_what_is_refused(start: object, end: object, every: str, said: str) -> None:
    with pytest.raises(rw.DeclarationError, match=said):
        rw.instants(start, end, every=every)  # type: ignore[arg-type]


def test_they_compare_by_value() -> None:
    one = rw.instants("2013-01-01", "2013-01-03", every="1d")
    assert one == rw.instants("2013-01-01", "2013-01-03", every="24h")
    assert hash(one) == hash(rw.instants(dt.date(2013, 1, 1), "2013-01-03", every="24h"))
    assert one != rw.instants("2013-01-01", "2013-01-03", every="12h")


@given(st.integers(-(10**16), 10**17))
def test_an_instant_comes_back_from_its_text(micros: int) -> None:
    assert micros_of(text_of(micros), "at") == micros
