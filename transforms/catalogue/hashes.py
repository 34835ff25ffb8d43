"""Columns hashed into a fixed number of outputs: nothing is learned, and no category is ever new."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms import murmur
from ropeway.transforms.catalogue.base import Input, State, Transform
from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.program import Builder, Value

__all__ = ["FeatureHasher", "HashingEncoder"]

_METHODS = ("blake2b", "blake2s", "md5", "sha1", "sha224", "sha256", "sha384", "sha512")


@dataclass(frozen=True)
class _Murmur:
    """The hash of text with something before it."""

    before: str
    types = (pa.float64(),)

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        found = pc.dictionary_encode(arrays[0])
        whole = pc.binary_join_element_wise(pa.scalar(self.before, found.dictionary.type), found.dictionary, "")
        return (pa.array(murmur.of_array(whole)).cast(pa.float64()).take(found.indices),)

    def row(self, *values: Any) -> Sequence[Any]:
        (value,) = values
        return (None if value is None else float(murmur.of_value(self.before + value)),)


@dataclass(frozen=True, repr=False)
class FeatureHasher(Transform):
    """All columns of a row added up in `n_features` outputs, each at the place of its hash (Weinberger et al. 2009).

    A number, or a boolean, is added at the place of its column's name, text as 1 at that of "column=text", as
    scikit-learn's FeatureHasher does of rows as dicts, with MurmurHash3. alternate_sign: half of the hashes subtract,
    so that what falls together cancels out in the mean. Missing adds nothing (scikit-learn adds NaN).

    Outputs are columns, none of them sparse, so there are 256 by default, and not 2^20. They are called
    `hashed_0` and so on.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"to": ["JFK", None], "delay": [2.5, 1.0]})
    >>> made = (rw.Pipeline("p")["to", "delay"] >> T.FeatureHasher(n_features=4)).fit(frame).transform(frame)
    >>> made.to_numpy().tolist()
    [[0.0, 1.5, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]
    """

    takes = "category"
    n_features: int = 256
    alternate_sign: bool = True
    oracle = "sklearn.feature_extraction.FeatureHasher"

    def __post_init__(self) -> None:
        self._positive("n_features")
        self._one_of("alternate_sign", True, False)

    def learn(self, inputs: Sequence[Input], known: Any) -> Sequence[State]:
        return [{"columns": [one.name for one in inputs]}]

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [f"hashed_{at}" for at in range(self.n_features)]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        one = made.emit("constant", [], floats=[1.0])[0]
        hashes, values = [], []
        for value, name in zip(inputs, states[0]["columns"], strict=True):
            if value.is_number:
                hashes.append(made.emit("constant", [], floats=[float(murmur.of_value(name))])[0])
                values.append(made.number(value))
            else:
                hashes.append(made.number(made.call(_Murmur(f"{name}="), [value])[0]))
                values.append(one)
        return _tallied(made, hashes, values, self.n_features, signed=self.alternate_sign)


@dataclass(frozen=True, repr=False)
class HashingEncoder(Transform):
    """How many columns of a row fall into each of `n_components` outputs, by a hash of their values as text.

    The same value in two columns falls into the same output, as in category_encoders: put the name of the column
    before it where that should not be, or take `FeatureHasher`. Missing counts nowhere (category_encoders counts NaN,
    and not None). hash_method: one of hashlib's. Outputs are called `col_0` and so on.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"from": ["JFK", "EWR"], "to": ["JFK", None]})
    >>> made = (rw.Pipeline("p")["from", "to"] >> T.HashingEncoder(n_components=3)).fit(frame).transform(frame)
    >>> made.to_numpy().tolist()
    [[0.0, 0.0, 2.0], [1.0, 0.0, 0.0]]
    """

    takes = "category"
    n_components: int = 8
    hash_method: str = "md5"
    oracle = "category_encoders.HashingEncoder"

    def __post_init__(self) -> None:
        self._positive("n_components")
        if self.hash_method not in _METHODS:
            raise DeclarationError(f"{self!r}: expected a hash_method of {', '.join(_METHODS)}.")

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return [f"col_{at}" for at in range(self.n_components)]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        place = partial(_place, self.hash_method, self.n_components)
        one = made.emit("constant", [], floats=[1.0])[0]
        places = [made.number(made.each(value, place, pa.float64())) for value in inputs]
        return _tallied(made, places, [one] * len(places), self.n_components, signed=False)


def _tallied(
    made: Builder, hashes: Sequence[Value], values: Sequence[Value], width: int, *, signed: bool
) -> Sequence[Value]:
    return made.emit("hash_tally", [*hashes, *values], outputs=width, ints=[int(signed)], more=width, together=True)


def _place(method: str, width: int, value: Any) -> float:
    digest = hashlib.new(method, str(value).encode(), usedforsecurity=False).digest()
    return float(int.from_bytes(digest, "big") % width)
