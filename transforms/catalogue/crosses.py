"""Columns crossed: combinations of categories as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import pyarrow as pa

from ropeway.transforms.catalogue.base import State, Transform, is_whole
from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.program import Builder, Value

__all__ = ["HashedCross"]


def _hash(value: str | bytes) -> int:
    """The first 63 bits of BLAKE2b, so that it is never what stands for a missing value."""
    data = value.encode() if isinstance(value, str) else value
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "little") >> 1


@dataclass(frozen=True, repr=False)
class HashedCross(Transform):
    """The combination of some columns' values, hashed to a number from 0 to `n_bins` - 1; missing counts as a value.

    The output is named after all columns: `origin_dest`. Unlike other libraries' hashes it is the same in every
    process, engine and release.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"origin": ["EWR", "EWR", "JFK"], "dest": ["MIA", "MIA", None]})
    >>> made = (rw.Pipeline("p")["origin", "dest"] >> T.HashedCross(n_bins=1000)).fit(frame).transform(frame)
    >>> made["origin_dest"].nunique(), bool(made["origin_dest"].isna().any())
    (2, False)
    """

    takes = "category"
    n_bins: int = 1000
    seed: int = 0
    oracle = "own reference"

    def __post_init__(self) -> None:
        self._positive("n_bins")
        if not is_whole(self.seed, 0):
            raise DeclarationError(f"{self!r}: expected a seed that is a whole number, 0 or more.")

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return ["_".join(inputs)]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        words = []
        for value in inputs:
            if pa.types.is_string(value.type) or pa.types.is_binary(value.type):
                words.append(made.integer(made.each(value, _hash, pa.int64())))
            elif pa.types.is_integer(value.type) or pa.types.is_boolean(value.type):
                words.append(made.integer(value))
            else:
                words.append(made.emit("to_bits", [made.number(value)], into=pa.int64())[0])
        hashed = made.emit("hash", words, together=True, more=self.seed, into=pa.int64())[0]
        return made.emit("bucket", [hashed], count=self.n_bins)
