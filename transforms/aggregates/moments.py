"""Sum, mean, variance and standard deviation: exact sums of powers, rounded once."""

from dataclasses import dataclass

import pyarrow as pa

from ropeway.transforms.aggregates.base import Aggregate, is_number


@dataclass(frozen=True)
class Sum(Aggregate):
    """The exact sum: integers and booleans int64, decimals decimal128(38, scale), or an error; floats rounded once."""

    name = "sum"
    family = "moment"

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        if not is_number(taken):
            raise self.refuse(taken, "numbers or booleans")
        if pa.types.is_decimal(taken):
            return pa.decimal128(38, taken.scale)
        return pa.float64() if pa.types.is_floating(taken) else pa.int64()


@dataclass(frozen=True)
class Mean(Aggregate):
    """The exact sum divided by the count, rounded once; float64."""

    name = "mean"
    family = "moment"

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        if not is_number(taken):
            raise self.refuse(taken, "numbers or booleans")
        return pa.float64()


@dataclass(frozen=True)
class Var(Mean):
    """The sample variance (n - 1 below), the exact quotient rounded once; null for fewer than two values."""

    name = "var"


@dataclass(frozen=True)
class Std(Mean):
    """The square root of `var`; null for fewer than two values."""

    name = "std"
