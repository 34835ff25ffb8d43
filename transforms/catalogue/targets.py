"""Categories by what the target is in them, as scikit-learn does it: learned so that no row tells its own target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from ropeway.transforms.catalogue.base import FOLD, TARGET, Folds, Input, OfColumn, State, Want
from ropeway.transforms.catalogue.categories import Categories, checked_categories
from ropeway.transforms.catalogue.encoding import Floats, checked_folds, picked, taken
from ropeway.transforms.errors import DataError, DeclarationError, SchemaError
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.statistics import Combinations, Statistic
from ropeway.transforms.statistics.classes import Classes
from ropeway.transforms.statistics.combinations import Combined
from ropeway.transforms.statistics.folded import Folded, FoldedMoments

__all__ = ["TargetEncoder"]

#: classes beyond which a target is taken for a number that was declared to be none
_MOST = 1000


@dataclass(frozen=True, repr=False)
class TargetEncoder(OfColumn):
    """The mean of the target in a category, drawn towards the mean of all rows the more, the fewer rows it has.

    smooth: "auto" weighs by the variance in the category and in all (empirical Bayes, Micci-Barreca 2001), a number is
    as many rows of the general mean. Missing is a category of its own; one that was not there when it was fitted gets
    the general mean.

    target_type: "continuous" takes numbers; "binary" encodes the share of the greater of two classes, which may be
    text; "multiclass" gives for each class one output, `{column}_{class}`. "auto" takes text, booleans and whole
    numbers for classes, two or more, as scikit-learn does: say "continuous" of a target of counts. categories: "auto",
    or a list for each column; others are encoded as unseen ones, and their rows count for the general mean alone.

    `fit_transform` encodes each training row by what the rows of the other `cv` folds say, so that it does not learn
    its own target. Folds are dealt as scikit-learn deals them, shuffled by `random_state` (None: not shuffled), with
    equal shares of classes; on Spark by a hash of the row's values.

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
    target_type: Literal["auto", "continuous", "binary", "multiclass"] = "auto"
    categories: Categories = "auto"
    oracle = "sklearn.preprocessing.TargetEncoder"

    def __post_init__(self) -> None:
        if self.smooth != "auto" and (isinstance(self.smooth, bool | str) or not self.smooth >= 0):
            raise DeclarationError(f"TargetEncoder(smooth={self.smooth!r}): expected 'auto' or a number, 0 or more.")
        checked_folds(self, self.cv, self.random_state)
        self._one_of("target_type", "auto", "continuous", "binary", "multiclass")
        object.__setattr__(self, "categories", checked_categories(self, self.categories))

    @property
    def folds(self) -> Folds:
        dealt: dict[str, Literal["auto", "rows", "classes"]] = {"auto": "auto", "continuous": "rows"}
        return self.cv, self.random_state, dealt.get(self.target_type, "classes")

    def check(self, inputs: Sequence[Input]) -> None:
        super().check(inputs)
        if self.categories != "auto" and len(self.categories) != len(inputs):
            raise SchemaError(f"{self!r}: expected a list of categories for each of {len(inputs)} columns.")

    def check_target(self, target: Input) -> None:
        if self.target_type == "continuous" or not pa.types.is_string(target.type):
            super().check_target(target)

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic | Want]:
        if "of" in known:
            return {}
        if self.target_type != "continuous" and "classes" not in known:
            return {"classes": (Classes(), (TARGET,))}
        of_classes = known.get("classes") is not None
        return {"of": (Combinations() if of_classes else FoldedMoments(self.cv), (0, TARGET, FOLD))}

    def learn(self, inputs: Sequence[Input], known: Mapping[str, Any]) -> Sequence[State]:
        states = []
        for at, column in enumerate(inputs):
            found, classes = known[f"{at}.of"], known.get(f"{at}.classes")
            listed = None if self.categories == "auto" else self.categories[at]
            if classes is None:
                if self.target_type in ("binary", "multiclass"):
                    raise DataError(f"{self!r}: the target has fractions, and is of no classes.")
                every = [self._measured(found)]
                categories, names = found.categories, None
            else:
                categories = found.values[0]
                every, names = self._of_classes(found, classes)
            tables = [self._table(rows, categories, listed) for rows in every]
            # of each class, by fold, and before the folds of all rows
            table = np.stack(tables, axis=-1)
            missing = len(categories) > 0 and not categories[-1].is_valid
            states.append({
                "categories": categories[: len(categories) - missing] if listed is None else _as(column, listed),
                "classes": names, "table": table[:, 0, :],
                "training_tables": table[:, 1:, :].transpose(0, 2, 1).reshape(len(table), len(every) * self.cv),
            })  # fmt: skip
        return states

    def _measured(self, found: Folded) -> Floats:
        """The encodings of each category and of none, by all rows and without each fold.

        float64[categories + 1, folds + 1].
        """
        columns = []
        for some, whole in found.left_out():
            variances = some.variances() if self.smooth == "auto" else some.means
            sizes = some.sizes.astype(np.float64)
            columns.append(self._encoded(sizes, some.sums, some.means, variances, whole.mean, whole.variance()))
        return np.column_stack(columns)

    def _of_classes(self, found: Combined, classes: pa.Array) -> tuple[list[Floats], list[str] | None]:
        """The same of 1 for a class and 0 for others, for each class; and the names of several classes."""
        if self.target_type == "binary" and len(classes) > 2:
            raise DataError(f"{self!r}: expected two classes, and the target has {len(classes):,}: {_some(classes)}.")
        if len(classes) > _MOST:
            raise DataError(
                f"{self!r}: the target has {len(classes):,} different whole numbers: {_some(classes)}. If it is a "
                f"measure, say target_type='continuous'."
            )
        category, label, fold = found.codes
        folds = found.values[2].to_numpy(zero_copy_only=False).astype(np.int64)[fold]
        counts = np.zeros((len(found.values[0]), self.cv, len(found.values[1]) + 2), np.int64)
        np.add.at(counts, (category, folds, label), found.counts)
        counts[:, :, len(classes) : len(found.values[1])] = 0  # rows without a target take no part
        several = self.target_type == "multiclass" or (self.target_type == "auto" and len(classes) > 2)
        # of one class alone there is no greater one
        every = [self._shares(counts.sum(axis=2), counts[:, :, at]) for at in (range(len(classes)) if several else [1])]
        return every, [str(one) for one in classes.to_pylist()] if several else None

    def _shares(self, sizes: Any, ones: Any) -> Floats:
        columns = []
        for out in (None, *range(self.cv)):
            size, one = (
                (each.sum(axis=1) - (0 if out is None else each[:, out])).astype(np.float64) for each in (sizes, ones)
            )
            whole, total = size.sum(), one.sum()
            with np.errstate(invalid="ignore", divide="ignore"):
                columns.append(
                    self._encoded(
                        size, one, one / size, one * (size - one) / (size * size),
                        float(total / whole), float(total * (whole - total) / (whole * whole)),
                    )
                )  # fmt: skip
        return np.column_stack(columns)

    def _encoded(
        self, sizes: Floats, sums: Floats, means: Floats, variances: Floats, mean: float, variance: float
    ) -> Floats:
        """The encoding of each category, and of none: the general mean."""
        with np.errstate(invalid="ignore", divide="ignore"):
            if self.smooth == "auto":
                # after scikit-learn: weight = count * variance of all / (count * variance of all + variance of these)
                above = sizes * variance
                weights = np.where(above + variances != 0.0, above / (above + variances), 1.0)
                made = weights * means + (1 - weights) * mean
            else:
                made = (sums + self.smooth * mean) / (sizes + self.smooth)
        return np.append(np.where(sizes > 0, made, mean), mean)

    def _table(self, rows: Floats, categories: pa.Array, listed: Sequence[Any] | None) -> Floats:
        """float64[categories + 2, folds + 1]: the encodings of the categories, of what is unseen, and missing."""
        missing = len(categories) > 0 and not categories[-1].is_valid
        if listed is None:
            size = len(categories) - missing
            return np.concatenate([rows[:size], rows[-1:], rows[size : size + 1]])
        of = dict(zip(categories.to_pylist(), rows, strict=False))
        if None not in listed:
            of.pop(None, None)
        wanted = [of.get(one, rows[-1]) for one in listed if one is not None]
        return np.array([*wanted, rows[-1], of.get(None, rows[-1])])

    def names_of(self, column: str, state: State) -> Sequence[str]:
        return [column] if state["classes"] is None else [f"{column}_{name}" for name in state["classes"]]

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return taken(made, made.codes(value, state["categories"]), state["table"])

    def build_training(
        self, made: Builder, inputs: Sequence[Value], states: Sequence[State], fold: Value | None, target: Value
    ) -> Sequence[Value]:
        assert fold is not None
        outputs = []
        for value, state in zip(inputs, states, strict=True):
            every = taken(made, made.codes(value, state["categories"]), state["training_tables"])
            outputs += [picked(made, every[at : at + self.cv], fold) for at in range(0, len(every), self.cv)]
        return outputs


def _as(column: Input, listed: Sequence[Any]) -> pa.Array:
    from ropeway.transforms.catalogue.categories import given_categories
    from ropeway.transforms.statistics.counts import Counted

    nothing = Counted(pa.array([], column.type), np.zeros(0, np.int64), 0)
    return given_categories("TargetEncoder", column, listed, nothing).values


def _some(classes: pa.Array) -> str:
    return ", ".join(map(repr, classes[:5].to_pylist())) + (", ..." if len(classes) > 5 else "")
