"""Checks of parameters that several families share."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

from ropeway.transforms.errors import DataError, DeclarationError


def finite(what: Any, *names: str, least: float = -math.inf, above: float = -math.inf) -> None:
    """Raise `DeclarationError` unless these parameters are finite numbers, from `least` on, or above another."""
    for name in names:
        value = getattr(what, name)
        if not (is_finite(value) and value >= least and value > above):
            more = f", {least:g} or more" if least > -math.inf else f" above {above:g}" if above > -math.inf else ""
            raise DeclarationError(f"{type(what).__name__}({name}={value!r}): expected a finite number{more}.")


def is_tuple(value: object, check: Callable[[object], bool], least: int = 1) -> bool:
    """Whether it is a tuple of at least so many values, each of which passes the check."""
    return isinstance(value, tuple) and len(value) >= least and all(check(one) for one in value)


def is_finite(value: object) -> bool:
    """Whether it is a number, no boolean, and neither NaN nor infinite."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def rising(what: Any, name: str, least: int, *, infinite: bool = False) -> None:
    """Raise `DeclarationError` unless a parameter is a tuple of at least so many numbers, each above the one before."""
    values = getattr(what, name)
    numbers = isinstance(values, tuple) and all(
        is_finite(one) or (infinite and isinstance(one, float) and not math.isnan(one)) for one in values
    )
    if not numbers or len(values) < least or any(one >= other for one, other in itertools.pairwise(values)):
        raise DeclarationError(
            f"{type(what).__name__}({name}={values!r}): expected a tuple of {least} or more rising numbers."
        )


def all_finite(what: object, column: str, infinite: int) -> None:
    """Raise `DataError` where a column to be learned of has infinite values."""
    if infinite:
        raise DataError(
            f"{what!r} of column {column!r}: {infinite:,} values are infinite. Clip them before, such as by T.Clip, or "
            f"replace them by None."
        )


def infinite_of(values: Any) -> int:
    """How many of the values of a `Distinct` are infinite."""
    some = values.values
    at = [place for place in {0, len(some) - 1} if len(some) and math.isinf(some[place])]
    return int(sum(values.counts[place] for place in at))
