"""Quantiles, exactly: by the `linear` rule of numpy."""

from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa

from ropeway.transforms.aggregates.base import Aggregate, is_number
from ropeway.transforms.errors import DeclarationError


@dataclass(frozen=True)
class Median(Aggregate):
    """The middle value, or the mean of the two middle ones; float64, null where there is none.

    Each value is rounded to float64 first, which matters to integers above 2^53 and to decimals.
    """

    name = "median"
    family = "quantile"
    brief = False

    @property
    def level(self) -> float:
        """The share of values that lie below."""
        return 0.5

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        if not is_number(taken):
            raise self.refuse(taken, "numbers or booleans")
        return pa.float64()


@dataclass(frozen=True)
class Quantile(Median):
    """The value below which a share `q` of the values lies: that at the place q * (n - 1) among n values in order.

    Between two places it is interpolated linearly.
    """

    q: float

    name = "quantile"
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"q": 0.0}, {"q": 0.9}, {"q": 1.0})

    def __post_init__(self) -> None:
        given: object = self.q
        if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= 1:
            raise DeclarationError(f"{self.name}(): q={self.q!r}: expected a share, from 0 to 1.")
        object.__setattr__(self, "q", float(self.q))

    @property
    def level(self) -> float:
        return self.q
