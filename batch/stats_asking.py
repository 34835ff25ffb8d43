"""Which statistics `show_stats` asks of a frame, and what their answers say of each column."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from ropeway.batch.stats import SHARES, ColumnStats, Kind
from ropeway.connectors.arrow_types import plain
from ropeway.transforms.expressions.kinds import kind_of
from ropeway.transforms.pipeline.engines import Data
from ropeway.transforms.program import Builder, Program, Value
from ropeway.transforms.statistics import (
    CrossSums,
    Few,
    GroupedMoments,
    Lengths,
    Moments,
    PairCounts,
    Presence,
    Spread,
    Statistic,
    Times,
    Tops,
)
from ropeway.transforms.statistics.extents import Extent
from ropeway.transforms.statistics.moments import Groups, Known
from ropeway.transforms.statistics.spread import Shape

if TYPE_CHECKING:
    from ropeway.transforms.statistics.counts import Pairs
    from ropeway.transforms.statistics.tops import Frequent

#: numeric columns of which all pairs are correlated; of more, each with the label alone
WIDEST = 50
#: categories up to which a column is compared with the label
MOST_CATEGORIES = 1000
BINS = 20
SHOWN = 10

_KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("int", "float", "decimal"), "number"),
    **dict.fromkeys(("bool", "date"), "category"),
    "string": "text",
    **dict.fromkeys(("timestamp", "time", "duration"), "time"),
}


Asked = dict[tuple[str, str], tuple[Statistic, Sequence[Value]]]
Found = dict[tuple[str, str], Any]


class Asking:
    """Which statistics are asked of which columns, and what their answers say."""

    def __init__(self, schema: pa.Schema, names: Sequence[str], label: str | None) -> None:
        self.builder = Builder(schema)
        self.names = list(names)
        self.label = label
        self.types = {name: plain(schema.field(name).type) for name in names}
        self.kinds: dict[str, Kind] = {name: _KINDS.get(kind_of(self.types[name]), "other") for name in names}
        #: columns that are correlated as numbers; a label of booleans is 0 and 1
        self.numbers = [name for name in names if self.kinds[name] == "number"]
        if label is not None and pa.types.is_boolean(self.types[label]):
            self.numbers.append(label)

    # ---- what is asked

    def asked(self) -> Asked:
        """What is asked of all columns."""
        asked: Asked = {}
        for name in self.names:
            kind, value = self.kinds[name], self.builder.column(name)
            asked[name, "rows"] = Presence(), [value]
            if kind in ("number", "time"):
                number = self.builder.number(value if kind == "number" else self.builder.integer(value))
                asked[name, "spread"] = Spread(), [number]
                if kind == "number":
                    asked[name, "moments"] = Moments(), [number]
            if kind == "time" or pa.types.is_date(self.types[name]):
                asked[name, "times"] = Times(), [value]
            if kind in ("text", "category"):
                asked[name, "tops"] = Tops(), [value]
            if kind == "text" or pa.types.is_binary(self.types[name]) or pa.types.is_list(self.types[name]):
                asked[name, "lengths"] = Lengths(), [value]
            if self.label is not None and name != self.label:
                asked |= self._compared(name, self.label)
        return asked | self._crossed()

    def _compared(self, name: str, label: str) -> Asked:
        """What is asked of a column and the label, unless both are numbers."""
        one, other = self.builder.column(name), self.builder.column(label)
        groups = self.kinds[name] in ("text", "category"), self.kinds[label] in ("text", "category")
        of_groups = ((0, "categories"),)
        if groups[0] and label in self.numbers:
            return {(name, "ratio"): (Few(GroupedMoments(), of_groups, MOST_CATEGORIES), [one, other])}
        if self.kinds[name] == "number" and groups[1] and label not in self.numbers:
            return {(name, "ratio"): (Few(GroupedMoments(), of_groups, MOST_CATEGORIES), [other, one])}
        if all(groups):
            return {(name, "pairs"): (Few(PairCounts(), ((0, "one"), (1, "other")), MOST_CATEGORIES), [one, other])}
        return {}

    def _crossed(self) -> Asked:
        """Products of all numbers, or where there are too many, of some with the label at a time."""
        return {
            ("", f"cross {at}"): (CrossSums(), [self.builder.number(self.builder.column(name)) for name in some])
            for at, some in enumerate(self._groups())
        }

    def _groups(self) -> list[list[str]]:
        if len(self.numbers) < 2:
            return []
        if len(self.numbers) <= WIDEST:
            return [self.numbers]
        if self.label not in self.numbers:
            return []
        others = [name for name in self.numbers if name != self.label]
        step = 7  # of 8 columns all pairs cost no more than what is wanted of them
        return [[*others[at : at + step], self.label] for at in range(0, len(others), step)]

    def second(self, found: Found) -> Asked:
        """What a second pass has to count: text of which too many values are distinct and some are frequent."""
        return {
            (name, "fullest"): (Tops(buckets=tops.fullest), [self.builder.column(name)])
            for (name, what), tops in found.items()
            if what == "tops" and tops.fullest
        }

    def answered(self, data: Data, asked: Asked) -> Found:
        """The answers, from one pass over the rows."""
        outputs: dict[tuple[str, int], Value] = {}
        places = []
        for statistic, values in asked.values():
            for value in values:
                outputs.setdefault((value.store, value.place), value)
            order = list(outputs)
            places.append((statistic, [order.index((value.store, value.place)) for value in values]))
        program = Program.of(self.builder, {f"{at}": value for at, value in enumerate(outputs.values())})
        return dict(zip(asked, data.summaries(program, places), strict=True))

    # ---- what the answers say

    def column(self, name: str, found: Found) -> ColumnStats:
        """All that is known of one column."""
        extent: Extent = found[name, "rows"]
        kind = self.kinds[name]
        made = ColumnStats(name, str(self.types[name]), kind, extent.rows, extent.nulls)
        if (name, "spread") in found:
            made = _of_numbers(made, found[name, "spread"], found.get((name, "moments")))
        if (name, "times") in found:
            made = _of_times(made, found[name, "times"], self.types[name])
        if (name, "tops") in found:
            made = _of_values(made, found[name, "tops"], found.get((name, "fullest")))
        if (name, "lengths") in found:
            sizes: Extent = found[name, "lengths"]
            if sizes.rows > sizes.nulls:
                mean = sizes.total / (sizes.rows - sizes.nulls)
                made = replace(made, lengths=(sizes.least, mean, sizes.greatest))
        return self._correlated(made, found) if self.label is not None and name != self.label else made

    def _correlated(self, made: ColumnStats, found: Found) -> ColumnStats:
        label = self.label
        assert label is not None
        if made.name in self.numbers and label in self.numbers:
            for at, some in enumerate(self._groups()):
                if made.name in some:
                    crossed = found["", f"cross {at}"]
                    value = crossed.correlation(some.index(made.name), some.index(label))
                    return replace(made, correlation=_known(value), measure="pearson")
        if found.get((made.name, "ratio")) is not None:
            value = correlation_ratio(found[made.name, "ratio"])
            return replace(made, correlation=_known(value), measure="correlation ratio")
        if found.get((made.name, "pairs")) is not None:
            return replace(made, correlation=_known(cramers_v(found[made.name, "pairs"])), measure="Cramer's V")
        return made

    def matrix(self, found: Found) -> tuple[tuple[str, ...], tuple[tuple[float, ...], ...]]:
        """Correlations of all numbers."""
        if len(self._groups()) != 1 or len(self.numbers) > WIDEST:
            return (), ()
        values = found["", "cross 0"].correlations().tolist()
        return tuple(self.numbers), tuple(tuple(row) for row in values)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _of_numbers(made: ColumnStats, shape: Shape, known: Known | None) -> ColumnStats:
    edges, counts = shape.histogram(BINS)
    made = replace(
        made,
        nans=shape.values.missing - made.nulls,
        distinct=shape.distinct,
        is_about=bool(shape.values.bits),
        error=shape.values.error,
        edges=tuple(edges.tolist()),
        counts=tuple(counts.tolist()),
    )
    if known is None:
        return made
    quantiles = shape.values.quantiles(SHARES).tolist() if shape.values.size else None
    deviation = known.deviation(1)
    return replace(
        made,
        mean=_known(known.mean),
        std=_known(deviation),
        skew=_known(shape.skewness(known.mean, known.deviation())) if known.size else None,
        minimum=_known(shape.minimum),
        quantiles=None if quantiles is None else tuple(quantiles),
        maximum=_known(shape.maximum),
        zeros=shape.zeros,
        negative=shape.negative,
        infinite=shape.infinite,
    )


def _of_times(made: ColumnStats, times: Extent, kind: pa.DataType) -> ColumnStats:
    if times.least > times.greatest:
        return made
    return replace(made, first=_time(times.least, kind), last=_time(times.greatest, kind))


def _time(whole: int, kind: pa.DataType) -> str:
    """A time as text; those beyond what Python knows as their number."""
    narrow = pa.types.is_date32(kind) or pa.types.is_time32(kind)
    value = pa.array([whole], pa.int32() if narrow else pa.int64()).cast(kind)
    try:
        return str(value[0].as_py())
    except (ValueError, OverflowError):
        return f"{whole} ({kind})"


def _of_values(made: ColumnStats, tops: Frequent, fullest: Frequent | None) -> ColumnStats:
    shown = tops if fullest is None else fullest
    top = tuple(zip(shown.values[:SHOWN].to_pylist(), shown.counts[:SHOWN].tolist(), strict=True))
    at_most = None
    if not tops.is_whole:
        at_most = tops.at_most(tops.fullest)
        # what may be left out by values that were not counted is no top
        top = tuple((value, count) for value, count in top if fullest is not None and count >= at_most)
    return replace(made, distinct=tops.distinct, is_about=not tops.is_whole, top=top, top_at_most=at_most)


def correlation_ratio(groups: Groups) -> float:
    """The root of the share of a number's variance that lies between categories; missing ones take no part.

    NaN where the number has no spread. Pearson (1911).
    """
    known = [one for category, one in zip(groups.categories, groups.known, strict=True) if category.is_valid]
    whole = Known.joined(known)
    spread = whole.variance() * whole.size if whole.size else 0.0
    if not spread > 0.0:
        return math.nan
    inside = math.fsum(one.variance() * one.size for one in known if one.size)
    return math.sqrt(max(0.0, 1.0 - inside / spread))


def cramers_v(pairs: Pairs) -> float:
    """Cramer's V of two categories, without correction for few rows; missing ones take no part.

    NaN where one of them has a single category.
    """
    there = [at for at, one in enumerate(pairs.one) if one.is_valid]
    others = [at for at, one in enumerate(pairs.other) if one.is_valid]
    counts = pairs.counts[np.ix_(there, others)]
    counts = counts[counts.any(axis=1)][:, counts.any(axis=0)]
    size = int(counts.sum())
    least = min(counts.shape) - 1
    if size == 0 or least < 1:
        return math.nan
    across, down = counts.sum(axis=1), counts.sum(axis=0)
    rows, columns = np.nonzero(counts)
    seen = counts[rows, columns].astype(np.float64)
    share = math.fsum((seen * seen / (across[rows].astype(np.float64) * down[columns])).tolist()) - 1.0
    return math.sqrt(min(1.0, max(0.0, share / least)))
