"""What encoders share: a table with a row for each category, and what stands in it for others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ropeway.transforms.catalogue.base import FOLD, TARGET, Folds, Input, OfColumn, State, Want, is_whole
from ropeway.transforms.errors import DataError, DeclarationError
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.statistics import Statistic
from ropeway.transforms.statistics.folded import Folded, FoldedMoments, Measured
from ropeway.transforms.statistics.moments import Known

Floats = npt.NDArray[np.float64]
Handled = Literal["value", "return_nan", "error"]


def taken(made: Builder, code: Value, table: Floats) -> list[Value]:
    """The row of a code in a table, whose last two rows are for unseen and for missing categories."""
    rows = table.reshape(len(table), -1)
    return made.emit("take", [code], outputs=rows.shape[1], floats=rows, count=len(rows) - 2, more=rows.shape[1])


@dataclass(frozen=True, repr=False, kw_only=True)
class OfCategories(OfColumn):
    """An encoder of category_encoders: what it does with unseen and with missing categories.

    handle_unknown: "value" is what it has for what it knows nothing of, "return_nan" a missing value, "error" raises.
    handle_missing: likewise; with "value" a missing value is a category of its own, if it was there.
    """

    takes = "category"
    handle_unknown: Handled = "value"
    handle_missing: Handled = "value"

    def __post_init__(self) -> None:
        self._one_of("handle_unknown", "value", "return_nan", "error")
        self._one_of("handle_missing", "value", "return_nan", "error")

    def _tabled(self, column: Input, categories: pa.Array, rows: Floats, other: Floats | float) -> State:
        """The state of a row for each category, the last one of a missing category if it was there.

        other: the row of a category of which nothing is known.
        """
        missing = len(categories) > 0 and not categories[-1].is_valid
        if missing and self.handle_missing == "error":
            raise DataError(
                f"{self!r} of column {column.name!r}: it has missing values. Fill them, or take another handle_missing."
            )
        size = len(categories) - missing
        rows = np.asarray(rows, np.float64).reshape(len(categories), *np.shape(other))
        table = np.empty((size + 2, *np.shape(other)))
        table[:size] = rows[:size]
        table[size] = np.nan if self.handle_unknown == "return_nan" else other
        table[size + 1] = np.nan if self.handle_missing == "return_nan" else rows[size] if missing else other
        return {"column": column.name, "categories": categories[:size], "table": table}

    def _code(self, made: Builder, value: Value, state: State) -> Value:
        """The code of a value, or its place in the table if some are refused."""
        code = made.codes(value, state["categories"])
        if "error" not in (self.handle_unknown, self.handle_missing):
            return code
        size = len(state["categories"])
        places = np.arange(size + 2, dtype=np.float64)
        places[size] = -1 if self.handle_unknown == "error" else size
        places[size + 1] = -1 if self.handle_missing == "error" else size + 1
        place = taken(made, code, places)[0]
        made.require(
            place, value, f"none of the categories of column {state['column']!r} that {self!r} takes. Fit on rows that "
            f"have it, fill what is missing, or take another handle_unknown or handle_missing."
        )  # fmt: skip
        return place

    def build_of(self, made: Builder, value: Value, state: State) -> Sequence[Value]:
        return taken(made, self._code(made, value, state), state["table"])


@dataclass(frozen=True, repr=False, kw_only=True)
class OfTarget(OfCategories):
    """An encoder by what the target is in a category; a subclass says what that gives.

    cv, random_state: `fit_transform` encodes each training row by what the rows of the other folds say, so that it
    does not learn its own target. Folds are dealt as scikit-learn deals them, shuffled by `random_state` (None: in the
    order of the rows); on Spark by a hash of the row's values.
    """

    supervised = True
    cv: int = 5
    random_state: int | None = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_folds(self, self.cv, self.random_state)

    @property
    def folds(self) -> Folds | None:
        return self.cv, self.random_state, "auto"

    def encoded(self, column: Input, categories: Sequence[Measured], whole: Known) -> tuple[Sequence[float], float]:
        """The numbers of categories, each with rows, and that of one of which nothing is known."""
        raise NotImplementedError("a subclass encodes")

    def wants_of(self, column: Input, known: Mapping[str, Any]) -> Mapping[str, Statistic | Want]:
        return {} if known else {"of": (FoldedMoments(self.cv), (0, TARGET, FOLD))}

    def learn_of(self, column: Input, known: Mapping[str, Any]) -> State:
        found: Folded = known["of"]
        every = []
        for some, whole in found.left_out():
            there = np.flatnonzero(some.sizes).tolist()
            values, other = self.encoded(column, [some[at] for at in there], whole)
            rows = np.full(len(some), other)
            rows[there] = values
            every.append(self._tabled(column, found.categories, rows, other))
        return {**every[0], "training_tables": np.column_stack([one["table"] for one in every[1:]])}

    def build_training(
        self, made: Builder, inputs: Sequence[Value], states: Sequence[State], fold: Value | None, target: Value
    ) -> Sequence[Value]:
        assert fold is not None
        return [
            picked(made, taken(made, self._code(made, value, state), state["training_tables"]), fold)
            for value, state in zip(inputs, states, strict=True)
        ]


def picked(made: Builder, of_folds: Sequence[Value], fold: Value) -> Value:
    """That of some values which belongs to the row's fold."""
    return made.emit("pick", [*of_folds, made.number(fold)], together=True)[0]


def checked_folds(what: object, cv: object, random_state: object) -> None:
    """Raise `DeclarationError` for folds that can't be dealt."""
    if not is_whole(cv, 2):
        raise DeclarationError(f"{what!r}: expected cv, a number of folds, to be 2 or more.")
    if random_state is not None and not is_whole(random_state, 0):
        raise DeclarationError(f"{what!r}: expected random_state to be a whole number, 0 or more, or None.")


def checked_number(what: object, name: str, value: object, least: float, most: float = float("inf")) -> None:
    """Raise `DeclarationError` for what is no number between two."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        span = f"from {least} to {most}" if most < float("inf") else f"{least} or more"
        raise DeclarationError(f"{what!r}: expected {name} to be a number, {span}.")
