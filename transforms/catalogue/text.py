"""Text: cleaned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from ropeway.transforms.catalogue.base import OfColumn, State
from ropeway.transforms.program import Builder, Value

__all__ = ["Lower"]


@dataclass(frozen=True, repr=False)
class Lower(OfColumn):
    """Text in lower case, as Python's `str.lower` has it.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"to": ["JFK", None]})
    >>> (rw.Pipeline("p")["to"] >> T.Lower()).fit(frame).transform(frame)["to"].tolist()
    ['jfk', None]
    """

    takes = "text"
    oracle = "str.lower"

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [made.each(value, str.lower, pa.string())]
