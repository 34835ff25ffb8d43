"""Columns crossed: combinations of categories as numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from ropeway.transforms.catalogue.base import Input, State, Transform, Want, is_whole
from ropeway.transforms.catalogue.categories import checked_frequency, rare
from ropeway.transforms.catalogue.encoding import taken
from ropeway.transforms.errors import DataError, DeclarationError
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.statistics import Combinations
from ropeway.transforms.statistics.combinations import Combined

__all__ = ["CrossedCategories", "HashedCross"]


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


@dataclass(frozen=True, repr=False)
class CrossedCategories(Transform):
    """The number of a combination of some columns' values, from 0, among those that were there when it was fitted.

    Combinations rise column by column; missing counts as a value, after all others. min_frequency, max_categories:
    rare combinations share the number after the others, as in `OrdinalEncoder`. handle_unknown: "error" for a
    combination that was not there, "use_encoded_value" for `unknown_value`, also of values that were there, but not
    together. The output is named after all columns: `origin_dest`.

    NVTabular's Categorify with encode_type="combo" numbers by frequency from 3 on. Where combinations are too many to
    keep, `HashedCross` keeps nothing.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"origin": ["EWR", "JFK", "JFK"], "dest": ["MIA", "MIA", None]})
    >>> p = rw.Pipeline("p")["origin", "dest"] >> T.CrossedCategories(unknown_value=-1)
    >>> made = p.fit(frame)
    >>> made.transform(frame)["origin_dest"].tolist(), made.row()({"origin": "EWR", "dest": None}).tolist()
    ([0.0, 1.0, 2.0], [-1.0])
    """

    takes = "category"
    handle_unknown: Literal["error", "use_encoded_value"] = "use_encoded_value"
    unknown_value: float = float("nan")
    min_frequency: float | None = None
    max_categories: int | None = None
    oracle = "own reference"

    def __post_init__(self) -> None:
        self._one_of("handle_unknown", "error", "use_encoded_value")
        checked_frequency(self, self.min_frequency, self.max_categories)

    def wants(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Mapping[str, Want]:
        return {} if known else {"of": (Combinations(), tuple(range(len(inputs))))}

    def learn(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Sequence[State]:
        found: Combined = known["of"]
        widths = [len(one) for one in found.values]
        if math.prod(max(one, 1) for one in widths) > 1 << 53:
            raise DataError(
                f"{self!r}: columns of {', '.join(f'{one:,}' for one in widths)} values have more combinations than "
                f"can be numbered. Cross fewer, group rare values before, or take HashedCross."
            )
        keys = np.zeros(len(found.counts))
        for codes, width in zip(found.codes, widths, strict=True):
            keys = keys * width + codes
        infrequent = np.array(
            rare(found.counts, int(found.counts.sum()), self.min_frequency, self.max_categories), bool
        )
        places = np.where(infrequent, (~infrequent).sum(), np.cumsum(~infrequent) - 1)
        state: dict[str, Any] = {"keys": keys, "places": places.astype(np.int64), "widths": widths}
        state["column"] = "_".join(one.name for one in inputs)
        return [state | {f"categories_{at}": one.drop_null() for at, one in enumerate(found.values)}]

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        return ["_".join(inputs)]

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        (state,) = states
        key = made.emit("constant", [], floats=[0.0])[0]
        for at, value in enumerate(inputs):
            categories = state[f"categories_{at}"]
            size, width = len(categories), state["widths"][at]
            missing = float(size) if width > size else math.nan
            # what is not there makes the whole key missing
            table = np.array([*range(size), math.nan, missing], np.float64)
            number = taken(made, made.codes(value, categories), table)[0]
            key = made.emit("add", [made.scaled(key, float(width), 0.0), number])[0]
        keys, places = state["keys"], state["places"].astype(np.float64)
        code = made.emit("find", [key], floats=keys, count=len(keys))[0]
        if self.handle_unknown == "error":
            found = taken(made, code, np.concatenate([places, [-1.0, -1.0]]))
            made.require(
                found[0],
                inputs[0],
                f"with what stands beside it no combination of {state['column']!r} that {self!r} knows. Fit on rows "
                f"that have it, or take handle_unknown='use_encoded_value'.",
            )
            return found
        return taken(made, code, np.concatenate([places, [self.unknown_value, self.unknown_value]]))
