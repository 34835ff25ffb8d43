"""Columns as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ropeway.transforms.catalogue.base import OfColumn, State
from ropeway.transforms.program import Builder, Value

__all__ = ["Passthrough"]


@dataclass(frozen=True, repr=False)
class Passthrough(OfColumn):
    """The columns as they are, in their own types: keys, a label, what another line has made.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"tailnum": ["N1"], "x": [1.0]})
    >>> (rw.Pipeline("p")["tailnum"] >> T.Passthrough()).fit(frame).transform(frame).to_dict("list")
    {'tailnum': ['N1']}
    """

    takes = "any"
    oracle = "own reference"

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return [value]
