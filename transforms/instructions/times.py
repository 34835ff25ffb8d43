"""Instructions on instants and local times, in registers of integers: int64 microseconds since 1970, MISSING for none.

A local time is the same number as the UTC instant that shows it on its clocks. A time zone is a table of COUNT
instants, rising, and as many offsets: from each instant on, so many microseconds are added.
"""

import math

import numpy as np

from ropeway.transforms.instructions.fields import COUNT, FLOATS, INTS, MISSING, MORE, OUT, A, B
from ropeway.transforms.instructions.tables import not_above
from ropeway.transforms.kernels.wide import compiled

NAMES = (
    "instant",  # ints[INTS] in a register of integers, MISSING where a is
    "local_time",  # of an instant, by the zone's table in ints[INTS:]
    "calendar",  # COUNT outputs, floats: the FIELDS with the numbers ints[INTS:] of a local time
    "day_number",  # days since 1970 of a local time, an integer
    "elapsed",  # from b to a, times floats[0], over floats[1]
    "whole_years",  # from the local time b to a, by the calendar; negative if a is before b
    "waves",  # 2 * COUNT outputs: sine, cosine of 1 .. COUNT turns per ints[INTS] microseconds from ints[INTS + 1] on
    "start",  # the first instant of the local UNITS[MORE] of an instant, by the zone's table in ints[INTS:]
    "business_days",  # from the day b to the day a; ints[INTS:]: 7 flags from Monday on, then COUNT free days, rising
)  # fmt: skip

#: what "calendar" gives
FIELDS = (
    "month", "quarter", "semester", "year", "week", "day_of_week", "day_of_month", "day_of_year", "weekend",
    "month_start", "month_end", "quarter_start", "quarter_end", "year_start", "year_end", "leap_year",
    "days_in_month", "hour", "minute", "second", "microsecond",
)  # fmt: skip
#: what "start" cuts to
UNITS = ("second", "minute", "hour", "day", "week", "month", "quarter", "year")

DAY = np.int64(86_400_000_000)
#: calendars and the rules of time zones come again after 400 years
CYCLE = np.int64(146_097 * 86_400_000_000)
#: the instant up to which tables of zones reach, 2500-01-01
REACH = np.int64(193_579 * 86_400_000_000)


@compiled
def step(op, code, floats, ints, registers, integers):  # type: ignore[no-untyped-def]
    """One instruction; `op` is its place in NAMES."""
    a = integers[code[A]]
    b = integers[code[B]]
    into = integers[code[OUT]]
    out = registers[code[OUT]]
    size = len(a)
    at = code[INTS]
    count = code[COUNT]
    if op == 0:
        for j in range(size):
            into[j] = ints[at] if a[j] != MISSING else MISSING
    elif op == 1:
        starts = ints[at : at + count]
        offsets = ints[at + count : at + 2 * count]
        for j in range(size):
            into[j] = a[j] + offsets[_era(starts, a[j])] if a[j] != MISSING else MISSING
    elif op == 2:
        _calendar(ints[at : at + count], a, registers, code[OUT])
    elif op == 3:
        for j in range(size):
            into[j] = a[j] // DAY if a[j] != MISSING else MISSING
    elif op == 4:
        times = floats[code[FLOATS]]
        over = floats[code[FLOATS] + 1]
        for j in range(size):
            out[j] = _apart(a[j], b[j]) * times / over
    elif op == 5:
        for j in range(size):
            out[j] = _years(a[j], b[j])
    elif op == 6:
        _waves(ints[at], ints[at + 1], count, a, registers, code[OUT])
    elif op == 7:
        starts = ints[at : at + count]
        offsets = ints[at + count : at + 2 * count]
        for j in range(size):
            into[j] = _start(starts, offsets, code[MORE], a[j]) if a[j] != MISSING else MISSING
    else:
        week = ints[at : at + 7]
        free = ints[at + 7 : at + 7 + count]
        for j in range(size):
            out[j] = np.nan if min(a[j], b[j]) == MISSING else np.float64(business_days(b[j], a[j], week, free))


@compiled
def _era(starts, instant):  # type: ignore[no-untyped-def]
    """The place in a zone's table that holds at an instant."""
    if instant >= REACH:
        instant = REACH - CYCLE + (instant - REACH) % CYCLE
    return max(not_above(starts, instant) - 1, 0)


@compiled
def _apart(a, b):  # type: ignore[no-untyped-def]
    if min(a, b) == MISSING:  # it is the least of all integers
        return np.nan
    difference = a - b
    # times further apart than an int64 holds: the difference of floats is right to 1e-16
    if (a ^ b) & (a ^ difference) < 0:
        return np.float64(a) - np.float64(b)
    return np.float64(difference)


@compiled
def civil(days):  # type: ignore[no-untyped-def]
    """(year, month, day) of days since 1970, by Howard Hinnant's "chrono-compatible low-level date algorithms"."""
    days = days + 719_468
    era = days // 146_097
    of_era = days - era * 146_097
    year_of_era = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    day_of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = year_of_era + era * 400
    return (year + 1 if month <= 2 else year), month, day


@compiled
def days_of(year, month, day):  # type: ignore[no-untyped-def]
    """Days since 1970 of a date, by the same source."""
    year = year - 1 if month <= 2 else year
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


@compiled
def _is_leap(year):  # type: ignore[no-untyped-def]
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


