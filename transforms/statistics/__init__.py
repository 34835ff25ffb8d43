"""What fitting asks of data: statistics whose parts merge to the same bits in any order."""

from ropeway.transforms.statistics.base import State, Statistic, packed, unpacked
from ropeway.transforms.statistics.combinations import Combinations
from ropeway.transforms.statistics.counts import Counts, PairCounts
from ropeway.transforms.statistics.distinct import Distinct
from ropeway.transforms.statistics.moments import GroupedMoments, Moments
from ropeway.transforms.statistics.rows import Rows

__all__ = [
    "Combinations",
    "Counts",
    "Distinct",
    "GroupedMoments",
    "Moments",
    "PairCounts",
    "Rows",
    "State",
    "Statistic",
    "packed",
    "unpacked",
]
