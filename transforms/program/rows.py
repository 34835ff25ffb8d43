"""A program over one row, which is a mapping of plain Python values."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms.errors import DataError, SchemaError
from ropeway.transforms.expressions.kinds import kind_of
from ropeway.transforms.instructions.fields import MISSING
from ropeway.transforms.program.layout import Layout
from ropeway.transforms.program.unrolled import Unrolled

Floats = npt.NDArray[np.float64]

_NAN = float("nan")
_PLAIN = {float, int, bool, type(None)}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)


class RowProgram:
    """Called with a mapping it gives the outputs, which are numbers, as a float64 vector; `values` gives any as a dict.

    Missing is None or NaN. A missing key raises `SchemaError`, a value of another type `DataError`; other keys are
    ignored.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        names = layout.inputs.names
        read = layout.read
        self._names = tuple(names[at] for at in read)
        self._get: Callable[[Any], Any] = itemgetter(*self._names) if len(read) > 1 else self._get_few
        self._outputs = list(layout.outputs.items())
        self._names_out = tuple(layout.outputs)
        self._numeric = all(value.store == "number" for _, value in self._outputs)
        self._gather = np.array([value.place for _, value in self._outputs], np.int64)
        # columns that are only loaded as numbers need no look at their type of their own
        other = {load.column for one in layout.segments for load in (*one.integers, *one.vectors)}
        other |= {column for one in layout.segments for call in one.calls for column in call.inputs}
        kept = {value.place for _, value in self._outputs if value.store == "column"}
        kept |= {check.shown.place for check in layout.checks if check.shown.store == "column"}
        readers = {at: reader(names[at], layout.inputs.types[at]) for at in read if at in other | kept}
        ways = {"numbers": self._numbers, "as_integer": as_integer, "spread": _spread, "exported": _exported}
        self._work = Unrolled(layout, readers, ways).function(sorted(kept))

    def _get_few(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(row[name] for name in self._names)

    def __call__(self, row: Mapping[str, Any]) -> Floats:
        """The outputs of one row as a float64 vector."""
        if not self._numeric:
            return np.array([_NAN if value is None else value for value in self.values(row).values()], np.float64)
        found: Floats = self._worked(row)[0].take(self._gather)
        return found

    def values(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The outputs of one row by name, as plain Python values; None is missing."""
        registers, held = self._worked(row)
        if self._numeric:
            numbers = registers.take(self._gather)
            found = numbers.tolist()
            if np.isnan(numbers).any():
                found = [None if math.isnan(number) else number for number in found]
            return dict(zip(self._names_out, found, strict=True))
        integers = registers.view(np.int64)
        made: dict[str, Any] = {}
        for name, value in self._outputs:
            made[name] = (
                held[value.place]
                if value.store == "column"
                else _exported(registers, integers, value.place, value.type)
            )
        return made

    def _worked(self, row: Mapping[str, Any]) -> tuple[Floats, dict[int, Any]]:
        try:
            given = self._get(row)
        except KeyError:
            raise _missing(self._names, row) from None
        registers, held = self._work(given)
        if self._layout.checks:
            self._check(registers, held)
        return registers, held

    def _check(self, registers: Floats, held: Mapping[int, Any]) -> None:
        for check in self._layout.checks:
            if registers[check.code.place, 0] == -1.0:
                shown = check.shown
                value = held[shown.place] if shown.store == "column" else float(registers[shown.place, 0])
                raise DataError(f"the row holds {value!r}: {check.message}")

    def _numbers(self, values: Sequence[Any], loads: Sequence[Any]) -> Floats:
        if _PLAIN.issuperset(map(type, values)):
            try:
                return np.array(values, np.float64)
            except OverflowError:  # an int beyond float64
                pass
        names, kinds = self._layout.inputs.names, self._layout.columns
        return np.array([
            as_number(value, names[load.column] if load.column < len(names) else "", kinds[load.column])
            for value, load in zip(values, loads, strict=True)
        ])  # fmt: skip


def _exported(registers: Floats, integers: npt.NDArray[np.int64], register: int, kind: pa.DataType) -> Any:
    """What stands in a register, as a plain value of a type; None if it is missing."""
    if not pa.types.is_float64(kind):
        return _timed(int(integers[register, 0]), kind)
    number = float(registers[register, 0])
    return None if math.isnan(number) else number


def _spread(into: Floats, value: Any) -> None:
    if value is None:
        into[:] = _NAN
        return
    places, numbers = value
    into[:] = 0.0
    into[places] = numbers


def as_number(value: Any, name: str, kind: pa.DataType) -> float:
    """A value of a row as a float, NaN if it is missing; raises `DataError` for what is no number."""
    if value is None:
        return _NAN
    if isinstance(value, int | float | Decimal | np.number | np.bool_):
        return float(value)
    if _is_missing(value):
        return _NAN
    raise _wrong(value, name, kind)


def reader(name: str, kind: pa.DataType) -> Callable[[Any], Any]:
    """What makes of a value of a row the Python value of a column of this type; None if it is missing."""
    takes, make = _READERS.get(kind_of(kind), (object, None))

    def read(value: Any) -> Any:
        if _is_missing(value):
            return None
        if isinstance(value, np.generic):
            value = (
                value.item()
                if not isinstance(value, np.datetime64 | np.timedelta64)
                else value.astype(f"{value.dtype.kind}8[us]").item()
            )
            if value is None:
                return None
        if not isinstance(value, takes) or (takes is int and isinstance(value, float)):
            raise _wrong(value, name, kind)
        return value if make is None else make(value, kind)

    return read


def _instant(value: Any, kind: pa.DataType) -> datetime | None:
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    zone = pa.types.is_timestamp(kind) and kind.tz is not None
    made: datetime = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return made if zone else made.replace(tzinfo=None)


_READERS: dict[str, tuple[Any, Callable[[Any, pa.DataType], Any] | None]] = {
    "string": (str, None),
    "binary": (bytes | bytearray | memoryview, lambda value, _: bytes(value)),
    "bool": (bool | int, lambda value, _: bool(value)),
    "int": (int, None),
    "float": (int | float | Decimal, lambda value, _: float(value)),
    "decimal": (Decimal | int, None),
    "timestamp": (date, _instant),
    "date": (date, lambda value, _: date(value.year, value.month, value.day)),
    "time": (time, None),
    "duration": (timedelta, None),
}


def as_integer(value: Any) -> int:
    """An integer, a boolean or a time as int64, times in microseconds."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, datetime):
        return ((value if value.tzinfo else value.replace(tzinfo=UTC)) - _EPOCH) // _MICRO
    if isinstance(value, date):
        return (value.toordinal() - 719_163) * 86_400_000_000
    if isinstance(value, timedelta):
        return value // _MICRO
    return int(((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond)


def _timed(value: int, kind: pa.DataType) -> Any:
    if value == MISSING:
        return None
    name = kind_of(kind)
    if name == "timestamp":
        made = _EPOCH + timedelta(microseconds=value)
        return made if kind.tz else made.replace(tzinfo=None)
    if name == "date":
        return (_EPOCH + timedelta(microseconds=value)).date()
    if name == "duration":
        return timedelta(microseconds=value)
    if name == "time":
        return (_EPOCH + timedelta(microseconds=value)).time()
    return value


def _is_missing(value: Any) -> bool:
    """Whether it is None, NaN, or what pandas has in their place."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return True
    pandas = sys.modules.get("pandas")
    return pandas is not None and (value is pandas.NA or value is pandas.NaT)


def _missing(names: Sequence[str], row: Mapping[str, Any]) -> SchemaError:
    lacking = [name for name in names if name not in row]
    return SchemaError(
        f"the row has no value of {', '.join(map(repr, lacking))}; it has {', '.join(map(repr, row)) or 'none'}. Give "
        f"None for one that is not known."
    )


def _wrong(value: Any, name: str, kind: pa.DataType) -> DataError:
    return DataError(f"column {name!r} of the row: {value!r} is of type {type(value).__name__}, expected {kind}.")
