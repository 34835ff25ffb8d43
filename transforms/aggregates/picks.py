"""The oldest and the newest value."""

from dataclasses import dataclass

import pyarrow as pa

from ropeway.transforms.aggregates.base import Aggregate, is_ordered, widened


@dataclass(frozen=True)
class Last(Aggregate):
    """The newest value. Ties on the timestamp go by the source's tiebreak, then by the value.

    Missing values are skipped, unless `skip_null` is False: then they stand first among ties, and a newest row
    without a value gives null.
    """

    name = "last"
    family = "pick"
    ordered = True

    skip_null: bool = True

    def output_type(self, taken: pa.DataType) -> pa.DataType:
        if not is_ordered(taken):
            raise self.refuse(taken, "values with an order, since ties are decided by value")
        return widened(taken)


@dataclass(frozen=True)
class First(Last):
    """The oldest value; else as `Last`."""

    name = "first"
