"""Arrays by row, in memory that one run leaves for the next."""

from math import prod
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

_Kind = TypeVar("_Kind", bound=np.generic)

#: smaller arrays are numpy's own
_LARGE = 1 << 20


def uninitialised(shape: int | tuple[int, ...], kind: type[_Kind]) -> npt.NDArray[_Kind]:
    """`np.empty`; if it is large, in a buffer of Arrow's allocator.

    numpy gets large arrays from the system and gives them back, and the system clears each page again: 7.9 ms for
    80 MB to be allocated and written, against 2.7 in memory that mimalloc, which Arrow uses as a rule, still has. It
    gives back what is not used again soon. Arrow's other allocators don't keep such memory either.

    >>> uninitialised((2, 3), np.int64).shape
    (2, 3)
    """
    size = prod(shape) if isinstance(shape, tuple) else shape
    bytes_ = size * np.dtype(kind).itemsize
    if bytes_ < _LARGE or pa.default_memory_pool().backend_name != "mimalloc":
        return np.empty(shape, kind)
    return np.frombuffer(pa.allocate_buffer(bytes_), kind, size).reshape(shape)
