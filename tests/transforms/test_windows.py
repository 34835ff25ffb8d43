"""Windows: what is taken, what is refused, and how they read."""

from datetime import timedelta
from typing import Any

import pytest

from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.windows import Window, checked_closed, series


def test_of() -> None:
    assert Window.of("7d") == Window(604_800_000_000, "7d", None, 0)
    assert Window.of(timedelta(minutes=90), closed="both", offset="1h") == Window(
        5_400_000_000, "90m", "both", 3_600_000_000
    )
    assert Window() == Window(None, "", None, 0)
    assert Window.of("1d", offset=timedelta(0)).offset == 0


@pytest.mark.parametrize(
    ("width", "options", "message"),
    [
        ("0d", {}, "A window must be longer than nothing, and '0d' is not."),
        (timedelta(0), {}, "A window must be longer than nothing"),
        (timedelta(days=-1), {}, "A window must be longer than nothing"),
        ("soon", {}, "'soon' is no window: write a whole number"),
        ("1d", {"offset": timedelta(hours=-1)}, "An offset moves a window back in time and can't be negative"),
        ("1d", {"offset": "later"}, "'later' is no offset"),
        ("1d", {"closed": "open"}, "closed='open': expected one of 'left', 'right', 'both', 'neither'."),
    ],
)
def test_what_is_no_window(width: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        Window.of(width, **options)
    assert message in str(caught.value)


def test_windows_compare_by_value_and_by_how_they_are_written() -> None:
    assert Window.of("7d") == Window.of(timedelta(days=7))
    assert Window.of("7d") != Window.of("1w")
    assert len({Window.of("7d"), Window.of("7d"), Window.of("7d", closed="left")}) == 2


@pytest.mark.parametrize(
    ("window", "text"),
    [
        (Window.of("7d", closed="left"), "[t-7d, t)"),
        (Window.of("7d", closed="right"), "(t-7d, t]"),
        (Window.of("90m", closed="both", offset="1h"), "[t-90m-1h, t-1h]"),
        (Window.of("1d", closed="neither"), "(t-1d, t)"),
        (Window(closed="left"), "(-inf, t)"),
        (Window(closed="right"), "(-inf, t]"),
        (Window(86_400_000_000, "", "left"), "[t-1d, t)"),
    ],
)
def test_describe(window: Window, text: str) -> None:
    assert window.describe() == text


def test_checked_closed() -> None:
    assert checked_closed(None) is None
    assert checked_closed("both") == "both"
    with pytest.raises(DeclarationError, match="closed='Left'"):
        checked_closed("Left")


def test_numbers_that_no_kernel_could_count() -> None:
    for wrong in (2**31, 2**64, True, 1.0):
        with pytest.raises(DeclarationError, match="rows="):
            Window.of(rows=wrong)  # type: ignore[arg-type]
    with pytest.raises(DeclarationError, match="4 windows of '36000000d' reach back for more than 100,000 years"):
        series("36000000d", 4)
