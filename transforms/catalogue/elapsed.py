"""How much time lies between two instants, and what is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from ropeway.transforms import durations
from ropeway.transforms.catalogue.base import Input, State, Transform
from ropeway.transforms.catalogue.clocks import (
    as_dates,
    as_instant,
    checked_unit,
    day_numbers,
    elapsed,
    local_time,
    moment,
)
from ropeway.transforms.errors import DeclarationError, SchemaError
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.windows import checked_zone

__all__ = ["AgeBucket", "BusinessDays", "DatetimeSubtraction", "DaysUntil", "ExponentialDecay", "TimeSince"]


@dataclass(frozen=True, repr=False)
class _Between(Transform):
    """Of each column but the last, and the last one; or of each column and one instant, where a parameter names it."""

    takes = "time"

    @property
    def _other(self) -> str | None:
        """The instant that is the other of each pair, if it is no column."""
        return None

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        if self._other is None and len(inputs) < 2:
            raise SchemaError(
                f"{self!r} takes two columns or more, of which the last is the reference, got {inputs[0].name!r} alone."
            )

    def _pairs(self, made: Builder, inputs: Sequence[Value]) -> list[tuple[Value, Value]]:
        if self._other is not None:
            return [(value, moment(made, value, self._other)) for value in inputs]
        return [(value, inputs[-1]) for value in inputs[:-1]]

    def _named(self, inputs: Sequence[str], alone: str, between: str) -> list[str]:
        if self._other is not None:
            return [f"{name}_{alone}" for name in inputs]
        return [f"{name}_{between}_{inputs[-1]}" for name in inputs[:-1]]


@dataclass(frozen=True, repr=False)
class DatetimeSubtraction(_Between):
    """Each time minus that of the last column, in a unit, named `{column}_sub_{last}`.

    output_unit: Y, M (a year's and a month's average length), W, D, h, m, s, ms, us, ns. One missing time makes the
    difference missing. Dates are midnights in UTC.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"left": pd.to_datetime(["2013-01-02", None]), "came": pd.to_datetime(["2013-01-01"] * 2)})
    >>> p = rw.Pipeline("p")["left", "came"] >> T.DatetimeSubtraction("h")
    >>> p.fit(frame).transform(frame)["left_sub_came"].tolist()
    [24.0, nan]
    """

    output_unit: str = "D"
    oracle = "feature_engine.datetime.DatetimeSubtraction"

    def __post_init__(self) -> None:
        checked_unit(self, "output_unit", self.output_unit)

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return self._named(inputs, "sub", "sub")

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        return [elapsed(made, value, other, self.output_unit) for value, other in self._pairs(made, inputs)]


@dataclass(frozen=True, repr=False)
class TimeSince(_Between):
    """How much time has passed since an instant, in a unit, named `{column}_since`; negative before it.

    reference: a datetime or text such as "2013-01-31T12:00", in UTC unless it says otherwise. The clock of the machine
    plays no part: for a time since now make the time of the request a column, and take `DatetimeSubtraction`.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"at": pd.to_datetime(["2013-01-02 12:00", "2012-12-31 00:00", None])})
    >>> (rw.Pipeline("p")["at"] >> T.TimeSince("2013-01-01")).fit(frame).transform(frame)["at_since"].tolist()
    [1.5, -1.0, nan]
    """

    reference: str | date = "1970-01-01"
    unit: str = "D"
    oracle = "numpy.timedelta64"

    def __post_init__(self) -> None:
        checked_unit(self, "unit", self.unit)
        object.__setattr__(self, "reference", as_instant(self, "reference", self.reference))

    @property
    def _other(self) -> str | None:
        return str(self.reference)

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return self._named(inputs, "since", "since")

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        return [elapsed(made, value, other, self.unit) for value, other in self._pairs(made, inputs)]


@dataclass(frozen=True, repr=False)
class DaysUntil(_Between):
    """How many days there are until a deadline, with their fraction, named `{column}_until`; negative after it.

    deadline: an instant as in `TimeSince`; None: the last column is the deadline, and the name ends with its own.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"at": pd.to_datetime(["2013-01-02 12:00", "2013-01-05 00:00"])})
    >>> (rw.Pipeline("p")["at"] >> T.DaysUntil("2013-01-04")).fit(frame).transform(frame)["at_until"].tolist()
    [1.5, -1.0]
    """

    deadline: str | date | None = None
    oracle = "numpy.timedelta64"

    def __post_init__(self) -> None:
        if self.deadline is not None:
            object.__setattr__(self, "deadline", as_instant(self, "deadline", self.deadline))

    @property
    def _other(self) -> str | None:
        return None if self.deadline is None else str(self.deadline)

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return self._named(inputs, "until", "until")

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        return [elapsed(made, other, value, "D") for value, other in self._pairs(made, inputs)]


@dataclass(frozen=True, repr=False)
class ExponentialDecay(_Between):
    """A weight that halves with each `half_life` of age: 0.5 ** (age / half_life), named `{column}_decay`.

    The age is the time from the column's instant to `reference`, an instant as in `TimeSince`; None: to that of the
    last column. What lies in the future of the reference has the weight 1, as what happens at it.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"at": pd.to_datetime(["2013-01-01", "2013-01-08", "2014-01-01"])})
    >>> p = rw.Pipeline("p")["at"] >> T.ExponentialDecay("7d", reference="2013-01-15")
    >>> p.fit(frame).transform(frame)["at_decay"].tolist()
    [0.25, 0.5, 1.0]
    """

    half_life: str | timedelta = "7d"
    reference: str | date | None = None
    oracle = "numpy"

    def __post_init__(self) -> None:
        if durations.micros(self.half_life, "half-life") <= 0:
            raise DeclarationError(f"ExponentialDecay({self.half_life!r}): expected a half-life longer than nothing.")
        object.__setattr__(self, "half_life", durations.text(self.half_life))
        if self.reference is not None:
            object.__setattr__(self, "reference", as_instant(self, "reference", self.reference))

    @property
    def _other(self) -> str | None:
        return None if self.reference is None else str(self.reference)

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return self._named(inputs, "decay", "decay")

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        micros = float(durations.micros(self.half_life))
        outputs = []
        for value, other in self._pairs(made, inputs):
            age = made.emit("elapsed", [made.integer(other), made.integer(value)], floats=[1.0, micros])
            age = made.emit("clip", age, floats=[0.0, np.inf])
            half = made.emit("constant", age, floats=[0.5])[0]
            outputs.append(made.binary("power", half, age[0]))
        return outputs


@dataclass(frozen=True, repr=False)
class AgeBucket(_Between):
    """The number of the bucket that an age lies in, from 0 on, named `{column}_age`: how many `edges` are not above it.

    The age is that of the column's instant at `reference` (as in `TimeSince`; None: at that of the last column), in
    whole years by the calendar for the unit "Y": someone born on 29 February is a year older on 1 March. Other units
    are those of `DatetimeSubtraction`, with their fraction.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"born": pd.to_datetime(["2000-02-29", "2000-03-01"])})
    >>> p = rw.Pipeline("p")["born"] >> T.AgeBucket((18, 65), reference="2018-02-28")
    >>> p.fit(frame).transform(frame)["born_age"].tolist(), T.AgeBucket().edges
    ([0.0, 0.0], (18, 25, 35, 45, 55, 65))
    """

    edges: Sequence[float] = (18, 25, 35, 45, 55, 65)
    unit: str = "Y"
    reference: str | date | None = None
    oracle = "own reference"

    def __post_init__(self) -> None:
        checked_unit(self, "unit", self.unit)
        edges = tuple(self.edges) if isinstance(self.edges, list | tuple) else ()
        numbers = all(isinstance(one, int | float) and not isinstance(one, bool) and one == one for one in edges)  # noqa: PLR0124  not NaN
        if not edges or not numbers or list(edges) != sorted(set(edges)):
            raise DeclarationError(f"AgeBucket(edges={self.edges!r}): expected a list of rising numbers.")
        object.__setattr__(self, "edges", edges)
        if self.reference is not None:
            object.__setattr__(self, "reference", as_instant(self, "reference", self.reference))

    @property
    def _other(self) -> str | None:
        return None if self.reference is None else str(self.reference)

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return self._named(inputs, "age", "age")

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        outputs = []
        for value, other in self._pairs(made, inputs):
            if self.unit == "Y":
                age = made.emit("whole_years", [made.integer(other), made.integer(value)])[0]
            else:
                age = elapsed(made, other, value, self.unit)
            outputs += made.emit("bin", [age], floats=[float(one) for one in self.edges], count=len(self.edges))
        return outputs


@dataclass(frozen=True, repr=False)
class BusinessDays(_Between):
    """How many working days there are from each column's day to that of the last column, named `{column}_to_{last}`.

    The first day counts and the last one does not; where the last is before the first, it is the negative number of
    those from the last on, without it, as `numpy.busday_count` has it. weekmask: 7 digits, from Monday on. holidays: a
    list of dates, as in `HolidayIndicator`. tz: whose days are counted.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"sent": pd.to_datetime(["2013-12-24"]), "came": pd.to_datetime(["2013-12-30"])})
    >>> p = rw.Pipeline("p")["sent", "came"] >> T.BusinessDays(holidays=["2013-12-25"])
    >>> p.fit(frame).transform(frame)["sent_to_came"].tolist()
    [3.0]
    """

    weekmask: str = "1111100"
    holidays: Sequence[str | date] = ()
    tz: str | None = None
    oracle = "numpy.busday_count"

    def __post_init__(self) -> None:
        mask = self.weekmask
        if not isinstance(mask, str) or len(mask) != 7 or not set(mask) <= {"0", "1"} or "1" not in mask:  # type: ignore[redundant-expr]  # users are not type-checked
            raise DeclarationError(
                f"BusinessDays(weekmask={mask!r}): expected 7 digits from Monday on, 1 for a working day, such as "
                f"'1111100'."
            )
        object.__setattr__(self, "holidays", as_dates(self, "holidays", self.holidays))
        if self.tz is not None:
            checked_zone(self.tz)

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return self._named(inputs, "to", "to")

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        week = [int(one) for one in self.weekmask]
        free = [day for day in day_numbers(list(map(str, self.holidays))) if week[(day + 3) % 7]]
        days = [made.emit("day_number", [local_time(made, one, self.tz)], into=pa.int64())[0] for one in inputs]
        return [
            made.emit("business_days", [days[-1], day], ints=[*week, *free], count=len(free))[0] for day in days[:-1]
        ]
