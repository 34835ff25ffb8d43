"""Steps of a program that numba can't compile: on text, bytes, lists, or by Python."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.expressions.kinds import converted

#: many numbers of a row, of which most are 0: the places of the others, and what stands there. In a row it is a pair
#: of arrays. `Builder.vector` makes registers of it.
VECTOR = pa.large_list(pa.struct([pa.field("place", pa.int32(), False), pa.field("number", pa.float64(), False)]))


class Function(Protocol):
    """Columns out of columns, and values out of the values of a row, with the same answers.

    Missing is null in columns and None in rows; NaN does not occur in either, but in numbers of a VECTOR. A function
    that says `takes_encoded = True` is also given dictionaries of text, whose values are distinct and not null.
    """

    @property
    def types(self) -> tuple[pa.DataType, ...]:
        """The types of what it gives."""

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        """One array per output, as long as those given."""

    def row(self, *values: Any) -> Sequence[Any]:
        """One value per output."""


def decoded(column: Any) -> Any:
    """A column without a dictionary; any other as it is."""
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def encoded(array: pa.Array) -> pa.DictionaryArray:
    """A column as a dictionary of the values that are in it, not null, each once."""
    if not pa.types.is_dictionary(array.type):
        return pc.dictionary_encode(array)
    codes = array.indices.drop_null().to_numpy()
    used = np.bincount(codes, minlength=len(array.dictionary)) > 0
    if used.all():
        return array
    numbers = pa.array((np.cumsum(used) - 1).astype(np.int32))
    return pa.DictionaryArray.from_arrays(numbers.take(array.indices), array.dictionary.filter(pa.array(used)))


@dataclass(frozen=True)
class OfEach:
    """A Python function of the values of one column, called once for each distinct value; None of None."""

    takes_encoded = True

    of: Callable[[Any], Any]
    type: pa.DataType

    @property
    def types(self) -> tuple[pa.DataType, ...]:
        return (self.type,)

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        (array,) = arrays
        if pa.types.is_nested(array.type):
            return (pa.array([None if one is None else self.of(one) for one in array.to_pylist()], self.type),)
        found = encoded(array)
        answers = pa.array([None if one is None else self.of(one) for one in found.dictionary.to_pylist()], self.type)
        return (answers.take(found.indices),)

    def row(self, *values: Any) -> Sequence[Any]:
        (value,) = values
        return (None if value is None else self.of(value),)


@dataclass(frozen=True)
class OfDistinct:
    """A Python function of the values of some columns that gives a tuple, called once for each combination of values.

    None of a row with a missing value.
    """

    takes_encoded = True

    of: Callable[..., Sequence[Any]]
    types: tuple[pa.DataType, ...]

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        found = [encoded(array) for array in arrays]
        keys, whole = np.zeros(len(arrays[0]), np.int64), np.ones(len(arrays[0]), np.bool_)
        for one in found:
            keys = keys * max(len(one.dictionary), 1) + one.indices.fill_null(0).to_numpy().astype(np.int64)
            if one.null_count:
                whole &= one.is_valid().to_numpy(zero_copy_only=False)
        _, first, which = np.unique(np.where(whole, keys, -1), return_index=True, return_inverse=True)
        rows = pa.array(first)
        values = [one.take(rows).to_pylist() for one in arrays]
        nothing = (None,) * len(self.types)
        answers = [nothing if None in row else self.of(*row) for row in zip(*values, strict=True)]
        columns = zip(*answers, strict=True) if answers else [()] * len(self.types)
        numbers = pa.array(which)
        return [pa.array(column, kind).take(numbers) for column, kind in zip(columns, self.types, strict=True)]

    def row(self, *values: Any) -> Sequence[Any]:
        return (None,) * len(self.types) if None in values else self.of(*values)


@dataclass(frozen=True)
class OfElements:
    """Lists with a Python function of text in place of each element, called once for each distinct one.

    An element of which it gives None is left out; null elements stay.
    """

    of: Callable[[str], str | None]
    types = (pa.list_(pa.string()),)

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        (array,) = arrays
        sizes = pc.list_value_length(array).fill_null(0).to_numpy().astype(np.int64)
        found = pc.dictionary_encode(array.flatten().cast(pa.string()))
        made = [self.of(one) for one in found.dictionary.to_pylist()]
        codes = found.indices.fill_null(len(made)).to_numpy()
        kept = np.array([one is not None for one in made] + [True])[codes]
        counts = np.concatenate([[0], np.cumsum(kept)])
        ends = counts[np.concatenate([[0], np.cumsum(sizes)])]
        values = pa.array([*made, None], pa.string()).take(pa.array(codes[kept]))
        mask = array.is_null() if array.null_count else None
        return (pa.ListArray.from_arrays(pa.array(ends, pa.int32()), values, mask=mask),)

    def row(self, *values: Any) -> Sequence[Any]:
        (value,) = values
        if value is None:
            return (None,)
        made = [(one, one if one is None else self.of(one)) for one in value]
        return ([other for one, other in made if one is None or other is not None],)


@dataclass(frozen=True)
class Cast:
    """The same value in another type of its kind."""

    type: pa.DataType

    @property
    def types(self) -> tuple[pa.DataType, ...]:
        return (self.type,)

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        (array,) = arrays
        if pa.types.is_floating(self.type):
            return (pa.array(as_floats(array), from_pandas=True),)
        return (converted(array, self.type),)

    def row(self, *values: Any) -> Sequence[Any]:
        (value,) = values
        return (float(value) if value is not None and pa.types.is_floating(self.type) else value,)


class Codes:
    """The number of a category in a list of them: -1 for one that is not in it, null for a missing value."""

    takes_encoded = True
    types = (pa.float64(),)

    def __init__(self, categories: pa.Array) -> None:
        self.categories = categories
        self._codes = {category: float(code) for code, category in enumerate(categories.to_pylist())}
        #: the code of a category, or what else is given
        self.code = self._codes.get

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        (array,) = arrays
        if pa.types.is_dictionary(array.type):
            (of,) = self.columns([array.dictionary])
            return (of.take(array.indices),)
        if array.type != self.categories.type:
            array = array.cast(self.categories.type)
        found = pc.index_in(array, value_set=self.categories).fill_null(-1).cast(pa.float64())
        if array.null_count:
            found = pc.if_else(pc.is_valid(array), found, pa.scalar(None, pa.float64()))
        return (found,)

    def row(self, *values: Any) -> Sequence[Any]:
        (value,) = values
        return (None if value is None else self._codes.get(value, -1.0),)

    def __reduce__(self) -> tuple[Any, ...]:
        return Codes, (self.categories,)


def vectors(
    ends: npt.NDArray[np.int64], places: npt.NDArray[np.int32], numbers: npt.NDArray[np.float64], missing: pa.Array
) -> pa.Array:
    """A column of the type VECTOR: row i has places[ends[i]:ends[i + 1]]; `missing` says which rows are null."""
    values = pa.StructArray.from_arrays([pa.array(places), pa.array(numbers)], fields=list(VECTOR.value_type))
    mask = missing if missing.true_count else None
    return pa.LargeListArray.from_arrays(pa.array(ends), values, type=VECTOR, mask=mask)


def as_floats(array: pa.Array) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The values of a column of numbers as float64, NaN where there is none."""
    kind = array.type
    if pa.types.is_decimal(kind):
        array = converted(array, pa.float64())  # Arrow's own cast may be off by one bit
    elif pa.types.is_boolean(kind):
        array = array.cast(pa.int8())
    if array.null_count and not pa.types.is_floating(array.type):
        array = array.cast(pa.float64(), safe=False)
    made: np.ndarray[Any, np.dtype[np.float64]] = array.to_numpy(zero_copy_only=False).astype(np.float64, copy=False)
    return made
