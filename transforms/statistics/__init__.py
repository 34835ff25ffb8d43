"""What fitting asks of data: statistics whose parts merge to the same bits in any order."""

from ropeway.transforms.statistics.base import State, Statistic, packed, unpacked
from ropeway.transforms.statistics.combinations import Combinations
from ropeway.transforms.statistics.counts import Counts, PairCounts
from ropeway.transforms.statistics.cross import CrossSums
from ropeway.transforms.statistics.distinct import Distinct
from ropeway.transforms.statistics.extents import Lengths, Presence, Times
from ropeway.transforms.statistics.few import Few
from ropeway.transforms.statistics.moments import GroupedMoments, Moments
from ropeway.transforms.statistics.rows import Rows
from ropeway.transforms.statistics.spread import Spread
from ropeway.transforms.statistics.tops import Tops

__all__ = [
    "Combinations",
    "Counts",
    "CrossSums",
    "Distinct",
    "Few",
    "GroupedMoments",
    "Lengths",
    "Moments",
    "PairCounts",
    "Presence",
    "Rows",
    "Spread",
    "State",
    "Statistic",
    "Times",
    "Tops",
    "packed",
    "unpacked",
]
