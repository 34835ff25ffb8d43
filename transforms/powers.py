"""The families of sums of powers and products beyond those of `families.Moments`: shapes, slopes, correlations."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from ropeway.transforms.aggregates.powers import Correlation, Kurtosis, Skew, Trend, WeightedMean
from ropeway.transforms.columns import Ints, Validity, from_ints
from ropeway.transforms.families import Ask, Counts, Part
from ropeway.transforms.kernels import powers
from ropeway.transforms.sliding import Sliding
from ropeway.transforms.sweep import Step, Tile

_KINDS: dict[type, int] = {
    Skew: powers.SHAPE,
    Kurtosis: powers.SHAPE,
    Trend: powers.TREND,
    Correlation: powers.CORRELATION,
    WeightedMean: powers.WEIGHTED_MEAN,
}
_NOTHING: Ints = np.empty(0, np.int64)


def kind_of(ask: Ask) -> int:
    """Which sums an ask needs."""
    return _KINDS[type(ask.aggregate)]


class Powers(Sliding):
    """Answers of one kind, which share their sums."""

    def __init__(self, part: Part, asks: Sequence[Ask], counts: Counts, kind: int) -> None:
        super().__init__(part, asks)
        self._kind = kind
        self._terms = powers.TERMS[kind]
        shaped = kind == powers.SHAPE
        with_kurtosis = shaped and any(isinstance(ask.aggregate, Kurtosis) for ask in asks)
        if shaped and not with_kurtosis:
            self._terms = self._terms[:3]
        self._places = np.array([part.place() for _ in range(3 if with_kurtosis else 2)])
        self._others, self._other_floats = _NOTHING, 0
        if kind == powers.TREND:
            self._others = part.sweep.stamps
        if part.taken.second is not None:
            self._others, self._other_floats = part.taken.second[0], int(part.taken.second[1])

    def joint(self) -> Sequence[Step]:
        return [self._sum]

    def _sum(self, tile: Tile) -> None:
        taken = self.part.taken
        powers.powers(
            tile, *self.keys, taken.values, self.part.is_float, self._others, self._other_floats, taken.both,
            *self.windows, self._kind, self._terms, self.part.room.table, self._places,
        )  # fmt: skip

    def answers(self) -> dict[str, pa.Array]:
        done: dict[str, pa.Array] = {}
        columns = self.part.room.columns
        for ask in self.asks:
            w = self.part.window(ask)
            place = self._places[1 if isinstance(ask.aggregate, Kurtosis) else 0]
            valid = Validity.of(columns[self._places[-1] + w])
            done[ask.name] = from_ints(columns[place + w], valid, ask.kind)
        return done
