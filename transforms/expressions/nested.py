"""Operations of lists and maps. What is missing inside of them is no value: it equals nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.aggregates.base import widened
from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.expressions.arrays import Ints, on_arrays
from ropeway.transforms.expressions.conditions import Comparison, common_type
from ropeway.transforms.expressions.kinds import LARGEST, Values, converted, kind_of, plain
from ropeway.transforms.expressions.operations import Method, Operation
from ropeway.transforms.expressions.rows import conversion, is_missing, reader
from ropeway.transforms.expressions.text import checked_slice

_EQUAL = Comparison("equal", "==")


def _check(operation: Operation, kind: pa.DataType, wanted: str) -> None:
    if kind_of(kind) not in (wanted, "null"):
        raise operation.refuse([kind], f"a {wanted}")


def _spans(array: pa.Array) -> tuple[Ints, Ints, npt.NDArray[np.bool_]]:
    """Where each list or map begins and ends among its values, and which are there."""
    offsets = array.offsets.to_numpy(zero_copy_only=False).astype(np.int64)
    valid = array.is_valid().to_numpy(zero_copy_only=False)
    return offsets[:-1], np.where(valid, offsets[1:], offsets[:-1]), valid


def _inside(array: pa.Array) -> tuple[Ints, Ints]:
    """The places of all values that are in a list or map, and for each the number of that."""
    first, last, _ = _spans(array)
    sizes = last - first
    parents = np.repeat(np.arange(len(array)), sizes)
    places = np.arange(len(parents)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + first[parents]
    return places, parents


def _lists(values: Values) -> Values:
    """Lists in one layout."""
    kind = values.type
    return values if pa.types.is_list(kind) else pc.cast(values, pa.list_(kind.value_type))


def _taken(array: pa.Array, places: Ints, there: npt.NDArray[np.bool_]) -> pa.Array:
    return plain(array.take(pa.array(places, mask=~there)))


@dataclass(frozen=True)
class Size(Method):
    """How many values a list or a map has, missing ones too."""

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        _check(self, kinds[0], self.name.partition(".")[0])
        return pa.int64()

    def compute(self, values: Sequence[Values]) -> Values:
        if pa.types.is_null(values[0].type):
            return converted(values[0], pa.int64())

        def on_array(array: pa.Array) -> pa.Array:
            first, last, valid = _spans(array)
            return pa.array(last - first, mask=~valid)

        return on_arrays(on_array, values[0] if pa.types.is_map(values[0].type) else _lists(values[0]))

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        return len


@dataclass(frozen=True)
class ListGet(Method):
    """The value at some place of a list, from the end if below 0; null where it has none."""

    positional: ClassVar[int] = 1

    index: int = 0

    def check(self) -> None:
        if type(self.index) is not int or abs(self.index) > LARGEST:
            raise DeclarationError(f"get({self.index!r}): expected a whole number, from the end if below 0.")

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        _check(self, kinds[0], "list")
        return pa.null() if pa.types.is_null(kinds[0]) else widened(kinds[0].value_type)

    def compute(self, values: Sequence[Values]) -> Values:
        if pa.types.is_null(values[0].type):
            return values[0]

        def on_array(array: pa.Array) -> pa.Array:
            first, last, valid = _spans(array)
            at = (first if self.index >= 0 else last) + self.index
            there = valid & (at >= first) & (at < last)
            return _taken(array.values, at, there)

        return on_arrays(on_array, _lists(values[0]))

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        read, at = _reader(kinds[0], "value_type"), self.index

        def get(value: Sequence[Any]) -> Any:
            return read(value[at] if -len(value) <= at < len(value) else None)

        return get


@dataclass(frozen=True)
class ListContains(Method):
    """Whether a value is among those of a list; what is missing there is none."""

    arity: ClassVar[int | None] = 2

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        _check(self, kinds[0], "list")
        if not pa.types.is_null(kinds[0]):
            common = common_type(widened(kinds[0].value_type), kinds[1])
            if common is None or kind_of(common) in ("list", "map", "other"):
                raise self.refuse(kinds, "a list, and a value of the kind of those that are in it")
        return pa.bool_()

    def compute(self, values: Sequence[Values]) -> Values:
        if pa.types.is_null(values[0].type):
            return converted(values[0], pa.bool_())

        def on_arrays_of_both(array: pa.Array, wanted: pa.Array) -> pa.Array:
            places, parents = _inside(array)
            equal = _EQUAL.compute([plain(array.values.take(places)), wanted.take(pa.array(parents))])
            hits = parents[pc.fill_null(equal, False).to_numpy(zero_copy_only=False)]
            found = np.zeros(len(array), np.bool_)
            found[hits] = True
            missing = pc.or_(pc.is_null(array), pc.is_null(wanted, nan_is_null=True))
            return pa.array(found, mask=missing.to_numpy(zero_copy_only=False))

        return on_arrays(on_arrays_of_both, _lists(values[0]), values[1])

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        if any(map(pa.types.is_null, kinds)):
            return _nothing
        read = _reader(kinds[0], "value_type")
        equal = _equality(widened(kinds[0].value_type), kinds[1])
        return lambda value, wanted: any(equal(read(one), wanted) for one in value)


@dataclass(frozen=True)
class ListSlice(Method):
    """The values of a list from some place on, so many at most."""

    positional: ClassVar[int] = 2

    start: int = 0
    length: int | None = None

    def check(self) -> None:
        checked_slice(self.symbol, self.start, self.length)

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        _check(self, kinds[0], "list")
        # a plain list keeps its type, with what it says of its values
        return kinds[0] if pa.types.is_null(kinds[0]) or pa.types.is_list(kinds[0]) else pa.list_(kinds[0].value_type)

    def compute(self, values: Sequence[Values]) -> Values:
        if pa.types.is_null(values[0].type):
            return values[0]

        def on_array(array: pa.Array) -> pa.Array:
            first, last, valid = _spans(array)
            size = last - first
            begin = np.minimum(size, self.start) if self.start >= 0 else np.maximum(size + self.start, 0)
            taken = size - begin if self.length is None else np.minimum(size - begin, self.length)
            offsets = np.concatenate([[0], np.cumsum(taken)])
            parents = np.repeat(np.arange(len(array)), taken)
            places = np.arange(offsets[-1]) - offsets[parents] + (first + begin)[parents]
            return pa.ListArray.from_arrays(
                pa.array(offsets, pa.int32()), array.values.take(places), array.type, mask=pa.array(~valid)
            )

        return on_arrays(on_array, _lists(values[0]))

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        return lambda value: list(value[self.start :][: self.length])


@dataclass(frozen=True)
class MapGet(Method):
    """The value of a key of a map; null where there is none. Of equal keys the last, as in a dict."""

    arity: ClassVar[int | None] = 2
    constants: ClassVar[bool] = True

    def output_type(self, kinds: Sequence[pa.DataType]) -> pa.DataType:
        _check(self, kinds[0], "map")
        if pa.types.is_null(kinds[0]):
            return pa.null()
        common = common_type(widened(kinds[0].key_type), kinds[1])
        if common is None or kind_of(common) in ("list", "map", "other"):
            raise self.refuse(kinds, "a map, and a key of the kind of its keys")
        return widened(kinds[0].item_type)

    def compute(self, values: Sequence[Values]) -> Values:
        if pa.types.is_null(values[0].type):
            return values[0]

        def on_array(array: pa.Array) -> pa.Array:
            places, parents = _inside(array)
            equal = _EQUAL.compute([plain(array.keys.take(places)), values[1]])
            hits = pc.fill_null(equal, False).to_numpy(zero_copy_only=False)
            at = np.full(len(array), -1)
            np.maximum.at(at, parents[hits], places[hits])
            return _taken(array.items, at, at >= 0)

        return on_arrays(on_array, values[0])

    def scalar(self, kinds: Sequence[pa.DataType]) -> Callable[..., Any]:
        if any(map(pa.types.is_null, kinds)):
            return _nothing
        read_key, read = _reader(kinds[0], "key_type"), _reader(kinds[0], "item_type")
        equal = _equality(widened(kinds[0].key_type), kinds[1])

        def get(value: Any, wanted: Any) -> Any:
            found = None
            for key, item in value.items() if isinstance(value, dict) else value:
                if equal(read_key(key), wanted):
                    found = item
            return read(found)

        return get


def _nothing(*_: Any) -> None:
    return None


def _reader(kind: pa.DataType, part: str) -> Callable[[Any], Any]:
    """Takes a value out of a list or a map, in the form of its wide type."""
    if pa.types.is_null(kind):
        return lambda _: None
    return reader(getattr(kind, part))


def _equality(left: pa.DataType, right: pa.DataType) -> Callable[[Any, Any], bool]:
    """Whether two values are equal as `==` of columns has it; what is missing is not."""
    common = common_type(left, right)
    one, other = (conversion(kind, common) or (lambda value: value) for kind in (left, right))

    def equal(a: Any, b: Any) -> bool:
        return not is_missing(a) and not is_missing(b) and bool(one(a) == other(b))

    return equal
