"""The hash of a value and what HyperLogLog makes of it, one value at a time.

The same bits as `transforms.hashing.value_hashes` and `kernels.sketch`, which do it column by column, in plain Python:
compiled code takes longer to be reached for one value, and a declaration should not load a compiler.
"""

import math
import struct
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from ropeway.transforms.aggregates.exact import unscaled
from ropeway.transforms.errors import DataError

_WORD = 2**64 - 1
_ODD = 0x9E3779B97F4A7C15
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def value_hash(value: Any) -> int:
    """The hash of a value as Arrow's `to_pylist` gives it, from 0 to 2^64 - 1; 0.0 and -0.0 have one.

    >>> value_hash(0.0) == value_hash(-0.0), value_hash(1) == value_hash(1.0)
    (True, False)
    """
    if isinstance(value, str | bytes):
        return _of_bytes(value.encode() if isinstance(value, str) else value)
    if isinstance(value, Decimal):
        number, _ = unscaled(value)
        return _folded(_folded(0, number & _WORD), (number >> 64) & _WORD)
    return _folded(0, _integer(value) & _WORD)


def _integer(value: Any) -> int:
    """A value of a type that is one integer of 64 bits, as columns have it."""
    if isinstance(value, float):
        return int(struct.unpack("<q", struct.pack("<d", value + 0.0))[0])
    if isinstance(value, int):
        return int(value)
    if isinstance(value, datetime):
        return ((value if value.tzinfo else value.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND
    if isinstance(value, date):
        return (value - _EPOCH.date()).days
    if isinstance(value, timedelta):
        return value // _MICROSECOND
    if isinstance(value, time):
        return ((value.hour * 60 + value.minute) * 60 + value.second) * 10**6 + value.microsecond
    raise DataError(f"a value of type {type(value).__name__} has no hash: expected a number, a text, bytes or a time.")


def _mixed(z: int) -> int:
    """The finaliser of SplitMix64."""
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _WORD
    return z ^ (z >> 31)


def _folded(hashed: int, word: int) -> int:
    return _mixed((hashed * _ODD + word) & _WORD)


def _of_bytes(letters: bytes) -> int:
    total = len(letters)
    for at in range(0, len(letters), 8):
        total = _mixed(total ^ int.from_bytes(letters[at : at + 8], "little"))
    return _mixed(total)


def place(hashed: int, precision: int) -> tuple[int, int]:
    """(register, rank) of a hash: its upper bits, and where the first 1 of the others stands, from 1 on."""
    others = 64 - precision
    return hashed >> others, others + 1 - (hashed & ((1 << others) - 1)).bit_length()


def estimate(registers: bytes, precision: int) -> int:
    """About how many values have left these ranks in the registers, to the nearest integer.

    Ertl's improved estimator, arXiv:1702.01284, algorithm 6.
    """
    m = 1 << precision
    if registers.count(0) == m:
        return 0
    most = 64 - precision
    z = m * _tau(1.0 - registers.count(most + 1) / m)
    for rank in range(most, 0, -1):
        z = 0.5 * (z + registers.count(rank))
    z += m * _sigma(registers.count(0) / m)
    return math.floor(m * m / (2.0 * math.log(2.0) * z) + 0.5)


def _sigma(x: float) -> float:
    y, z = 1.0, x
    while True:
        x *= x
        before = z
        z += x * y
        y += y
        if z == before:
            return z


def _tau(x: float) -> float:
    if x in (0.0, 1.0):
        return 0.0
    y, z = 1.0, 1.0 - x
    while True:
        x = math.sqrt(x)
        before = z
        y *= 0.5
        z -= (1.0 - x) * (1.0 - x) * y
        if z == before:
            return z / 3.0