@compiled
def _length(year, month):  # type: ignore[no-untyped-def]
    """Days in a month."""
    if month == 2:
        return 29 if _is_leap(year) else 28
    # April, June, September, November: from August on the even months are the long ones
    return 30 + (month + month // 8) % 2


@compiled
def _calendar(fields, times, registers, first):  # type: ignore[no-untyped-def]
    for j in range(len(times)):
        time = times[j]
        if time == MISSING:
            for i in range(len(fields)):
                registers[first + i, j] = np.nan
            continue
        days = time // DAY
        rest = time - days * DAY
        year, month, day = civil(days)
        for i in range(len(fields)):
            registers[first + i, j] = np.float64(_field(fields[i], days, rest, year, month, day))


@compiled
def _field(field, days, rest, year, month, day):  # type: ignore[no-untyped-def]
    weekday = (days + 3) % 7  # 1970 began on a Thursday
    if field < 4:
        if field == 0:
            return month
        if field == 1:
            return (month + 2) // 3
        if field == 2:
            return 1 if month <= 6 else 2
        return year
    if field < 9:
        if field == 4:
            # the week of a year that its Thursday lies in
            year_of, _, _ = civil(days - weekday + 3)
            return (days - weekday + 3 - days_of(year_of, 1, 1)) // 7 + 1
        if field == 5:
            return weekday
        if field == 6:
            return day
        if field == 7:
            return days - days_of(year, 1, 1) + 1
        return 1 if weekday > 4 else 0
    if field < 15:
        first = day == 1
        last = day == _length(year, month)
        if field == 9:
            return 1 if first else 0
        if field == 10:
            return 1 if last else 0
        if field == 11:
            return 1 if first and month % 3 == 1 else 0
        if field == 12:
            return 1 if last and month % 3 == 0 else 0
        if field == 13:
            return 1 if first and month == 1 else 0
        return 1 if last and month == 12 else 0
    if field == 15:
        return 1 if _is_leap(year) else 0
    if field == 16:
        return _length(year, month)
    if field == 17:
        return rest // 3_600_000_000
    if field == 18:
        return rest // 60_000_000 % 60
    if field == 19:
        return rest // 1_000_000 % 60
    return rest % 1_000_000


@compiled
def _years(a, b):  # type: ignore[no-untyped-def]
    if min(a, b) == MISSING:
        return np.nan
    if a < b:
        return -_years_forward(b, a)
    return _years_forward(a, b)


@compiled
def _years_forward(later, earlier):  # type: ignore[no-untyped-def]
    day = later // DAY
    other = earlier // DAY
    year, month, number = civil(day)
    from_year, from_month, from_number = civil(other)
    place = (month * 32 + number) * DAY + (later - day * DAY)
    from_place = (from_month * 32 + from_number) * DAY + (earlier - other * DAY)
    return np.float64(year - from_year - (1 if place < from_place else 0))


@compiled
def _waves(period, origin, count, times, registers, first):  # type: ignore[no-untyped-def]
    for j in range(len(times)):
        if times[j] == MISSING:
            for i in range(2 * count):
                registers[first + i, j] = np.nan
            continue
        rest = (times[j] - origin) % period
        for i in range(count):
            # the remainder of whole numbers, so that no digit is lost far from the origin
            angle = 2.0 * math.pi * (np.float64((rest * (i + 1)) % period) / np.float64(period))
            registers[first + 2 * i, j] = math.sin(angle)
            registers[first + 2 * i + 1, j] = math.cos(angle)


@compiled
def _start(starts, offsets, unit, instant):  # type: ignore[no-untyped-def]
    at = _era(starts, instant)
    local = instant + offsets[at]
    if unit == 0:
        return instant - local % 1_000_000
    if unit == 1:
        return instant - local % 60_000_000
    if unit == 2:
        return instant - local % 3_600_000_000
    days = local // DAY
    if unit == 4:
        days -= (days + 3) % 7
    elif unit > 4:
        year, month, _ = civil(days)
        month = month if unit == 5 else month - (month - 1) % 3 if unit == 6 else 1
        days = days_of(year, month, 1)
    midnight = days * DAY
    # the first instant at which clocks show midnight, or what they show in its place; tables are folded as instants are
    moved = np.int64(0)
    if midnight - 2 * DAY >= REACH:
        moved = (midnight - 2 * DAY - REACH) // CYCLE * CYCLE + CYCLE
    wanted = midnight - moved
    at = max(not_above(starts, wanted - 2 * DAY) - 1, 0)
    while at + 1 < len(starts) and wanted - offsets[at] >= starts[at + 1]:
        at += 1
    return min(max(wanted - offsets[at], starts[at]) + moved, instant)


@compiled
def business_days(first, last, week, free):  # type: ignore[no-untyped-def]
    """How many working days there are in [first, last), or in (last, first] as a negative number.

    `free` are days off, rising, all of them on days of `week`.
    """
    if first > last:
        return -_business_days(last + 1, first + 1, week, free)
    return _business_days(first, last, week, free)


@compiled
def _business_days(first, last, week, free):  # type: ignore[no-untyped-def]
    each = 0
    for i in range(7):
        each += week[i]
    weeks = (last - first) // 7
    total = weeks * each
    for day in range(first + 7 * weeks, last):
        total += week[(day + 3) % 7]
    return total - (not_above(free, last - 1) - not_above(free, first - 1))
