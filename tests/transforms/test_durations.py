"""Durations: what is read, what is refused, and how they are named."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ropeway.transforms import durations
from ropeway.transforms.errors import DeclarationError


@pytest.mark.parametrize(
    ("written", "micros"),
    [
        ("1us", 1),
        ("500ms", 500_000),
        ("1s", 1_000_000),
        ("90m", 5_400_000_000),
        ("1h", 3_600_000_000),
        ("7d", 604_800_000_000),
        ("2w", 1_209_600_000_000),
        ("007d", 604_800_000_000),
        ("0d", 0),
        (timedelta(milliseconds=1900), 1_900_000),
        (timedelta(days=-1), -86_400_000_000),
    ],
)
def test_micros(written: str | timedelta, micros: int) -> None:
    assert durations.micros(written) == micros


@pytest.mark.parametrize(
    "wrong", ["", "7", "d", "1.5h", "-1d", " 7d", "7d ", "7 d", "7D", "1d12h", "1mo", "1y", "٣d", 7, 7.0, None, b"7d"]
)
def test_what_is_no_duration(wrong: object) -> None:
    with pytest.raises(DeclarationError) as caught:
        durations.micros(wrong, "window")  # type: ignore[arg-type]
    assert str(caught.value) == (
        f"{wrong!r} is no window: write a whole number and one of us, ms, s, m (minute), h, d, w, such as '90m', "
        f"or pass a timedelta."
    )


def test_the_longest() -> None:
    assert durations.micros("36600000d") == durations.LONGEST
    with pytest.raises(DeclarationError, match="The ttl '36600001d' is longer than 100,000 years"):
        durations.micros("36600001d", "ttl")


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        ("168h", "168h"),
        ("1w", "1w"),
        (timedelta(days=14), "14d"),
        (timedelta(hours=36), "36h"),
        (timedelta(minutes=90), "90m"),
        (timedelta(seconds=61), "61s"),
        (timedelta(milliseconds=1900), "1900ms"),
        (timedelta(microseconds=1), "1us"),
    ],
)
def test_text(duration: str | timedelta, text: str) -> None:
    assert durations.text(duration) == text


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=10**6)))
def test_the_text_of_a_timedelta_is_read_as_it(duration: timedelta) -> None:
    assert durations.micros(durations.text(duration)) == durations.micros(duration)
    assert durations.micros(duration) == duration // timedelta(microseconds=1)
