"""`show_stats`: what there is in the columns of a frame, from one pass over its rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from ropeway.batch.pipelines import LocalData
from ropeway.connectors.arrow_types import plain
from ropeway.connectors.frames import column_names, kind_of
from ropeway.transforms.errors import SchemaError, UsageError
from ropeway.transforms.expressions.kinds import kind_of as kind_of_type
from ropeway.transforms.pipeline.engines import Data, engine_of
from ropeway.transforms.pipeline.proposal import register_stats
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

Kind = Literal["number", "category", "text", "time", "other"]

#: numeric columns of which all pairs are correlated; of more, each with the label alone
WIDEST = 50
#: categories up to which a column is compared with the label
MOST_CATEGORIES = 1000
BINS = 20
SHOWN = 10
SHARES = (0.01, 0.25, 0.5, 0.75, 0.99)

_KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("int", "float", "decimal"), "number"),
    **dict.fromkeys(("bool", "date"), "category"),
    "string": "text",
    **dict.fromkeys(("timestamp", "time", "duration"), "time"),
}
_LABEL = "y"


@dataclass(frozen=True)
class ColumnStats:
    """What is known of one column; None where it makes no sense for its type.

    kind: number; category (booleans and dates); text; time (instants, times of day, durations); other. nans: of floats,
    which are no nulls; both are missing. distinct: of the values that are there, exact unless `is_about`. error: how
    far quantiles may be off, relative to themselves. std is that of a sample (ddof 1), as in pandas. Moments,
    quantiles and the histogram are of finite values. top: the most frequent values with their counts;
    `top_at_most`: in how many rows a value can be that is not among them, if they may not be all of the top. lengths:
    the least, the mean and the greatest, of text in characters. correlation: with the label, by `measure`.
    """

    name: str
    type: str
    kind: Kind
    rows: int
    nulls: int
    nans: int = 0
    distinct: int | None = None
    is_about: bool = False
    mean: float | None = None
    std: float | None = None
    skew: float | None = None
    minimum: float | None = None
    quantiles: tuple[float, ...] | None = None
    maximum: float | None = None
    error: float = 0.0
    zeros: int | None = None
    negative: int | None = None
    infinite: int | None = None
    edges: tuple[float, ...] | None = None
    counts: tuple[int, ...] | None = None
    top: tuple[tuple[Any, int], ...] | None = None
    top_at_most: int | None = None
    lengths: tuple[int, float, int] | None = None
    first: str | None = None
    last: str | None = None
    correlation: float | None = None
    measure: Literal["pearson", "correlation ratio", "Cramer's V"] | None = None

    @property
    def missing(self) -> int:
        """Rows without a value: nulls and NaN."""
        return self.nulls + self.nans

    @property
    def present(self) -> int:
        """Rows with a value."""
        return self.rows - self.missing

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON knows it: what is not known is left out, and so is what is not finite."""
        made = {name: _plain(value) for name, value in asdict(self).items() if value is not None}
        if self.quantiles is not None:
            made["quantiles"] = {
                f"{share:.0%}": _plain(value) for share, value in zip(SHARES, self.quantiles, strict=True)
            }
        if self.top is not None:
            made["top"] = [{"value": _plain(value), "count": count} for value, count in self.top]
        return made


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value if isinstance(value, bool | int | str) or value is None else str(value)


