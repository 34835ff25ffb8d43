"""Lists: how long, what is in them, one number of each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.catalogue.base import Input, OfColumn, State, is_whole
from ropeway.transforms.errors import DataError, DeclarationError, SchemaError
from ropeway.transforms.expressions.kinds import kind_of
from ropeway.transforms.kernels.nested import REDUCTIONS, reduced
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.program.functions import as_floats

__all__ = [
    "ListContains",
    "ListElement",
    "ListLength",
    "ListMax",
    "ListMean",
    "ListMin",
    "ListSlice",
    "ListStd",
    "ListSum",
    "TopKOfList",
]

Ints = npt.NDArray[np.int64]
NUMBERS = ("bool", "int", "float", "decimal", "null")


def spans(array: pa.Array) -> tuple[Ints, Ints, pa.Array]:
    """Where the elements of each row begin and end in the array that comes third; an absent list is empty."""
    offsets = array.offsets.to_numpy().astype(np.int64)
    values = array.values.slice(offsets[0], offsets[-1] - offsets[0]) if len(offsets) else array.values
    starts, ends = offsets[:-1] - offsets[0], offsets[1:] - offsets[0]
    if array.null_count:
        ends = np.where(array.is_valid().to_numpy(zero_copy_only=False), ends, starts)
    return starts, ends, values


def given_list(value: Any) -> list[Any]:
    """A list of a row; raises `DataError` for anything else."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, list | tuple):
        raise DataError(f"the row holds {value!r}, of type {type(value).__name__}: expected a list.")
    return [None if isinstance(one, float) and math.isnan(one) else one for one in value]


def given_numbers(value: Any) -> list[float | None]:
    """A list of numbers of a row; raises `DataError` for anything else."""
    try:
        return [None if one is None else float(one) for one in given_list(value)]
    except (TypeError, ValueError) as error:
        raise DataError(f"the row holds {value!r}: expected a list of numbers.") from error


def element_type(kind: pa.DataType) -> pa.DataType:
    """The type of a list's elements."""
    return kind.value_type


@dataclass(frozen=True)
class _Length:
    types = (pa.float64(),)

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        return (pc.list_value_length(arrays[0]).cast(pa.float64()),)

    def row(self, *values: Any) -> Sequence[Any]:
        return (None if values[0] is None else float(len(given_list(values[0]))),)


@dataclass(frozen=True, repr=False)
class ListLength(OfColumn):
    """How many elements a list has, missing ones too; 0 of an empty list, missing where there is no list.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"tags": [["a", None], [], None]})
    >>> (rw.Pipeline("p")["tags"] >> T.ListLength()).fit(frame).transform(frame)["tags"].tolist()
    [2.0, 0.0, nan]
    """

    takes = "list"
    oracle = "len"

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [made.number(made.call(_Length(), [value])[0])]


@dataclass(frozen=True)
class _Elements:
    """The elements at some places, from the end where a place is negative."""

    places: tuple[int, ...]
    type: pa.DataType

    @property
    def types(self) -> tuple[pa.DataType, ...]:
        return (self.type,) * len(self.places)

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        starts, ends, values = spans(arrays[0])
        made = []
        for place in self.places:
            at = (starts if place >= 0 else ends) + place
            made.append(values.take(pa.array(at, mask=(at < starts) | (at >= ends))))
        return made

    def row(self, *values: Any) -> Sequence[Any]:
        if values[0] is None:
            return (None,) * len(self.places)
        some = given_list(values[0])
        return [some[place] if -len(some) <= place < len(some) else None for place in self.places]


@dataclass(frozen=True, repr=False)
class ListElement(OfColumn):
    """The element of a list at `index`, from 0; negative ones count from the end. Missing where there is none.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"stops": [["EWR", "ORD", "SFO"], ["JFK"], [], None]})
    >>> (rw.Pipeline("p")["stops"] >> T.ListElement(-1)).fit(frame).transform(frame)["stops"].tolist()
    ['SFO', 'JFK', None, None]
    """

    takes = "list"
    index: int = 0
    oracle = "list[index]"

    def __post_init__(self) -> None:
        given: Any = self.index
        if not isinstance(given, int) or isinstance(given, bool):
            raise DeclarationError(f"ListElement(index={self.index!r}): expected a whole number.")

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return made.call(_Elements((self.index,), element_type(value.type)), [value])


