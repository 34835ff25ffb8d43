"""Transformers of scikit-learn as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from ropeway.transforms.catalogue.base import Input, State, Transform
from ropeway.transforms.errors import DataError, DeclarationError, SchemaError
from ropeway.transforms.expressions.kinds import kind_of
from ropeway.transforms.pipeline import estimators
from ropeway.transforms.program import Builder, Value
from ropeway.transforms.program.functions import as_floats

__all__ = ["Wrap"]

_NUMBERS = ("bool", "int", "float", "decimal", "null")


@dataclass(frozen=True, repr=False)
class Wrap(Transform):
    """What a fitted transformer of scikit-learn gives for the columns: for what the catalogue lacks.

    It is taken as it is now and kept in the file of a pipeline by skops, of scikit-learn's own types only. Outputs are
    numbers, named as `get_feature_names_out` has them. Missing numbers are NaN to it, missing text None; what it
    refuses is a `DataError`. It learns nothing here: where it should, fit it anew.

    A row costs what scikit-learn takes for one, some 100 us. Its answers for many rows at once may differ in their last
    bits from those for one, so a column is run row by row, which is as slow; by_row=False gives all rows to it at once,
    for transformers that look at each number by itself, and for those who do not need the same bits.

    >>> import pandas as pd, ropeway as rw
    >>> from ropeway import transforms as T
    >>> from sklearn.preprocessing import PowerTransformer
    >>> frame = pd.DataFrame({"x": [1.0, 2.0, 4.0]})
    >>> fitted = (rw.Pipeline("p")["x"] >> T.Wrap(PowerTransformer().fit(frame))).fit(frame)
    >>> fitted.transform(frame)["x"].round(3).tolist(), fitted.row()({"x": 2.0}).round(3).tolist()
    ([-1.205, -0.038, 1.243], [-0.038])
    """

    takes = "any"
    #: the transformer; as a parameter it is kept as the bytes that skops makes of it
    transformer: Any
    by_row: bool = True
    oracle = "the transformer itself"

    def __post_init__(self) -> None:
        self._one_of("by_row", True, False)
        given = self.transformer
        if not isinstance(given, bytes):
            object.__setattr__(self, "transformer", _stored(given))

    @property
    def held(self) -> Any:
        """The transformer again; not to be changed."""
        return restored(self.transformer)

    def check(self, inputs: Sequence[Input]) -> None:
        names = [one.name for one in inputs]
        wanted = getattr(self.held, "feature_names_in_", None)
        if wanted is not None and list(wanted) != names:
            raise SchemaError(f"{self!r} was fitted on {', '.join(wanted)}, in this order; got {', '.join(names)}.")
        number = getattr(self.held, "n_features_in_", len(names))
        if number != len(names):
            raise SchemaError(f"{self!r} was fitted on {number} columns; got {len(names)}: {', '.join(names)}.")
        for one in inputs:
            if kind_of(one.type) not in (*_NUMBERS, "string"):
                raise SchemaError(f"{self!r} of column {one.name!r}: expected numbers or text, got {one.type}.")

    def names(self, inputs: Sequence[str], states: Sequence[State]) -> Sequence[str]:
        try:
            return [str(one) for one in self.held.get_feature_names_out(np.array(inputs, object))]
        except (AttributeError, ValueError, NotImplementedError) as error:
            raise SchemaError(f"{self!r} does not say how many outputs it has: {error}.") from error

    def build(self, made: Builder, inputs: Sequence[Value], states: Sequence[State]) -> Sequence[Value]:
        wanted = getattr(self.held, "feature_names_in_", None)
        names = tuple(wanted) if wanted is not None else tuple(f"x{at}" for at in range(len(inputs)))
        texts = tuple(not value.is_number for value in inputs)
        outputs = len(self.names(names, states))
        function = _Wrapped(self.transformer, None if wanted is None else names, texts, outputs, self.by_row)
        return [made.number(one) for one in made.call(function, inputs)]

    def __repr__(self) -> str:
        return f"Wrap({' '.join(repr(self.held).split())}{'' if self.by_row else ', by_row=False'})"


def _stored(given: Any) -> bytes:
    """A fitted transformer as bytes; raises `DeclarationError` for what is none, or can't be kept."""
    what = f"Wrap({given!r})"
    if isinstance(given, type) or not (hasattr(given, "transform") and hasattr(given, "get_params")):
        raise DeclarationError(f"{what}: expected a fitted transformer of scikit-learn.")
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(given)
    except NotFittedError as error:
        raise DeclarationError(f"{what} has not been fitted: fit it first, or take the catalogue's own.") from error
    if not hasattr(given, "n_features_in_"):
        raise DeclarationError(f"{what} was not fitted on columns of numbers or categories, but on texts or dicts.")
    data = estimators.stored(given)[1]["model.skops"]
    try:
        restored(data)
    except DataError as error:
        raise DeclarationError(f"{what} can't be kept in a file: {error}") from error
    return data


@lru_cache(maxsize=64)
def restored(data: bytes) -> Any:
    """The transformer of its bytes."""
    return estimators.restored({"format": "skops"}, {"model.skops": data})


@dataclass(frozen=True)
class _Wrapped:
    data: bytes
    names: tuple[str, ...] | None
    texts: tuple[bool, ...]
    outputs: int
    by_row: bool

    @property
    def types(self) -> tuple[pa.DataType, ...]:
        return (pa.float64(),) * self.outputs

    def columns(self, arrays: Sequence[pa.Array]) -> Sequence[pa.Array]:
        given = self._given([
            array.to_numpy(zero_copy_only=False) if text else as_floats(array)
            for array, text in zip(arrays, self.texts, strict=True)
        ])  # fmt: skip
        rows = len(arrays[0])
        block = np.empty((self.outputs, rows))
        step = 1 if self.by_row else max(rows, 1)
        for first in range(0, rows, step):
            block[:, first : first + step] = self._said(given[first : first + step]).T
        return [pa.array(one, from_pandas=True) for one in block]

    def row(self, *values: Any) -> Sequence[Any]:
        columns = [
            np.array([value], object) if text else np.array([np.nan if value is None else float(value)])
            for value, text in zip(values, self.texts, strict=True)
        ]
        return [None if np.isnan(one) else float(one) for one in self._said(self._given(columns))[0]]

    def _given(self, columns: Sequence[Any]) -> Any:
        """The columns as it was fitted on them: a frame, or an array."""
        if self.names is not None:
            import pandas as pd

            return pd.DataFrame(dict(zip(self.names, columns, strict=True)), columns=list(self.names))
        return np.column_stack([one.astype(object) for one in columns] if any(self.texts) else columns)

    def _said(self, given: Any) -> Any:
        try:
            found = restored(self.data).transform(given)
        except (ValueError, TypeError) as error:
            shown = np.asarray(given, object)[:1].tolist()
            raise DataError(f"rows such as {shown} are refused by scikit-learn: {error}") from error
        return np.asarray(found.toarray() if hasattr(found, "toarray") else found, np.float64)
