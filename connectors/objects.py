"""Text of pandas: columns of Python objects, of which most stand in many rows, as Arrow dictionaries."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.dictionary import Dictionary

#: columns of fewer rows are not worth it
_FEWEST = 1 << 12
#: rows after which it is looked whether objects repeat themselves, and rows of a chunk
_PIECE = 1 << 16
_CHUNK = 1 << 18


class _Addresses:
    """The addresses of an array's objects, as numpy takes them in: the same memory, read-only."""

    def __init__(self, objects: npt.NDArray[np.object_]) -> None:
        self._objects = objects
        self.__array_interface__ = {
            "version": 3, "shape": objects.shape, "strides": objects.strides, "typestr": "<i8",
            "data": (objects.__array_interface__["data"][0], True),
        }  # fmt: skip


def encoded(objects: npt.NDArray[np.object_]) -> pa.ChunkedArray | None:
    """Text as a dictionary of what is distinct, by the addresses of the objects; None and NaN are null.

    None where the objects are no text, or hardly any is there twice: then a dictionary is no gain. Looking at an
    address takes a tenth of the time that it takes Arrow to look at a string of Python, and needs no lock of it.

    >>> words = np.array(["JFK", "EWR", None, "JFK"] * 2000, object)
    >>> found = encoded(words)
    >>> found.type, found.slice(0, 4).to_pylist(), encoded(np.array([1] * 8000, object))
    (DictionaryType(dictionary<values=string, indices=int32, ordered=0>), ['JFK', 'EWR', None, 'JFK'], None)
    """
    size = len(objects)
    if size < _FEWEST or not isinstance(objects[0], str | float | None):
        return None
    addresses = np.asarray(_Addresses(objects))
    known, codes = Dictionary(), np.empty(size, np.int32)
    firsts = [np.empty(0, np.int64)]
    for first in range(0, size, _PIECE):
        piece = codes[first : first + _PIECE]
        before = len(known.values)
        known.encode(np.ascontiguousarray(addresses[first : first + _PIECE]), out=piece)
        if len(known.values) > (first + len(piece)) // 4:
            return None
        if len(known.values) > before:
            at = np.flatnonzero(piece >= before)
            firsts.append(first + at[np.unique(piece[at], return_index=True)[1]])
    distinct = _text(objects[np.concatenate(firsts)])
    return None if distinct is None else _dictionary(codes, distinct)


def _text(objects: npt.NDArray[np.object_]) -> pa.Array | None:
    try:
        found = pa.array(objects, from_pandas=True)
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        return None  # whoever converts the whole column says what is wrong with it
    return found if isinstance(found, pa.Array) and pa.types.is_string(found.type) else None


def _dictionary(codes: npt.NDArray[np.int32], distinct: pa.Array) -> pa.ChunkedArray:
    """Equal strings may be several objects, and several may be missing ones."""
    found = pc.dictionary_encode(distinct)
    words, numbers = found.dictionary, found.indices
    mask = None
    if numbers.null_count:
        mask = numbers.is_null().to_numpy(zero_copy_only=False)[codes]
    codes = numbers.fill_null(0).to_numpy()[codes] if mask is not None or len(words) < len(distinct) else codes
    chunks: list[Any] = []
    for first in range(0, len(codes), _CHUNK):
        some = slice(first, first + _CHUNK)
        indices = pa.array(codes[some], mask=None if mask is None else mask[some])
        chunks.append(pa.DictionaryArray.from_arrays(indices, words))
    return pa.chunked_array(chunks)
