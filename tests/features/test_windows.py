"""Series of windows, and windows in their stored form and as text."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ropeway as rw
from ropeway.features.windows import declared_windows, restored_window, stored_window, windows_text
from ropeway.transforms.windows import Window

DAY = 86_400_000_000


def test_a_series_is_consecutive_the_newest_first() -> None:
    made = rw.windows("1d", times=3)
    assert [window.text for window in made] == ["1d_0", "1d_1", "1d_2"]
    assert [(window.micros, window.offset) for window in made] == [(DAY, 0), (DAY, DAY), (DAY, 2 * DAY)]


@pytest.mark.parametrize(
    ("width", "times", "message"),
    [
        ("1d", 0, "times=0: expected how many windows there are, 1 or more."),
        ("1d", 2.0, "times=2.0: expected how many windows there are, 1 or more."),
        ("0d", 2, "A window must be longer than nothing, and '0d' is not."),
        (None, 2, "None is no window: write a whole number"),
        ("day", 2, "'day' is no window: write a whole number"),
    ],
)
def test_what_is_no_series(width: Any, times: Any, message: str) -> None:
    with pytest.raises(rw.DeclarationError) as caught:
        rw.windows(width, times=times)
    assert message in str(caught.value)


PERIODS = st.sampled_from(["day", "week", "month", "quarter", "year"])
ZONES = st.sampled_from([None, "UTC", "Europe/Berlin", "America/New_York"])
CLOSED = st.sampled_from([None, "left", "right", "both", "neither"])


@given(st.data(), CLOSED, st.sampled_from([None, "1h", "90m"]), st.sampled_from([None, 1, 100]), PERIODS, ZONES)
def test_windows_come_back_from_json_and_their_text(
    data: Any, closed: Any, offset: str | None, rows: int | None, calendar: Any, tz: str | None
) -> None:
    widths: list[Any] = []
    if data.draw(st.booleans()):
        series = st.sampled_from(rw.windows("1d", times=4) + rw.windows("168h", times=2))
        widths = data.draw(st.lists(series | st.sampled_from(["7d", "1w", "90m", "1d"]), min_size=1, max_size=6))
        calendar = tz = None
    options = {"closed": closed, "offset": offset, "rows": rows, "calendar": calendar, "tz": tz}
    made = declared_windows(widths, **options)
    assert made
    assert tuple(restored_window(stored_window(window)) for window in made) == made
    feature = rw.count().over(*widths, **options)
    assert feature.windows == made
    assert eval(repr(feature), {"count": rw.count, "windows": rw.windows}) == feature


def test_no_window_has_no_text() -> None:
    assert windows_text(()) == ""
    assert windows_text((Window.in_front("7d"), Window.in_front("30d"))) == '.ahead("7d", "30d")'


@pytest.mark.parametrize(
    "data", [{}, {"closed": "left"}, {"at": 1}, {"ahead": True}, {"width": "1d", "at": -1}, {"width": "x", "at": 1}]
)
def test_what_is_no_stored_window(data: dict[str, Any]) -> None:
    with pytest.raises(rw.DeclarationError):
        rw.Feature.from_dict({**rw.count().to_dict(), "windows": [data]})


def test_the_last_of_many() -> None:
    (window,) = rw.windows("1s", times=10_000)[-1:]
    feature = rw.count().over(window)
    assert feature.short_names() == ("count_1s_9999",)
    assert rw.Feature.from_dict(feature.to_dict()) == feature
