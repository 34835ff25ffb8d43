"""Steps of a program that numba can't compile: on text, bytes, lists, or by Python."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.expressions.kinds import converted


class Function(Protocol):
    """Columns out of columns, and values out of the values of a row, with the same answers.

    Missing is null in columns and None in rows; NaN does not occur in either.
    """

    @property
    def types(self) -> tuple[pa.DataType, ...]:
        """The types of what it gives."""

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        """One array per output, as long as those given."""

    def row(self, *values: Any) -> Sequence[Any]:
        """One value per output."""


@dataclass(frozen=True)
class OfEach:
    """A Python function of the values of one column, called once for each distinct value; None of None."""

    of: Callable[[Any], Any]
    type: pa.DataType

    @property
    def types(self) -> tuple[pa.DataType, ...]:
        return (self.type,)

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        (array,) = arrays
        if pa.types.is_nested(array.type):
            return (pa.array([None if one is None else self.of(one) for one in array.to_pylist()], self.type),)
        found = pc.dictionary_encode(array)
        answers = pa.array([None if one is None else self.of(one) for one in found.dictionary.to_pylist()], self.type)
        return (answers.take(found.indices),)

    def row(self, *values: Any) -> Sequence[Any]:
        (value,) = values
        return (None if value is None else self.of(value),)


@dataclass(frozen=True)
class OfRows:
    """A Python function of the values of one row, which may be None, called for each row; it gives a tuple."""

    of: Callable[..., Sequence[Any]]
    types: tuple[pa.DataType, ...]

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        rows = [self.of(*values) for values in zip(*(array.to_pylist() for array in arrays), strict=True)]
        made = zip(*rows, strict=True) if rows else [()] * len(self.types)
        return [pa.array(column, kind) for column, kind in zip(made, self.types, strict=True)]

    def row(self, *values: Any) -> Sequence[Any]:
        return self.of(*values)


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

    types = (pa.float64(),)

    def __init__(self, categories: pa.Array) -> None:
        self.categories = categories
        self._codes = {category: float(code) for code, category in enumerate(categories.to_pylist())}

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        (array,) = arrays
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


def as_floats(array: pa.Array) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The values of a column of numbers as float64, NaN where there is none."""
    kind = array.type
    if pa.types.is_decimal(kind):
        array = array.cast(pa.string()).cast(pa.float64())  # Arrow's own cast may be off by one bit
    elif pa.types.is_boolean(kind):
        array = array.cast(pa.int8())
    if array.null_count and not pa.types.is_floating(array.type):
        array = array.cast(pa.float64(), safe=False)
    made: np.ndarray[Any, np.dtype[np.float64]] = array.to_numpy(zero_copy_only=False).astype(np.float64, copy=False)
    return made
