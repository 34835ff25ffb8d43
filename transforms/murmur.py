"""Hashes of text and bytes that other libraries know: MurmurHash3, of an Arrow array or of one value."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms.columns import frozen
from ropeway.transforms.kernels import murmur


def of_array(array: pa.Array, seed: int = 0) -> npt.NDArray[np.int64]:
    """The signed hash of 32 bits of each value, text as UTF-8, in an int64; where there is none, that of no bytes.

    >>> of_array(pa.array(["JFK", "", None])).tolist()
    [-1123717656, 0, 0]
    """
    array = array.cast(pa.large_binary())
    _, offsets, data = array.buffers()
    bounds = np.frombuffer(offsets, np.int64, len(array) + 1, 8 * array.offset) if len(array) else np.zeros(1, np.int64)
    letters = np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)
    hashes = np.empty(len(array), np.int64)
    murmur.murmur3_of(frozen(bounds), frozen(letters), seed, hashes)
    return hashes


def of_value(value: str | bytes, seed: int = 0) -> int:
    """The signed hash of 32 bits of one value, text as UTF-8.

    >>> of_value("JFK"), of_value(b"JFK", seed=42)
    (-1123717656, -197049000)
    """
    data = value.encode() if isinstance(value, str) else value
    return int(murmur.murmur3(np.frombuffer(data, np.uint8), 0, len(data), seed))
