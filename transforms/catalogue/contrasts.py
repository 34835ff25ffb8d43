"""Categories as contrasts and digits: fewer columns than categories, or columns that sum to nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ropeway.transforms.catalogue.base import Input, State, is_whole
from ropeway.transforms.catalogue.encoding import Floats, OfCategories
from ropeway.transforms.errors import DataError, DeclarationError
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.statistics import Counts, Statistic
from ropeway.transforms.statistics.counts import Counted

__all__ = [
    "BackwardDifferenceEncoder",
    "BaseNEncoder",
    "BinaryEncoder",
    "HelmertEncoder",
    "PolynomialEncoder",
    "SumEncoder",
]


@dataclass(frozen=True, repr=False, kw_only=True)
class _Table(OfCategories):
    """A fixed table by the number of categories, which are numbered in rising order, missing last if it was there.

    category_encoders numbers them in the order in which they come, which would make what is learned depend on the
    order of rows. Outputs are called `{column}_0` and so on.
    """

    #: categories beyond which there would be too many columns
    most: ClassVar[int] = 1000

    def rows(self, size: int) -> Floats:
        """float64[categories, outputs]."""
        raise NotImplementedError("a subclass says which table")

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic]:
        return {} if known else {"counts": Counts()}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        found: Counted = known["counts"]
        size = len(found.values) + (found.missing > 0 and self.handle_missing == "value")
        if size > self.most:
            raise DataError(
                f"{self!r} of column {column.name!r}: its {size:,} categories would be {size - 1:,} columns, more than "
                f"{self.most:,}. Group rare ones before, by RareLabelEncoder, or take a BinaryEncoder."
            )
        rows = self.rows(size)
        categories = found.values
        state = self._tabled(column, categories, rows[: len(categories)], np.zeros(rows.shape[1]))
        if found.missing and self.handle_missing == "error":
            raise DataError(f"{self!r} of column {column.name!r}: it has missing values. Fill them before.")
        if found.missing and self.handle_missing == "value":
            state["table"][-1] = rows[-1]
        return state

    def names_of(self, column: str, state: State) -> Sequence[str]:
        return [f"{column}_{at}" for at in range(state["table"].shape[1])]

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return super().build_of(made, value, state) if state["table"].shape[1] else []


@dataclass(frozen=True, repr=False)
class HelmertEncoder(_Table):
    """Each category against the mean of those before it (Helmert contrasts): one column less than categories.

    Categories rise, missing is the last one if it was there; unseen ones are 0 in all columns. One category alone
    gives no column.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"to": ["MIA", "EWR", "JFK"]})
    >>> (rw.Pipeline("p")["to"] >> T.HelmertEncoder()).fit(frame).transform(frame).to_numpy().tolist()
    [[0.0, 2.0], [-1.0, -1.0], [1.0, -1.0]]
    """

    oracle = "category_encoders.HelmertEncoder"

    def rows(self, size: int) -> Floats:
        table = np.tri(size, max(size - 1, 0), -1)
        return np.where(np.arange(size)[:, None] == np.arange(1, size), np.arange(1, size), table - 1.0)


@dataclass(frozen=True, repr=False)
class SumEncoder(_Table):
    """Each category against the mean of all (sum contrasts): 1 in its own column, the last one -1 in all.

    Categories rise, missing is the last one if it was there; unseen ones are 0 in all columns.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"to": ["MIA", "EWR", "JFK"]})
    >>> (rw.Pipeline("p")["to"] >> T.SumEncoder()).fit(frame).transform(frame).to_numpy().tolist()
    [[-1.0, -1.0], [1.0, 0.0], [0.0, 1.0]]
    """

    oracle = "category_encoders.SumEncoder"

    def rows(self, size: int) -> Floats:
        table = np.eye(size, max(size - 1, 0))
        table[-1:] = -1.0
        return table


@dataclass(frozen=True, repr=False)
class BackwardDifferenceEncoder(_Table):
    """Each category against the one before it: a linear model's weights are the steps from one to the next.

    Categories rise, missing is the last one if it was there; unseen ones are 0 in all columns.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"to": ["EWR", "JFK"]})
    >>> (rw.Pipeline("p")["to"] >> T.BackwardDifferenceEncoder()).fit(frame).transform(frame).to_numpy().tolist()
    [[-0.5], [0.5]]
    """

    oracle = "category_encoders.BackwardDifferenceEncoder"

    def rows(self, size: int) -> Floats:
        at = np.arange(max(size - 1, 0))
        before = np.arange(size)[:, None] <= at
        return np.where(before, -(size - at - 1) / max(size, 1), (at + 1) / max(size, 1))


@dataclass(frozen=True, repr=False)
class PolynomialEncoder(_Table):
    """Categories as equal steps: a column for the line through them, the parabola, and so on, at right angles.

    For text whose order means something (categories rise), or numbers of levels. Missing is the last one if it was
    there; unseen ones are 0 in all columns. No more than 30 categories: columns of higher powers would be noise.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"stars": [1, 2, 3]})
    >>> made = (rw.Pipeline("p")["stars"] >> T.PolynomialEncoder()).fit(frame).transform(frame)
    >>> made.round(3).to_numpy().tolist()
    [[-0.707, 0.408], [0.0, -0.816], [0.707, 0.408]]
    """

    most: ClassVar[int] = 30
    oracle = "category_encoders.PolynomialEncoder"

    def rows(self, size: int) -> Floats:
        x = np.arange(size) - (size - 1) / 2
        made: list[Floats] = [np.full(size, 1.0)]
        for _ in range(size - 1):
            # each is x times the one before, less what of it lies along all before: twice, as rounding wants
            column = x * made[-1]
            for _ in range(2):
                for one in made:
                    column = column - one * (float((one * column).sum()) / float((one * one).sum()))
            made.append(column / np.sqrt(float((column * column).sum())))
        table = np.column_stack(made[1:]) if size > 1 else np.empty((size, 0))
        return np.where(np.abs(table) < 1e-15, 0.0, table)


@dataclass(frozen=True, repr=False)
class BaseNEncoder(_Table):
    """The number of a category, from 1 in rising order, in digits of a base: a column each, the highest first.

    base: 2 or more; with 1 each category has a column of its own, and a first one that is 0. Missing is the last
    category if it was there; unseen ones are 0 in all columns.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"to": ["MIA", "EWR", "JFK", "LGA"]})
    >>> (rw.Pipeline("p")["to"] >> T.BaseNEncoder(base=3)).fit(frame).transform(frame).to_numpy().tolist()
    [[1.0, 1.0], [0.0, 1.0], [0.0, 2.0], [1.0, 0.0]]
    """

    most: ClassVar[int] = 1 << 31
    base: int = 2
    oracle = "category_encoders.BaseNEncoder"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not is_whole(self.base, 1):
            raise DeclarationError(f"{self!r}: expected a base of 1 or more.")

    def rows(self, size: int) -> Floats:
        if self.base == 1:
            return np.eye(size, size + 1, 1)
        digits = 0
        while self.base**digits <= size:
            digits += 1
        powers = self.base ** np.arange(digits)[::-1]
        return (np.arange(1, size + 1)[:, None] // powers % self.base).astype(np.float64)


@dataclass(frozen=True, repr=False)
class BinaryEncoder(BaseNEncoder):
    """The number of a category, from 1 in rising order, in binary digits: 1,000 categories are 10 columns.

    Missing is the last category if it was there; unseen ones are 0 in all columns, as no category is.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"to": ["MIA", "EWR", "JFK"]})
    >>> (rw.Pipeline("p")["to"] >> T.BinaryEncoder()).fit(frame).transform(frame).to_numpy().tolist()
    [[1.0, 1.0], [0.0, 1.0], [1.0, 0.0]]
    """

    oracle = "category_encoders.BinaryEncoder"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.base != 2:
            raise DeclarationError(f"{self!r}: expected base 2. For another take BaseNEncoder.")
