"""Columns as vectors, vectors as columns, and entries of maps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.catalogue.base import Input, OfColumn, State, Transform, is_whole
from ropeway.transforms.catalogue.lists import NUMBERS, element_type, given_list, given_numbers, spans
from ropeway.transforms.errors import DataError, DeclarationError, SchemaError
from ropeway.transforms.expressions.kinds import kind_of
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.program.functions import as_floats

__all__ = ["MapGet", "Unpack", "VectorAssembler", "VectorSlicer"]

VECTOR = pa.list_(pa.float64())


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind))


def check_vectors(what: Transform, inputs: Sequence[Input]) -> None:
    """Raise `SchemaError` for lists of other things than numbers."""
    for one in inputs:
        if _is_list(one.type) and kind_of(element_type(one.type)) not in NUMBERS:
            raise SchemaError(f"{what!r} of column {one.name!r}: expected lists of numbers, got {one.type}.")


@dataclass(frozen=True)
class _Assembled:
    """Numbers and lists of them, one behind the other; none where a list is missing."""

    types = (VECTOR,)

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        rows = len(arrays[0])
        parts = []
        valid = np.ones(rows, bool)
        for array in arrays:
            if _is_list(array.type):
                starts, ends, values = spans(array)
                valid &= array.is_valid().to_numpy(zero_copy_only=False)
            else:
                starts, ends, values = np.arange(rows), np.arange(1, rows + 1), array
            parts.append((starts, ends, as_floats(values)))
        wide = np.array([np.where(valid, ends - starts, 0) for starts, ends, _ in parts]).reshape(len(parts), rows)
        offsets = np.concatenate([[0], np.cumsum(wide.sum(axis=0))]).astype(np.int64)
        made = np.empty(offsets[-1])
        begin = offsets[:-1].copy()
        for (starts, _, values), sizes in zip(parts, wide, strict=True):
            first = np.cumsum(sizes) - sizes
            inside = np.arange(sizes.sum())
            made[np.repeat(begin - first, sizes) + inside] = values[np.repeat(starts - first, sizes) + inside]
            begin += sizes
        lists = pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), pa.array(made, from_pandas=True), VECTOR)
        return (lists if valid.all() else pc.if_else(pa.array(valid), lists, pa.scalar(None, VECTOR)),)

    def row(self, *values: Any) -> Sequence[Any]:
        made: list[float | None] = []
        for value in values:
            made += given_numbers(value if isinstance(value, list | tuple | np.ndarray) else [value])
        return (made,)


@dataclass(frozen=True)
class _AssembledLists(_Assembled):
    """The same where some are lists: which of them."""

    lists: tuple[bool, ...]

    def row(self, *values: Any) -> Sequence[Any]:
        if any(value is None and is_list for value, is_list in zip(values, self.lists, strict=True)):
            return (None,)
        return super().row(*values)


@dataclass(frozen=True, repr=False)
class VectorAssembler(Transform):
    """All columns, numbers and lists of numbers, as one list of floats in their order, called "features".

    A missing number is a missing element; where a list is missing, how many elements that would be is not known, and
    the vector is missing (Spark raises for both, unless told otherwise).

    >>> from ropeway import transforms as T
    >>> import pyarrow as pa, ropeway as rw
    >>> table = pa.table({"x": [1, None], "v": [[0.5, 0.25], [2.0, 3.0]]})
    >>> (rw.Pipeline("p")["x", "v"] >> T.VectorAssembler()).fit(table).transform(table)["features"].to_pylist()
    [[1.0, 0.5, 0.25], [None, 2.0, 3.0]]
    """

    takes = "any"
    oracle = "pyspark.ml.feature.VectorAssembler"

    def check(self, inputs: Sequence[Input]) -> None:
        check_vectors(self, inputs)
        for one in inputs:
            if not _is_list(one.type) and kind_of(one.type) not in NUMBERS:
                raise SchemaError(
                    f"{self!r} of column {one.name!r}: expected numbers or lists of them, got {one.type}."
                )

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return ["features"]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        lists = tuple(_is_list(one.type) for one in inputs)
        return made.call(_AssembledLists(lists), inputs)


@dataclass(frozen=True)
class _Picked:
    """The elements of a list at some places, as a list."""

    places: tuple[int, ...]
    type: pa.DataType

    @property
    def types(self) -> tuple[pa.DataType, ...]:
        return (self.type,)

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        (array,) = arrays
        starts, ends, values = spans(array)
        at = starts[:, None] + np.array(self.places)
        taken = values.take(pa.array(at.ravel(), mask=(at >= ends[:, None]).ravel()))
        offsets = pa.array(np.arange(len(starts) + 1, dtype=np.int32) * len(self.places))
        made = pa.ListArray.from_arrays(offsets, taken, type=self.type)
        return (pc.if_else(array.is_valid(), made, pa.scalar(None, self.type)) if array.null_count else made,)

    def row(self, *values: Any) -> Sequence[Any]:
        if values[0] is None:
            return (None,)
        some = given_list(values[0])
        return ([some[place] if place < len(some) else None for place in self.places],)


@dataclass(frozen=True, repr=False)
class VectorSlicer(OfColumn):
    """The elements of a list at some places from 0, in that order, as a list; missing where a list is shorter.

    >>> from ropeway import transforms as T
    >>> import pyarrow as pa, ropeway as rw
    >>> table = pa.table({"v": [[1.0, 2.0, 3.0], [4.0], None]})
    >>> (rw.Pipeline("p")["v"] >> T.VectorSlicer(indices=(2, 0))).fit(table).transform(table)["v"].to_pylist()
    [[3.0, 1.0], [None, 4.0], None]
    """

    takes = "list"
    indices: tuple[int, ...] = ()
    oracle = "pyspark.ml.feature.VectorSlicer"

    def __post_init__(self) -> None:
        given: Any = self.indices
        if not isinstance(given, tuple | list) or not given or not all(is_whole(one, 0) for one in given):
            raise DeclarationError(f"VectorSlicer(indices={given!r}): expected one whole number from 0 on, or more.")
        object.__setattr__(self, "indices", tuple(given))

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return made.call(_Picked(self.indices, value.type), [value])


@dataclass(frozen=True)
class _Unpacked:
    """Each element of a list of so many."""

    size: int
    column: str

    @property
    def types(self) -> tuple[pa.DataType, ...]:
        return (pa.float64(),) * self.size

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        (array,) = arrays
        starts, ends, values = spans(array)
        valid = array.is_valid().to_numpy(zero_copy_only=False)
        wrong = valid & (ends - starts != self.size)
        if wrong.any():
            first = int(np.flatnonzero(wrong)[0])
            raise DataError(
                f"{int(wrong.sum()):,} of {len(starts):,} rows of column {self.column!r} hold lists of other than "
                f"{self.size} elements, such as one of {int((ends - starts)[first])}."
            )
        block = np.full((self.size, len(starts)), np.nan)
        block[:, valid] = as_floats(values)[(starts[valid][:, None] + np.arange(self.size))].T
        return [pa.array(one, from_pandas=True) for one in block]

    def row(self, *values: Any) -> Sequence[Any]:
        if values[0] is None:
            return (None,) * self.size
        some = given_numbers(values[0])
        if len(some) != self.size:
            raise DataError(
                f"column {self.column!r} of the row is a list of {len(some)} elements, expected {self.size}."
            )
        return some


@dataclass(frozen=True, repr=False)
class Unpack(OfColumn):
    """The elements of lists of one length, such as embeddings, as columns {column}_0, {column}_1, ...

    size: how many there are. A missing list gives missing values; one of another length is a `DataError`:
    `TopKOfList` takes lists of any length.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"v": [[1.0, 2.0], None]})
    >>> (rw.Pipeline("p")["v"] >> T.Unpack(size=2)).fit(frame).transform(frame).to_numpy().tolist()
    [[1.0, 2.0], [nan, nan]]
    """

    takes = "list"
    size: int = 0
    oracle = "numpy"

    def __post_init__(self) -> None:
        self._positive("size")

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        check_vectors(self, inputs)

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        return {"column": column.name}

    def names_of(self, column: str, state: State) -> Sequence[str]:
        return [f"{column}_{at}" for at in range(self.size)]

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        found = made.call(_Unpacked(self.size, state["column"]), [value])
        return [made.number(one) for one in found]


@dataclass(frozen=True)
class _Entry:
    """The value of a key of maps, or of a field of structs."""

    key: Any
    type: pa.DataType
    default: Any

    @property
    def types(self) -> tuple[pa.DataType, ...]:
        return (self.type,)

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        (array,) = arrays
        if pa.types.is_struct(array.type):
            found = pc.struct_field(array, [self.key])
        else:
            # of a key that is there twice the last value counts, as in a dict
            found = pc.map_lookup(array, pa.scalar(self.key, array.type.key_type), "last")
        if self.default is not None:
            # of no map at all nothing is known, also not that the key is not in it
            filled = pc.fill_null(found, pa.scalar(self.default, self.type))
            found = pc.if_else(array.is_valid(), filled, pa.scalar(None, self.type))
        return (found,)

    def row(self, *values: Any) -> Sequence[Any]:
        (value,) = values
        if value is None:
            return (None,)
        if not isinstance(value, Mapping):
            try:
                value = dict(value)  # what Arrow makes of a map
            except (TypeError, ValueError) as error:
                raise DataError(f"the row holds {value!r}: expected a dict.") from error
        found = value.get(self.key)
        return (self.default if found is None or (isinstance(found, float) and math.isnan(found)) else found,)


@dataclass(frozen=True, repr=False)
class MapGet(OfColumn):
    """The value of `key` in each map, or of a field in each struct; `default` where the key is not there, or its value.

    Missing where there is no map at all, also with a default. Called {column}_{key}.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"fares": [{"Y": 99.0, "J": 500.0}, {"Y": 120.0}, None]})
    >>> (rw.Pipeline("p")["fares"] >> T.MapGet("J", default=0.0)).fit(frame).transform(frame)["fares_J"].tolist()
    [500.0, 0.0, nan]
    """

    takes = "map"
    key: Any = None
    default: Any = None
    oracle = "dict.get"

    def __post_init__(self) -> None:
        if not isinstance(self.key, str | bytes | int | float):
            raise DeclarationError(f"MapGet({self.key!r}): expected a key: text, bytes or a number.")

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        for one in inputs:
            if pa.types.is_struct(one.type):
                fields = [one.type.field(at).name for at in range(one.type.num_fields)]
                if self.key not in fields:
                    raise SchemaError(
                        f"{self!r} of column {one.name!r}: it has no field {self.key!r}. It has: {', '.join(fields)}."
                    )
            elif not _holds(self.key, one.type.key_type):
                raise SchemaError(f"{self!r} of column {one.name!r}: its keys are {one.type.key_type}.")
            if self.default is not None and not _holds(self.default, _entry_type(one.type, self.key)):
                raise SchemaError(
                    f"{self!r} of column {one.name!r}: the default is no value of {_entry_type(one.type, self.key)}."
                )

    def names_of(self, column: str, state: State) -> Sequence[str]:
        return (f"{column}_{self.key}",)

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        kind = _entry_type(value.type, self.key)
        default = None if self.default is None else pa.scalar(self.default, kind).as_py()
        return made.call(_Entry(self.key, kind, default), [value])


def _entry_type(kind: pa.DataType, key: Any) -> pa.DataType:
    return kind.field(key).type if pa.types.is_struct(kind) else kind.item_type


def _holds(value: Any, kind: pa.DataType) -> bool:
    try:
        return bool(pa.scalar(value, kind).as_py() == value)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return False
