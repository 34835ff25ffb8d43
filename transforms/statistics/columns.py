"""Columns as statistics take them: without encodings, as codes of distinct values, as floats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.program.functions import as_floats, encoded


def coded(values: Any) -> tuple[npt.NDArray[np.int64], pa.Array]:
    """The number of each row's value, and the values that are there, in any order; null is one of them."""
    if isinstance(values, pa.DictionaryArray):
        values = encoded(values)
        codes, names = values.indices.fill_null(len(values.dictionary)), values.dictionary
        names = pa.concat_arrays([names, pa.nulls(1, names.type)]) if values.null_count else names
    else:
        found = pc.dictionary_encode(as_column(values), null_encoding="encode")
        codes, names = found.indices, found.dictionary
    return codes.to_numpy(zero_copy_only=False).astype(np.int64), names


def as_encoded(values: Any) -> Any:
    """A column as a dictionary of its values, unless these are lists."""
    column = values if isinstance(values, pa.DictionaryArray) else as_column(values)
    nested = pa.types.is_nested(column.type) or isinstance(column, pa.DictionaryArray)
    return column if nested else pc.dictionary_encode(column)


def as_column(values: Any) -> pa.Array:
    """A column as an Arrow array; NaN of floats is null, -0.0 is 0.0."""
    if isinstance(values, np.ndarray):
        return pa.array(values + 0.0 if values.dtype.kind == "f" else values, from_pandas=True)
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if pa.types.is_floating(values.type):
        return pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), pc.add(values, pa.scalar(0.0, values.type)))
    return values


def ordered(values: pa.Array) -> npt.NDArray[np.int64]:
    """The order in which values rise, text by its code points; null last."""
    order: npt.NDArray[np.int64] = pc.array_sort_indices(values, null_placement="at_end").to_numpy().astype(np.int64)
    return order


def named(categories: Sequence[pa.Array]) -> tuple[pa.Array, list[npt.NDArray[np.int64]]]:
    """All categories of some states, rising, and where those of each state are among them."""
    found = pc.dictionary_encode(pa.concat_arrays(categories), null_encoding="encode")
    order = ordered(found.dictionary)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    codes = place[found.indices.to_numpy(zero_copy_only=False)]
    ends = np.cumsum([len(one) for one in categories])
    return found.dictionary.take(pa.array(order)), np.split(codes, ends[:-1])


def as_numbers(values: Any) -> npt.NDArray[np.float64]:
    """A column as floats that stand side by side; NaN is missing."""
    return np.ascontiguousarray(values if isinstance(values, np.ndarray) else as_floats(values), np.float64)
