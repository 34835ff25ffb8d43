"""What a statistic is, and its state as bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa

from ropeway.transforms.errors import DataError

#: arrays by name: of numpy, one- or two-dimensional, or of Arrow
State = Mapping[str, Any]


@dataclass(frozen=True)
class Statistic:
    """What is known of some columns once all their rows have been seen; its fields are its parameters.

    The states of blocks of rows merge in any order, and in any grouping, to the same bits.
    """

    #: how a block's columns are given: float64 with NaN for missing, or Arrow arrays
    form: ClassVar[Literal["number", "column"]] = "number"
    #: which columns may be dictionaries of distinct values that are not null, some of which may be in no row
    takes_encoded: ClassVar[Literal["none", "first", "all"]] = "none"

    def of(self, columns: Sequence[Any]) -> State:
        """The state of one block of rows."""
        raise NotImplementedError("a subclass says what it keeps of rows")

    def merge(self, states: Sequence[State]) -> State:
        """The state of all the rows of some states, at least one."""
        raise NotImplementedError("a subclass merges")

    def finish(self, state: State) -> Any:
        """What is known in the end."""
        raise NotImplementedError("a subclass says what is known")


def packed(state: State) -> bytes:
    """A state as the bytes of an Arrow file, of which `unpacked` makes it again.

    >>> unpacked(packed({"mean": np.array([1.5]), "of": pa.array(["a", None])}))["of"].to_pylist()
    ['a', None]
    """
    fields, arrays = [], []
    for name, value in state.items():
        is_numpy = isinstance(value, np.ndarray)
        shape = ",".join(map(str, value.shape)).encode() if is_numpy else b""
        array = pa.array(np.ascontiguousarray(value).ravel()) if is_numpy else value
        fields.append(pa.field(name, pa.large_list(array.type), metadata={b"shape": shape}))
        arrays.append(pa.LargeListArray.from_arrays(pa.array([0, len(array)], pa.int64()), array))
    sink = pa.BufferOutputStream()
    schema = pa.schema(fields)
    with pa.ipc.new_file(sink, schema) as writer:
        writer.write_batch(pa.record_batch(arrays, schema=schema))
    return bytes(sink.getvalue())


def unpacked(data: bytes) -> dict[str, Any]:
    """The state that `packed` wrote; raises `DataError` for other bytes."""
    try:
        with pa.ipc.open_file(pa.py_buffer(data)) as reader:
            table = reader.read_all()
        table.validate(full=True)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"these {len(data):,} bytes are no stored state, or were cut short: {error}") from error
    state: dict[str, Any] = {}
    for field, column in zip(table.schema, table.columns, strict=True):
        values = column.chunk(0).flatten()
        shape = field.metadata[b"shape"].decode()
        if shape:
            array = values.to_numpy(zero_copy_only=False)
            values = array.reshape([int(one) for one in shape.split(",")]).copy()
        state[field.name] = values
    return state