@dataclass(frozen=True, eq=False)
class Stats:
    """What `show_stats` found: `stats["delay"].mean`, `stats.to_frame()`; notebooks show a table with histograms.

    columns: by name, in the order of the frame. y: the name of the label, if there was one.

    >>> import pandas as pd, ropeway as rw
    >>> stats = rw.show_stats(pd.DataFrame({"delay": [1.0, None, 5.0], "to": ["JFK", "EWR", "JFK"]}))
    >>> stats["delay"].mean, stats["delay"].nans, stats["to"].top
    (3.0, 1, (('JFK', 2), ('EWR', 1)))
    """

    rows: int
    columns: Mapping[str, ColumnStats]
    y: str | None = None
    matrix: tuple[tuple[str, ...], tuple[tuple[float, ...], ...]] = ((), ())

    def __getitem__(self, column: str) -> ColumnStats:
        if column not in self.columns:
            raise SchemaError(f"these statistics are of {', '.join(self.columns)}, not of {column!r}.")
        return self.columns[column]

    @property
    def correlations(self) -> pd.DataFrame:
        """Pearson's correlation of each two numeric columns, over the rows in which both are finite.

        Empty of more than 50 columns.
        """
        names, values = self.matrix
        return pd.DataFrame([list(row) for row in values], index=list(names), columns=list(names), dtype=np.float64)

    def to_frame(self) -> pd.DataFrame:
        """One row per column; quantiles stand in columns 1%, 25% and so on."""
        rows = []
        for one in self.columns.values():
            row = {name: value for name, value in asdict(one).items() if name not in ("quantiles", "edges", "counts")}
            row["missing"] = one.missing / one.rows if one.rows else math.nan
            row |= dict(zip([f"{share:.0%}" for share in SHARES], one.quantiles or [None] * len(SHARES), strict=True))
            row["histogram"] = sparkline(one)
            rows.append(row)
        return pd.DataFrame(rows).set_index("name")

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON knows it."""
        names, values = self.matrix
        return {
            "rows": self.rows,
            "y": self.y,
            "columns": {name: one.to_dict() for name, one in self.columns.items()},
            "correlations": {"names": list(names), "values": _plain(values)},
        }

    def __repr__(self) -> str:
        from ropeway.batch.stats_text import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from ropeway.batch.stats_html import as_html

        return as_html(self)


def sparkline(column: ColumnStats) -> str:
    """The histogram as a character for each bin, at least one step high where there is a value."""
    if not column.counts:
        return ""
    most = max(column.counts)
    return "".join("▁▂▃▄▅▆▇█"[-(-7 * count // most)] for count in column.counts) if most else ""


def show_stats(frame: Any, y: Any = None, columns: Sequence[str] | None = None) -> Stats:
    """Statistics of the columns of a frame of pandas, polars, Arrow or Spark; all columns if None are named.

    y: the label, the name of a column, or values for each row of a frame of this process; each column is then
    compared with it: numbers by Pearson's correlation, a category and a number by the correlation ratio, two categories
    by Cramer's V (without correction). Columns or labels of more than 1,000 categories are not compared.

    On Spark it is one pass over the rows, which stay where they are. The same bits whatever the order of rows, the
    partitions and the engine. Up to 65,536 distinct values of a column all is exact; beyond, the number of distinct
    values is about right (0.4 %), and quantiles and the histogram are of values with fewer bits, by which they are off
    by less than `error`. Text with more distinct values, some of which are frequent, takes a second pass that counts
    these. Moments and correlations are always of exact sums (correlations of values cut to 55 bits below the column's
    largest). Integers beyond 2^53 are taken as the nearest floats.

    >>> import pandas as pd, ropeway as rw
    >>> flights = pd.DataFrame({"delay": [1.0, 9.0, None, 2.0], "to": ["JFK", "EWR", "EWR", None]})
    >>> stats = rw.show_stats(flights, y="delay")
    >>> stats["to"].measure, stats["to"].correlation  # each category has one delay: it tells all
    ('correlation ratio', 1.0)
    """
    names = _names(frame, y, columns)
    data = _without_nanoseconds(engine_of(frame).data(frame, y, [*names], []))
    label = data.target
    if label is not None and not isinstance(y, str):
        names = [*names, label]
    asking = _Asking(data.schema, names, label)
    found = asking.answered(data, asking.asked())
    again = asking.second(found)
    if again:
        found |= asking.answered(data, again)
    made = {name: asking.column(name, found) for name in names}
    rows = next(iter(made.values())).rows
    shown = {name: one for name, one in made.items() if name != label or isinstance(y, str)}
    matrix = asking.matrix(found)
    if label is not None and not isinstance(y, str):
        renamed = tuple(_LABEL if name == label else name for name in matrix[0])
        return Stats(rows, shown, _LABEL, (renamed, matrix[1]))
    return Stats(rows, shown, label, matrix)


def _names(frame: Any, y: Any, columns: Sequence[str] | None) -> list[str]:
    what = kind_of(frame)
    there = column_names(frame)
    if isinstance(columns, str):
        raise UsageError(f"columns={columns!r}: expected a list of names, such as [{columns!r}].")
    names = list(dict.fromkeys(there if columns is None else columns))
    missing = [name for name in names if name not in there]
    if missing:
        raise SchemaError(
            f"the {what} has no column {', '.join(map(repr, missing))}. It has: {', '.join(there) or 'none'}."
        )
    if isinstance(y, str) and y in there and y not in names:
        names.append(y)
    if not names:
        raise UsageError(f"the {what} has no columns of which there could be statistics.")
    return names


def _without_nanoseconds(data: Data) -> Data:
    """Times of this process in whole microseconds, rounded down; those of Spark are."""
    if not isinstance(data, LocalData):
        return data
    table = data.table
    for at, field in enumerate(table.schema):
        kind = field.type
        if (
            pa.types.is_timestamp(kind) or pa.types.is_duration(kind) or pa.types.is_time64(kind)
        ) and kind.unit == "ns":
            micros = pa.timestamp("us", kind.tz) if pa.types.is_timestamp(kind) else pa.time64("us")
            micros = pa.duration("us") if pa.types.is_duration(kind) else micros
            table = table.set_column(at, field.name, table.column(at).cast(micros, safe=False))
    return replace(data, table=table)


Asked = dict[tuple[str, str], tuple[Statistic, Sequence[Value]]]
Found = dict[tuple[str, str], Any]


class _Asking:
    """Which statistics are asked of which columns, and what their answers say."""

    def __init__(self, schema: pa.Schema, names: Sequence[str], label: str | None) -> None:
        self.builder = Builder(schema)
        self.names = list(names)
        self.label = label
        self.types = {name: plain(schema.field(name).type) for name in names}
        self.kinds: dict[str, Kind] = {name: _KINDS.get(kind_of_type(self.types[name]), "other") for name in names}
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


register_stats(Stats, show_stats)
