"""Fields and beginnings of periods, by Python's datetime, and at the ends of int64 by no calendar of Python's."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ropeway as rw
from ropeway.transforms.errors import DataError, DeclarationError, SchemaError
from ropeway.transforms.expressions import Expression, compiled_row, evaluate, output_type
from ropeway.transforms.expressions.row import value_of
from tests.oracle.expressions import field, truncated

ZONES = [
    "UTC", "Europe/Paris", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Sao_Paulo",
    "Pacific/Apia",
]  # fmt: skip
#: days on which clocks change, and their neighbours
CHANGES = [
    dt.datetime(2024, 3, 31), dt.datetime(2024, 10, 27), dt.datetime(2024, 11, 3), dt.datetime(2024, 4, 6, 14),
    dt.datetime(2018, 11, 4), dt.datetime(2011, 12, 30), dt.datetime(1891, 3, 15), dt.datetime(1970, 1, 1),
]  # fmt: skip
INSTANTS = st.one_of(
    st.datetimes(dt.datetime(1850, 1, 1), dt.datetime(2200, 1, 1)),
    st.tuples(st.sampled_from(CHANGES), st.timedeltas(dt.timedelta(-2), dt.timedelta(2))).map(lambda at: at[0] + at[1]),
)
FIELDS = [
    "year", "month", "day", "hour", "minute", "second", "microsecond", "day_of_week", "day_of_year", "week", "quarter",
    "date",
]  # fmt: skip
UNITS = ["microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"]


@settings(max_examples=25)
@given(st.lists(INSTANTS, min_size=1, max_size=40), st.sampled_from([None, *ZONES]))
def test_fields_and_beginnings_are_those_of_python(instants: list[dt.datetime], tz: str | None) -> None:
    aware = [at.replace(tzinfo=dt.UTC) for at in instants]
    table = pa.table({"t": pa.array(aware, pa.timestamp("us", "UTC"))})
    for name in FIELDS:
        tree: Expression = getattr(rw.col("t").dt, name)(tz=tz)
        expected = [field(name, at, tz) for at in aware]
        assert evaluate(tree, table).to_pylist() == expected
        row = compiled_row(tree, table.schema)
        assert [row({"t": at}) for at in aware] == expected
    for unit in UNITS:
        tree = rw.col("t").dt.truncate(unit, tz=tz)
        begins = [truncated(at, unit, tz) for at in aware]
        assert evaluate(tree, table).to_pylist() == begins
        row = compiled_row(tree, table.schema)
        assert [row({"t": at}) for at in aware] == begins


def test_days_that_python_does_not_know() -> None:
    least, most = -(2**63), 2**63 - 1
    ends = pa.table({"t": pa.array([least, most, None], pa.timestamp("us"))})
    weekdays = [(at // 86_400_000_000 + 3) % 7 for at in (least, most)]
    assert evaluate(rw.col("t").dt.year(), ends).to_pylist() == [-290308, 294247, None]
    assert evaluate(rw.col("t").dt.day_of_week(), ends).to_pylist() == [*weekdays, None]
    assert evaluate(rw.col("t").dt.hour(tz="Asia/Tokyo"), ends).to_pylist()[2] is None
    with pytest.raises(DataError, match="begins before what int64 holds"):
        evaluate(rw.col("t").dt.truncate("year"), ends)


def test_dates_have_no_clock_and_no_zone() -> None:
    day = dt.date(1969, 12, 31)
    assert value_of(rw.col("d").dt.hour(), d=day) == 0
    assert value_of(rw.col("d").dt.truncate("week"), d=day) == dt.date(1969, 12, 29)
    assert value_of(rw.col("d").dt.truncate("quarter"), d=day) == dt.date(1969, 10, 1)
    schema = pa.schema([("d", pa.date32())])
    for tree, message in [
        (
            rw.col("d").dt.hour(tz="Europe/Paris"),
            "expected a timestamp, since tz='Europe/Paris' tells another date only",
        ),
        (rw.col("d").dt.truncate("hour"), "expected a timestamp, since a date has no hour"),
    ]:
        with pytest.raises(SchemaError, match=message):
            output_type(tree, schema)


def test_a_naive_time_is_read_as_utc_and_truncated_to_one() -> None:
    at = dt.datetime(2024, 7, 1, 23, 30)
    assert value_of(rw.col("t").dt.day(tz="Europe/Paris"), t=at) == 2
    assert value_of(rw.col("t").dt.truncate("day", tz="Europe/Paris"), t=at) == dt.datetime(2024, 7, 1, 22)
    zoned = at.replace(tzinfo=ZoneInfo("Asia/Tokyo"))
    assert value_of(rw.col("t").dt.hour(), t=zoned) == 14


def test_durations_have_seconds() -> None:
    d = pa.array([dt.timedelta(microseconds=-1), None, dt.timedelta(days=100)])
    assert evaluate(rw.col("d").dt.total_seconds(), pa.table({"d": d})).to_pylist() == [-1e-6, None, 8640000.0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: rw.col("t").dt.hour(tz="Europe/Pari"), "tz='Europe/Pari': expected the name of a time zone, such as"),
        (lambda: rw.col("t").dt.hour(tz=5), "tz=5: expected the name of a time zone"),  # type: ignore[arg-type]
        (lambda: rw.col("t").dt.hour(tz="../x"), "expected the name of a time zone"),
        (lambda: rw.col("t").dt.truncate("decade"), "truncate('decade'): expected one of microsecond, millisecond"),
    ],
)
def test_zones_and_units_that_are_none(make: Any, message: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        make()
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (rw.col("s").dt.year(), 'dt.year of string: expected a timestamp or a date; .cast("timestamp") makes one'),
        (rw.col("s").dt.truncate("day"), "dt.truncate of string: expected a timestamp or a date"),
        (rw.col("s").dt.total_seconds(), "dt.total_seconds of string: expected a duration, such as the difference"),
    ],
)
def test_types_that_are_no_times(tree: Expression, message: str) -> None:
    with pytest.raises(SchemaError) as caught:
        output_type(tree, pa.schema([("s", pa.string())]))
    assert message in str(caught.value)
