"""Categories by what the target is in them, learned so that no row tells its own target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ropeway.transforms.catalogue.base import FOLD, TARGET, Input, OfColumn, State, Want, is_whole
from ropeway.transforms.errors import DeclarationError
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.statistics import Statistic
from ropeway.transforms.statistics.folded import FoldedMoments
from ropeway.transforms.statistics.moments import Known

__all__ = ["TargetEncoder"]


@dataclass(frozen=True, repr=False)
class TargetEncoder(OfColumn):
    """The mean of the target in a category, drawn towards the mean of all rows the more, the fewer rows it has.

    smooth: "auto" weighs by the variance in the category and in all (empirical Bayes, Micci-Barreca 2001), a number is
    as many rows of the general mean. Missing is a category of its own; one that was not there when it was fitted gets
    the general mean. The target is a number, or 0 and 1.

    `fit_transform` encodes each training row by what the rows of the other `cv` folds say, so that it does not learn
    its own target. Folds are dealt as scikit-learn deals them, shuffled by `random_state`; on Spark by a hash of the
    row's values.

    >>> from ropeway import transforms as T
    >>> import pandas as pd, ropeway as rw
    >>> frame = pd.DataFrame({"to": ["JFK", "JFK", "EWR", "EWR"], "delay": [1.5, 2.5, 0.0, 1.0]})
    >>> p = rw.Pipeline("p")["to"] >> T.TargetEncoder(smooth=2.0, cv=2)
    >>> p.fit(frame, y="delay").transform(frame)["to"].tolist(), p.fit_transform(frame, y="delay")["to"].tolist()
    ([1.625, 1.625, 0.875, 0.875], [0.5, 0.5, 2.0, 2.0])
    """

    takes = "category"
    supervised = True
    smooth: Literal["auto"] | float = "auto"
    cv: int = 5
    random_state: int | None = 0
    oracle = "sklearn.preprocessing.TargetEncoder"

    def __post_init__(self) -> None:
        if self.smooth != "auto" and (isinstance(self.smooth, bool | str) or not self.smooth >= 0):
            raise DeclarationError(f"TargetEncoder(smooth={self.smooth!r}): expected 'auto' or a number, 0 or more.")
        if not is_whole(self.cv, 2):
            raise DeclarationError(f"TargetEncoder(cv={self.cv!r}): expected a number of folds, 2 or more.")

    @property
    def folds(self) -> tuple[int, int | None]:
        return self.cv, self.random_state

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic | Want]:
        return {} if known else {"of": (FoldedMoments(self.cv), (0, TARGET, FOLD))}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        found = known["of"]
        every = [self._encoded(found.known, [Known.joined(one) for one in found.known])]
        for fold in range(self.cv):
            others = [[part for at, part in enumerate(parts) if at != fold] for parts in found.known]
            every.append(self._encoded(others, [Known.joined(parts) for parts in others]))
        missing = len(found.categories) > 0 and not found.categories[-1].is_valid
        size = len(found.categories) - missing
        # of each fold, and before them of all: the categories, then what is unseen, then missing
        table = np.array([[*one[:size], one[-1], one[size] if missing else one[-1]] for one in every])
        return {"categories": found.categories[:size], "table": table[0], "training_tables": table[1:]}

    def _encoded(self, parts: Sequence[Sequence[Known]], categories: Sequence[Known]) -> list[float]:
        """The encoding of each category, and of none: the general mean."""
        whole = Known.joined([one for some in parts for one in some])
        mean, variance = whole.mean, whole.variance()
        made = []
        for one in categories:
            if one.size == 0:
                made.append(mean)
            elif self.smooth == "auto":
                # after scikit-learn: weight = count * variance of all / (count * variance of all + variance of these)
                above = one.size * variance
                weight = above / (above + one.variance()) if above + one.variance() != 0.0 else 1.0
                made.append(weight * one.mean + (1 - weight) * mean)
            else:
                made.append((one.sum + self.smooth * mean) / (one.size + self.smooth))
        return [*made, mean]

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return _looked_up(made, value, state, state["table"])

    def build_training(
        self, made: Builder, inputs: Sequence[Value], states: Sequence[State], fold: Value
    ) -> Sequence[Value]:
        outputs = []
        for value, state in zip(inputs, states, strict=True):
            every = [_looked_up(made, value, state, table)[0] for table in state["training_tables"]]
            outputs.append(made.emit("pick", [*every, made.number(fold)], together=True)[0])
        return outputs


def _looked_up(made: Builder, value: Value, state: State, table: npt.NDArray[np.float64]) -> list[Value]:
    code = made.codes(value, state["categories"])
    return made.emit("take", [code], floats=table, count=len(state["categories"]), more=1)
