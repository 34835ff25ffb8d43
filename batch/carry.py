"""How answers travel through the passes that follow: packed, one binary cell per row and pass.

Spark's price is by the cell: each goes from Arrow to a row, through the shuffle, and back to Arrow, once per pass.
44 features in six passes were 115 columns to carry, which took most of the time; packed they are 15.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms.columns import column_of, from_ints

#: eight bytes of value, and one that says whether there is one
_CELL = 9
#: rows per chunk: Arrow's plain binary arrays end at 2 GiB
_CHUNK = 65_536


def packable(kind: pa.DataType) -> bool:
    """Whether an answer of this type is eight bytes at most, so that it can be packed."""
    return bool(
        pa.types.is_int64(kind)
        or pa.types.is_float64(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_date32(kind)
        or pa.types.is_timestamp(kind)
    )


@dataclass(frozen=True)
class Carried:
    """A binary column `column` that holds answers: their names and types in their order."""

    column: str
    names: tuple[str, ...]
    kinds: tuple[pa.DataType, ...]


def pack(answers: Sequence[pa.Array]) -> pa.ChunkedArray:
    """One binary value per row, with the answers of that row.

    >>> import pyarrow as pa
    >>> packed = pack([pa.array([1, None]), pa.array([0.5, 2.0])])
    >>> [answer.to_pylist() for answer in unpack(packed, [pa.int64(), pa.float64()])]
    [[1, None], [0.5, 2.0]]
    """
    size, count = len(answers[0]), len(answers)
    cells = np.zeros((size, _CELL * count), np.uint8)
    for i, answer in enumerate(answers):
        column = column_of(answer)
        cells[:, 8 * i : 8 * i + 8] = np.ascontiguousarray(column.values).view(np.uint8).reshape(size, 8)
        cells[:, 8 * count + i] = column.mask if len(column.mask) else 1
    return pa.chunked_array([_binary(cells[a : a + _CHUNK]) for a in range(0, size, _CHUNK)], pa.binary())


def _binary(cells: npt.NDArray[np.uint8]) -> pa.BinaryArray:
    offsets = np.arange(len(cells) + 1, dtype=np.int32) * np.int32(cells.shape[1])
    return pa.Array.from_buffers(pa.binary(), len(cells), [None, pa.py_buffer(offsets), pa.py_buffer(cells)])


def unpack(packed: pa.ChunkedArray, kinds: Sequence[pa.DataType]) -> list[pa.Array]:
    """The answers, of these types, that `pack` put into one column."""
    count = len(kinds)
    width = _CELL * count
    parts = [_bytes(chunk, width) for chunk in packed.chunks if len(chunk)]
    cells = np.concatenate(parts) if parts else np.empty((0, width), np.uint8)
    answers = []
    for i, kind in enumerate(kinds):
        values = np.ascontiguousarray(cells[:, 8 * i : 8 * i + 8]).view(np.int64).reshape(len(cells))
        answers.append(from_ints(values, np.ascontiguousarray(cells[:, 8 * count + i]), kind))
    return answers


def _bytes(chunk: pa.BinaryArray, width: int) -> npt.NDArray[np.uint8]:
    _, offsets, data = chunk.buffers()
    begin = int(np.frombuffer(offsets, np.int32, 1, chunk.offset * 4)[0])
    return np.frombuffer(data, np.uint8, len(chunk) * width, begin).reshape(len(chunk), width)