@dataclass(frozen=True, repr=False)
class TopKOfList(OfColumn):
    """The first `k` elements of a list as columns {column}_0, {column}_1, ...; missing where a list is shorter.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"best": [[3.0, 2.0, 1.0], [5.0], None]})
    >>> (rw.Pipeline("p")["best"] >> T.TopKOfList(k=2)).fit(frame).transform(frame).to_numpy().tolist()
    [[3.0, 2.0], [5.0, nan], [nan, nan]]
    """

    takes = "list"
    k: int = 3
    oracle = "own reference"

    def __post_init__(self) -> None:
        self._positive("k")

    def names_of(self, column: str, state: State) -> Sequence[str]:
        return [f"{column}_{at}" for at in range(self.k)]

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        found = made.call(_Elements(tuple(range(self.k)), element_type(value.type)), [value])
        return [made.number(one) if one.is_number else one for one in found]


@dataclass(frozen=True)
class _Slice:
    start: int | None
    stop: int | None
    type: pa.DataType

    @property
    def types(self) -> tuple[pa.DataType, ...]:
        return (self.type,)

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        (array,) = arrays
        starts, ends, values = spans(array)
        sizes = ends - starts
        begin, end = (_bounded(one, sizes) for one in (self.start or 0, self.stop))
        wide = np.maximum(end - begin, 0)
        offsets = np.concatenate([[0], np.cumsum(wide)])
        # the number of each kept element: of its row's first one, and on
        at = np.repeat(starts + begin - offsets[:-1], wide) + np.arange(offsets[-1])
        places = pa.array(offsets.astype(np.int32))
        made = pa.ListArray.from_arrays(places, values.take(pa.array(at)), type=self.type)
        return (pc.if_else(array.is_valid(), made, pa.scalar(None, self.type)) if array.null_count else made,)

    def row(self, *values: Any) -> Sequence[Any]:
        return (None if values[0] is None else given_list(values[0])[self.start : self.stop],)


def _bounded(place: int | None, sizes: Ints) -> Ints:
    if place is None:
        return sizes
    return np.clip(place if place >= 0 else sizes + place, 0, sizes)


