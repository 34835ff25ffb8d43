"""How well one column tells a label: the area under the ROC curve, by ranks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ropeway.transforms.columns import Ints

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Classes:
    """A label as two classes: the rows that have one, which of these are positive, and what that means."""

    known: Bools
    positive: Bools
    meaning: str

    @classmethod
    def of(cls, label: pa.ChunkedArray) -> Classes | None:
        """True or 1 against false or 0; of other numbers those above 0, or if all are or none, above the median.

        None for a label that is no number, or is the same for all rows.
        """
        found = _numbers(label)
        if found is None:
            return None
        values, known = found
        values = values[known]
        cuts: list[tuple[float, str]]
        if pa.types.is_boolean(label.type):
            cuts = [(0, "is true")]
        elif np.isin(values, (0, 1)).all():
            cuts = [(0, "is 1")]
        else:
            median = float(np.median(values))
            cuts = [(0, "> 0"), (median, f"> {median:g}")]
        for cut, meaning in cuts:
            positive = values > cut
            if positive.any() and not positive.all():
                return cls(known, positive, meaning)
        return None


def auc(feature: pa.ChunkedArray, classes: Classes) -> float | None:
    """The chance that a positive row has a larger value than another one, ties half, or 1 less that if it is more.

    That is the statistic of Mann and Whitney over the number of pairs. Nulls and NaN are a value below all others.
    None for a column of neither numbers nor booleans.

    >>> classes = Classes.of(pa.chunked_array([[1, 0, 0, None]]))
    >>> auc(pa.chunked_array([[3.0, 3.0, None, 9.0]]), classes)  # one pair is tied, one in order
    0.75
    """
    found = _numbers(feature)
    if found is None:
        return None
    values, valid = (one[classes.known] for one in found)
    ranks: Ints = np.zeros(len(values), np.int64)
    ranks[valid] = np.unique(values[valid], return_inverse=True)[1] + 1
    size = len(values) + 1
    positive = np.bincount(ranks[classes.positive], minlength=size)
    negative = np.bincount(ranks[~classes.positive], minlength=size)
    below = np.cumsum(negative) - negative
    twice = int((positive * (2 * below + negative)).sum())
    pairs = int(positive.sum()) * int(negative.sum())
    return max(twice, 2 * pairs - twice) / (2 * pairs)


def _numbers(column: pa.ChunkedArray) -> tuple[npt.NDArray[Any], Bools] | None:
    """Values and whether they are there; None for a column that holds neither numbers nor booleans."""
    kind = column.type
    if pa.types.is_boolean(kind):
        column = column.cast(pa.int8())
    elif pa.types.is_decimal(kind):
        column = column.cast(pa.float64())
    elif not pa.types.is_integer(kind) and not pa.types.is_floating(kind):
        return None
    valid = pc.is_valid(column).to_numpy()
    values = pc.fill_null(column, pa.scalar(0, column.type)).to_numpy()
    return values, valid & ~np.isnan(values) if values.dtype.kind == "f" else valid
