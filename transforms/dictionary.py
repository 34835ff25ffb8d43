"""Dense codes of integers: a number for each distinct value, on several threads."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms.allocation import uninitialised
from ropeway.transforms.columns import NO_MASK, Bytes, Ints, bytes_of, data_of, frozen
from ropeway.transforms.kernels import codes as kernels
from ropeway.transforms.threads import over_rows, parts_of

Codes = npt.NDArray[np.int32]

#: slots per value, at least, of a table that stays in the cache, up to 4 MiB, and of a larger one. With 8 instead of
#: 2 a tenth of the values meets another one first, and 10M values of 100,000 take 51 ms, not 84
_SLOTS, _SLOTS_OF_LARGE = 8, 2
_FIRST_BITS, _LARGE_BITS = 12, 20


class Dictionary:
    """The distinct values met so far, numbered as they came.

    >>> import numpy as np
    >>> known = Dictionary()
    >>> known.encode(np.array([7, 9, 7])), known.values
    (array([0, 1, 0], dtype=int32), array([7, 9]))
    """

    def __init__(self) -> None:
        self._size = 0
        self._bits = _FIRST_BITS - 2
        self._distinct: Ints = np.empty(0, np.int64)
        self._grow()

    @property
    def values(self) -> Ints:
        """The value of each code."""
        return self._distinct[: self._size]

    def encode(self, values: Ints, mask: Bytes = NO_MASK, out: Codes | None = None) -> Codes:
        """The code of each value, -1 where the mask is 0; values that are not known are added."""
        codes = uninitialised(len(values), np.int32) if out is None else out
        row = 0
        while True:
            row, self._size = kernels.encode(
                row, frozen(values), frozen(mask), self._bits, self._table, self._distinct, self._size, codes
            )
            if row == len(values):
                return codes
            self._grow()

    def find(self, values: Ints, mask: Bytes, out: Codes) -> None:
        """Put the code of each value into `out`, -1 for one that is not known and where the mask is 0."""
        kernels.find(frozen(values), frozen(mask), self._bits, self._table, self._distinct, out)

    def _grow(self) -> None:
        self._bits += 2
        slots = 1 << self._bits
        self._table = np.full(slots, -1, np.int32)
        distinct = np.empty(slots // (_SLOTS if self._bits <= _LARGE_BITS else _SLOTS_OF_LARGE), np.int64)
        distinct[: self._size] = self._distinct[: self._size]
        self._distinct = distinct
        kernels.enter(distinct, self._size, self._bits, self._table)


def encode_ints(events: pa.ChunkedArray, queries: pa.ChunkedArray, workers: int) -> tuple[Codes, Codes, int]:
    """Codes of events and queries, int64, and how many there are; -1 for nulls, and for values that no event has."""
    codes = uninitialised(len(events), np.int32)
    parts = [Dictionary() for _ in range(parts_of(len(events), workers))]

    def work(i: int, first: int, last: int) -> None:
        for chunk in events.slice(first, last - first).chunks:
            parts[i].encode(data_of(chunk, np.int64), _mask(chunk), codes[first : first + len(chunk)])
            first += len(chunk)

    over_rows(work, len(events), workers)
    known = parts[0]
    numbers = [known.encode(part.values) for part in parts[1:]]

    def renumber(i: int, first: int, last: int) -> None:
        if i > 0:
            kernels.renumber(first, last, numbers[i - 1], codes)

    over_rows(renumber, len(events), workers)
    found = uninitialised(len(queries), np.int32)

    def find(_: int, first: int, last: int) -> None:
        for chunk in queries.slice(first, last - first).chunks:
            known.find(data_of(chunk, np.int64), _mask(chunk), found[first : first + len(chunk)])
            first += len(chunk)

    over_rows(find, len(queries), workers)
    return codes, found, len(known.values)


def _mask(chunk: pa.Array) -> Bytes:
    return bytes_of(chunk.is_valid()) if chunk.null_count else NO_MASK
