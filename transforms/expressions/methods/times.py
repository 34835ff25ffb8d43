"""Methods of instants, dates and durations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ropeway.transforms.expressions.methods.base import Accessor

if TYPE_CHECKING:
    from ropeway.transforms.expressions.tree import Expression


class Times(Accessor):
    """Fields of instants and dates by the calendar and clock of UTC, or of a time zone `tz`; null of null.

    Naive times are read as UTC, and `tz` tells what a clock there shows then. A date has a midnight and no time zone.
    """

    def year(self, *, tz: str | None = None) -> Expression:
        """The year.

        >>> from datetime import datetime
        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").dt.year(tz="Asia/Tokyo"), x=datetime(1969, 12, 31, 23, 59, 59, 999999))
        1970
        """
        return self._of.call("dt.year", tz=tz)

    def month(self, *, tz: str | None = None) -> Expression:
        """The month, from 1.

        >>> from datetime import datetime
        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").dt.month(), x=datetime(1969, 12, 31, 23, 59, 59, 999999))
        12
        """
        return self._of.call("dt.month", tz=tz)

    def day(self, *, tz: str | None = None) -> Expression:
        """The day of the month, from 1.

        >>> from datetime import datetime
        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").dt.day(), x=datetime(1969, 12, 31, 23, 59, 59, 999999))
        31
        """
        return self._of.call("dt.day", tz=tz)

    def hour(self, *, tz: str | None = None) -> Expression:
        """The hour of the clock, 0 to 23.

        >>> from datetime import datetime
        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").dt.hour(tz="Asia/Kolkata"), x=datetime(2024, 1, 1))
        5
        """
        return self._of.call("dt.hour", tz=tz)

    def minute(self, *, tz: str | None = None) -> Expression:
        """The minute of the clock.

        >>> from datetime import datetime
        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").dt.minute(tz="Asia/Kolkata"), x=datetime(2024, 1, 1))
        30
        """
        return self._of.call("dt.minute", tz=tz)

    def second(self, *, tz: str | None = None) -> Expression:
        """The second of the clock.

        >>> from datetime import datetime
        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").dt.second(), x=datetime(1969, 12, 31, 23, 59, 59, 999999))
        59
        """
        return self._of.call("dt.second", tz=tz)

    def microsecond(self, *, tz: str | None = None) -> Expression:
        """The microseconds of the second, 0 to 999999.

        >>> from datetime import datetime
        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").dt.microsecond(), x=datetime(1969, 12, 31, 23, 59, 59, 999999))
        999999
        """
        return self._of.call("dt.microsecond", tz=tz)

    def day_of_week(self, *, tz: str | None = None) -> Expression:
        """The day of the week, 0 on Monday.

        >>> from datetime import datetime
        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").dt.day_of_week(), x=datetime(1969, 12, 28))
        6
        """
        return self._of.call("dt.day_of_week", tz=tz)

    def day_of_year(self, *, tz: str | None = None) -> Expression:
        """The day of the year, from 1.

        >>> from datetime import date
        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").dt.day_of_year(), x=date(2024, 12, 31))
        366
        """
        return self._of.call("dt.day_of_year", tz=tz)

    def week(self, *, tz: str | None = None) -> Expression:
        """The week of ISO 8601, which the last days of a year may share with the next one.

        >>> from datetime import datetime
        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").dt.week(), x=datetime(2024, 12, 30))
        1
        """
        return self._of.call("dt.week", tz=tz)

    def quarter(self, *, tz: str | None = None) -> Expression:
        """The quarter of the year, 1 to 4.

        >>> from datetime import datetime
        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").dt.quarter(), x=datetime(1969, 12, 31, 23, 59, 59, 999999))
        4
        """
        return self._of.call("dt.quarter", tz=tz)

    def date(self, *, tz: str | None = None) -> Expression:
        """The date.

        >>> from datetime import datetime
        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").dt.date(tz="America/New_York"), x=datetime(2024, 1, 1))
        datetime.date(2023, 12, 31)
        """
        return self._of.call("dt.date", tz=tz)

    def truncate(self, unit: str, *, tz: str | None = None) -> Expression:
        """The beginning of the year, quarter, month, week, day, hour, minute, second, millisecond or microsecond.

        Weeks begin on Monday. A day of a time zone begins with its first instant, which need not be midnight; of
        parts of a day what the clock there shows beyond them is taken off.

        >>> from datetime import datetime
        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of(rw.col("x").dt.truncate("month", tz="Europe/Paris"), x=datetime(2024, 3, 31, 12))
        datetime.datetime(2024, 2, 29, 23, 0)
        """
        return self._of.call("dt.truncate", unit=unit, tz=tz)

    def total_seconds(self) -> Expression:
        """The seconds of a duration, with fractions.

        >>> from datetime import date, datetime
        >>> import ropeway as rw
        >>> from ropeway.transforms.expressions.row import value_of
        >>> value_of((rw.col("x") - rw.col("y")).dt.total_seconds(), x=datetime(2024, 1, 2), y=date(2024, 1, 1))
        86400.0
        """
        return self._of.call("dt.total_seconds")