@dataclass(frozen=True, repr=False)
class ListSlice(OfColumn):
    """The elements of a list from `start` to before `stop`, as Python's list[start:stop]; a list.

    >>> from ropeway import transforms as T
    >>> import pyarrow as pa, ropeway as rw
    >>> table = pa.table({"stops": [["EWR", "ORD", "SFO"], ["JFK"], None]})
    >>> (rw.Pipeline("p")["stops"] >> T.ListSlice(start=-2)).fit(table).transform(table)["stops"].to_pylist()
    [['ORD', 'SFO'], ['JFK'], None]
    """

    takes = "list"
    start: int | None = None
    stop: int | None = None
    oracle = "list[start:stop]"

    def __post_init__(self) -> None:
        for name in ("start", "stop"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
                raise DeclarationError(f"ListSlice({name}={value!r}): expected a whole number or None.")

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return made.call(_Slice(self.start, self.stop, value.type), [value])


@dataclass(frozen=True)
class _Contains:
    value: Any
    type: pa.DataType
    types = (pa.float64(),)

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        (array,) = arrays
        starts, ends, values = spans(array)
        hits = pc.fill_null(pc.equal(values, pa.scalar(self.value, self.type)), False).to_numpy(zero_copy_only=False)
        before = np.concatenate([[0], np.cumsum(hits)])
        found = (before[ends] > before[starts]).astype(np.float64)
        mask = array.is_null().to_numpy(zero_copy_only=False)
        return (pa.array(found, mask=mask),)

    def row(self, *values: Any) -> Sequence[Any]:
        if values[0] is None:
            return (None,)
        return (float(any(one is not None and one == self.value for one in given_list(values[0]))),)


@dataclass(frozen=True, repr=False)
class ListContains(OfColumn):
    """1 where a list has an element equal to `value`, else 0; missing where there is no list.

    A missing element equals nothing. The value must be of the type of the elements.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"stops": [["EWR", None], [None], [], None]})
    >>> (rw.Pipeline("p")["stops"] >> T.ListContains("EWR")).fit(frame).transform(frame)["stops"].tolist()
    [1.0, 0.0, 0.0, nan]
    """

    takes = "list"
    value: Any = None
    oracle = "value in list"

    def __post_init__(self) -> None:
        if not isinstance(self.value, str | bytes | int | float) or self.value != self.value:
            raise DeclarationError(
                f"ListContains({self.value!r}): expected text, bytes, a number or a boolean that an element may be."
            )

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        for one in inputs:
            kind = element_type(one.type)
            try:
                fits = pa.scalar(self.value, kind).as_py() == self.value
            except (pa.ArrowException, TypeError, ValueError, OverflowError):
                fits = False
            if not fits or (isinstance(self.value, bool) != pa.types.is_boolean(kind)):
                raise SchemaError(f"{self!r} of column {one.name!r}: its elements are {kind}, and can't be that value.")

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [made.number(made.call(_Contains(self.value, element_type(value.type)), [value])[0])]


@dataclass(frozen=True)
class _Reduced:
    """One float of the floats of a list."""

    code: int
    ddof: int
    types = (pa.float64(),)

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        (array,) = arrays
        starts, ends, values = spans(array)
        out = np.empty(len(starts))
        reduced(self.code, starts, ends, np.ascontiguousarray(as_floats(values)), self.ddof, out)
        mask = np.isnan(out) | array.is_null().to_numpy(zero_copy_only=False)
        return (pa.array(out, mask=mask),)

    def row(self, *values: Any) -> Sequence[Any]:
        if values[0] is None:
            return (None,)
        some = np.array([np.nan if one is None else one for one in given_numbers(values[0])])
        out = np.empty(1)
        reduced(self.code, np.zeros(1, np.int64), np.array([len(some)]), some, self.ddof, out)
        return (None if np.isnan(out[0]) else float(out[0]),)


@dataclass(frozen=True, repr=False)
class _OfNumbers(OfColumn):
    """What reductions share: lists of numbers, each as one number."""

    takes = "list"
    reduction: ClassVar[str] = ""

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        for one in inputs:
            if kind_of(element_type(one.type)) not in NUMBERS:
                raise SchemaError(f"{self!r} of column {one.name!r}: expected lists of numbers, got {one.type}.")

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        function = _Reduced(REDUCTIONS.index(self.reduction), getattr(self, "ddof", 0))
        return [made.number(made.call(function, [value])[0])]


@dataclass(frozen=True, repr=False)
class ListSum(_OfNumbers):
    """The sum of a list of numbers, in their order, without the missing ones; 0 of an empty list.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"legs": [[1.0, None, 2.5], [], None]})
    >>> (rw.Pipeline("p")["legs"] >> T.ListSum()).fit(frame).transform(frame)["legs"].tolist()
    [3.5, 0.0, nan]
    """

    reduction = "sum"
    oracle = "numpy.nansum"


@dataclass(frozen=True, repr=False)
class ListMean(_OfNumbers):
    """The mean of a list of numbers, without the missing ones; missing where there is none.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"legs": [[1.0, None, 2.5], [], None]})
    >>> (rw.Pipeline("p")["legs"] >> T.ListMean()).fit(frame).transform(frame)["legs"].tolist()
    [1.75, nan, nan]
    """

    reduction = "mean"
    oracle = "numpy.nanmean"


@dataclass(frozen=True, repr=False)
class ListMin(_OfNumbers):
    """The least of a list of numbers, without the missing ones; missing where there is none.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"legs": [[1.0, None, 2.5], [], None]})
    >>> (rw.Pipeline("p")["legs"] >> T.ListMin()).fit(frame).transform(frame)["legs"].tolist()
    [1.0, nan, nan]
    """

    reduction = "min"
    oracle = "numpy.nanmin"


@dataclass(frozen=True, repr=False)
class ListMax(_OfNumbers):
    """The greatest of a list of numbers, without the missing ones; missing where there is none.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"legs": [[1.0, None, 2.5], [], None]})
    >>> (rw.Pipeline("p")["legs"] >> T.ListMax()).fit(frame).transform(frame)["legs"].tolist()
    [2.5, nan, nan]
    """

    reduction = "max"
    oracle = "numpy.nanmax"


@dataclass(frozen=True, repr=False)
class ListStd(_OfNumbers):
    """The standard deviation of a list of numbers, without the missing ones, with `ddof` less than their number.

    Of the population by default, as numpy has it (pandas takes ddof 1); missing of no more than `ddof` numbers.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"legs": [[1.0, None, 3.0], [7.0], []]})
    >>> (rw.Pipeline("p")["legs"] >> T.ListStd()).fit(frame).transform(frame)["legs"].tolist()
    [1.0, 0.0, nan]
    """

    ddof: int = 0
    reduction = "std"
    oracle = "numpy.nanstd"

    def __post_init__(self) -> None:
        if not is_whole(self.ddof, 0):
            raise DeclarationError(f"ListStd(ddof={self.ddof!r}): expected a whole number, 0 or more.")
