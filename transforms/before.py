"""Rows that are not there: what the earlier rows of a key add up to, for windows over all history of a slice of it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms.columns import Bytes, Column, Ints
from ropeway.transforms.decimals import Numbers, unscaled
from ropeway.transforms.kernels import before as kernels
from ropeway.transforms.kernels.exact import LIMBS

Words = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Before:
    """By the code of a key: how many rows, how many infinities (positive, then negative), and the sums of the rest.

    Sums, of values and of their squares, are Python integers: of floats in units of 2^-1074 (squares of 2^-2148), of
    decimals in units of their scale, of all else in units of 1.
    """

    counts: Ints
    infinities: Ints
    totals: Numbers
    squares: Numbers

    @staticmethod
    def nothing(size: int) -> "Before":
        """Of so many keys without a row."""
        zeros = np.zeros(size, np.int64)
        return Before(zeros, np.zeros((size, 2), np.int64), zeros.astype(np.object_), zeros.astype(np.object_))

    @cached_property
    def limbs(self) -> Ints:
        """As kernels slide sums of floats: int64[keys, 3, LIMBS], infinities, totals and squares."""
        out = np.zeros((len(self.counts), 3, LIMBS), np.int64)
        out[:, 0, :2] = self.infinities
        for key in range(len(self.counts)):
            _spread(int(self.totals[key]), out[key, 1])
            _spread(int(self.squares[key]), out[key, 2])
        return out

    @cached_property
    def words(self) -> Words:
        """As kernels sum integers: uint64[keys, 5], two words of the total and three of the squares, low first."""
        out = np.zeros((len(self.counts), 5), np.uint64)
        for key in range(len(self.counts)):
            out[key] = [*_words(self.totals[key], 2), *_words(self.squares[key], 3)]
        return out


def _words(number: int, count: int) -> list[int]:
    return [(number >> (64 * at)) & (2**64 - 1) for at in range(count)]


def _spread(number: int, limbs: Ints) -> None:
    """A number in limbs of 32 bits, all of its sign."""
    size = (abs(number).bit_length() + 31) // 32
    digits = np.frombuffer(abs(number).to_bytes(4 * size, "little"), np.uint32)
    limbs[:size] = digits.astype(np.int64) * (1 if number >= 0 else -1)


def added_up(column: Column | None, mask: Bytes, groups: Ints, size: int, *, summed: bool, squared: bool) -> Before:
    """Of the rows where `mask` is not 0 what each of `size` groups adds up to: by group in place of key.

    `groups` numbers the group of each row. Without `summed` only the rows are counted. The mask is 0 where there is no
    value.
    """
    taken = mask != 0
    found = Before.nothing(size)
    found.counts[:] = np.bincount(groups[taken], minlength=size)
    if column is None or not summed:
        return found
    if pa.types.is_decimal(column.kind):
        assert column.ranks is not None
        numbers = unscaled(column.ranks.take(pa.array(column.values[taken])))
        np.add.at(found.totals, groups[taken], numbers)
        if squared:
            np.add.at(found.squares, groups[taken], numbers * numbers)
        return found
    limbs = np.zeros((size, 3, LIMBS), np.int64)
    kernels.add_up(column.values, mask, groups, int(column.is_float), int(squared), limbs)
    found.infinities[:] = limbs[:, 0, :2]
    for group in np.flatnonzero(found.counts):
        found.totals[group] = _whole(limbs[group, 1])
        found.squares[group] = _whole(limbs[group, 2])
    return found


def _whole(limbs: Ints) -> int:
    return sum(int(limbs[at]) << (32 * int(at)) for at in np.flatnonzero(limbs))
